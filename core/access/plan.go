package access

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/name"
)

// Plan is what is to be done for one request: exactly one task for each
// system of the catalogue. It is stored before the first question, so that
// the coverage can be checked against it.
type Plan struct {
	Made time.Time `json:"made"`
	// CatalogueDigest is the SHA-256 of the catalogue that the plan was made
	// from.
	CatalogueDigest string `json:"catalogue_digest"`
	// Tasks are in the order in which the systems are asked: the shortest
	// retention first.
	Tasks []Task `json:"tasks"`
}

// Task is one system in one request: the keys it is asked with, or the
// outcome that it has unasked, and why.
type Task struct {
	System  string        `json:"system"`
	AnyOf   []core.KeySet `json:"any_of,omitempty"`
	Outcome core.Outcome  `json:"outcome,omitempty"`
	Reason  core.Reason   `json:"reason,omitzero"`
	Period  core.Interval `json:"period,omitzero"`
	// Source is the digest of the source's configuration.
	Source string `json:"source,omitempty"`
}

// digest tells one question from another: keys, period and source.
func (t Task) digest() (string, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("digest of the question to %s: %w", t.System, err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// Asked tells whether the system is asked.
func (t Task) Asked() bool { return t.Outcome == "" }

// Kinds are the kinds of identifier that leave for the system.
func (t Task) Kinds() []core.Kind { return core.Query{AnyOf: t.AnyOf}.Kinds() }

// Wiring tells which systems have a source, from the sources file. A system
// without an entry is not connected.
type Wiring map[string]Source

// Source is what a run must know of one system's source.
type Source struct {
	Connection Connection
	// Digest tells one configuration of the source from another: what was
	// answered through one is not an answer through the other.
	Digest string
}

// Connection is the state of one system's source.
type Connection int

// The states of a source.
const (
	NotConnected Connection = iota
	Connected
	SwitchedOff
)

// MakePlan plans a request. It is a pure function of its arguments: it asks
// nobody, and gives the same plan for the same request.
//
// A system gets only the kinds that the catalogue says it holds. A name alone
// is no key; beside another identifier it is one, except where every record
// of the system holds a better key that is known.
func MakePlan(r Request, c *catalogue.Catalogue, wiring Wiring, made time.Time) (*Plan, error) {
	if err := knownSystems(r.Scope, c); err != nil {
		return nil, err
	}
	digest, err := Digest(c)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Made: made.UTC(), CatalogueDigest: digest}
	for _, system := range c.Systems {
		plan.Tasks = append(plan.Tasks, planSystem(r, c.Organisation, system, wiring[system.ID], made))
	}
	urgency := map[string]int{}
	for _, system := range c.Systems {
		urgency[system.ID] = shortestRetention(system)
	}
	sort.SliceStable(plan.Tasks, func(i, j int) bool {
		return urgency[plan.Tasks[i].System] < urgency[plan.Tasks[j].System]
	})
	return plan, nil
}

// Digest gives the SHA-256 of a catalogue, in hexadecimal.
func Digest(c *catalogue.Catalogue) (string, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("digest of the catalogue: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

func knownSystems(s Scope, c *catalogue.Catalogue) error {
	for _, id := range s.Systems {
		if _, ok := c.System(id); !ok {
			return fmt.Errorf("the request is limited to system %q, which the catalogue does not have: see `sinusta catalogue show`", id)
		}
	}
	return nil
}

func planSystem(r Request, org catalogue.Organisation, system catalogue.System, source Source, made time.Time) Task {
	task := Task{System: system.ID, Period: r.Scope.Period, Source: source.Digest}
	unasked := func(o core.Outcome, reason core.Reason) Task {
		task.Outcome, task.Reason = o, reason
		return task
	}
	switch {
	case system.Outcome != "":
		return unasked(system.Outcome, core.Reason{Code: core.ReasonCatalogue})
	case len(r.Scope.Systems) > 0 && !slices.Contains(r.Scope.Systems, system.ID):
		return unasked(core.OutsideRequest, core.Reason{Code: core.ReasonOutOfScope})
	case source.Connection == SwitchedOff:
		return unasked(core.Disabled, core.Reason{Code: core.ReasonSourceDisabled})
	case source.Connection == NotConnected:
		return unasked(core.NotSearchable, core.Reason{Code: core.ReasonNoSource})
	}
	task.AnyOf = keySets(r.Subject, org, system, made)
	if len(task.AnyOf) > 0 {
		return task
	}
	var wanted []core.Kind
	for _, key := range system.SearchKeys {
		if key.Kind != core.Name && !slices.Contains(wanted, key.Kind) {
			wanted = append(wanted, key.Kind)
		}
	}
	code := core.ReasonNoUsableKey
	if !beyondName(r.Subject, org) {
		code = core.ReasonNameAlone
	}
	return unasked(core.NeedsMoreIdentifiers, core.Reason{Code: code, Kinds: wanted})
}

// keySets gives the keys of the subject that the system holds, each once.
func keySets(s core.Subject, org catalogue.Organisation, system catalogue.System, made time.Time) []core.KeySet {
	var sets []core.KeySet
	holds := map[core.Kind]bool{}
	better := false
	for _, key := range system.SearchKeys {
		holds[key.Kind] = true
		if key.Kind == core.Name || key.Kind == core.DateOfBirth {
			continue
		}
		for _, id := range s.Of(key.Kind) {
			if !usable(id, org) || !issuedBy(id, key.Issuer) {
				continue
			}
			sets = append(sets, core.KeySet{AllOf: []core.Identifier{forSource(id, key.Issuer)}})
			// A key that nobody checked, or that is no longer the person's, may
			// miss records that the name finds.
			better = better || key.EveryRecord && id.Assurance == core.Verified && !id.Former(made)
		}
	}
	if !holds[core.Name] || !beyondName(s, org) {
		return sets
	}
	for _, n := range s.Of(core.Name) {
		if n.Status == core.Malformed {
			continue
		}
		if !better {
			sets = append(sets, core.KeySet{AllOf: []core.Identifier{forSource(n, "")}})
			continue
		}
		if !holds[core.DateOfBirth] {
			continue
		}
		for _, born := range s.Of(core.DateOfBirth) {
			if usable(born, org) {
				sets = append(sets, core.KeySet{AllOf: []core.Identifier{forSource(n, ""), forSource(born, "")}})
			}
		}
	}
	return sets
}

// beyondName tells whether the subject is known by anything but a name.
func beyondName(s core.Subject, org catalogue.Organisation) bool {
	return slices.ContainsFunc(s.Identifiers, func(i core.Identifier) bool { return i.Kind != core.Name && usable(i, org) })
}

// usable tells whether an identifier may be a search key: a value that many
// share would fetch other people's records by the hundred.
func usable(i core.Identifier, org catalogue.Organisation) bool {
	switch i.Status {
	case core.Malformed, core.Incomplete, core.Generic:
		return false
	}
	return i.Value != "" && !identifier.IsGeneric(i, org.GenericValues)
}

// issuedBy tells whether an identifier may be one of the issuer's. An
// identifier of an unknown issuer may be anybody's.
func issuedBy(i core.Identifier, issuer string) bool {
	return i.Issuer == "" || issuer == "" || i.Issuer == issuer
}

// forSource gives an identifier as a source gets it: no raw text, with the
// forms to look for.
func forSource(i core.Identifier, issuer string) core.Identifier {
	if issuer != "" {
		i.Issuer = issuer
	}
	i.Raw = ""
	i.Forms = formsOf(i)
	return i
}

func formsOf(i core.Identifier) []core.Form {
	if i.Kind != core.Name {
		return identifier.Forms(i)
	}
	n, err := name.Parse(i.Value)
	if err != nil {
		return []core.Form{{Text: i.Value, Tier: core.TierExact}}
	}
	return name.Forms(n)
}

func shortestRetention(s catalogue.System) int {
	days := math.MaxInt
	for _, r := range s.Retention {
		if r.Days > 0 {
			days = min(days, r.Days)
		}
	}
	return days
}
