package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/store"
)

// The tables of a request file.
const (
	tableRequest  store.Table = "request"
	tablePlan     store.Table = "plan"
	tableAsk      store.Table = "ask"
	tableRecord   store.Table = "record"
	tableItem     store.Table = "item"
	tableCoverage store.Table = "coverage"
	tableAside    store.Table = "aside"
	tableManual   store.Table = "manual"
	tableScan     store.Table = "scan"
)

const onlyRow = "1"

// Request is one access request: who asked whom, about whom, for what.
type Request struct {
	// CaseNumber is the diary number of the request in the organisation's own
	// case register.
	CaseNumber string `json:"case_number"`
	// Controller is the id of the organisation that answers.
	Controller string `json:"controller"`
	// Purpose of the search where it is not plainly the right of access.
	Purpose string `json:"purpose"`
	// Requester says who asks: Self, or in what capacity somebody else does.
	Requester string       `json:"requester"`
	Subject   core.Subject `json:"subject"`
	Scope     Scope        `json:"scope"`
	// Received is the date of receipt. It starts the deadline and is the time
	// that the answer speaks of.
	Received time.Time `json:"received"`
	// Language of the answer: fi, sv or en.
	Language string    `json:"language"`
	Opened   time.Time `json:"opened"`
}

// Self is the requester who asks about himself or herself.
const Self = "self"

// Scope is what the person asked for, if not everything.
type Scope struct {
	// Systems limits the request to these systems; empty means all.
	Systems []string `json:"systems,omitempty"`
	// Period limits it to records of that time.
	Period core.Interval `json:"period,omitzero"`
	// Words are the person's own.
	Words string `json:"words,omitempty"`
}

// Validate tells what is missing from a request before it can be opened.
func (r Request) Validate() error {
	var problems []error
	if r.CaseNumber == "" {
		problems = append(problems, errors.New("case_number is missing: give the diary number under which the request is registered"))
	}
	if r.Received.IsZero() {
		problems = append(problems, errors.New("received is missing: give the date on which the request arrived"))
	}
	if len(r.Subject.Identifiers) == 0 {
		problems = append(problems, errors.New("subject has no identifier: give at least one beside the name"))
	}
	return errors.Join(problems...)
}

// Open makes a new request file for r and gives it.
func Open(ctx context.Context, s *store.Store, r Request) (*store.File, error) {
	return OpenAs(ctx, s, store.NewID(), r)
}

// OpenAs is Open with an id of store.NewID that was written down before.
func OpenAs(ctx context.Context, s *store.Store, id string, r Request) (*store.File, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	file, err := s.CreateAs(ctx, id, func(tx *store.Tx) error { return tx.Put(tableRequest, onlyRow, r) })
	if err != nil {
		return nil, fmt.Errorf("open a request file: %w", err)
	}
	return file, nil
}

// Load reads the request of a file.
func Load(ctx context.Context, file *store.File) (Request, error) {
	var r Request
	err := file.Get(ctx, tableRequest, onlyRow, &r)
	if errors.Is(err, store.ErrNotFound) {
		return Request{}, changed(file.ID(), tableRequest)
	}
	if err != nil {
		return Request{}, fmt.Errorf("read request %s: %w", file.ID(), err)
	}
	return r, nil
}
