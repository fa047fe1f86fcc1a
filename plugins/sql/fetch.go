package sqlsource

import (
	"context"
	"encoding/hex"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// piece is how many bytes of a large value are read at once.
const piece = 4 << 20

// fetchMark parts the ref of a record, that of a part, and the field in the
// ref of a value. A ref's own such sign is escaped.
const fetchMark = "#"

// fetchable gives each value of the fields that was left out for its size or
// its form the ref by which Fetch reads it.
func fetchable(owner string, fields []core.Field) {
	for i, f := range fields {
		if w := f.Value.Withheld; w != nil && w.Ref != "" {
			own := *w
			own.Ref = owner + fetchMark + w.Ref
			fields[i].Value.Withheld = &own
		}
	}
}

// unfetchable takes the refs away, where several rows share the record's.
func unfetchable(fields []core.Field) {
	for i, f := range fields {
		if w := f.Value.Withheld; w != nil && w.Ref != "" {
			own := *w
			own.Ref = ""
			fields[i].Value.Withheld = &own
		}
	}
}

// target is one value of one row.
type target struct {
	root   *typePlan
	set    *rowset // the record's own, or that of a part
	column source
	record string
	part   string
	keys   [2]key // of the record and the part
}

// Fetch reads a large value: bytes or a text that a record gave as withheld,
// by the ref that it gave.
func (i *instance) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	out, in := io.Pipe()
	go func() {
		defer cancel()
		_ = in.CloseWithError(i.snapshot(ctx, func(s *session) error {
			t, err := s.locate(ref)
			if err != nil {
				return err
			}
			return s.copyValue(ctx, t, in)
		}))
	}()
	return fetching{out, cancel}, nil
}

// fetching stops what fills it when it is closed.
type fetching struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (f fetching) Close() error {
	f.cancel()
	return f.PipeReader.Close()
}

func nobodys() error {
	return &core.Problem{Class: core.ClassData, Origin: core.OriginSystem, Message: "the ref names no value that the mapping holds; search anew"}
}

// locate reads the ref of a value.
func (s *session) locate(ref string) (*target, error) {
	words := strings.Split(ref, fetchMark)
	if len(words) < 2 || len(words) > 3 {
		return nil, nobodys()
	}
	t := &target{record: words[0]}
	typ, _, _ := strings.Cut(t.record, "/")
	for _, p := range s.plan.types {
		if p.profile.Name == typ {
			t.root, t.set = p, p.root()
		}
	}
	if t.root == nil {
		return nil, nobodys()
	}
	var ok bool
	if t.keys[0], ok = s.keyOf(t.record, t.set.key); !ok {
		return nil, nobodys()
	}
	if len(words) == 3 {
		t.part = words[1]
		partType, _, _ := strings.Cut(t.part, "/")
		t.set = nil
		for _, set := range t.root.sets {
			if set.part == partType && set.part != "" && t.set == nil {
				t.set = set
			}
		}
		if t.set == nil {
			return nil, nobodys()
		}
		if t.keys[1], ok = s.keyOf(t.part, t.set.key); !ok {
			return nil, nobodys()
		}
	}
	name, nth, _ := strings.Cut(words[len(words)-1], ";")
	n, err := strconv.Atoi("0" + nth)
	for _, f := range t.set.fields {
		if f.profile.Name == name && err == nil && n < len(f.at) && !f.inside[n] {
			t.column = t.set.columns[f.at[n]]
			return t, nil
		}
	}
	return nil, nobodys()
}

// keyOf reads the key of a ref; false when it does not have the columns' form.
func (s *session) keyOf(ref string, columns []column) (key, bool) {
	words := strings.Split(ref, "/")[1:]
	if len(words) != len(columns) {
		return nil, false
	}
	out := make(key, len(words))
	for i, w := range words {
		digits, isHex := strings.CutSuffix(w, ";hex")
		text, err := url.PathUnescape(digits)
		if err != nil || strings.Contains(digits, ";") {
			return nil, false
		}
		raw := []byte(text)
		if isHex {
			if raw, err = hex.DecodeString(digits); err != nil {
				return nil, false
			}
		}
		out[i] = keyPart{Type: keyText, Text: raw, bind: string(raw)}
		if columns[i].Class == classBinary || isHex {
			out[i] = keyPart{Type: keyBytes, Text: raw, bind: raw}
			if s.dialect.name == "postgres" {
				out[i].bind = `\x` + hex.EncodeToString(raw)
			}
		}
	}
	return out, true
}

// copyValue writes the value to w, a piece at a time where the database cuts
// it.
func (s *session) copyValue(ctx context.Context, t *target, w io.Writer) error {
	d := s.dialect
	for from := 1; ; from += piece {
		got, rows := []byte(nil), 0
		err := s.each(ctx, pieceStatement(d, t, from), func(raw []any) error {
			read := s.reader()
			k, ok := read.key(raw, t.root.root().key)
			if !ok || k.ref(t.root.profile.Name) != t.record {
				return nil // equal in the database only
			}
			raw = raw[len(k):]
			if t.part != "" {
				p, ok := read.key(raw, t.set.key)
				if !ok || p.ref(t.set.part) != t.part {
					return nil
				}
				raw = raw[len(p):]
			}
			rows++
			switch v := raw[0].(type) {
			case []byte:
				got = v
			case string:
				got = []byte(v)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if rows != 1 {
			return nobodys()
		}
		if _, err := w.Write(got); err != nil {
			return err
		}
		if d.cut == nil || len(got) < piece {
			return nil
		}
	}
}

// pieceStatement reads the keys and a piece of the value, from a byte on that
// counts from 1.
func pieceStatement(d *dialect, t *target, from int) *statement {
	s := &statement{dialect: d}
	root := t.root.root()
	columns := s.keys(root)
	if t.set != root {
		columns = append(columns, s.keys(t.set)...)
	}
	value := s.expr(t.set, t.column)
	if d.cut != nil {
		value = d.cut(value, t.column.column, strconv.Itoa(from), strconv.Itoa(piece))
	}
	s.write("SELECT ", strings.Join(append(columns, value), ", "))
	s.down(t.set)
	s.write(" WHERE ", s.among(root.alias(), root.key, []key{t.keys[0]}, true))
	if t.set != root {
		s.write(" AND ", s.among(t.set.alias(), t.set.key, []key{t.keys[1]}, true))
	}
	return s
}
