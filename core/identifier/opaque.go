package identifier

import (
	"slices"
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
// Ticket, contract, invoice and customer numbers are in upper case (ASCII) and user ids in lower
// case, since their systems do not tell them apart by it. Employee numbers
// keep their case.
var (
	employeeRule = opaque(KindRule{
		Kind:     core.EmployeeNumber,
		Title:    Text{"Henkilönumero", "Personalnummer", "Employee number"},
		Yours:    Text{"henkilönumerosi", "ditt personalnummer", "your employee number"},
		Local:    true,
		Sharing:  OneByIssuer,
		Recycled: true,
		Example:  "00104233",
	}, nil, nil)
	userRule = opaque(KindRule{
		Kind:     core.UserID,
		Title:    Text{"Käyttäjätunnus", "Användarnamn", "User ID"},
		Yours:    Text{"käyttäjätunnuksesi", "ditt användarnamn", "your user name"},
		Local:    true,
		Sharing:  OneByIssuer,
		Recycled: true,
		Example:  "makinma1",
	}, strings.ToLower, strings.ToUpper)
	customerRule = opaque(KindRule{
		Kind:    core.CustomerNumber,
		Title:   Text{"Asiakasnumero", "Kundnummer", "Customer number"},
		Yours:   Text{"asiakasnumerosi", "ditt kundnummer", "your customer number"},
		Local:   true,
		Sharing: OneByIssuer,
		Example: "AS-204417",
	}, upperASCII, lowerASCII)
	ticketRule = opaque(KindRule{
		Kind:      core.TicketNumber,
		Title:     Text{"Tukipyynnön numero", "Stödbegärans nummer", "Ticket number"},
		Yours:     Text{"ilmoittamasi tukipyynnön numero", "det nummer på stödbegäran som du uppgav", "the ticket number that you gave"},
		Local:     true,
		RecordKey: true,
		Example:   "INC0012345",
		find:      &finder{on: wordStart, at: findTicket},
	}, upperASCII, lowerASCII)
	contractRule = opaque(KindRule{
		Kind:      core.ContractNumber,
		Title:     Text{"Sopimusnumero", "Avtalsnummer", "Contract number"},
		Yours:     Text{"ilmoittamasi sopimusnumero", "det avtalsnummer som du uppgav", "the contract number that you gave"},
		Local:     true,
		RecordKey: true,
		Example:   "SOP-2024-0042",
	}, upperASCII, lowerASCII)
	invoiceRule = opaque(KindRule{
		Kind:      core.InvoiceNumber,
		Title:     Text{"Laskun numero", "Fakturanummer", "Invoice number"},
		Yours:     Text{"ilmoittamasi laskun numero", "det fakturanummer som du uppgav", "the invoice number that you gave"},
		Local:     true,
		RecordKey: true,
		Example:   "20260417",
	}, upperASCII, lowerASCII)
)

const maxOpaque = 100 // characters

// opaque completes the rule of an opaque kind. fold gives the normal form's
// case and unfold the other one that systems hold; nil for a kind whose case
// is significant.
func opaque(r KindRule, fold, unfold func(string) string) KindRule {
	r.Bad = []Bad{
		{CodeEmpty, "\ufeff", Text{}},
		{CodeLength, strings.Repeat("1", maxOpaque+1), Text{}},
		{CodeForm, "1\x002", Text{}},
	}
	r.form = Text{"Kirjoita tunnus sellaisena kuin sen antaja sen kirjoittaa, ilman ohjausmerkkejä.",
		"Skriv beteckningen så som utfärdaren skriver den, utan styrtecken.", "Write the identifier as its issuer writes it, without control characters."}
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
	return a.Value == b.Value || oneIssuer(a, b) && bareNumber(a.Value) == bareNumber(b.Value)
}

// bareNumber drops the leading zeros of the number, which may stand behind
// the letters of its series: INC0012345 and INC12345 are one ticket.
func bareNumber(s string) string {
	series, number := seriesOf(s)
	return series + withoutZeros(number)
}

// seriesOf parts a value into the letters (A-Z) of its series and a number of
// digits alone; a value of another shape has no series.
func seriesOf(s string) (series, number string) {
	number = strings.TrimLeft(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if number == "" || strings.Trim(number, "0123456789") != "" {
		return "", s
	}
	return s[:len(s)-len(number)], number
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
	series, bare := seriesOf(i.Value)
	bare = withoutZeros(bare)
	out := []core.Form{{Text: series + bare, Tier: core.TierVariant}}
	if strings.Trim(bare, "0123456789") == "" {
		for width := len(bare) + 1; width <= 10; width++ {
			out = append(out, core.Form{Text: series + strings.Repeat("0", width-len(bare)) + bare, Tier: core.TierVariant})
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

// notTickets are series that look like a project's and are standards.
var notTickets = [...]string{"CVE", "CWE", "UTF", "ISO", "EN", "SFS", "IEC", "RFC", "SHA", "MD", "COVID", "ISBN", "ISSN", "COM", "HTTP", "TLS", "USB", "FI", "SE", "AES", "ECC"}

// findTicket takes the numbers of service desks (INC0012345) and, as merely
// possible, of projects (ABC-123), in capitals.
func findTicket(t *text, at int) (hit, bool) {
	next := at
	for next < len(t.s) && next-at < 12 && isLetter(t.s[next]) && t.capital(next) {
		next++
	}
	series := string(t.s[at:next])
	certainty, least, most := Likely, 7, 12
	if t.is(next, '-') && len(series) >= 2 && !slices.Contains(notTickets[:], series) && next+1 < len(t.s) && t.s[next+1] != '0' {
		certainty, least, most = Possible, 1, 7
		next++
	}
	from := next
	for t.digitAt(next) && next-from <= most {
		next++
	}
	if n := next - from; len(series) < 2 || len(series) > 8 || n < least || n > most || t.wordAt(next) {
		return hit{}, false
	}
	value := string(t.s[at:next])
	if _, _, code := parseVAT(value); code == "" {
		return hit{}, false
	}
	return hit{start: at, end: next, value: value, status: core.Valid, certainty: certainty}, true
}
