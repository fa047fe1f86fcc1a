package sqlsource

import (
	"context"
	"maps"
	"slices"

	"github.com/sinusta/sinusta/core"
)

// hits are the records that may be hits.
type hits struct {
	// found are their keys, by id.
	found map[string]key
	// rows are those of their own table that were read whole already, by the
	// id of the key: at most one chunk.
	rows map[string]row
}

// keys gives the keys in order, from after on unless that is nil.
func (h hits) keys(after key) []key {
	out := make([]key, 0, len(h.found))
	for _, k := range h.found {
		if after == nil || k.compare(after) > 0 {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, key.compare)
	return out
}

// find gives the records that may be hits.
func (r *run) find(ctx context.Context, t *typePlan, m *matcher) (hits, error) {
	all := hits{found: map[string]key{}, rows: map[string]row{}}
	for _, set := range t.sets {
		l := &look{run: r, plan: t, matcher: m, set: set}
		if err := l.find(ctx); err != nil {
			return hits{}, err
		}
		maps.Copy(all.found, l.found)
		maps.Copy(all.rows, l.rows)
		if err := r.tellStrays(ctx, t, l.strays); err != nil {
			return hits{}, err
		}
	}
	return all, nil
}

// look finds the rows of one set.
type look struct {
	*run
	plan    *typePlan
	matcher *matcher
	set     *rowset
	hits
	strays *strays
	uneven bool
}

// find reads the columns that decide, or whole rows where that spares reading
// them again.
func (l *look) find(ctx context.Context) error {
	l.uneven = l.run.plan.uneven(l.set)
	root := l.plan.root()
	if l.set == root && root.wholeByKey(l.dialect) {
		if st := l.matcher.wholeStatement(l.dialect, root, chunk+1); st != nil {
			n, err := l.read(ctx, st, root.read(), true)
			if err != nil || n <= chunk {
				return err
			}
			l.examined -= uint64(n) //nolint:gosec // a count; they are looked at again, with all others
		}
	}
	l.hits, l.strays = hits{found: map[string]key{}}, newStrays(l.set)
	for _, st := range l.matcher.findStatements(l.dialect, root, l.set) {
		if _, err := l.read(ctx, st, l.set.searched, false); err != nil {
			return err
		}
	}
	return nil
}

// read runs a statement that reads the record's key, what tells the row, and
// the columns at the positions. It gives the number of rows.
func (l *look) read(ctx context.Context, st *statement, positions []int, whole bool) (n int, err error) {
	if l.strays == nil {
		l.hits, l.strays = hits{found: map[string]key{}, rows: map[string]row{}}, newStrays(l.set)
	}
	root := l.plan.root()
	width := len(root.key)
	scratch := make([]core.Value, len(l.set.columns)) // the values of a row that is not kept
	err = l.each(ctx, st, func(raw []any) error {
		n++
		if l.examined++; l.examined%1000 == 0 {
			l.out.Progress(l.examined)
		}
		into := scratch
		if whole {
			into = make([]core.Value, len(l.set.columns))
		}
		if len(l.set.members) > 0 && !whole {
			clear(into) // a document need not have every member
		}
		values := l.run.read.rowInto(into, raw[width+len(l.set.identity):], l.set, positions)
		if err := l.tellBroken(l.plan, l.set, values); err != nil {
			return err
		}
		if path, odd := l.matcher.untimed(l.set, values); odd {
			if err := l.tellUntimed(l.plan, path); err != nil {
				return err
			}
		}
		if err := l.tellUncompared(l.plan, l.matcher.uncompared(l.set, values)); err != nil || !l.matcher.candidate(l.set, values) {
			return err
		}
		k, ok := l.run.read.key(raw, root.key)
		if ok {
			id := k.id()
			if _, again := l.found[id]; whole && !again {
				l.rows[id] = values
			} else {
				delete(l.rows, id) // a unique index that is broken: all rows of the key are read
			}
			l.found[id] = k
		}
		if !ok || l.uneven {
			row, _ := l.run.read.key(raw[width:], l.set.identity)
			l.strays.add(row, l.matcher.agreeing(l.set, values), ok)
		}
		return nil
	})
	return n, err
}

// wholeByKey tells whether no two rows of the records' own table share a ref,
// so that a row that was found is its record's only one and need not be looked
// up by its key again: a unique index covers the key, and the columns keep
// apart whatever their text tells apart.
func (r *rowset) wholeByKey(d *dialect) bool {
	return !d.looseTypes && !r.table.View && r.table.identifies(columnNames(r.key)) &&
		!slices.ContainsFunc(r.key, func(c column) bool {
			return c.Class != classInteger && (c.Class != classText || c.Folds != foldsNothing)
		})
}
