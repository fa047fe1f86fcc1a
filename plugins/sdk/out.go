package sdk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/scrub"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// The bounds of one message and of silence (reference: 100 records is the knee
// of the measured cost).
const (
	batchRecords = 100
	batchBytes   = 256 << 10
	batchWait    = 50 * time.Millisecond
	heartbeat    = 5 * time.Second
)

// errEnough ends a search that has reached the query's bound.
var errEnough = errors.New("the answer has reached the bound of the query")

// Out takes what a search finds. Its methods may be called from several
// goroutines; an error of one ends the search and is returned from Search.
type Out struct {
	ctx   context.Context
	send  func(*sourcepb.SearchEvent) error
	blank *scrub.Live
	query core.Query
	types map[string]bool

	mu       sync.Mutex
	lost     error // the first failure of send: nothing can leave any more
	breach   error // the first breach of the rules: no record is taken any more
	pending  []*sourcepb.Record
	bytes    int
	timer    *time.Timer
	lastSent time.Time
	progress core.Progress
	sent     map[string]uint64
	total    uint64
	refs     map[string]struct{}
	digest   *sourcepb.Digest
	counts   []core.TypeCount
	problems []core.Problem
	leftOut  []core.LeftOut
	enough   bool
}

func newOut(ctx context.Context, q core.Query, types []RecordType, blank *scrub.Live,
	send func(*sourcepb.SearchEvent) error) *Out {
	o := &Out{ctx: ctx, send: send, blank: blank, query: q, types: map[string]bool{}, lastSent: time.Now(),
		sent: map[string]uint64{}, refs: map[string]struct{}{}, digest: sourcepb.NewDigest()}
	for _, t := range types {
		o.types[t.Name] = true
	}
	return o
}

// Emit gives one record. Records leave in batches of at most 100, 256 KiB or
// 50 ms. A text that is no valid UTF-8 and a value of more than 1 MiB leave as
// withheld, never cut.
func (o *Out) Emit(r core.Record) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.usable(r); err != nil {
		return err
	}
	m, size, ok := o.fit(r)
	if !ok {
		return o.notice(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: r.Type,
			Message: "a record is too large to be sent even without its largest values; look it up in the system"})
	}
	if o.bytes+size > batchBytes {
		if err := o.flush(); err != nil {
			return err
		}
	}
	o.refs[r.Ref] = struct{}{}
	o.digest.Add(r.Ref)
	o.sent[r.Type]++
	o.total++
	o.pending = append(o.pending, m)
	o.bytes += size
	if len(o.pending) >= batchRecords || o.bytes >= batchBytes {
		return o.flush()
	}
	if len(o.pending) == 1 {
		o.timer = time.AfterFunc(batchWait, o.flushLater)
	}
	return nil
}

// usable tells whether r may be sent at all.
func (o *Out) usable(r core.Record) error {
	if err := errors.Join(o.lost, o.breach, o.ctx.Err()); err != nil {
		return err
	}
	if o.query.MaxRecords > 0 && o.total >= o.query.MaxRecords {
		if !o.enough {
			o.enough = true
			o.problems = append(o.problems, core.Problem{Class: core.ClassTruncated, Phase: core.PhaseSearch,
				Origin:  core.OriginPlugin,
				Message: fmt.Sprintf("the answer reached its bound of %d records; raise max_records", o.query.MaxRecords)})
		}
		return errEnough
	}
	_, twice := o.refs[r.Ref]
	switch {
	case !o.types[r.Type]:
		o.breach = bug(r.Type, "the plugin sends a record of a type that it has not declared")
	case !strings.HasPrefix(r.Ref, r.Type+"/") || len(r.Ref) == len(r.Type)+1:
		o.breach = bug(r.Type, "the plugin sends a record whose ref is not its type and key")
	case twice:
		o.breach = bug(r.Type, "two records have one ref: the key of the mapping is not unique, "+
			"or the plugin sends a record twice")
	}
	return o.breach
}

