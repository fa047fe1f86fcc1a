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
	parse:   parseBusiness,
	mask:    func(v string) string { return head(v, 2) + hidden + strings.TrimPrefix(v, head(v, 7)) },
	forms:   businessForms,
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
	sum := 0
	for n, weight := range [...]int{7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(body[n]-'0')
	}
	want := sum % 11
	if want == 1 { // such a number is never issued
		return "", core.Malformed, CodeCheck
	}
	if want > 1 {
		want = 11 - want
	}
	if int(check[0]-'0') != want {
		return "", core.Malformed, CodeCheck
	}
	return body + "-" + check, core.Valid, ""
}

func businessForms(i core.Identifier) []core.Form {
	digits := strings.Replace(i.Value, "-", "", 1)
	out := exact(digits, "FI"+digits, "FI "+digits)
	if i.Value[0] == '0' {
		out = append(out, exact(i.Value[1:])...)
	}
	return out
}
