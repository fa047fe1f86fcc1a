//go:build unix

package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
)

// A stop is bounded whatever holds the plugin's pipes or ignores its farewell,
// and the plugin's process is gone after it.
func TestAStopIsBounded(t *testing.T) {
	// Together below the 2 s after which go-plugin uses force itself.
	h := testHost(t, short, func(o *Options) { o.Deadlines.Kill = 1500 * time.Millisecond })
	for name, spec := range map[string]Spec{
		"a child holds the pipes":             specOf(map[string]any{"behaviour": "grandchild"}),
		"a child in a session of its own":     specOf(map[string]any{"behaviour": "setsid-grandchild"}),
		"the source does not close":           specOf(map[string]any{"behaviour": "slow-close"}),
		"the source panics while it closes":   specOf(map[string]any{"behaviour": "panic-close"}),
		"the search does not end":             specOf(map[string]any{"behaviour": "ignore-ctx"}),
		"the plugin ignores every polite end": raws("raw-stubborn"),
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, h, spec)
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			search(ctx, s, query())
			cancel()
			begin := time.Now()
			if err := s.Close(context.Background()); err != nil {
				t.Error(err)
			}
			if took := time.Since(begin); took > 15*time.Second { // the child sleeps for 30, the plugin for 60
				t.Errorf("the stop took %s", took)
			}
			waitGone(t, s.PID())
			if spec.Plugin == "fake" && name != "a child in a session of its own" {
				waitNoGroup(t, s.PID())
			}
		})
	}
}

// The plugin is told first: its source is closed before the process ends.
func TestAStopLetsTheSourceClose(t *testing.T) {
	var home string
	h := testHost(t, func(o *Options) { home = o.Home })
	for _, spec := range []Spec{specOf(map[string]any{"behaviour": "mark-close"}), raws("raw-closes")} {
		s := start(t, h, spec)
		if err := s.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(home, "closed")); err != nil {
			t.Errorf("%s: the source was not closed: %v", spec.Plugin, err)
		}
	}
}

// A program that cannot be run leaves nothing behind either.
func TestAProgramThatIsNotThereLeavesNoFolder(t *testing.T) {
	h := testHost(t, short, func(o *Options) { o.Executable = "/nonexistent/sinusta" })
	_, err := h.Start(context.Background(), specOf(nil))
	if p := Problems(err); len(p) != 1 || p[0].Class != core.ClassConfig || p[0].Origin != core.OriginHost {
		t.Errorf("problems %+v of %v", p, err)
	}
	left, err := os.ReadDir(h.shared.folder.path)
	if err != nil || len(left) != 1 || left[0].Name() != "lock" {
		t.Errorf("the socket folder holds %v, %v", left, err)
	}
}

// The number of a process that has ended may be another's by now: no signal
// goes there.
func TestNoSignalGoesToANumberThatWasGivenBack(t *testing.T) {
	h := testHost(t, short)
	s := start(t, h, specOf(nil))
	if err := killAndWait(s); err != nil {
		t.Fatal(err)
	}
	if n := s.v.proc.pid; n >= 0 {
		t.Errorf("a kill would still go to %d", n)
	}
	if _, known := h.shared.launcher.keeper.groups[s.PID()]; known {
		t.Error("the keeper would still kill it")
	}
}

// What a host needs for a plugin is given back, however the plugin ended, and
// so are its sockets: a coordinator runs for months.
func TestNothingIsLeftOfPluginsThatEnded(t *testing.T) {
	h := testHost(t, short)
	run := func() {
		for _, spec := range []Spec{specOf(nil), raws("start-exit"), raws("start-killed"), raws("raw-two-faced"),
			{System: "V6.1", Plugin: "start-killed"}} {
			s, err := h.Start(context.Background(), spec)
			if err != nil {
				continue
			}
			if err := errors.Join(killAndWait(s), s.Close(context.Background())); err != nil {
				t.Fatal(err)
			}
		}
	}
	run() // what is shared stays
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	for range 5 {
		run()
	}
	for range 200 { // goroutines end a moment later
		if runtime.NumGoroutine() <= goroutines && openFiles(t) <= files {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if g, f := runtime.NumGoroutine(), openFiles(t); g > goroutines+2 || f > files+2 {
		t.Errorf("%d goroutines and %d files, were %d and %d", g, f, goroutines, files)
	}
	left, err := os.ReadDir(h.shared.folder.path)
	if err != nil || len(left) != 1 || left[0].Name() != "lock" {
		t.Errorf("the socket folder holds %v, %v", left, err)
	}
	if n := len(h.shared.launcher.keeper.groups); n != 0 {
		t.Errorf("the keeper knows %d groups", n)
	}
}

func openFiles(t testing.TB) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}
