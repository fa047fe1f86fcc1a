package core

import (
	"encoding/binary"
	"errors"
	"time"
)

// recordForm is the version of the binary form of a record.
const recordForm = 2

var errForm = errors.New("the bytes are no record in a form that this version knows")

// AppendBinary appends the record in a compact form for storage, which
// UnmarshalBinary reads. A person may have tens of thousands of records that
// are read several times for one report, and JSON takes ten times as long.
// Times come back in UTC. The error is always nil.
func (r Record) AppendBinary(b []byte) ([]byte, error) {
	e := encoder{append(b, recordForm)}
	e.text(r.Type, r.Ref)
	e.moment(r.Time)
	e.fields(r.Fields)
	e.parties(r.Parties)
	e.count(len(r.Parts))
	for _, p := range r.Parts {
		e.text(p.Type, p.Ref)
		e.fields(p.Fields)
		e.parties(p.Parties)
	}
	e.count(len(r.MatchedBy))
	for _, m := range r.MatchedBy {
		e.text(string(m.Kind), m.Issuer, m.Slot, m.Field, string(m.Tier))
	}
	return e.b, nil
}

// UnmarshalBinary reads what AppendBinary wrote, and nothing beside it; other
// bytes are an error that does not quote them.
func (r *Record) UnmarshalBinary(data []byte) error {
	if len(data) == 0 || data[0] != recordForm {
		return errForm
	}
	d := decoder{rest: string(data[1:])} // one piece of memory for all texts
	var got Record
	got.Type, got.Ref = d.text(), d.text()
	got.Time = d.moment()
	got.Fields = d.fields()
	got.Parties = d.parties()
	got.Parts = list(&d, func() Part {
		return Part{Type: d.text(), Ref: d.text(), Fields: d.fields(), Parties: d.parties()}
	})
	got.MatchedBy = list(&d, func() Match {
		return Match{Kind: Kind(d.text()), Issuer: d.text(), Slot: d.text(), Field: d.text(), Tier: Tier(d.text())}
	})
	if d.bad || d.rest != "" {
		return errForm
	}
	*r = got
	return nil
}

type encoder struct{ b []byte }

func (e *encoder) count(n int) { e.b = binary.AppendUvarint(e.b, uint64(n)) } //nolint:gosec // a length

func (e *encoder) text(texts ...string) {
	for _, s := range texts {
		e.count(len(s))
		e.b = append(e.b, s...)
	}
}

func (e *encoder) moment(t time.Time) {
	if t.IsZero() {
		e.b = append(e.b, 0)
		return
	}
	e.b = binary.AppendVarint(append(e.b, 1), t.Unix())
	e.count(t.Nanosecond())
}

func (e *encoder) parties(parties []Party) {
	e.count(len(parties))
	for _, p := range parties {
		e.text(p.Slot)
		e.fields(p.Fields)
	}
}

func (e *encoder) fields(fields []Field) {
	e.count(len(fields))
	for _, f := range fields {
		e.text(f.Name)
		e.value(f.Value)
	}
}

func (e *encoder) value(v Value) {
	e.text(string(v.Type), v.Text)
	e.b = binary.AppendVarint(e.b, v.Integer)
	flags := byte(0)
	if v.Flag {
		flags |= 1
	}
	if v.Withheld != nil {
		flags |= 2
	}
	if v.Meaning != nil {
		flags |= 4
	}
	e.b = append(e.b, flags)
	e.moment(v.Time)
	if w := v.Withheld; w != nil {
		e.text(string(w.Reason), w.LegalBasis, w.Ref)
		e.b = binary.AppendVarint(e.b, w.Size)
	}
	if m := v.Meaning; m != nil {
		e.text(m.FI, m.SV, m.EN)
	}
}

// decoder reads what encoder wrote. After bad everything is empty.
type decoder struct {
	rest string
	bad  bool
}

func (d *decoder) fail() { d.rest, d.bad = "", true }

func (d *decoder) octet() byte {
	if d.rest == "" {
		d.fail()
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *decoder) unsigned() uint64 {
	var n uint64
	for shift := uint(0); shift < 64; shift += 7 {
		b := d.octet()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	d.fail()
	return 0
}

func (d *decoder) signed() int64 {
	n := d.unsigned()
	return int64(n>>1) ^ -int64(n&1) //nolint:gosec // zig-zag, as encoding/binary has it
}

// count reads a length. Whatever is counted takes a byte at least, so that no
// length is believed which the rest cannot hold.
func (d *decoder) count() int {
	n := d.unsigned()
	if n > uint64(len(d.rest)) {
		d.fail()
		return 0
	}
	return int(n) //nolint:gosec // bounded above
}

func (d *decoder) text() string {
	n := d.count()
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) moment() time.Time {
	if d.octet() == 0 {
		return time.Time{}
	}
	seconds := d.signed()
	nanos := d.unsigned()
	if nanos >= 1e9 {
		d.fail()
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}

func list[T any](d *decoder, one func() T) []T {
	n := d.count()
	if n == 0 {
		return nil
	}
	out := make([]T, 0, n)
	for range n {
		out = append(out, one())
		if d.bad {
			return nil
		}
	}
	return out
}

func (d *decoder) parties() []Party {
	return list(d, func() Party { return Party{Slot: d.text(), Fields: d.fields()} })
}

func (d *decoder) fields() []Field {
	return list(d, func() Field { return Field{Name: d.text(), Value: d.value()} })
}

func (d *decoder) value() Value {
	v := Value{Type: ValueType(d.text()), Text: d.text(), Integer: d.signed()}
	flags := d.octet()
	v.Flag = flags&1 != 0
	v.Time = d.moment()
	if flags&2 != 0 {
		v.Withheld = &Withheld{Reason: WithheldReason(d.text()), LegalBasis: d.text(), Ref: d.text(), Size: d.signed()}
	}
	if flags&4 != 0 {
		v.Meaning = &Meaning{FI: d.text(), SV: d.text(), EN: d.text()}
	}
	return v
}
