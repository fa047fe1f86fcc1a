package sdktest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/host"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// streamChecks look at answers that are broken off, or taken slowly.
func streamChecks() []check {
	return []check{
		{id: "cancel", configured: true, run: checkCancel,
			demand: "a cancelled search ends within 1 s and leaves no session, open file or running call behind",
			lesson: "an abandoned statement holds locks in a system that others need"},
		{id: "kill-resume", configured: true, run: checkKill,
			demand: "after kill -9 in the middle, the search that goes on from the last checkpoint completes the same set of refs",
			lesson: "machines die; what came before must be kept, and nothing after it lost"},
		{id: "resume-every-checkpoint", configured: true, run: checkResume,
			demand: "a search that goes on from any checkpoint gives every record after it, and none of another question",
			lesson: "a cursor that skips one record at a page's edge is never noticed"},
		{id: "resume-unknown-cursor", configured: true, run: checkUnknownCursor,
			demand: "a cursor of an unknown format makes the search begin anew",
			lesson: "an upgraded plugin gets the cursors of the old one"},
		{id: "stalled-reader", configured: true, run: checkStalled,
			demand: "while nobody reads, the plugin's memory does not grow, and then the answer goes on whole",
			lesson: "a store that is slow for a minute must not take the machine's memory"},
	}
}

// streamed gives the question whose answer is broken off: it is so large that
// it cannot all be under way at once.
func (t *trial) streamed() (*Case, outcome, bool) {
	least := min(t.suite.limits.many, 10_000)
	for _, c := range []*Case{t.suite.Stream, t.suite.Many} {
		if c != nil && c.wants() >= least {
			return c, outcome{}, true
		}
	}
	return nil, untried("give a question that finds %d records or more (`stream`)", least), false
}

func checkCancel(ctx context.Context, t *trial) outcome {
	c, o, ok := t.streamed()
	if !ok {
		return o
	}
	before, err := t.sessions()
	if err != nil {
		return failed("the sessions in the system cannot be counted: %s", err)
	}
	p, answer, err := t.configured(ctx, c.Setup)
	if err != nil || len(answer.GetProblems()) > 0 {
		return failed("the configuration does not work")
	}
	defer end(ctx, p)
	const rounds = 8
	var longest time.Duration
	files := 0
	for n := range rounds {
		took, err := cancelled(ctx, p, c.Query)
		if err != nil {
			return failed("the search cannot be cancelled: %s", err)
		}
		longest = max(longest, took)
		if n == 1 {
			time.Sleep(second / 10)
			files, _ = descriptors(p.PID())
		}
	}
	if !t.within(longest, second) {
		return failed("it ended %s after it was cancelled", figure(longest, second))
	}
	if left := t.settled(p.PID(), files); left >= files+rounds/2 {
		return failed("after %d cancelled searches %d files or sockets are open, after two there were %d", rounds, left, files)
	}
	bounded, cancel := context.WithTimeout(ctx, second+t.suite.limits.slack)
	defer cancel()
	begin := time.Now()
	_, err = p.Client().Close(bounded, &sourcepb.CloseRequest{})
	took := time.Since(begin)
	switch {
	case bounded.Err() != nil:
		return failed("Close afterwards does not come back within %s: a cancelled search still runs", took.Round(time.Millisecond))
	case err != nil:
		return failed("Close afterwards fails: %s", err)
	}
	if text := t.leaves(ctx, before); text != "" {
		return failed("%s", text)
	}
	return passed("%d times, at most %s, and Close after %s", rounds, figure(longest, second), figure(took, second))
}

// cancelled begins a search, cancels it with the first records, and gives how
// long it took to end.
func cancelled(ctx context.Context, p *host.Probe, q core.Query) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := p.Client().Search(ctx, sourcepb.FromQuery(q))
	if err != nil {
		return 0, err
	}
	for {
		m, err := stream.Recv()
		if err != nil {
			return 0, err
		}
		if m.GetBatch() != nil {
			break
		}
	}
	cancel()
	begin := time.Now()
	for {
		if _, err := stream.Recv(); err != nil {
			return time.Since(begin), nil
		}
	}
}

