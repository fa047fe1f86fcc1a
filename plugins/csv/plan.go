package csvsource

import (
	"maps"
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// filePlan is one export, ready to be looked for and read.
type filePlan struct {
	path    string // in the configuration
	config  *File
	pattern pattern
	every   time.Duration
	decoder decoder
	forms   forms
	// speaks are the columns that some mapping maps or ignores.
	speaks map[string]bool
}

// rowPlan is what the rows of one file are: records, or parts of them.
type rowPlan struct {
	path string
	file *filePlan
	// columns are those that are read, each once; all else refers to them by
	// position.
	columns []string
	key     []int
	time    int // of the record's time, -1 for none
	fields  []field
	parties []*partyPlan
	// texts are the fields whose running text is read for people; within is
	// what stands before their names where the rows are parts.
	texts  []field
	within string
	// ended and duration tell how long a contact was, -1 for none.
	ended, duration int

	// Of a part:
	profile catalogue.RecordType
	join    []int // in the part's own file
	there   []int // the same values in the record's file
}

// field is a field of the profile with its columns.
type field struct {
	profile catalogue.FieldProfile
	kind    core.Kind // "" for none
	sources []source
}

// source is a column that a field is read from.
type source struct {
	at    int
	as    string
	codes map[string]*core.Meaning
}

// partyPlan is the people of one slot in a row.
type partyPlan struct {
	path   string
	slotAt int // -1 for a fixed slot, which is that of the code ""
	slots  map[string]catalogue.Slot
	fields []field
}

// typePlan is a record type with its mapping, held against the profile.
type typePlan struct {
	rowPlan
	parts []*rowPlan
	keys  []sdk.Key
}

// slot gives the slot for a code, and whether somebody mapped it.
func (p *partyPlan) slot(code string) (catalogue.Slot, bool) {
	if p.slotAt < 0 {
		code = ""
	}
	s, ok := p.slots[code]
	return s, ok
}

func (p *partyPlan) subject() bool {
	for _, s := range p.slots {
		if s.Subject {
			return true
		}
	}
	return false
}

// holds tells whether the party can be looked up by the kind.
func (p *partyPlan) holds(k core.Kind) bool {
	if !slices.ContainsFunc(p.fields, func(f field) bool { return f.kind == k }) {
		return false
	}
	for _, s := range p.slots {
		if places.Searchable(s, true, k) {
			return true
		}
	}
	return false
}

// kinds gives the kinds by which rows can be looked up.
func (p *rowPlan) kinds() map[core.Kind]bool {
	out := map[core.Kind]bool{}
	for _, f := range p.fields {
		if f.kind != "" {
			out[f.kind] = true
		}
	}
	for _, party := range p.parties {
		for _, f := range party.fields {
			if f.kind != "" && f.profile.NamePart != "given" && party.holds(f.kind) {
				out[f.kind] = true
			}
		}
	}
	return out
}

// reads tells whether any text of the record or of its parts is read for
// people.
func (t *typePlan) reads() bool {
	return slices.ContainsFunc(t.rows(), func(p *rowPlan) bool { return len(p.texts) > 0 })
}

// columnKinds gives the kinds by which the columns of the record or of its
// parts can be looked up.
func (t *typePlan) columnKinds() map[core.Kind]bool {
	out := map[core.Kind]bool{}
	for _, p := range t.rows() {
		maps.Copy(out, p.kinds())
	}
	return out
}

// deriveKeys gives the type the keys that follow from its mapped fields, and
// those of running text where some is read. A date of birth finds only beside a
// name.
func (t *typePlan) deriveKeys() {
	kinds, named := t.columnKinds(), false
	for _, p := range t.rows() {
		for _, party := range p.parties {
			named = named || party.holds(core.Name) && party.holds(core.DateOfBirth)
		}
	}
	delete(kinds, core.DateOfBirth)
	for _, k := range sortedKeys(kinds) {
		match := sdk.MatchExact
		if k == core.Name {
			match = sdk.MatchTerms
		}
		t.keys = append(t.keys, sdk.Key{Kinds: []core.Kind{k}, Match: match})
	}
	if named {
		t.keys = append(t.keys, sdk.Key{Kinds: []core.Kind{core.Name, core.DateOfBirth}, Match: sdk.MatchTerms})
	}
	if !t.reads() {
		return
	}
	for _, k := range freetext.Keys(freetext.Kinds()) {
		if !slices.ContainsFunc(t.keys, func(have sdk.Key) bool { return slices.Equal(have.Kinds, k.Kinds) }) {
			t.keys = append(t.keys, k)
		}
	}
}

// rows gives the record's own rows and those of its parts.
func (t *typePlan) rows() []*rowPlan { return append([]*rowPlan{&t.rowPlan}, t.parts...) }

func (t *typePlan) recordType() sdk.RecordType {
	out := sdk.RecordType{Name: t.profile.Name, Keys: t.keys}
	for n, p := range t.rows() {
		before := ""
		if n > 0 {
			before = p.profile.Name + "/"
		}
		for _, f := range p.fields {
			out.Fields = append(out.Fields, before+f.profile.Name)
		}
		for _, party := range p.parties {
			for _, code := range sortedKeys(party.slots) {
				for _, f := range party.fields {
					if name := before + party.slots[code].Name + "." + f.profile.Name; !slices.Contains(out.Fields, name) {
						out.Fields = append(out.Fields, name)
					}
				}
			}
		}
	}
	return out
}
