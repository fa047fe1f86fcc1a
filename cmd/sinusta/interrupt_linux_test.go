package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// interrupted is one way to stop a run.
type interrupted struct {
	what string
	// terminal runs it at one.
	terminal bool
	stop     func(p *os.Process, terminal *os.File) error
	// told is false where nobody can read any more, or where it may end at
	// once.
	told bool
}

func signalled(s syscall.Signal) func(*os.Process, *os.File) error {
	return func(p *os.Process, _ *os.File) error { return p.Signal(s) }
}

// A run that somebody stops ends soon and in good order, at whatever moment,
// says how to go on, and does go on.
func TestStoppedRunsGoOn(t *testing.T) {
	h := newInstallation(t).copyHome(t, "h")
	k := &killing{}
	k.calibrate(t, h)
	ctrlC := func(_ *os.Process, terminal *os.File) error {
		_, err := terminal.Write([]byte{3})
		return err
	}
	ways := []interrupted{
		{"SIGINT", false, signalled(syscall.SIGINT), true},
		{"SIGTERM", false, signalled(syscall.SIGTERM), true},
		{"SIGHUP", false, signalled(syscall.SIGHUP), true},
		{"Ctrl-C at a terminal", true, ctrlC, true},
		{"a closed terminal", true, func(_ *os.Process, terminal *os.File) error { return terminal.Close() }, false},
		{"SIGINT twice", false, func(p *os.Process, _ *os.File) error {
			if err := p.Signal(syscall.SIGINT); err != nil {
				return err
			}
			time.Sleep(3 * time.Millisecond)
			_ = p.Signal(syscall.SIGINT) // it may have ended by then
			return nil
		}, false},
	}
	stopped := 0
	for _, way := range ways {
		for _, tenths := range []int{1, 4, 8} {
			t.Run(fmt.Sprintf("%s, %d tenths into the run", way.what, tenths), func(t *testing.T) {
				request := h.open(t)
				if k.stopAt(t, h, request, way, tenths) {
					stopped++
				}
				if err := h.nobodyLeft(); err != nil {
					t.Fatal(err)
				}
				if r := h.do(t.Context(), "audit", "verify"); r.code != exitDone {
					t.Errorf("the log: %s%s", r.out, r.stderr)
				}
				if r := h.do(t.Context(), "request", "run", request); r.code != exitNotFinal {
					t.Fatalf("going on: exit code %d: %s", r.code, r.stderr)
				}
				got, err := h.state(t, request)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(*k.want, *got, cmp.AllowUnexported(contents{})); d != "" {
					t.Errorf("after going on (-undisturbed +this):\n%s", cut(d, 4000))
				}
			})
		}
	}
	if stopped < len(ways) {
		t.Errorf("only %d runs were stopped in the middle", stopped)
	}
}

// stopAt stops a run in the middle, and tells whether it was still going on.
func (k *killing) stopAt(t *testing.T, h *home, request string, way interrupted, tenths int) bool {
	t.Helper()
	w, err := watchFiles(h)
	if err != nil {
		t.Fatal(err)
	}
	defer w.stop()
	moment := w.after(k.writes * tenths / 10)
	cmd := h.command(t.Context(), "request", "run", request)
	var said output
	cmd.Stdout, cmd.Stderr = &said, &said
	var terminal *os.File
	if way.terminal {
		var tty *os.File
		if terminal, tty, err = openTerminal(); err != nil {
			t.Fatal(err)
		}
		defer terminal.Close()
		cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		go said.readFrom(terminal)
		defer tty.Close()
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = cmd.Wait() // the exit code is looked at below
	}()
	select {
	case <-moment:
	case <-gone:
		return false
	}
	asked := time.Now()
	if err := way.stop(cmd.Process, terminal); err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone:
	case <-time.After(30 * time.Second):
		_ = cmd.Process.Kill()
		<-gone
		t.Fatalf("the run did not stop within 30 s: %s", said.text())
	}
	t.Logf("it ended %s after the stop", time.Since(asked).Round(time.Millisecond))
	code := cmd.ProcessState.ExitCode()
	if code == exitNotFinal || !way.told {
		return code != exitNotFinal
	}
	if said := said.settled("goes on from there"); code != exitFailed || !strings.Contains(said, "Nothing is lost") || !strings.Contains(said, "the same command goes on") {
		t.Errorf("exit code %d, and it says:\n%s", code, said)
	}
	if r := h.do(t.Context(), "coverage", request); r.code == exitDone {
		t.Error("a stopped run claims that everything was searched")
	}
	return true
}

