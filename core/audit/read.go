package audit

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"time"
)

// Filter picks entries. A member that is not set lets all pass.
type Filter struct {
	Request string // id of the request
	Case    string // keyed digest, see Log.Digest
	Actor   string // or the account
	Verb    Verb
	Object  string
	// Digest is the keyed digest of an identifier that the entry concerns.
	Digest string
	// Kind is the kind of a digest that the entry holds.
	Kind string
	// Since and Until bound the time: from Since on, before Until.
	Since, Until time.Time
	// From is the first index, and To, if not 0, the first index that is too high.
	From, To int64
}

func (f Filter) passes(e *Entry) bool {
	for _, c := range [][2]string{{f.Request, e.Request}, {f.Case, e.Case},
		{string(f.Verb), string(e.Verb)}, {f.Object, e.Object}} {
		if c[0] != "" && c[0] != c[1] {
			return false
		}
	}
	if !f.Since.IsZero() && e.Time.Before(f.Since) || !f.Until.IsZero() && !e.Time.Before(f.Until) {
		return false
	}
	if f.Actor != "" && f.Actor != e.Actor && f.Actor != e.Account {
		return false
	}
	if f.Digest == "" && f.Kind == "" {
		return true
	}
	for _, d := range e.Digests {
		if (f.Digest == "" || d.Digest == f.Digest) && (f.Kind == "" || d.Kind == f.Kind) {
			return true
		}
	}
	return false
}

// Entries gives the entries that pass the filter, in their order. It checks
// the MAC of each; at the first that is not the one that was written it gives ErrDamaged and
// ends. A line that a crash left unfinished is passed over.
func (l *Log) Entries(ctx context.Context, filter Filter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		f, err := os.Open(entriesPath(l.home))
		if errors.Is(err, os.ErrNotExist) {
			return
		}
		if err != nil {
			yield(Entry{}, explain("read the log", err))
			return
		}
		defer f.Close() // only read
		lines := newLineReader(f)
		for at := int64(0); filter.To == 0 || at < filter.To; at++ {
			line, whole, err := lines.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Entry{}, explain("read the log", err))
				return
			}
			n, ok := l.keys.check(line)
			if !ok && tornLine(line, whole) {
				return
			}
			if !ok || n != at {
				yield(Entry{}, damaged("line %d is not entry %d", at+1, at))
				return
			}
			if at < filter.From {
				continue
			}
			e, err := decode(line)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if filter.passes(&e) && !yield(e, nil) {
				return
			}
		}
	}
}
