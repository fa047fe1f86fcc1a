package restsource

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/internal/places"
)

// draft is a record in the making, with the places that are compared.
type draft struct {
	core.Record
	keys []string
	// places begins with the record's own fields.
	places []places.Place
	// unmapped are members that nobody mapped, and codes the parties whose
	// code nobody mapped to a slot.
	unmapped, codes []string
	// moments are the times of the record and its parts.
	moments []time.Time
	noTime  bool
	// keyless are the parts of which one in the record itself has no key.
	keyless []*partPlan
	// untimed tells that a time of contact is none.
	untimed bool
}

// drafter makes drafts of one record type.
type drafter struct {
	t    *typePlan
	zone *time.Location
	// asked is the identifier by which an owned answer was asked for.
	asked core.Identifier
}

// keysOf gives the texts of key members; false when one holds none, or more
// than one.
func keysOfNode(key []route, node any) ([]string, bool) {
	var out []string
	for _, r := range key {
		v, _ := r.raw(node)
		if _, isMap := v.(map[string]any); isMap {
			return nil, false
		}
		if _, isList := v.([]any); isList {
			return nil, false
		}
		text, has := plain(v)
		if !has {
			return nil, false
		}
		out = append(out, text)
	}
	return out, len(out) > 0
}

func refOf(typ string, keys []string) string {
	for _, k := range keys {
		typ += "/" + url.PathEscape(k)
	}
	return typ
}

// draft makes a record of a tree, without the parts that other requests give.
func (d *drafter) draft(node any, keys []string) *draft {
	out := &draft{keys: keys}
	out.Type, out.Ref = d.t.profile.Name, refOf(d.t.profile.Name, keys)
	out.Fields = d.fields(d.t.fields, node)
	held, untimed := d.held(d.t.fields, node, catalogue.Slot{}, false)
	out.place("", held, untimed)
	if d.t.time != nil {
		if v, ok := d.t.time.route.raw(node); ok {
			value := d.t.time.value(v, "", d.zone)
			if out.Time = moment(value, d.zone); out.Time.IsZero() && value.Type != core.TypeNull {
				out.noTime = true
			}
			out.moments = append(out.moments, out.Time)
		}
	}
	out.Fields = append(out.Fields, d.t.content.bytes(node, out.Ref+fetchMark)...)
	out.Parties = d.parties(out, d.t.parties, node)
	for _, p := range d.t.parts {
		if p.request == nil {
			found, _ := p.at.at(node)
			if d.parts(out, p, found) > 0 {
				out.keyless = append(out.keyless, p)
			}
		}
	}
	out.rest(&d.t.coverage, node)
	return out
}

// place notes what is compared of one place.
func (d *draft) place(slot string, held []places.Held, untimed bool) {
	d.places = append(d.places, places.Place{Slot: slot, Holds: held})
	d.untimed = d.untimed || untimed
}

// parts adds the parts that the nodes hold.
func (d *drafter) parts(out *draft, p *partPlan, nodes []any) (keyless int) {
	for _, node := range nodes {
		if node == nil {
			continue
		}
		keys, ok := keysOfNode(p.key, node)
		if !ok {
			keyless++
			continue
		}
		part := core.Part{Type: p.profile.Name, Ref: refOf(p.profile.Name, keys), Fields: d.fields(p.fields, node)}
		if slices.ContainsFunc(out.Parts, func(other core.Part) bool { return other.Ref == part.Ref }) {
			continue
		}
		part.Fields = append(part.Fields, p.content.bytes(node, out.Ref+fetchMark+part.Ref)...)
		held, untimed := d.held(p.fields, node, catalogue.Slot{}, false)
		out.place("", held, untimed)
		part.Parties = d.parties(out, p.parties, node)
		for _, f := range part.Fields {
			if f.Value.Type == core.TypeTime {
				out.moments = append(out.moments, f.Value.Time)
			}
		}
		if p.request != nil {
			part.Fields = append(part.Fields, out.restOf(&p.coverage, node, p.profile.Name+"/")...)
		}
		out.Parts = append(out.Parts, part)
	}
	return keyless
}

// bytes gives the field that stands for the bytes of a node, if it has any.
func (c *contentPlan) bytes(node any, ref string) []core.Field {
	if c == nil {
		return nil
	}
	if len(c.there) > 0 {
		v, _ := c.there.raw(node)
		if _, has := plain(v); !has {
			return nil
		}
	}
	w := core.Withheld{Reason: core.WithheldBinary, Ref: ref}
	if v, ok := c.size.raw(node); ok && len(c.size) > 0 {
		w.Size = sizeOf(v)
	}
	return []core.Field{{Name: c.field, Value: core.WithheldValue(w)}}
}

func sizeOf(v any) int64 {
	m := member{Member: Member{As: "number"}}
	return m.value(v, "", time.UTC).Integer
}

