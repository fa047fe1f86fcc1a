package reports

import (
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/match"
)

// Input is everything that a report is made of.
type Input struct {
	Organisation catalogue.Organisation
	// Systems is the whole catalogue, in its order.
	Systems []catalogue.System
	// Profile gives the profile of a kind of system.
	Profile func(kind string) (*catalogue.Profile, error)
	Request Request
	// Search is when the systems were asked; a zero end is not known, and
	// left out.
	Search core.Interval
	// Keys are the identifiers that the search was made with.
	Keys []UsedKey
	// SubjectCodes are the person's own personal identity codes, current and
	// former. Any other code in a value withholds the value.
	SubjectCodes []string
	// Coverage has exactly one entry for each system.
	Coverage []core.Coverage
	// Items are the things that are held about the person. Where Read is
	// set, their members need no more than system and ref.
	Items []Item
	// Read gives an item of Items whole. It is asked while the report is
	// written, for each item a few times and mostly in order, maybe from
	// several goroutines; so the records of a large report need not be in
	// memory. Nil: Items are whole.
	Read func(item int) (Item, error)
	// Officials counts, by system, the hits in which the person acts only for
	// the organisation.
	Officials map[string]int
	// Others counts, by system, the hits that turned out to be another
	// person's.
	Others map[string]int
	// CatalogueDigest tells which state of the catalogue the report rests on.
	CatalogueDigest string
	// Checkpoint is the state of the audit log that the report rests on; nil
	// for none.
	Checkpoint *Checkpoint
	// Version is the version of the program.
	Version string
	// RefKey keys the digests that stand for refs with personal data in them:
	// the same key gives the same digests. Empty draws a key for this report
	// alone.
	RefKey []byte
}

// Request is the request that the report answers.
type Request struct {
	CaseNumber string
	// Purpose is what the request asks for, if it is not plainly access.
	Purpose string
	// Requester is who asked, if the document shall name somebody.
	Requester string
	// Received starts the time limit; Reference is the moment that the data
	// are told of; Answered is when the report was made.
	Received, Reference, Answered time.Time
	// Scope is the limit on the request in the person's own words, Systems are
	// the ids of the systems that it is limited to, and Period is the time
	// that it is limited to, its end excluded. All empty is everything.
	Scope   string
	Systems []string
	Period  core.Interval
	// Test marks the report as made of test data, on every page.
	Test bool
}

// limited tells whether the request is about less than everything.
func (q Request) limited() bool {
	return q.Scope != "" || len(q.Systems) > 0 || !q.Period.IsZero()
}

// UsedKey is one identifier that the search was made with, masked.
type UsedKey struct {
	Kind   core.Kind
	Masked string
	// Former is true for an identifier that is the person's no longer.
	Former bool
}

// Item is one thing that is held about the person, in one system or in
// several.
type Item struct {
	// Members are the records that are this thing; the first is the primary.
	Members []Member
	Verdict core.Verdict
	// Undecided is true when a person has yet to decide. An item whose
	// verdict is not confirmed is undecided whatever it says.
	Undecided bool
	// Explanation is the one sentence that says why the item is here. An
	// undecided item's may hold no value.
	Explanation catalogue.Text
	MatchedBy   []core.Match
}

// undecided tells whether a person has yet to decide whose the item is.
func (it Item) undecided() bool { return it.Undecided || it.Verdict != core.Confirmed }

// sameRecords tells whether both items are of the same records and equally
// decided.
func (it Item) sameRecords(other Item) bool {
	return it.undecided() == other.undecided() && slices.EqualFunc(it.Members, other.Members, func(a, b Member) bool {
		return a.System == b.System && a.Record.Ref == b.Record.Ref
	})
}

// Member is one record of an item, with whose data its fields are.
type Member struct {
	System string
	Record core.Record
	Roles  Roles
}

// Roles gives the role of each field of a record or part, index by index as
// in the record.
type Roles = match.Roles

// fit tells whether the roles have the record's shape.
func fit(r Roles, fields []core.Field, parties []core.Party, parts []core.Part) bool {
	if len(r.Fields) != len(fields) || len(r.Parties) != len(parties) || len(r.Parts) != len(parts) {
		return false
	}
	for i, p := range parties {
		if len(r.Parties[i]) != len(p.Fields) {
			return false
		}
	}
	for i, p := range parts {
		if !fit(r.Parts[i], p.Fields, p.Parties, nil) {
			return false
		}
	}
	return true
}
