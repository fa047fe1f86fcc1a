package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/store"
)

const (
	// batchRecords is how many records are written at once, batchTime how long
	// records and checkpoints may wait for others: a small answer is written once.
	batchRecords = 500
	batchTime    = 100 * time.Millisecond

	maxNotices  = 50
	maxAttempts = 50 // that are kept one by one
	closeTime   = 5 * time.Second
)

// asking is the state of one ask while it runs.
type asking struct {
	file     *store.File
	task     Task
	sources  Sources
	limits   Limits
	journal  journal
	progress func(Update)
	queue    queue
	known    *known
	bench    *judge

	ask     Ask
	pending []core.Record
	// closing is the closing message of the present attempt, as it came.
	closing   *core.Completion
	unwritten time.Time // when the first record or checkpoint came since the last write

	// The entry of what is stored, once there is something: see journal.
	endStored        func(outcome string, counts audit.Counts) error
	written, dropped int

	// Of the present attempt:
	base   uint64 // records that the checkpoint covers from which it goes on
	from   core.Checkpoint
	came   uint64 // records that came
	events int
}

func askRow(hop int, system string) string { return fmt.Sprintf("%d/%s", hop, system) }

// recordRow names a record in the store: the same record gets the same row in
// every attempt.
func recordRow(system, ref string) string { return system + "\x00" + ref }

// run asks until there is an answer, or until asking again makes no sense in
// this run. A run that was killed while it waited waits for the rest.
func (a *asking) run(ctx context.Context, j *judges) (err error) {
	if a.bench, err = j.of(a.task.System); err != nil {
		return err
	}
	if err := a.load(ctx); err != nil {
		return err
	}
	if a.ask.Done {
		a.finished()
		return nil
	}
	bounded, cancel := a.limits.bound(ctx, a.task.System)
	defer cancel()
	var p patience
	var before *core.Problem // why the call before failed
	wait := a.ask.owed(time.Now())
	for {
		if wait > 0 {
			if !fits(bounded, wait) {
				break // the outcome says when to ask again
			}
			if err := a.pause(ctx, wait); err != nil {
				return err
			}
		}
		failure, err := a.attempt(ctx, bounded)
		if err != nil {
			return err
		}
		if failure == nil {
			break
		}
		if before != nil && a.events == 0 && failure.Class == core.ClassDeadline && failure.Origin == core.OriginHost {
			// The time ran out on a call that was only tried again: what is
			// wrong is what was wrong before.
			a.ask.Problem = before
			break
		}
		before = failure
		again := false
		wait, again = p.next(failure)
		if failure.Class == core.ClassRateLimited && failure.RetryAfter > 0 {
			// Said also where this run does not wait for it.
			a.ask.NotBefore = time.Now().Add(failure.RetryAfter).UTC()
		}
		if !again || !fits(bounded, wait) {
			break
		}
		a.lastAttempt().Wait = wait
		if err := a.settled(ctx); err != nil {
			return err
		}
	}
	return a.conclude(ctx)
}

// load reads the ask, or begins it.
func (a *asking) load(ctx context.Context) error {
	err := a.file.Get(ctx, tableAsk, askRow(0, a.task.System), &a.ask)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	question, err := a.task.digest()
	if err != nil {
		return err
	}
	a.ask = Ask{System: a.task.System, Question: question, Source: a.task.Source, Kinds: a.task.Kinds()}
	return nil
}

