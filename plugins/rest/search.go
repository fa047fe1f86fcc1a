package restsource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// sink is what a search tells: *sdk.Out.
type sink interface {
	Emit(r core.Record) error
	Checkpoint(c core.Checkpoint) error
	Notice(p core.Problem) error
	Examined(t core.TypeCount)
	accounts
}

// accounts takes how far a search went.
type accounts interface {
	LeftOut(list []core.LeftOut)
	Progress(examined uint64)
	Waiting(until time.Time) error
}

// Search asks the service by every key set of q, compares what comes, and
// gives the records that are hits as they come.
func (i *instance) Search(ctx context.Context, q core.Query, out *sdk.Out) error {
	return i.search(ctx, q, out)
}

func (i *instance) search(ctx context.Context, q core.Query, out sink) error {
	r := &run{asker: &asker{instance: i, waiting: out.Waiting}, query: q, out: out, told: map[string]bool{}, emitted: map[string]digest{}, question: i.questionOf(q)}
	r.from = i.resumed(q, r.question)
	if i.config.NotIdentifiable != "" {
		return r.tell(core.Problem{Class: core.ClassUnsupportedKey, Origin: core.OriginSystem, ConfigPath: "not_identifiable",
			Message: "nothing in this system can be tied to a person, so nothing was asked; state the outcome not_identifiable in the catalogue and take the source away"})
	}
	out.LeftOut(i.leftOut)
	for _, t := range i.plans {
		if len(q.Types) > 0 && !slices.Contains(q.Types, t.profile.Name) {
			continue
		}
		if err := r.recordType(ctx, t); err != nil {
			return err
		}
	}
	return r.verify(ctx)
}

// run is one search.
type run struct {
	*asker
	query    core.Query
	out      sink
	told     map[string]bool
	emitted  map[string]digest
	examined uint64

	// question is the digest of what is asked, from is where an earlier search
	// of it stopped, and calls is how many calls were read to their end.
	question []byte
	from     cursor
	calls    int
}

// tell gives a notice once.
func (r *run) tell(p core.Problem) error {
	id := fmt.Sprint(p.Class, p.RecordType, p.ConfigPath, p.Message)
	if r.told[id] {
		return nil
	}
	r.told[id] = true
	return r.out.Notice(p)
}

func (r *run) recordType(ctx context.Context, t *typePlan) error {
	count := core.TypeCount{Type: t.profile.Name}
	sets, needs := t.recordType().Usable(r.query)
	if len(sets) == 0 {
		count.Needs = needs
		r.out.Examined(count)
		return nil
	}
	count.Examined, count.Kinds = true, core.Query{AnyOf: sets}.Kinds()
	began, before := time.Now(), r.sent
	s := &typeSearch{run: r, t: t, matcher: places.New(sets, r.issuers), count: &count}
	defer func() {
		count.Statements, count.Took = r.sent-before, time.Since(began)
		r.out.Examined(count)
	}()
	for _, set := range sets {
		for _, p := range t.searches {
			if err := s.ask(ctx, p, set); err != nil {
				return err
			}
		}
	}
	return nil
}

// typeSearch is the search of one record type.
type typeSearch struct {
	*run
	t       *typePlan
	matcher *places.Matcher
	count   *core.TypeCount
	strays  int
}

// ask asks by one key set in one of the declared ways, if it has the kinds.
func (s *typeSearch) ask(ctx context.Context, p *searchPlan, set core.KeySet) error {
	ids := map[core.Kind]core.Identifier{}
	for _, id := range set.AllOf {
		ids[id.Kind] = id
	}
	own := map[core.Kind]core.Identifier{}
	for _, kind := range p.kinds {
		id, has := ids[kind]
		if !has {
			return nil
		}
		own[kind] = id
	}
	b := &builder{base: s.endpoint.base, plan: p.requestPlan, ids: own, most: s.endpoint.limits.Requests, zone: s.zone}
	calls := b.calls()
	if err := s.unasked(p, b, len(calls)); err != nil {
		return err
	}
	s.strays = 0
	for n := range calls {
		if s.calls < s.from.Done {
			s.calls++
			continue
		}
		l := &list{asker: s.asker, t: s.t, tell: s.tell, passed: s.passed}
		if s.calls == s.from.Done {
			l.at = s.from.Place
		}
		err := l.each(ctx, &calls[n], func(out *answer, node any) error { return s.consider(ctx, p, out.call, node) })
		if err != nil {
			return err
		}
		s.calls++
		if err := s.passed(nil); err != nil {
			return err
		}
	}
	if s.strays == 0 {
		return nil
	}
	err := s.tell(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: s.t.profile.Name, ConfigPath: p.path, Kinds: p.kinds,
		Message: fmt.Sprintf("the service gave %d records that hold nothing of what was asked for; none of them was taken: it does not honour the filter, "+
			"or compares a member that it does not give. Correct the parameter, or map the member that holds the identifier", s.strays)})
	if s.strays = 0; err != nil {
		return err
	}
	return s.passed(nil)
}

