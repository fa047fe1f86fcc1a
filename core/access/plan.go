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
	// Due is the last day of a search that people make, zero for none.
	Due time.Time `json:"due,omitzero"`
	// Owners is the digest of how the owner of the system's records is read,
	// empty where it is not mixed: what was referred is asked again when that changes.
	Owners string `json:"owners,omitempty"`
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
// Who is controller is judged as of the day of receipt: a system whose
// controller has changed since is answered for by the one of that day, and one
// that passed on before is referred to the successor.
//
// A system gets only the kinds that the catalogue says it holds. A name alone
// is no key; beside another identifier it is one, except where every record
// of the system holds a better key that is known. The number of an organisation
// is a key only of its sole trader; everybody else in it is looked for by name
// and that number together.
func MakePlan(r Request, c *catalogue.Catalogue, wiring Wiring, made time.Time) (*Plan, error) {
	digest, err := Digest(c)
	if err != nil {
		return nil, err
	}
	return makePlan(r, c, digest, wiring, made)
}

// makePlan is MakePlan for a catalogue whose digest is known.
func makePlan(r Request, c *catalogue.Catalogue, digest string, wiring Wiring, made time.Time) (*Plan, error) {
	if err := knownSystems(r.Scope, c); err != nil {
		return nil, err
	}
	plan := &Plan{Made: made.UTC(), CatalogueDigest: digest}
	for _, system := range c.Systems {
		plan.Tasks = append(plan.Tasks, planSystem(r, c.Organisation, system, wiring[system.ID], made))
	}
	urgency := map[string]int{}
	for _, system := range c.Systems {
		urgency[system.ID] = shortestRetention(system, catalogue.Day(made))
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
	task := Task{System: system.ID, Period: r.Scope.Period, Source: source.Digest, Due: system.Manual.Due(r.Received), Owners: ownersDigest(org, system)}
	unasked := func(o core.Outcome, reason core.Reason) Task {
		task.Outcome, task.Reason, task.Owners = o, reason, ""
		return task
	}
	received := catalogue.Day(r.Received)
	if r.Received.IsZero() {
		received = catalogue.Day(made)
	}
	stated := system.Outcome
	if stated == core.OtherController && system.AnswersBy(org, received) {
		stated = "" // then, the organisation was the controller
	}
	switch {
	case stated != "" && stated != core.ManualPending:
		return unasked(stated, core.Reason{Code: core.ReasonCatalogue})
	case len(system.SuccessorsOn(org, received)) > 0:
		return unasked(core.OtherController, core.Reason{Code: core.ReasonSuccessor})
	case len(r.Scope.Systems) > 0 && !slices.Contains(r.Scope.Systems, system.ID):
		return unasked(core.OutsideRequest, core.Reason{Code: core.ReasonOutOfScope})
	case stated == core.ManualPending: // a search, though no machine makes it
		return unasked(system.Outcome, core.Reason{Code: core.ReasonCatalogue})
	case source.Connection == SwitchedOff:
		return unasked(core.Disabled, core.Reason{Code: core.ReasonSourceDisabled})
	case source.Connection == NotConnected:
		return unasked(core.NotSearchable, core.Reason{Code: core.ReasonNoSource})
	}
	if system.Procedure.TimeOfContact && !contactGiven(r.Subject, system) {
		return unasked(core.NeedsMoreIdentifiers, core.Reason{Code: core.ReasonNoUsableKey, Kinds: []core.Kind{core.TimeOfContact}})
	}
	task.AnyOf = keySets(r.Subject, org, system, made)
	if len(task.AnyOf) > 0 {
		return task
	}
	var wanted []core.Kind
	for _, key := range system.SearchKeys {
		if key.Kind != core.Name && !slices.Contains(wanted, key.Kind) && !slices.ContainsFunc(r.Subject.Of(key.Kind), theirs) {
			wanted = append(wanted, key.Kind)
		}
	}
	code := core.ReasonNoUsableKey
	if !beyondName(r.Subject, org) {
		code = core.ReasonNameAlone
	}
	return unasked(core.NeedsMoreIdentifiers, core.Reason{Code: code, Kinds: wanted})
}

// ownersDigest digests how the owner of a system's records is read.
func ownersDigest(org catalogue.Organisation, system catalogue.System) string {
	o := system.Ownership
	if o.Field == "" {
		return ""
	}
	words := slices.Concat([]string{o.Field, o.Missing, org.BusinessID}, org.Names(), []string{"own"}, o.Own, []string{"others"}, o.Others)
	h := sha256.New()
	for _, w := range words {
		fmt.Fprintf(h, "%d:%s", len(w), w)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// keySets gives the keys of the subject that the system holds, each once.
func keySets(s core.Subject, org catalogue.Organisation, system catalogue.System, made time.Time) []core.KeySet {
	var sets []core.KeySet
	held := holds(system)
	better := false
	for _, key := range system.SearchKeys {
		if key.Kind == core.Name || key.Kind == core.DateOfBirth {
			continue
		}
		for _, id := range s.Of(key.Kind) {
			if !usable(id, org) || !issuedBy(id, key.Issuer) || !id.Personal() || key.Kind == core.Address || tooLong(id, key) {
				continue
			}
			if key.Kind == core.TimeOfContact {
				sets = append(sets, contactKeys(id, s, org, held)...)
				continue
			}
			sets = append(sets, core.KeySet{AllOf: []core.Identifier{forSource(id, key.Issuer)}})
			// A key that nobody checked, or that is no longer the person's, may
			// miss records that the name finds.
			better = better || key.EveryRecord && id.Assurance == core.Verified && !id.Former(made)
		}
	}
	return spelt(append(sets, nameSets(s, org, held, better)...), org)
}

// spelt adds the spellings that the organisation's systems use.
func spelt(sets []core.KeySet, org catalogue.Organisation) []core.KeySet {
	house := House(org)
	for _, set := range sets {
		for n, id := range set.AllOf {
			if id.Kind == core.BusinessID {
				set.AllOf[n].Forms = house.Forms(id)
			}
		}
	}
	return sets
}

// House gives what an organisation says of spellings.
func House(org catalogue.Organisation) identifier.House {
	return identifier.House{BusinessForms: org.BusinessIDForms, Places: org.PlaceNames}
}

// theirs tells whether an identifier is of an organisation in which the person
// is known: to give it once more would not help.
func theirs(i core.Identifier) bool { return !i.Personal() }

// holds gives the kinds that a system is searched by.
func holds(system catalogue.System) map[core.Kind]bool {
	out := map[core.Kind]bool{}
	for _, key := range system.SearchKeys {
		out[key.Kind] = true
	}
	return out
}

// nameSets gives the keys that hold the subject's name: by itself, where
// nothing better is known; beside the date of birth; and beside the number of
// an organisation in which the person has or had a capacity, never that number
// alone, for its records are those of everybody in it.
func nameSets(s core.Subject, org catalogue.Organisation, held map[core.Kind]bool, better bool) []core.KeySet {
	var sets []core.KeySet
	if !held[core.Name] {
		return nil
	}
	alone := !better && beyondName(s, org)
	for _, n := range s.Of(core.Name) {
		if n.Status == core.Malformed {
			continue
		}
		if alone {
			sets = append(sets, core.KeySet{AllOf: []core.Identifier{forSource(n, "")}})
			continue // which finds what more would find
		}
		for _, other := range s.Identifiers {
			beside := other.Kind == core.DateOfBirth && beyondName(s, org) || !other.Personal() && other.Capacity != ""
			if beside && held[other.Kind] && usable(other, org) {
				sets = append(sets, core.KeySet{AllOf: []core.Identifier{forSource(n, ""), forSource(other, "")}})
			}
		}
	}
	return sets
}

// contactKeys gives the keys by a time of contact: beside the number or address
// that the person used and the system holds, else by itself. A person looks at
// what is found by itself.
func contactKeys(id core.Identifier, s core.Subject, org catalogue.Organisation, held map[core.Kind]bool) []core.KeySet {
	contact, ok := identifier.ContactOf(id)
	if !ok {
		return nil
	}
	var beside []core.Identifier
	if used := contact.Used; used.Value != "" && held[used.Kind] && usable(used, org) {
		beside = append(beside, used)
	} else if used.Value == "" {
		for _, own := range append(s.Of(core.Phone), s.Of(core.Email)...) {
			if held[own.Kind] && usable(own, org) {
				beside = append(beside, own)
			}
		}
	}
	if len(beside) == 0 {
		return []core.KeySet{{AllOf: []core.Identifier{forSource(id, "")}}}
	}
	var sets []core.KeySet
	for _, own := range beside {
		sets = append(sets, core.KeySet{AllOf: []core.Identifier{forSource(id, ""), forSource(own, "")}})
	}
	return sets
}

// contactGiven tells whether the person told when the contact was, and no
// longer a time than the system can be searched by.
func contactGiven(s core.Subject, system catalogue.System) bool {
	n := slices.IndexFunc(system.SearchKeys, func(k catalogue.SearchKey) bool { return k.Kind == core.TimeOfContact })
	return slices.ContainsFunc(s.Of(core.TimeOfContact), func(i core.Identifier) bool { return n < 0 || !tooLong(i, system.SearchKeys[n]) })
}

// tooLong tells whether a time of contact spans more than the system can be
// searched by.
func tooLong(id core.Identifier, key catalogue.SearchKey) bool {
	contact, ok := identifier.ContactOf(id)
	return ok && key.LongestHours > 0 && contact.Length() > time.Duration(key.LongestHours)*time.Hour
}

// beyondName tells whether the subject is known by anything but a name. The
// number of somebody's organisation, an address and a time of contact are
// shared with others, and do not make a name a key.
func beyondName(s core.Subject, org catalogue.Organisation) bool {
	return slices.ContainsFunc(s.Identifiers, func(i core.Identifier) bool {
		switch i.Kind {
		case core.Name, core.Address, core.TimeOfContact:
			return false
		}
		return i.Personal() && usable(i, org)
	})
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

// shortestRetention gives the shortest period in force on the ISO day, in days.
func shortestRetention(s catalogue.System, day string) int {
	days := math.MaxInt
	for _, r := range s.Retention {
		if r.Days > 0 && catalogue.InForce(r.From, r.To, day) {
			days = min(days, r.Days)
		}
	}
	return days
}
