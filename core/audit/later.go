package audit

import "context"

// The entries of one command are many, and each wait for the disk is longer
// than most of what they tell of. What has to be on the disk is the entry of an
// effect before the effect begins. The others may wait for it and be written with
// it, in their order and with their own time: how an effect ended that is a part of
// another one, and the beginning of an effect whose parts have entries of their own.
// A crash that comes before loses no more than one that comes a moment earlier.

// BeginPart is Begin for a part of an effect that has an entry of its own in
// this Log. The entry of its end is written with the next one that is waited for, that of
// the end of the whole at the latest; what keeps it from the disk is told there.
func (l *Log) BeginPart(ctx context.Context, e Entry) (end func(outcome string, counts Counts) error, err error) {
	w, err := beginning(e)
	if err != nil {
		return nil, err
	}
	if err := l.await(ctx, w); err != nil {
		return nil, err
	}
	return l.ending(ctx, e, w, l.putOff), nil
}

// BeginWhole is Begin for an effect of which every part that changes anything
// is begun by an entry of its own in this Log: its entry is written with the first of them, before it. The
// end is on the disk when it returns, and all that was put off with it.
func (l *Log) BeginWhole(ctx context.Context, e Entry) (end func(outcome string, counts Counts) error, err error) {
	w, err := beginning(e)
	if err != nil {
		return nil, err
	}
	if err := l.putOff(ctx, w); err != nil {
		return nil, err
	}
	return l.ending(ctx, e, w, l.await), nil
}

// AppendPart is Append for an entry that tells how a part of an effect went: it
// is written with the next one that is waited for. See Flush.
func (l *Log) AppendPart(ctx context.Context, e Entry) error {
	if e.Phase != "" || e.Of != nil {
		return e.invalid("phases are written by Begin")
	}
	if err := e.validate(); err != nil {
		return err
	}
	return l.putOff(ctx, &waiting{entry: e, done: make(chan struct{})})
}

// Flush writes what was put off. When it returns without an error, that is on
// the disk.
func (l *Log) Flush(ctx context.Context) error {
	l.mu.Lock()
	none := len(l.later)+l.going == 0
	l.mu.Unlock()
	if none {
		return nil
	}
	return l.await(context.WithoutCancel(ctx), &waiting{flush: true, done: make(chan struct{})})
}

// putOff keeps entries for the next write. Where many are kept already, it is
// that write.
func (l *Log) putOff(ctx context.Context, waits ...*waiting) error {
	l.mu.Lock()
	kept := !l.closed && len(l.later)+l.going+len(waits) <= maxLater
	if kept {
		for _, w := range waits {
			w.entry.Time = l.clock()
			l.later = append(l.later, w)
		}
	}
	l.mu.Unlock()
	if kept {
		return nil
	}
	return l.await(ctx, waits...)
}
