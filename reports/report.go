package reports

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// Report is what may be told to the person, in no language yet. It holds no
// withheld value.
type Report struct {
	Organisation  catalogue.Organisation
	Request       Request
	Search        core.Interval
	Keys          []UsedKey
	Confirmations []Confirmation
	Summary       Summary
	// Systems are all systems of the catalogue, in its order.
	Systems []System
	// Rights are the person's rights, and in which systems each may not
	// apply.
	Rights          []Right
	CatalogueDigest string
	Checkpoint      *Checkpoint
	Version         string

	disclose func(item int) (*Disclosed, error)
}

// asked tells whether any system was asked. Where none was, there is no time
// of search to tell of.
func (r *Report) asked() bool {
	return slices.ContainsFunc(r.Systems, func(s System) bool {
		return len(s.Coverage.AskedWith) > 0 || !s.Coverage.Asked.IsZero()
	})
}

// reference is the moment that the data are told of, zero when no system was
// asked.
func (r *Report) reference() time.Time {
	if !r.asked() {
		return time.Time{}
	}
	return r.Request.Reference
}

// Summary counts over all systems.
type Summary struct {
	// Systems is how many the catalogue has, Searched how many were searched
	// whole, Open how many have an outcome that is not final.
	Systems, Searched, Open int
	// Items is how many things are disclosed, Undecided how many a person has
	// yet to look at.
	Items, Undecided int
	// Official counts hits in which the person acts only for the
	// organisation, Others those that are another person's.
	Official, Others int
}

// System is one system of the catalogue with what is told of it.
type System struct {
	Entry    catalogue.System
	Profile  *catalogue.Profile
	Coverage core.Coverage
	// Items are the things whose primary record is in this system.
	Items []Held
	// AlsoHere are things of other systems that this one holds too, and that
	// are shown there.
	AlsoHere []Held
	// Undecided counts the things, primary or not, that nobody has decided.
	Undecided int
	Official  int
	Others    int
}

// Shown counts the disclosed items among those whose primary is here.
func (s *System) Shown() int {
	n := 0
	for _, it := range s.Items {
		if !it.Undecided {
			n++
		}
	}
	return n
}

// Held is one thing, without its content: see Report.Disclose.
type Held struct {
	// System is the id of the system of its primary record.
	System string
	// Number counts the disclosed things of that system from 1; 0 for an
	// undecided one.
	Number    int
	Undecided bool

	item int // its place in the input
}

// holdsData tells whether the system has something to say of the person.
func (s *System) holdsData() bool {
	return len(s.Items) > 0 || len(s.AlsoHere) > 0 || s.Official > 0 || s.Coverage.Outcome == core.ManualFound
}

// Disclose reads a thing and gives what may be told of it. It may be called
// from several goroutines. The error says why it cannot be read, or that its
// roles do not fit its records; it holds no personal data.
func (r *Report) Disclose(h Held) (*Disclosed, error) {
	d, err := r.disclose(h.item)
	if err != nil {
		return nil, err
	}
	d.Held = h
	return d, nil
}

// Disclosed is an item as it may be told.
type Disclosed struct {
	Held
	Verdict     core.Verdict
	Explanation catalogue.Text
	MatchedBy   []core.Kind
	// Copies are the records of the item; the first is the primary.
	Copies []Copy
}

// Copy is the record of one system.
type Copy struct {
	System string
	// Ref is the record's ref, or type/~digest when the ref holds personal
	// data that may not be shown.
	Ref  string
	Type string
	// Profile is nil for a type that no profile knows.
	Profile *catalogue.RecordType
	// OwnNumber is the record's own number, empty if it has none to show.
	OwnNumber string
	// Time is the record's time, zero if unknown or undecided.
	Time   time.Time
	Fields []Field

	shape *shape // of Fields, place by place
}

// Field is one field as it may be told: its value, or why it is withheld.
type Field struct {
	// Name is the path of the field: number, requester.email,
	// comment[2].text, comment[2].commenter.name.
	Name  string
	Label Label
	Role  core.Role
	// Value is the zero value when Withheld is set.
	Value    core.Value
	Withheld Withholding
	// Basis is the legal basis that the source gave for withholding.
	Basis string
}

// Label names a field in the words of the profile.
type Label struct {
	// Part is the type of part that the field is in, nil for none, and
	// PartNumber its number among those of its type, from 1.
	Part       *catalogue.RecordType
	PartNumber int
	// Slot is the slot of the field's party, nil for none; SlotNumber is its
	// number where several parties stand in the slot, else 0.
	Slot       *catalogue.Slot
	SlotNumber int
	// Field is nil for a field that no profile knows.
	Field *catalogue.FieldProfile
	// inPart and inParty are true although Part or Slot is nil, when no
	// profile knows the part or the slot.
	inPart, inParty bool
}

// path writes the name of a field from the names of its part, slot and field.
func path(part string, partNumber int, slot string, slotNumber int, field string) string {
	var b strings.Builder
	if part != "" {
		b.WriteString(part + "[" + strconv.Itoa(partNumber) + "].")
	}
	if slot != "" {
		b.WriteString(slot)
		if slotNumber > 0 {
			b.WriteString("[" + strconv.Itoa(slotNumber) + "]")
		}
		b.WriteByte('.')
	}
	b.WriteString(field)
	return b.String()
}

// Answer says whether data about the person are processed.
type Answer string

// The answers of a confirmation.
const (
	AnswerYes     Answer = "yes"
	AnswerNo      Answer = "no"
	AnswerUnknown Answer = "unknown"
)

// Confirmation answers for one controller whether it processes data about the
// person (GDPR Art. 15(1)).
type Confirmation struct {
	Controller catalogue.Text
	Answer     Answer
	// Complete is true when every system of the controller has a final
	// outcome and no item waits for a decision.
	Complete bool
	// Systems is how many systems the controller has, Searched how many were
	// searched whole.
	Systems, Searched int
	// Open are the systems whose outcome is not final.
	Open []string
	// NotSearched are the systems that were rightly not searched.
	NotSearched                []string
	Items, Undecided, Official int
	// Mixed is true where a system that was searched holds data of other
	// controllers too, for which this answer does not speak.
	Mixed bool
}
