package catalogue

import (
	"slices"
	"time"
)

// Severity tells how bad a finding is.
type Severity string

// The severities. An error is something that the law asks for and the
// catalogue lacks or contradicts; a warning is something that somebody has to
// look at.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Finding is one thing that a rule found.
type Finding struct {
	// System is the id of the entry, empty for the organisation.
	System   string   `json:"system,omitempty"`
	File     string   `json:"file"`
	Severity Severity `json:"severity"`
	// Rule is the name of the rule.
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// Rule is one rule of Lint.
type Rule struct {
	Name     string
	Severity Severity
	// Why says in English where the rule comes from.
	Why string
	// One of the two is set; each gives a message for each breach.
	organisation func(lintee, *Organisation) []string
	system       func(lintee, *System) []string
}

// lintee is what rules may look at beside the thing that they judge.
type lintee struct {
	catalogue *Catalogue
	today     time.Time
}

// Rules gives all rules of Lint, those on the organisation first.
func Rules() []Rule {
	return slices.Concat(organisationRules(), controllerRules(), contentRules(), lawRules(), keyRules())
}

// Lint looks for what the law asks for and the catalogue leaves out, as of
// today. The findings on organisation.yaml come first, then those on each
// entry in the order of ids.
func Lint(c *Catalogue) []Finding { return LintAt(c, time.Now()) }

// LintAt is Lint as of the calendar day of today.
func LintAt(c *Catalogue, today time.Time) []Finding {
	var out []Finding
	l := lintee{c, today}
	rules := Rules()
	for _, r := range rules {
		if r.organisation != nil {
			for _, message := range r.organisation(l, &c.Organisation) {
				out = append(out, Finding{File: OrganisationFile, Severity: r.Severity, Rule: r.Name, Message: message})
			}
		}
	}
	for i := range c.Systems {
		s := &c.Systems[i]
		for _, r := range rules {
			if r.system == nil {
				continue
			}
			for _, message := range r.system(l, s) {
				out = append(out, Finding{System: s.ID, File: s.File, Severity: r.Severity, Rule: r.Name, Message: message})
			}
		}
	}
	return out
}

// unless gives the message when the condition fails.
func unless(ok bool, message string) []string {
	if ok {
		return nil
	}
	return []string{message}
}
