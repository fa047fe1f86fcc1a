package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
)

func contentRules() []Rule {
	need := func(name string, severity Severity, why, message string, has func(*System) bool) Rule {
		return Rule{Name: name, Severity: severity, Why: why,
			system: func(_ lintee, s *System) []string { return unless(has(s), message) }}
	}
	return []Rule{
		need("no-name", SeverityError, "906/2019 s.28(1)(1)", "name is missing", func(s *System) bool { return !s.Name.IsZero() }),
		need("no-store", SeverityWarning, "906/2019 s.5, s.28: systems belong to information stores", "store.name is missing",
			func(s *System) bool { return !s.Store.Name.IsZero() }),
		need("no-origin", SeverityError, "a reader must know whether an entry is published or assumed", "origin is missing; write stated, derived or assumed",
			func(s *System) bool { return s.Origin != "" }),
		{Name: "no-published-statement", Severity: SeverityError, Why: "906/2019 s.28: what is stated or derived has a published document", system: noStatement},
		need("no-description", SeverityError, "906/2019 s.28(1)(3)", "description is missing", func(s *System) bool { return !s.Description.IsZero() }),
		need("no-purpose", SeverityError, "GDPR Art. 15(1)(a)", "purposes are missing", func(s *System) bool { return len(s.Purposes) > 0 }),
		need("no-legal-basis", SeverityError, "GDPR Art. 6, 13(1)(c)", "legal_basis is missing", func(s *System) bool { return len(s.LegalBasis) > 0 }),
		need("no-data-groups", SeverityError, "GDPR Art. 15(1)(b), 906/2019 s.28(1)(3)", "data_groups are missing", func(s *System) bool { return len(s.DataGroups) > 0 }),
		need("no-data-subjects", SeverityWarning, "GDPR Art. 30(1)(c)", "data_subjects are missing", func(s *System) bool { return len(s.DataSubjects) > 0 }),
		need("no-data-sources", SeverityWarning, "GDPR Art. 15(1)(g)", "data_sources are missing; say so if the documents do not tell", func(s *System) bool { return len(s.DataSources) > 0 }),
		need("no-recipients", SeverityError, "GDPR Art. 15(1)(c)", "recipients are missing; say so if there are none or the documents do not tell",
			func(s *System) bool { return len(s.Recipients) > 0 }),
		need("no-transfers", SeverityWarning, "GDPR Art. 15(2)", "transfers are missing; say so if there are none or the documents do not tell",
			func(s *System) bool { return len(s.Transfers) > 0 }),
		{Name: "no-retention", Severity: SeverityError, Why: "GDPR Art. 15(1)(d), 906/2019 s.5", system: noRetention},
		{Name: "retention-no-period", Severity: SeverityWarning, Why: "GDPR Art. 15(1)(d): the period, or else the criteria", facts: retentionNoPeriod, ofDocument: true},
		{Name: "retention-contradiction", Severity: SeverityError, Why: "notices that contradict each other", facts: retentionContradiction, ofDocument: true},
		need("no-disclosure-authority", SeverityError, "906/2019 s.28(1)(2)", "disclosure_authority is missing", func(s *System) bool { return !s.DisclosureAuthority.IsZero() }),
		need("no-procedure", SeverityWarning, "906/2019 s.28, GDPR Art. 12(2)", "procedure.text is missing", func(s *System) bool { return !s.Procedure.Text.IsZero() }),
		need("no-technical-interface", SeverityWarning, "906/2019 s.28(1)(5)", "technical_interface.text is missing", func(s *System) bool { return !s.TechnicalInterface.Text.IsZero() }),
		need("no-automated-decisions", SeverityWarning, "GDPR Art. 15(1)(h)", "automated_decisions is missing; say so if there are none or the documents do not tell",
			func(s *System) bool { return !s.Automated.IsZero() }),
		need("paper-unknown", SeverityWarning, "906/2019 s.2(6), GDPR Art. 2(1): stores on paper are searched too", "nobody has verified whether a part is on paper; verify",
			func(s *System) bool { return s.Paper.Held == PaperYes || s.Paper.Held == PaperNo }),
		need("paper-text", SeverityWarning, "a paper part is searched by people, who must know where it is", "paper.held is yes; say in paper.text what is on paper",
			func(s *System) bool { return s.Paper.Held != PaperYes || !s.Paper.Text.IsZero() }),
		need("outcome-reason", SeverityError, "the person is told why a system is not searched", "outcome is set and outcome_reason is not",
			func(s *System) bool { return s.Outcome == "" || !s.OutcomeReason.IsZero() }),
		need("reason-without-outcome", SeverityError, "a reason without an outcome is not shown", "outcome_reason is set and outcome is not",
			func(s *System) bool { return s.Outcome != "" || s.OutcomeReason.IsZero() }),
		{Name: "empty-item", Severity: SeverityError, Why: "an item of a list says something", facts: emptyItems},
		{Name: "text-language", Severity: SeverityError, Why: "GDPR Art. 12(1): the report is readable in each language that is offered",
			facts: func(l lintee, s *System) []breach {
				return missingLanguages(&l.catalogue.Organisation, *s)
			}},
		{Name: "not-filled-in", Severity: SeverityError, Why: "a template is no statement",
			facts: func(_ lintee, s *System) []breach { return unfilled(*s) }},
	}
}

