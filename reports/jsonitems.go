package reports

import (
	"strconv"
	"time"

	"github.com/sinusta/sinusta/core"
)

// appendItem appends an item as Schema describes it.
func (o *jsonForm) appendItem(b []byte, d *Disclosed) []byte {
	c := &d.Copies[0]
	b = appendRef(append(b, '{'), c, true)
	if title := ""; !d.Undecided {
		if title = o.v.t.title(o.v.lang, d); title != "" {
			b = appendJSON(append(b, `,"title":`...), title)
		}
	}
	b = appendInstant(b, c.Time)
	b = appendJSON(append(b, `,"verdict":`...), string(d.Verdict))
	b = strconv.AppendBool(append(b, `,"undecided":`...), d.Undecided)
	b = append(b, `,"matched_by":[`...)
	for i, kind := range d.MatchedBy {
		b = appendJSON(comma(b, i), string(kind))
	}
	b = appendJSON(append(b, `],"explanation":`...), o.v.t.explanation(o.v.lang, d).Text)
	b = o.appendFields(b, c)
	b = append(b, `,"also_in":[`...)
	for i := range d.Copies[1:] {
		c := &d.Copies[i+1]
		b = appendInstant(appendRef(append(comma(b, i), '{'), c, false), c.Time)
		b = append(o.appendFields(b, c), '}')
	}
	return append(b, "]}"...)
}

// comma appends what stands before the n-th value of a list.
func comma(b []byte, n int) []byte {
	if n > 0 {
		return append(b, ',')
	}
	return b
}

// appendRef appends the names of a record: an item's own begin with the ref.
func appendRef(b []byte, c *Copy, item bool) []byte {
	if item {
		b = appendJSON(append(b, `"ref":`...), c.Ref)
		b = appendJSON(append(b, `,"system":`...), c.System)
	} else {
		b = appendJSON(append(b, `"system":`...), c.System)
		b = appendJSON(append(b, `,"ref":`...), c.Ref)
	}
	return appendJSON(append(b, `,"type":`...), c.Type)
}

// appendInstant appends the time of a record, if it is known.
func appendInstant(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	return append(t.UTC().AppendFormat(append(b, `,"time":"`...), time.RFC3339), '"')
}

// appendFields appends the fields of a record: each with its value, which may
// be null, or with the reason why that is withheld.
func (o *jsonForm) appendFields(b []byte, c *Copy) []byte {
	heads := o.headsOf(c.shape)
	b = append(b, `,"fields":[`...)
	for i := range c.Fields {
		f := &c.Fields[i]
		b = append(comma(b, i), heads[i]...)
		b = appendJSON(b, string(f.Role))
		if f.Withheld != Shown {
			b = appendJSON(append(b, `,"withheld":`...), string(f.Withheld))
			if f.Basis != "" {
				b = appendJSON(append(b, `,"withheld_basis":`...), f.Basis)
			}
			b = append(b, '}')
			continue
		}
		b = appendJSONValue(append(b, `,"value":`...), &f.Value)
		if m, ok := meaningOf(f); ok {
			if said := m.In(o.v.lang); said != "" {
				b = appendJSON(append(b, `,"meaning":`...), said)
			}
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// headsOf gives what stands before the role of each field of a shape: its name
// and its label.
func (o *jsonForm) headsOf(sh *shape) [][]byte {
	if have, ok := o.heads[sh]; ok {
		return have
	}
	out := make([][]byte, len(sh.spots))
	for i := range sh.spots {
		sp := &sh.spots[i]
		b := appendJSON([]byte(`{"name":`), sp.name)
		b = appendJSON(append(b, `,"label":`...), o.v.t.labelIn(o.v.lang, sp.label))
		out[i] = append(b, `,"role":`...)
	}
	if sh.once {
		return out
	}
	if o.heads == nil || len(o.heads) >= maxPrepared {
		o.heads = map[*shape][][]byte{}
	}
	o.heads[sh] = out
	return out
}

// appendJSONValue appends a disclosed value in JSON's own types: numbers,
// booleans, null; decimals, days and times are strings.
func appendJSONValue(b []byte, v *core.Value) []byte {
	switch v.Type {
	case core.TypeInteger:
		return strconv.AppendInt(b, v.Integer, 10)
	case core.TypeFlag:
		return strconv.AppendBool(b, v.Flag)
	case core.TypeNull:
		return append(b, "null"...)
	case core.TypeTime:
		return append(v.Time.UTC().AppendFormat(append(b, '"'), time.RFC3339), '"')
	default:
		return appendJSON(b, v.Plain())
	}
}
