package identifier

import (
	"strings"

	"github.com/sinusta/sinusta/core"
)

// vatRule is a value added tax number of a country of the European Union or of
// Northern Ireland: the country (EL for Greece) and the number, without spaces.
// A Finnish one is FI and the eight digits of the business ID. Check digits are
// verified for every form whose rule the country has published (vatchecks.go);
// of other forms only the shape.
//
// Like a business ID it is a person's own only where the person is a sole
// trader.
var vatRule = KindRule{
	Kind:    core.VATNumber,
	Title:   Text{"Arvonlisäverotunniste (ALV-numero)", "Mervärdesskattenummer (momsnummer)", "VAT number"},
	Yours:   Text{"arvonlisäverotunnisteesi", "ditt momsnummer", "your VAT number"},
	Sharing: Nobody,
	Example: "FI00000019",
	Bad: []Bad{
		{CodeForm, "FI0000001A", Text{}},
		{CodeCountry, "ZZ12345678", Text{}},
		{CodeLength, "FI0000019", Text{"Arvonlisäverotunnisteessa on väärä määrä merkkejä: suomalaisessa on FI ja kahdeksan numeroa.",
			"Momsnumret har fel antal tecken: ett finländskt är FI och åtta siffror.", "The VAT number has a wrong number of characters: a Finnish one is FI and eight digits."}},
		{CodeCheck, "FI00000018", Text{"Arvonlisäverotunnisteen tarkistusmerkki ei täsmää: jokin merkki on väärin.", "Momsnumrets kontrolltecken stämmer inte: något tecken är fel.",
			"The check character of the VAT number does not agree: some character is wrong."}},
	},
	form:  Text{"Kirjoita maatunnus ja numero, esimerkiksi FI00000019.", "Skriv landskoden och numret, till exempel FI00000019.", "Write the country code and the number, such as FI00000019."},
	parse: parseVAT,
	mask:  maskMiddle,
	forms: vatForms,
	find:  &finder{on: wordStart, at: findVAT},
}

// vatForm is the shape of a country's numbers: the forms apart by spaces, 9
// for a digit, A for a letter, * for either, and any other sign for itself.
type vatForm struct {
	forms string
	// check tells whether the check characters agree. It is given numbers of
	// one of the forms only, and takes a form without a published rule.
	check func(n string) bool
}

var vatCountries = map[string]vatForm{
	"AT": {"U99999999", vatAT}, "BE": {"9999999999", vatBE}, "BG": {"999999999 9999999999", vatBG}, "CY": {"99999999A", vatCY},
	"CZ": {"99999999 999999999 9999999999", vatCZ}, "DE": {"999999999", mod11and10}, "DK": {"99999999", vatDK}, "EE": {"999999999", vatEE},
	"EL": {"999999999", vatEL}, "ES": {"*9999999*", vatES}, "FI": {"99999999", vatFI}, "FR": {"**999999999", vatFR},
	"HR": {"99999999999", mod11and10}, "HU": {"99999999", vatHU}, "IE": {"9999999A 9999999AA 9A99999A 9+99999A 9*99999A", vatIE}, "IT": {"99999999999", vatIT},
	"LT": {"999999999 999999999999", vatLT}, "LU": {"99999999", vatLU}, "LV": {"99999999999", vatLV}, "MT": {"99999999", vatMT},
	"NL": {"999999999B99", vatNL}, "PL": {"9999999999", vatPL}, "PT": {"999999999", vatPT},
	"RO": {"99 999 9999 99999 999999 9999999 99999999 999999999 9999999999", vatRO}, "SE": {"999999999999", vatSE},
	"SI": {"99999999", vatSI}, "SK": {"9999999999", vatSK}, "XI": {"999999999 999999999999 GD999 HA999", vatXI},
}

