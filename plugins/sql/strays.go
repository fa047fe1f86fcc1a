package sqlsource

import (
	"context"
	"slices"
	"strconv"

	"github.com/sinusta/sinusta/core"
)

// strays are rows that agree with the query and belong to no record of a
// type: they may hold data of the person that no answer would show.
type strays struct {
	set *rowset
	// rows are told by the identity of the set; nameless are those of which
	// not even that is known.
	rows     map[string]key
	nameless int
}

func newStrays(set *rowset) *strays { return &strays{set: set, rows: map[string]key{}} }

func (s *strays) add(row key) {
	if len(row) == 0 {
		s.nameless++
		return
	}
	s.rows[row.id()] = row
}

// tellStrays tells of rows that belong to no record of any type. A table of
// people serves several slots and types: whoever stands in one of them is no
// stray.
func (r *run) tellStrays(ctx context.Context, t *typePlan, s *strays) error {
	p := core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: t.profile.Name, ConfigPath: s.set.path}
	name := s.set.table.Name
	if s.set.parent == nil {
		if s.nameless == 0 {
			return nil
		}
		p.ConfigPath = join(t.path, "key")
		p.Message = strconv.Itoa(s.nameless) + " rows of table " + name + " match and have an empty key, so they cannot be told apart; look them up in the system"
		return r.tellOnce(p)
	}
	for _, other := range r.plan.types {
		for _, set := range other.sets {
			if set.table != s.set.table {
				continue
			}
			if set.parent == nil { // the rows are records themselves
				return nil
			}
			if err := r.dropReached(ctx, set, s); err != nil {
				return err
			}
		}
	}
	n := len(s.rows) + s.nameless
	if n == 0 || r.strayTables[s.set.table] {
		return nil
	}
	if r.strayTables == nil {
		r.strayTables = map[*table]bool{}
	}
	r.strayTables[s.set.table] = true
	p.Message = strconv.Itoa(n) + " rows of table " + name + " match and belong to no record; look them up in the system, or map the table as a record type of its own"
	return r.out.Notice(p)
}

// dropReached drops the rows that another use of the table makes a part of
// some record.
func (r *run) dropReached(ctx context.Context, set *rowset, s *strays) error {
	var rows []key
	for _, id := range sortedKeys(s.rows) {
		rows = append(rows, s.rows[id])
	}
	for part := range slices.Chunk(rows, chunk) {
		err := r.each(ctx, reachedStatement(r.dialect, set, s.set.identity, part), func(raw []any) error {
			if k, ok := r.read.key(raw, s.set.identity); ok {
				delete(s.rows, k.id())
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
