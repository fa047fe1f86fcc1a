package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/store"
)

// Whatever is killed at whatever step of a run, the run that goes on ends with
// what an undisturbed one has, and nothing is left behind.
func TestKillAtEveryStep(t *testing.T) {
	seeds := 200
	if testing.Short() {
		seeds = 24
	}
	in := newInstallation(t)
	homes := []*home{in.copyHome(t, "h1"), in.copyHome(t, "h2")}
	k := &killing{steps: map[string]int{}, victims: map[string]int{}}
	k.calibrate(t, homes[0])

	began := time.Now()
	todo := make(chan uint64)
	var workers sync.WaitGroup
	for _, h := range homes {
		workers.Go(func() {
			for seed := range todo {
				if err := k.one(t, h, seed); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
		})
	}
	for seed := range uint64(seeds) {
		if t.Failed() {
			break
		}
		todo <- seed
	}
	close(todo)
	workers.Wait()
	k.tell(t, seeds, time.Since(began))
}

// killing is what all kills share.
type killing struct {
	want *contents
	cpu  time.Duration // of an undisturbed run

	mu      sync.Mutex
	took    time.Duration // of the last run that came to its end
	writes  int           // events of its files
	steps   map[string]int
	victims map[string]int
}

// calibrate makes the undisturbed run.
func (k *killing) calibrate(t *testing.T, h *home) {
	t.Helper()
	var request string
	for range 2 { // the second one finds everything warm
		request = h.open(t)
		w, err := watchFiles(h)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		r := h.do(t.Context(), "request", "run", request)
		if r.code != exitNotFinal {
			t.Fatalf("the undisturbed run: exit code %d\n%s", r.code, r.stderr)
		}
		k.took, k.cpu = time.Since(began), r.cpu
		k.writes = w.stop()
	}
	var err error
	if k.want, err = h.state(t, request); err != nil {
		t.Fatal(err)
	}
	if k.writes < 50 || len(k.want.Records) < 500 || k.want.checkpoints < 3 || k.want.done != len(asked) || !k.want.whole() {
		t.Fatalf("the world is too small: %d writes, %d records, %d asks with checkpoints, %d done",
			k.writes, len(k.want.Records), k.want.checkpoints, k.want.done)
	}
	t.Logf("an undisturbed run: %d records, %d writes, %s, %s of processor time", len(k.want.Records), k.writes,
		k.took.Round(time.Millisecond), k.cpu.Round(time.Millisecond))
}

// one kills one run, and goes on with it until it is done.
func (k *killing) one(t *testing.T, h *home, seed uint64) error {
	rnd := rand.New(rand.NewPCG(seed, 3))
	request := h.open(t)
	victim := []string{"coordinator", "plugin", "coordinator", "plugin", "coordinator", "both"}[seed%6]
	step, err := k.kill(t, h, request, victim, rnd)
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.steps[step]++
	k.victims[victim]++
	k.mu.Unlock()
	if err := h.nobodyLeft(); err != nil {
		return fmt.Errorf("after a kill %s: %w", step, err)
	}
	if r := h.do(t.Context(), "audit", "verify"); r.code != exitDone {
		return fmt.Errorf("after a kill %s: the log: %s%s", step, r.out, r.stderr)
	}
	if r := h.do(t.Context(), "request", "run", request); r.code != exitNotFinal {
		return fmt.Errorf("going on after a kill %s: exit code %d: %s", step, r.code, r.stderr)
	}
	if len(h.socketFolders()) > 0 { // a run that has nothing left to ask starts no plugin
		h.do(t.Context(), "sources", "check", "staff-directory")
	}
	if left := h.socketFolders(); len(left) > 0 {
		return fmt.Errorf("after a kill %s and the next start of a plugin: %v are left", step, left)
	}
	got, err := h.state(t, request)
	if err != nil {
		return fmt.Errorf("after a kill %s: %w", step, err)
	}
	if d := cmp.Diff(*k.want, *got, cmp.AllowUnexported(contents{})); d != "" {
		return fmt.Errorf("after a kill %s of %s (-undisturbed +this):\n%s", step, victim, cut(d, 4000))
	}
	return erase(t, h, request)
}

// erase makes room. It is no part of what is tested.
func erase(t *testing.T, h *home, request string) error {
	s, err := store.Open(t.Context(), h.path)
	if err != nil {
		return err
	}
	return errors.Join(s.Erase(t.Context(), request), s.Close())
}

// kill runs a request and kills the victim at a random moment: after a random
// time, when its files were written to so often, or when the store shows that
// the run has come to a step. It tells at which step that was.
func (k *killing) kill(t *testing.T, h *home, request, victim string, rnd *rand.Rand) (step string, err error) {
	w, err := watchFiles(h)
	if err != nil {
		return "", err
	}
	defer w.stop()
	took, writes := k.length()
	var moment <-chan struct{}
	switch rnd.IntN(5) {
	case 0, 1:
		moment = w.after(1 + rnd.IntN(writes))
	case 2, 3:
		moment = after(t.Context(), time.Duration(rnd.Int64N(int64(took))))
	default:
		stop := make(chan struct{})
		defer close(stop)
		if moment, err = h.shows(t, request, steps()[rnd.IntN(len(steps()))], stop); err != nil {
			return "", err
		}
	}
	cmd := h.command(t.Context(), "request", "run", request)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		return "", err
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = cmd.Wait() // the exit code is looked at below
	}()
	alive := func() bool {
		select {
		case <-gone:
			return false
		default:
			return true
		}
	}
	began := time.Now()
	select {
	case <-moment:
	case <-gone:
		k.setLength(time.Since(began), w.stop())
		return afterEnd, nil
	}
	if victim != "coordinator" {
		for alive() && !killOne(h.plugins(), rnd) {
			time.Sleep(time.Millisecond)
		}
		if victim == "both" {
			time.Sleep(time.Duration(rnd.Int64N(int64(took / 3))))
		}
	}
	if victim == "plugin" {
		<-gone
		if code := cmd.ProcessState.ExitCode(); code != exitNotFinal {
			return "", fmt.Errorf("the run with a killed plugin: exit code %d: %s", code, stderr.String())
		}
		return ofPlugin, nil
	}
	if !alive() {
		return afterEnd, nil
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return "", err
	}
	<-gone
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		return afterEnd, nil
	}
	err = h.withFile(t, request, func(file *store.File) error {
		step, err = stepOf(t.Context(), file)
		return err
	})
	return step, err
}