// attempt calls the source once. It gives why that failed, nil for an answer;
// the error is the store's, or that of a run which somebody stopped.
func (a *asking) attempt(ctx, bounded context.Context) (*core.Problem, error) {
	a.ask.Attempt++
	a.ask.Completion, a.ask.Problem, a.ask.NotBefore, a.closing = nil, nil, time.Time{}, nil
	began := time.Now()
	if a.ask.Checkpoint.Cursor == nil {
		// From the beginning. Otherwise the notices of the part that is not
		// searched again stay.
		a.ask.Started, a.ask.Notices, a.ask.Covered = began.UTC(), nil, 0
	}
	a.from, a.base, a.came, a.events = a.ask.Checkpoint, a.ask.Covered, 0, 0
	a.ask.Attempts = append(a.ask.Attempts, core.Attempt{Number: a.ask.Attempt, Started: began.UTC(), Resumed: a.from.Cursor != nil})
	if n := len(a.ask.Attempts) - maxAttempts; n > 0 {
		a.ask.Attempts = slices.Delete(a.ask.Attempts, 0, n)
	}
	if err := a.commit(ctx); err != nil {
		return nil, err
	}
	a.progress(Update{System: a.task.System, State: Starting, Records: a.ask.Records})
	storeErr, searchErr := a.search(ctx, bounded)
	last := a.lastAttempt()
	last.Took = time.Since(began)
	a.ask.Took += last.Took
	a.ask.Ended = time.Now().UTC()
	if storeErr != nil {
		return nil, storeErr
	}
	if ctx.Err() != nil {
		// Stopped by a person or by a failing store: the ask stays open. What
		// was received is kept; the context is gone, so a fresh one writes it.
		last.End = core.AttemptStopped
		return nil, errors.Join(a.settled(ctx), context.Cause(ctx))
	}
	failure := a.judge(searchErr)
	if err := a.journal.answered(context.WithoutCancel(ctx), a.task.System, last.Number, failure); err != nil {
		return nil, err
	}
	last.End = core.AttemptAnswered
	if failure != nil {
		last.End, last.Class, last.Origin = core.AttemptFailed, failure.Class, failure.Origin
		if a.from.Cursor != nil && a.events == 0 && failure.Class == core.ClassBug {
			// It may be the cursor that breaks the source. From the beginning,
			// nothing is lost: a record that comes twice is one by its ref.
			a.ask.Checkpoint, a.ask.Covered = core.Checkpoint{}, 0
		}
	}
	return failure, nil
}

func (a *asking) lastAttempt() *core.Attempt { return &a.ask.Attempts[len(a.ask.Attempts)-1] }

// judge gives why an attempt failed, nil when it was answered. A closing
// message that says "failed" is no answer.
func (a *asking) judge(searchErr error) *core.Problem {
	if searchErr != nil {
		problems := problemsOf(searchErr)
		a.ask.Problem = gravest(problems)
		for _, p := range problems {
			if !p.Equal(*a.ask.Problem) {
				a.note(p)
			}
		}
		return a.ask.Problem
	}
	c := a.ask.Completion
	switch {
	case c == nil:
		return &core.Problem{Class: core.ClassBug, Phase: core.PhaseSearch, Origin: core.OriginPlugin}
	case c.Result != core.Failed:
		return nil
	}
	for i := range c.Problems {
		c.Problems[i].Class = c.Problems[i].Class.Known()
	}
	p := gravest(c.Problems)
	switch {
	case p == nil:
		return &core.Problem{Origin: core.OriginSystem} // it does not say why: nobody can say what helps
	case p.Class == core.ClassRateLimited:
		a.ask.Problem = p // how long is owed outlives the attempt
	}
	return p
}

