package sqlsource

import (
	"bytes"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
)

// maxBlob is how many bytes of a blob are read. A longer one is told by its
// size alone.
const maxBlob = 64 << 10

// maxText is how many bytes of a text are read. A longer one is told by its
// size alone. A message takes no more either.
const maxText = 1 << 20

// blob is a value that the database keeps as bytes.
type blob struct {
	// bytes are nil when the value is longer than maxBlob.
	bytes []byte
	size  int64
}

// plainText tells whether bytes are text: valid UTF-8 without control
// characters, but for those that part lines and columns.
func plainText(b []byte) bool {
	return utf8.Valid(b) && bytes.IndexFunc(b, oddControl) < 0
}

func oddControl(r rune) bool {
	return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r'
}

// put takes a blob as the value of a column. One that is text is given and
// compared as text. Any other is withheld; it is compared only where it may
// be text of another kind: filled up with zeros, or Latin-1.
func (r *row) put(at int, b blob, c column, zone *time.Location) {
	if int64(len(b.bytes)) == b.size && plainText(b.bytes) {
		r.values[at] = textValue(string(b.bytes), c.Class, zone)
		return
	}
	r.values[at] = core.WithheldValue(core.Withheld{Reason: core.WithheldBinary, Size: b.size})
	r.uncomparable(at)
	text := string(bytes.TrimRight(b.bytes, "\x00"))
	if !utf8.ValidString(text) {
		text = latin1(text)
	}
	if strings.IndexFunc(text, oddControl) < 0 {
		r.compareAs(at, text)
	}
}

// uncompared is a column that holds bytes where an identifier is sought.
type uncompared struct{ path, column string }

// uncompared gives the columns of a row that may hold an identifier of the
// query and hold bytes that are no text.
func (m *matcher) uncompared(r *rowset, values row) []uncompared {
	if len(values.opaque) == 0 {
		return nil
	}
	var out []uncompared
	look := func(path string, fields []boundField, sought func(core.Kind) bool) {
		for _, f := range fields {
			if k := identifies(f.profile); k == "" || !m.seeks(k) || !sought(k) {
				continue
			}
			for _, at := range f.at {
				if values.opaque[at] {
					out = append(out, uncompared{join(join(path, "fields"), f.profile.Name), r.columns[at].display(r)})
				}
			}
		}
	}
	look(r.path, r.fields, func(core.Kind) bool { return true })
	for _, p := range r.parties {
		slot, known := p.slot(values)
		look(p.path, p.fields, func(k core.Kind) bool { return searchable(slot, known, k) })
	}
	return out
}

// seeks tells whether an identifier of kind k is asked for.
func (m *matcher) seeks(k core.Kind) bool {
	for _, w := range m.wanted {
		if w.id.Kind == k {
			return true
		}
	}
	return false
}

// tellUncompared tells of bytes that could not be compared with the query:
// whether they are the person's is not known.
func (r *run) tellUncompared(t *typePlan, columns []uncompared) error {
	for _, c := range columns {
		err := r.tellOnce(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: t.profile.Name, ConfigPath: c.path,
			Message: "column " + c.column + " holds bytes that are no text, or a text too long to be read, which could not be compared; look there in the system, or map a column that holds the value as text"})
		if err != nil {
			return err
		}
	}
	return nil
}
