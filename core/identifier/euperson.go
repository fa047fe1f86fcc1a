package identifier

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
)

// euPersonRule is a person's identifier of another country of Europe, as
// electronic identification gives it: a semantics identifier of ETSI EN 319
// 412-1 (passport PAS, identity card IDC, national number PNO, tax number TIN,
// tax office's number TAX; IDCBE-590082394654), or a PersonIdentifier of eIDAS
// (country of the person, country that asks, string: ES/FI/02635542Y). What
// stands behind the countries is the issuer's, opaque, and compared exactly.
var euPersonRule = KindRule{
	Kind:    core.EUPersonID,
	Title:   Text{"Eurooppalainen henkilötunniste (eIDAS, ETSI)", "Europeisk personidentifierare (eIDAS, ETSI)", "European person identifier (eIDAS, ETSI)"},
	Yours:   Text{"eurooppalainen henkilötunnisteesi", "din europeiska personidentifierare", "your European person identifier"},
	Sharing: OnePerson,
	Example: "IDCBE-590082394654",
	Bad: []Bad{
		{CodeForm, "123456789012", Text{}},
		{CodeCountry, "IDCZZ-590082394654", Text{"Maatunnusta ei tunneta: tarkista kaksi kirjainta ennen viivaa.", "Landskoden är okänd: kontrollera de två bokstäverna före strecket.",
			"The country code is not known: check the two letters before the hyphen."}},
		{CodeLength, "IDCBE-" + strings.Repeat("5", 260), Text{}},
	},
	form: Text{"Kirjoita tunniste kokonaan, esimerkiksi IDCBE-590082394654 tai ES/FI/02635542Y.", "Skriv hela beteckningen, till exempel IDCBE-590082394654 eller ES/FI/02635542Y.",
		"Write the whole identifier, such as IDCBE-590082394654 or ES/FI/02635542Y."},
	parse: parseEUPerson,
	mask:  func(v string) string { return head(v, prefixOfEU(v)) + hidden },
	forms: func(i core.Identifier) []core.Form { return exact(i.Value[prefixOfEU(i.Value):]) },
	find:  &finder{on: wordStart, at: findEUPerson},
}

const maxEUPerson = 256

func parseEUPerson(s string) (string, core.Status, Code) {
	s = norm.NFC.String(withoutSpaces(withoutFormat(s)))
	if len(s) > maxEUPerson {
		return "", core.Malformed, CodeLength
	}
	n := prefixOfEU(s)
	if n == 0 || len(s) == n || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == utf8.RuneError }) {
		return "", core.Malformed, CodeForm
	}
	prefix := upperASCII(s[:n])
	countries := []string{prefix[n-3 : n-1]}
	if n == 6 && prefix[2] == '/' {
		countries = append(countries, prefix[:2])
	}
	for _, c := range countries {
		if !isCountry(c) {
			return "", core.Malformed, CodeCountry
		}
	}
	return prefix + s[n:], core.Valid, ""
}

// prefixOfEU gives the length of the part that tells sort and country, 0 when
// there is none.
func prefixOfEU(v string) int {
	p := upperASCII(head(v, 6))
	if len(p) < 6 {
		return 0
	}
	letters := func(at int) bool { return isLetter(p[at]) && isLetter(p[at+1]) }
	switch {
	case p[5] == '-' && letters(3) && semantics(p[:3]):
		return 6
	case p[2] == '/' && p[5] == '/' && letters(0) && letters(3):
		return 6
	}
	return 0
}

// semantics tells whether the letters are a sort of identifier of natural
// persons in ETSI EN 319 412-1.
func semantics(s string) bool {
	switch s {
	case "PAS", "IDC", "PNO", "TIN", "TAX":
		return true
	}
	return false
}

// isCountry tells whether the letters are the code of a country of the
// European Economic Area, of Switzerland, of the United Kingdom or of another
// country that issues IBANs; EL and UK are in use beside GR and GB.
func isCountry(s string) bool {
	switch s {
	case "EL", "UK", "US", "CA", "AU", "IN", "CN", "JP", "RS", "UA":
		return true
	}
	_, known := accounts[s]
	return known
}

// findEUPerson takes the letters of a sort and a country with what follows
// them. Three parts with slashes are one only if the last holds a digit.
func findEUPerson(t *text, at int) (hit, bool) {
	if at+7 > len(t.s) || t.s[at+5] != '-' && t.s[at+5] != '/' {
		return hit{}, false
	}
	end, digits := at+6, 0
	for end < len(t.s) && end-at < 60 && (isWord(t.s[end]) || strings.IndexByte("-+=/.", t.s[end]) >= 0) {
		if isDigit(t.s[end]) {
			digits++
		}
		end++
	}
	for end > at && !isWord(t.s[end-1]) && t.s[end-1] != '=' {
		end--
	}
	if digits < 3 || end < at+9 {
		return hit{}, false
	}
	value, status, code := parseEUPerson(tidy(t.source(at, end)))
	if code != "" {
		return hit{}, false
	}
	h := hit{start: at, end: end, value: value, status: status, certainty: Likely}
	if t.s[at+5] == '/' {
		h.certainty = Possible
	}
	return h, true
}
