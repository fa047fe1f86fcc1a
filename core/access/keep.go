package access

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/store"
)

// commit writes the gathered records and the state of the ask in one
// transaction, with the checkpoint if there is one.
func (a *asking) commit(ctx context.Context, c *core.Checkpoint) error {
	if c != nil {
		if c.Format != a.from.Format {
			a.base = 0 // the source did not know the cursor and began anew
		}
		a.ask.Checkpoint, a.ask.Covered = *c, a.base+a.came
	}
	return a.write(ctx, nil)
}

// conclude closes the ask. Where its answer is whole, what earlier rounds
// brought and this one did not is deleted with it: the system no longer holds
// it.
func (a *asking) conclude(ctx context.Context) error {
	a.ask.Done = true
	var stale map[store.Table][]string
	if Grade(a.task, a.ask, a.ask.Records).Outcome.Final() && a.ask.Round > 0 {
		var err error
		if stale, a.ask.Records, err = a.earlier(ctx); err != nil {
			return err
		}
	}
	if err := a.write(ctx, stale); err != nil {
		return err
	}
	a.finished()
	return nil
}

// earlier gives the rows of earlier rounds, and how many this round brought.
func (a *asking) earlier(ctx context.Context) (stale map[store.Table][]string, kept int, err error) {
	stale = map[store.Table][]string{}
	for _, table := range []store.Table{tableRecord, tableAside} {
		err := a.file.Each(ctx, table, 0, func(row store.Row) error {
			system, round, err := originOf(table, row)
			switch {
			case err != nil || system != a.task.System:
			case round == a.ask.Round:
				kept++
			default:
				stale[table] = append(stale[table], row.Name)
			}
			return err
		})
		if err != nil {
			return nil, 0, fmt.Errorf("read the records of %s: %w", a.task.System, err)
		}
	}
	return stale, kept, nil
}

// write writes the gathered records and the ask, and deletes what is stale.
func (a *asking) write(ctx context.Context, stale map[store.Table][]string) error {
	dropped := len(stale[tableRecord]) + len(stale[tableAside])
	if len(a.pending) > 0 || dropped > 0 {
		if err := a.logStoring(ctx); err != nil {
			return err
		}
	}
	next := a.ask
	next.ByType = maps.Clone(a.ask.ByType)
	err := a.file.Update(ctx, func(tx *store.Tx) error {
		if err := deleteAll(tx, stale); err != nil {
			return err
		}
		for _, r := range a.pending {
			if err := a.put(tx, &next, r); err != nil {
				return err
			}
		}
		return tx.Put(tableAsk, askRow(next.Hop, next.System), next)
	})
	if err != nil {
		return fmt.Errorf("store the answer of %s: %w", a.task.System, err)
	}
	a.ask = next
	a.written += len(a.pending)
	a.dropped += dropped
	a.pending = a.pending[:0]
	return nil
}

// put writes one record, and counts it in next unless it came before.
func (a *asking) put(tx *store.Tx, next *Ask, r core.Record) error {
	row := recordRow(a.task.System, r.Ref)
	var old stored
	anew := true // in this round
	switch err := tx.Get(tableRecord, row, &old); {
	case errors.Is(err, store.ErrNotFound):
		aside, err := a.setAside(tx, row)
		if err != nil {
			return err
		}
		if aside == nil {
			next.Records++
			break
		}
		anew = aside.Round != next.Round
		if err := tx.Delete(tableAside, digestOf(row)); err != nil {
			return err
		}
	case err != nil:
		return err
	case old.Round == next.Round:
		anew = false
		r.MatchedBy = unite(old.Record.MatchedBy, r.MatchedBy)
	}
	if anew {
		if next.ByType == nil {
			next.ByType = map[string]uint64{}
		}
		next.ByType[r.Type]++
	}
	return tx.Put(tableRecord, row, stored{System: a.task.System, Round: next.Round, Record: r})
}

// setAside gives the aside of a record that an earlier attempt brought and
// that was then put aside as somebody else's, nil if there is none.
func (a *asking) setAside(tx *store.Tx, row string) (*Aside, error) {
	if a.ask.Round == 0 && a.ask.Attempt <= 1 {
		return nil, nil
	}
	var aside Aside
	err := tx.Get(tableAside, digestOf(row), &aside)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &aside, err
}

func deleteAll(tx *store.Tx, rows map[store.Table][]string) error {
	for table, names := range rows {
		for _, name := range names {
			if err := tx.Delete(table, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// unite gives the keys of both lists, each once.
func unite(a, b []core.Match) []core.Match {
	seen := map[core.Match]bool{}
	var out []core.Match
	for _, m := range append(append([]core.Match{}, a...), b...) {
		if !seen[m] {
			seen[m] = true
			out = append(out, m)
		}
	}
	return out
}
