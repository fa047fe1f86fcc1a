package catalogue

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// finland is the zone of the days of the catalogue, UTC where the machine does
// not know it.
var finland = sync.OnceValue(func() *time.Location {
	if zone, err := time.LoadLocation("Europe/Helsinki"); err == nil {
		return zone
	}
	return time.UTC
})

// Day gives the calendar day of a moment in Finland, as an ISO date.
func Day(t time.Time) string { return t.In(finland()).Format(time.DateOnly) }

// InForce tells whether the ISO day lies within two others, both included;
// empty is open.
func InForce(from, to, day string) bool { return from <= day && (to == "" || day <= to) }

// Names gives every name of the organisation, in every language.
func (o Organisation) Names() []string {
	var out []string
	for _, t := range append([]Text{o.Name}, o.ControllerNames...) {
		for _, name := range []string{t.FI, t.SV, t.EN} {
			if strings.TrimSpace(name) != "" {
				out = append(out, name)
			}
		}
	}
	return out
}

// IsOwn tells whether the controller is the organisation: it bears one of its
// names, letter case aside.
func (c Controller) IsOwn(org Organisation) bool {
	return slices.ContainsFunc(org.Names(), func(own string) bool {
		return slices.ContainsFunc([]string{c.Name.FI, c.Name.SV, c.Name.EN}, func(name string) bool {
			return strings.EqualFold(strings.TrimSpace(own), strings.TrimSpace(name))
		})
	})
}

// AnswersBy tells whether the organisation answers for the system alone on the
// ISO day, by an entry that has a last day: such a statement of old holds for a
// request of its time, whatever has come after it. Joint controllers agree on
// who of them answers (GDPR Art. 26), which is the catalogue's to state.
func (s *System) AnswersBy(org Organisation, day string) bool {
	return slices.ContainsFunc(s.Controllers, func(c Controller) bool {
		return c.Role == RoleController && c.To != "" && InForce(c.From, c.To, day) && c.IsOwn(org)
	})
}

// SuccessorsOn gives who answers for the system on the ISO day in the
// organisation's place: none where the organisation answers, where the entry
// never names it, and where the entry names nobody for that day.
func (s *System) SuccessorsOn(org Organisation, day string) []Controller {
	var others []Controller
	named := false
	for _, c := range s.Controllers {
		own := c.IsOwn(org)
		named = named || own
		switch {
		case !c.answers() || !InForce(c.From, c.To, day):
		case own:
			return nil
		default:
			others = append(others, c)
		}
	}
	if !named {
		return nil
	}
	return others
}

// ActiveOn tells whether the organisation has its role on the calendar day of
// day.
func (c Controller) ActiveOn(day time.Time) bool {
	d := day.Format(time.DateOnly)
	return c.From <= d && (c.To == "" || d <= c.To)
}

// ControllersOn gives who answers for the system on the calendar day of day,
// processors included, in the order of the entry.
func (s *System) ControllersOn(day time.Time) []Controller {
	var out []Controller
	for _, c := range s.Controllers {
		if c.ActiveOn(day) {
			out = append(out, c)
		}
	}
	return out
}

// answers tells whether the role is that of a controller, alone or jointly.
func (c Controller) answers() bool {
	return c.Role == RoleController || c.Role == RoleJointController
}
