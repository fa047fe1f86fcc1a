package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// together lets goroutines that update at the same time share one transaction,
// and so one wait for the disk.
type together struct {
	mu   sync.Mutex
	wait []*update
	turn chan struct{} // held by the goroutine that commits
}

// update is one call of Update.
type update struct {
	ctx  context.Context // that of the call, which waits
	do   func(tx *sql.Tx) error
	err  error
	done chan struct{}
}

var errUnfinished = errors.New("another update that shared its transaction broke off")

// inTx runs do in an immediate transaction, with those that come at the same
// time, and commits it. What do did is undone if it gives an error, and that of
// the others is not.
func (g *together) inTx(ctx context.Context, d *database, do func(tx *sql.Tx) error) error {
	u := &update{ctx: ctx, do: do, done: make(chan struct{})}
	g.mu.Lock()
	g.wait = append(g.wait, u)
	g.mu.Unlock()
	select {
	case <-u.done:
	case g.turn <- struct{}{}:
		runtime.Gosched() // those that come at the same time may join
		g.commit(context.WithoutCancel(ctx), d)
		<-u.done // now, or by the one whose turn was before
	case <-ctx.Done():
		if g.withdraw(u) {
			return ctx.Err()
		}
		<-u.done
	}
	return u.err
}

// withdraw takes back an update that nobody has begun.
func (g *together) withdraw(u *update) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.Index(g.wait, u)
	if at < 0 {
		return false
	}
	g.wait = slices.Delete(g.wait, at, at+1)
	return true
}

// commit makes all updates that wait, and gives the turn back. ctx is for those
// that share a transaction.
func (g *together) commit(ctx context.Context, d *database) {
	g.mu.Lock()
	all := g.wait
	g.wait = nil
	g.mu.Unlock()
	err := errUnfinished // unless it comes to its end
	defer func() {
		<-g.turn
		for _, u := range all {
			if u.err == nil {
				u.err = err
			}
			close(u.done)
		}
	}()
	switch len(all) {
	case 0:
	case 1:
		all[0].err = d.inTx(all[0].ctx, all[0].do) //nolint:contextcheck // that of the call which waits for it
	default:
		ctx, cancel := whileWanted(ctx, all)
		defer cancel()
		if err := d.inTx(ctx, func(tx *sql.Tx) error { return each(tx, all) }); err != nil {
			for _, u := range all {
				if u.err == nil {
					u.err = err
				}
			}
		}
	}
	err = nil
}

// whileWanted gives a context that is over when nobody waits for any of the
// updates any more, so that another process which has the database holds up
// nobody who stopped.
func whileWanted(ctx context.Context, all []*update) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	var wanted atomic.Int64
	wanted.Store(int64(len(all)))
	for _, u := range all {
		stop := context.AfterFunc(u.ctx, func() {
			if wanted.Add(-1) == 0 {
				cancel()
			}
		})
		context.AfterFunc(ctx, func() { stop() })
	}
	return ctx, cancel
}

// each makes updates in one transaction, each by itself: one that fails leaves
// nothing. The error is that of the transaction.
func each(tx *sql.Tx, all []*update) error {
	for _, u := range all {
		if u.err = u.ctx.Err(); u.err != nil {
			continue
		}
		if _, err := tx.Exec(`SAVEPOINT one`); err != nil {
			return err
		}
		if u.err = u.do(tx); u.err != nil {
			if _, err := tx.Exec(`ROLLBACK TO one`); err != nil {
				return u.ended(err)
			}
		}
		if _, err := tx.Exec(`RELEASE one`); err != nil {
			return err
		}
	}
	return nil
}

// ended gives why the transaction of an update that failed is over: SQLite ends
// it by itself when the disk is full, say, and then tells only that there is
// nothing to undo.
func (u *update) ended(err error) error {
	if u.ctx.Err() == nil {
		err = u.err
	}
	return fmt.Errorf("another update that shared its transaction ended it: %w", err)
}
