package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

var _ core.Source = (*Session)(nil)

// Search asks the system about one person. The completion is the plugin's own
// closing message, and only there when it is the one and last event, and its
// counts and digest agree with what came; its Result may still be Failed.
// Without it the error holds a *core.Problem that says why. An error of emit
// ends the search and is returned as it is.
func (s *Session) Search(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error) {
	if err := s.begin(core.PhaseSearch); err != nil {
		return nil, fmt.Errorf("search %s: %w", s.system, err)
	}
	var refused error // the taker's, which says nothing about the plugin
	c, err := s.search(ctx, q, func(e core.Event) error {
		refused = emit(e)
		return refused
	})
	s.ended(c, err, refused)
	if err != nil {
		return nil, fmt.Errorf("search %s: %w", s.system, err)
	}
	return c, nil
}

// ended counts a search and reports how it ended.
func (s *Session) ended(c *core.Completion, err, refused error) {
	s.mu.Lock()
	s.searches++
	s.spoilt = s.spoilt || refused != nil
	s.mu.Unlock()
	if refused != nil {
		err = nil
	}
	s.end(c, err)
}

func (s *Session) search(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error) {
	if err := s.v.ready(core.PhaseSearch); err != nil {
		return nil, err
	}
	defer s.v.blank.Search(q)()
	call, cancel := context.WithCancel(ctx)
	defer cancel()
	watch := newSilence(s.v.opts.Deadlines.Silence, cancel)
	defer watch.stop()
	question := sourcepb.FromQuery(q)
	if n := proto.Size(question); n > sourcepb.MaxMessage {
		return nil, problem(core.ClassUnsupportedKey, core.PhaseSearch, core.OriginHost,
			"the question has %d bytes and a plugin takes %d; ask with fewer identifiers at once", n, sourcepb.MaxMessage)
	}
	stream, err := s.v.rpc.Search(call, question)
	if err != nil {
		return nil, s.streamProblem(ctx, core.PhaseSearch, watch, err)
	}
	a := &answer{types: s.types, declared: s.declared, query: q, limit: q.MaxRecords, refs: map[string]struct{}{},
		sent: map[string]uint64{}, digest: sourcepb.NewDigest(), clean: func(m *sourcepb.Problem) core.Problem {
			return s.v.told(m.Core(), core.PhaseSearch)
		}, closing: s.v.closing}
	for {
		watch.listen()
		m, err := stream.Recv()
		watch.pause() // a slow taker is not the plugin's silence
		if errors.Is(err, io.EOF) {
			return a.verify()
		}
		if err != nil {
			return nil, s.streamProblem(ctx, core.PhaseSearch, watch, err)
		}
		event, breach := a.take(m)
		if event != nil {
			if err := emit(*event); err != nil {
				return nil, err
			}
		}
		if breach != nil {
			return nil, breach
		}
	}
}

// streamProblem says why a stream broke off.
func (s *Session) streamProblem(ctx context.Context, phase core.Phase, watch *silence, err error) error {
	if ctx.Err() == nil && watch.broken.Load() {
		return problem(core.ClassDeadline, phase, core.OriginPlugin,
			"the plugin gave no sign of life for %s", watch.limit)
	}
	return s.failed(ctx, phase, err)
}

// silence cancels a search whose plugin says nothing for too long.
type silence struct {
	limit  time.Duration
	timer  *time.Timer
	broken atomic.Bool
}

func newSilence(limit time.Duration, cancel func()) *silence {
	w := &silence{limit: limit}
	w.timer = time.AfterFunc(limit, func() {
		w.broken.Store(true)
		cancel()
	})
	return w
}

func (w *silence) listen() { w.timer.Reset(w.limit) }
func (w *silence) pause()  { w.timer.Stop() }
func (w *silence) stop()   { w.timer.Stop() }

// answer holds what came of one search against the rules.
type answer struct {
	types    []sdk.RecordType
	declared map[string]bool // the names of types
	query    core.Query
	limit    uint64
	clean    func(*sourcepb.Problem) core.Problem
	closing  func(*core.Completion) // blanks its words

	refs       map[string]struct{}
	sent       map[string]uint64
	total      uint64
	digest     *sourcepb.Digest
	completion *sourcepb.Completion
	breach     *core.Problem // the first; the rest of the answer is still taken
}

// take takes one message. It gives an event for the caller, nil for none, and
// an error when no more may be read after that.
func (a *answer) take(m *sourcepb.SearchEvent) (*core.Event, error) {
	if a.completion != nil {
		return nil, broke("", "the plugin goes on after its closing message")
	}
	switch e := m.GetEvent().(type) {
	case *sourcepb.SearchEvent_Batch:
		return a.batch(e.Batch)
	case *sourcepb.SearchEvent_Checkpoint:
		c := e.Checkpoint.Core()
		return &core.Event{Checkpoint: &c}, nil
	case *sourcepb.SearchEvent_Progress:
		p := e.Progress.Core()
		return &core.Event{Progress: &p}, nil
	case *sourcepb.SearchEvent_Notice:
		p := a.clean(e.Notice)
		return &core.Event{Notice: &p}, nil
	case *sourcepb.SearchEvent_Completion:
		a.completion = e.Completion
		return nil, nil
	default: // of a later version; what it says is unknown, so nothing is proved
		a.note(broke("", "the plugin sends an event that this version does not know"))
		return nil, nil
	}
}

