//go:build unix

package host

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"
)

// coordinate is what the test binary does as a coordinator that gets killed:
// it starts two plugins and says their numbers.
func coordinate() error {
	h := New(Options{})
	for range 2 {
		s, err := h.Start(context.Background(), specOf(map[string]any{"behaviour": "wait"}))
		if err != nil {
			return err
		}
		go search(context.Background(), s, query())
		fmt.Println(s.PID())
	}
	time.Sleep(time.Minute)
	return nil
}

func TestPluginsDieWithTheCoordinator(t *testing.T) {
	run, err := os.MkdirTemp("/tmp", "orphan") //nolint:usetesting // a short path: sockets are below it
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(run)
	cmd := exec.Command(os.Args[0], "coordinate")
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+run)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []int
	for lines := bufio.NewScanner(out); len(pids) < 2 && lines.Scan(); {
		pid, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if len(pids) != 2 {
		t.Fatalf("plugins %v", pids)
	}
	for _, pid := range pids {
		waitGone(t, pid)
	}
}

// The kernel sends the parent-death signal when a thread ends; the launcher's
// never does.
func TestPluginsOutliveOtherThreads(t *testing.T) {
	h := testHost(t)
	var sessions []*Session
	var threads sync.WaitGroup
	for range 8 {
		threads.Go(func() { runtime.LockOSThread() }) // ends with its thread
		sessions = append(sessions, start(t, h, specOf(nil)))
	}
	threads.Wait()
	for _, s := range sessions {
		if g := search(context.Background(), s, query()); g.err != nil {
			t.Error(g.err)
		}
	}
}
