package core

import "time"

// Outcome is what became of one system in one request. The coordinator alone
// decides it.
type Outcome string

// The outcomes. Every system of the catalogue has exactly one in each request.
const (
	Found                Outcome = "found"                  // an item remains after matching
	NoneFound            Outcome = "none"                   // searched whole, nothing of this person
	Partial              Outcome = "partial"                // searched in part
	SearchFailed         Outcome = "failed"                 // no answer that proves anything
	TimedOut             Outcome = "timed_out"              // no answer in time
	Disabled             Outcome = "disabled"               // the source is switched off
	NeedsMoreIdentifiers Outcome = "needs_more_identifiers" // no key that the system can use
	NotSearchable        Outcome = "not_searchable"         // no source is connected
	NotStored            Outcome = "not_stored"             // the data are never stored
	NotIdentifiable      Outcome = "not_identifiable"       // the data cannot be tied to a person (GDPR Art. 11)
	OutsideRequest       Outcome = "outside_request"        // the person did not ask for it
	ManualPending        Outcome = "manual_pending"         // somebody has yet to look
	ManualFound          Outcome = "manual_found"
	ManualNone           Outcome = "manual_none"
	OtherController      Outcome = "other_controller"   // another controller answers for it
	DescribedOnly        Outcome = "described_only"     // named in a description, no such system is known
	ExcludedByPolicy     Outcome = "excluded_by_policy" // the organisation's decision (log data)
)

// Outcomes lists every outcome.
func Outcomes() []Outcome {
	return []Outcome{Found, NoneFound, Partial, SearchFailed, TimedOut, Disabled, NeedsMoreIdentifiers,
		NotSearchable, NotStored, NotIdentifiable, OutsideRequest, ManualPending, ManualFound, ManualNone,
		OtherController, DescribedOnly, ExcludedByPolicy}
}

// Final tells whether an answer may be given on this outcome without a signed
// exception.
func (o Outcome) Final() bool {
	switch o {
	case Partial, SearchFailed, TimedOut, Disabled, NeedsMoreIdentifiers, NotSearchable, ManualPending, "":
		return false
	default:
		return true
	}
}

// Searched tells whether the system was examined, wholly or in part.
func (o Outcome) Searched() bool { return o == Found || o == NoneFound || o == Partial }

// Coverage is what became of one system in one request.
type Coverage struct {
	System  string  `json:"system"`
	Outcome Outcome `json:"outcome"`
	// AskedWith are the kinds of identifier that left for the system.
	AskedWith []Kind `json:"asked_with"`
	// Asked is when the system was first asked in this search, zero if it was
	// not: its data are told as of then.
	Asked time.Time `json:"asked,omitzero"`
	// Records is how many records the system answered with.
	Records int           `json:"records"`
	Took    time.Duration `json:"took"`
	Reason  Reason        `json:"reason,omitzero"`
	// Types tells for each record type of the system whether it was examined.
	Types []TypeCount `json:"types,omitempty"`
	// LeftOut is what the source's mapping leaves out on purpose.
	LeftOut []LeftOut `json:"left_out,omitempty"`
	// Problems are what the source and the host met on the way, each once.
	Problems []Problem `json:"problems,omitempty"`
	// Referred is how many records, and parts of records, are another
	// controller's: they are referred to it and never shown. ReferredTypes
	// counts them by type. Both are for the organisation: whether another
	// controller has data about the person is for that controller to tell.
	Referred      int            `json:"referred,omitempty"`
	ReferredTypes map[string]int `json:"referred_types,omitempty"`
	// Due is the last day of a search that people make, zero for none.
	Due time.Time `json:"due,omitzero"`
	// Attempts are the calls of the source, the last ones where there were
	// many.
	Attempts []Attempt `json:"attempts,omitempty"`
	// RetryAt is when the system may be asked again, where it made us wait
	// longer than the search could.
	RetryAt time.Time `json:"retry_at,omitzero"`
	// Manual is what people answered who searched the system, nil while they
	// have not, and for any other system.
	Manual *ManualSearch `json:"manual,omitempty"`
}