// length gives how long a run is, in time and in events of its files. Both
// change with what else the machine does.
func (k *killing) length() (time.Duration, int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.took, k.writes
}

func (k *killing) setLength(took time.Duration, writes int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.took, k.writes = took, max(writes, 20)
}

func killOne(pids []int, rnd *rand.Rand) bool {
	if len(pids) == 0 {
		return false
	}
	return syscall.Kill(pids[rnd.IntN(len(pids))], syscall.SIGKILL) == nil
}

// The steps of a run, in order.
const (
	stepBefore   = "1 before the plan"
	stepPlanned  = "2 planned, nobody asked"
	stepAsking   = "3 asking, no checkpoint yet"
	stepMidway   = "4 records and checkpoints, some open"
	stepAnswered = "5 all answered, not merged"
	stepMerged   = "6 merged, not covered"
	stepCovered  = "7 covered, not ended"
	ofPlugin     = "8 a plugin alone"
	afterEnd     = "9 after the end"
)

// steps are those that a kill must hit.
func steps() []string { return []string{stepAsking, stepMidway, stepAnswered, stepMerged} }

// shows gives a channel that is closed when the store shows that the run has
// come to a step, or beyond.
func (h *home) shows(t *testing.T, request, step string, stop <-chan struct{}) (<-chan struct{}, error) {
	t.Helper()
	s, err := store.Open(t.Context(), h.path)
	if err != nil {
		return nil, err
	}
	file, err := s.File(t.Context(), request)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	reached := make(chan struct{})
	go func() {
		defer s.Close()
		for {
			now, err := stepOf(t.Context(), file)
			if err == nil && now >= step {
				close(reached)
				return
			}
			select {
			case <-stop:
				return
			case <-time.After(500 * time.Microsecond):
			}
		}
	}()
	return reached, nil
}

