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
	Kind:    core.Email,
	Title:   Text{"Sähköpostiosoite", "E-postadress", "E-mail address"},
	Example: "maija.makinen@example.fi",
	parse:   parseEmail,
	mask:    maskEmail,
	forms:   emailForms,
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
