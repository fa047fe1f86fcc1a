package access

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/sinusta/sinusta/core"
)

// How often a source is called in one run, whatever its time allows, and how
// long the waits between are. reference: a plugin that failed three times is
// quarantined, and no failure makes a storm of calls.
const (
	systemCalls  = 6  // of a system that cannot be reached
	processCalls = 3  // of a plugin that breaks or dies
	limitedCalls = 30 // of a system that tells how long to wait

	backoffFirst   = 500 * time.Millisecond
	backoffLongest = 30 * time.Second
	processWait    = 200 * time.Millisecond
)

// patience counts the failures of one source in one run.
type patience struct{ system, process, limited int }

// next tells whether a source that failed is called again in this run, and
// after how long.
//
//   - A system that cannot be reached: after a wait that doubles, from the last
//     checkpoint.
//   - A system that asks to wait: after as long as it asks, never sooner.
//   - A plugin that broke, died or stopped answering: in a new process. What
//     the host itself refuses (a plugin in quarantine) no new process cures.
//   - Anything else needs somebody who acts.
func (p *patience) next(failure *core.Problem) (wait time.Duration, again bool) {
	switch failure.Class {
	case core.ClassRateLimited:
		p.limited++
		if failure.RetryAfter > 0 {
			return failure.RetryAfter, p.limited < limitedCalls
		}
		return backoff(p.limited), p.limited < systemCalls
	case core.ClassTransient, core.ClassDeadline, core.ClassBug:
		if failure.Origin == core.OriginHost && failure.Class != core.ClassTransient {
			return 0, false
		}
		if failure.Origin == core.OriginPlugin || failure.Class == core.ClassBug {
			p.process++
			return jitter(processWait), p.process < processCalls
		}
		p.system++
		return backoff(p.system), p.system < systemCalls
	default:
		return 0, false
	}
}

// backoff gives the wait after the nth failure.
func backoff(n int) time.Duration {
	wait := backoffFirst
	for ; n > 1 && wait < backoffLongest; n-- {
		wait *= 2
	}
	return jitter(min(wait, backoffLongest))
}

// jitter gives a duration between half of d and d, so that those who failed
// together do not come back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// owed is how much is left of a wait that the system asked for. The clock may
// have been set since; nothing makes the wait longer than the system asked.
func (a Ask) owed(now time.Time) time.Duration {
	if a.NotBefore.IsZero() || a.Problem == nil {
		return 0
	}
	return max(0, min(a.NotBefore.Sub(now), a.Problem.RetryAfter))
}

// bound gives the context of all attempts of one ask in one run.
func (l Limits) bound(ctx context.Context, system string) (context.Context, context.CancelFunc) {
	limit := l.Timeout
	if l.TimeoutOf != nil {
		if own := l.TimeoutOf(system); own > 0 {
			limit = own
		}
	}
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}

// fits tells whether there is time left after the wait.
func fits(ctx context.Context, wait time.Duration) bool {
	end, bounded := ctx.Deadline()
	return !bounded || time.Until(end) > wait
}

// pause waits, and gives the ask's place to another meanwhile. It ends at once
// when ctx does.
func (a *asking) pause(ctx context.Context, wait time.Duration) error {
	a.queue.leave()
	a.progress(Update{System: a.task.System, State: Waiting, Records: a.ask.Records, Until: time.Now().Add(wait)})
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := a.queue.enter(ctx); err != nil {
		return context.Cause(ctx)
	}
	return nil
}
