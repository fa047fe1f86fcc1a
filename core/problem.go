package core

import "time"

// Class is the class of a problem, by what is to be done about it.
type Class string

// The classes of problems (reference: recovery intent first).
const (
	ClassConfig         Class = "config"          // a bad value, a missing table: correct the sources file
	ClassAuth           Class = "auth"            // the system refuses the account: its owner acts
	ClassTransient      Class = "transient"       // try again
	ClassRateLimited    Class = "rate-limited"    // wait, then go on
	ClassPartial        Class = "partial"         // one table or row is unreadable: go on, say so
	ClassUnsupportedKey Class = "unsupported-key" // the system cannot be searched by that kind
	ClassNeedsHuman     Class = "needs-human"     // somebody has to look
	ClassData           Class = "data"            // a record breaks its declared shape
	ClassUnmapped       Class = "unmapped"        // the system holds something that nobody mapped
	ClassTruncated      Class = "truncated"       // the answer reached a bound
	ClassBug            Class = "bug"             // the plugin or the host broke
	ClassCancelled      Class = "cancelled"
	ClassDeadline       Class = "deadline"
)

// Phase is when a problem arose.
type Phase string

// The phases of a source's life.
const (
	PhaseStart     Phase = "start"
	PhaseConfigure Phase = "configure"
	PhaseCheck     Phase = "check"
	PhaseSearch    Phase = "search"
	PhaseDiscover  Phase = "discover"
	PhaseFetch     Phase = "fetch"
)

// Origin is where a problem arose.
type Origin string

// The origins of problems.
const (
	OriginPlugin Origin = "plugin"
	OriginSystem Origin = "system" // the system that the plugin asks
	OriginHost   Origin = "host"
)

// Problem is something that went wrong with a source, in a form that people
// and the coordinator can act on. It is an error.
//
// No member may hold a value of a record or of an identifier.
type Problem struct {
	Class  Class  `json:"class"`
	Phase  Phase  `json:"phase,omitempty"`
	Origin Origin `json:"origin,omitempty"`
	// Message says in English what happened and what to do.
	Message string `json:"message,omitempty"`
	// ConfigPath is the path of the faulty setting below the source's
	// `config:`, such as types.ticket.parties[0].fields.email.
	ConfigPath string `json:"config_path,omitempty"`
	RecordType string `json:"record_type,omitempty"`
	// Kinds are the kinds of identifier concerned.
	Kinds []Kind `json:"kinds,omitempty"`
	// RetryAfter is how long the system asks to wait.
	RetryAfter time.Duration `json:"retry_after,omitempty"`
}

// Error gives the message, with the place in the configuration if known.
func (p *Problem) Error() string {
	if p.ConfigPath != "" {
		return p.ConfigPath + ": " + p.Message
	}
	return p.Message
}
