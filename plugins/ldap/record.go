package ldapsource

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// values gives the values of a mapped attribute. A value with options belongs
// to the mapping that names the most of them, and to none that ignores it.
func (m *mappedType) values(e entry, a mappedAttribute) []value {
	var mine entry
	for _, has := range e.attributes {
		if m.leavesOut(has.description) {
			continue
		}
		nearer := slices.ContainsFunc(m.all, func(other mappedAttribute) bool {
			return other.covers(has.description) && len(other.options) > len(a.options)
		})
		if !nearer {
			has.syntax = m.syntaxOf(has.description)
			mine.attributes = append(mine.attributes, has)
		}
	}
	return mine.values(a.description)
}

// texts gives the texts of a field.
func (m *mappedType) texts(e entry, f mappedField) []string {
	var out []string
	for _, a := range f.attributes {
		for _, v := range m.values(e, a) {
			if s, ok := v.text(); ok && strings.TrimSpace(s) != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// record makes the record of a whole entry. unmapped names the attributes
// that are neither mapped nor ignored; they stand in the record under their
// own names.
func (m *mappedType) record(e entry, ref string, matched []core.Match) (r core.Record, unmapped []string, err error) {
	r = core.Record{Type: m.name, Ref: ref, MatchedBy: matched, Fields: m.fields(e, m.own)}
	if m.time != nil {
		if values := m.values(e, *m.time); len(values) > 0 {
			at, ok := values[0].time()
			if !ok {
				err = errNoTime
			}
			r.Time = at
		}
	}
	for _, p := range m.parties {
		if fields := m.fields(e, p); len(fields) > 0 {
			r.Parties = append(r.Parties, core.Party{Slot: p.slot, Fields: fields})
		}
	}
	rest, unmapped := m.rest(e)
	r.Fields = append(r.Fields, rest...)
	return r, unmapped, err
}

// fields gives the fields of one party: every value of every attribute of
// each, equal ones once.
func (m *mappedType) fields(e entry, p mappedParty) []core.Field {
	var out []core.Field
	for _, f := range p.fields {
		var seen []core.Value
		for _, a := range f.attributes {
			for _, v := range m.given(e, a) {
				given := v(f.kind)
				if given.Type == core.TypeText && slices.Contains(seen, given) {
					continue
				}
				seen = append(seen, given)
				out = append(out, core.Field{Name: f.name, Value: given})
			}
		}
	}
	return out
}

// given gives the values of a mapped attribute as they go into a field, among
// them those that the server named and did not give.
func (m *mappedType) given(e entry, a mappedAttribute) []func(core.Kind) core.Value {
	var out []func(core.Kind) core.Value
	for _, v := range m.values(e, a) {
		out = append(out, v.give)
	}
	for _, has := range e.attributes {
		if has.unread && a.covers(has.description) && !m.leavesOut(has.description) {
			out = append(out, func(core.Kind) core.Value { return has.unreadValue() })
		}
	}
	return out
}

// rest gives the attributes that are neither mapped nor ignored nor the
// server's bookkeeping, by their names.
func (m *mappedType) rest(e entry) (fields []core.Field, names []string) {
	left := slices.DeleteFunc(slices.Clone(e.attributes), func(a attribute) bool {
		return m.maps(a.description) || m.leavesOut(a.description) || bookkeeping(a.key)
	})
	slices.SortStableFunc(left, func(a, b attribute) int { return cmp.Compare(a.id(), b.id()) })
	for _, a := range left {
		a.syntax = m.syntaxOf(a.description)
		names = append(names, a.written)
		if a.unread {
			fields = append(fields, core.Field{Name: a.written, Value: a.unreadValue()})
		}
		for _, raw := range a.values {
			fields = append(fields, core.Field{Name: a.written, Value: value{a.description, raw}.give("")})
			if credential(a.key) {
				break // that there is one is enough
			}
		}
	}
	return fields, names
}

// unreadValue stands for the values of an attribute that were not read: a
// secret, or what the server names and does not give.
func (a attribute) unreadValue() core.Value {
	if credential(a.key) {
		return core.WithheldValue(core.Withheld{Reason: core.WithheldSecret})
	}
	return core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable})
}
