package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core/audit"
)

// watcher looks at a process and all that it starts, again and again while they
// run: at what they were given, at every file that they have open or mapped, also at
// those that have no name any more, and at folders that they may write to.
type watcher struct {
	t       *testing.T
	h       *haystack
	folders []string
	// world is the folder that may hold everything.
	world string

	mu                            sync.Mutex
	processes                     map[int]bool
	rounds, files, open, nameless int
	seen                          map[string]bool // faults, each told once
}

func (w *watcher) fault(what, where string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.seen[what+where] {
		w.seen[what+where] = true
		w.t.Errorf("%s holds %s", where, what)
	}
}

func (w *watcher) look(where string, data []byte) {
	if what := w.h.find(data); what != "" {
		w.fault(what, where)
	}
}

// watch looks until stop is closed.
func (w *watcher) watch(root int, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		w.rounds++
		for _, pid := range family(root) {
			w.process(pid)
		}
		for _, dir := range w.folders {
			w.folder(dir)
		}
	}
}

// family gives a process and its descendants.
func family(root int) []int {
	all := []int{root}
	for i := 0; i < len(all); i++ {
		tasks, _ := filepath.Glob("/proc/" + strconv.Itoa(all[i]) + "/task/*/children")
		for _, task := range tasks {
			raw, _ := os.ReadFile(task)
			for _, word := range strings.Fields(string(raw)) {
				if pid, err := strconv.Atoi(word); err == nil {
					all = append(all, pid)
				}
			}
		}
	}
	return all
}

func (w *watcher) process(pid int) {
	dir := "/proc/" + strconv.Itoa(pid)
	exe, err := os.Readlink(dir + "/exe")
	if err != nil {
		return // it ended, or does not run its program yet
	}
	limits, _ := os.ReadFile(dir + "/limits")
	cmdline, _ := os.ReadFile(dir + "/cmdline")
	environ, _ := os.ReadFile(dir + "/environ")
	if len(cmdline) == 0 || len(limits) == 0 {
		return
	}
	w.look("the command line of a process", cmdline)
	w.look("the environment of a process", environ)
	if again, err := os.Readlink(dir + "/exe"); err == nil && again == exe && !w.processes[pid] {
		// The limit is set by the program's first statement: a process that has opened
		// nothing yet may not have come so far.
		if fields := lineOf(string(limits), "Max core file size"); len(fields) > 1 && fields[0] == "0" && fields[1] == "0" {
			w.processes[pid] = true
		}
	}
	links, _ := filepath.Glob(dir + "/fd/*")
	for _, link := range links {
		info, _ := os.ReadFile(dir + "/fdinfo/" + filepath.Base(link))
		flags, err := strconv.ParseUint(strings.Join(lineOf(string(info), "flags:"), ""), 8, 64)
		if err != nil || flags&syscall.O_ACCMODE == syscall.O_RDONLY {
			continue // what it only reads it did not write
		}
		w.openFile(link, exe)
	}
	maps, _ := os.ReadFile(dir + "/maps")
	for line := range strings.Lines(string(maps)) {
		fields := strings.Fields(line)
		if len(fields) < 6 || !strings.Contains(fields[1], "w") || !strings.HasSuffix(fields[1], "s") || strings.HasPrefix(fields[5], "/dev/zero") {
			continue // what is written to it does not reach a file
		}
		w.openFile(dir+"/map_files/"+fields[0], exe)
	}
}

// lineOf gives the words behind a name in a table.
func lineOf(table, name string) []string {
	for line := range strings.Lines(table) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strings.Fields(rest)
		}
	}
	return nil
}

