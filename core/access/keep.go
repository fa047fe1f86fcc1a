package access

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/store"
)

// commit writes the gathered records and the state of the ask, with its
// checkpoint, in one transaction.
func (a *asking) commit(ctx context.Context) error { return a.write(ctx, false) }

// settled is commit after a call of the source: how that ended is in the log
// before it is in the file, and a stop keeps nothing from being stored.
func (a *asking) settled(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := a.journal.log.Flush(ctx); err != nil {
		return err
	}
	return a.commit(ctx)
}

// conclude closes the ask. Where its answer is whole, what earlier rounds
// brought and this one did not is deleted with it: the system no longer holds
// it.
func (a *asking) conclude(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	a.ask.Done = true
	replaces := a.ask.Round > 0 && Grade(a.task, a.ask, a.ask.Records).Outcome.Final()
	if err := a.write(ctx, replaces); err != nil {
		return err
	}
	a.finished()
	return nil
}

// batch is what one write changes.
type batch struct {
	records []stored
	hits    []hit
	at      map[string]int // the place of a ref among the records
	back    []string       // rows of what was put aside in an earlier run
	stale   map[store.Table][]string
	next    Ask
}

// write writes the gathered records and the ask. With replaces, what this
// round did not bring is deleted.
func (a *asking) write(ctx context.Context, replaces bool) error {
	b := &batch{at: make(map[string]int, len(a.pending)), next: a.ask, stale: map[store.Table][]string{}}
	b.next.ByType = maps.Clone(a.ask.ByType)
	for _, r := range a.pending {
		if err := a.gather(ctx, b, r); err != nil {
			return fmt.Errorf("store the answer of %s: %w", a.task.System, err)
		}
	}
	for _, s := range b.records {
		b.hits = append(b.hits, a.bench.record(s.Record, s.Round))
	}
	if replaces {
		a.replace(b)
	}
	b.next.Completion = whole(a.closing, b.next.ByType)
	dropped := len(b.stale[tableRecord]) + len(b.stale[tableAside])
	if err := a.logStoring(ctx, len(b.records)+dropped > 0); err != nil {
		return err
	}
	err := a.file.Update(ctx, func(tx *store.Tx) error {
		if err := deleteAll(tx, b.stale); err != nil {
			return err
		}
		if err := deleteAll(tx, map[store.Table][]string{tableAside: b.back}); err != nil {
			return err
		}
		put := func(i int) (string, any) { return recordRow(a.task.System, b.records[i].Record.Ref), &b.records[i] }
		if err := tx.PutAll(tableRecord, len(b.records), put); err != nil {
			return err
		}
		return tx.Put(tableAsk, askRow(b.next.Hop, b.next.System), b.next)
	})
	if err != nil {
		return fmt.Errorf("store the answer of %s: %w", a.task.System, err)
	}
	a.ask = b.next
	a.written += len(a.pending)
	a.dropped += dropped
	a.known.wrote(b)
	clear(a.pending) // nothing holds their content any more
	a.pending, a.unwritten = a.pending[:0], time.Time{}
	return nil
}

// gather adds one record to the batch, and counts it unless it came before.
func (a *asking) gather(ctx context.Context, b *batch, r core.Record) error {
	if i, ok := b.at[r.Ref]; ok {
		r.MatchedBy = unite(b.records[i].Record.MatchedBy, r.MatchedBy)
		b.records[i].Record = r
		return nil
	}
	row := recordRow(a.task.System, r.Ref)
	anew := true // in this round
	if before, ok := a.known.records[r.Ref]; ok {
		if before.round == b.next.Round {
			anew = false
			var old stored
			if err := a.file.Get(ctx, tableRecord, row, &old); err != nil {
				return err
			}
			r.MatchedBy = unite(old.Record.MatchedBy, r.MatchedBy)
		}
	} else if round, ok := a.known.asides[asideRow(a.known, row)]; ok {
		// An earlier run put it aside as somebody else's.
		anew = round != b.next.Round
		b.back = append(b.back, digestOf(row))
	} else {
		b.next.Records++
	}
	if anew {
		b.count(r.Type)
	}
	b.at[r.Ref] = len(b.records)
	b.records = append(b.records, stored{System: a.task.System, Round: b.next.Round, Record: r})
	return nil
}

// count counts a record of a type.
func (b *batch) count(typ string) {
	if b.next.ByType == nil {
		b.next.ByType = map[string]uint64{}
	}
	if _, ok := b.next.ByType[typ]; !ok {
		typ = strings.Clone(typ) // which is kept longer than the record
	}
	b.next.ByType[typ]++
}

// asideRow names the row of a record that was put aside; "" where none was.
func asideRow(k *known, row string) string {
	if len(k.asides) == 0 {
		return ""
	}
	return digestOf(row)
}

// replace deletes what this round did not bring, and counts what it did.
func (a *asking) replace(b *batch) {
	back := map[string]bool{}
	for _, row := range b.back {
		back[row] = true
	}
	b.next.Records = len(b.records)
	for ref, at := range a.known.records {
		if _, ok := b.at[ref]; ok {
			continue
		}
		if at.round == b.next.Round {
			b.next.Records++
			continue
		}
		b.stale[tableRecord] = append(b.stale[tableRecord], recordRow(a.task.System, ref))
	}
	for row, round := range a.known.asides {
		switch {
		case back[row]:
		case round == b.next.Round && a.known.parts[row]: // its record is counted
		case round == b.next.Round:
			b.next.Records++
		default:
			b.stale[tableAside] = append(b.stale[tableAside], row)
		}
	}
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
