package core

import (
	"context"
	"time"
)

// Query is what one system is asked about one person.
type Query struct {
	// Request correlates the query with a request file. It holds no personal
	// data.
	Request string
	// AnyOf are the keys: a record that matches any set is a hit.
	AnyOf []KeySet
	// Types limits the search to these record types; empty means all.
	Types []string
	// Period limits the search to records of that time, if the person asked
	// for no more.
	Period Interval
	// Resume is where an earlier search of the same query stopped.
	Resume Checkpoint
	// MaxRecords bounds the answer; reaching it makes the outcome partial.
	// 0 is no bound.
	MaxRecords uint64
}

// Kinds gives the kinds that the query carries, each once, in order.
func (q Query) Kinds() []Kind {
	var s Subject
	for _, set := range q.AnyOf {
		s.Identifiers = append(s.Identifiers, set.AllOf...)
	}
	return s.Kinds()
}

// KeySet is an AND of identifiers: a family name and a date of birth, say. All
// of them agree in one party of a record, except that what numbers the record
// (a case, a ticket) or an organisation may stand anywhere in the record: a
// contact person's name stands in another party than the business ID of the
// firm.
type KeySet struct {
	AllOf []Identifier `json:"all_of"`
}

// Checkpoint marks how far a search has come: it covers every record sent
// before it. The zero checkpoint is the beginning.
type Checkpoint struct {
	// Format names the cursor's form; a source that does not know it begins
	// anew.
	Format string `json:"format,omitempty"`
	Cursor []byte `json:"cursor,omitempty"`
}

// Source is a system that can be asked.
type Source interface {
	// Search asks the system and gives each event to emit, in order, in the
	// caller's goroutine; an error of emit ends the search and is returned.
	// It blocks until the answer is over or ctx is. The completion is the
	// source's own closing message: nil when the stream ended without one,
	// whatever the error says, and then nothing proves that all was searched.
	Search(ctx context.Context, q Query, emit func(Event) error) (*Completion, error)
}

// Event is one message of a search. Exactly one member is set.
type Event struct {
	Records    []Record
	Checkpoint *Checkpoint
	Progress   *Progress
	Notice     *Problem
}

// Progress is a sign of life.
type Progress struct {
	// Records is how many records the source has examined so far, 0 if it
	// does not know.
	Records uint64
	// WaitUntil is when the source will go on, if the system makes it wait.
	WaitUntil time.Time
}

// Completion is the mandatory last message of a search.
type Completion struct {
	Result   Result      `json:"result"`
	Searched []TypeCount `json:"searched,omitempty"`
	Problems []Problem   `json:"problems,omitempty"`
	// LeftOut is what the mapping leaves out on purpose.
	LeftOut []LeftOut `json:"left_out,omitempty"`
}

// LeftOut is a column, or a whole table, that a mapping leaves out, with the
// reason that whoever wrote the mapping gave. It stands in the coverage, so
// that nobody hides data from everybody.
type LeftOut struct {
	Table string `json:"table"`
	// Column is empty for the whole table.
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
}

// Result is what a source says happened. It does not grade itself: the
// coordinator makes the outcome of it.
type Result string

// The results of a search.
const (
	Complete Result = "complete" // everything that the query could reach was examined
	Partly   Result = "partial"  // something was not examined; Problems say what
	Deferred Result = "deferred" // a person has to look (a paper archive)
	Failed   Result = "failed"
)

// TypeCount tells what became of one record type in a search.
type TypeCount struct {
	Type string `json:"type"`
	// Examined is false when no key of the query could be used for the type.
	Examined bool `json:"examined"`
	// Kinds are the kinds of identifier that were used.
	Kinds []Kind `json:"kinds,omitempty"`
	// Matched is how many records the query reaches, Sent how many of them
	// were sent: a search that is complete has sent them all.
	Matched uint64 `json:"matched"`
	Sent    uint64 `json:"sent"`
	// Needs are the kinds that would have made the search possible.
	Needs []Kind `json:"needs,omitempty"`
	// Statements is how many statements or requests the system was sent for
	// the type, and Took how long it took to answer them and to give the
	// records on; 0 where the source does not count.
	Statements uint64        `json:"statements,omitempty"`
	Took       time.Duration `json:"took,omitempty"`
}
