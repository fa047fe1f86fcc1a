package ldapsource

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// sink takes what a search finds; it is what *sdk.Out does.
type sink interface {
	Emit(core.Record) error
	Notice(core.Problem) error
	Examined(core.TypeCount)
	Progress(examined uint64)
}

// Search gives the entries that any key set of q finds, type by type, in the
// order of their refs.
func (i *instance) Search(ctx context.Context, q core.Query, out *sdk.Out) error {
	return i.search(ctx, q, out)
}

func (i *instance) search(ctx context.Context, q core.Query, out sink) error {
	s := &searching{instance: i, query: q, out: out}
	asked := s.plan()
	if len(asked) == 0 {
		return nil
	}
	var err error
	if s.dir, err = i.connect(ctx, &s.notices); err != nil {
		return err
	}
	defer s.dir.close()
	for _, a := range asked {
		if err := s.searchType(ctx, a); err != nil {
			return s.tell(err)
		}
	}
	if err := s.verify(ctx); err != nil {
		return s.tell(err)
	}
	classes, err := s.dir.strangers(ctx)
	if err != nil {
		return s.tell(err)
	}
	if len(classes) > 0 {
		s.notices.add(classesNotice(strings.Join(classes, ", ")))
	}
	return s.tell(nil)
}

// searching is one search.
type searching struct {
	*instance
	query    core.Query
	out      sink
	dir      directory
	notices  noticeList
	examined uint64
}

// askedType is a type that the query can be put to.
type askedType struct {
	*mappedType
	question question
	kinds    []core.Kind
}

// plan gives the types that can be searched, and reports the others.
func (s *searching) plan() []askedType {
	var out []askedType
	for n := range s.types {
		m := &s.types[n]
		if len(s.query.Types) > 0 && !slices.Contains(s.query.Types, m.name) {
			continue
		}
		sets, needs := sdk.RecordType{Name: m.name, Keys: m.keys()}.Usable(s.query)
		if len(sets) == 0 {
			s.out.Examined(core.TypeCount{Type: m.name, Needs: needs})
			continue
		}
		out = append(out, askedType{m, newQuestion(sets, s.issuers), core.Query{AnyOf: sets}.Kinds()})
	}
	return out
}

// hit is an entry that matches: no more of it than finds it again, since all
// hits of a type are put in order before the first is given.
type hit struct {
	ref     string
	dn      string
	at      *server
	place   place
	matched []core.Match // one slice for all hits that match alike
}

// searchType finds the entries of one type, reads the hits whole and emits
// them.
func (s *searching) searchType(ctx context.Context, a askedType) error {
	hits, err := s.find(ctx, a)
	if err != nil {
		return err
	}
	count := core.TypeCount{Type: a.name, Examined: true, Kinds: a.kinds}
	for _, h := range hits {
		sent, err := s.emit(ctx, a, h)
		if err != nil {
			count.Matched = uint64(len(hits))
			s.out.Examined(count)
			return err
		}
		if sent {
			count.Matched++
		}
	}
	s.out.Examined(count)
	known, err := s.surveyed.of(ctx, s.dir, a.mappedType)
	for _, attribute := range known.unmapped {
		s.notices.add(unmappedNotice(a.name, attribute))
	}
	if known.limit != "" {
		s.notices.add(surveyNotice(a.name, known.limit))
	}
	if err == nil && known.entries == 0 && !a.mayBeEmpty {
		s.notices.add(emptyNotice(a.name, core.ClassPartial))
	}
	return err
}

// survey is what the entries of one type are like, hits or not.
type survey struct {
	entries  int
	unmapped []string // attributes that nobody mapped or ignored
	limit    string   // the server's bound that kept it from being whole
}

// surveys keeps the survey of each type, from one search to the next.
type surveys struct {
	mu     sync.Mutex
	byType map[string]survey
}

