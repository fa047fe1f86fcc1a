package sqlsource

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/sinusta/sinusta/core"
)

// strays are rows that agree with the query and belong to no record of a
// type, or may belong to further ones that the search does not find: they may
// hold data of the person that no answer would show.
type strays struct {
	set *rowset
	// rows are told by the identity of the set; nameless are those of which
	// not even that is known.
	rows     map[string]*stray
	nameless int
}

// stray is one such row.
type stray struct {
	key key
	// kinds are those by which it agrees.
	kinds map[core.Kind]bool
	// found, excused and missed tell of the records that it is part of by
	// any use of the table: whether the search finds one of them, is not
	// meant to find one, or ought to find one and does not.
	found, excused, missed bool
}

func newStrays(set *rowset) *strays { return &strays{set: set, rows: map[string]*stray{}} }

func (s *strays) add(row key, kinds map[core.Kind]bool, found bool) {
	if len(row) == 0 || s.set.parent == nil && !found {
		if !found {
			s.nameless++
		}
		return
	}
	x, ok := s.rows[row.id()]
	if !ok {
		x = &stray{key: row, kinds: map[core.Kind]bool{}}
		s.rows[row.id()] = x
	}
	maps.Copy(x.kinds, kinds)
	x.found = x.found || found
}

// lost counts the rows whose data no answer shows, though it should.
func (s *strays) lost() int {
	n := 0
	for _, x := range s.rows {
		if x.missed || !x.found && !x.excused {
			n++
		}
	}
	return n
}

// tellStrays tells of rows that no search reaches. A table of people serves
// several slots and types: whoever stands in one of them and is found there is
// no stray, nor is who stands only where nobody is looked up.
func (r *run) tellStrays(ctx context.Context, t *typePlan, s *strays) error {
	p := core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: t.profile.Name, ConfigPath: s.set.path}
	name := s.set.table.Name
	if s.set.parent == nil && s.nameless > 0 {
		p := p
		p.ConfigPath = join(t.path, "key")
		p.Message = strconv.Itoa(s.nameless) + " rows of table " + name + " match and have an empty key, so they cannot be told apart; look them up in the system"
		if err := r.tellOnce(p); err != nil {
			return err
		}
		s.nameless = 0
	}
	if len(s.rows) > 0 {
		for _, other := range r.plan.types {
			if err := r.reach(ctx, other, s); err != nil {
				return err
			}
		}
	}
	n := s.nameless + s.lost()
	if n == 0 || r.strayTables[s.set.table] {
		return nil
	}
	if r.strayTables == nil {
		r.strayTables = map[*table]bool{}
	}
	r.strayTables[s.set.table] = true
	p.Message = strconv.Itoa(n) + " rows of table " + name + " match and belong to no record, or to one that the search does not find; look them up in the system, " +
		"map their identifiers wherever the table is used, or map the table as a record type of its own"
	return r.out.Notice(p)
}

// reach looks for the rows in the records of a type.
func (r *run) reach(ctx context.Context, t *typePlan, s *strays) error {
	m, _ := r.matcher(t)
	outside := len(r.query.Types) > 0 && !slices.Contains(r.query.Types, t.profile.Name)
	var rows []key
	for _, id := range sortedKeys(s.rows) {
		rows = append(rows, s.rows[id].key)
	}
	for _, set := range t.sets {
		if set.table != s.set.table {
			continue
		}
		for part := range slices.Chunk(rows, r.dialect.keysAtOnce(len(s.set.identity))) {
			err := r.each(ctx, reachedStatement(r.dialect, set, s.set.identity, part), func(raw []any) error {
				k, ok := r.read.key(raw, s.set.identity)
				x := s.rows[k.id()]
				if !ok || x == nil {
					return nil
				}
				values := r.read.row(raw[len(s.set.identity):], set, set.searched)
				switch {
				case outside || set.unasked(values, x.kinds):
					x.excused = true
				case m.candidate(set, values):
					x.found = true
				case len(set.parties) > 0:
					x.missed = true
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// unasked tells whether a row stands only in slots in which nobody is looked
// up by these kinds.
func (r *rowset) unasked(values row, kinds map[core.Kind]bool) bool {
	for _, p := range r.parties {
		slot, known := p.slot(values)
		for k := range kinds {
			if searchable(slot, known, k) {
				return false
			}
		}
	}
	return len(r.parties) > 0
}

// uneven tells whether another use of the set's table, where people are looked
// up too, maps fewer of the identifiers that the set looks for.
func (p *plan) uneven(r *rowset) bool {
	for _, t := range p.types {
		for _, other := range t.sets {
			if other != r && other.table == r.table && other.lacks(r) {
				return true
			}
		}
	}
	return false
}

// lacks tells whether people in r are looked up by a column, and those in the
// set by the same kind of identifier could be and are not.
func (r *rowset) lacks(other *rowset) bool {
	has := r.lookups()
	for l := range other.lookups() {
		if !has[l] && !l.through && r.asks(l.kind) {
			return true
		}
	}
	return false
}

// lookup is a column by which a party is looked up.
type lookup struct {
	kind         core.Kind
	part, column string
	through      bool
}

func (r *rowset) lookups() map[lookup]bool {
	out := map[lookup]bool{}
	for _, p := range r.parties {
		for _, f := range p.fields {
			k := identifies(f.profile)
			if !p.held[k] {
				continue
			}
			for _, at := range f.at {
				c := r.columns[at]
				out[lookup{k, f.profile.NamePart, c.name(), c.through}] = true
			}
		}
	}
	return out
}

// asks tells whether some slot of the set is one where people are looked up
// by kind k.
func (r *rowset) asks(k core.Kind) bool {
	for _, p := range r.parties {
		for _, s := range p.slots {
			if searchable(s, true, k) {
				return true
			}
		}
	}
	return false
}
