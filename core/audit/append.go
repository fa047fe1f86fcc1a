package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// waiting is an entry on its way to the disk, or one who waits for those before.
type waiting struct {
	entry Entry
	flush bool // there is no entry
	err   error
	done  chan struct{}
}

// Append writes an entry and gives its index. When it returns without an
// error, the entry is on the disk; with one, the effect must not begin. ErrInvalid means that the
// entry is not of its form, the other errors that nothing can be logged now.
//
// A ctx that is over stops an append that has not begun, and no other.
func (l *Log) Append(ctx context.Context, e Entry) (index int64, err error) {
	if e.Phase != "" || e.Of != nil {
		return 0, e.invalid("phases are written by Begin")
	}
	if err := e.validate(); err != nil {
		return 0, err
	}
	return l.enqueue(ctx, e)
}

// AppendAll is Append for several entries that belong together: they are
// written with one wait for the disk, all of them or none.
func (l *Log) AppendAll(ctx context.Context, entries ...Entry) error {
	waits := make([]*waiting, len(entries))
	for i, e := range entries {
		if e.Phase != "" || e.Of != nil {
			return e.invalid("phases are written by Begin")
		}
		if err := e.validate(); err != nil {
			return err
		}
		waits[i] = &waiting{entry: e, done: make(chan struct{})}
	}
	if most := batchSize - maxLater; len(entries) > most {
		return fmt.Errorf("audit: %d entries at once are %w: the most is %d", len(entries), ErrInvalid, most)
	}
	return l.await(ctx, waits...)
}

// Begin writes the entry of the beginning of an effect. The caller then makes
// the effect, and calls end with what became of it (Done, Failed, a core.Outcome or another
// code) and with counts, if there are any. end works also when ctx is over by then; a second
// call does nothing. An effect without an end is told by Verify as open.
func (l *Log) Begin(ctx context.Context, e Entry) (end func(outcome string, counts Counts) error, err error) {
	w, err := beginning(e)
	if err != nil {
		return nil, err
	}
	if err := l.await(ctx, w); err != nil {
		return nil, err
	}
	return l.ending(ctx, e, w, l.await), nil
}

// enqueue writes one entry when its turn comes.
func (l *Log) enqueue(ctx context.Context, e Entry) (int64, error) {
	w := &waiting{entry: e, done: make(chan struct{})}
	err := l.await(ctx, w)
	return w.entry.Index, err
}

// beginning gives the entry of the beginning of an effect.
func beginning(e Entry) (*waiting, error) {
	if e.Phase != "" || e.Of != nil || e.Outcome != "" {
		return nil, e.invalid("a beginning has no phase and no outcome yet")
	}
	if err := e.validate(); err != nil {
		return nil, err
	}
	e.Phase = Begin
	return &waiting{entry: e, done: make(chan struct{})}, nil
}

// ending gives the function that writes the entry of the end of an effect.
func (l *Log) ending(ctx context.Context, e Entry, begun *waiting, write func(context.Context, ...*waiting) error) func(string, Counts) error {
	ctx = context.WithoutCancel(ctx)
	after := e
	// The index of a beginning that is not written yet is known when it is.
	after.Phase, after.Of, after.Digests = End, &begun.entry.Index, nil
	var once sync.Once
	return func(outcome string, counts Counts) error {
		var err error
		once.Do(func() {
			after.Outcome, after.Counts = outcome, counts
			if err = after.validate(); err == nil {
				err = write(ctx, &waiting{entry: after, done: make(chan struct{})})
			}
		})
		return err
	}
}

// await waits for its turn and writes all entries that came until then in
// one go, so that goroutines share the wait for the disk.
func (l *Log) await(ctx context.Context, waits ...*waiting) error {
	if err := ctx.Err(); err != nil {
		return explain("append an entry", err)
	}
	if len(waits) == 0 {
		return nil
	}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return fmt.Errorf("audit: append an entry: %w", ErrClosed)
	}
	l.wait = append(l.wait, waits)
	l.mu.Unlock()
	last := waits[len(waits)-1]
	select {
	case <-last.done:
	case l.turn <- struct{}{}:
		l.writeWaiting()
		<-l.turn
		<-last.done // written now, or by the one whose turn was before
	}
	return last.err
}

// batchSize bounds what one write puts on the disk, in entries, and maxLater
// those of them that nobody waits for.
const (
	batchSize = 256
	maxLater  = 48
)

func (l *Log) writeWaiting() {
	for {
		later, batch := l.nextBatch()
		if len(batch) == 0 {
			return
		}
		err := l.commit(append(later, batch...))
		l.mu.Lock()
		l.going = 0
		if err == nil {
			l.appended = true
		} else {
			l.later = append(later, l.later...) // the next write tries again
		}
		l.mu.Unlock()
		for _, w := range batch {
			if w.err == nil {
				w.err = err
			}
			close(w.done)
		}
	}
}

// nextBatch takes entries that wait, and never a part of those that belong
// together; and the entries that are to be written before them.
func (l *Log) nextBatch() (later, batch []*waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := 0
	for _, group := range l.wait {
		if len(batch) > 0 && len(batch)+len(group) > batchSize-maxLater {
			break
		}
		batch = append(batch, group...)
		taken++
	}
	l.wait = slices.Clone(l.wait[taken:])
	if len(batch) > 0 {
		later, l.later, l.going = slices.Clip(l.later), nil, len(l.later)
	}
	return later, batch
}

func (l *Log) commit(batch []*waiting) error {
	var entries []*Entry
	for _, w := range batch {
		if !w.flush {
			entries = append(entries, &w.entry)
		}
	}
	if len(entries) == 0 {
		return nil
	}
	unlock, err := lockLog(l.home)
	if err != nil {
		return err
	}
	defer unlock()
	f, err := l.openFiles()
	if err != nil {
		return err
	}
	defer f.close()
	end, err := l.findEnd(f)
	if err != nil {
		return err
	}
	if err := l.repair(f, &end); err != nil {
		return err
	}
	return l.writeEntries(f, &end, entries)
}

// clock gives the time of an entry.
func (l *Log) clock() time.Time { return l.now().UTC().Truncate(time.Millisecond) }

// writeEntries puts entries behind the end of the log with one write, and their
// hashes after them. It sets their index, and moves the end.
func (l *Log) writeEntries(f *files, end *logEnd, entries []*Entry) error {
	var buf bytes.Buffer
	var leaves []tlog.Hash
	var last []byte
	for i, e := range entries {
		e.Index = end.n + int64(i)
		if e.Time.IsZero() {
			e.Time = l.clock()
		}
		l.signed(e)
		line, err := e.encode(l.keys)
		if err != nil {
			return err
		}
		buf.Write(line)
		leaves = append(leaves, tlog.RecordHash(line[:len(line)-1]))
		last = line[:len(line)-1]
	}
	_, err := l.write(f.entries, buf.Bytes(), end.offset)
	if err == nil {
		err = f.entries.Sync()
	}
	if err != nil {
		// Best effort: what stays behind is a torn line, or an intent without an effect.
		err = errors.Join(err, f.entries.Truncate(end.offset))
		return explain("append an entry", err)
	}
	n := end.n
	end.n += int64(len(entries))
	end.offset += int64(buf.Len())
	end.last = last
	// The hashes follow from the lines, so losing them is repaired by the
	// next append and no reason to stop the effect.
	if err := writeHashes(f.hashes, n, leaves); err == nil {
		end.hashed = end.n
	}
	return nil
}
