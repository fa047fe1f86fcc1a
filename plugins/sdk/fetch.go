package sdk

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// Fetcher is an [Instance] that can read attachments. The plugin declares
// [CanFetch].
type Fetcher interface {
	// Fetch opens the attachment with the ref that a record or a part gave it.
	// The reader gives the same bytes each time, from the beginning, and ends
	// with io.EOF only when all were read; it stops when ctx ends. The package
	// cuts it into chunks, skips what the host has already, and sums it up. A
	// ref that is nobody's is a [DataError].
	Fetch(ctx context.Context, ref string) (io.ReadCloser, error)
}

// Fetch reads one attachment.
func (s *service) Fetch(req *sourcepb.FetchRequest, stream grpc.ServerStreamingServer[sourcepb.FetchChunk]) error {
	now, ctx, done, err := s.begin(stream.Context(), core.PhaseFetch)
	if err != nil {
		return err
	}
	defer done()
	f, ok := now.inst.(Fetcher)
	if !ok {
		return s.unable(core.PhaseFetch, CanFetch)
	}
	defer s.blank.Search(core.Query{AnyOf: []core.KeySet{{AllOf: []core.Identifier{{Value: req.GetRef()}}}}})()
	c := &chunks{send: stream.Send, from: req.GetOffset(), most: req.GetMaxBytes(), lastSent: time.Now()}
	stop := ticking(heartbeat/2, func() { c.beat(heartbeat / 2) })
	err = guard(func() error { return c.copy(ctx, f, req.GetRef()) })
	stop()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return sourcepb.Status(cleaned(*problemOf(err), core.PhaseFetch, s.blank))
}

// chunks sends one attachment.
type chunks struct {
	send func(*sourcepb.FetchChunk) error
	from uint64 // what the host has already
	most uint64 // the host's bound of the whole, 0 for none

	mu       sync.Mutex
	sent     uint64 // with the skipped beginning
	lastSent time.Time
}

func (c *chunks) copy(ctx context.Context, f Fetcher, ref string) error {
	r, err := f.Fetch(ctx, ref)
	if err != nil {
		return err
	}
	defer r.Close()
	hash := sha256.New()
	buf := make([]byte, sourcepb.MaxChunk)
	var size uint64
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := fill(r, buf)
		data := buf[:n]
		hash.Write(data)
		if c.most > 0 && size+uint64(n) > c.most { //nolint:gosec // n is a length
			return &core.Problem{Class: core.ClassTruncated, Origin: core.OriginSystem,
				Message: fmt.Sprintf("the attachment is larger than the bound of %d bytes", c.most)}
		}
		if err := c.chunk(data, size); err != nil {
			return err
		}
		size += uint64(n)  //nolint:gosec // n is a length
		if err == io.EOF { //nolint:errorlint // the reader's own word; a wrapped one is a failure
			return c.end(size, hash.Sum(nil))
		}
		if err != nil {
			return err
		}
	}
}

// fill reads until buf is full. Unlike io.ReadFull it leaves the reader's own
// io.ErrUnexpectedEOF, which says that something is cut off, apart from the end.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return n, err
}

// chunk sends data, which begins at the offset at of the whole, as far as the
// host does not have it.
func (c *chunks) chunk(data []byte, at uint64) error {
	if skip := min(c.from-min(c.from, at), uint64(len(data))); skip > 0 {
		data, at = data[skip:], at+skip
	}
	if len(data) == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent, c.lastSent = at+uint64(len(data)), time.Now()
	return c.send(&sourcepb.FetchChunk{Offset: at, Data: data})
}

func (c *chunks) end(size uint64, sum []byte) error {
	if c.from > size {
		return &core.Problem{Class: core.ClassData, Origin: core.OriginSystem,
			Message: "the attachment is shorter than the part that was read before; read it anew"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.send(&sourcepb.FetchChunk{Offset: size, Sha256: sum, Size: size})
}

// beat gives a sign of life when nothing else was sent for a while.
func (c *chunks) beat(quiet time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.lastSent) >= quiet {
		c.lastSent = time.Now()
		_ = c.send(&sourcepb.FetchChunk{Offset: max(c.sent, c.from)}) // the next chunk meets the error
	}
}
