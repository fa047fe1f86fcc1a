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

// waiting is an entry on its way to the disk.
type waiting struct {
	entry Entry
	index int64
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
	if len(entries) > batchSize {
		return fmt.Errorf("audit: %d entries at once are %w: the most is %d", len(entries), ErrInvalid, batchSize)
	}
	return l.await(ctx, waits...)
}

// Begin writes the entry of the beginning of an effect. The caller then makes
// the effect, and calls end with what became of it (Done, Failed, a core.Outcome or another
// code) and with counts, if there are any. end works also when ctx is over by then; a second
// call does nothing. An effect without an end is told by Verify as open.
func (l *Log) Begin(ctx context.Context, e Entry) (end func(outcome string, counts Counts) error, err error) {
	if e.Phase != "" || e.Of != nil || e.Outcome != "" {
		return nil, e.invalid("a beginning has no phase and no outcome yet")
	}
	if err := e.validate(); err != nil {
		return nil, err
	}
	e.Phase = Begin
	index, err := l.enqueue(ctx, e)
	if err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	var once sync.Once
	return func(outcome string, counts Counts) error {
		var err error
		once.Do(func() {
			after := e
			after.Phase, after.Of, after.Outcome, after.Counts, after.Digests = End, &index, outcome, counts, nil
			if err = after.validate(); err == nil {
				_, err = l.enqueue(ctx, after)
			}
		})
		return err
	}, nil
}

// enqueue writes one entry when its turn comes.
func (l *Log) enqueue(ctx context.Context, e Entry) (int64, error) {
	w := &waiting{entry: e, done: make(chan struct{})}
	err := l.await(ctx, w)
	return w.index, err
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

// batchSize bounds what one write puts on the disk, in entries.
const batchSize = 256

func (l *Log) writeWaiting() {
	for {
		batch := l.nextBatch()
		if len(batch) == 0 {
			return
		}
		err := l.commit(batch)
		l.mu.Lock()
		l.appended = l.appended || err == nil
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
// together.
func (l *Log) nextBatch() []*waiting {
	l.mu.Lock()
	defer l.mu.Unlock()
	var batch []*waiting
	taken := 0
	for _, group := range l.wait {
		if len(batch) > 0 && len(batch)+len(group) > batchSize {
			break
		}
		batch = append(batch, group...)
		taken++
	}
	l.wait = slices.Clone(l.wait[taken:])
	return batch
}

func (l *Log) commit(batch []*waiting) error {
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
	var entries []*Entry
	for _, w := range batch {
		entries = append(entries, &w.entry)
	}
	if err := l.writeEntries(f, &end, entries); err != nil {
		return err
	}
	for _, w := range batch {
		w.index = w.entry.Index
	}
	return nil
}

// writeEntries puts entries behind the end of the log with one write, and their
// hashes after them. It sets their index, and moves the end.
func (l *Log) writeEntries(f *files, end *logEnd, entries []*Entry) error {
	var buf bytes.Buffer
	var leaves []tlog.Hash
	var last []byte
	for i, e := range entries {
		e.Index = end.n + int64(i)
		e.Time = l.now().UTC().Truncate(time.Millisecond)
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
