package host

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/sinusta/sinusta/core"
)

// Quarantine says when a plugin that fails is not started any more. A zero
// member is its default.
type Quarantine struct {
	// After is how many failures in a row bring it about; 3. Below 0 there is
	// no quarantine, and no pause before the next start either.
	After int
	// For is how long the first one lasts, and Max how long the longest: each
	// failed try doubles it; 30 s and 10 min.
	For, Max time.Duration
}

// The back-off before the next start of a plugin that has failed, and of a
// start that the machine could not make: doubled for each failure, up to the
// longest, and spread by half to both sides.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

// clock tells the time. Intervals are measured with since, which no change of
// the machine's clock moves; now is for people only.
type clock struct {
	since func() time.Duration // since some fixed moment
	now   func() time.Time
}

func systemClock() clock {
	begin := time.Now() // holds a monotonic reading
	return clock{since: func() time.Duration { return time.Since(begin) }, now: time.Now}
}

// breakers hold one breaker for each source: a plugin with its configuration
// for one system. Another program or another configuration is another chance.
type breakers struct {
	rules Quarantine
	clock clock

	mu sync.Mutex
	by map[digest]*breaker
}

// breaker counts the failures of a source that are its plugin's fault. It is
// guarded by the lock of breakers.
type breaker struct {
	failures int           // in a row
	failed   time.Duration // when the last one was
	cause    string        // of the last one

	open  bool          // in quarantine
	began time.Time     // for people
	spell time.Duration // how long this quarantine is
	until time.Duration
	tried bool // one try is under way
}

// ticket lets one session run and takes its reports.
type ticket struct {
	all   *breakers
	b     *breaker
	trial bool // the one try of a quarantine
}

func newBreakers(rules Quarantine, c clock) *breakers {
	if rules.After == 0 {
		rules.After = 3
	}
	if rules.For <= 0 {
		rules.For = 30 * time.Second
	}
	if rules.Max <= 0 {
		rules.Max = 10 * time.Minute
	}
	return &breakers{rules: rules, clock: c, by: map[digest]*breaker{}}
}

// admit lets a source start, after the pause that it gives, or says why not.
func (a *breakers) admit(key digest) (*ticket, time.Duration, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.by[key]
	if b == nil {
		b = &breaker{}
		a.by[key] = b
	}
	now := a.clock.since()
	if !b.open {
		return &ticket{all: a, b: b}, max(0, b.failed+pause(b.failures)-now), nil
	}
	if now < b.until || b.tried {
		left := max(b.until-now, time.Second).Round(time.Second)
		return nil, 0, problem(core.ClassBug, core.PhaseStart, core.OriginHost, "the plugin is in quarantine since %s, "+
			"after %d failures in a row, the last one: %s; it is tried once more in %s; its log tells more; when it is "+
			"replaced or configured otherwise, it starts at once", b.began.Format(time.TimeOnly), b.failures, b.cause, left)
	}
	b.tried = true
	return &ticket{all: a, b: b, trial: true}, 0, nil
}

// pause gives the back-off after so many failures.
func pause(failures int) time.Duration {
	if failures <= 0 {
		return 0
	}
	d := min(firstPause<<min(failures-1, 10), longestPause)
	return d/2 + rand.N(d) //nolint:gosec // spreads starts, guards nothing
}

// failed reports a failure that is the plugin's fault.
func (t *ticket) failed(cause string) {
	a, b := t.all, t.b
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rules.After < 0 {
		return
	}
	b.failures++
	b.failed, b.cause = a.clock.since(), cause
	switch {
	case t.trial && b.open:
		b.spell = min(2*b.spell, a.rules.Max)
	case !b.open && b.failures >= a.rules.After:
		b.open, b.began, b.spell = true, a.clock.now(), min(a.rules.For, a.rules.Max)
	default:
		return // below the bound, or of a session from before the quarantine
	}
	b.tried, b.until = false, b.failed+b.spell
	t.trial = false
}

// well reports that the plugin did its work.
func (t *ticket) well() {
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	if t.b.open && !t.trial {
		return // of a session from before the quarantine: the try decides
	}
	*t.b = breaker{}
	t.trial = false
}

// leave gives the try back when nothing became of it.
func (t *ticket) leave() {
	if t == nil { // of a process that no breaker counts
		return
	}
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	if t.trial {
		t.b.tried, t.trial = false, false
	}
}

// fault tells whether a failure is the plugin's own: it broke the protocol,
// did not come up or went silent, or its process died. What the system, the
// configuration or the caller brought about is none.
func fault(err error, died bool) (cause string, yes bool) {
	for _, p := range Problems(err) {
		switch {
		case p.Origin != core.OriginPlugin:
			continue
		case p.Class == core.ClassBug,
			p.Class == core.ClassDeadline && (p.Phase == core.PhaseStart || p.Phase == core.PhaseSearch),
			p.Class == core.ClassTransient && (died || p.Phase == core.PhaseStart):
			return p.Message, true
		}
	}
	return "", false
}
