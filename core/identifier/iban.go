package identifier

import (
	"strings"

	"github.com/sinusta/sinusta/core"
)

// ibanRule is an international bank account number (ISO 13616): country, two
// check digits (remainder 1 modulo 97) and the account in the country's own
// structure, without spaces.
var ibanRule = KindRule{
	Kind:    core.IBAN,
	Title:   Text{"Tilinumero (IBAN)", "Kontonummer (IBAN)", "Bank account (IBAN)"},
	Yours:   Text{"tilinumerosi", "ditt kontonummer", "your bank account"},
	Sharing: FewPeople,
	Example: "FI2112345600000785",
	Bad: []Bad{
		{CodeForm, "21 1234 5600 0007 86", Text{}},
		{CodeCountry, "ZZ2112345600000785", Text{}},
		{CodeLength, "FI211234560000078", Text{"Tilinumerossa on väärä määrä merkkejä: suomalaisessa on FI ja 16 numeroa.",
			"Kontonumret har fel antal tecken: ett finländskt är FI och 16 siffror.", "The account number has a wrong number of characters: a Finnish one is FI and 16 digits."}},
		{CodeCheck, "FI2112345600000786", Text{"Tilinumeron tarkistusnumerot eivät täsmää: jokin merkki on väärin.", "Kontonumrets kontrollsiffror stämmer inte: något tecken är fel.",
			"The check digits of the account number do not agree: some character is wrong."}},
	},
	form: Text{"Kirjoita tilinumero IBAN-muodossa, esimerkiksi FI21 1234 5600 0007 85.", "Skriv kontonumret i IBAN-form, till exempel FI21 1234 5600 0007 85.",
		"Write the account number as an IBAN, such as FI21 1234 5600 0007 85."},
	parse: parseIBAN,
	mask:  maskIBAN,
	forms: ibanForms,
	find:  &finder{on: wordStart, at: findIBAN},
}

const longestIBAN = 34

// accounts gives by country the structure of the account behind the check
// digits: n digits, a letters, c both (SWIFT IBAN Registry, release 101).
var accounts = map[string]string{
	"AD": "8n12c", "AE": "19n", "AL": "8n16c", "AT": "16n", "AZ": "4a20c", "BA": "16n", "BE": "12n", "BG": "4a6n8c",
	"BH": "4a14c", "BI": "23n", "BR": "23n1a1c", "BY": "4c4n16c", "CH": "5n12c", "CR": "18n", "CY": "8n16c", "CZ": "20n",
	"DE": "18n", "DJ": "23n", "DK": "14n", "DO": "4c20n", "EE": "16n", "EG": "25n", "ES": "20n", "FI": "14n",
	"FK": "2a12n", "FO": "14n", "FR": "10n11c2n", "GB": "4a14n", "GE": "2a16n", "GI": "4a15c", "GL": "14n", "GR": "7n16c",
	"GT": "24c", "HN": "4a20n", "HR": "17n", "HU": "24n", "IE": "4a14n", "IL": "19n", "IQ": "4a15n", "IS": "22n",
	"IT": "1a10n12c", "JO": "4a4n18c", "KW": "4a22c", "KZ": "3n13c", "LB": "4n20c", "LC": "4a24c", "LI": "5n12c", "LT": "16n",
	"LU": "3n13c", "LV": "4a13c", "LY": "21n", "MC": "10n11c2n", "MD": "20c", "ME": "18n", "MK": "3n10c2n", "MN": "16n",
	"MR": "23n", "MT": "4a5n18c", "MU": "4a19n3a", "NI": "4a20n", "NL": "4a10n", "NO": "11n", "OM": "3n16c", "PK": "4a16c",
	"PL": "24n", "PS": "4a21c", "PT": "21n", "QA": "4a21c", "RO": "4a16c", "RS": "18n", "RU": "14n15c", "SA": "2n18c",
	"SC": "4a20n3a", "SD": "14n", "SE": "20n", "SI": "15n", "SK": "20n", "SM": "1a10n12c", "SO": "19n", "ST": "21n",
	"SV": "4a20n", "TL": "19n", "TN": "20n", "TR": "6n16c", "UA": "6n19c", "VA": "18n", "VG": "4a16n", "XK": "16n",
	"YE": "4a4n18c",
}

