package csvsource

import (
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
	places  []places.Place
	moments []time.Time
	key     string
	row     [16]byte // digest of the row
	path    string   // of the file
	// joins are, for each part of the type, the values that its rows join by.
	joins []join
}

// join is what rows of a part join a record by; known is false where the
// record's columns are empty.
type join struct {
	of    [16]byte
	known bool
}

// keyOf gives the ref's key of a row; false when a column of it is empty.
func (c cells) keyOf() (string, bool) {
	out := ""
	for _, at := range c.plan.key {
		text, _, _ := c.text(at)
		if text = strings.TrimSpace(text); text == "" {
			return "", false
		}
		out += "/" + url.PathEscape(text)
	}
	return out, true
}

// places gives where identifiers of the kinds stand in a row: its own fields
// first, then each party. untimed tells that a time of contact cannot be read.
func (i *Instance) places(c cells, kinds []core.Kind) (out []places.Place, untimed bool) {
	own := places.Place{}
	own.Holds, untimed = i.held(c, c.plan.fields, catalogue.Slot{}, false, kinds)
	out = append(out, own)
	for _, p := range c.plan.parties {
		code := ""
		if p.slotAt >= 0 {
			code, _, _ = c.text(p.slotAt)
		}
		slot, known := p.slot(strings.TrimSpace(code))
		holds, _ := i.held(c, p.fields, slot, known, kinds)
		out = append(out, places.Place{Slot: slot.Name, Holds: holds})
	}
	return out, untimed
}

// held gives what is compared of the fields. known tells that they stand in a
// party of the slot; otherwise all of them are.
func (i *Instance) held(c cells, fields []field, slot catalogue.Slot, known bool, kinds []core.Kind) (out []places.Held, untimed bool) {
	for _, f := range fields {
		if f.kind == "" || !slices.Contains(kinds, f.kind) || !places.Searchable(slot, known, f.kind) {
			continue
		}
		h := places.Held{Kind: f.kind, Part: f.profile.NamePart, Field: f.profile.Name}
		for _, s := range f.sources {
			text, other, ok := c.text(s.at)
			trimmed := strings.TrimSpace(text)
			if trimmed == "" {
				continue
			}
			h.Texts = append(h.Texts, text)
			if !ok && other != "" && other != text {
				h.Texts = append(h.Texts, other)
			}
			switch f.kind {
			case core.DateOfBirth:
				if day, is := c.plan.file.forms.readDay(trimmed); is {
					h.Texts = append(h.Texts, day.Format(time.DateOnly))
				}
			case core.TimeOfContact:
				if begin := c.plan.file.forms.readMoment(trimmed, i.zone); !begin.IsZero() {
					h.Spans = append(h.Spans, c.spanOf(begin, i.zone, i.unknown))
				} else {
					untimed = true
				}
			}
		}
		out = append(out, h)
	}
	return out, untimed
}

// fill gives the fields of a place.
func (i *Instance) fill(c cells, fields []field, moments *[]time.Time, odd *bool) []core.Field {
	var out []core.Field
	for _, f := range fields {
		var values []core.Value
		for _, s := range f.sources {
			text, _, ok := c.text(s.at)
			v, strange := s.value(text, &c.plan.file.forms, i.zone)
			if !ok {
				v, strange = core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable, Size: int64(len(text))}), false
			}
			*odd = *odd || strange
			if v.Type == core.TypeTime {
				*moments = append(*moments, v.Time)
			}
			if v.Type != core.TypeNull && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if len(values) == 0 {
			values = []core.Value{core.NullValue()}
		}
		for _, v := range values {
			out = append(out, core.Field{Name: f.profile.Name, Value: v})
		}
	}
	return out
}

// people gives the parties of a row; one without any value is nobody. Fields of
// somebody with a code that nobody mapped come under names that no profile
// has, so that they are withheld.
func (i *Instance) people(c cells, moments *[]time.Time, odd *bool) (parties []core.Party, strange []core.Field, codes []string) {
	for _, p := range c.plan.parties {
		fields := i.fill(c, p.fields, moments, odd)
		if !slices.ContainsFunc(fields, func(f core.Field) bool { return f.Value.Type != core.TypeNull }) {
			continue
		}
		code := ""
		if p.slotAt >= 0 {
			code, _, _ = c.text(p.slotAt)
		}
		if slot, known := p.slot(strings.TrimSpace(code)); known {
			parties = append(parties, core.Party{Slot: slot.Name, Fields: fields})
			continue
		}
		codes = append(codes, p.path)
		for _, f := range fields {
			f.Name = p.path + "." + f.Name
			strange = append(strange, f)
		}
	}
	return parties, strange, codes
}

// inPeriod tells whether any moment of the record lies in the period. One
// whose times nobody knows may.
func (d *draft) inPeriod(v core.Interval) bool {
	return v.IsZero() || len(d.moments) == 0 || slices.ContainsFunc(d.moments, v.Contains)
}
