package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// Download is an attachment on its way from a system. After an error of a
// class that may pass, another Fetch of the same Download goes on where it
// stopped, in another session too. It serves one Fetch at a time.
type Download struct {
	// Ref is what a record or a part calls the attachment.
	Ref string
	// MaxBytes is the largest size that is taken; it must be above 0.
	MaxBytes uint64
	// To gets the bytes. What it got is whole and right only once Fetch
	// succeeds; before that it must not be used.
	To io.Writer

	size    uint64
	hash    hash.Hash
	refused error // of To
}

// Resume tells that the bytes of have are there already, from an earlier
// process say. It must be called before the first Fetch.
func (d *Download) Resume(have io.Reader) error {
	d.begin()
	n, err := io.Copy(d.hash, have)
	if err != nil {
		return fmt.Errorf("go on with the attachment: %w", err)
	}
	d.size += uint64(n) //nolint:gosec // a count
	return nil
}

// Size gives how many bytes are there.
func (d *Download) Size() uint64 { return d.size }

// SHA256 gives the digest of the bytes that are there.
func (d *Download) SHA256() []byte {
	d.begin()
	return d.hash.Sum(nil)
}

func (d *Download) begin() {
	if d.hash == nil {
		d.hash = sha256.New()
	}
}

// Fetch reads the attachment, or what is missing of it. It succeeds when all
// bytes came in order and their number and SHA-256 are those that the plugin
// tells in its last chunk. Else the error holds a *core.Problem: ClassBug when
// the plugin breaks the protocol or the digest disagrees, ClassTruncated when
// the attachment is larger than MaxBytes, and otherwise what the plugin says.
// An error of d.To ends it and is returned as it is.
func (s *Session) Fetch(ctx context.Context, d *Download) error {
	if err := s.begin(core.PhaseFetch); err != nil {
		return fmt.Errorf("fetch from %s: %w", s.system, err)
	}
	d.refused = nil
	err := s.fetch(ctx, d)
	s.verbEnded(err, d.refused)
	if err != nil {
		return fmt.Errorf("fetch from %s: %w", s.system, err)
	}
	return nil
}

func (s *Session) fetch(ctx context.Context, d *Download) error {
	if err := s.able(core.PhaseFetch, sdk.CanFetch); err != nil {
		return err
	}
	if d.Ref == "" || d.MaxBytes == 0 || d.To == nil {
		return problem(core.ClassBug, core.PhaseFetch, core.OriginHost, "an attachment is asked for without its ref, a bound or a place")
	}
	defer s.v.blank.Search(core.Query{AnyOf: []core.KeySet{{AllOf: []core.Identifier{{Value: d.Ref}}}}})()
	d.begin()
	call, cancel := context.WithCancel(ctx)
	defer cancel()
	watch := newSilence(s.v.opts.Deadlines.Silence, cancel)
	defer watch.stop()
	stream, err := s.v.rpc.Fetch(call, &sourcepb.FetchRequest{Ref: d.Ref, Offset: d.size, MaxBytes: d.MaxBytes})
	if err != nil {
		return s.streamProblem(ctx, core.PhaseFetch, watch, err)
	}
	var last *sourcepb.FetchChunk
	for {
		watch.listen()
		m, err := stream.Recv()
		watch.pause()
		switch {
		case errors.Is(err, io.EOF):
			return d.verify(last)
		case err != nil:
			return s.streamProblem(ctx, core.PhaseFetch, watch, err)
		case last != nil:
			return breaks(core.PhaseFetch, "the plugin goes on after its closing chunk")
		}
		if err := d.take(m); err != nil {
			return err
		}
		if len(m.GetSha256()) > 0 {
			last = m
		}
	}
}

// take takes one chunk.
func (d *Download) take(m *sourcepb.FetchChunk) error {
	data := m.GetData()
	switch {
	case len(data) > sourcepb.MaxChunk:
		return breaks(core.PhaseFetch, fmt.Sprintf("the plugin sends a chunk of more than %d bytes", sourcepb.MaxChunk))
	case m.GetOffset() != d.size:
		return breaks(core.PhaseFetch, "the plugin sends a chunk that does not follow the one before it")
	case d.size+uint64(len(data)) > d.MaxBytes:
		return problem(core.ClassTruncated, core.PhaseFetch, core.OriginSystem,
			"the attachment is larger than the bound of %d bytes", d.MaxBytes)
	case len(data) == 0:
		return nil
	}
	if _, err := d.To.Write(data); err != nil {
		d.refused = err
		return fmt.Errorf("keep the attachment: %w", err)
	}
	d.hash.Write(data)
	d.size += uint64(len(data))
	return nil
}

// verify holds what came against the closing chunk.
func (d *Download) verify(last *sourcepb.FetchChunk) error {
	switch {
	case last == nil:
		return breaks(core.PhaseFetch, "the attachment ended without its closing chunk")
	case last.GetSize() != d.size:
		return breaks(core.PhaseFetch, "the size in the closing chunk does not agree with the bytes that came")
	case !bytes.Equal(last.GetSha256(), d.hash.Sum(nil)):
		return breaks(core.PhaseFetch, "the SHA-256 in the closing chunk does not agree with the bytes that came; read the attachment anew")
	}
	return nil
}