// settled gives how many files the process has open, once there are no more
// than wanted or time is up.
func (t *trial) settled(pid, wanted int) int {
	n := 0
	for end := time.Now().Add(second); ; time.Sleep(50 * time.Millisecond) {
		n, _ = descriptors(pid)
		if n <= wanted || time.Now().After(end) {
			return n
		}
	}
}

// sessions counts the plugin's sessions in the system, -1 when nobody can.
func (t *trial) sessions() (int, error) {
	if t.suite.Sessions == nil {
		return -1, nil
	}
	return t.suite.Sessions()
}

// leaves says when more sessions are left in the system than there were.
func (t *trial) leaves(ctx context.Context, before int) string {
	if before < 0 {
		return ""
	}
	for end := time.Now().Add(second + t.suite.limits.slack); ; time.Sleep(50 * time.Millisecond) {
		now, err := t.sessions()
		switch {
		case err != nil:
			return "the sessions in the system cannot be counted: " + err.Error()
		case now <= before:
			return ""
		case time.Now().After(end) || ctx.Err() != nil:
			return fmt.Sprintf("%d sessions are left in the system", now-before)
		}
	}
}

// all gives the whole answer of a case of the suite, which is asked for once.
func (t *trial) all(ctx context.Context, c *Case) (*answer, error) {
	if a := t.whole[c]; a != nil {
		return a, nil
	}
	s, done, err := t.sessionOf(ctx, c)
	if err != nil {
		return nil, err
	}
	defer done()
	a := t.ask(ctx, s, c.Query, nil)
	if text := a.finds(*c); text != "" {
		return nil, errors.New(text)
	}
	t.whole[c] = a
	return a, nil
}

func checkKill(ctx context.Context, t *trial) outcome {
	c, o, ok := t.streamed()
	if !ok {
		return o
	}
	whole, err := t.all(ctx, c)
	if err != nil {
		return failed("undisturbed: %s", err)
	}
	s, err := t.start(ctx, c.Setup)
	if err != nil {
		return failed("the configuration does not work: %s", err)
	}
	defer end(ctx, s)
	killed := false
	part := t.ask(ctx, s, c.Query, func(a *answer) error {
		if killed || len(a.refs) < len(whole.refs)/3 {
			return nil
		}
		killed = true
		p, err := os.FindProcess(s.PID())
		if err != nil {
			return err
		}
		return p.Kill()
	})
	if part.err == nil {
		return untried("the whole answer was under way when the process was killed; give a larger one (`stream`)")
	}
	q := c.Query
	if n := len(part.checkpoints); n > 0 {
		q.Resume = part.checkpoints[n-1].Checkpoint
	}
	again, err := t.start(ctx, c.Setup)
	if err != nil {
		return failed("it does not start again: %s", err)
	}
	defer end(ctx, again)
	rest := t.ask(ctx, again, q, nil)
	if text := rest.whole(); text != "" {
		return failed("going on: %s", text)
	}
	if text := differ(append(slices.Clone(part.refs), rest.refs...), whole.refs); text != "" {
		return failed("together, %s", text)
	}
	from := "from the beginning, for no checkpoint had come"
	if len(part.checkpoints) > 0 {
		from = fmt.Sprintf("from checkpoint %d", len(part.checkpoints))
	}
	return passed("killed after %d of %d records; gone on %s with %d", len(part.refs), len(whole.refs), from, len(rest.refs))
}

// resumed bounds how many records are read again for one check.
const resumed = 250_000

