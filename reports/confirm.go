package reports

import (
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// confirm answers for each controller, in the order of the catalogue, whether
// it processes data about the person. A controller that answers for itself
// alone, in a system that the person is referred to it about, is not spoken for. "No" is said only on systems that were
// searched whole, and only when nothing is open.
func confirm(r *Report, all []held) []Confirmation {
	var out []Confirmation
	place := map[string]int{}    // controller -> index in out
	member := map[string][]int{} // system -> indexes in out
	manual := map[string]bool{}  // controller has data that a person found
	for i := range r.Systems {
		s := &r.Systems[i]
		if s.Coverage.Outcome == core.OtherController {
			continue
		}
		for _, name := range controllersAt(s.Entry, r.Organisation, referenceDay(r.Request)) {
			key := name.In("fi")
			at, ok := place[key]
			if !ok {
				at = len(out)
				place[key] = at
				out = append(out, Confirmation{Controller: name})
			}
			member[s.Entry.ID] = append(member[s.Entry.ID], at)
			manual[key] = manual[key] || s.Coverage.Outcome == core.ManualFound
			out[at].add(s)
		}
	}
	if len(out) == 0 {
		out = append(out, Confirmation{Controller: r.Organisation.Name})
	}
	for _, h := range all {
		counted := map[int]bool{}
		for _, system := range h.systems {
			for _, at := range member[system] {
				if counted[at] {
					continue
				}
				counted[at] = true
				if h.undecided {
					out[at].Undecided++
				} else {
					out[at].Items++
				}
			}
		}
	}
	for i := range out {
		out[i].decide(manual[out[i].Controller.In("fi")])
	}
	return out
}

// add takes a system of the controller.
func (c *Confirmation) add(s *System) {
	c.Systems++
	c.Official += s.Official
	c.Mixed = c.Mixed || mixed(s)
	switch o := s.Coverage.Outcome; {
	case searchedWhole(o):
		c.Searched++
	case o.Final():
		c.NotSearched = append(c.NotSearched, s.Entry.ID)
	default:
		c.Open = append(c.Open, s.Entry.ID)
	}
}

func (c *Confirmation) decide(manual bool) {
	c.Complete = len(c.Open) == 0 && c.Undecided == 0
	switch {
	case c.Items > 0 || c.Official > 0 || manual:
		c.Answer = AnswerYes
	case c.Complete && c.Searched > 0:
		c.Answer = AnswerNo
	default:
		c.Answer = AnswerUnknown
	}
}

// referenceDay is the day whose controllers answer, as YYYY-MM-DD: that of
// receipt.
func referenceDay(q Request) string {
	switch {
	case !q.Received.IsZero():
		return day(q.Received)
	case !q.Reference.IsZero():
		return day(q.Reference)
	default:
		return day(q.Answered)
	}
}

// controllersAt gives who answers for the system on the day: its controllers
// and joint controllers of that day, else the organisation. Where the
// organisation is one of several controllers, each of a part, it answers for
// its own part only and cannot speak for the others; the table of controllers
// names them.
func controllersAt(s catalogue.System, org catalogue.Organisation, day string) []catalogue.Text {
	own := slices.ContainsFunc(s.Controllers, func(c catalogue.Controller) bool {
		return c.Role == catalogue.RoleController && c.IsOwn(org) && validOn(c, day)
	})
	var out []catalogue.Text
	for _, c := range s.Controllers {
		if c.Role == catalogue.RoleProcessor || !validOn(c, day) || own && c.Role == catalogue.RoleController && !c.IsOwn(org) {
			continue
		}
		out = append(out, c.Name)
	}
	if len(out) == 0 {
		out = append(out, org.Name)
	}
	return out
}

// validOn tells whether the controller answers on the day; both ends are
// inclusive ISO dates, empty is open.
func validOn(c catalogue.Controller, day string) bool {
	return (c.From == "" || c.From <= day) && (c.To == "" || day <= c.To)
}
