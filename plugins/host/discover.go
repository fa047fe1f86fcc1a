package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// Discovery is the closing message of a discovery.
type Discovery struct {
	// Result is core.Complete when every table that the account sees was
	// listed.
	Result   core.Result    `json:"result"`
	Problems []core.Problem `json:"problems,omitempty"`
}

// Discover lists what the system holds, table by table, in the order of the
// plugin. Samples come only when o allows them. The Discovery is the plugin's
// own closing message, and only there when it is the one and last event and
// agrees with the tables that came; its Result may still be core.Failed.
// Without it the error holds a *core.Problem that says why. An error of emit
// ends the discovery and is returned as it is.
func (s *Session) Discover(ctx context.Context, o sdk.DiscoverOptions, emit func(sdk.Table) error) (*Discovery, error) {
	if err := s.begin(core.PhaseDiscover); err != nil {
		return nil, fmt.Errorf("discover %s: %w", s.system, err)
	}
	var refused error // the taker's, which says nothing about the plugin
	d, err := s.discover(ctx, o, func(t sdk.Table) error {
		refused = emit(t)
		return refused
	})
	s.verbEnded(err, refused)
	if err != nil {
		return nil, fmt.Errorf("discover %s: %w", s.system, err)
	}
	return d, nil
}

func (s *Session) discover(ctx context.Context, o sdk.DiscoverOptions, emit func(sdk.Table) error) (*Discovery, error) {
	if err := s.able(core.PhaseDiscover, sdk.CanDiscover); err != nil {
		return nil, err
	}
	call, cancel := context.WithCancel(ctx)
	defer cancel()
	watch := newSilence(s.v.opts.Deadlines.Silence, cancel)
	defer watch.stop()
	stream, err := s.v.rpc.Discover(call, &sourcepb.DiscoverRequest{AllowSamples: o.AllowSamples})
	if err != nil {
		return nil, s.streamProblem(ctx, core.PhaseDiscover, watch, err)
	}
	l := &listing{opts: o, names: map[string]bool{}, digest: sourcepb.NewDigest(), told: func(p core.Problem) core.Problem { return s.v.told(p, core.PhaseDiscover) }}
	for {
		watch.listen()
		m, err := stream.Recv()
		watch.pause()
		if errors.Is(err, io.EOF) {
			return l.verify()
		}
		if err != nil {
			return nil, s.streamProblem(ctx, core.PhaseDiscover, watch, err)
		}
		table, err := l.take(m)
		if err != nil {
			return nil, err
		}
		if table == nil {
			continue
		}
		if err := emit(*table); err != nil {
			return nil, err
		}
	}
}

// able tells whether the session runs and its plugin has the verb.
func (s *Session) able(phase core.Phase, c sdk.Capability) error {
	if err := s.v.ready(phase); err != nil {
		return err
	}
	if !s.description.Can(c) {
		return problem(core.ClassConfig, phase, core.OriginHost, "the plugin %s does not have the verb %s", s.description.Name, c)
	}
	return nil
}

// verbEnded notes how a call of a verb other than Search ended; refused is the
// error of the caller's own taker.
func (s *Session) verbEnded(err, refused error) {
	if refused != nil {
		s.mu.Lock()
		s.spoilt = true // the call was broken off
		s.mu.Unlock()
		err = nil
	}
	s.end(nil, err)
}

// listing holds what came of one discovery against the rules.
type listing struct {
	opts sdk.DiscoverOptions
	told func(core.Problem) core.Problem

	names  map[string]bool
	digest *sourcepb.Digest
	end    *sourcepb.DiscoverEnd
	breach *core.Problem
}

// take takes one event. It gives a table for the caller, nil for none, and an
// error when no more may be read.
func (l *listing) take(m *sourcepb.DiscoverEvent) (*sdk.Table, error) {
	switch {
	case l.end != nil:
		return nil, breaks(core.PhaseDiscover, "the plugin goes on after its closing message")
	case m.GetEnd() != nil:
		l.end = m.GetEnd()
		return nil, nil
	case m.GetProgress() != nil, m.GetNotice() != nil: // a notice stands in the end too
		return nil, nil
	case m.GetTable() == "":
		l.note("the plugin sends an event that this version does not know")
		return nil, nil
	case l.names[m.GetTable()]:
		l.note("the plugin lists a table twice")
		return nil, nil
	}
	l.names[m.GetTable()] = true
	l.digest.Add(m.GetTable())
	t := &sdk.Table{Name: m.GetTable(), Rows: m.GetRows()}
	for _, c := range m.GetColumns() {
		l.digest.Add(c.GetName())
		if len(c.GetSamples()) > 0 && !l.opts.AllowSamples {
			return nil, breaks(core.PhaseDiscover, "the plugin sends samples of values, which were not allowed")
		}
		column := sdk.Column{Name: c.GetName(), Type: c.GetType(), Categories: c.GetCandidateCategories(),
			Filled: c.GetFilled(), Samples: c.GetSamples()}
		for _, k := range c.GetCandidateKinds() {
			column.Kinds = append(column.Kinds, core.Kind(k))
		}
		t.Columns = append(t.Columns, column)
	}
	return t, nil
}

// verify gives the end if it is there and agrees with what came.
func (l *listing) verify() (*Discovery, error) {
	d := &Discovery{}
	switch m := l.end; {
	case m == nil:
		l.note("the plugin's list ended without its closing message")
	case m.GetTables() != uint64(len(l.names)):
		l.note("the count of the closing message does not agree with the tables that came")
	case !bytes.Equal(m.GetDigest(), l.digest.Sum()):
		l.note("the digest of the closing message does not agree with the tables that came")
	default:
		c := (&sourcepb.Completion{Result: m.GetResult(), Problems: m.GetProblems()}).Core()
		d.Result, d.Problems = c.Result, c.Problems
		if d.Result == "" {
			l.note("the closing message holds no result that this version knows")
		}
	}
	if l.breach != nil {
		return nil, l.breach
	}
	for i, p := range d.Problems {
		d.Problems[i] = l.told(p)
	}
	return d, nil
}

func (l *listing) note(msg string) {
	if l.breach == nil {
		l.breach = breaks(core.PhaseDiscover, msg)
	}
}

// breaks gives the problem of a plugin that breaks the protocol.
func breaks(phase core.Phase, msg string) *core.Problem {
	return problem(core.ClassBug, phase, core.OriginPlugin, "%s", msg)
}