// stepOf tells how far a run has come.
func stepOf(ctx context.Context, file *store.File) (string, error) {
	n := map[store.Table]int{}
	for _, table := range []store.Table{"plan", "ask", "record", "item", "coverage"} {
		var err error
		if n[table], err = file.Count(ctx, table); err != nil {
			return "", err
		}
	}
	done, covered := 0, 0
	err := file.Each(ctx, "ask", 0, func(row store.Row) error {
		var ask access.Ask
		if err := row.Decode(&ask); err != nil {
			return err
		}
		if ask.Done {
			done++
		}
		if ask.Covered > 0 {
			covered++
		}
		return nil
	})
	switch {
	case n["plan"] == 0:
		return stepBefore, err
	case n["ask"] == 0:
		return stepPlanned, err
	case n["coverage"] > 0:
		return stepCovered, err
	case n["item"] > 0:
		return stepMerged, err
	case done == len(asked):
		return stepAnswered, err
	case covered == 0:
		return stepAsking, err
	default:
		return stepMidway, err
	}
}

// tell prints where the kills fell, and fails when they missed the run.
func (k *killing) tell(t *testing.T, seeds int, took time.Duration) {
	t.Helper()
	t.Logf("%d kills in %s: %v", seeds, took.Round(time.Second), k.victims)
	inside := 0
	for _, step := range slices.Sorted(maps.Keys(k.steps)) {
		n := k.steps[step]
		t.Logf("%-38s %4d %s", step, n, strings.Repeat("#", n))
		if step != stepBefore && step != stepCovered && step != afterEnd {
			inside += n
		}
	}
	if t.Failed() {
		return
	}
	if inside < seeds/2 {
		t.Errorf("only %d of %d kills fell into the run", inside, seeds)
	}
	if testing.Short() {
		return
	}
	for _, step := range steps() {
		if k.steps[step] == 0 {
			t.Errorf("no kill fell in the step %q", step)
		}
	}
}

// after gives a channel that is closed after a time.
func after(ctx context.Context, d time.Duration) <-chan struct{} {
	ctx, cancel := context.WithTimeout(ctx, d)
	context.AfterFunc(ctx, cancel)
	return ctx.Done()
}

// fileWatch counts what is written to the files of an installation: to its
// database and its journal, and to its log.
type fileWatch struct {
	fd     int
	events chan int
	done   chan struct{}
	total  int
	once   sync.Once
	wake   *os.File
}

func watchFiles(h *home) (*fileWatch, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{"data", "audit"} {
		if _, err := unix.InotifyAddWatch(fd, filepath.Join(h.path, dir), unix.IN_MODIFY|unix.IN_CREATE|unix.IN_DELETE); err != nil {
			return nil, errors.Join(err, unix.Close(fd))
		}
	}
	w := &fileWatch{fd: fd, events: make(chan int, 1<<16), done: make(chan struct{}), wake: os.NewFile(uintptr(fd), "inotify")}
	go func() {
		defer close(w.done)
		defer close(w.events)
		buf := make([]byte, 1<<16)
		for {
			n, err := w.wake.Read(buf)
			if err != nil {
				return
			}
			for at := 0; at+unix.SizeofInotifyEvent <= n; {
				size := int(buf[at+12]) | int(buf[at+13])<<8 // the length of the name, little-endian
				at += unix.SizeofInotifyEvent + size
				w.total++
			}
			select {
			case w.events <- w.total:
			default:
			}
		}
	}()
	return w, nil
}

// after gives a channel that is closed when so many events have come.
func (w *fileWatch) after(n int) <-chan struct{} {
	reached := make(chan struct{})
	go func() {
		for total := range w.events {
			if total >= n {
				close(reached)
				return
			}
		}
	}()
	return reached
}

// stop ends the watch and gives the number of events.
func (w *fileWatch) stop() int {
	w.once.Do(func() {
		_ = w.wake.Close()
		<-w.done
	})
	return w.total
}
