package identifier

import (
	"strings"

	"github.com/sinusta/sinusta/core"
)

// electronicRule is the Finnish electronic identification number (sähköinen
// asiointitunnus, SATU; FINUID): eight digits and a check character of the
// same table as that of the personal identity code. It says nothing of its
// bearer and stays the same for life.
var electronicRule = KindRule{
	Kind:    core.ElectronicID,
	Title:   Text{"Sähköinen asiointitunnus (SATU)", "Elektronisk kommunikationskod", "Electronic identification number"},
	Yours:   Text{"sähköinen asiointitunnuksesi", "din elektroniska kommunikationskod", "your electronic identification number"},
	Sharing: OnePerson,
	Example: "99999999D",
	Bad: []Bad{
		{CodeForm, "9999999AE", Text{}},
		{CodeLength, "9999999E", Text{"Sähköisessä asiointitunnuksessa on 9 merkkiä: tarkista, puuttuuko jotain tai onko jotain liikaa.",
			"En elektronisk kommunikationskod har 9 tecken: kontrollera om något fattas eller är för mycket.",
			"An electronic identification number has 9 characters: check whether something is missing or too much."}},
		{CodeCheck, "99999999F", Text{}},
	},
	form: Text{"Sähköinen asiointitunnus on kahdeksan numeroa ja tarkistusmerkki.", "En elektronisk kommunikationskod är åtta siffror och ett kontrolltecken.",
		"An electronic identification number is eight digits and a check character."},
	parse: parseElectronic,
	mask:  func(v string) string { return head(v, 2) + hidden + v[len(head(v, 8)):] },
	forms: func(i core.Identifier) []core.Form {
		return exact(strings.ToLower(i.Value), head(i.Value, 8)+"-"+i.Value[len(head(i.Value, 8)):])
	},
	find: &finder{on: digitStart, at: findElectronic},
}

func parseElectronic(s string) (string, core.Status, Code) {
	s = strings.TrimPrefix(foldCode(withoutSpaces(s)), "FINUID")
	s = strings.TrimLeft(s, ":")
	if len(s) == 10 && s[8] == '-' {
		s = s[:8] + s[9:]
	}
	if len(s) != 9 {
		return "", core.Malformed, CodeLength
	}
	sum := 0
	for n := range 8 {
		if !isDigit(s[n]) {
			return "", core.Malformed, CodeForm
		}
		sum = sum*10 + int(s[n]-'0')
	}
	switch strings.IndexByte(checkCharacters, s[8]) {
	case sum % 31:
		return s, core.Valid, ""
	case -1:
		return "", core.Malformed, CodeForm
	}
	return "", core.Malformed, CodeCheck
}

// electronicLabels stand before the number in texts.
var electronicLabels = [...]string{"SATU", "FINUID", "ASIOINTITUNNUS", "KOMMUNIKATIONSKOD", "IDENTIFICATION NUMBER"}

// findElectronic takes a number whose check character is a letter where it
// stands; nine digits are one only behind a label.
func findElectronic(t *text, at int) (hit, bool) {
	if t.wordBefore(at) {
		return hit{}, false
	}
	body, next := t.digits(at, 8)
	if len(body) != 8 || next >= len(t.s) {
		return hit{}, false
	}
	c := t.s[next]
	if c == '-' && next+1 < len(t.s) {
		next++
		c = t.s[next]
	}
	if t.wordAt(next + 1) {
		return hit{}, false
	}
	value, status, code := parseElectronic(body + string(rune(c)))
	if code != "" || c >= 0x80 {
		return hit{}, false
	}
	h := hit{start: at, end: next + 1, value: value, status: status, certainty: Likely}
	switch {
	case t.labelled(at, electronicLabels[:]):
		h.certainty = Certain
	case isDigit(c):
		return hit{}, false
	}
	return h, true
}
