package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// shared runs updates that share one transaction, in their order, and gives
// the error of each.
func shared(t *testing.T, s *Store, f *File, updates []func() error) []error {
	t.Helper()
	var wait sync.WaitGroup
	first, began := make(chan struct{}), make(chan struct{})
	wait.Go(func() { // the others gather behind it
		_ = f.Update(t.Context(), func(*Tx) error { close(began); <-first; return nil })
	})
	<-began
	errs := make([]error, len(updates))
	for i, update := range updates {
		wait.Go(func() { errs[i] = update() })
		for waiting := 0; waiting <= i; time.Sleep(time.Millisecond) {
			s.together.mu.Lock()
			waiting = len(s.together.wait)
			s.together.mu.Unlock()
		}
	}
	close(first)
	wait.Wait()
	return errs
}

// What a caller is told of its update is what the file holds, also when the
// disk is full in the middle of a transaction that several share. Everybody is
// told why, and the next update is as if nothing had been.
func TestADiskThatIsFullWithinASharedTransaction(t *testing.T) {
	s := open(t, newHome(t))
	f := create(t, s)
	ctx := t.Context()
	limit := func(text string) {
		t.Helper()
		if _, err := s.db.write.ExecContext(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	var pages int
	if err := s.db.write.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit(fmt.Sprint(`PRAGMA max_page_count = `, pages+20))
	var all []func() error
	for i := range 4 {
		size := 10
		if i == 1 {
			size = 1 << 20
		}
		all = append(all, func() error {
			return f.Update(ctx, func(tx *Tx) error { return tx.Put(records, fmt.Sprint(i), strings.Repeat("x", size)) })
		})
	}
	for i, err := range shared(t, s, f, all) {
		var v string
		got := f.Get(ctx, records, fmt.Sprint(i), &v)
		if (err == nil) != (got == nil) {
			t.Errorf("update %d gave %v, and its row is read with %v", i, err, got)
		}
		if err != nil && !errors.Is(err, ErrFull) {
			t.Errorf("update %d is not told that the disk is full: %v", i, err)
		}
		if i == 1 && err == nil {
			t.Error("the disk was not full")
		}
	}
	limit(`PRAGMA max_page_count = 1000000`)
	if err := all[1](); err != nil {
		t.Fatal(err)
	}
	var v string
	if err := f.Get(ctx, records, "1", &v); err != nil || len(v) != 1<<20 {
		t.Errorf("after it: %d bytes, %v", len(v), err)
	}
}

// A stop of one caller, while a table of it is cleared, undoes nothing of
// those that share its transaction.
func TestAStopWithinASharedTransactionStopsItsOwnUpdateOnly(t *testing.T) {
	s := open(t, newHome(t))
	f, full := create(t, s), create(t, s)
	const rows = 20_000
	if err := full.Update(t.Context(), func(tx *Tx) error {
		return tx.PutAll(records, rows, func(i int) (string, any) { return fmt.Sprint(i), i })
	}); err != nil {
		t.Fatal(err)
	}
	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond} {
		ctx, stop := context.WithCancel(t.Context())
		put := func(name string) func() error {
			return func() error {
				return f.Update(t.Context(), func(tx *Tx) error { return tx.Put(records, name, name) })
			}
		}
		errs := shared(t, s, f, []func() error{
			put(fmt.Sprint("before ", after)),
			func() error {
				return full.Update(ctx, func(tx *Tx) error {
					time.AfterFunc(after, stop)
					return errors.Join(tx.Clear(records), errors.New("undo it"))
				})
			},
			put(fmt.Sprint("behind ", after)),
		})
		stop()
		for i, name := range map[int]string{0: "before", 2: "behind"} {
			var v string
			if err := errors.Join(errs[i], f.Get(t.Context(), records, fmt.Sprint(name, " ", after), &v)); err != nil {
				t.Errorf("the update %s one that was stopped after %s: %v", name, after, err)
			}
		}
		if n, err := full.Count(t.Context(), records); err != nil || n != rows || errs[1] == nil {
			t.Errorf("the one that was stopped gave %v and left %d rows, %v", errs[1], n, err)
		}
	}
}

// Those who share a transaction that waits for another process, and stop, wait
// no longer.
func TestAStopEndsTheWaitOfASharedTransaction(t *testing.T) {
	home := newHome(t)
	s, other := open(t, home), open(t, home)
	f := create(t, s)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wait sync.WaitGroup
	release, held := make(chan struct{}), make(chan struct{})
	theirs, err := other.File(t.Context(), f.ID())
	if err != nil {
		t.Fatal(err)
	}
	put := func() error { return f.Update(ctx, func(tx *Tx) error { return tx.Put(records, "1", 1) }) }
	s.together.turn <- struct{}{} // until both wait
	var errs [2]error
	for i := range errs {
		wait.Go(func() { errs[i] = put() })
	}
	for waiting := 0; waiting < len(errs); time.Sleep(time.Millisecond) {
		s.together.mu.Lock()
		waiting = len(s.together.wait)
		s.together.mu.Unlock()
	}
	var theirOwn sync.WaitGroup
	theirOwn.Go(func() {
		_ = theirs.Update(t.Context(), func(*Tx) error { close(held); <-release; return nil })
	})
	<-held
	<-s.together.turn
	for taken := false; !taken; time.Sleep(time.Millisecond) {
		s.together.mu.Lock()
		taken = len(s.together.wait) == 0
		s.together.mu.Unlock()
	}
	stop()
	wait.Wait()
	close(release)
	theirOwn.Wait()
	for _, err := range errs {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the one that was stopped gave %v", err)
		}
	}
	if err := f.Update(t.Context(), func(tx *Tx) error { return tx.Put(records, "1", 2) }); err != nil {
		t.Errorf("after it: %v", err)
	}
}
