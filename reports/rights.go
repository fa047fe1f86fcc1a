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
// data about the person. Erasure does not reach what a legal obligation or a
// task in the public interest needs (Art. 17(3)(b)). Objection needs such a
// task or a legitimate interest (Art. 21(1)), portability consent or a
// contract (Art. 20(1)), and withdrawal consent (Art. 7(3)). Rectification and
// restriction (Art. 16, 18) do not depend on the basis.
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
	switch code {
	case RightErasure:
		return rests(bases, "6(1)(c)", "6(1)(e)")
	case RightObjection:
		return known(bases) && !rests(bases, "6(1)(e)", "6(1)(f)")
	case RightPortability:
		return known(bases) && !rests(bases, "6(1)(a)", "6(1)(b)")
	case RightConsent:
		return known(bases) && !rests(bases, "6(1)(a)", "9(2)(a)")
	default:
		return false
	}
}

// known tells whether a basis of Article 6 is stated, and the article of every
// basis. Otherwise the one that a right needs may be among them.
func known(bases []catalogue.LegalBasis) bool {
	six := false
	for _, b := range bases {
		article := strings.ReplaceAll(b.Article, " ", "")
		if article == "" {
			return false
		}
		six = six || strings.HasPrefix(article, "6(1)(")
	}
	return six
}

// rests tells whether one of the bases is one of the articles.
func rests(bases []catalogue.LegalBasis, articles ...string) bool {
	return slices.ContainsFunc(bases, func(b catalogue.LegalBasis) bool {
		return slices.Contains(articles, strings.ReplaceAll(b.Article, " ", ""))
	})
}
