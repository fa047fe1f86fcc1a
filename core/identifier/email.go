package identifier

import (
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
)

// emailRule is an e-mail address by the syntax of net/mail (RFC 5322), one
// address, with or without a display name.
//
// In the normal form the domain is in lower case and ASCII (IDNA), and the
// local part in lower case as far as it is ASCII: RFC 5321 lets a server tell
// Maija from maija, but none gives them to two people, while the systems of
// one house do vary the case. Dots and plus-tags are kept. A mailbox that
// many people share is Generic.
var emailRule = KindRule{
	Kind:     core.Email,
	Title:    Text{"Sähköpostiosoite", "E-postadress", "E-mail address"},
	Example:  "maija.makinen@example.fi",
	Yours:    Text{"sähköpostiosoitteesi", "din e-postadress", "your e-mail address"},
	Sharing:  FewPeople,
	Recycled: true,
	Bad: []Bad{
		{CodeForm, "maija", Text{}},
		{CodeLength, strings.Repeat("m", 330) + "@example.fi", Text{}},
		{CodeDomain, "maija@exa_mple.fi", Text{"Osoitteen @-merkin jälkeinen osa ei ole verkkotunnus: tarkista se.",
			"Delen efter @ i adressen är inget domännamn: kontrollera den.", "The part of the address after the @ is no domain name: check it."}},
	},
	form: Text{"Kirjoita yksi sähköpostiosoite, esimerkiksi etunimi.sukunimi@example.fi.", "Skriv en e-postadress, till exempel fornamn.efternamn@example.fi.",
		"Write one e-mail address, such as first.last@example.fi."},
	find:  &finder{on: atSign, at: findEmail},
	parse: parseEmail,
	mask:  maskEmail,
	forms: emailForms,
}

func parseEmail(s string) (string, core.Status, Code) {
	if len(s) > 320 {
		return "", core.Malformed, CodeLength
	}
	parsed, err := mail.ParseAddress(norm.NFC.String(s))
	if err != nil {
		return "", core.Malformed, CodeForm
	}
	at := strings.LastIndexByte(parsed.Address, '@')
	local, domain := lowerASCII(parsed.Address[:at]), strings.TrimSuffix(parsed.Address[at+1:], ".")
	domain, err = idna.Lookup.ToASCII(domain)
	if err != nil || domain == "" || len(domain) > 253 {
		return "", core.Malformed, CodeDomain
	}
	value := local + "@" + strings.ToLower(domain)
	if sharedMailbox(local) {
		return value, core.Generic, ""
	}
	return value, core.Valid, ""
}

func maskEmail(v string) string {
	local, domain, _ := strings.Cut(v, "@")
	if at := strings.LastIndexByte(v, '@'); at >= 0 {
		local, domain = v[:at], v[at+1:]
	}
	first := []rune(local)
	if len(first) == 0 {
		return hidden + "@" + domain
	}
	return string(first[:1]) + hidden + "@" + domain
}

func emailForms(i core.Identifier) []core.Form {
	at := strings.LastIndexByte(i.Value, '@')
	if domain, err := idna.Display.ToUnicode(i.Value[at+1:]); at >= 0 && err == nil {
		return exact(i.Value[:at+1] + domain)
	}
	return nil
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func upperASCII(s string) string { return strings.Map(upperRune, s) }

func upperRune(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

// sharedMailbox tells whether the local part names a function and no person.
// The first list counts also as the first or last word of a local part
// (kirjaamo.uusimaa, tampere-kirjaamo), the second by itself only, for its
// words may be a person's initials or a part of a name.
func sharedMailbox(local string) bool {
	local, _, _ = strings.Cut(local, "+")
	words := strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '-' || r == '_' })
	if len(words) == 0 {
		return false
	}
	switch local {
	case "info", "hr", "it", "ict", "admin", "office", "contact", "help", "tuki", "toimisto", "posti", "post", "mail",
		"sales", "myynti", "tilaukset", "rekry", "jobs", "media", "press", "talous", "hallinto", "johto", "neuvonta",
		"webmaster", "hostmaster", "root", "abuse", "security", "privacy", "dpo", "no-reply", "no_reply", "do-not-reply":
		return true
	}
	for _, w := range []string{words[0], words[len(words)-1]} {
		switch w {
		case "kirjaamo", "registratur", "registratorskontoret", "registry", "asiakaspalvelu", "kundtjanst", "kundservice",
			"customerservice", "noreply", "donotreply", "mailerdaemon", "postmaster", "tietosuoja", "tietosuojavastaava", "dataskydd",
			"dataskyddsombud", "helpdesk", "servicedesk", "palvelupiste", "laskutus", "invoices", "ostolaskut",
			"rekrytointi", "viestinta", "palaute", "vaihde", "henkilostopalvelut":
			return true
		}
	}
	return false
}

// findEmail takes what stands around an @ as an address, unless its domain
// has no dot.
func findEmail(t *text, at int) (hit, bool) {
	start, end := t.around(at)
	if start == at || end == at+1 || !strings.Contains(string(t.s[at+1:end]), ".") {
		return hit{}, false
	}
	value, status, code := parseEmail(withoutSpaces(tidy(t.source(start, end))))
	if code != "" {
		return hit{}, false
	}
	h := hit{start: start, end: end, value: value, status: status, certainty: Certain}
	if top := value[strings.LastIndexByte(value, '.')+1:]; len(top) < 2 || strings.Trim(top, "0123456789") == "" {
		h.certainty = Possible // maija@10.0.0.1
	}
	return h, true
}

// around gives the local part and the domain around an @, as far as the
// characters go that addresses are made of in practice.
func (t *text) around(at int) (start, end int) {
	start, end = at, at+1
	for start > 0 && at-start < 64 && (isWord(t.s[start-1]) || strings.IndexByte(".+-'&", t.s[start-1]) >= 0) {
		start--
	}
	for start < at && !isWord(t.s[start]) {
		start++
	}
	for end < len(t.s) && end-at < 254 && (isWord(t.s[end]) || t.s[end] == '.' || t.s[end] == '-') {
		end++
	}
	for end > at+1 && (t.s[end-1] == '.' || t.s[end-1] == '-' || t.s[end-1] == '_') {
		end--
	}
	return start, end
}
