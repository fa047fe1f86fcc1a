package identifier

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
)

// virtuRule is the key of a user in Virtu, the sign-on of the central
// government: virtuLocalID@virtuHomeOrganization (SAML attributes
// 1.3.6.1.4.1.31350.1.8 and .1.5). The local part is the home organisation's
// user name, which may itself be an e-mail address, and means nothing without
// the organisation. Case does not count.
var virtuRule = KindRule{
	Kind:     core.VirtuKey,
	Title:    Text{"Virtu-avain", "Virtu-nyckel", "Virtu key"},
	Yours:    Text{"Virtu-avaimesi", "din Virtu-nyckel", "your Virtu key"},
	Sharing:  OnePerson,
	Recycled: true,
	Example:  "makinma1@virasto",
	Bad: []Bad{
		{CodeForm, "lahtima2", Text{}},
		{CodeLength, strings.Repeat("m", 300) + "@virasto", Text{}},
	},
	form: Text{"Kirjoita käyttäjätunnus ja kotiorganisaatio, esimerkiksi makinma1@virasto.", "Skriv användarnamnet och hemorganisationen, till exempel makinma1@virasto.",
		"Write the user name and the home organisation, such as makinma1@virasto."},
	parse: parseVirtu,
	mask:  maskEmail,
	forms: func(i core.Identifier) []core.Form { return exact(upperASCII(i.Value)) },
	find:  &finder{on: atSign, at: findVirtu},
}

func parseVirtu(s string) (string, core.Status, Code) {
	s = strings.ToLower(norm.NFC.String(withoutFormat(s)))
	if len(s) > 256 {
		return "", core.Malformed, CodeLength
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		return "", core.Malformed, CodeForm
	}
	if strings.HasPrefix(s, "@") || strings.Contains(s, "@@") {
		return "", core.Malformed, CodeForm
	}
	return norm.NFC.String(s), core.Valid, ""
}

// findVirtu takes a user name with an organisation that is no domain.
func findVirtu(t *text, at int) (hit, bool) {
	start, end := t.around(at)
	if start == at || end == at+1 || strings.Contains(string(t.s[at+1:end]), ".") {
		return hit{}, false
	}
	value, status, code := parseVirtu(withoutSpaces(tidy(t.source(start, end))))
	if code != "" {
		return hit{}, false
	}
	h := hit{start: start, end: end, value: value, status: status, certainty: Possible}
	if t.labelled(start, []string{"VIRTU"}) {
		h.certainty = Certain
	}
	return h, true
}