// fields gives the fields of a place: every value of every member of each.
func (d *drafter) fields(fields []field, node any) []core.Field {
	var out []core.Field
	for _, f := range fields {
		var values []core.Value
		there := false
		for _, m := range f.members {
			if m.Asked != "" {
				if string(d.asked.Kind) == m.Asked {
					values = append(values, core.TextValue(d.asked.Value))
				}
				continue
			}
			found, ok := m.route.at(node)
			there = there || ok
			for _, v := range found {
				if value := m.value(v, f.profile.Identifier, d.zone); value.Type != core.TypeNull && !slices.Contains(values, value) {
					values = append(values, value)
				}
			}
		}
		if len(values) == 0 && there {
			values = append(values, core.NullValue())
		}
		for _, v := range values {
			out = append(out, core.Field{Name: f.profile.Name, Value: v})
		}
	}
	return out
}

// held gives what is compared of the fields. known tells that they stand in a
// party of the slot. untimed tells that a time of contact cannot be read.
func (d *drafter) held(fields []field, node any, slot catalogue.Slot, known bool) (out []places.Held, untimed bool) {
	for _, f := range fields {
		kind := places.Identifies(f.profile)
		if kind == "" || !places.Searchable(slot, known, kind) {
			continue
		}
		h := places.Held{Kind: kind, Part: f.profile.NamePart, Field: f.profile.Name}
		for _, m := range f.members {
			if m.Asked != "" {
				continue
			}
			found, _ := m.route.at(node)
			for _, v := range found {
				if text, has := plain(v); has {
					h.Texts = append(h.Texts, text)
				}
				if value := m.value(v, kind, d.zone); value.Type == core.TypeDate {
					h.Texts = append(h.Texts, value.Text)
				}
			}
		}
		if kind == core.TimeOfContact {
			var odd bool
			h.Spans, odd = d.spans(fields, f, node)
			untimed = untimed || odd
		}
		out = append(out, h)
	}
	return out, untimed
}

// parties gives the people of a record or part, and notes where they are
// compared. Somebody with a code that nobody mapped is given as members that
// nobody mapped.
func (d *drafter) parties(out *draft, plans []*partyPlan, node any) []core.Party {
	var parties []core.Party
	for _, p := range plans {
		people, _ := p.base.at(node)
		for _, one := range people {
			slot, known := p.slotOf(one)
			fields := d.fields(p.fields, one)
			if blank(fields) {
				continue
			}
			name := slot.Name
			if !known {
				out.codes = append(out.codes, p.path)
				for i := range fields {
					fields[i].Name = p.base.below(route{fields[i].Name}).String()
				}
				out.Fields = append(out.Fields, fields...)
			} else {
				parties = append(parties, core.Party{Slot: slot.Name, Fields: fields})
			}
			held, untimed := d.held(p.fields, one, slot, known)
			out.place(name, held, untimed)
		}
	}
	return parties
}

func (p *partyPlan) slotOf(node any) (catalogue.Slot, bool) {
	if p.slotAt == nil {
		return p.slot, true
	}
	v, _ := p.slotAt.raw(node)
	code, _ := plain(v)
	s, ok := p.slots[strings.TrimSpace(code)]
	return s, ok
}

func blank(fields []core.Field) bool {
	return !slices.ContainsFunc(fields, func(f core.Field) bool {
		return f.Value.Type != core.TypeNull && (f.Value.Type != core.TypeText || strings.TrimSpace(f.Value.Text) != "")
	})
}

// rest adds the members that are neither mapped nor ignored, by their paths.
func (d *draft) rest(c *coverage, node any) { d.Fields = append(d.Fields, d.restOf(c, node, "")...) }

func (d *draft) restOf(c *coverage, node any, before string) []core.Field {
	var out []core.Field
	for _, l := range unspoken(c, node) {
		name := l.at.String()
		if !slices.Contains(d.unmapped, before+name) {
			d.unmapped = append(d.unmapped, before+name)
		}
		m := member{}
		if value := m.value(l.value, "", time.UTC); value.Type != core.TypeNull {
			out = append(out, core.Field{Name: name, Value: value})
		}
	}
	return out
}

// unspoken gives the leaves that the mapping does not speak of, in the order
// of their paths.
func unspoken(c *coverage, node any) []leaf {
	var out []leaf
	for _, l := range leaves(node, nil, nil) {
		if c.speaksOf(l.at) || l.value == nil && c.empties(l.at) {
			continue
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b leaf) int { return cmp.Compare(a.at.String(), b.at.String()) })
	return out
}

// moment gives the time that a value tells, zero for none.
func moment(v core.Value, zone *time.Location) time.Time {
	switch v.Type {
	case core.TypeTime:
		return v.Time
	case core.TypeDate:
		t, _ := time.ParseInLocation(time.DateOnly, v.Text, zone)
		return t
	}
	return time.Time{}
}

// inPeriod tells whether the record, or a part of it, is of the period; one
// that tells no time is.
func (d *draft) inPeriod(period core.Interval) bool {
	if period.IsZero() {
		return true
	}
	timed := slices.DeleteFunc(slices.Clone(d.moments), time.Time.IsZero)
	return len(timed) == 0 || slices.ContainsFunc(timed, period.Contains)
}