// passed says how far the search went, unless there is something to be told
// first, which would be lost with what is not asked for again.
func (s *typeSearch) passed(p *place) error {
	if s.strays > 0 {
		return nil
	}
	return s.checkpoint(p)
}

// unasked tells of spellings that were not asked for.
func (s *typeSearch) unasked(p *searchPlan, b *builder, calls int) error {
	switch {
	case b.cut:
		return s.tell(core.Problem{Class: core.ClassPartial, Origin: core.OriginPlugin, RecordType: s.t.profile.Name, ConfigPath: "limits.requests", Kinds: p.kinds,
			Message: "there are more spellings than requests allowed for one question; some were not asked for: raise the bound, or say `as: normal`"})
	case b.refused > 0 || calls == 0:
		return s.tell(core.Problem{Class: core.ClassPartial, Origin: core.OriginPlugin, RecordType: s.t.profile.Name, ConfigPath: p.path, Kinds: p.kinds,
			Message: "an identifier, or a spelling of one, cannot be written in a request to this service (it has signs that lead out of a value, or no form of this type) and was not asked for; look it up in the system"})
	}
	return nil
}

// consider compares one record, and gives it if it is a hit.
func (s *typeSearch) consider(ctx context.Context, p *searchPlan, c *call, node any) error {
	if s.examined++; s.examined%1000 == 0 {
		s.out.Progress(s.examined)
	}
	keys, ok := keysOfNode(s.t.key, node)
	if !ok && p.Owned != "" && len(s.t.key) == 0 {
		keys, ok = []string{c.own.Value}, true
	}
	if !ok {
		return s.tell(notice(core.ClassPartial, s.t, s.t.path+".key", "a record has no key where the mapping says, and was left out; correct the mapping"))
	}
	ref, sum := refOf(s.t.profile.Name, keys), digestOf(node)
	if known, done := s.emitted[ref]; done {
		if known != sum {
			return s.tell(notice(core.ClassPartial, s.t, s.t.path+".key", "two records have one key, or one changed while it was read; the second was left out: name all members that identify a record, or search again"))
		}
		return nil
	}
	whole, err := s.whole(ctx, keys, node)
	if err != nil || whole == nil {
		return err
	}
	d := &drafter{t: s.t, zone: s.zone, asked: c.own}
	draft := d.draft(whole, keys)
	loaded := false
	matched := s.matched(p, c, draft)
	if len(matched) == 0 && p.InParts {
		if err := s.loadParts(ctx, d, draft); err != nil {
			return err
		}
		loaded = true
		matched = s.matched(p, c, draft)
	}
	if err := s.tellGaps(draft); err != nil {
		return err
	}
	if len(matched) == 0 {
		if !explained(c, draft, node, whole) {
			s.strays++
		}
		return nil
	}
	if !loaded {
		if err := s.loadParts(ctx, d, draft); err != nil {
			return err
		}
	}
	if err := s.tellGaps(draft); err != nil {
		return err
	}
	s.emitted[ref] = sum
	if !draft.inPeriod(s.query.Period) {
		return nil
	}
	draft.MatchedBy = matched
	s.count.Matched++
	return s.out.Emit(draft.Record)
}

// whole reads a record by its key where lists give only a part of it. It gives
// nil when the record is gone.
func (s *typeSearch) whole(ctx context.Context, keys []string, node any) (any, error) {
	if s.t.record == nil {
		return node, nil
	}
	found, err := s.one(ctx, s.t.record, keys)
	if lesser(err) {
		return nil, s.tell(notice(core.ClassPartial, s.t, s.t.record.path, "a record that was found could not be read; look it up in the system, or have its owner give the account the right to read"))
	}
	if err == nil && found == nil {
		err = s.tell(notice(core.ClassPartial, s.t, s.t.record.path, "a record went away while it was read; search again"))
	}
	return found, err
}

