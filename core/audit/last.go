package audit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
)

// Last gives the newest entry that passes the filter, but for its From; ok is
// false where there is none. It reads from the end, and checks the MAC of what it gives and of nothing else:
// ErrDamaged means that the newest entry of that kind is not the one that was written. Where the
// filter names a request, it reads no further back than to where that was opened.
func (l *Log) Last(ctx context.Context, filter Filter) (e Entry, ok bool, err error) {
	f, err := os.Open(entriesPath(l.home))
	if errors.Is(err, os.ErrNotExist) {
		return Entry{}, false, nil
	}
	if err != nil {
		return Entry{}, false, explain("read the log", err)
	}
	defer f.Close() // only read
	marks := filter.marks()
	rarest := []byte("\n") // which every line has
	for _, mark := range marks {
		if len(mark) > len(rarest) {
			rarest = mark
		}
	}
	if filter.Request != "" {
		rarest = marks[0] // the line of its opening has no other
	}
	err = backward(ctx, f, rarest, func(line []byte) (bool, error) {
		for _, mark := range marks {
			if !bytes.Contains(line, mark) {
				return l.opens(line, filter.Request), nil
			}
		}
		found, err := decode(line)
		if err != nil || !filter.passes(&found) || filter.To > 0 && found.Index >= filter.To {
			return false, nil //nolint:nilerr // a damaged line that is not asked for is Verify's to tell
		}
		if n, sound := l.keys.check(line); !sound || n != found.Index {
			return false, damaged("the newest entry of verb %q is not the one that was written", verbText(found.Verb))
		}
		e, ok = found, true
		return true, nil
	})
	return e, ok, err
}

// opens tells whether a line is the entry before a request was opened: no
// entry before it is about the request.
func (l *Log) opens(line []byte, request string) bool {
	if request == "" || !begins(line) || !bytes.Contains(line, []byte(`"verb":"`+string(RequestOpened)+`"`)) ||
		!bytes.Contains(line, []byte(`"request":"`+request+`"`)) {
		return false
	}
	e, err := decode(line)
	n, sound := l.keys.check(line)
	return err == nil && sound && n == e.Index && e.Request == request && e.Verb == RequestOpened
}

// marks are what the line of an entry that passes must hold: they spare the
// decoding of the others.
func (f Filter) marks() [][]byte {
	var marks [][]byte
	for _, m := range [][2]string{{"request", f.Request}, {"case", f.Case}, {"verb", string(f.Verb)}, {"object", f.Object},
		{"digest", f.Digest}, {"kind", f.Kind}} {
		if m[1] != "" {
			marks = append(marks, []byte(`"`+m[0]+`":"`+m[1]+`"`))
		}
	}
	return marks
}

// What is looked for is mostly near the end, so the first chunk is small; each
// is more than a line can have.
const (
	firstChunk    = 2 * maxLine
	backwardChunk = 16 * maxLine
)

// backward gives the whole lines of a file to use, the last first, until it
// says that it is done. It may leave out lines that do not hold the mark.
func backward(ctx context.Context, f *os.File, mark []byte, use func(line []byte) (done bool, err error)) error {
	at, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return explain("read the log", err)
	}
	var rest []byte // the beginning of it is not read yet
	whole := false  // what follows the last newline is a line that a crash left, or that is just written
	for limit := int64(firstChunk); at > 0; limit = min(2*limit, backwardChunk) {
		if ctx.Err() != nil {
			return explain("read the log", ctx.Err())
		}
		size := min(at, limit)
		at -= size
		chunk := make([]byte, size, int(size)+len(rest))
		if _, err := f.ReadAt(chunk, at); err != nil {
			return explain("read the log", err)
		}
		rest = append(chunk, rest...)
		if cut := bytes.IndexByte(rest, '\n'); cut >= 0 && !bytes.Contains(rest[cut:], mark) {
			whole, rest = true, rest[:cut]
			continue
		}
		for {
			cut := bytes.LastIndexByte(rest, '\n')
			if cut < 0 {
				break
			}
			if line := rest[cut+1:]; whole {
				if done, err := use(line); done || err != nil {
					return err
				}
			}
			whole, rest = true, rest[:cut]
		}
		if len(rest) > maxLine {
			rest = rest[:0:0] // no line of ours; Verify tells
			whole = false
		}
	}
	if whole && len(rest) > 0 {
		_, err = use(rest)
	}
	return err
}
