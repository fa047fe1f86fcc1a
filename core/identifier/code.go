package identifier

import (
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
)

// codeRule is the Finnish personal identity code (henkilötunnus,
// personbeteckning), decree 128/2010 as amended from 1 January 2023:
// DDMMYY, century sign, individual number, check character.
//
// All 11 characters are kept and compared. The check character does not cover
// the century sign, and two living people may differ by it alone, so it is
// never guessed and never left out.
var codeRule = KindRule{
	Kind:    core.PersonalIdentityCode,
	Title:   Text{"Henkilötunnus", "Personbeteckning", "Personal identity code"},
	Example: "010190-900P",
	Yours:   Text{"henkilötunnuksesi", "din personbeteckning", "your personal identity code"},
	Sharing: OnePerson,
	Bad: []Bad{
		{CodeForm, "010190!900P", Text{}},
		{CodeLength, "010190-90", Text{"Henkilötunnuksessa on 11 merkkiä: tarkista, puuttuuko jotain tai onko jotain liikaa.",
			"En personbeteckning har 11 tecken: kontrollera om något fattas eller är för mycket.",
			"A personal identity code has 11 characters: check whether something is missing or too much."}},
		{CodeDate, "310290-900P", Text{}},
		{CodeCheck, "010190-900R", Text{}},
		{CodeIndividual, "010101-000P", Text{"Yksilönumeroita 000 ja 001 ei anneta: tarkista kolme numeroa välimerkin jälkeen.",
			"Individnumren 000 och 001 ges inte: kontrollera de tre siffrorna efter mellantecknet.",
			"The individual numbers 000 and 001 are not given out: check the three digits after the century sign."}},
		{CodeIncomplete, "010190900P", Text{"Henkilötunnuksesta puuttuu osa, eikä sitä saa arvata: kirjoita tunnus kokonaan välimerkkeineen.",
			"En del av personbeteckningen fattas och får inte gissas: skriv hela beteckningen med mellantecknet.",
			"A part of the personal identity code is missing and must not be guessed: write the whole code with its century sign."}},
	},
	form: Text{"Henkilötunnus on muotoa ppkkvv, välimerkki, kolme numeroa ja tarkistusmerkki.", "En personbeteckning har formen ddmmåå, mellantecken, tre siffror och kontrolltecken.",
		"A personal identity code is ddmmyy, a century sign, three digits and a check character."},
	find:  &finder{on: digitStart | digitInside, at: findCode},
	parse: parseCode,
	mask:  func(v string) string { return head(v, 7) + "****" },
	forms: func(i core.Identifier) []core.Form { return exact(strings.ToLower(i.Value)) },
}

// checkCharacters are the check characters by remainder.
const checkCharacters = "0123456789ABCDEFHJKLMNPRSTUVWXY"

func parseCode(s string) (string, core.Status, Code) {
	s = foldCode(s)
	status, code := checkCode(s)
	if code == CodeLength && partOfCode(s) {
		return s, core.Incomplete, CodeIncomplete
	}
	return s, status, code
}

// foldCode gives the code in upper case with the ASCII hyphen for any dash.
func foldCode(s string) string {
	for n := range len(s) {
		if c := s[n]; c >= 'a' && c <= 'z' || c >= 0x80 {
			return strings.Map(foldCodeRune, s)
		}
	}
	return s
}

func foldCodeRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return r - 'a' + 'A'
	case isDash(r):
		return '-'
	}
	return r
}

func isDash(r rune) bool {
	return r == '-' || r >= 0x2010 && r <= 0x2014 || r == 0x2212
}

// checkCode tells the status of a folded code, or which rule it breaks.
func checkCode(s string) (core.Status, Code) {
	if len(s) != 11 {
		return core.Malformed, CodeLength
	}
	century := centuryOf(s[6])
	day, month, year := two(s[0:]), two(s[2:]), two(s[4:])
	individual := three(s[7:])
	remainder := strings.IndexByte(checkCharacters, s[10])
	if century == 0 || day < 0 || month < 0 || year < 0 || individual < 0 || remainder < 0 {
		return core.Malformed, CodeForm
	}
	if !dayExists(century+year, month, day) {
		return core.Malformed, CodeDate
	}
	if individual < 2 {
		return core.Malformed, CodeIndividual
	}
	if checkSum(day, month, year, individual) != remainder {
		return core.Malformed, CodeCheck
	}
	if individual >= 900 {
		return core.Artificial, ""
	}
	return core.Valid, ""
}

// checkSum gives the remainder that chooses the check character.
func checkSum(day, month, year, individual int) int {
	return (((day*100+month)*100+year)*1000 + individual) % 31
}

// centuryOf gives the century of a century sign, 0 for any other character.
func centuryOf(c byte) int {
	switch c {
	case '+':
		return 1800
	case '-', 'Y', 'X', 'W', 'V', 'U':
		return 1900
	case 'A', 'B', 'C', 'D', 'E', 'F':
		return 2000
	}
	return 0
}

// two and three read that many digits, -1 if they are none.
func two(s string) int {
	a, b := s[0]-'0', s[1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}

func three(s string) int {
	a, b := s[0]-'0', two(s[1:])
	if a > 9 || b < 0 {
		return -1
	}
	return int(a)*100 + b
}

// dayExists tells whether the day is in the (Gregorian) calendar.
func dayExists(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	switch month {
	case 4, 6, 9, 11:
		return day <= 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return day <= 29
		}
		return day <= 28
	}
	return day <= 31
}

// partOfCode tells whether a folded value is a code without its century sign,
// or the date of a code with or without that sign.
func partOfCode(s string) bool {
	if len(s) < 6 || len(s) > 10 {
		return false
	}
	day, month, year := two(s), two(s[2:]), two(s[4:])
	if day < 0 || month < 0 || year < 0 || !dayInAnyCentury(year, month, day) {
		return false
	}
	switch len(s) {
	case 6:
		return true
	case 7:
		return centuryOf(s[6]) != 0
	case 10:
		individual := three(s[6:])
		return individual >= 2 && checkCharacters[checkSum(day, month, year, individual)] == s[9]
	}
	return false
}

func dayInAnyCentury(year, month, day int) bool {
	return dayExists(1900+year, month, day) || dayExists(2000+year, month, day)
}

// BirthDate gives the day of birth that a personal identity code states, in
// UTC at midnight; ok is false for a value that is no complete, correct code.
func BirthDate(code string) (day time.Time, ok bool) {
	s := foldCode(strings.TrimSpace(code))
	if _, broken := checkCode(s); broken != "" {
		return time.Time{}, false
	}
	return time.Date(centuryOf(s[6])+two(s[4:]), time.Month(two(s[2:])), two(s), 0, 0, 0, 0, time.UTC), true
}