// one reads a single record.
func (a *asker) one(ctx context.Context, p *requestPlan, keys []string) (any, error) {
	b := &builder{base: a.endpoint.base, plan: p, keys: [2][]string{keys}, most: 1}
	calls := b.calls()
	if len(calls) == 0 {
		return nil, sdk.DataError("a key of a record cannot stand in an address", errors.New("key"))
	}
	out, err := a.ask(ctx, &calls[0])
	if err != nil {
		return nil, err
	}
	list, err := a.records(out)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// lesser tells whether an error concerns one record alone, so that the search
// goes on.
func lesser(err error) bool {
	var p *core.Problem
	return errors.As(err, &p) && oneOf(string(p.Class), string(core.ClassConfig), string(core.ClassAuth), string(core.ClassData), string(core.ClassPartial))
}

func (s *typeSearch) matched(p *searchPlan, c *call, d *draft) []core.Match {
	if p.Owned == "" {
		return s.matcher.Matches(d.places)
	}
	match := core.Match{Kind: c.own.Kind, Issuer: c.own.Issuer, Tier: core.TierExact}
	for _, party := range s.t.parties {
		for _, f := range party.fields {
			for _, m := range f.members {
				if m.Asked == string(c.own.Kind) {
					match.Slot, match.Field = party.slot.Name, f.profile.Name
				}
			}
		}
	}
	return []core.Match{match}
}

// loadParts adds the parts that requests of their own give.
func (s *typeSearch) loadParts(ctx context.Context, d *drafter, draft *draft) error {
	for _, p := range s.t.parts {
		if p.request == nil {
			continue
		}
		b := &builder{base: s.endpoint.base, plan: p.request, keys: [2][]string{draft.keys}, most: 1}
		calls := b.calls()
		keyless := len(calls) == 0
		for n := range calls {
			err := s.each(ctx, s.t, &calls[n], s.tell, func(_ *answer, node any) error {
				keyless = d.parts(draft, p, []any{node}) > 0 || keyless
				return nil
			})
			if lesser(err) {
				err = s.tell(notice(core.ClassPartial, s.t, p.path, "the parts (%s) of a record could not be read; look them up in the system, or have its owner give the account the right to read", p.profile.Name))
			}
			if err != nil {
				return err
			}
		}
		if keyless {
			if err := s.tellKeyless(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *typeSearch) tellKeyless(p *partPlan) error {
	return s.tell(notice(core.ClassPartial, s.t, p.path+".key", "a part (%s) has no key where the mapping says, and was left out; correct the mapping", p.profile.Name))
}

// tellGaps tells of what a record holds and nobody mapped.
func (s *typeSearch) tellGaps(d *draft) error {
	for _, name := range d.unmapped {
		if err := s.tell(unmappedNotice(s.t, name)); err != nil {
			return err
		}
	}
	for _, path := range d.codes {
		if err := s.tell(notice(core.ClassUnmapped, s.t, path+".slots", "a person has a code that nobody mapped to a slot; what stands beside it is withheld until somebody does")); err != nil {
			return err
		}
	}
	for _, p := range d.keyless {
		if err := s.tellKeyless(p); err != nil {
			return err
		}
	}
	if d.untimed && s.matcher != nil && slices.Contains(s.matcher.Kinds(), core.TimeOfContact) {
		if err := s.tell(notice(core.ClassPartial, s.t, s.t.path+".fields.time_of_contact", "a record has a time of contact that is not in the form that the mapping names, so it was not compared by it; correct the mapping")); err != nil {
			return err
		}
	}
	if d.noTime {
		return s.tell(notice(core.ClassData, s.t, s.t.path+".time", "a record's time is not in the form that the mapping names; the record has no time"))
	}
	return nil
}

func unmappedNotice(t *typePlan, name string) core.Problem {
	return notice(core.ClassUnmapped, t, t.path, "the member %s is neither mapped nor ignored; map it to a field, or put it under ignore with a reason", name)
}

// explained tells whether something of what was asked for stands in a record
// that is no hit: then a coarse question found it.
func explained(c *call, d *draft, nodes ...any) bool {
	if len(c.texts) == 0 && c.contact.IsZero() || near(c, d) {
		return true
	}
	holds := func(s string) bool {
		s = folded(s)
		return slices.ContainsFunc(c.texts, func(text string) bool { return text == "" || strings.Contains(s, text) })
	}
	for _, node := range nodes {
		for _, l := range leaves(node, nil, nil) {
			if text, has := plain(l.value); has && holds(text) {
				return true
			}
		}
	}
	for _, p := range d.Parts {
		for _, f := range p.Fields {
			if holds(f.Value.Plain()) {
				return true
			}
		}
	}
	for _, p := range d.places {
		for _, h := range p.Holds {
			if slices.ContainsFunc(h.Texts, holds) {
				return true
			}
		}
	}
	return false
}
