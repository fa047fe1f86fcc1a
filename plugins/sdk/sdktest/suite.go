package sdktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/host"
)

// Suite is what the author of a plugin knows and a test cannot: how it is
// started, and what its system holds. Only Plugin or Program is needed; every
// other member lets more be tried.
type Suite struct {
	// Plugin is the name that the plugin gives itself; with a Program it may
	// be left out.
	Plugin string
	// Program is the plugin's own program, and Transport how its connection is
	// guarded. Without it the plugin is a built-in one: Executable runs it as
	// `EXECUTABLE plugin serve NAME`; "" is the running program.
	Program    *host.Program
	Transport  host.Transport
	Executable string
	// Home is the plugin's working folder.
	Home string
	// System and Kind are the catalogue's id and kind of the system, and
	// Issuers gives the issuer of each local kind of identifier.
	System, Kind string
	Issuers      map[core.Kind]string
	// Timeout bounds one request to the system; 0 leaves it to the plugin.
	Timeout time.Duration

	// Works is a configuration that works, with a good account.
	Works *Setup
	// Finds are questions that find somebody; at least one is needed for most
	// checks. Two that find different records show that answers do not mix.
	Finds []Case
	// Nobody is a question by usable keys about a person whom the system does
	// not know.
	Nobody *Case
	// BadSecret is Works with a secret that the system refuses.
	BadSecret *Setup
	// Absent is a well-formed configuration of a system that is not there. The
	// text {listener} in it is replaced by the address, host:port, of a
	// listener that counts who connects.
	Absent *Setup

	// Empty is a question to a system that holds no record at all, One a
	// question that finds one record, Many one that finds some 100,000. Stream
	// finds 10,000 or more, for the checks that break an answer off; without
	// it they use Many, which takes longer.
	Empty, One, Many, Stream *Case
	// LargeValue is a record with a value of 5 MiB, and Encoded one with a
	// text that is no UTF-8.
	LargeValue, Encoded *ValueCase
	// Composed asks for one person with ä or ö composed, Decomposed with the
	// same letters decomposed; the system holds records in both forms.
	Composed, Decomposed *Case
	// Clock asks a system whose clock is wrong, Limited one that makes the
	// plugin wait, and Panics is a question at which the plugin panics.
	Clock, Limited, Panics *Case
	// Attachment can be fetched.
	Attachment *Attachment
	// Fields are the fields that the mapping fills, as sdk.RecordType has
	// them, after the type and a colon: "ticket:requester.email". Without them
	// those are taken that the plugin declares.
	Fields []string
	// Sessions counts the plugin's sessions in the system itself.
	Sessions func() (int, error)
	// Values are more values that no log may show: names and codes in the
	// records of the system.
	Values []string

	// Exempt gives, by the id of a check, the reason why the check cannot be
	// tried with this plugin.
	Exempt map[string]string
	// Strict fails a check that was not tried and is not exempt.
	Strict bool

	limits limits
}

// Setup is one configuration.
type Setup struct {
	Config  json.RawMessage
	Secrets map[string]string
}

// Case is a question and what it must find.
type Case struct {
	// Setup is the configuration; nil is the one that works.
	Setup *Setup
	Query core.Query
	// Refs are the records to be found, in any order. Without them Count is
	// how many.
	Refs  []string
	Count int
}

// ValueCase is a question that finds a record with a special value.
type ValueCase struct {
	Case
	// Ref and Field name the value: "title", "requester.name",
	// "comment/text".
	Ref, Field string
	// Text is the value as people read it, or Size its length in bytes. The
	// plugin may give it or withhold it; anything else is a change.
	Text string
	Size int
}

// Attachment is an attachment of the system.
type Attachment struct {
	// Setup is the configuration; nil is the one that works.
	Setup *Setup
	Ref   string
	Size  uint64
	// SHA256 is the digest of its bytes.
	SHA256 []byte
}

// limits are the bounds of the checks. The references' figures are for an idle
// machine; the slack is for a loaded one.
type limits struct {
	slack   time.Duration // beside the reference's bound
	stall   time.Duration // how long the reader stalls
	memory  int64         // growth of the plugin's memory meanwhile, in bytes
	many    int           // how many records are many
	patient time.Duration // for one check
}

// second is the reference's bound of an answer, a cancellation and an end.
const second = time.Second

func (s Suite) withDefaults() (Suite, error) {
	if s.Plugin == "" && s.Program == nil {
		return s, errors.New("the suite names no plugin and no program")
	}
	for id := range s.Exempt {
		if !exists(id) {
			return s, fmt.Errorf("the suite exempts %q, and there is no such check", id)
		}
	}
	if s.System == "" {
		s.System = "sdktest"
	}
	if s.Kind == "" {
		s.Kind = "ticketing"
	}
	if s.limits == (limits{}) {
		s.limits = limits{slack: 4 * time.Second, stall: 3 * time.Second, memory: 64 << 20, many: 100_000,
			patient: 3 * time.Minute}
	}
	return s, nil
}

// spec gives what the host starts a plugin with.
func (s Suite) spec(setup *Setup) host.Spec {
	spec := host.Spec{System: s.System, Kind: s.Kind, Plugin: s.Plugin, Program: s.Program, Transport: s.Transport, Issuers: s.Issuers, Timeout: s.Timeout}
	if setup != nil {
		spec.Config, spec.Secrets = setup.Config, setup.Secrets
	}
	return spec
}

// cases gives every question of the suite.
func (s Suite) cases() []Case {
	out := append([]Case(nil), s.Finds...)
	for _, c := range []*Case{s.Nobody, s.Empty, s.One, s.Many, s.Stream, s.Composed, s.Decomposed, s.Clock, s.Limited, s.Panics} {
		if c != nil {
			out = append(out, *c)
		}
	}
	for _, c := range []*ValueCase{s.LargeValue, s.Encoded} {
		if c != nil {
			out = append(out, c.Case)
		}
	}
	return out
}

// setups gives every configuration of the suite.
func (s Suite) setups() []*Setup {
	out := []*Setup{s.Works, s.BadSecret, s.Absent}
	for _, c := range s.cases() {
		out = append(out, c.Setup)
	}
	if s.Attachment != nil {
		out = append(out, s.Attachment.Setup)
	}
	return out
}
