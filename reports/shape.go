package reports

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// shape is what all records with the same fields in the same places have in
// common: everything that is told of a field but its role and its value. The
// thousand tickets of one person have one shape, or a few.
type shape struct {
	// number tells the shapes of one report apart.
	number uint64
	// once is true for a shape that is not remembered: its names are too long.
	once    bool
	typ     string
	profile *catalogue.RecordType
	// spots are the fields in the order of the report, their numbers at where
	// they stand in the record.
	spots []spot
}

// spot is one field of a shape.
type spot struct {
	at    where
	name  string
	label Label
	// known is false for a field that no profile knows.
	known   bool
	special bool
	kind    core.Kind
	codes   map[string]catalogue.Text
	// personal is true for a field of a party that may identify a person, by an
	// identifier of the kind identifies, empty for any.
	personal   bool
	identifies core.Kind
}

// where is the place of a field in a record: the numbers of its part and of
// its party, -1 for none, and its own.
type where struct{ part, party, field int }

// in gives the value that stands there, and its role.
func (w where) in(m *Member) (*core.Value, core.Role) {
	fields, parties, roles := m.Record.Fields, m.Record.Parties, &m.Roles
	if w.part >= 0 {
		part := &m.Record.Parts[w.part]
		fields, parties, roles = part.Fields, part.Parties, &m.Roles.Parts[w.part]
	}
	if w.party >= 0 {
		return &parties[w.party].Fields[w.field].Value, roles.Parties[w.party][w.field]
	}
	return &fields[w.field].Value, roles.Fields[w.field]
}

// shapes remembers the shapes of the records that were seen last. It may be
// used by several goroutines.
type shapes struct {
	mu   sync.Mutex
	have map[string]*shape
	made uint64
}

// maxShapes and maxShapeKey bound how many shapes are remembered, and how long
// the names in one may be, in bytes: a source may send what it likes.
const (
	maxShapes   = 256
	maxShapeKey = 16 << 10
)

// of gives the shape of a record of the system, whose number is its place.
func (all *shapes) of(place int, s *System, r *core.Record) *shape {
	var room [1024]byte
	key := appendShapeKey(room[:0], place, r)
	all.mu.Lock()
	defer all.mu.Unlock()
	if have, ok := all.have[string(key)]; ok {
		return have
	}
	all.made++
	made := shapeOf(s, r)
	made.number = all.made
	if made.once = len(key) > maxShapeKey; made.once {
		return made
	}
	if all.have == nil || len(all.have) >= maxShapes {
		all.have = map[string]*shape{} // all at once: the next records are like the last ones
	}
	all.have[string(key)] = made
	return made
}

// appendShapeKey writes all that a shape depends on: the system, the type and
// the names of the fields. Names and lists have their lengths before them, so
// that no two shapes share a key, whatever the names are.
func appendShapeKey(key []byte, place int, r *core.Record) []byte {
	name := func(s string) { key = append(binary.AppendUvarint(key, uint64(len(s))), s...) }
	count := func(n int) { key = binary.AppendUvarint(key, uint64(n)) } //nolint:gosec // a length
	fields := func(list []core.Field) {
		count(len(list))
		for i := range list {
			name(list[i].Name)
		}
	}
	parties := func(list []core.Party) {
		count(len(list))
		for i := range list {
			name(list[i].Slot)
			fields(list[i].Fields)
		}
	}
	count(place)
	name(r.Type)
	fields(r.Fields)
	parties(r.Parties)
	count(len(r.Parts))
	for i := range r.Parts {
		name(r.Parts[i].Type)
		fields(r.Parts[i].Fields)
		parties(r.Parts[i].Parties)
	}
	return key
}