// ManualSearch is the answer of people who searched a system.
type ManualSearch struct {
	// Answered is when the answer was handed in, and By the function that
	// searched.
	Answered time.Time `json:"answered"`
	By       string    `json:"by"`
	// Files counts the scanned files that were handed in.
	Files int `json:"files,omitempty"`
}

// Overdue tells whether the answer of people is still missing after its last
// day.
func (c Coverage) Overdue(now time.Time) bool {
	return c.Outcome == ManualPending && !c.Due.IsZero() && !now.Before(c.Due.AddDate(0, 0, 1))
}

// Attempt is one call of a source in one request.
type Attempt struct {
	// Number counts the calls from 1.
	Number  int           `json:"number"`
	Started time.Time     `json:"started"`
	Took    time.Duration `json:"took,omitempty"`
	// Resumed tells that it went on from a checkpoint.
	Resumed bool `json:"resumed,omitempty"`
	// End is how it ended; empty while it goes on, and for ever where the
	// search itself was killed.
	End AttemptEnd `json:"end,omitempty"`
	// Class and Origin say why it failed.
	Class  Class  `json:"class,omitempty"`
	Origin Origin `json:"origin,omitempty"`
	// Wait is how long the search then waits before the next call.
	Wait time.Duration `json:"wait,omitempty"`
}

// AttemptEnd is how a call of a source ended.
type AttemptEnd string

// The ends of a call.
const (
	AttemptAnswered AttemptEnd = "answered" // with a closing message, whatever it says
	AttemptFailed   AttemptEnd = "failed"
	AttemptStopped  AttemptEnd = "stopped" // somebody stopped the search
)

// Reason says why an outcome is what it is. Its text in each language is the
// report's; it holds no personal data.
type Reason struct {
	Code ReasonCode `json:"code,omitempty"`
	// Kinds are the kinds of identifier that the reason speaks of.
	Kinds []Kind `json:"kinds,omitempty"`
	// Types are the record types that the reason speaks of.
	Types []string `json:"types,omitempty"`
}

// ReasonCode names a reason.
type ReasonCode string

// The reasons of outcomes.
const (
	ReasonNoSource        ReasonCode = "no_source"          // no source is configured for the system
	ReasonSourceDisabled  ReasonCode = "source_disabled"    // the sources file switches it off
	ReasonNameAlone       ReasonCode = "name_alone"         // a name is no key by itself
	ReasonNoUsableKey     ReasonCode = "no_usable_key"      // the system is searched by kinds that were not given
	ReasonTypesUnexamined ReasonCode = "types_unexamined"   // some record types could not be searched with these keys
	ReasonKeysNotCovered  ReasonCode = "keys_not_covered"   // the source cannot search by a key that the catalogue names
	ReasonOutOfScope      ReasonCode = "out_of_scope"       // the person limited the request
	ReasonCatalogue       ReasonCode = "catalogue"          // the catalogue states the outcome and its reason
	ReasonSuccessor       ReasonCode = "controller_changed" // another controller answered on the day of receipt
	ReasonOwnerUntold     ReasonCode = "owner_untold"       // the source of a mixed system does not tell whose the records are
	ReasonAuth            ReasonCode = "auth"               // the system refused the account
	ReasonConfig          ReasonCode = "config"             // the source is configured wrongly
	ReasonUnavailable     ReasonCode = "unavailable"        // the system did not answer
	ReasonTimeout         ReasonCode = "timeout"            // the system did not answer in time
	ReasonRateLimited     ReasonCode = "rate_limited"       // the system asked to wait longer than we may
	ReasonNoCompletion    ReasonCode = "no_completion"      // the answer ended without its closing message
	ReasonBadCompletion   ReasonCode = "bad_completion"     // the closing message does not agree with the answer
	ReasonUnmapped        ReasonCode = "unmapped"           // the system holds columns or types that nobody has mapped
	ReasonIncomplete      ReasonCode = "incomplete"         // a part of the system could not be examined
	ReasonTruncated       ReasonCode = "truncated"          // the answer reached its bound
	ReasonSource          ReasonCode = "source"             // the source said that it was partial or failed
	ReasonBug             ReasonCode = "bug"                // the plugin broke
	ReasonCancelled       ReasonCode = "cancelled"          // somebody stopped the run
)
