package reports

import (
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// referral is where the person turns to about data of another controller.
type referral struct {
	controllers []catalogue.Text
	// since is the ISO date from which they answer, empty where it is not told.
	since   string
	text    catalogue.Text
	contact catalogue.Contact
}

// referralOf gives whom the person turns to for a system that another
// controller answers for, nil for any other system. A successor is named by the
// entry's dates; what to ask there is the catalogue's.
func referralOf(r *Report, s *System) *referral {
	if s.Coverage.Outcome != core.OtherController {
		return nil
	}
	e := s.Entry
	day := referenceDay(r.Request)
	to, _ := e.ReferralOn(day)
	out := &referral{text: to.Text, contact: to.Contact}
	if s.Coverage.Reason.Code != core.ReasonSuccessor && !to.Controller.IsZero() {
		out.controllers = []catalogue.Text{to.Controller}
		return out
	}
	successors := e.SuccessorsOn(r.Organisation, day)
	for _, c := range successors {
		out.controllers = append(out.controllers, c.Name)
		out.since = max(out.since, c.From)
	}
	if len(successors) > 0 {
		return out
	}
	for _, c := range e.Controllers {
		if c.Role != catalogue.RoleProcessor && validOn(c, day) && !c.IsOwn(r.Organisation) {
			out.controllers = append(out.controllers, c.Name)
		}
	}
	return out
}

// manualSearch is the search that people have yet to make.
type manualSearch struct {
	owner catalogue.Text
	due   string // ISO date, empty where none is set
	late  bool   // the day of the report is after due
}

// manualOf gives the search by hand that a system waits for, nil for none.
func manualOf(r *Report, s *System) *manualSearch {
	if s.Coverage.Outcome != core.ManualPending || s.Entry.Manual.Owner.IsZero() && s.Coverage.Due.IsZero() {
		return nil
	}
	m := &manualSearch{owner: s.Entry.Manual.Owner}
	if !s.Coverage.Due.IsZero() {
		m.due = day(s.Coverage.Due)
		m.late = s.Coverage.Overdue(r.Request.Answered)
	}
	return m
}

// mixed tells whether the system was searched and holds data of other
// controllers too. What is theirs is not told, not even whether there is any:
// that is for them to tell (GDPR Art. 15(1), 28 and 29).
func mixed(s *System) bool {
	return s.Entry.Ownership.Field != "" && (s.Coverage.Outcome.Searched() || len(s.Coverage.AskedWith) > 0)
}

// told gives how many records the system answered with, and the counts of each
// type, without those of other controllers.
func told(s *System) (records int, types []core.TypeCount) {
	records, types = s.Coverage.Records, typeCounts(s.Coverage.Types)
	for name, n := range s.Coverage.ReferredTypes {
		if _, ok := s.Profile.Type(name); !ok {
			continue // a part of a record that is counted
		}
		records = max(0, records-n)
		for i := range types {
			if s.Coverage.Types[i].Type == name {
				types[i].Matched -= min(types[i].Matched, uint64(n)) //nolint:gosec // a count
				types[i].Sent -= min(types[i].Sent, uint64(n))       //nolint:gosec // a count
			}
		}
	}
	return records, types
}

// feeding gives the names of the systems that the catalogue says feed this one,
// less those that its sources of data name in their own words.
func feeding(r *Report, s *System) []catalogue.Text {
	var out []catalogue.Text
	for i := range r.Systems {
		e := r.Systems[i].Entry
		if !slices.Contains(e.Feeds, s.Entry.ID) || e.Name.IsZero() {
			continue
		}
		if !slices.ContainsFunc(s.Entry.DataSources, func(f catalogue.Fact) bool { return names(f.Text, e.Name.Text) }) {
			out = append(out, e.Name.Text)
		}
	}
	return out
}

// names tells whether a text has a name in it, in any language that both have.
func names(text, name catalogue.Text) bool {
	for _, l := range [][2]string{{text.FI, name.FI}, {text.SV, name.SV}, {text.EN, name.EN}} {
		if l[1] != "" && strings.Contains(strings.ToLower(l[0]), strings.ToLower(l[1])) {
			return true
		}
	}
	return false
}

// keeping is how long some of a system's data are kept.
type keeping struct {
	register catalogue.Text // the sub-register, empty for the system itself
	catalogue.Retention
}

// keepings gives the periods that the person's data are under: those of the
// day that the answer speaks of and those to come, of the system and of its
// sub-registers where they state their own.
func keepings(r *Report, s *System) []keeping {
	day := referenceDay(r.Request)
	var out []keeping
	add := func(register catalogue.Text, list []catalogue.Retention) {
		for _, k := range list {
			if k.To == "" || day <= k.To {
				out = append(out, keeping{register, k})
			}
		}
	}
	add(catalogue.Text{}, s.Entry.Retention)
	for _, sub := range s.Entry.SubRegisters {
		if _, taken := sub.Inherited["retention"]; !taken {
			add(sub.Name.Text, sub.Retention)
		}
	}
	return out
}

// recordings tells whether the system holds recordings about which a person
// must be told how to listen or view: of every one that may hold them, found
// or not.
func recordings(s *System) bool {
	switch s.Coverage.Outcome {
	case core.OtherController, core.NotStored, core.DescribedOnly, core.OutsideRequest:
		return false
	}
	if !s.Entry.Procedure.Media.IsZero() || s.Entry.Procedure.OnSite {
		return true
	}
	return len(accessTexts(s)) > 0
}

// accessTexts gives how what no page can show is listened to or viewed, by the
// profile's types and parts, each text once.
func accessTexts(s *System) []catalogue.Text {
	var out []catalogue.Text
	add := func(t catalogue.Text) {
		if !t.IsZero() && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	for _, t := range s.Profile.Types {
		add(t.Access)
		for _, part := range t.Parts {
			add(part.Access)
		}
	}
	return out
}

// byContact tells whether the time of the contact is needed to find what the
// system holds.
func byContact(s *System) bool {
	return s.Entry.Procedure.TimeOfContact || slices.ContainsFunc(s.Entry.SearchKeys, func(k catalogue.SearchKey) bool { return k.Kind == core.TimeOfContact })
}

// logKind is the kind of systems that hold log data.
const logKind = "logs"

// logs tells whether the system holds log data on the use of others.
func logs(s *System) bool {
	return s.Entry.Kind == logKind || s.Entry.Policy == catalogue.PolicyLogData
}
