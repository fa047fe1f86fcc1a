package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// statuteForm is how statutes are written: number/year, then sections.
var statuteForm = regexp.MustCompile(`^(?:\(EU\) )?\d{1,4}/\d{1,4}( (s\.\d+[a-z]?(\(\d+\))*|ss\.\d+[a-z]?(-\d+[a-z]?)?(, ?\d+[a-z]?(-\d+[a-z]?)?)*))?$`)

// repealed lists statutes that descriptions still name. A section of "" is
// the whole act.
var repealed = []struct{ act, section, by string }{
	{"621/1999", "18", "907/2019"}, // good information management, now 906/2019
	{"523/1999", "", "1050/2018"},  // Personal Data Act
}

// noticeAge is how old a published notice may be before somebody looks at it
// (reference: 24 months).
const noticeAge = 2

func lawRules() []Rule {
	return []Rule{
		{Name: "legitimate-interest", Severity: SeverityError, Why: "GDPR Art. 6(1), last subparagraph: 6(1)(f) is no ground for an authority's own tasks", system: legitimateInterest},
		{Name: "special-without-ground", Severity: SeverityWarning, Why: "GDPR Art. 9(1), 10: special categories need a ground of their own", system: specialWithoutGround},
		{Name: "repealed-statute", Severity: SeverityWarning, Why: "a repealed section is no ground", system: repealedStatutes},
		{Name: "statute-form", Severity: SeverityWarning, Why: "a reference that does not resolve helps nobody", system: statuteForms},
		{Name: "secrecy-section", Severity: SeverityWarning, Why: "a ground of secrecy is always named with section and item (621/1999 s.24)", system: secrecySections},
		{Name: "notice-old", Severity: SeverityWarning, Why: "a notice older than 24 months is verified", system: oldNotices},
	}
}

func legitimateInterest(l lintee, s *System) []string {
	uses := slices.ContainsFunc(s.LegalBasis, func(b LegalBasis) bool { return b.Article == "6(1)(f)" })
	return unless(!uses || !l.catalogue.Organisation.Authority,
		"legitimate interest, 6(1)(f), is no ground for what an authority does in the performance of its tasks; find the ground in 6(1)(c) or (e), or show that this is no such task")
}

func specialWithoutGround(_ lintee, s *System) []string {
	special := slices.ContainsFunc(s.DataGroups, func(g DataGroup) bool { return g.Special })
	ground := slices.ContainsFunc(s.LegalBasis, func(b LegalBasis) bool { return strings.HasPrefix(b.Article, "9(2)") || b.Article == "10" })
	return unless(!special || ground, "a data group is special, and legal_basis has no ground of Article 9(2) or 10")
}

// citation is one statute with its sections, and where the entry names it.
type citation struct{ path, act, sections, whole string }

func citations(s *System) []citation {
	var out []citation
	add := func(path, whole string) {
		act, sections, _ := strings.Cut(whole, " s")
		out = append(out, citation{path, act, sections, whole})
	}
	for i, b := range s.LegalBasis {
		for j, statute := range b.Statutes {
			add(fmt.Sprintf("legal_basis[%d].statutes[%d]", i, j), statute)
		}
	}
	for i, x := range s.Secrecy {
		whole := x.Statute
		if x.Section != "" {
			whole += " s." + x.Section
		}
		add(fmt.Sprintf("secrecy[%d]", i), whole)
	}
	return out
}

func repealedStatutes(_ lintee, s *System) []string {
	var out []string
	for _, c := range citations(s) {
		for _, r := range repealed {
			if c.act == r.act && (r.section == "" || namesSection(c.sections, r.section)) {
				out = append(out, fmt.Sprintf("%s: %s was repealed by %s", c.path, c.whole, r.by))
			}
		}
	}
	return out
}

// sectionNumber finds sections and spans of them: 25, 10-12.
var sectionNumber = regexp.MustCompile(`(\d+)([a-z]?)(?:\(\d+\))*(?:-(\d+))?`)

// namesSection tells whether sections, such as ".18" or "s.5, 8, 16-19",
// hold the section.
func namesSection(sections, section string) bool {
	for _, m := range sectionNumber.FindAllStringSubmatch(sections, -1) {
		if m[1]+m[2] == section || m[3] != "" && !longer(m[1], section) && !longer(section, m[3]) {
			return true
		}
	}
	return false
}

// longer compares two decimal numbers without leading zeros: a > b.
func longer(a, b string) bool { return len(a) > len(b) || len(a) == len(b) && a > b }

func statuteForms(_ lintee, s *System) []string {
	var out []string
	for _, c := range citations(s) {
		out = append(out, unless(statuteForm.MatchString(c.whole),
			fmt.Sprintf("%s: %q is not written like 906/2019 s.25 or 434/2003 ss.5, 8, 10-12", c.path, c.whole))...)
	}
	return out
}

func secrecySections(_ lintee, s *System) []string {
	var out []string
	for i, x := range s.Secrecy {
		out = append(out, unless(x.Section != "", fmt.Sprintf("secrecy[%d].section is missing", i))...)
	}
	return out
}

func oldNotices(l lintee, s *System) []string {
	limit := l.today.AddDate(-noticeAge, 0, 0).Format(time.DateOnly)
	var out []string
	for _, p := range s.Published {
		message := fmt.Sprintf("%q is of %s; verify that it still holds", p.Document, p.Date)
		if p.Date != "" && p.Date < limit && !slices.Contains(out, message) {
			out = append(out, message)
		}
	}
	return out
}