func noStatement(l lintee, s *System) []string {
	if s.Origin == OriginAssumed || s.Origin == "" {
		return nil
	}
	for _, p := range l.catalogue.sentences(s) {
		if strings.TrimSpace(p.Sentence) != "" {
			return nil
		}
	}
	return []string{fmt.Sprintf("origin is %s, and published has no sentence that says so", s.Origin)}
}

// heldTypes gives the record types that the entry says it holds, nil where a
// data group names none.
func (s *System) heldTypes() []string {
	var out []string
	for _, g := range s.DataGroups {
		if len(g.Types) == 0 {
			return nil
		}
		out = append(out, g.Types...)
	}
	return out
}

func noRetention(_ lintee, s *System) []string {
	if len(s.Retention) == 0 {
		return []string{"retention is missing; give the days, or the criteria as a text"}
	}
	p, err := ProfileFor(s.Kind)
	if err != nil {
		return nil // Load has refused it
	}
	var covered []string
	for _, r := range s.Retention {
		if len(r.Types) == 0 {
			return nil
		}
		covered = append(covered, r.Types...)
	}
	var out []string
	held := s.heldTypes()
	for _, t := range p.TypeNames() {
		if !slices.Contains(covered, t) && (held == nil || slices.Contains(held, t)) {
			out = append(out, fmt.Sprintf("no retention covers the record type %s", t))
		}
	}
	return out
}

func retentionNoPeriod(_ lintee, s *System) []breach {
	for _, r := range s.Retention {
		if r.Days > 0 {
			return nil
		}
	}
	if len(s.Retention) == 0 || s.Retention[0].Source.Origin() == OriginUnstated {
		return nil // other rules say so
	}
	if s.Outcome == core.NotStored || s.Outcome == core.OtherController {
		return nil // what is not stored has no period, and another controller tells its own
	}
	return []breach{{"retention", "retention tells no period; verify that the text tells the criteria", s.Retention[0].Source}}
}

// retentionContradiction finds two periods for the same records at the same
// time. What a statute says beside a document is for another rule.
func retentionContradiction(_ lintee, s *System) []breach {
	var out []breach
	for i, a := range s.Retention {
		for j, b := range s.Retention[:i] {
			law := (a.Source.Origin() == OriginLaw) != (b.Source.Origin() == OriginLaw)
			if a.Days == b.Days || law || !a.Part.IsZero() && !b.Part.IsZero() || !together(a.From, a.To, b.From, b.To) || !shareTypes(a.Types, b.Types) {
				continue
			}
			out = append(out, breach{fmt.Sprintf("retention[%d]", i),
				fmt.Sprintf("retention[%d] is %d days and retention[%d] is %d days, for the same records", j, b.Days, i, a.Days), a.Source})
		}
	}
	return out
}

// shareTypes tells whether two lists of record types, of which an empty one
// means all, have one in common.
func shareTypes(a, b []string) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	return slices.ContainsFunc(a, func(t string) bool { return slices.Contains(b, t) })
}

// emptyItems finds items of lists that need a text and have none.
func emptyItems(_ lintee, s *System) []breach {
	var out []breach
	walk(*s, func(path string, t Text) {
		if !t.IsZero() || !strings.Contains(path, "[") || mayBeEmpty(path) {
			return
		}
		out = append(out, breach{path, path + " is empty", ""})
	})
	for i, r := range s.Retention {
		if at := fmt.Sprintf("retention[%d]", i); r.Days == 0 && r.Text.IsZero() {
			out = append(out, breach{at, at + " has neither days nor text", ""})
		}
	}
	return out
}

// mayBeEmpty tells of texts in lists that say something only sometimes.
func mayBeEmpty(path string) bool {
	return strings.HasSuffix(path, ".scope") || strings.HasPrefix(path, "retention[") ||
		strings.HasPrefix(path, "later_referrals[") && (strings.HasSuffix(path, ".reason") || strings.Contains(path, ".contact."))
}