func checkResume(ctx context.Context, t *trial) outcome {
	var c *Case
	var whole *answer
	for _, candidate := range append(pointers(t.suite.Finds), t.suite.Stream, t.suite.Many) {
		if candidate == nil || whole != nil && len(whole.checkpoints) >= 3 {
			continue
		}
		a, err := t.all(ctx, candidate)
		if err != nil {
			return failed("undisturbed: %s", err)
		}
		if whole == nil || len(whole.checkpoints) < 3 && len(a.checkpoints) > len(whole.checkpoints) {
			c, whole = candidate, a
		}
	}
	if whole == nil || len(whole.checkpoints) == 0 {
		return untried("no answer of the suite holds a checkpoint; give a question with a large answer (`stream`)")
	}
	s, done, err := t.sessionOf(ctx, c)
	if err != nil {
		return failed("the configuration does not work: %s", err)
	}
	defer done()
	some := spread(whole.checkpoints, max(3, resumed/max(1, len(whole.refs))))
	anew := 0
	for _, point := range some {
		q := c.Query
		q.Resume = point.Checkpoint
		a := t.ask(ctx, s, q, nil)
		if text := a.whole(); text != "" {
			return failed("from the checkpoint after record %d: %s", point.before, text)
		}
		if missing := less(whole.refs[point.before:], a.refs); missing > 0 {
			return failed("from the checkpoint after record %d: %d of the %d records after it are missing", point.before, missing, len(whole.refs)-point.before)
		}
		if extra := less(a.refs, whole.refs); extra > 0 {
			return failed("from the checkpoint after record %d: %d records came that the question does not find", point.before, extra)
		}
		if point.before > 0 && len(a.refs) == len(whole.refs) {
			anew++
		}
	}
	if anew == len(some) && whole.checkpoints[0].before > 0 {
		return failed("from each of %d checkpoints the search begins anew: the checkpoints say nothing", anew)
	}
	return passed("%d of %d checkpoints of an answer of %d records tried", len(some), len(whole.checkpoints), len(whole.refs))
}

func pointers(cs []Case) []*Case {
	var out []*Case
	for i := range cs {
		out = append(out, &cs[i])
	}
	return out
}

// spread gives at most n of the points, the first and the last among them.
func spread(points []checkpoint, n int) []checkpoint {
	if len(points) <= n {
		return points
	}
	var out []checkpoint
	for i := range n {
		out = append(out, points[i*(len(points)-1)/(n-1)])
	}
	return out
}

func checkUnknownCursor(ctx context.Context, t *trial) outcome {
	if len(t.suite.Finds) == 0 {
		return untried("give questions with the records that they find (`finds`)")
	}
	c := t.suite.Finds[0]
	s, done, err := t.sessionOf(ctx, &c)
	if err != nil {
		return failed("the configuration does not work: %s", err)
	}
	defer done()
	c.Query.Resume = core.Checkpoint{Format: "sdktest-of-another-version", Cursor: []byte("\x00\xff{")}
	if text := t.ask(ctx, s, c.Query, nil).finds(c); text != "" {
		return failed("%s", text)
	}
	return passed("all %d records come", c.wants())
}

func checkStalled(ctx context.Context, t *trial) outcome {
	c := t.suite.Many // an answer that is too large to be hoarded unseen
	if c == nil {
		c = t.suite.Stream
	}
	if c == nil || c.wants() < min(t.suite.limits.many, 10_000) {
		return untried("give a question that finds %d records (`many`)", t.suite.limits.many)
	}
	s, err := t.start(ctx, c.Setup)
	if err != nil {
		return failed("the configuration does not work: %s", err)
	}
	defer end(ctx, s)
	if _, known := resident(s.PID()); !known {
		return untried("on this operating system the memory of a process cannot be read")
	}
	var start, most int64
	a := t.ask(ctx, s, c.Query, func(a *answer) error {
		if start > 0 || len(a.refs) == 0 {
			return nil
		}
		start, _ = resident(s.PID())
		for end := time.Now().Add(t.suite.limits.stall); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			now, _ := resident(s.PID())
			most = max(most, now)
		}
		return ctx.Err()
	})
	if text := a.finds(*c); text != "" {
		return failed("after the stall, %s", text)
	}
	growth := fmt.Sprintf("%d MiB on %d MiB (bound %d MiB)", (most-start)>>20, start>>20, t.suite.limits.memory>>20)
	if most-start > t.suite.limits.memory {
		return failed("while nobody read for %s, its memory grew by %s", t.suite.limits.stall, growth)
	}
	return passed("while nobody read for %s, its memory grew by %s", t.suite.limits.stall, growth)
}