// Checkpoint says that c covers every record emitted before it.
func (o *Out) Checkpoint(c core.Checkpoint) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.flush(); err != nil {
		return err
	}
	return o.event(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Checkpoint{
		Checkpoint: &sourcepb.Checkpoint{Format: c.Format, Cursor: c.Cursor}}})
}

// Notice tells of a problem that does not end the search. One of ClassPartial,
// ClassUnmapped, ClassTruncated or ClassUnsupportedKey makes the result
// partial; all of them stand in the completion too.
func (o *Out) Notice(p core.Problem) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.notice(p)
}

func (o *Out) notice(p core.Problem) error {
	p = o.clean(p)
	o.problems = append(o.problems, p)
	return o.event(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Notice{Notice: sourcepb.FromProblem(p)}})
}

// Examined tells what became of one record type. Every type that the query
// reaches needs one report before Search returns, else the result is partial;
// a second report of a type replaces the first. Sent is counted by Out.
func (o *Out) Examined(t core.TypeCount) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.counts {
		if o.counts[i].Type == t.Type {
			o.counts[i] = t
			return
		}
	}
	o.counts = append(o.counts, t)
}

// LeftOut tells what the mapping leaves out on purpose; it stands in the
// coverage. A second call replaces the first.
func (o *Out) LeftOut(list []core.LeftOut) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.leftOut = nil
	for _, l := range list {
		o.leftOut = append(o.leftOut, core.LeftOut{Table: valid(l.Table), Column: valid(l.Column), Reason: o.blank.Text(valid(l.Reason))})
	}
}

// Progress tells how many records were examined so far. It leaves with the
// next heartbeat.
func (o *Out) Progress(examined uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.progress = core.Progress{Records: examined}
}

// Waiting tells until when the system makes the search wait.
func (o *Out) Waiting(until time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.progress.WaitUntil = until
	return o.beat()
}

func (o *Out) flushLater() {
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.flush() // the error is kept for the next call
}

// flush sends what is pending. The caller holds the lock, also while the host
// is slow: that is the back-pressure.
func (o *Out) flush() error {
	if o.timer != nil {
		o.timer.Stop()
		o.timer = nil
	}
	if o.lost != nil || len(o.pending) == 0 {
		return o.lost
	}
	batch := &sourcepb.RecordBatch{Records: o.pending}
	o.pending, o.bytes = nil, 0
	return o.event(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Batch{Batch: batch}})
}

func (o *Out) event(e *sourcepb.SearchEvent) error {
	if o.lost != nil {
		return o.lost
	}
	if err := o.send(e); err != nil {
		o.lost = fmt.Errorf("send to the host: %w", err)
	}
	o.lastSent = time.Now()
	return o.lost
}

func (o *Out) beat() error {
	return o.event(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Progress{
		Progress: sourcepb.FromProgress(o.progress)}})
}

// keepAlive sends a heartbeat whenever nothing else left for every, until stop
// is closed.
func (o *Out) keepAlive(every time.Duration, stop <-chan struct{}) {
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			o.mu.Lock()
			if time.Since(o.lastSent) >= every/2 {
				_ = o.beat() // the error is kept for the next call
			}
			o.mu.Unlock()
		}
	}
}

// clean blanks what no problem may hold, and says when it arose.
func (o *Out) clean(p core.Problem) core.Problem {
	if p.Phase == "" {
		p.Phase = core.PhaseSearch
	}
	if p.Origin == "" {
		p.Origin = core.OriginPlugin
	}
	p.Message = o.blank.Text(p.Message)
	p.ConfigPath, p.RecordType = valid(p.ConfigPath), valid(p.RecordType)
	return p
}

func bug(recordType, msg string) *core.Problem {
	return &core.Problem{Class: core.ClassBug, Phase: core.PhaseSearch, Origin: core.OriginPlugin,
		RecordType: recordType, Message: msg}
}

func recordSize(m *sourcepb.Record) int { return proto.Size(m) + 8 }