// search opens the source and takes its answer. The first error is the
// store's, or ours; the second the source's.
func (a *asking) search(ctx, bounded context.Context) (ownErr, searchErr error) {
	query := core.Query{Request: a.file.ID(), AnyOf: a.task.AnyOf, Period: a.task.Period, Resume: a.ask.Checkpoint}
	source, err := a.sources.Open(bounded, a.task.System, query)
	if errors.Is(err, ErrUnable) {
		return err, nil
	}
	if err != nil {
		return nil, deadline(bounded, err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		err := source.Close(closing)
		switch {
		case errors.Is(err, ErrUnable):
			ownErr = errors.Join(ownErr, err)
		case err != nil && searchErr == nil && a.ask.Completion == nil:
			searchErr = err
		}
	}()
	a.progress(Update{System: a.task.System, State: Searching, Records: a.ask.Records})
	if source.MaxRecords > 0 {
		// What the checkpoint covers counts too.
		query.MaxRecords = source.MaxRecords - min(a.base, source.MaxRecords-1)
	}
	completion, err := source.Search(bounded, query, func(e core.Event) error {
		ownErr = a.take(ctx, e)
		return ownErr
	})
	if ownErr != nil && ctx.Err() == nil {
		return ownErr, nil
	}
	// What came before a stop or a failure is stored with it, by the caller.
	a.closing, a.ask.Completion = completion, completion
	if err != nil {
		err = deadline(bounded, err)
	}
	return nil, err
}

// whole gives the closing message with the counts of all attempts: a source
// that goes on from a checkpoint counts what came after it. byType is how many
// records came in this round.
func whole(c *core.Completion, byType map[string]uint64) *core.Completion {
	if c == nil {
		return nil
	}
	out := *c
	out.Searched = slices.Clone(c.Searched)
	for i := range out.Searched {
		t := &out.Searched[i]
		before := byType[t.Type] - min(t.Sent, byType[t.Type])
		t.Sent += before
		t.Matched += before
	}
	return &out
}

// take keeps one event: records and checkpoints gather to a batch, which is
// written as one.
func (a *asking) take(ctx context.Context, e core.Event) error {
	a.events++
	switch {
	case e.Checkpoint != nil:
		a.reach(*e.Checkpoint)
		if time.Since(a.unwritten) >= batchTime {
			return a.commit(ctx)
		}
	case e.Notice != nil:
		a.note(*e.Notice)
	case e.Progress != nil:
		u := Update{System: a.task.System, State: Searching, Records: a.ask.Records + len(a.pending)}
		if time.Now().Before(e.Progress.WaitUntil) {
			u.State, u.Until = Waiting, e.Progress.WaitUntil
			if !a.unwritten.IsZero() { // it may take long
				if err := a.commit(ctx); err != nil {
					return err
				}
			}
		}
		a.progress(u)
	default:
		a.waits()
		a.pending = append(a.pending, e.Records...)
		a.came += uint64(len(e.Records))
		a.progress(Update{System: a.task.System, State: Searching, Records: a.ask.Records + len(a.pending)})
		if len(a.pending) >= batchRecords {
			return a.commit(ctx)
		}
	}
	return nil
}

// reach notes a checkpoint, which is stored with the records before it.
func (a *asking) reach(c core.Checkpoint) {
	if c.Format != a.from.Format {
		a.base = 0 // the source did not know the cursor and began anew
	}
	a.ask.Checkpoint, a.ask.Covered = c, a.base+a.came
	a.waits()
}

// waits notes that something is to be written.
func (a *asking) waits() {
	if a.unwritten.IsZero() {
		a.unwritten = time.Now()
	}
}

// note keeps a notice unless it is known, and one of each class however many
// there are.
func (a *asking) note(p core.Problem) {
	p.Class = p.Class.Known()
	same := func(have core.Problem) bool { return have.Equal(p) }
	if len(a.ask.Notices) >= maxNotices {
		same = func(have core.Problem) bool { return have.Class == p.Class }
	}
	if !slices.ContainsFunc(a.ask.Notices, same) {
		a.ask.Notices = append(a.ask.Notices, p)
	}
}

// finished tells how the ask ended, as far as that is known before matching.
func (a *asking) finished() {
	a.progress(Update{System: a.task.System, State: Finished, Records: a.ask.Records, Took: a.ask.Took, Until: a.ask.NotBefore,
		Outcome: Grade(a.task, a.ask, a.ask.Records).Outcome})
}

// deadline makes a deadline problem of an error that came after the source's
// time was up.
func deadline(ctx context.Context, err error) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	return &core.Problem{Class: core.ClassDeadline, Phase: core.PhaseSearch, Origin: core.OriginHost,
		Message: "the source did not finish in its time: raise `timeout` in the sources file, or look at the system"}
}

// problemsOf gives the problems in an error, at least one. The text of an
// error without one may hold anything, so only its type is told.
func problemsOf(err error) []core.Problem {
	problems := core.Problems(err)
	for i := range problems {
		problems[i].Class = problems[i].Class.Known()
	}
	if len(problems) == 0 {
		inner := err
		for next := errors.Unwrap(inner); next != nil; next = errors.Unwrap(inner) {
			inner = next
		}
		problems = []core.Problem{{Class: core.ClassBug, Origin: core.OriginHost, Phase: core.PhaseSearch,
			Message: fmt.Sprintf("the source failed with an error of no class (%T)", inner)}}
	}
	return problems
}