// openFile looks into a file that a process has open, whatever its name is.
func (w *watcher) openFile(link, exe string) {
	to, err := os.Readlink(link)
	info, statErr := os.Stat(link)
	if err != nil || statErr != nil || !info.Mode().IsRegular() || to == exe || strings.HasPrefix(to, w.world) || strings.HasPrefix(to, "/proc/") {
		return
	}
	f, err := os.Open(link)
	if err != nil {
		return
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, 64<<20))
	if err != nil {
		return
	}
	w.open++
	if strings.HasSuffix(to, " (deleted)") {
		w.nameless++
	}
	w.look("the open file "+to, raw)
}

func (w *watcher) folder(dir string) {
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // it went while we looked
		}
		if raw, err := os.ReadFile(path); err == nil {
			w.files++
			w.look(path, raw)
		}
		return nil
	})
}

// places gives a command folders of its own for everything that programs
// write without being told where, and the folder that holds them.
func places(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "sw") //nolint:usetesting // sockets need a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for i, name := range []string{"TMPDIR", "HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "GOTMPDIR", "SQLITE_TMPDIR"} {
		place := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(place, 0o700); err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, name+"="+place)
	}
	cmd.Env = append(cmd.Env, "GOTRACEBACK=crash")
	cmd.Dir = dir
	return dir
}

// While a request is run, read and killed, nothing personal is in any file,
// command line or environment that somebody else could look at.
func TestNothingPersonalIsInClearWhileItRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	r := runDemo(t, "--seed", "21", "--people", "300") // of every kind of system
	h := everythingPersonal(t, r)
	home := filepath.Join(r.dir, "home")
	words := r.persons[r.Subject]["name"].(string)
	watched := func(killAfter time.Duration, stdin string, args ...string) *watcher {
		t.Helper()
		cmd := sinusta(t, append([]string{"--home", home}, args...)...)
		place := places(t, cmd)
		var errs bytes.Buffer
		cmd.Stdin, cmd.Stderr = strings.NewReader(stdin), &errs
		w := &watcher{t: t, h: h, folders: []string{place, home}, world: filepath.Join(r.dir, "world"), processes: map[int]bool{}, seen: map[string]bool{}}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stop, done := make(chan struct{}), make(chan struct{})
		go func() { defer close(done); w.watch(cmd.Process.Pid, stop) }()
		if killAfter > 0 {
			time.Sleep(killAfter)
			_ = cmd.Process.Kill()
		}
		err := cmd.Wait()
		close(stop)
		<-done
		if code := cmd.ProcessState.ExitCode(); err != nil && killAfter == 0 && code != exitNotFinal { // some systems are searched by hand
			t.Errorf("%v: %v\n%s", args, err, errs.String())
		}
		w.look("standard error of "+args[0], errs.Bytes())
		h.clean(t, place)
		h.clean(t, home)
		return w
	}
	run := watched(0, "", "request", "run", r.Request, "--again")
	if run.rounds < 3 || len(run.processes) < 3 || run.open < 10 || run.files < 50 {
		t.Errorf("too little was looked at: %d rounds, %d processes whose core limit is 0, %d open files, %d files", run.rounds, len(run.processes), run.open, run.files)
	}
	t.Logf("%d rounds, %d processes, %d open files (%d without a name), %d files", run.rounds, len(run.processes), run.open, run.nameless, run.files)
	watched(0, words+"\n", "search", r.Request)
	watched(0, "", "report", r.Request, "--out", filepath.Join(r.dir, "world", "report"))
	for _, after := range []time.Duration{60, 120, 180, 240, 300} {
		watched(after*time.Millisecond, "", "request", "run", r.Request, "--again")
	}
	watched(0, "", "request", "run", r.Request)
}

