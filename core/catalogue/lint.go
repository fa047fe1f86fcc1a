package catalogue

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// Severity tells how bad a finding is.
type Severity string

// The severities. An error is something that the law asks for and the
// catalogue lacks or contradicts; a warning is something that somebody has to
// look at. What a published document itself gets wrong or leaves out is
// published: the catalogue is right to say so, and the document is to mend.
const (
	SeverityError     Severity = "error"
	SeverityWarning   Severity = "warning"
	SeverityPublished Severity = "published"
)

// Finding is one thing that a rule found.
type Finding struct {
	// System is the id of the entry, empty for the organisation.
	System   string   `json:"system,omitempty"`
	File     string   `json:"file"`
	Severity Severity `json:"severity"`
	// Rule is the name of the rule.
	Rule string `json:"rule"`
	// Path is the place in the file, such as legal_basis[0], where the rule
	// knows one.
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
}

// Rule is one rule of Lint.
type Rule struct {
	Name     string
	Severity Severity
	// Why says in English where the rule comes from.
	Why string
	// One of the three is set. The first two give a message for each breach of
	// the organisation, or of an entry that is answered for by itself.
	organisation func(lintee, *Organisation) []string
	system       func(lintee, *System) []string
	// facts looks at the facts of an entry, a store, a sub-register, or those
	// common to all, each where it is stated.
	facts func(lintee, *System) []breach
	// ofDocument is true for rules on what facts say: where a document states
	// such a fact, the finding is one of the document, SeverityPublished.
	ofDocument bool
}

// breach is what a rule found about one fact.
type breach struct {
	path, message string
	source        Source
}

// lintee is what rules may look at beside the thing that they judge.
type lintee struct {
	catalogue *Catalogue
	today     time.Time
}

// Rules gives all rules of Lint, those on the organisation first.
func Rules() []Rule {
	return slices.Concat(organisationRules(), documentRules(), controllerRules(), contentRules(), sourceRules(), lawRules(), storeRules(),
		outcomeRules(), keyRules())
}

// Lint looks for what the law asks for and the catalogue leaves out, as of
// today. The findings on organisation.yaml come first, then those on each
// entry in the order of ids, stores before systems.
func Lint(c *Catalogue) []Finding { return LintAt(c, time.Now()) }

// LintAt is Lint as of the calendar day of today.
func LintAt(c *Catalogue, today time.Time) []Finding {
	var out []Finding
	l := lintee{c, today}
	rules := Rules()
	common := c.common()
	for _, r := range rules {
		if r.organisation != nil {
			for _, message := range r.organisation(l, &c.Organisation) {
				out = append(out, Finding{File: OrganisationFile, Severity: r.Severity, Rule: r.Name, Message: message})
			}
		}
		out = append(out, r.onFacts(l, &common, "common.")...)
	}
	for i := range c.Stores {
		for _, r := range rules {
			out = append(out, r.onFacts(l, &c.Stores[i], "")...)
		}
	}
	for i := range c.Systems {
		out = append(out, lintSystem(l, rules, &c.Systems[i])...)
	}
	return out
}

func lintSystem(l lintee, rules []Rule, s *System) []Finding {
	var out []Finding
	for _, r := range rules {
		if r.system != nil {
			for _, message := range r.system(l, s) {
				out = append(out, Finding{System: s.ID, File: s.File, Severity: r.Severity, Rule: r.Name, Message: message})
			}
		}
		out = append(out, r.onFacts(l, s, "")...)
	}
	for i := range s.SubRegisters {
		for _, r := range rules {
			out = append(out, r.onFacts(l, &s.SubRegisters[i], "")...)
		}
	}
	return out
}

// onFacts gives the findings on the facts that s states itself.
func (r Rule) onFacts(l lintee, s *System, at string) []Finding {
	if r.facts == nil {
		return nil
	}
	var out []Finding
	for _, b := range r.facts(l, s) {
		if s.inherits(b.path) {
			continue
		}
		f := Finding{System: s.ID, File: s.File, Severity: r.Severity, Rule: r.Name, Path: at + b.path, Message: placed(at, b)}
		if r.ofDocument && b.source.Origin() == OriginStated {
			f.Severity = SeverityPublished
		}
		out = append(out, f)
	}
	return out
}

// placed gives the message of a breach, with the place of what is common.
func placed(at string, b breach) string {
	switch {
	case at == "":
		return b.message
	case b.path != "" && strings.HasPrefix(b.message, b.path):
		return at + b.message
	}
	return strings.TrimSuffix(at, ".") + ": " + b.message
}

// inherits tells whether the entry has what stands at path from elsewhere.
func (s *System) inherits(path string) bool {
	key, _, _ := strings.Cut(path, ".")
	key, _, _ = strings.Cut(key, "[")
	_, ok := s.Inherited[key]
	return ok
}

// common gives what holds for all systems, as if it were an entry.
func (c *Catalogue) common() System {
	s := System{File: OrganisationFile, Level: LevelStore}
	from, into := reflect.ValueOf(c.Organisation.Common), reflect.ValueOf(&s).Elem()
	for i := range from.NumField() {
		into.FieldByName(from.Type().Field(i).Name).Set(from.Field(i))
	}
	return s
}

// unless gives the message when the condition fails.
func unless(ok bool, message string) []string {
	if ok {
		return nil
	}
	return []string{message}
}
