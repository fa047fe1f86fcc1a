package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestManyRowsPutAtOnceAreThoseThatArePutOneByOne(t *testing.T) {
	f := create(t, open(t, newHome(t)))
	const n = 2*putRows + 5
	name := func(i int) string { return fmt.Sprint("ticket/", i) }
	for _, round := range []string{"first", "again"} {
		err := f.Update(t.Context(), func(tx *Tx) error {
			return tx.PutAll(records, n, func(i int) (string, any) { return name(i), person{Name: fmt.Sprint(round, i)} })
		})
		if err != nil {
			t.Fatal(err)
		}
		var p person
		for i := range n {
			if err := f.Get(t.Context(), records, name(i), &p); err != nil || p.Name != fmt.Sprint(round, i) {
				t.Fatalf("%s, row %d: %v, %v", round, i, p, err)
			}
		}
		seen := int64(0)
		if err := f.Each(t.Context(), records, 0, func(r Row) error {
			if seen++; r.Name != name(int(seen)-1) || r.Seq != seen {
				t.Errorf("%s: row %d is %s at %d", round, seen, r.Name, r.Seq)
			}
			return nil
		}); err != nil || seen != n {
			t.Errorf("%s: %d rows, %v", round, seen, err)
		}
	}
}

// Updates that share a transaction fail alone.
func TestUpdatesOfOneTransactionAreEachAllOrNothing(t *testing.T) {
	s := open(t, newHome(t))
	f, gone := create(t, s), create(t, s)
	if err := s.Erase(t.Context(), gone.ID()); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	fail := func(i int) (file *File, ctx context.Context, own error) {
		switch i % 4 {
		case 1:
			return f, t.Context(), errors.New("own")
		case 2:
			return gone, t.Context(), ErrNotFound
		case 3:
			return f, stopped, context.Canceled
		default:
			return f, t.Context(), nil
		}
	}
	const n = 40
	var wait sync.WaitGroup
	first, began := make(chan struct{}), make(chan struct{})
	wait.Go(func() { // the others gather behind it
		_ = f.Update(t.Context(), func(*Tx) error { close(began); <-first; return nil })
	})
	<-began
	var shared sync.Map // the transactions
	errs := make([]error, n)
	for i := range n {
		wait.Go(func() {
			file, ctx, want := fail(i)
			errs[i] = file.Update(ctx, func(tx *Tx) error {
				shared.Store(tx.tx, true)
				if err := tx.Put(records, fmt.Sprint(i), i); err != nil {
					return err
				}
				return want
			})
		})
	}
	for waiting := 0; waiting < n*3/4; { // those of ctx that is over may be gone
		time.Sleep(time.Millisecond)
		s.together.mu.Lock()
		waiting = len(s.together.wait)
		s.together.mu.Unlock()
	}
	close(first)
	wait.Wait()
	for i, err := range errs {
		_, _, want := fail(i)
		if i%4 == 1 && (err == nil || err.Error() != "own") || i%4 != 1 && !errors.Is(err, want) {
			t.Errorf("update %d: %v, want %v", i, err, want)
		}
		var v int
		if err := f.Get(t.Context(), records, fmt.Sprint(i), &v); (err == nil) != (i%4 == 0) {
			t.Errorf("row %d: %v", i, err)
		}
	}
	transactions := 0
	shared.Range(func(any, any) bool { transactions++; return true })
	if transactions > 2 {
		t.Errorf("%d updates that waited took %d transactions", n, transactions)
	}
}
