package sqlsource

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/sinusta/sinusta/core"
)

// row is one row of a set, by position of its columns.
type row struct {
	values []core.Value
	// compared holds texts that are compared though their value is withheld:
	// text that is no valid UTF-8 is read as Latin-1.
	compared map[int]string
	// lists are the values of columns that hold several.
	lists map[int][]core.Value
	// opaque are the positions of bytes that are no text, and of texts too
	// long to be read.
	opaque map[int]bool
	// broken are the positions of documents that are no JSON, and rest is what
	// documents hold that nobody mapped.
	broken []int
	rest   []core.Field
}

func (r *row) uncomparable(at int) {
	if r.opaque == nil {
		r.opaque = map[int]bool{}
	}
	r.opaque[at] = true
}

func (r *row) compareAs(at int, text string) {
	if r.compared == nil {
		r.compared = map[int]string{}
	}
	r.compared[at] = text
}

// addList notes the values of a column that holds several; none is null.
func (r *row) addList(at int, list []core.Value) {
	if r.lists == nil {
		r.lists = map[int][]core.Value{}
	}
	r.lists[at] = list
	if len(list) == 0 {
		r.values[at] = core.NullValue()
	}
}

// all gives the values of a column: one, unless it holds several.
func (r row) all(at int) []core.Value {
	if list, ok := r.lists[at]; ok {
		return list
	}
	return r.values[at : at+1]
}

// texts gives the values of a column as texts to compare.
func (r row) texts(at int) iter.Seq[string] {
	return func(yield func(string) bool) {
		list, ok := r.lists[at]
		if !ok {
			yield(r.text(at))
			return
		}
		for _, v := range list {
			if !yield(v.Plain()) {
				return
			}
		}
	}
}

// text gives a column as text to compare.
func (r row) text(at int) string {
	if s, ok := r.compared[at]; ok {
		return s
	}
	return r.values[at].Plain()
}

// reader makes rows of what the driver gives.
type reader struct {
	dialect *dialect
	zone    *time.Location
	// encoding is that of text which is no valid UTF-8, nil where nobody told.
	encoding *charmap.Charmap
}

// key reads a key; false when a part of it is null.
func (d reader) key(raw []any, columns []column) (key, bool) {
	out := make(key, len(columns))
	for i, c := range columns {
		part, ok := d.dialect.keyPart(raw[i], c)
		if !ok {
			return nil, false
		}
		out[i] = part
	}
	return out, true
}

// row reads the columns at the positions; the others stay null.
func (d reader) row(raw []any, r *rowset, positions []int) row {
	return d.rowInto(make([]core.Value, len(r.columns)), raw, r, positions)
}

// rowInto is row with the slice that takes the values: one null for each of
// the set's columns.
func (d reader) rowInto(values []core.Value, raw []any, r *rowset, positions []int) row {
	out := row{values: values}
	for i, at := range positions {
		c := r.columns[at].column
		if b, ok := d.dialect.blob(raw[i], c); ok {
			out.put(at, b, c, d.zone)
			continue
		}
		s, _ := raw[i].(string)
		if size, ok := oversize(s); ok {
			out.values[at] = core.WithheldValue(core.Withheld{Reason: core.WithheldTooLarge, Size: size})
			out.uncomparable(at)
			continue
		}
		out.values[at] = d.dialect.value(raw[i], c, d.zone)
		if c.Class == classList && out.values[at].Type == core.TypeText {
			if list, ok := listValues(s, c.Element, d.zone); ok {
				out.addList(at, list)
			}
			continue
		}
		if utf8.ValidString(s) {
			continue
		}
		out.compareAs(at, latin1(s))
		if d.encoding == nil {
			continue
		}
		if text, err := d.encoding.NewDecoder().String(s); err == nil && !strings.ContainsRune(text, utf8.RuneError) {
			out.values[at] = textValue(text, c.Class, d.zone)
			out.compareAs(at, text)
		}
	}
	for _, at := range positions {
		if len(r.members[at]) > 0 {
			out.fill(r, at, d.zone)
		}
	}
	for _, at := range r.births { // a day, whatever the column was declared to be
		if v := out.values[at]; v.Type == core.TypeTime {
			out.values[at] = core.DateValue(v.Time.In(d.zone))
		}
	}
	return out
}

func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// fieldsOf gives the fields of a place in a row. A field of several columns
// stands once for each that holds something.
func fieldsOf(fields []boundField, values row) []core.Field {
	if len(fields) == 0 {
		return nil
	}
	out := make([]core.Field, 0, len(fields))
	for i := range fields {
		f, before := &fields[i], len(out)
		for i, at := range f.at {
			for _, v := range values.all(at) {
				if v.Type != core.TypeNull {
					out = append(out, core.Field{Name: f.profile.Name, Value: f.whole(i, v)})
				}
			}
		}
		if len(out) == before {
			out = append(out, core.Field{Name: f.profile.Name, Value: core.NullValue()})
		}
	}
	return out
}

// whole gives a value of the field's nth column with what belongs to it: the
// meaning of a code, and what Fetch reads it by.
func (f *boundField) whole(n int, v core.Value) core.Value {
	v.Meaning = f.codes[n].meaning(v)
	if w := v.Withheld; w != nil && !f.inside[n] && (w.Reason == core.WithheldBinary || w.Reason == core.WithheldTooLarge) {
		own := *w
		if own.Ref = f.profile.Name; n > 0 {
			own.Ref += ";" + strconv.Itoa(n)
		}
		v.Withheld = &own
	}
	return v
}

// blank tells whether none of the fields holds anything.
func blank(fields []core.Field) bool {
	return !slices.ContainsFunc(fields, func(f core.Field) bool {
		return f.Value.Type != core.TypeNull && (f.Value.Type != core.TypeText || strings.TrimSpace(f.Value.Text) != "")
	})
}
