package identifier

import (
	"strings"

	"github.com/sinusta/sinusta/core"
)

// KindRule is what the rules of one kind of identifier say of it.
type KindRule struct {
	Kind  core.Kind
	Title Text
	// Yours names an identifier of the kind as the reader's own ("your
	// telephone number"), in small letters, for a sentence.
	Yours Text
	// Local is true for a kind whose values mean something only beside their
	// issuer (employee numbers).
	Local bool
	// RecordKey is true for the number of a case, a ticket or a contract: it
	// fetches that record and says nothing about who is in it.
	RecordKey bool
	// Sharing is how many people may have one value of the kind.
	Sharing Sharing
	// Recycled is true for a kind whose values pass from one person to
	// another, so that their time of validity matters.
	Recycled bool
	// Example is a valid value that is nobody's.
	Example string
	// Bad has one value for each rule of the kind that a value can break.
	Bad []Bad

	// form says in one sentence what the right form is.
	form Text
	// parse gives the normal form of a trimmed, non-empty value and its
	// status, or the code of the rule that it breaks.
	parse func(s string) (value string, status core.Status, code Code)
	// global tells whether this value of a local kind is unique everywhere;
	// nil for never.
	global func(value string) bool
	// equal compares two comparable identifiers of the kind whose issuers are
	// compatible; nil compares the normal forms.
	equal func(a, b core.Identifier) bool
	// mask hides most of a normal form.
	mask func(value string) string
	// forms gives the spellings other than the normal form; nil for none.
	forms func(i core.Identifier) []core.Form
	// find looks for a value of the kind in running text; nil for a kind that
	// has no shape of its own.
	find *finder
}

// Bad is a value that breaks one rule of its kind.
type Bad struct {
	Code  Code
	Value string
	// Text says what is wrong, where the general sentence of the code does
	// not say it well.
	Text Text
}

// Sharing is how many people may have one value of a kind, as its nature
// allows; core/match makes its classes of evidence of it.
type Sharing int

// How many people may have one value.
const (
	Nobody      Sharing = iota // it numbers something else than a person
	ManyPeople                 // a name, an address
	FewPeople                  // a telephone number
	OnePerson                  // a personal identity code
	OneByIssuer                // one person among those of its issuer
)

// Text is a short text in the three languages of the product.
type Text struct{ FI, SV, EN string }

// In gives the text in lang (fi, sv or en), else in English.
func (t Text) In(lang string) string {
	switch lang {
	case "fi":
		return t.FI
	case "sv":
		return t.SV
	}
	return t.EN
}

// registry is the table of kinds, in the order in which people are asked.
var registry = [...]*KindRule{
	&nameRule,
	&codeRule,
	&birthRule,
	&emailRule,
	&phoneRule,
	&addressRule,
	&employeeRule,
	&userRule,
	&virtuRule,
	&customerRule,
	&electronicRule,
	&swedishRule,
	&euPersonRule,
	&taxRule,
	&ibanRule,
	&businessRule,
	&vatRule,
	&diaryRule,
	&ticketRule,
	&contractRule,
	&invoiceRule,
	&contactRule,
}

// Known gives the kinds that have rules, in the order in which people are
// asked for them.
func Known() []core.Kind {
	out := make([]core.Kind, len(registry))
	for n, r := range registry {
		out[n] = r.Kind
	}
	return out
}

// Rule gives the rule of the kind, and whether there is one.
func Rule(kind core.Kind) (KindRule, bool) {
	if r := rule(kind); r != nil {
		return *r, true
	}
	return KindRule{}, false
}

func rule(kind core.Kind) *KindRule {
	for _, r := range registry {
		if r.Kind == kind {
			return r
		}
	}
	return nil
}

// maxValue bounds a value in bytes: more than any identifier has.
const maxValue = 400

// Parse reads a value of the kind. Raw is always the value as given. A value
// that follows the rules gets its normal form and the status Valid, Artificial
// or Generic. One that breaks a rule has no normal form, the status Malformed,
// and the error is a *ParseError; a personal identity code of which a part is
// missing has the status Incomplete and likewise an error, for it can be no
// search key. Issuer, interval and assurance are the caller's to set.
func Parse(kind core.Kind, raw string) (core.Identifier, error) {
	id := core.Identifier{Kind: kind, Raw: raw, Status: core.Malformed}
	r := rule(kind)
	if r == nil {
		return id, &ParseError{Kind: kind, Code: CodeKind}
	}
	if len(raw) > maxValue {
		return id, &ParseError{Kind: kind, Code: CodeLength}
	}
	s := strings.TrimSpace(raw)
	if s == "" {
		return id, &ParseError{Kind: kind, Code: CodeEmpty}
	}
	value, status, code := r.parse(s)
	switch code {
	case "":
		id.Value, id.Status = value, status
		return id, nil
	case CodeIncomplete:
		id.Value, id.Status = value, core.Incomplete
	}
	return id, &ParseError{Kind: kind, Code: code}
}
