//go:build unix

package host

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain makes the test binary its own plugin.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "plugin" && os.Args[2] == "serve" {
		serve := servePlugin
		if os.Args[3] == KeeperName {
			serve = func(string) error { return Keep() }
		}
		if err := serve(os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if serve := program(filepath.Base(os.Args[0])); serve != nil {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	if len(os.Args) == 3 && os.Args[1] == "upgrade" {
		if err := upgrade(os.Args[2]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) == 2 && os.Args[1] == "coordinate" {
		if err := coordinate(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// journal is a log that a test can read.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// testHost gives a host whose plugins are the test binary. When the test ends
// it closes the host, and looks for what must not be left: processes, folders,
// and personal data or secrets in the log.
func testHost(t testing.TB, change ...func(*Options)) *Host {
	t.Helper()
	log := &journal{}
	// A short path: sockets are below it.
	run, err := os.MkdirTemp("/tmp", "hosttest") //nolint:usetesting // a short path: sockets are below it
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", run)
	o := Options{Home: t.TempDir(), Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, f := range change {
		f(&o)
	}
	h := New(o)
	t.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			t.Errorf("close the host: %v", err)
		}
		left, err := filepath.Glob(filepath.Join(run, "sinusta", "*-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("socket folders left: %v, %v", left, err)
		}
		for _, word := range []string{canary, person, "010190-900X"} {
			if strings.Contains(log.String(), word) {
				t.Errorf("the log shows %q:\n%s", word, log)
			}
		}
		if t.Failed() {
			t.Logf("log:\n%s", log)
		}
		_ = os.RemoveAll(run)
	})
	return h
}

// start starts the spec and fails the test if that fails.
func start(t testing.TB, h *Host, spec Spec) *Session {
	t.Helper()
	s, err := h.Start(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// waitGone waits for the end of a process.
func waitGone(t testing.TB, pid int) {
	t.Helper()
	for range 500 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
}

// zombie tells whether the process has ended and only waits to be reaped, as
// an orphan does for ever where process 1 is no init.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, found := bytes.Cut(stat, []byte(") "))
	return err == nil && found && bytes.HasPrefix(after, []byte("Z"))
}

// mute listens in dir and never answers.
func mute(dir string) string {
	path := filepath.Join(dir, "mute")
	l, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	go func() { // a listener that nobody holds is closed one day
		time.Sleep(time.Minute)
		_ = l.Close()
	}()
	return path
}

// handshake tries to talk TLS to a plugin, until its first answer or refusal.
func handshake(path string, config *tls.Config) error {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil // then the caller fails: the socket must be there
	}
	defer conn.Close()
	c := tls.Client(conn, config)
	if err := c.Handshake(); err != nil {
		return err
	}
	// In TLS 1.3 the refusal of a client's certificate comes with the first read.
	if err := c.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return nil
	}
	_, err = c.Read(make([]byte, 1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// killAndWait kills the plugin from outside and waits until the host has seen it.
func killAndWait(s *Session) error {
	if err := s.v.proc.cmd.Process.Kill(); err != nil {
		return err
	}
	select {
	case <-s.v.proc.gone:
		return nil
	case <-time.After(5 * time.Second):
		return errors.New("the plugin does not end")
	}
}
