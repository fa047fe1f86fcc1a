package identifier

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
)

// The opaque kinds are strings that an issuer gives and nobody else can read.
// In the normal form white space is trimmed and folded and the text is in
// NFC. Leading zeros are significant; between two values of one known issuer
// they are not, for a system pads the same number here and not there.
//
// Ticket and contract numbers are in upper case (ASCII) and user ids in lower
// case, since their systems do not tell them apart by it. Employee numbers
// keep their case.
var (
	employeeRule = opaque(KindRule{
		Kind:    core.EmployeeNumber,
		Title:   Text{"Henkilönumero", "Personalnummer", "Employee number"},
		Local:   true,
		Example: "00104233",
	}, nil, nil)
	userRule = opaque(KindRule{
		Kind:    core.UserID,
		Title:   Text{"Käyttäjätunnus", "Användarnamn", "User ID"},
		Local:   true,
		Example: "makinma1",
	}, strings.ToLower, strings.ToUpper)
	ticketRule = opaque(KindRule{
		Kind:      core.TicketNumber,
		Title:     Text{"Tikettinumero", "Ärendenummer i servicedesk", "Ticket number"},
		Local:     true,
		RecordKey: true,
		Example:   "INC0012345",
	}, upperASCII, lowerASCII)
	contractRule = opaque(KindRule{
		Kind:      core.ContractNumber,
		Title:     Text{"Sopimusnumero", "Avtalsnummer", "Contract number"},
		Local:     true,
		RecordKey: true,
		Example:   "SOP-2024-0042",
	}, upperASCII, lowerASCII)
)

const maxOpaque = 100 // characters

// opaque completes the rule of an opaque kind. fold gives the normal form's
// case and unfold the other one that systems hold; nil for a kind whose case
// is significant.
func opaque(r KindRule, fold, unfold func(string) string) KindRule {
	r.parse = func(s string) (string, core.Status, Code) {
		s = strings.Join(strings.Fields(norm.NFC.String(withoutFormat(s))), " ")
		switch {
		case s == "":
			return "", core.Malformed, CodeEmpty
		case len([]rune(s)) > maxOpaque:
			return "", core.Malformed, CodeLength
		}
		if strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) || c == unicode.ReplacementChar }) {
			return "", core.Malformed, CodeForm
		}
		if fold != nil {
			s = norm.NFC.String(fold(s))
		}
		return s, core.Valid, ""
	}
	r.equal = equalOpaque
	r.mask = maskMiddle
	r.forms = func(i core.Identifier) []core.Form {
		out := zeroForms(i)
		if unfold != nil {
			out = append(out, exact(unfold(i.Value))...)
		}
		return out
	}
	return r
}

func equalOpaque(a, b core.Identifier) bool {
	return a.Value == b.Value || oneIssuer(a, b) && withoutZeros(a.Value) == withoutZeros(b.Value)
}

// withoutZeros drops the leading zeros before a digit.
func withoutZeros(s string) string {
	for len(s) > 1 && s[0] == '0' && isDigit(s[1]) {
		s = s[1:]
	}
	return s
}

// zeroForms gives the value with other leading zeros, if its issuer is known:
// without them, and a number padded to ten digits at most, as personnel and
// finance systems do.
func zeroForms(i core.Identifier) []core.Form {
	if i.Issuer == "" {
		return nil
	}
	bare := withoutZeros(i.Value)
	out := []core.Form{{Text: bare, Tier: core.TierVariant}}
	if strings.Trim(bare, "0123456789") == "" {
		for width := len(bare) + 1; width <= 10; width++ {
			out = append(out, core.Form{Text: strings.Repeat("0", width-len(bare)) + bare, Tier: core.TierVariant})
		}
	}
	return out
}

// withoutFormat drops invisible format characters, such as a byte order mark.
func withoutFormat(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}