// of gives the survey of a type. Attributes are looked for in every entry, not
// in the hits alone: one of them may hold an identifier by which nobody is
// found. Of a server that bounds its answers they are asked for by name.
func (c *surveys) of(ctx context.Context, dir directory, m *mappedType) (survey, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.byType[m.name]; ok {
		return known, nil
	}
	var s survey
	found := map[string]bool{}
	note := func(e entry) {
		s.entries++
		_, names := m.rest(e)
		for _, n := range names {
			found[n] = true
		}
	}
	limit, err := dir.names(ctx, m, note)
	if err == nil && limit != "" {
		s.limit, err = dir.present(ctx, m, note)
	}
	if err != nil {
		return survey{}, err
	}
	s.unmapped = slices.Sorted(maps.Keys(found))
	if s.entries == 0 || s.limit != "" {
		return s, nil // rights may be given while the process lives
	}
	if c.byType == nil {
		c.byType = map[string]survey{}
	}
	c.byType[m.name] = s
	return s, nil
}

// find gives the hits in the order of their refs, so that a directory gives
// the same answer however it orders its entries. Of two entries with one
// entryUUID the second, in the order of their DNs, goes by its DN.
func (s *searching) find(ctx context.Context, a askedType) ([]hit, error) {
	var hits []hit
	alike := map[string][]core.Match{}
	err := s.dir.find(ctx, a.mappedType, a.question, func(e entry) error {
		s.examined++
		s.out.Progress(s.examined)
		matched := a.question.matches(a.mappedType, e)
		if len(matched) == 0 {
			return nil
		}
		id := fmt.Sprint(matched)
		if alike[id] == nil {
			alike[id] = matched
		}
		hits = append(hits, hit{ref: ref(a.name, e), dn: strings.Clone(e.dn), at: e.at, place: e.place, matched: alike[id]})
		return nil
	})
	return s.distinct(a, hits), err
}

// distinct puts hits in order, gives those that came twice once, and makes the
// refs of different entries differ.
func (s *searching) distinct(a askedType, hits []hit) []hit {
	byRef := func(x, y hit) int { return cmp.Compare(x.ref, y.ref) }
	slices.SortStableFunc(hits, byRef)
	out, shared := hits[:0], false
	for from := 0; from < len(hits); {
		to := from + 1
		for to < len(hits) && hits[to].ref == hits[from].ref {
			to++
		}
		group := hits[from:to]
		from = to
		if len(group) == 1 {
			out = append(out, group[0])
			continue
		}
		own := func(h hit) string { return refOfDN(a.name, h.dn) }
		slices.SortStableFunc(group, func(x, y hit) int { return cmp.Compare(own(x), own(y)) })
		group = slices.CompactFunc(group, func(x, y hit) bool { return own(x) == own(y) })
		for n := range group[1:] {
			shared = true
			group[n+1].ref = own(group[n+1])
		}
		out = append(out, group...)
	}
	if !shared {
		return out
	}
	s.notices.add(sameRefNotice(a.name))
	slices.SortStableFunc(out, byRef)
	return slices.CompactFunc(out, func(x, y hit) bool { return x.ref == y.ref })
}

// emit reads one hit whole and emits its record. An entry that was made after
// the period that the person asked about is left out; an older one is not,
// for an account goes on from the day it was made.
func (s *searching) emit(ctx context.Context, a askedType, h hit) (sent bool, err error) {
	full, ok, err := s.dir.whole(ctx, a.mappedType, entry{dn: h.dn, at: h.at, place: h.place})
	if err != nil {
		return false, err
	}
	if !ok {
		s.notices.add(goneNotice(a.name))
		return false, nil
	}
	r, unmapped, err := a.record(full, h.ref, h.matched)
	if err != nil {
		s.notices.add(timeNotice(a.name))
	}
	for _, attribute := range unmapped {
		s.notices.add(unmappedNotice(a.name, attribute))
	}
	if until := s.query.Period.To; !until.IsZero() && !r.Time.IsZero() && !r.Time.Before(until) {
		return false, nil
	}
	return true, s.out.Emit(r)
}

// tell gives all notices to the host, also when the search ends with err.
func (s *searching) tell(err error) error {
	for _, p := range s.notices {
		if notice := s.out.Notice(p); notice != nil && err == nil {
			err = notice
		}
	}
	return err
}
