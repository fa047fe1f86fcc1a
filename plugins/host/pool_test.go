//go:build linux

package host

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
)

func warmHost(t *testing.T) *Host {
	t.Helper()
	return testHost(t, short, func(o *Options) { o.Idle = time.Minute })
}

func closed(t *testing.T, s *Session) int {
	t.Helper()
	pid := s.PID()
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	return pid
}

func running(pid int) bool { return syscall.Kill(pid, 0) == nil && !zombie(pid) }

func TestAProcessServesTheNextSessionOfItsSpec(t *testing.T) {
	h := warmHost(t)
	spec := specOf(map[string]any{"records": 10})
	first := start(t, h, spec)
	g := search(context.Background(), first, query())
	pid := closed(t, first)
	if _, err := first.Search(context.Background(), query(), func(core.Event) error { return nil }); err == nil {
		t.Error("a closed session searches")
	}
	second := start(t, h, spec)
	if second.PID() != pid {
		t.Errorf("process %d, and %d before", second.PID(), pid)
	}
	if again := search(context.Background(), second, query()); again.err != nil || len(again.records) != 10 || len(g.records) != 10 ||
		again.completion.Result != g.completion.Result {
		t.Errorf("%d and %d records, %v", len(g.records), len(again.records), again.err)
	}
	if other := start(t, h, spec); other.PID() == pid { // while it is in use
		t.Error("two sessions share a process")
	}
}

func TestAProcessNeverServesAnotherSpec(t *testing.T) {
	h := warmHost(t)
	spec := specOf(map[string]any{"records": 10})
	spec.Issuers = map[core.Kind]string{core.EmployeeNumber: "valtori"}
	pids := map[int]string{closed(t, start(t, h, spec)): "the first"}
	for name, change := range map[string]func(*Spec){
		"system": func(s *Spec) { s.System = "V7.1" }, "kind": func(s *Spec) { s.Kind = "crm" },
		"plugin": func(s *Spec) { s.Plugin = "fake2" }, "config": func(s *Spec) { s.Config = []byte(`{"records":11}`) },
		"secret":        func(s *Spec) { s.Secrets = map[string]string{"password": canary + "2"} },
		"secret's name": func(s *Spec) { s.Secrets = nil }, "issuer": func(s *Spec) { s.Issuers = map[core.Kind]string{core.EmployeeNumber: "x"} },
		"promise": func(s *Spec) { s.Complete = []core.Kind{core.Email} }, "time": func(s *Spec) { s.Timeout = time.Second },
		"memory": func(s *Spec) { s.Memory = 64 << 20 }, "transport": func(s *Spec) { s.Transport = TransportAutoMTLS },
	} {
		other := spec
		other.Secrets = maps.Clone(spec.Secrets)
		change(&other)
		pid := closed(t, start(t, h, other))
		if of := pids[pid]; of != "" {
			t.Errorf("another %s has the process of %s", name, of)
		}
		pids[pid] = name
	}
	if len(pids) != 12 {
		t.Errorf("%d processes", len(pids))
	}
	for pid := range pids {
		if !running(pid) {
			t.Errorf("process %d does not wait", pid)
		}
	}
}

func TestOnlyWhatEndedWellIsKept(t *testing.T) {
	for name, end := range map[string]func(h *Host) *Session{
		"cancelled": func(h *Host) *Session {
			s := start(t, h, specOf(map[string]any{"behaviour": "wait"}))
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			search(ctx, s, query())
			return s
		},
		"refused by the taker": func(h *Host) *Session {
			s := start(t, h, specOf(map[string]any{"records": 10}))
			_, _ = s.Search(context.Background(), query(), func(core.Event) error { return os.ErrClosed })
			return s
		},
		"still searching": func(h *Host) *Session {
			s := start(t, h, specOf(map[string]any{"behaviour": "wait"}))
			begun := make(chan struct{})
			go func() { close(begun); search(context.Background(), s, query()) }()
			<-begun
			time.Sleep(50 * time.Millisecond)
			return s
		},
		"panicked": func(h *Host) *Session {
			s := start(t, h, specOf(map[string]any{"behaviour": "panic"}))
			search(context.Background(), s, query())
			return s
		},
		"broke the rules": func(h *Host) *Session {
			s := start(t, h, raws("raw-wrong-count"))
			search(context.Background(), s, query())
			return s
		},
		"many searches": func(h *Host) *Session {
			s := start(t, h, specOf(map[string]any{"records": 1}))
			for range maxSearches {
				search(context.Background(), s, query())
			}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) { waitGone(t, closed(t, end(warmHost(t)))) })
	}
}

func TestAProcessThatWaitsMayDie(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"dead": syscall.SIGKILL, "stopped": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			h := warmHost(t)
			spec := specOf(map[string]any{"records": 10})
			pid := closed(t, start(t, h, spec))
			if err := syscall.Kill(pid, signal); err != nil {
				t.Fatal(err)
			}
			waitStill(pid)
			s := start(t, h, spec)
			if g := search(context.Background(), s, query()); g.err != nil || s.PID() == pid {
				t.Errorf("process %d after %d, %v", s.PID(), pid, g.err)
			}
			waitGone(t, pid)
		})
	}
}