// A process that dies of a fault leaves no image of its memory.
func TestNoCoreFile(t *testing.T) {
	r := runSmallDemo(t, "--people", "30", "--seed", "22")
	home := filepath.Join(r.dir, "home")
	unlock := locked(t, filepath.Join(home, "data", "locks", r.Request+".lock"))
	defer unlock()
	cmd := sinusta(t, "--home", home, "report", r.Request, "--out", filepath.Join(r.dir, "report2"))
	dir := places(t, cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the limit of core files", func() bool {
		raw, _ := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/limits")
		fields := lineOf(string(raw), "Max core file size")
		return len(fields) > 1 && fields[0] == "0" && fields[1] == "0"
	})
	if err := cmd.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || status.CoreDump() {
		t.Error("the process left a core dump")
	}
	cores, err := filepath.Glob(filepath.Join(dir, "core*"))
	if err != nil || len(cores) > 0 {
		t.Errorf("%v, %v", cores, err)
	}
}

// A request that is run cannot be erased, and the run goes on.
func TestErasingARunningRequestIsRefused(t *testing.T) {
	demo := runSmallDemo(t, "--people", "30", "--seed", "34")
	home := filepath.Join(demo.dir, "home")
	for range 20 {
		cmd := begun(t, home, audit.PlanMade, "request", "run", demo.Request, "--again")
		if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		free := func(path string) bool {
			f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
		}
		// It must not have been stopped while it wrote to the log, or after its end.
		running := !free(filepath.Join(home, "data", "locks", demo.Request+".lock")) && free(filepath.Join(home, "audit", "lock"))
		if running {
			if r := call(t, home, "", "request", "rm", demo.Request, "--yes"); r.code != exitFailed || !strings.Contains(r.err, "another command runs it") {
				t.Errorf("exit code %d: %s%s", r.code, r.out, r.err)
			}
		}
		if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the run: %v", err)
		}
		if running {
			must(t, home, "", "report", demo.Request, "--out", filepath.Join(demo.dir, "report2"))
			must(t, home, "", "request", "rm", demo.Request, "--yes")
			return
		}
	}
	t.Fatal("the run was never stopped in its middle")
}

