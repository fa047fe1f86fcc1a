package sdktest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/host"
	"github.com/sinusta/sinusta/plugins/internal/scrub"
)

// Test tries every check on the plugin and reports them in order. An error
// means that the suite itself is wrong, or that ctx ended.
func Test(ctx context.Context, s Suite) (Report, error) {
	s, err := s.withDefaults()
	if err != nil {
		return Report{}, fmt.Errorf("test plugin %s: %w", s.Plugin, err)
	}
	t := newTrial(s)
	defer end(ctx, t.host)
	report := Report{Plugin: s.Plugin}
	for _, c := range checks() {
		r := Result{ID: c.id, Demand: c.demand, Lesson: c.lesson}
		begin := time.Now()
		o := t.try(ctx, c)
		r.Milliseconds = time.Since(begin).Milliseconds()
		if ctx.Err() != nil {
			return Report{}, fmt.Errorf("test plugin %s: %w", s.Plugin, ctx.Err())
		}
		if reason := s.Exempt[c.id]; reason != "" && o.state == NotTried {
			o = outcome{Exempt, reason}
		}
		r.State, r.Evidence = o.state, t.clean(o.text)
		report.Results = append(report.Results, r)
	}
	report.Plugin, report.Version = t.name, t.version
	return report, nil
}

// check is one demand on a plugin.
type check struct {
	id, demand, lesson string
	// configured checks need a configuration that works.
	configured bool
	run        func(context.Context, *trial) outcome
}

// checks gives every check in the order in which they are tried: what all
// others rest on comes first.
func checks() []check {
	return slices.Concat(startChecks(), configureChecks(), searchChecks(), streamChecks(), hardChecks(), verbChecks(), hiddenChecks())
}

// exists tells whether there is a check of that id.
func exists(id string) bool {
	return slices.ContainsFunc(checks(), func(c check) bool { return c.id == id })
}

// trial is one run of a suite.
type trial struct {
	suite Suite
	host  *host.Host
	// words are what no output may show; out watches all output for them.
	words *words
	out   *output
	log   *output
	blank *scrub.Live

	mu      sync.Mutex
	name    string
	version string
	fields  map[string]bool   // that were seen with a value
	whole   map[*Case]*answer // the answers that several checks need
	working *host.Session     // of Suite.Works, once it is needed
	broken  error             // why it did not start
}

func newTrial(s Suite) *trial {
	t := &trial{suite: s, words: newWords(s), name: s.Plugin, blank: &scrub.Live{}, fields: map[string]bool{}, whole: map[*Case]*answer{}}
	t.blank.Secrets(t.words.texts()...)
	t.out, t.log = newOutput(t.words), newOutput(t.words)
	t.host = t.newHost(t.out, t.out)
	return t
}

