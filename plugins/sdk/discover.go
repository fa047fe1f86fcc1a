package sdk

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/scrub"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// Discoverer is an [Instance] that can list what its system holds. The plugin
// declares [CanDiscover].
type Discoverer interface {
	// Discover gives every table of the system to out, in the same order each
	// time while the system is the same. It ends when ctx does.
	Discover(ctx context.Context, o DiscoverOptions, out *Tables) error
}

// DiscoverOptions say what a discovery may show.
type DiscoverOptions struct {
	// AllowSamples lets columns hold samples of their values. Without it the
	// samples of a plugin that gives them anyway do not leave the process.
	AllowSamples bool
}

// Table is one table, object class, folder or the like of a system.
type Table struct {
	Name string `json:"name"`
	// Rows is how many rows it holds.
	Rows    uint64   `json:"rows"`
	Columns []Column `json:"columns,omitempty"`
}

// Column is one column, attribute or the like of a table.
type Column struct {
	Name string `json:"name"`
	// Type is the system's own word for the type of its values.
	Type string `json:"type,omitempty"`
	// Kinds are the kinds of identifier that it seems to hold, and Categories
	// the categories of personal data.
	Kinds      []core.Kind `json:"kinds,omitempty"`
	Categories []string    `json:"categories,omitempty"`
	// Filled is how many rows hold a value.
	Filled uint64 `json:"filled"`
	// Samples are values, only with DiscoverOptions.AllowSamples.
	Samples []string `json:"samples,omitempty"`
}

// Tables takes what a discovery finds. Its methods may be called from several
// goroutines; an error of one ends the discovery and is returned from Discover.
type Tables struct {
	ctx   context.Context
	send  func(*sourcepb.DiscoverEvent) error
	opts  DiscoverOptions
	blank *scrub.Live

	mu       sync.Mutex
	lost     error
	breach   error
	lastSent time.Time
	names    map[string]bool
	digest   *sourcepb.Digest
	problems []core.Problem
}

// Table gives one table; its name stands once.
func (t *Tables) Table(table Table) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := errors.Join(t.lost, t.breach, t.ctx.Err()); err != nil {
		return err
	}
	m := sourcepb.DiscoverEvent{Table: valid(table.Name), Rows: table.Rows}
	if m.Table == "" || t.names[m.Table] {
		t.breach = &core.Problem{Class: core.ClassBug, Origin: core.OriginPlugin,
			Message: "the plugin gives a table without a name, or gives one twice"}
		return t.breach
	}
	t.names[m.Table] = true
	t.digest.Add(m.Table)
	for _, c := range table.Columns {
		m.Columns = append(m.Columns, t.column(c))
	}
	return t.event(&m)
}

// column gives c as a message and adds it to the digest.
func (t *Tables) column(c Column) *sourcepb.Column {
	m := &sourcepb.Column{Name: valid(c.Name), Type: valid(c.Type), Filled: c.Filled}
	t.digest.Add(m.Name)
	for _, k := range c.Kinds {
		m.CandidateKinds = append(m.CandidateKinds, valid(string(k)))
	}
	for _, category := range c.Categories {
		m.CandidateCategories = append(m.CandidateCategories, valid(category))
	}
	if t.opts.AllowSamples {
		for _, s := range c.Samples {
			m.Samples = append(m.Samples, valid(s))
		}
	}
	return m
}

// Notice tells of a problem that does not end the discovery. One of
// ClassPartial, ClassUnmapped, ClassTruncated or ClassUnsupportedKey makes the
// result partial; all of them stand in the end too.
func (t *Tables) Notice(p core.Problem) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	p = t.clean(p)
	t.problems = append(t.problems, p)
	return t.event(&sourcepb.DiscoverEvent{Notice: sourcepb.FromProblem(p)})
}

func (t *Tables) clean(p core.Problem) core.Problem { return cleaned(p, core.PhaseDiscover, t.blank) }

// event sends one event; the caller holds the lock.
func (t *Tables) event(e *sourcepb.DiscoverEvent) error {
	if t.lost == nil {
		if err := t.send(e); err != nil {
			t.lost = err
		}
		t.lastSent = time.Now()
	}
	return t.lost
}

// beat gives a sign of life when nothing else was sent for a while.
func (t *Tables) beat(quiet time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.lastSent) >= quiet {
		_ = t.event(&sourcepb.DiscoverEvent{Progress: &sourcepb.Progress{}}) // the error is kept for the next call
	}
}

// end makes the closing message of a discovery that ended with err.
func (t *Tables) end(err error) *sourcepb.DiscoverEnd {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		err = t.breach // the plugin has swallowed it
	}
	m := &sourcepb.DiscoverEnd{Result: sourcepb.Result_RESULT_COMPLETE, Tables: uint64(len(t.names)), Digest: t.digest.Sum()}
	failed := false
	if err != nil {
		p := t.clean(*problemOf(err))
		t.problems = append(t.problems, p)
		failed = !partial(p.Class)
	}
	for _, p := range t.problems {
		m.Problems = append(m.Problems, sourcepb.FromProblem(p))
		if partial(p.Class) {
			m.Result = sourcepb.Result_RESULT_PARTIAL
		}
	}
	if failed {
		m.Result = sourcepb.Result_RESULT_FAILED
	}
	return m
}

// Discover lists what the system holds.
func (s *service) Discover(req *sourcepb.DiscoverRequest, stream grpc.ServerStreamingServer[sourcepb.DiscoverEvent]) error {
	now, ctx, done, err := s.begin(stream.Context(), core.PhaseDiscover)
	if err != nil {
		return err
	}
	defer done()
	d, ok := now.inst.(Discoverer)
	if !ok {
		return s.unable(core.PhaseDiscover, CanDiscover)
	}
	o := DiscoverOptions{AllowSamples: req.GetAllowSamples()}
	t := &Tables{ctx: ctx, send: stream.Send, opts: o, blank: s.blank, lastSent: time.Now(), names: map[string]bool{},
		digest: sourcepb.NewDigest()}
	stop := ticking(heartbeat/2, func() { t.beat(heartbeat / 2) })
	err = guard(func() error { return d.Discover(ctx, o, t) })
	stop()
	if ctx.Err() != nil {
		return sourcepb.Status(t.clean(*problemOf(ctx.Err())))
	}
	if t.lost != nil {
		return t.lost
	}
	return stream.Send(&sourcepb.DiscoverEvent{End: t.end(err)})
}

// unable is the answer to a verb that the plugin does not have.
func (s *service) unable(phase core.Phase, c Capability) error {
	return sourcepb.Status(core.Problem{Class: core.ClassBug, Phase: phase, Origin: core.OriginHost,
		Message: "the plugin is asked for a verb that it does not declare: " + string(c)})
}

// ticking calls f every so often until stop is called, which waits for it.
func ticking(every time.Duration, f func()) (stop func()) {
	end, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				f()
			}
		}
	}()
	return func() {
		close(end)
		<-over
	}
}

// cleaned blanks what no problem may hold, and says when it arose.
func cleaned(p core.Problem, phase core.Phase, blank *scrub.Live) core.Problem {
	if p.Phase == "" {
		p.Phase = phase
	}
	if p.Origin == "" {
		p.Origin = core.OriginPlugin
	}
	p.Message = blank.Text(p.Message)
	p.ConfigPath, p.RecordType = valid(p.ConfigPath), valid(p.RecordType)
	return p
}