func (a *answer) batch(b *sourcepb.RecordBatch) (*core.Event, error) {
	out := make([]core.Record, 0, len(b.GetRecords()))
	for _, m := range b.GetRecords() {
		if a.limit > 0 && a.total >= a.limit {
			return records(out), problem(core.ClassTruncated, core.PhaseSearch, core.OriginPlugin,
				"the plugin sends more than the %d records that were asked for", a.limit)
		}
		r := m.Core()
		a.total++
		a.sent[r.Type]++
		a.digest.Add(r.Ref)
		_, twice := a.refs[r.Ref]
		switch {
		case twice:
			a.note(broke(a.known(r.Type), "the plugin sends two records of one ref"))
			continue // the first one stays
		case !strings.HasPrefix(r.Ref, r.Type+"/") || len(r.Ref) == len(r.Type)+1:
			a.note(broke(a.known(r.Type), "the plugin sends a record whose ref is not its type and key"))
		case !a.declared[r.Type]:
			a.note(broke("", "the plugin sends a record of a type that it has not declared"))
		}
		a.refs[r.Ref] = struct{}{}
		out = append(out, r)
	}
	return records(out), nil
}

func records(rs []core.Record) *core.Event {
	if len(rs) == 0 {
		return nil
	}
	return &core.Event{Records: rs}
}

// known gives the name of a record type if the plugin has declared it, since
// any other text may hold anything.
func (a *answer) known(recordType string) string {
	if a.declared[recordType] {
		return recordType
	}
	return ""
}

// verify gives the completion if it is there and agrees with what came.
func (a *answer) verify() (*core.Completion, error) {
	m := a.completion
	switch {
	case m == nil:
		a.note(broke("", "the plugin's answer ended without its closing message"))
	case a.breach != nil:
	case m.GetResult() == sourcepb.Result_RESULT_UNSPECIFIED || m.Core().Result == "":
		a.note(broke("", "the closing message holds no result that this version knows"))
	case !a.counted(m):
		a.note(broke("", "the counts of the closing message do not agree with the records that came"))
	case !bytes.Equal(m.GetDigest(), a.digest.Sum()):
		a.note(broke("", "the digest of the closing message does not agree with the records that came"))
	}
	if a.breach != nil {
		return nil, a.breach
	}
	c := m.Core()
	c.Problems = nil
	for _, p := range m.GetProblems() {
		c.Problems = append(c.Problems, a.clean(p))
	}
	a.closing(&c)
	a.complete(&c)
	return &c, nil
}

// complete takes a claim of completeness back when it leaves out a record type
// or a key that the query reaches, or records that the plugin says it matched:
// a source does not grade itself.
func (a *answer) complete(c *core.Completion) {
	if c.Result != core.Complete {
		return
	}
	for _, t := range a.types {
		if len(a.query.Types) > 0 && !slices.Contains(a.query.Types, t.Name) {
			continue
		}
		if says := a.left(t, c); says != "" {
			p := problem(core.ClassPartial, core.PhaseSearch, core.OriginPlugin, "%s", says)
			p.RecordType = t.Name
			c.Problems = append(c.Problems, *p)
			c.Result = core.Partly
		}
	}
	if unused := sdk.Unsupported(a.query, a.types); len(unused) > 0 {
		c.Problems = append(c.Problems, unused...)
		c.Result = core.Partly
	}
}

// left says what a closing message that claims completeness leaves out of a
// type, "" for nothing.
func (a *answer) left(t sdk.RecordType, c *core.Completion) string {
	i := slices.IndexFunc(c.Searched, func(n core.TypeCount) bool { return n.Type == t.Name })
	if i < 0 {
		return "the plugin did not say whether it examined this record type"
	}
	count := c.Searched[i]
	usable, _ := t.Usable(a.query)
	switch {
	case count.Examined && len(usable) == 0:
		return "the plugin says that it examined this record type, and none of the keys that it declared for it was asked for"
	case count.Matched > count.Sent:
		return fmt.Sprintf("the plugin says that %d records match, and sent %d", count.Matched, count.Sent)
	default:
		return ""
	}
}

// counted tells whether each type was counted once and rightly, and no type
// that the plugin has not declared.
func (a *answer) counted(m *sourcepb.Completion) bool {
	seen := map[string]bool{}
	for _, t := range m.GetSearched() {
		if !a.declared[t.GetType()] || seen[t.GetType()] || t.GetSent() != a.sent[t.GetType()] || t.GetMatched() < t.GetSent() {
			return false
		}
		seen[t.GetType()] = true
	}
	for name := range a.sent {
		if !seen[name] {
			return false
		}
	}
	return true
}

func (a *answer) note(p *core.Problem) {
	if a.breach == nil {
		a.breach = p
	}
}

// broke gives the problem of a plugin that breaks the protocol. Its type is
// named only when it is a declared one.
func broke(recordType, msg string) *core.Problem {
	p := problem(core.ClassBug, core.PhaseSearch, core.OriginPlugin, "%s", msg)
	p.RecordType = recordType
	return p
}
