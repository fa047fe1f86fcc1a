package catalogue

import "time"

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
