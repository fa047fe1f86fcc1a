package sqlsource

import (
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// plan is a mapping that was checked against the profile and, once the
// database answered, bound to its tables.
type plan struct {
	types []*typePlan // in the order of the profile
	// mapped are the tables that the mapping reads, in order of mention.
	mapped []*table
	// gaps are what nobody mapped, and what the account is not shown.
	gaps []core.Problem
	// stale are settings that name something which is no longer there and
	// whose absence harms nothing.
	stale []core.Problem
	// codes are the tables of codes to read.
	codes []*codeSet
	// documents are the columns of JSON of which members are mapped.
	documents []*document
	// leftOut is what the mapping leaves out, with the reasons.
	leftOut []core.LeftOut
}

// typePlan is one mapped record type.
type typePlan struct {
	path    string
	profile catalogue.RecordType
	keys    []sdk.Key
	// sets are the rows that make up a record: the record's own first, each
	// before those that hang on it.
	sets []*rowset
	// recordKinds are the kinds that fields outside parties hold.
	recordKinds map[core.Kind]bool
}

func (t *typePlan) root() *rowset { return t.sets[0] }

func (t *typePlan) recordType() sdk.RecordType {
	return sdk.RecordType{Name: t.profile.Name, Keys: t.keys}
}

// rowset is one use of a table: the record's own rows, those of a type of
// part, or those of a party that stands in a table of its own.
type rowset struct {
	index   int
	path    string
	parent  *rowset // nil for the record's own rows
	table   *table
	through *table // the table between, or nil
	join    []pair // of this table (or the one between) and the parent
	to      []pair // of the table between and this one
	// key identifies the row; a party's rows need none.
	key []column
	// part is the type of part that a row makes, empty for the record and
	// for parties.
	part string
	// alone is true for a party in a table of its own.
	alone bool
	// identity are the columns that tell the rows of table apart.
	identity []column
	// columns are what is read, each once; fields and parties refer to them
	// by position.
	columns []source
	// members are, by the position of a document, those of its members.
	members map[int][]int
	// searched are the positions that decide whether a row is a hit.
	searched []int
	time     int // position of the record's time, -1 for none
	fields   []boundField
	parties  []*boundParty
	// held are the kinds of identifier in fields, and births the positions of
	// days of birth.
	held   map[core.Kind]bool
	births []int
	// ended and duration are the positions of what tells how long a contact
	// was, -1 for none.
	ended, duration int
}

// pair joins two columns.
type pair struct{ here, there string }

// source is a column to read, of the rowset's table or of the one between.
type source struct {
	column  column
	through bool
	exact   bool
	// path leads to a member of the document in the column at the position
	// within, which is what is read; nil for a column as it is.
	path   []string
	within int
	// document is what is mapped of the JSON in the column, nil for nothing.
	document *document
}

// boundField is a field of the profile with its columns.
type boundField struct {
	profile catalogue.FieldProfile
	// kind is that of identifies.
	kind core.Kind
	at   []int
	// codes explain the values of each column, nil where nothing does.
	codes []*codeSet
	// inside tells of each column whether it is a member of a document.
	inside []bool
}

// boundParty is the people of one slot in a row.
type boundParty struct {
	path  string
	slots map[string]catalogue.Slot // by code; the one of a fixed slot under ""
	// slotAt is the position of the column that tells the slot, -1 for a
	// fixed one, and slotColumn its name.
	slotAt     int
	slotColumn string
	fields     []boundField
	// held are the kinds by which the party may be looked up.
	held  map[core.Kind]bool
	order int
}

// slot gives the slot of the party in a row, and false when the row's code is
// one that nobody mapped.
func (p *boundParty) slot(values row) (catalogue.Slot, bool) {
	if p.slotAt < 0 {
		return p.slots[""], true
	}
	s, ok := p.slots[tidy(values.text(p.slotAt))]
	return s, ok
}

// searchable tells whether a party in the slot may be looked up by a field of
// kind k: names only where the subject may stand, other kinds also where
// officials do. A slot that nobody mapped may be either.
func searchable(s catalogue.Slot, known bool, k core.Kind) bool {
	if !known {
		return true
	}
	return s.Subject || s.Official && k != core.Name
}

// kinds gives the kinds by which the party may be looked up. A code that
// nobody mapped may stand for any slot.
func (p *boundParty) kinds() map[core.Kind]bool {
	out := map[core.Kind]bool{}
	for _, f := range p.fields {
		k := identifies(f.profile)
		if k == "" || f.profile.NamePart == "given" {
			continue
		}
		for _, s := range p.slots {
			if searchable(s, p.slotAt < 0, k) {
				out[k] = true
			}
		}
	}
	return out
}

// unmappedName gives a field of a party whose slot nobody mapped a name that
// no profile has: table.column.
func (p *boundParty) unmappedName(r *rowset, field string) string {
	for _, f := range p.fields {
		if f.profile.Name == field {
			return r.columns[f.at[0]].display(r)
		}
	}
	return field
}

// identifies gives the kind of identifier by which the field's party may be
// looked up. A field that speaks of somebody else than the party is none.
func identifies(f catalogue.FieldProfile) core.Kind { return places.Identifies(f) }