// An erasure that is killed anywhere can be finished.
func TestKilledErasureCanBeFinished(t *testing.T) {
	demo := runSmallDemo(t, "--people", "30", "--seed", "35")
	made := filepath.Join(demo.dir, "home")
	finished := map[int]int{}
	for i := range 16 {
		home := filepath.Join(t.TempDir(), "home")
		copyAll(t, made, home)
		cmd := begun(t, home, audit.RequestErased, "request", "rm", demo.Request, "--yes")
		time.Sleep(time.Duration(i) * 700 * time.Microsecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		r := call(t, home, "", "request", "rm", demo.Request, "--yes")
		finished[r.code]++
		if r.code != exitDone && (r.code != exitUsage || !strings.Contains(r.err, "there is no request")) {
			t.Errorf("killed after %d: exit code %d: %s", i, r.code, r.err)
		}
		if _, err := os.Stat(filepath.Join(home, "keys", "requests", demo.Request+".age")); !os.IsNotExist(err) {
			t.Errorf("killed after %d: the key is there (%v)", i, err)
		}
		if rows, _ := readable(t, filepath.Join(home, "data", "sinusta.db"), demo.Request, nil); rows != 0 {
			t.Errorf("killed after %d: %d rows are left", i, rows)
		}
		must(t, home, "", "audit", "verify")
	}
	t.Logf("exit codes of the second erasure: %v", finished)
}

// What is wrong with keys and folders is told with what to do, and nothing is
// lost by it.
func TestUnusableKeysAndFolders(t *testing.T) {
	demo, home := installed(t)
	key := filepath.Join("keys", "requests", demo.Request+".age")
	replaced := func(name string, with func(good string) string) func(t *testing.T) func() {
		return func(t *testing.T) func() {
			path := filepath.Join(home, name)
			good := read(t, path)
			if err := os.WriteFile(path, []byte(with(good)), 0o600); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
					t.Error(err)
				}
			}
		}
	}
	other := runSmallDemo(t, "--people", "2", "--seed", "36")
	foreign := func(name string) func(string) string {
		return func(string) string { return read(t, filepath.Join(other.dir, "home", name)) }
	}
	owned := func(name string) func(t *testing.T) func() {
		return func(t *testing.T) func() {
			if os.Geteuid() != 0 {
				lacks(t, requireRoot, "only root can give files away")
			}
			path := filepath.Join(home, name)
			if err := os.Chown(path, 12345, 12345); err != nil {
				t.Fatal(err)
			}
			return func() {}
		}
	}
	permitted := func(name string, to os.FileMode) func(t *testing.T) func() {
		return func(t *testing.T) func() { return mode(t, filepath.Join(home, name), to) }
	}
	for _, c := range []struct {
		name    string
		spoil   func(t *testing.T) func()
		says    string
		listing bool // request list works
		reads   bool // whatever only reads works
		owners  bool // the spoiling is in the ownership
	}{
		{"wrong organisation key", replaced("keys/organisation.age", foreign("keys/organisation.age")), "restore the one that was", false, false, false},
		{"damaged organisation key", replaced("keys/organisation.age", func(s string) string { return s[:len(s)-20] + "\n" }), "restore it from its backup", false, false, false},
		{"lost organisation key", func(t *testing.T) func() { return hide(t, filepath.Join(home, "keys/organisation.age")) }, "restore it from its backup", false, false, false},
		{"organisation key that others may read", permitted("keys/organisation.age", 0o644), "chmod 600", false, false, false},
		{"folder of keys that others may change", permitted("keys", 0o777), "chmod 700", false, false, false},
		{"organisation key of somebody else", owned("keys/organisation.age"), "run Sinusta as", false, false, true},
		{"audit key of somebody else", owned("keys/audit.key"), "run Sinusta as", true, false, true},
		{"lost request key", func(t *testing.T) func() { return hide(t, filepath.Join(home, key)) }, "was not restored", false, false, false},
		{"damaged request key", replaced(key, func(s string) string { return s[:len(s)-3] }), "restore the file from its backup", false, false, false},
		{"wrong audit key", replaced("keys/audit.key", foreign("keys/audit.key")), "restore", true, false, false},
		{"read-only data", func(t *testing.T) func() {
			mends := []func(){mode(t, filepath.Join(home, "data"), 0o500)}
			for _, path := range mustGlob(t, filepath.Join(home, "data", "sinusta.db*")) {
				mends = append(mends, mode(t, path, 0o400))
			}
			return func() {
				for _, m := range mends {
					m()
				}
			}
		}, "write access", true, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := state(t, home)
			if os.Geteuid() == 0 && c.owners {
				give(t, demo.dir, 0)
			} else if os.Geteuid() == 0 {
				give(t, demo.dir, nobody)
			}
			mend := c.spoil(t)
			run := func(stdin string, args ...string) ran {
				if !c.owners {
					return plainly(t, demo.dir, home, stdin, args...)
				}
				return call(t, home, stdin, args...)
			}
			for _, name := range []string{"run", "search", "report"} {
				if c.reads && name != "run" {
					continue
				}
				r := run(stdinOf(name), effects(demo)[name]...)
				if r.code != exitFailed || !strings.Contains(r.err, c.says) || strings.Contains(r.err, "SECRET") {
					t.Errorf("%s: exit code %d, want %q: %s", name, r.code, c.says, r.err)
				}
			}
			if r := run("", "request", "list"); r.code == 0 != c.listing {
				t.Errorf("list: exit code %d: %s%s", r.code, r.out, r.err)
			}
			mend()
			if os.Geteuid() == 0 {
				give(t, demo.dir, nobody)
			}
			if d := cmp.Diff(before, state(t, home)); d != "" {
				t.Errorf("something was lost (-before +after):\n%s", d)
			}
			if r := plainly(t, demo.dir, home, "", "report", demo.Request, "--out", filepath.Join(demo.dir, "again"), "--force"); r.code != 0 {
				t.Errorf("mended: exit code %d: %s", r.code, r.err)
			}
		})
	}
}
