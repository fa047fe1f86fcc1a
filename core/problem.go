package core

import (
	"errors"
	"slices"
	"time"
)

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

// Classes lists every class.
func Classes() []Class {
	return []Class{ClassConfig, ClassAuth, ClassTransient, ClassRateLimited, ClassPartial, ClassUnsupportedKey,
		ClassNeedsHuman, ClassData, ClassUnmapped, ClassTruncated, ClassBug, ClassCancelled, ClassDeadline}
}

// Known gives the class itself, and ClassBug for one that this version does
// not know: nobody can say what a later plugin's class takes away from an
// answer.
func (c Class) Known() Class {
	if slices.Contains(Classes(), c) {
		return c
	}
	return ClassBug
}

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

// Phases lists every phase.
func Phases() []Phase { return []Phase{PhaseStart, PhaseConfigure, PhaseCheck, PhaseSearch} }

// Origin is where a problem arose.
type Origin string

// The origins of problems.
const (
	OriginPlugin Origin = "plugin"
	OriginSystem Origin = "system" // the system that the plugin asks
	OriginHost   Origin = "host"
)

// Origins lists every origin.
func Origins() []Origin { return []Origin{OriginPlugin, OriginSystem, OriginHost} }

// Problem is something that went wrong with a source, in a form that people
// and the coordinator can act on. It is an error. Explain says it in the
// languages of the people who have to act.
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

// Equal tells whether two problems say the same.
func (p *Problem) Equal(q Problem) bool {
	return p.Class == q.Class && p.Phase == q.Phase && p.Origin == q.Origin && p.Message == q.Message &&
		p.ConfigPath == q.ConfigPath && p.RecordType == q.RecordType && p.RetryAfter == q.RetryAfter &&
		slices.Equal(p.Kinds, q.Kinds)
}

// Problems gives every *Problem in err, in order; err may be joined of
// several. Of an error without one it gives none.
func Problems(err error) []Problem {
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case nil:
		return nil
	case *Problem:
		return []Problem{*e}
	case interface{ Unwrap() []error }:
		var out []Problem
		for _, inner := range e.Unwrap() {
			out = append(out, Problems(inner)...)
		}
		return out
	default:
		return Problems(errors.Unwrap(err))
	}
}
