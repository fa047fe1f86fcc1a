package identifier

import (
	"strings"

	"github.com/sinusta/sinusta/core"
)

// businessRule is the Finnish business ID (Y-tunnus, FO-nummer): seven
// digits, a hyphen and a check digit. The six-digit form of before 2001 gets
// its leading zero, and eight digits without the hyphen are taken, as the
// check digit tells whether they are one. It is a person's identifier only
// where the person is a sole trader.
var businessRule = KindRule{
	Kind:    core.BusinessID,
	Title:   Text{"Y-tunnus", "FO-nummer", "Business ID"},
	Example: "0000001-9",
	Yours:   Text{"Y-tunnuksesi", "ditt FO-nummer", "your Business ID"},
	Sharing: Nobody,
	Bad: []Bad{
		{CodeForm, "000000A-9", Text{}},
		{CodeLength, "00000001-9", Text{}},
		{CodeCheck, "0000001-8", Text{"Y-tunnuksen tarkistusnumero ei täsmää: jokin numero on väärin.", "FO-numrets kontrollsiffra stämmer inte: någon siffra är fel.",
			"The check digit of the business ID does not agree: some digit is wrong."}},
	},
	form: Text{"Y-tunnus on muotoa seitsemän numeroa, viiva ja tarkistusnumero.", "Ett FO-nummer är sju siffror, bindestreck och kontrollsiffra.",
		"A business ID is seven digits, a hyphen and a check digit."},
	find:  &finder{on: digitStart, at: findBusiness},
	parse: parseBusiness,
	mask:  func(v string) string { return head(v, 2) + hidden + strings.TrimPrefix(v, head(v, 7)) },
	forms: businessForms,
}

func parseBusiness(s string) (string, core.Status, Code) {
	s = foldCode(s)
	body, check, hyphen := strings.Cut(s, "-")
	if !hyphen && len(s) == 8 {
		body, check = s[:7], s[7:]
	}
	if strings.Trim(body, "0123456789") != "" || strings.Trim(check, "0123456789") != "" || check == "" {
		return "", core.Malformed, CodeForm
	}
	if len(body) == 6 {
		body = "0" + body
	}
	if len(body) != 7 || len(check) != 1 {
		return "", core.Malformed, CodeLength
	}
	if businessCheck(body) != int(check[0]-'0') {
		return "", core.Malformed, CodeCheck
	}
	return body + "-" + check, core.Valid, ""
}

// businessCheck gives the check digit of seven digits, -1 for a number that is
// never issued.
func businessCheck(body string) int {
	switch r := weighted(body, 7, 9, 10, 5, 8, 4, 2) % 11; r {
	case 0:
		return 0
	case 1:
		return -1
	default:
		return 11 - r
	}
}

func businessForms(i core.Identifier) []core.Form {
	digits := strings.Replace(i.Value, "-", "", 1)
	out := exact(digits, "FI"+digits, "FI "+digits)
	if i.Value[0] == '0' {
		out = append(out, exact(i.Value[1:])...)
	}
	return out
}

// businessLabels stand before a business ID.
var businessLabels = [...]string{"Y-TUNNUS", "YTUNNUS", "Y TUNNUS", "LY-TUNNUS", "FO-NUMMER", "FO-NR", "BUSINESS ID", "ALV"}

// findBusiness takes seven digits with a hyphen and a check digit that agrees;
// the old form of six, and eight digits together, only behind a label.
func findBusiness(t *text, at int) (hit, bool) {
	if at > 1 && !isWord(t.s[at-1]) && t.s[at-1] != ' ' && t.s[at-1] != '\n' && isDigit(t.s[at-2]) {
		return hit{}, false // the tail of another number: 12-2617416-4
	}
	body, next := t.digits(at, 8)
	certainty := Likely
	labelled := t.labelled(at, businessLabels[:])
	switch {
	case len(body) == 8 && !labelled:
		return hit{}, false
	case len(body) == 8:
	case len(body) < 6 || !t.is(next, '-'):
		return hit{}, false
	default:
		next++
		if behind := t.lineBreak(next); behind > next {
			next = behind
		}
		if !t.digitAt(next) {
			return hit{}, false
		}
		if len(body) == 6 {
			certainty = Possible
		}
		body += "-" + string(rune(t.s[next]))
		next++
	}
	if t.wordAt(next) || t.is(next, '-') && t.digitAt(next+1) {
		return hit{}, false
	}
	value, status, code := parseBusiness(body)
	if code != "" {
		return hit{}, false
	}
	if labelled {
		certainty = Certain
	}
	return hit{start: at, end: next, value: value, status: status, certainty: certainty}, true
}
