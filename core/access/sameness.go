package access

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/match"
)

// things tells what makes a record the same thing as another. It keeps its
// memory from one record to the next.
type things struct {
	text  []byte
	lines []line
}

// line is a piece of the text.
type line struct{ from, to int }

// sameness gives the keys by which a record is the same thing as another.
func (t *things) sameness(system match.System, rec core.Record) []string {
	var keys []string
	if digest, ok := t.content(system.ID, rec); ok {
		keys = append(keys, "content|"+digest)
	}
	spec, ok := system.Profile.Type(rec.Type)
	if !ok {
		return keys
	}
	for _, f := range rec.Fields {
		fp, ok := spec.Field(f.Name)
		if !ok || !fp.Own || f.Value.Plain() == "" {
			continue
		}
		number, err := identifier.Parse(fp.Identifier, f.Value.Plain())
		if err == nil {
			keys = append(keys, strings.Join([]string{"number", string(number.Kind), system.Issuer(number.Kind), number.Value}, "|"))
		}
	}
	return keys
}

// content digests what a record says, whatever system and key it has: its
// fields, parties and parts, sorted, in NFC with white space folded. A record
// that says nothing has none.
func (t *things) content(system string, rec core.Record) (string, bool) {
	t.text, t.lines = t.text[:0], t.lines[:0]
	whose := system + "\x00" + rec.Ref
	t.fields(whose, rec.Fields)
	t.parties(whose, rec.Parties)
	for _, p := range rec.Parts {
		first := len(t.lines)
		t.fields(whose, p.Fields)
		t.parties(whose, p.Parties)
		t.join(first, "part|", p.Type)
	}
	if len(t.lines) == 0 {
		return "", false
	}
	t.sort(0)
	h := sha256.New()
	var size [8]byte
	write := func(b []byte) {
		binary.BigEndian.PutUint64(size[:], uint64(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	for _, l := range t.lines {
		write(t.text[l.from:l.to])
	}
	write([]byte(rec.Type))
	return string(h.Sum(nil)), true
}

// fields adds a line for each field that says something.
func (t *things) fields(whose string, fields []core.Field) {
	for i, f := range fields {
		from := len(t.text)
		t.text = binary.AppendUvarint(t.text, uint64(len(f.Name))) // so that no name runs into a value
		t.text = append(append(t.text, f.Name...), '|')
		named := len(t.text)
		switch f.Value.Type {
		case core.TypeNull:
		case core.TypeWithheld:
			// Two values that nobody could read are not known to be equal.
			t.text = append(append(t.text, "withheld|"...), whose...)
			t.text = binary.AppendUvarint(t.text, uint64(i)) //nolint:gosec // a place
		default:
			t.text = appendFolded(t.text, f.Value.Plain())
		}
		if len(t.text) == named {
			t.text = t.text[:from]
			continue
		}
		t.lines = append(t.lines, line{from, len(t.text)})
	}
}

// parties adds a line for each party.
func (t *things) parties(whose string, parties []core.Party) {
	for _, p := range parties {
		first := len(t.lines)
		t.fields(whose, p.Fields)
		t.join(first, "party|", p.Slot)
	}
}

// join makes one line of those from first on, whatever their order.
func (t *things) join(first int, what, name string) {
	t.sort(first)
	from := len(t.text)
	t.text = append(append(t.text, what...), name...)
	for _, l := range t.lines[first:] {
		t.text = binary.AppendUvarint(append(t.text, '|'), uint64(l.to-l.from)) //nolint:gosec // a length
		t.text = append(t.text, t.text[l.from:l.to]...)
	}
	t.lines = append(t.lines[:first], line{from, len(t.text)})
}

func (t *things) sort(first int) {
	slices.SortFunc(t.lines[first:], func(a, b line) int { return bytes.Compare(t.text[a.from:a.to], t.text[b.from:b.to]) })
}

// appendFolded appends s in NFC, with one blank for white space between words
// and none around them.
func appendFolded(b []byte, s string) []byte {
	if !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	start := len(b)
	for s != "" {
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			end = len(s)
		}
		if end > 0 {
			if len(b) > start {
				b = append(b, ' ')
			}
			b = append(b, s[:end]...)
		}
		s = s[end:]
		if s != "" {
			_, width := utf8.DecodeRuneInString(s)
			s = s[width:]
		}
	}
	return b
}
