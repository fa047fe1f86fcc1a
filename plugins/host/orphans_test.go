//go:build unix

package host

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// coordinate is what the test binary does as a coordinator that gets killed:
// it starts as many plugins as it is told, all at once, each with a process
// that the plugin has started, some of them daemons, and says "up" when they run.
func coordinate() error {
	n, err := strconv.Atoi(os.Getenv("COORDINATE_PLUGINS"))
	if err != nil {
		return err
	}
	h := New(Options{MaxStarts: n})
	var starts sync.WaitGroup
	failed := make(chan error, n)
	for i := range n {
		starts.Go(func() {
			s, err := h.Start(context.Background(), specOf(map[string]any{"behaviour": []string{"grandchild-open", "daemon-open"}[i%2]}))
			if err != nil {
				failed <- err
				return
			}
			go search(context.Background(), s, query())
		})
	}
	fmt.Println("starting")
	starts.Wait()
	if len(failed) > 0 {
		return <-failed
	}
	fmt.Println("up")
	time.Sleep(time.Minute)
	return nil
}

// coordinator is a coordinator that can be killed, with a folder by which its
// processes are known.
type coordinator struct {
	cmd *exec.Cmd
	out *bufio.Scanner
	run string
}

func startCoordinator(t testing.TB, plugins int) *coordinator {
	t.Helper()
	run, err := os.MkdirTemp("/tmp", "orphan") //nolint:usetesting // a short path: sockets are below it
	if err != nil {
		t.Fatal(err)
	}
	c := &coordinator{cmd: exec.Command(os.Args[0], "coordinate"), run: run}
	// TMPDIR marks whatever the coordinator starts, and what that starts.
	c.cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+run, "TMPDIR="+run, fmt.Sprintf("COORDINATE_PLUGINS=%d", plugins))
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.kill()
		for _, pid := range c.left() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_ = os.RemoveAll(run)
	})
	return c
}

// says waits for a line of the coordinator.
func (c *coordinator) says(t testing.TB, line string) {
	t.Helper()
	for c.out.Scan() {
		if c.out.Text() == line {
			return
		}
	}
	t.Fatalf("the coordinator never said %q", line)
}

func (c *coordinator) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait() // it was killed
}

// left gives the processes that live and come from the coordinator.
func (c *coordinator) left() []int {
	var out []int
	found, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range found {
		environ, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(environ, []byte(c.run)) {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(path, "/")[2])
		if err == nil && pid != c.cmd.Process.Pid && !zombie(pid) {
			out = append(out, pid)
		}
	}
	return out
}

// children gives the processes that the coordinator has started itself.
func (c *coordinator) children() []int {
	var out []int
	found, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range found {
		if f := statOf(path); len(f) > 1 && f[1] == strconv.Itoa(c.cmd.Process.Pid) {
			pid, _ := strconv.Atoi(strings.Split(path, "/")[2]) // the pattern has digits only
			out = append(out, pid)
		}
	}
	return out
}

func (c *coordinator) keepers() []int {
	return slices.DeleteFunc(c.children(), func(pid int) bool {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		return err != nil || !bytes.Contains(line, []byte(KeeperName))
	})
}

// statOf gives the words after the name in a process's stat: state, parent,
// group and so on.
func statOf(path string) []string {
	stat, err := os.ReadFile(path)
	_, after, ok := bytes.Cut(stat, []byte(") "))
	if err != nil || !ok {
		return nil
	}
	return strings.Fields(string(after))
}

