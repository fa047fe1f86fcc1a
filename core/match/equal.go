package match

import (
	"maps"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// Equal tells whether two assessments say the same.
func (a Assessment) Equal(b Assessment) bool {
	return a.Verdict == b.Verdict && a.Reason == b.Reason && a.Official == b.Official && a.Restricted == b.Restricted && a.Owner == b.Owner &&
		slices.Equal(a.Evidence, b.Evidence) && slices.Equal(a.Subject, b.Subject) && slices.Equal(a.Possible, b.Possible) &&
		slices.EqualFunc(a.Persons, b.Persons, Person.equal)
}

func (p Person) equal(q Person) bool {
	return p.Party == q.Party && p.Source == q.Source && p.Inexact == q.Inexact && p.National == q.National && p.Named == q.Named &&
		p.FullName == q.FullName && slices.Equal(p.Evidence, q.Evidence) && maps.Equal(p.Exclusive, q.Exclusive)
}

// Clone gives a copy that shares no memory with the record that was judged:
// a few words of it would keep all of it.
func (a Assessment) Clone() Assessment {
	a.Evidence = cloned(a.Evidence)
	a.Subject, a.Possible = slices.Clip(slices.Clone(a.Subject)), slices.Clip(slices.Clone(a.Possible))
	a.Persons = slices.Clip(slices.Clone(a.Persons))
	for i := range a.Persons {
		p := &a.Persons[i]
		p.Evidence = cloned(p.Evidence)
		var own map[string]string
		for kind, value := range p.Exclusive {
			if own == nil {
				own = map[string]string{}
			}
			own[strings.Clone(kind)] = strings.Clone(value)
		}
		p.Exclusive = own
	}
	return a
}

func cloned(of []Evidence) []Evidence {
	own := slices.Clip(slices.Clone(of))
	for i := range own {
		e := &own[i]
		e.Kind = core.Kind(strings.Clone(string(e.Kind)))
		e.Issuer, e.Slot, e.Field, e.Masked = strings.Clone(e.Issuer), strings.Clone(e.Slot), strings.Clone(e.Field), strings.Clone(e.Masked)
	}
	return own
}