// waitStill waits until no thread of a process runs on after a signal: one may
// answer until it is stopped.
func waitStill(pid int) {
	for range 100 {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		if err != nil || len(tasks) == 0 {
			return // it is gone, or the system does not tell
		}
		running := slices.ContainsFunc(tasks, func(task string) bool {
			raw, err := os.ReadFile(task)
			_, state, _ := strings.Cut(string(raw), ") ")
			return err == nil && !strings.HasPrefix(state, "T") && !strings.HasPrefix(state, "Z")
		})
		if !running {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAProcessWaitsForAWhileOnly(t *testing.T) {
	h := testHost(t, func(o *Options) { o.Idle = 100 * time.Millisecond })
	waitGone(t, closed(t, start(t, h, specOf(nil))))
	other := New(Options{}) // without Idle
	waitGone(t, closed(t, start(t, other, specOf(nil))))
	if err := other.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestCloseEndsWhatWaits(t *testing.T) {
	h := warmHost(t)
	var pids []int
	for i := range 8 {
		pids = append(pids, closed(t, start(t, h, specOf(map[string]any{"records": i}))))
	}
	begin := time.Now()
	if err := h.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Logf("closing a host whose 8 plugins wait took %s", time.Since(begin))
	for _, pid := range pids {
		waitGone(t, pid)
	}
}

// The plugins of an abnormal end leave nothing in the host.
func TestManyAbnormalEndsLeaveNothing(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	h := testHost(t, short, func(o *Options) { o.Quarantine.After = -1; o.Idle = time.Minute })
	p := opened(t, install(t, t.TempDir(), "acme-crm"))
	odd := filepath.Join(t.TempDir(), "odd")
	if err := os.WriteFile(odd, []byte("no kernel runs this"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	q := opened(t, odd)
	spoil := []func(){
		func() { _, _ = h.Start(context.Background(), specFor(q, "odd")) },
		func() { _, _ = h.Start(context.Background(), raws("start-exit")) },
		func() { _, _ = h.Start(context.Background(), raws("raw-plain")) },
		func() { _, _ = h.Start(context.Background(), raws("start-noise")) },
		func() { _, _ = h.Start(context.Background(), specOf(map[string]any{"behaviour": "refuse"})) },
		func() {
			search(context.Background(), start(t, h, specOf(map[string]any{"behaviour": "panic-outside"})), query())
		},
		func() { search(context.Background(), start(t, h, raws("raw-wrong-digest")), query()) },
		func() {
			s := start(t, h, specFor(p, "acme-crm"))
			_ = syscall.Kill(s.PID(), syscall.SIGKILL)
			search(context.Background(), s, query())
			_ = s.Close(context.Background())
		},
		func() {
			s := start(t, h, specOf(map[string]any{"records": 10}))
			_ = s.Close(context.Background()) // waits, and dies then
			_ = syscall.Kill(s.PID(), syscall.SIGKILL)
		},
	}
	measure := func() (files, goroutines, folders int) {
		t.Helper()
		h.mu.Lock()
		var open []*Session
		for s := range h.sessions {
			open = append(open, s)
		}
		h.mu.Unlock()
		for _, s := range open {
			if err := s.Close(context.Background()); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(2 * pipeGrace) // what was closed in the background
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		dirs, err := os.ReadDir(h.shared.folder.path)
		if err != nil {
			t.Fatal(err)
		}
		return len(fds), runtime.NumGoroutine(), len(dirs)
	}
	for _, f := range spoil {
		f()
	}
	files, goroutines, folders := measure()
	for i := range rounds {
		spoil[i%len(spoil)]()
	}
	files2, goroutines2, folders2 := measure()
	t.Logf("after %d starts: %d descriptors, %d goroutines, %d in the folder of sockets; after %d more: %d, %d, %d",
		len(spoil), files, goroutines, folders, rounds, files2, goroutines2, folders2)
	if files2 > files+3 || goroutines2 > goroutines+5 || folders2 > folders+1 {
		t.Error("abnormal ends leave something behind")
	}
}

func TestPluginsRenouncePrivilegesAndCoreFiles(t *testing.T) {
	pid := strconv.Itoa(start(t, testHost(t), specOf(nil)).PID())
	if status, err := os.ReadFile("/proc/" + pid + "/status"); err != nil || !strings.Contains(string(status), "NoNewPrivs:\t1\n") {
		t.Errorf("the plugin can gain privileges: %v", err)
	}
	// The host itself renounces nothing, but for the threads of its launchers.
	tasks, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(tasks) == 0 {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(tasks, func(path string) bool {
		status, err := os.ReadFile(path)
		return err == nil && strings.Contains(string(status), "NoNewPrivs:\t0\n")
	}) {
		t.Error("no thread of the host has its privileges")
	}
	raw, err := os.ReadFile("/proc/" + pid + "/limits")
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "Max core file size") && strings.Join(strings.Fields(line)[4:6], " ") == "1 1" {
			return
		}
	}
	t.Errorf("%v: %s", err, raw)
}
