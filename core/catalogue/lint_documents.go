package catalogue

import (
	"fmt"
	"slices"
	"time"
)

// noticeAge is how many years old a published notice may be before somebody
// looks at it.
const noticeAge = 2

func documentRules() []Rule {
	each := func(name, why string, breach func(lintee, Document) []string) Rule {
		return Rule{Name: name, Severity: SeverityPublished, Why: why, organisation: func(l lintee, o *Organisation) []string {
			var out []string
			for _, d := range o.Documents {
				for _, m := range breach(l, d) {
					out = append(out, fmt.Sprintf("%q %s", d.Title, m))
				}
			}
			return out
		}}
	}
	return []Rule{
		each("notice-old", "a notice older than 24 months is verified", func(l lintee, d Document) []string {
			limit := l.today.AddDate(-noticeAge, 0, 0).Format(time.DateOnly)
			last := d.LastDated()
			return unless(last == "" || last >= limit, fmt.Sprintf("is of %s; verify that it still holds", last))
		}),
		each("notice-undated", "a reader must know whether a notice still holds", func(_ lintee, d Document) []string {
			return unless(d.LastDated() != "", "bears no date")
		}),
		each("no-complaint-right", "GDPR Art. 13(2)(d), 14(2)(e): a notice tells of the right to complain", func(_ lintee, d Document) []string {
			return unless(d.Kind != PrivacyNotice || d.tells(RightComplaint), "does not tell of the right to complain to the supervisory authority")
		}),
		each("right-missing", "GDPR Art. 13(2)(b): a notice tells of the rights to access, rectification, erasure, restriction and objection", missingRights),
		each("statute-number-document", "a number that is another statute's, or nobody's, sends the reader astray", func(_ lintee, d Document) []string {
			var out []string
			for _, p := range d.Sentences {
				for _, wrong := range wrongNumbers(p.Sentence) {
					out = append(out, fmt.Sprintf("(%s) %s", p.Key, wrong))
				}
			}
			return out
		}),
		{Name: "right-source", Severity: SeverityError, Why: "a right that a document tells of has the sentence that tells of it", organisation: rightSources},
	}
}

// tells tells whether the document names the right.
func (d Document) tells(right StatedRightCode) bool {
	return slices.ContainsFunc(d.Rights, func(r StatedRight) bool { return r.Right == right })
}

func missingRights(_ lintee, d Document) []string {
	if d.Kind != PrivacyNotice {
		return nil
	}
	var out []string
	for _, right := range []StatedRightCode{RightAccess, RightRectification, RightErasure, RightRestriction, RightObjection} {
		out = append(out, unless(d.tells(right), fmt.Sprintf("does not tell of the right %s, or that it does not apply", right))...)
	}
	return out
}

func rightSources(_ lintee, o *Organisation) []string {
	var out []string
	for _, d := range o.Documents {
		for _, r := range d.Rights {
			for _, key := range r.Source.Keys() {
				known := slices.ContainsFunc(d.Sentences, func(p Statement) bool { return p.Key == key })
				out = append(out, unless(known, fmt.Sprintf("documents.%s: the right %s names the sentence %q, which the document does not have", d.ID, r.Right, key))...)
			}
			out = append(out, unless(len(r.Source.Keys()) > 0, fmt.Sprintf("documents.%s: the right %s has no source", d.ID, r.Right))...)
		}
	}
	return out
}
