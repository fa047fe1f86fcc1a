//go:build unix

package host

import (
	"context"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
)

// hands is a clock that a test moves.
type hands struct {
	mu    sync.Mutex
	run   time.Duration
	wall  time.Time
	reads int
}

func (c *hands) clock() clock {
	return clock{
		since: func() time.Duration { c.mu.Lock(); defer c.mu.Unlock(); c.reads++; return c.run },
		now:   func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.wall },
	}
}

func (c *hands) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run += d
	c.wall = c.wall.Add(d)
}

func (c *hands) jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = c.wall.Add(d)
}

// quarantined starts a source and tells whether it was refused by its quarantine.
func quarantined(t *testing.T, h *Host, spec Spec) bool {
	t.Helper()
	s, err := h.Start(context.Background(), spec)
	if err == nil {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		return false
	}
	p := Problems(err)
	if len(p) != 1 {
		t.Fatalf("problems %+v of %v", p, err)
	}
	yes := strings.Contains(p[0].Message, "in quarantine since")
	if yes && (p[0].Class != core.ClassBug || !strings.Contains(p[0].Message, "failures in a row") ||
		!strings.Contains(p[0].Message, "tried once more in")) {
		t.Errorf("problem %+v", p[0])
	}
	return yes
}

func TestAPluginThatFailsThreeTimesIsLeftAlone(t *testing.T) {
	c := &hands{wall: time.Now()}
	h := testHost(t, short, func(o *Options) { o.clock = c.clock() })
	spec := raws("start-exit")
	fail := func() {
		t.Helper()
		c.pass(longestPause * 2) // the back-off is over
		if quarantined(t, h, spec) {
			t.Fatal("too early")
		}
	}
	for range 3 {
		fail()
	}
	if !quarantined(t, h, spec) {
		t.Fatal("it is started a fourth time")
	}
	if quarantined(t, h, raws("raw-good")) {
		t.Error("another plugin is in quarantine too")
	}
	changed := spec
	changed.Config = []byte(`{"records": 1}`)
	if quarantined(t, h, changed) {
		t.Error("another configuration is in quarantine too")
	}
	// The clock of the machine jumps; time does not pass.
	for _, d := range []time.Duration{24 * time.Hour, -365 * 24 * time.Hour} {
		c.jump(d)
		if !quarantined(t, h, spec) {
			t.Fatal("a jump of the clock ends the quarantine")
		}
	}
	c.pass(31 * time.Second)
	fail() // the one try
	for _, d := range []time.Duration{0, 31 * time.Second} {
		c.pass(d)
		if !quarantined(t, h, spec) {
			t.Fatalf("the second quarantine is not longer: over after %s", d)
		}
	}
	c.pass(30 * time.Second)
	fail()
	for range 10 { // bounded, however often it fails
		c.pass(10*time.Minute + time.Second)
		fail()
	}
}

func TestFailuresOfTheSystemNeverCount(t *testing.T) {
	h := testHost(t, short)
	for _, behaviour := range []string{"refuse", "auth", "wait", "silent-type"} {
		spec := specOf(map[string]any{"behaviour": behaviour})
		for range 5 {
			s, err := h.Start(context.Background(), spec)
			if behaviour == "refuse" {
				if p := Problems(err); len(p) == 0 || p[0].Class != core.ClassConfig {
					t.Fatalf("%s: %v", behaviour, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", behaviour, err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			search(ctx, s, query())
			cancel()
			if err := s.Close(context.Background()); err != nil {
				t.Error(err)
			}
		}
	}
}

// A plugin may come up well each time and die, break the rules or go silent in
// each search.
func TestFailuresInTheMiddleOfSearchesCount(t *testing.T) {
	for name, spec := range map[string]Spec{
		"exits": specOf(map[string]any{"records": 200, "behaviour": "exit"}), "panics": specOf(map[string]any{"behaviour": "panic"}),
		"dies": specOf(map[string]any{"behaviour": "panic-outside"}), "breaks the rules": raws("raw-wrong-digest"),
		"is silent": raws("raw-silent"),
	} {
		t.Run(name, func(t *testing.T) {
			c := &hands{wall: time.Now()}
			h := testHost(t, short, func(o *Options) { o.clock = c.clock() })
			for range 3 {
				c.pass(longestPause * 2)
				s := start(t, h, spec)
				search(context.Background(), s, query())
				if s.v.died() {
					search(context.Background(), s, query()) // of a dead plugin: the same failure
				}
				if err := s.Close(context.Background()); err != nil {
					t.Error(err)
				}
			}
			if !quarantined(t, h, spec) {
				t.Error("it is started a fourth time")
			}
		})
	}
}

func TestASearchThatSucceedsEndsTheCount(t *testing.T) {
	c := &hands{wall: time.Now()}
	h := testHost(t, short, func(o *Options) { o.clock = c.clock() })
	spec := specOf(map[string]any{"records": 10_000})
	die := func() {
		t.Helper()
		c.pass(longestPause * 2)
		s := start(t, h, spec)
		_, err := s.Search(context.Background(), query(), func(core.Event) error {
			_ = syscall.Kill(s.PID(), syscall.SIGKILL)
			return nil
		})
		if p := Problems(err); len(p) != 1 || p[0].Class != core.ClassTransient {
			t.Fatalf("problems %+v of %v", p, err)
		}
	}
	die()
	die()
	if g := search(context.Background(), start(t, h, spec), query()); g.err != nil {
		t.Fatal(g.err)
	}
	die()
	die()
	if quarantined(t, h, spec) {
		t.Fatal("the count went on")
	}
	die()
	if !quarantined(t, h, spec) {
		t.Fatal("there is no quarantine")
	}
	// The one try works, while it goes on nobody else gets one.
	c.pass(31 * time.Second)
	try := start(t, h, spec)
	if !quarantined(t, h, spec) {
		t.Error("two tries at once")
	}
	if g := search(context.Background(), try, query()); g.err != nil {
		t.Fatal(g.err)
	}
	if quarantined(t, h, spec) {
		t.Error("the quarantine goes on after a search that succeeded")
	}
}

func TestATryOfWhichNothingBecameIsGivenBack(t *testing.T) {
	c := &hands{wall: time.Now()}
	b := newBreakers(Quarantine{}, c.clock())
	for range 3 {
		ticket, _, err := b.admit(digest{})
		if err != nil {
			t.Fatal(err)
		}
		ticket.failed("x")
	}
	c.pass(time.Minute)
	for range 3 {
		ticket, _, err := b.admit(digest{})
		if err != nil || !ticket.trial {
			t.Fatal(err)
		}
		ticket.leave()
	}
}

func TestTheBackOffGrowsToItsBound(t *testing.T) {
	for failures, most := range map[int]time.Duration{0: 0, 1: firstPause, 2: 2 * firstPause, 5: 16 * firstPause, 60: longestPause} {
		for range 100 {
			if d := pause(failures); d < most/2 || d > most/2+most {
				t.Errorf("after %d failures: %s", failures, d)
			}
		}
	}
	c := &hands{}
	b := newBreakers(Quarantine{}, c.clock())
	ticket, wait, err := b.admit(digest{})
	if err != nil || wait != 0 {
		t.Fatal(wait, err)
	}
	c.pass(time.Hour)
	ticket.failed("x")
	if _, wait, _ = b.admit(digest{}); wait < firstPause/2 {
		t.Errorf("no pause after a failure: %s", wait)
	}
	c.pass(time.Second)
	if _, wait, _ = b.admit(digest{}); wait != 0 {
		t.Errorf("a pause of %s, long after the failure", wait)
	}
}
