package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

func controllerRules() []Rule {
	return []Rule{
		{Name: "no-controller", Severity: SeverityError, Why: "GDPR Art. 30(1)(a), 906/2019 s.5: somebody answers for the system today", system: noController},
		{Name: "controller-gap", Severity: SeverityError, Why: "succession of controllers: the old data have one too", system: controllerGaps},
		{Name: "controllers-overlap", Severity: SeverityError, Why: "GDPR Art. 26: two that answer for the same data do so jointly", system: controllersOverlap},
		{Name: "joint-controller-alone", Severity: SeverityWarning, Why: "GDPR Art. 26: joint controllers are at least two", system: jointAlone},
		{Name: "processor-without-controller", Severity: SeverityError, Why: "GDPR Art. 28: a processor acts for a controller", system: processorAlone},
		{Name: "controller-unnamed", Severity: SeverityWarning, Why: "the controller of the day of receipt answers a request: the organisation finds itself in a succession by its name", system: controllerUnnamed},
		{Name: "controller-ends", Severity: SeverityWarning, Why: "a successor is needed before the controller ends", system: controllerEnds},
	}
}

func noController(l lintee, s *System) []string {
	return unless(slices.ContainsFunc(s.ControllersOn(l.today), Controller.answers),
		"nobody is controller on "+l.today.Format(time.DateOnly)+"; name the controller, or the successor of the last")
}

// answering gives the controllers and joint controllers by their first day.
func answering(s *System) []Controller {
	out := slices.DeleteFunc(slices.Clone(s.Controllers), func(c Controller) bool { return !c.answers() })
	slices.SortStableFunc(out, func(a, b Controller) int { return cmp.Compare(a.From, b.From) })
	return out
}

func controllerGaps(_ lintee, s *System) []string {
	var out []string
	last := "" // the last day that somebody answers for so far
	for i, c := range answering(s) {
		if i > 0 && last != "" && c.From > dayAfter(last) {
			out = append(out, fmt.Sprintf("nobody is controller between %s and %s", last, c.From))
		}
		if i == 0 || last != "" && (c.To == "" || c.To > last) {
			last = c.To
		}
	}
	return out
}

func dayAfter(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day // Load has refused it
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

func controllersOverlap(_ lintee, s *System) []string {
	var out []string
	list := answering(s)
	for i, a := range list {
		for _, b := range list[i+1:] {
			joint := a.Role == RoleJointController && b.Role == RoleJointController
			apart := !a.Scope.IsZero() && !b.Scope.IsZero()
			if together(a.From, a.To, b.From, b.To) && !joint && !apart {
				out = append(out, fmt.Sprintf("%s and %s are controllers at the same time; make them joint_controller, or give each its scope",
					a.Name.In("en"), b.Name.In("en")))
			}
		}
	}
	return out
}

// together tells whether two periods have a day in common. They are ISO dates;
// empty is open.
func together(from, to, otherFrom, otherTo string) bool {
	return (to == "" || otherFrom <= to) && (otherTo == "" || from <= otherTo)
}

func jointAlone(l lintee, s *System) []string {
	var joint int
	for _, c := range s.ControllersOn(l.today) {
		if c.Role == RoleJointController {
			joint++
		}
	}
	return unless(joint != 1, "one joint controller stands alone; name the others, or make it controller")
}

func processorAlone(_ lintee, s *System) []string {
	processor := slices.ContainsFunc(s.Controllers, func(c Controller) bool { return c.Role == RoleProcessor })
	return unless(!processor || len(answering(s)) > 0, "a processor is named, and no controller for which it acts")
}

func controllerEnds(l lintee, s *System) []string {
	last, active := "", false
	today := l.today.Format(time.DateOnly)
	for _, c := range answering(s) {
		if c.To == "" {
			return nil
		}
		last, active = max(last, c.To), active || c.To >= today
	}
	return unless(!active, "the last controller ends on "+last+" and no successor is named")
}

// controllerUnnamed finds successions of controllers in which the organisation
// does not stand by its name, so that the dates decide nothing: every request
// is searched, whenever it was received.
func controllerUnnamed(l lintee, s *System) []string {
	org := l.catalogue.Organisation
	if slices.ContainsFunc(s.Controllers, func(c Controller) bool { return c.IsOwn(org) }) || s.Outcome != "" {
		return nil
	}
	list := answering(s)
	for i, a := range list {
		for _, b := range list[i+1:] {
			if a.Name != b.Name && !together(a.From, a.To, b.From, b.To) {
				return []string{"controllers follow each other, and none has a name of the organisation; write the name that it has here under controller_names in " + OrganisationFile + ", or the dates decide nothing"}
			}
		}
	}
	return nil
}
