package reports

import (
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core/catalogue"
)

// RightCode names a right of the data subject.
type RightCode string

// The rights that a report tells of (GDPR Art. 15(1)(e), 7(3), 16 to 21).
const (
	RightRectification RightCode = "rectification"
	RightErasure       RightCode = "erasure"
	RightRestriction   RightCode = "restriction"
	RightObjection     RightCode = "objection"
	RightPortability   RightCode = "portability"
	RightConsent       RightCode = "withdraw_consent"
)

// RightCodes lists the rights in the order of the report.
func RightCodes() []RightCode {
	return []RightCode{RightRectification, RightErasure, RightRestriction, RightObjection, RightPortability, RightConsent}
}

// Right is one right of the person, and the systems with data about them in
// which it may not apply by the legal basis that the catalogue states.
type Right struct {
	Code        RightCode
	MayNotApply []string
}

// rightsOf holds each right against the legal basis of the systems that have
// data about the person. Erasure, restriction and objection do not reach
// statutory registers (Art. 17(3)(b), 21); portability and the withdrawal of
// consent need consent, or a contract for portability (Art. 20(1), 7(3)). A
// system without a stated basis limits nothing.
func rightsOf(systems []System) []Right {
	var out []Right
	for _, code := range RightCodes() {
		r := Right{Code: code}
		for i := range systems {
			s := &systems[i]
			if (s.holdsData() || s.Undecided > 0) && mayNotApply(code, s.Entry.LegalBasis) {
				r.MayNotApply = append(r.MayNotApply, s.Entry.ID)
			}
		}
		out = append(out, r)
	}
	return out
}

func mayNotApply(code RightCode, bases []catalogue.LegalBasis) bool {
	if len(bases) == 0 {
		return false
	}
	switch code {
	case RightErasure, RightRestriction, RightObjection:
		return rests(bases, "6(1)(c)", "6(1)(e)")
	case RightPortability:
		return !rests(bases, "6(1)(a)", "6(1)(b)")
	case RightConsent:
		return !rests(bases, "6(1)(a)")
	default:
		return false
	}
}

// rests tells whether one of the bases is one of the articles.
func rests(bases []catalogue.LegalBasis, articles ...string) bool {
	return slices.ContainsFunc(bases, func(b catalogue.LegalBasis) bool {
		return slices.Contains(articles, strings.ReplaceAll(b.Article, " ", ""))
	})
}