// shapeOf makes the shape of a record, with its fields in the order of the
// profile.
func shapeOf(s *System, r *core.Record) *shape {
	made := &shape{typ: safeName(r.Type)}
	spec := catalogue.RecordType{}
	if t, ok := s.Profile.Type(r.Type); ok {
		spec = t
		made.profile = typeNamed(s.Profile.Types, r.Type)
	}
	made.group(where{-1, -1, 0}, Label{}, "", &spec, r.Fields, r.Parties)
	numbers := map[string]int{}
	for i, part := range r.Parts {
		numbers[part.Type]++
		label := Label{PartNumber: numbers[part.Type], Part: typeNamed(spec.Parts, part.Type), inPart: true}
		sub := catalogue.RecordType{}
		if label.Part != nil {
			sub = *label.Part
		}
		made.group(where{i, -1, 0}, label, safeName(part.Type), &sub, part.Fields, part.Parties)
	}
	for i := range made.spots {
		sp := &made.spots[i]
		if sp.at.party < 0 {
			continue
		}
		parties := r.Parties
		if sp.at.part >= 0 {
			parties = r.Parts[sp.at.part].Parties
		}
		p := &parties[sp.at.party]
		sp.identifies, sp.personal = identifies(made.profile, p.Slot, p.Fields[sp.at.field].Name)
	}
	return made
}

// typeNamed gives the type among the profile's own, so that labels share it.
func typeNamed(types []catalogue.RecordType, name string) *catalogue.RecordType {
	for i := range types {
		if types[i].Name == name {
			return &types[i]
		}
	}
	return nil
}

// group adds the fields and parties of a record or of one of its parts.
func (sh *shape) group(at where, label Label, part string, spec *catalogue.RecordType, fields []core.Field, parties []core.Party) {
	sh.row(at, label, part, "", spec.Fields, fields)
	total, number := map[string]int{}, map[string]int{}
	for _, p := range parties {
		total[p.Slot]++
	}
	order := make([]int, len(parties))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Compare(slotIndex(spec.Slots, parties[x].Slot), slotIndex(spec.Slots, parties[y].Slot))
	})
	for _, i := range order {
		p := parties[i]
		label := label
		label.inParty = true
		var known []catalogue.FieldProfile
		if n := slotIndex(spec.Slots, p.Slot); n < len(spec.Slots) {
			label.Slot, known = &spec.Slots[n], spec.Slots[n].Fields
		}
		if number[p.Slot]++; total[p.Slot] > 1 {
			label.SlotNumber = number[p.Slot]
		}
		at.party = i
		sh.row(at, label, part, safeName(p.Slot), known, p.Fields)
	}
}

// slotIndex gives the place of a slot in the profile, len(slots) for none.
func slotIndex(slots []catalogue.Slot, name string) int {
	for i := range slots {
		if slots[i].Name == name {
			return i
		}
	}
	return len(slots)
}

// row adds the fields of one place, in the order of the profile, those that it
// does not know last.
func (sh *shape) row(at where, label Label, part, slot string, known []catalogue.FieldProfile, fields []core.Field) {
	rank := func(name string) int {
		n := slices.IndexFunc(known, func(p catalogue.FieldProfile) bool { return p.Name == name })
		if n < 0 {
			return len(known)
		}
		return n
	}
	first := len(sh.spots)
	for i, f := range fields {
		at.field = i
		sp := spot{at: at, label: label, name: path(part, label.PartNumber, slot, label.SlotNumber, safeName(f.Name))}
		if n := rank(f.Name); n < len(known) {
			p := &known[n]
			sp.label.Field, sp.known = p, true
			sp.special, sp.kind, sp.codes = p.Special, kindOf(*p), p.Codes
		}
		sh.spots = append(sh.spots, sp)
	}
	slices.SortStableFunc(sh.spots[first:], func(x, y spot) int {
		return cmp.Compare(rank(fields[x.at.field].Name), rank(fields[y.at.field].Name))
	})
}

// kindOf gives the kind of identifier that a field holds, empty for none. A
// Virtu code, user@organisation, has no kind of its own and is read as a user
// id.
func kindOf(f catalogue.FieldProfile) core.Kind {
	if f.Name == "virtu_code" {
		return core.UserID
	}
	return f.Identifier
}