// openTerminal makes a terminal: its own end, and that of the programs at it.
func openTerminal() (terminal, tty *os.File, err error) {
	if terminal, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	fd := int(terminal.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("make a terminal: %w", err)
	}
	return terminal, tty, nil
}

// A full disk in the middle of a run is told clearly, once, and costs nothing
// that was committed: the run goes on when there is room.
func TestFullDiskInTheMiddle(t *testing.T) {
	in := newInstallation(t)
	k := &killing{}
	k.calibrate(t, in.copyHome(t, "calibration"))
	t.Run("a file may not grow", func(t *testing.T) {
		// What a disk quota or a limit of the service does.
		h := in.copyHome(t, "limited")
		for _, blocks := range []int{64, 400, 900} { // of 1024 bytes
			request := h.open(t)
			cmd := h.command(t.Context(), "request", "run", request)
			cmd.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$@"`, blocks*2), "sh", cmd.Path}, cmd.Args[1:]...)
			cmd.Path, cmd.Err = "/bin/sh", nil
			k.fills(t, h, request, cmd, "look at the disk", func() {})
		}
	})
	t.Run("the disk is full", func(t *testing.T) {
		if os.Getuid() != 0 {
			lacks(t, requireRoot, "only root can mount a disk of a known size")
		}
		disk := t.TempDir()
		if err := unix.Mount("none", disk, "tmpfs", 0, "size=24m"); err != nil {
			lacks(t, requireRoot, fmt.Sprintf("mount a disk: %v", err))
		}
		t.Cleanup(func() {
			if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		if out, err := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(in.dir, "home"), filepath.Join(in.dir, "world"), disk).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		on := *in
		on.dir = disk
		h := on.copyHome(t, "full")
		for _, room := range []int64{0, 60 << 10, 400 << 10, 900 << 10} {
			request := h.open(t)
			filler := filepath.Join(disk, "filler")
			fillDisk(t, filler, disk, room)
			k.fills(t, h, request, h.command(t.Context(), "request", "run", request), "full", func() {
				if err := os.Remove(filler); err != nil {
					t.Fatal(err)
				}
			})
		}
	})
}

// fills runs a request that has too little room, and again with more.
func (k *killing) fills(t *testing.T, h *home, request string, cmd *exec.Cmd, says string, makeRoom func()) {
	t.Helper()
	var said output
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	if code := cmd.ProcessState.ExitCode(); err == nil || code != exitFailed || !strings.Contains(said.text(), says) ||
		!strings.Contains(said.text(), "nothing of this step was stored") && !strings.Contains(said.text(), "make room") {
		t.Errorf("without room: exit code %d, and it says:\n%s", code, said.text())
	}
	for _, line := range strings.Split(said.text(), "\n") {
		if strings.HasPrefix(line, "sinusta: ") {
			t.Log(line)
		}
	}
	if err := h.nobodyLeft(); err != nil {
		t.Error(err)
	}
	makeRoom()
	if r := h.do(t.Context(), "audit", "verify"); r.code != exitDone {
		t.Errorf("the log: %s%s", r.out, r.stderr)
	}
	if r := h.do(t.Context(), "request", "run", request); r.code != exitNotFinal {
		t.Fatalf("with room: exit code %d: %s", r.code, r.stderr)
	}
	got, err := h.state(t, request)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(*k.want, *got, cmp.AllowUnexported(contents{})); d != "" {
		t.Errorf("with room (-undisturbed +this):\n%s", cut(d, 4000))
	}
}

// fillDisk leaves so many bytes on a disk.
func fillDisk(t *testing.T, path, disk string, room int64) {
	t.Helper()
	var s unix.Statfs_t
	if err := unix.Statfs(disk, &s); err != nil {
		t.Fatal(err)
	}
	size := int64(s.Bavail)*s.Bsize - room
	if size <= 0 {
		t.Fatalf("the disk has only %d bytes left", int64(s.Bavail)*s.Bsize)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, size); err != nil {
		t.Fatal(err)
	}
}
