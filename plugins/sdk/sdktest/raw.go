package sdktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/host"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

var errRefused = errors.New("the configuration that works is refused")

// raw is what came of one search, as the plugin sent it.
type raw struct {
	events  []*sourcepb.SearchEvent
	err     error // nil when the stream ended well
	silence time.Duration
}

// rawEvents bounds how many events of one search are kept.
const rawEvents = 20_000

// rawSearch puts a query to a plugin without the host's care.
func rawSearch(ctx context.Context, p *host.Probe, q core.Query) raw {
	var r raw
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := p.Client().Search(ctx, sourcepb.FromQuery(q))
	if err != nil {
		r.err = err
		return r
	}
	for last := time.Now(); len(r.events) < rawEvents; last = time.Now() {
		m, err := stream.Recv()
		r.silence = max(r.silence, time.Since(last))
		if errors.Is(err, io.EOF) {
			return r
		}
		if err != nil {
			r.err = err
			return r
		}
		r.events = append(r.events, m)
	}
	r.err = fmt.Errorf("more than %d events came", rawEvents)
	return r
}

// problems gives every problem of the answer as the plugin sent it.
func (r raw) problems() []*sourcepb.Problem {
	var out []*sourcepb.Problem
	for _, e := range r.events {
		if n := e.GetNotice(); n != nil {
			out = append(out, n)
		}
		out = append(out, e.GetCompletion().GetProblems()...)
	}
	if p, ok := sourcepb.ProblemIn(r.err); ok {
		out = append(out, sourcepb.FromProblem(p))
	} else if r.err != nil {
		out = append(out, &sourcepb.Problem{Class: string(core.ClassBug), Message: r.err.Error()})
	}
	return out
}

// verify says how the answer breaks the protocol, "" when it does not.
func (r raw) verify() string {
	if r.err != nil {
		return "the stream fails: " + r.err.Error()
	}
	digest := sourcepb.NewDigest()
	sent := map[string]uint64{}
	var last *sourcepb.Completion
	for _, e := range r.events {
		if last != nil {
			return "an event follows the closing message"
		}
		last = e.GetCompletion()
		b := e.GetBatch()
		if n := len(b.GetRecords()); n > 100 || n > 1 && proto.Size(b) > 257<<10 {
			return fmt.Sprintf("a batch holds %d records in %d bytes; 100 and 256 KiB are the bounds", n, proto.Size(b))
		}
		for _, m := range b.GetRecords() {
			digest.Add(m.GetRef())
			sent[m.GetType()]++
		}
	}
	switch {
	case last == nil:
		return "the stream ends without a closing message"
	case last.GetResult() == sourcepb.Result_RESULT_UNSPECIFIED:
		return "the closing message holds no result"
	case !bytes.Equal(last.GetDigest(), digest.Sum()):
		return "the digest of the closing message is not that of the records"
	}
	counted := map[string]bool{}
	for _, c := range last.GetSearched() {
		if counted[c.GetType()] || c.GetSent() != sent[c.GetType()] || c.GetMatched() < c.GetSent() {
			return "the counts of the closing message are not those of the records"
		}
		if last.GetResult() == sourcepb.Result_RESULT_COMPLETE && c.GetMatched() > c.GetSent() {
			return "the closing message says that the answer is complete, and that more records match than were sent"
		}
		counted[c.GetType()] = true
	}
	for name := range sent {
		if !counted[name] {
			return "the closing message leaves out a record type that was sent"
		}
	}
	return ""
}

// records counts what came.
func (r raw) records() int {
	n := 0
	for _, e := range r.events {
		n += len(e.GetBatch().GetRecords())
	}
	return n
}

// configured starts a plugin with the setup, nil for the one that works, and
// gives it bare.
func (t *trial) configured(ctx context.Context, setup *Setup) (*host.Probe, *sourcepb.ConfigureResponse, error) {
	if setup == nil {
		setup = t.suite.Works
	}
	p, err := t.host.Probe(ctx, t.suite.spec(setup))
	if err != nil {
		return nil, nil, err
	}
	answer, err := p.Client().Configure(ctx, p.Request(t.suite.spec(setup)))
	if err != nil {
		_ = p.Close(ctx)
		return nil, nil, err
	}
	return p, answer, nil
}

// setupOf gives the configuration of a case.
func (t *trial) setupOf(c *Case) *Setup {
	if c.Setup != nil {
		return c.Setup
	}
	return t.suite.Works
}