// waitNone waits until nothing is left.
func (c *coordinator) waitNone(t testing.TB) {
	t.Helper()
	for range 500 {
		if len(c.left()) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, pid := range c.left() {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		t.Errorf("process %d is still there: %q", pid, line)
	}
}

// Neither the plugins of a killed coordinator stay, nor what they started.
func TestPluginsDieWithTheCoordinator(t *testing.T) {
	c := startCoordinator(t, 2)
	c.says(t, "up")
	for range 500 { // the daemon is nobody's child once it runs
		if len(c.left()) == 4 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := len(c.left()); n != 4 {
		t.Fatalf("%d processes run, want 2 plugins and one child of each", n)
	}
	keepers := c.keepers()
	if len(keepers) != 1 {
		t.Fatalf("keepers %v, want one", keepers)
	}
	c.kill()
	c.waitNone(t)
	waitGone(t, keepers[0])

	// The next host sweeps the folder of the dead one.
	folders := filepath.Join(c.run, "sinusta", "*-*")
	if left, _ := filepath.Glob(folders); len(left) != 1 {
		t.Fatalf("the dead coordinator left the folders %q", left)
	}
	t.Setenv("XDG_RUNTIME_DIR", c.run)
	h := New(Options{})
	start(t, h, specOf(nil))
	if left, _ := filepath.Glob(folders); len(left) != 1 || left[0] != h.shared.folder.path {
		t.Errorf("folders %q", left)
	}
	if err := h.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// Plugins that cannot even act, and whose keeper is gone, still end.
func TestStoppedPluginsDieWithTheCoordinator(t *testing.T) {
	c := startCoordinator(t, 2)
	c.says(t, "up")
	plugins := c.children()
	if len(plugins) != 3 {
		t.Fatalf("children %v, want two plugins and the keeper", plugins)
	}
	for _, pid := range c.keepers() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	for _, pid := range plugins {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	c.kill()
	for _, pid := range plugins {
		waitGone(t, pid)
	}
}

// A kill may come at any moment of a start.
func TestAStartDiesWithTheCoordinator(t *testing.T) {
	for range 6 {
		c := startCoordinator(t, 8)
		c.says(t, "starting")
		time.Sleep(rand.N(120 * time.Millisecond))
		c.kill()
		c.waitNone(t)
	}
}

// A plugin that is killed takes along what it has started.
func TestAKilledPluginsChildrenEndToo(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"behaviour": "grandchild-open"}))
	group := s.PID()
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.v.proc.gone
	waitNoGroup(t, group)
}

// What a plugin has put into a session of its own ends with it too, however
// the plugin ends; other plugins and what they have started go on.
func TestAPluginsDaemonsEndWithIt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only /proc tells where a daemon came from")
	}
	h := testHost(t)
	other := start(t, h, specOf(map[string]any{"behaviour": "daemon-open"}))
	for name, end := range map[string]func(*Session){
		"closed": func(s *Session) { _ = s.Close(context.Background()) },
		"killed": func(s *Session) { _ = syscall.Kill(s.PID(), syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, h, specOf(map[string]any{"behaviour": "daemon-open", "records": len(name)}))
			daemon := daemonOf(t, s)
			end(s)
			waitGone(t, daemon)
		})
	}
	if zombie(daemonOf(t, other)) {
		t.Error("the daemon of another plugin was ended")
	}
}

// daemonOf gives the process that a plugin has put into a session of its own.
func daemonOf(t *testing.T, s *Session) int {
	t.Helper()
	for range 500 {
		found, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, path := range found {
			environ, _ := os.ReadFile(path)
			pid, _ := strconv.Atoi(strings.Split(path, "/")[2]) // the pattern has digits only
			f := statOf(filepath.Join(filepath.Dir(path), "stat"))
			if bytes.Contains(environ, []byte(s.v.proc.socketDir+"\x00")) && pid != s.PID() && len(f) > 1 && f[1] != strconv.Itoa(s.PID()) {
				return pid
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("no daemon runs")
	return 0
}

// A keeper that somebody killed is replaced with the next start, and knows the
// plugins that run.
func TestAKeeperThatDiedIsReplaced(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(nil))
	k := h.shared.launcher.keeper
	first := k.cmd.Process.Pid
	if err := k.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitExit(first)
	start(t, h, specOf(nil))
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.groups[s.PID()]; !ok || len(k.groups) != 2 || k.cmd.Process.Pid == first {
		t.Errorf("groups %v, keeper %d after %d", k.groups, k.cmd.Process.Pid, first)
	}
}

func TestAKeeperKillsWhatItWasNotToldTheEndOf(t *testing.T) {
	var killed []int
	var folders []string
	kill, strays := func(g int) { killed = append(killed, g) }, func(folder string) { folders = append(folders, folder) }
	keep(strings.NewReader("@/run/x\n+12\n+13\n-12\n+1\n+-1\n+0\nx\n\n+99999999999999999999\n"), kill, strays)
	if len(killed) != 1 || killed[0] != 13 || !slices.Equal(folders, []string{"/run/x"}) {
		t.Errorf("killed %v, and what came from %q", killed, folders)
	}
	keep(strings.NewReader("@/run/x\n+12\n-12\n"), kill, strays)
	if len(killed) != 1 || len(folders) != 1 {
		t.Errorf("killed %v, and what came from %q, when all had ended", killed, folders)
	}
	if err := Keep(); err == nil { // by hand
		t.Error("a keeper runs without a host")
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

// waitNoGroup waits until no process of the group lives.
func waitNoGroup(t testing.TB, group int) {
	t.Helper()
	for range 500 {
		if !groupLives(group) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("processes of group %d are still there", group)
}

func groupLives(group int) bool {
	found, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range found {
		if f := statOf(path); len(f) > 2 && f[0] != "Z" && f[2] == strconv.Itoa(group) {
			return true
		}
	}
	return false
}
