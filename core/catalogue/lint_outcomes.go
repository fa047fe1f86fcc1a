package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
)

func outcomeRules() []Rule {
	return []Rule{
		{Name: "level-outcome", Severity: SeverityError, Why: "what an entry is decides what can be answered about it", system: levelOutcome},
		{Name: "referral-missing", Severity: SeverityError, Why: "the person is told where to turn", system: func(_ lintee, s *System) []string {
			return unless(s.Outcome != core.OtherController || !s.Referral.Controller.IsZero() && !s.Referral.Text.IsZero(),
				"outcome is other_controller; name the controller and what to ask there in referral")
		}},
		{Name: "referral-outdated", Severity: SeverityError, Why: "the person is told where to turn on the day of receipt, as the controllers are those of that day", system: referralOutdated},
		{Name: "manual-missing", Severity: SeverityError, Why: "a search that people make has an owner, instructions and a due day", system: manualMissing},
		{Name: "policy-review", Severity: SeverityWarning, Why: "CJEU C-579/21: what is withheld by policy, or given under it, has had a legal review", system: policyReview},
		{Name: "policy-missing", Severity: SeverityError, Why: "the switch decides on excluded_by_policy", system: func(_ lintee, s *System) []string {
			return unless(s.Outcome != core.ExcludedByPolicy || s.Policy != "", "outcome is excluded_by_policy; name the switch in policy")
		}},
		{Name: "log-data-withheld", Severity: SeverityPublished, Why: "CJEU C-579/21 (Pankki S): when and why data were consulted belongs to the person; who did, as a rule not",
			facts: func(_ lintee, s *System) []breach {
				return breachIf(s.Policy == PolicyLogData && s.Outcome == core.ExcludedByPolicy && tells(s.OutcomeReason.Source), "outcome_reason",
					"the document keeps log data from the person, who is entitled to the times and purposes of consultations")
			}},
		{Name: "ownership-missing", Severity: SeverityWarning, Why: "records of another controller are referred to it and never shown", system: ownershipMissing},
		{Name: "ownership-field", Severity: SeverityError, Why: "an owner is told by a field that the records have", system: ownershipField},
		{Name: "reference-unknown", Severity: SeverityWarning, Why: "an entry that another names is there", facts: unknownReferences},
		{Name: "source-feeds", Severity: SeverityError, Why: "GDPR Art. 15(1)(g): a source says which systems it feeds", system: func(_ lintee, s *System) []string {
			return unless(s.Level != LevelSource || len(s.Feeds) > 0, "level is source; name the systems that it feeds in feeds")
		}},
	}
}

// levelOutcomes gives the outcomes that an entry of a level can state; "" is
// that of an entry that is searched.
var levelOutcomes = map[Level][]core.Outcome{
	LevelTransient:     {core.NotStored},
	LevelDescribedOnly: {core.DescribedOnly},
	LevelStatistics:    {core.NotIdentifiable, core.NotStored},
	LevelExternal:      {core.OtherController, core.NotIdentifiable, core.DescribedOnly},
}

func levelOutcome(_ lintee, s *System) []string {
	want, fixed := levelOutcomes[s.Level]
	if !fixed || slices.Contains(want, s.Outcome) {
		return nil
	}
	return []string{fmt.Sprintf("level is %s and outcome is %q; it can be %v", s.Level, s.Outcome, want)}
}

// referralOutdated finds days from which none of those answers whom the
// referral had in mind when it began to hold.
func referralOutdated(_ lintee, s *System) []string {
	var out []string
	days := []string{""}
	for i, l := range s.LaterReferrals {
		out = append(out, unless(l.From > days[i], fmt.Sprintf("later_referrals[%d] does not come after the one before it", i))...)
		days = append(days, l.From)
	}
	if s.Outcome != core.OtherController {
		return append(out, unless(len(s.LaterReferrals) == 0, "later_referrals are those of outcome other_controller; set it, or remove them")...)
	}
	list := answering(s)
	on := func(day string) []Controller {
		return slices.DeleteFunc(slices.Clone(list), func(c Controller) bool { return !InForce(c.From, c.To, day) })
	}
	for i, day := range days {
		meant := on(day)
		if i == 0 && len(list) > 0 {
			meant = on(list[0].From)
		}
		for _, c := range list {
			now := on(c.From)
			goes := slices.ContainsFunc(now, func(a Controller) bool {
				return slices.ContainsFunc(meant, func(b Controller) bool { return a.Name == b.Name })
			})
			if c.From > day && (i+1 == len(days) || c.From < days[i+1]) && !goes {
				out = append(out, fmt.Sprintf("from %s %s answers and the referral is still that of others; write from that day on whom to ask in later_referrals", c.From, c.Name.In("en")))
				break
			}
		}
	}
	return out
}

func manualMissing(_ lintee, s *System) []string {
	if s.Outcome != core.ManualPending {
		return unless(s.Manual.Owner.IsZero() && s.Manual.DueDays == 0, "manual is set; set outcome: manual_pending too, or the search is not asked for")
	}
	m := s.Manual
	return unless(!m.Owner.IsZero() && !m.Instructions.IsZero() && m.DueDays > 0, "outcome is manual_pending; name owner, instructions and due_days in manual")
}

func policyReview(l lintee, s *System) []string {
	p := l.catalogue.Organisation.Policies.LogData
	return unless(s.Policy != PolicyLogData || p.Reviewed != "" && !p.By.IsZero(),
		"the outcome hangs on policies.log_data of "+OrganisationFile+", which has had no legal review; write reviewed and by")
}

// ownershipMissing finds systems with several controllers, each of a part,
// that do not tell whose a record is.
func ownershipMissing(l lintee, s *System) []string {
	parts := 0
	for _, c := range s.ControllersOn(l.today) {
		if c.Role == RoleController && !c.Scope.IsZero() {
			parts++
		}
	}
	return unless(parts < 2 || s.Ownership.Field != "" || s.Outcome != "",
		"several controllers have each a part of the data; say in ownership by which field a record's owner is told")
}

func ownershipField(_ lintee, s *System) []string {
	o := s.Ownership
	if o.Field == "" {
		return unless(len(o.Own) == 0 && o.Missing == "", "ownership.field is missing")
	}
	p, err := ProfileFor(s.Kind)
	if err != nil {
		return nil // Load has refused it
	}
	out := unless(len(o.Own) > 0, "ownership.own is empty: no record would be the organisation's own")
	for _, own := range o.Own {
		if slices.ContainsFunc(o.Others, func(other string) bool { return strings.EqualFold(strings.TrimSpace(own), strings.TrimSpace(other)) }) {
			out = append(out, fmt.Sprintf("%q is in ownership.own and in ownership.others; it can mean one of them", own))
		}
	}
	has := slices.ContainsFunc(p.Types, func(t RecordType) bool { _, ok := t.Field(o.Field); return ok })
	return append(out, unless(has, fmt.Sprintf("ownership.field is %q, which no record type of the profile %s has", o.Field, s.Kind))...)
}

// unknownReferences finds ids of entries that are not there.
func unknownReferences(l lintee, s *System) []breach {
	var out []breach
	look := func(path, id string) {
		if _, ok := l.catalogue.Entry(id); !ok && id != "" {
			out = append(out, breach{path: path, message: fmt.Sprintf("%s names %s, and there is no such entry", path, id)})
		}
	}
	for i, id := range s.Feeds {
		look(fmt.Sprintf("feeds[%d]", i), id)
	}
	look("paper.covered_by", s.Paper.CoveredBy)
	return out
}
