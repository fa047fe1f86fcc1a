package identifier

import (
	"strings"

	"github.com/sinusta/sinusta/core"
)

// taxRule is the Finnish individual tax number (veronumero) that workers on
// building sites carry: twelve digits without a check.
var taxRule = KindRule{
	Kind:    core.TaxNumber,
	Title:   Text{"Veronumero", "Skattenummer", "Individual tax number"},
	Yours:   Text{"veronumerosi", "ditt skattenummer", "your tax number"},
	Sharing: FewPeople, // one person's, but a slip in it is another's
	Example: "100001234567",
	Bad: []Bad{
		{CodeForm, "10000123456A", Text{}},
		{CodeLength, "10000123456", Text{"Veronumerossa on 12 numeroa: tarkista, puuttuuko jotain tai onko jotain liikaa.",
			"Ett skattenummer har 12 siffror: kontrollera om något fattas eller är för mycket.", "An individual tax number has 12 digits: check whether something is missing or too much."}},
	},
	form:  Text{"Veronumero on 12 numeroa.", "Ett skattenummer är 12 siffror.", "An individual tax number is 12 digits."},
	parse: parseTax,
	mask:  maskMiddle,
	forms: func(i core.Identifier) []core.Form {
		if len(i.Value) != 12 {
			return nil
		}
		return exact(i.Value[:4]+" "+i.Value[4:8]+" "+i.Value[8:], i.Value[:3]+" "+i.Value[3:6]+" "+i.Value[6:9]+" "+i.Value[9:])
	},
	find: &finder{on: digitStart, at: findTax},
}

func parseTax(s string) (string, core.Status, Code) {
	s = compact(s)
	switch {
	case strings.Trim(s, "0123456789") != "":
		return "", core.Malformed, CodeForm
	case len(s) != 12:
		return "", core.Malformed, CodeLength
	}
	return s, core.Valid, ""
}

// taxLabels stand before a tax number.
var taxLabels = [...]string{"VERONUMERO", "SKATTENUMMER", "TAX NUMBER"}

// findTax takes twelve digits behind a label.
func findTax(t *text, at int) (hit, bool) {
	end, count := at, 0
	for end < len(t.s) && count < 12 {
		if isDigit(t.s[end]) {
			count++
		} else if t.s[end] != ' ' || !t.digitAt(end+1) {
			return hit{}, false
		}
		end++
	}
	if count < 12 || t.wordAt(end) || !t.labelled(at, taxLabels[:]) {
		return hit{}, false
	}
	value, status, code := parseTax(string(t.s[at:end]))
	return hit{start: at, end: end, value: value, status: status, certainty: Likely}, code == ""
}
