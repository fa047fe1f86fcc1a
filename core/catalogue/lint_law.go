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

func lawRules() []Rule {
	return []Rule{
		{Name: "legitimate-interest", Severity: SeverityError, Why: "GDPR Art. 6(1), last subparagraph: 6(1)(f) is no ground for an authority's own tasks", facts: legitimateInterest, ofDocument: true},
		{Name: "special-without-ground", Severity: SeverityWarning, Why: "GDPR Art. 9(1), 10: special categories need a ground of their own", facts: specialWithoutGround, ofDocument: true},
		{Name: "repealed-statute", Severity: SeverityWarning, Why: "a repealed section is no ground", facts: repealedStatutes, ofDocument: true},
		{Name: "statute-form", Severity: SeverityWarning, Why: "a reference that does not resolve helps nobody", facts: statuteForms},
		{Name: "secrecy-section", Severity: SeverityWarning, Why: "a ground of secrecy is always named with section and item (621/1999 s.24)", facts: secrecySections, ofDocument: true},
		{Name: "statute-number", Severity: SeverityPublished, Why: "a number that is another statute's, or nobody's, sends the reader astray", facts: statuteNumbers},
	}
}

func legitimateInterest(l lintee, s *System) []breach {
	var out []breach
	for i, b := range s.LegalBasis {
		if b.Article == "6(1)(f)" && l.catalogue.Organisation.Authority {
			out = append(out, breach{fmt.Sprintf("legal_basis[%d]", i),
				"legitimate interest, 6(1)(f), is no ground for what an authority does in the performance of its tasks; find the ground in 6(1)(c) or (e), or show that this is no such task",
				b.Source})
		}
	}
	return out
}

func specialWithoutGround(_ lintee, s *System) []breach {
	special := slices.IndexFunc(s.DataGroups, func(g DataGroup) bool { return g.Special })
	ground := slices.ContainsFunc(s.LegalBasis, func(b LegalBasis) bool { return strings.HasPrefix(b.Article, "9(2)") || b.Article == "10" })
	if special < 0 || ground {
		return nil
	}
	return []breach{{fmt.Sprintf("data_groups[%d]", special), "a data group is special, and legal_basis has no ground of Article 9(2) or 10", s.DataGroups[special].Source}}
}

// citation is one statute with its sections, and where the entry names it.
type citation struct {
	path, act, sections, whole string
	source                     Source
}

func citations(s *System) []citation {
	var out []citation
	add := func(path, whole string, source Source) {
		act, sections, _ := strings.Cut(whole, " s")
		out = append(out, citation{path, act, sections, whole, source})
	}
	for i, b := range s.LegalBasis {
		for j, statute := range b.Statutes {
			add(fmt.Sprintf("legal_basis[%d].statutes[%d]", i, j), statute, b.Source)
		}
	}
	for i, x := range s.Secrecy {
		whole := x.Statute
		if x.Section != "" {
			whole += " s." + x.Section
		}
		add(fmt.Sprintf("secrecy[%d]", i), whole, x.Source)
	}
	return out
}

func repealedStatutes(l lintee, s *System) []breach {
	var out []breach
	today := l.today.Format(time.DateOnly)
	for _, c := range citations(s) {
		for _, r := range repealed {
			if c.act == r.act && today >= r.from && (r.section == "" || namesSection(c.sections, r.section)) {
				source := c.source
				if len(source.Keys()) > 0 {
					source = Source(strings.Join(source.Keys(), ",")) // a derived ground names what the document names
				}
				out = append(out, breach{c.path, fmt.Sprintf("%s: %s was repealed on %s by %s", c.path, c.whole, r.from, r.by), source})
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

func statuteForms(_ lintee, s *System) []breach {
	var out []breach
	for _, c := range citations(s) {
		if !statuteForm.MatchString(c.whole) {
			out = append(out, breach{c.path, fmt.Sprintf("%s: %q is not written like 906/2019 s.25 or 434/2003 ss.5, 8, 10-12", c.path, c.whole), ""})
		}
	}
	return out
}

func secrecySections(_ lintee, s *System) []breach {
	var out []breach
	for i, x := range s.Secrecy {
		if at := fmt.Sprintf("secrecy[%d]", i); x.Section == "" {
			out = append(out, breach{at, fmt.Sprintf("%s: %s is named without its section and item", at, x.Statute), x.Source})
		}
	}
	return out
}

// datedNumber finds statutes as Finnish documents write them: 21.5.1999/621.
var datedNumber = regexp.MustCompile(`\b(\d{1,2})\.(\d{1,2})\.(\d{4})/(\d{1,4})\b`)

// statuteNumbers holds the statutes that sentences of the documents name with
// day and number against those that are known.
func statuteNumbers(_ lintee, s *System) []breach {
	var out []breach
	for i, p := range s.Published {
		for _, wrong := range wrongNumbers(p.Sentence) {
			out = append(out, breach{path: fmt.Sprintf("published[%d]", i), message: fmt.Sprintf("the sentence %s %s", p.Key, wrong)})
		}
	}
	return out
}

// wrongNumbers tells of the statutes in a sentence whose number and day do not
// belong together.
func wrongNumbers(sentence string) []string {
	var out []string
	for _, m := range datedNumber.FindAllStringSubmatch(sentence, -1) {
		day, err := time.Parse("2.1.2006", m[1]+"."+m[2]+"."+m[3])
		if err != nil {
			out = append(out, fmt.Sprintf("names %s, which is no day", m[0]))
			continue
		}
		number, date := m[4]+"/"+m[3], day.Format(time.DateOnly)
		if known, ok := adopted[number]; ok {
			if known != date {
				out = append(out, fmt.Sprintf("names %s; statute %s is of %s", m[0], number, known))
			}
			continue
		}
		for other, known := range adopted {
			if known == date {
				out = append(out, fmt.Sprintf("names %s; the statute of %s is %s", m[0], date, other))
			}
		}
	}
	slices.Sort(out)
	return out
}