func parseIBAN(s string) (string, core.Status, Code) {
	s = strings.TrimPrefix(strings.TrimLeft(compact(s), ":"), "IBAN")
	s = strings.TrimLeft(s, ":")
	if len(s) < 4 || !isLetter(s[0]) || !isLetter(s[1]) || !isDigit(s[2]) || !isDigit(s[3]) {
		return "", core.Malformed, CodeForm
	}
	structure, known := accounts[s[:2]]
	if !known {
		return "", core.Malformed, CodeCountry
	}
	switch fits, long := fitsStructure(s[4:], structure); {
	case !long:
		return "", core.Malformed, CodeLength
	case !fits:
		return "", core.Malformed, CodeForm
	}
	if remainder97(s) != 1 {
		return "", core.Malformed, CodeCheck
	}
	return s, core.Valid, ""
}

// fitsStructure tells whether the account has the characters and the length
// that its country gives it.
func fitsStructure(account, structure string) (fits, long bool) {
	at, n := 0, 0
	fits = true
	for _, c := range []byte(structure) {
		if isDigit(c) {
			n = n*10 + int(c-'0')
			continue
		}
		for range n {
			if at >= len(account) {
				return false, false
			}
			b := account[at]
			fits = fits && (isDigit(b) && c != 'a' || isLetter(b) && c != 'n')
			at++
		}
		n = 0
	}
	return fits, at == len(account)
}

// remainder97 gives the number that an IBAN stands for, modulo 97: the first
// four characters behind the rest, letters as 10 to 35 (ISO 7064).
func remainder97(s string) int {
	sum := 0
	for n := range len(s) {
		c := s[(n+4)%len(s)]
		if isDigit(c) {
			sum = (sum*10 + int(c-'0')) % 97
		} else {
			sum = (sum*100 + int(c-'A') + 10) % 97
		}
	}
	return sum
}

func maskIBAN(v string) string {
	if len(v) < 8 {
		return hidden
	}
	return v[:4] + hidden + v[len(v)-2:]
}

// ibanForms gives the account in groups of four and in small letters.
func ibanForms(i core.Identifier) []core.Form {
	v := i.Value
	if len(v) < 8 {
		return nil
	}
	var groups []string
	for at := 0; at < len(v); at += 4 {
		groups = append(groups, v[at:min(at+4, len(v))])
	}
	return exact(strings.Join(groups, " "), strings.Join(groups, "\u00a0"), strings.Join(groups, "-"), strings.ToLower(v))
}

// findIBAN takes the longest run of letters and digits that its country
// allows, in groups apart or broken at a line.
func findIBAN(t *text, at int) (hit, bool) {
	if at+4 > len(t.s) || !isDigit(t.s[at+2]) || !isDigit(t.s[at+3]) {
		return hit{}, false
	}
	structure, known := accounts[string(t.s[at:at+2])]
	if !known {
		return hit{}, false
	}
	want := 4 + structureLength(structure)
	body := make([]byte, 0, longestIBAN)
	next := at
	for next < len(t.s) && len(body) < want {
		c := t.s[next]
		if isDigit(c) || isLetter(c) {
			body = append(body, c)
			next++
			continue
		}
		skipped := t.gap(next)
		if skipped == next && c == '-' {
			skipped = next + 1
		}
		if skipped == next {
			return hit{}, false
		}
		next = skipped
	}
	value, status, code := parseIBAN(string(body))
	if code != "" {
		return hit{}, false
	}
	h := hit{start: at, end: next, value: value, status: status, certainty: Certain}
	if t.wordBefore(at) || t.wordAt(next) {
		h.certainty = Likely
	}
	return h, true
}

func structureLength(structure string) int {
	sum, n := 0, 0
	for _, c := range []byte(structure) {
		if isDigit(c) {
			n = n*10 + int(c-'0')
			continue
		}
		sum, n = sum+n, 0
	}
	return sum
}