func parseVAT(s string) (string, core.Status, Code) {
	s = compact(s)
	if len(s) < 4 || !isLetter(s[0]) || !isLetter(s[1]) {
		return "", core.Malformed, CodeForm
	}
	country, n := s[:2], s[2:]
	if country == "GR" { // its code elsewhere; in VAT numbers it is EL
		country = "EL"
	}
	rule, known := vatCountries[country]
	if !known {
		return "", core.Malformed, CodeCountry
	}
	if country == "BE" && len(n) == 9 { // of before 2005
		n = "0" + n
	}
	shape, long := false, false
	for form := range strings.SplitSeq(rule.forms, " ") {
		long = long || len(form) == len(n)
		shape = shape || hasShape(n, form)
	}
	switch {
	case !long:
		return "", core.Malformed, CodeLength
	case !shape:
		return "", core.Malformed, CodeForm
	case !rule.check(n):
		return "", core.Malformed, CodeCheck
	}
	return country + n, core.Valid, ""
}

func hasShape(n, form string) bool {
	if len(n) != len(form) {
		return false
	}
	for i := range len(n) {
		c, ok := n[i], false
		switch form[i] {
		case '9':
			ok = isDigit(c)
		case 'A':
			ok = isLetter(c)
		case '*':
			ok = isDigit(c) || isLetter(c) || c == '*'
		default:
			ok = c == form[i]
		}
		if !ok {
			return false
		}
	}
	return true
}

// compact gives a value in upper case without the spaces, hyphens, full stops
// and slashes that people put into numbers.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case isDash(r), r == ' ', r == 0xA0, r == 0x202F, r == 0x2009, r == '\t', r == '\n', r == '\r', r == '.', r == '/':
			return -1
		case r >= 0xFF01 && r <= 0xFF5E:
			r = r - 0xFF01 + '!'
		}
		return upperRune(r)
	}, s)
}

// BusinessOfVAT gives the Finnish business ID that a VAT number stands for,
// and whether it stands for one.
func BusinessOfVAT(i core.Identifier) (core.Identifier, bool) {
	digits, finnish := strings.CutPrefix(i.Value, "FI")
	if i.Kind != core.VATNumber || !usable(i) || !finnish || len(digits) != 8 {
		return core.Identifier{}, false
	}
	i.Kind, i.Value = core.BusinessID, digits[:7]+"-"+digits[7:]
	i.Forms = nil
	return i, true
}

func vatForms(i core.Identifier) []core.Form {
	if len(i.Value) < 3 {
		return nil
	}
	country, n := i.Value[:2], i.Value[2:]
	out := exact(country+" "+n, country+"-"+n, strings.ToLower(i.Value))
	if id, ok := BusinessOfVAT(i); ok {
		out = append(out, exact("FI"+id.Value, "FI "+id.Value)...)
	}
	return out
}

// findVAT takes a country code with its number, together or one space apart.
func findVAT(t *text, at int) (hit, bool) {
	if at+4 > len(t.s) {
		return hit{}, false
	}
	if _, known := vatCountries[string(t.s[at:at+2])]; !known {
		return hit{}, false
	}
	next := at + 2
	if t.is(next, ' ') || t.is(next, '-') {
		next++
	}
	from, digits := next, 0
	for next < len(t.s) && next-from < 14 && (isWord(t.s[next]) || t.s[next] == '-' && t.digitAt(next+1)) {
		if isDigit(t.s[next]) {
			digits++
		}
		next++
	}
	if digits < 2 || t.wordAt(next) {
		return hit{}, false
	}
	value, status, code := parseVAT(string(t.s[at:next]))
	if code != "" {
		return hit{}, false
	}
	h := hit{start: at, end: next, value: value, status: status, certainty: Possible}
	switch {
	case t.labelled(at, vatLabels[:]), value[:2] == "FI":
		h.certainty = Certain
	case digits >= 7:
		h.certainty = Likely
	}
	return h, true
}

// vatLabels stand before a VAT number.
var vatLabels = [...]string{"ALV", "VAT", "MOMS", "ARVONLISAVERO", "UST-ID", "TVA"}