func (t *trial) newHost(stdout, stderr *output) *host.Host {
	return host.New(host.Options{Executable: t.suite.Executable, Home: t.suite.Home, RawStdout: stdout, RawStderr: stderr,
		Quarantine: host.Quarantine{After: -1}, // a plugin that fails is tried on
		Log:        slog.New(slog.NewJSONHandler(t.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
}

// clean gives a text on one line without anything that it may not show.
func (t *trial) clean(s string) string {
	return strings.Join(strings.Fields(t.blank.Text(s)), " ")
}

// try runs one check within its time.
func (t *trial) try(ctx context.Context, c check) outcome {
	if c.configured && t.suite.Works == nil {
		return untried("give a configuration that works (`works`)")
	}
	ctx, cancel := context.WithTimeout(ctx, t.suite.limits.patient)
	defer cancel()
	return c.run(ctx, t)
}

// session gives the session of the working configuration, which the checks
// share that do not harm it.
func (t *trial) session(ctx context.Context) (*host.Session, error) {
	if t.working == nil && t.broken == nil {
		t.working, t.broken = t.start(ctx, nil)
	}
	return t.working, t.broken
}

// start starts the plugin with the setup, nil for the one that works.
func (t *trial) start(ctx context.Context, setup *Setup) (*host.Session, error) {
	if setup == nil {
		setup = t.suite.Works
	}
	if setup == nil {
		return nil, errors.New("the suite has no configuration that works")
	}
	s, err := t.host.Start(ctx, t.suite.spec(setup))
	if err != nil {
		return nil, err
	}
	t.name, t.version = s.Description().Name, s.Description().Version
	return s, nil
}

// sessionOf gives a session for the case, and what closes it.
func (t *trial) sessionOf(ctx context.Context, c *Case) (*host.Session, func(), error) {
	if c.Setup == nil || c.Setup == t.suite.Works {
		s, err := t.session(ctx)
		return s, func() {}, err
	}
	s, err := t.start(ctx, c.Setup)
	if err != nil {
		return nil, nil, err
	}
	return s, func() { end(ctx, s) }, nil
}

// end closes a process or a host that served one check. That a process ends is
// a check of its own.
func end(ctx context.Context, p interface{ Close(context.Context) error }) {
	_ = p.Close(context.WithoutCancel(ctx))
}

// answer is what came of one search.
type answer struct {
	refs        []string // in order
	records     []core.Record
	checkpoints []checkpoint
	notices     []core.Problem
	waits       int // progress events that tell until when the plugin waits
	completion  *core.Completion
	err         error
	took        time.Duration
}

// checkpoint is one of the stream, with how many records came before it.
type checkpoint struct {
	core.Checkpoint
	before int
}

// keep is how many records of one answer are kept whole.
const keep = 1000

// ask puts a query to the session. each sees every event, and may end it.
func (t *trial) ask(ctx context.Context, s *host.Session, q core.Query, each func(*answer) error) *answer {
	a := &answer{}
	begin := time.Now()
	a.completion, a.err = s.Search(ctx, q, func(e core.Event) error {
		for _, r := range e.Records {
			a.refs = append(a.refs, r.Ref)
			if len(a.records) < keep {
				t.see(r)
				a.records = append(a.records, r)
			}
		}
		switch {
		case e.Checkpoint != nil:
			a.checkpoints = append(a.checkpoints, checkpoint{*e.Checkpoint, len(a.refs)})
		case e.Notice != nil:
			a.notices = append(a.notices, *e.Notice)
		case e.Progress != nil && !e.Progress.WaitUntil.IsZero():
			a.waits++
		}
		if each != nil {
			return each(a)
		}
		return nil
	})
	a.took = time.Since(begin)
	return a
}

// problems gives every problem of the answer.
func (a *answer) problems() []core.Problem {
	out := append([]core.Problem(nil), a.notices...)
	if a.completion != nil {
		out = append(out, a.completion.Problems...)
	}
	return append(out, host.Problems(a.err)...)
}

// whole says why the answer is not complete, "" when it is.
func (a *answer) whole() string {
	switch {
	case a.err != nil:
		return "the search failed: " + a.err.Error()
	case a.completion.Result != core.Complete:
		text := fmt.Sprintf("the result is %s", a.completion.Result)
		for _, p := range a.problems() {
			text += fmt.Sprintf("; %s: %s", p.Class, p.Error())
		}
		return text
	}
	return ""
}

// finds says in what the answer differs from what the case must find, "" when
// in nothing. It shows no ref: they may hold names.
func (a *answer) finds(c Case) string {
	if text := a.whole(); text != "" {
		return text
	}
	if len(c.Refs) == 0 {
		if len(a.refs) != c.Count {
			return fmt.Sprintf("%d records came, %d are expected", len(a.refs), c.Count)
		}
		return ""
	}
	return differ(a.refs, c.Refs)
}

// differ says in what the refs that came differ from those that are wanted.
func differ(have, want []string) string {
	missing, extra := less(want, have), less(have, want)
	if missing == 0 && extra == 0 {
		return ""
	}
	return fmt.Sprintf("of %d expected records %d are missing, and %d others came", len(want), missing, extra)
}

// less counts the texts of a that are not in b.
func less(a, b []string) int {
	in := make(map[string]bool, len(b))
	for _, s := range b {
		in[s] = true
	}
	n := 0
	for _, s := range a {
		if !in[s] {
			n++
		}
	}
	return n
}

// wants says how many records the case must find.
func (c Case) wants() int { return max(len(c.Refs), c.Count) }

// within says whether a time is within a bound of the references, with slack.
func (t *trial) within(took, bound time.Duration) bool { return took <= bound+t.suite.limits.slack }

// figure gives a time beside its bound.
func figure(took, bound time.Duration) string {
	return fmt.Sprintf("%s (bound %s)", took.Round(time.Millisecond), bound)
}
