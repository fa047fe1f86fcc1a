package main

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core/audit"
)

// state tells what an installation holds, but for its log: every sealed row, the
// keys of the requests, and the files of reports.
func state(t *testing.T, home string) []string {
	t.Helper()
	var all []string
	db := database(t, home)
	rows, err := db.Query(`SELECT request, tab, seq, hex(id), hex(blob) FROM sealed ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var request, seq int64
		var tab, id, blob string
		if err := rows.Scan(&request, &tab, &seq, &id, &blob); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(id + blob))
		all = append(all, fmt.Sprintf("%d %s %d %s", request, tab, seq, hex.EncodeToString(sum[:8])))
	}
	for _, pattern := range []string{filepath.Join(home, "keys", "requests", "*"), filepath.Join(filepath.Dir(home), "report*", "*")} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			sum := sha256.Sum256([]byte(read(t, f)))
			all = append(all, filepath.Base(f)+" "+hex.EncodeToString(sum[:8]))
		}
	}
	if len(all) < 10 {
		t.Fatalf("the installation holds nothing: %v", all)
	}
	return all
}

// database opens the database of an installation beside it.
func database(t *testing.T, home string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(home, "data", "sinusta.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

// installed makes a demo in a short folder that every account can enter, and
// gives its home.
func installed(t *testing.T) (*demoRun, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "sinusta-e2e") //nolint:usetesting // other accounts may not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	demo := runSmallDemo(t, "--people", "20", "--seed", "16")
	if err := os.Rename(demo.dir, filepath.Join(dir, "demo")); err != nil {
		t.Fatal(err)
	}
	demo.dir = filepath.Join(dir, "demo")
	return demo, filepath.Join(demo.dir, "home")
}

const nobody = 65534

// plainly runs the binary as an account that is not root, to whom it gives
// dir first.
func plainly(t *testing.T, dir, home, stdin string, args ...string) ran {
	t.Helper()
	cmd := sinusta(t, append([]string{"--home", home}, args...)...)
	if os.Geteuid() == 0 {
		give(t, dir, nobody)
		cmd.Path = "/proc/self/exe" // nobody may not enter the folder of the test binary
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		cmd.Dir = "/"
	}
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	_ = cmd.Run() // the exit code tells
	return ran{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// give gives the folder above dir, with all in it, to an account.
func give(t *testing.T, dir string, uid int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Dir(dir), func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, uid)
	})
	if err != nil {
		t.Fatal(err)
	}
}

const simpleIntake = "case_number: VALTORI/2/2026\nreceived: \"2026-10-01\"\nsubject:\n  names: [{given: Testi, family: Testinen}]\n" +
	"  identifiers: [{kind: email, value: testi.testinen@posti.example}]\n"

// effects are the commands that do something, and what each is given.
func effects(demo *demoRun) map[string][]string {
	return map[string][]string{
		"new":    {"request", "new", "-"},
		"run":    {"request", "run", demo.Request, "--again"},
		"search": {"search", demo.Request},
		"report": {"report", demo.Request, "--out", filepath.Join(demo.dir, "report2")},
		"rm":     {"request", "rm", demo.Request, "--yes"},
		"check":  {"sources", "check", "V1.1"},
		"export": {"audit", "export", filepath.Join(demo.dir, "report-log.zip")},
		"show":   {"audit", "show"},
	}
}

func stdinOf(name string) string {
	return map[string]string{"new": simpleIntake, "search": "ma*\n"}[name]
}

// Where the log cannot be written, nothing happens, and the error says what
// to do. What there was is there, and all goes on when the log can be written again.
func TestNoEffectWithoutItsEntry(t *testing.T) {
	for _, way := range []struct {
		name string
		// spoil makes the log unwritable, and gives what mends it.
		spoil func(t *testing.T, home string) (mend func())
		says  string
	}{
		{"read-only log", readOnlyLog, "write access"},
		{"full disk", fullLog, "disk is full"},
		{"damaged log", damagedLog, "audit verify"},
		{"lost key", func(t *testing.T, home string) func() { return hide(t, filepath.Join(home, "keys", "audit.key")) }, "restore it from its backup"},
		{"key that others can read", func(t *testing.T, home string) func() {
			return mode(t, filepath.Join(home, "keys", "audit.key"), 0o644)
		}, "chmod 600"},
	} {
		t.Run(way.name, func(t *testing.T) {
			demo, home := installed(t)
			before := state(t, home)
			if os.Geteuid() == 0 {
				give(t, demo.dir, nobody)
			}
			mend := way.spoil(t, home)
			for name, args := range effects(demo) {
				r := plainly(t, demo.dir, home, stdinOf(name), args...)
				if r.code != exitFailed || !strings.Contains(r.err+r.out, way.says) {
					t.Errorf("%s: exit code %d, want %q\n%s%s", name, r.code, way.says, r.out, r.err)
				}
				if strings.Contains(r.err, "Testinen") || strings.Contains(r.err, "goroutine") {
					t.Errorf("%s: the error holds a name or a trace: %s", name, r.err)
				}
			}
			if d := cmp.Diff(before, state(t, home)); d != "" {
				t.Errorf("something happened without an entry (-before +after):\n%s", d)
			}
			mend()
			if r := plainly(t, demo.dir, home, "", "audit", "verify", "--checkpoint", demo.pathOf("report.json")); r.code != 0 {
				t.Errorf("afterwards: %s%s", r.out, r.err)
			}
			for _, name := range []string{"new", "run", "report", "rm"} {
				if r := plainly(t, demo.dir, home, stdinOf(name), effects(demo)[name]...); r.code != 0 {
					t.Errorf("%s, afterwards: exit code %d: %s", name, r.code, r.err)
				}
			}
		})
	}
}

// pathOf gives a file of the demo's report, wherever the demo was moved to.
func (r *demoRun) pathOf(name string) string { return filepath.Join(r.dir, "report", name) }

func readOnlyLog(t *testing.T, home string) func() {
	var mends []func()
	for _, name := range []string{"audit/entries.jsonl", "audit/hashes", "audit/lock"} {
		mends = append(mends, mode(t, filepath.Join(home, name), 0o400))
	}
	mends = append(mends, mode(t, filepath.Join(home, "audit"), 0o500))
	return func() {
		for _, m := range slices.Backward(mends) {
			m()
		}
	}
}

// mode changes the permissions of a file, and gives what restores them.
func mode(t *testing.T, path string, to os.FileMode) func() {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, to); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Chmod(path, info.Mode().Perm()); err != nil {
			t.Error(err)
		}
	}
}

// hide takes a file away, and gives what brings it back.
func hide(t *testing.T, path string) func() {
	t.Helper()
	aside := filepath.Join(t.TempDir(), "aside")
	if err := os.Rename(path, aside); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Rename(aside, path); err != nil {
			t.Error(err)
		}
	}
}

func damagedLog(t *testing.T, home string) func() {
	path := filepath.Join(home, "audit", "entries.jsonl")
	good := read(t, path)
	if err := os.WriteFile(path, []byte(good[:len(good)-30]+strings.Repeat("x", 29)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
			t.Error(err)
		}
	}
}

// small puts a folder onto a small disk of its own, with what it holds.
func small(t *testing.T, dir string, size string) {
	t.Helper()
	if os.Geteuid() != 0 {
		lacks(t, requireRoot, "only root can make a small disk")
	}
	copied := filepath.Join(t.TempDir(), "copy")
	copyAll(t, dir, copied)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		lacks(t, requireRoot, fmt.Sprintf("no small disk can be made here: %v", err))
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	copyAll(t, copied, dir)
	give(t, filepath.Dir(dir), nobody)
}

// fill fills the disk that a folder is on, and gives what makes room again.
func fill(t *testing.T, dir string) func() {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			return func() {
				if err := os.Remove(path); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func fullLog(t *testing.T, home string) func() {
	dir := filepath.Join(home, "audit")
	small(t, dir, "256k")
	room := fill(t, dir)
	for range 50 { // the last block of the file has room for some
		if r := plainly(t, filepath.Dir(home), home, "", "audit", "show"); r.code != 0 {
			return room
		}
	}
	t.Fatal("the disk does not fill up")
	return nil
}

// A full disk under the data loses nothing of what was there, and a later run
// makes up for what could not be stored.
func TestFullDiskUnderTheData(t *testing.T) {
	demo, home := installed(t)
	small(t, filepath.Join(home, "data"), "2m")
	room := fill(t, filepath.Join(home, "data"))
	for _, name := range []string{"new", "run", "run"} {
		r := plainly(t, demo.dir, home, stdinOf(name), effects(demo)[name]...)
		if r.code != exitFailed || !strings.Contains(r.err, "disk is full") || !strings.Contains(r.err, "make room") {
			t.Errorf("%s: exit code %d: %s", name, r.code, r.err)
		}
	}
	if keys := mustGlob(t, filepath.Join(home, "keys", "requests", "*")); len(keys) != 1 {
		t.Errorf("%d keys of requests, one of them of a request that was not opened", len(keys))
	}
	// No report claims what the run could not do.
	if r := plainly(t, demo.dir, home, "", effects(demo)["report"]...); r.code != exitFailed {
		t.Errorf("report: exit code %d: %s", r.code, r.out)
	}
	room()
	if r := plainly(t, demo.dir, home, "", "request", "list"); r.code != 0 || strings.Count(r.out, "r-") != 1 {
		t.Errorf("list: exit code %d: %s%s", r.code, r.out, r.err)
	}
	for _, name := range []string{"run", "report"} {
		if r := plainly(t, demo.dir, home, "", effects(demo)[name]...); r.code != 0 {
			t.Errorf("%s, with room again: exit code %d: %s", name, r.code, r.err)
		}
	}
}

// locked holds the operating system's lock on a file until it is let go.
func locked(t *testing.T, path string) (letGo func()) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }
		}
		if time.Now().After(deadline) {
			t.Fatalf("lock %s: %v", path, err)
		}
	}
}

// until waits for something that another process does.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for: %s", what)
		}
	}
}

// begun starts a command and waits until the entry of its beginning is in the log.
func begun(t *testing.T, home string, verb audit.Verb, args ...string) *exec.Cmd {
	t.Helper()
	cmd := sinusta(t, append([]string{"--home", home}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	log := filepath.Join(home, "audit", "entries.jsonl")
	was := strings.Count(read(t, log), `"verb":"`+string(verb)+`"`)
	until(t, "the entry of "+string(verb), func() bool { return strings.Count(read(t, log), `"verb":"`+string(verb)+`"`) > was })
	return cmd
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

// opened counts the effects that audit verify tells as having no end.
func openEffects(t *testing.T, home string) (n int) {
	t.Helper()
	for line := range strings.Lines(must(t, home, "", "audit", "verify")) {
		_, _ = fmt.Sscanf(line, "effects without an end: %d", &n)
	}
	return n
}

// A process that is killed between the entry and the effect leaves a beginning
// without an end, which everybody can see, and nothing else.
func TestKilledBetweenEntryAndEffect(t *testing.T) {
	demo := runSmallDemo(t, "--people", "10", "--seed", "17")
	home := filepath.Join(demo.dir, "home")
	before := state(t, home)
	unlock := locked(t, filepath.Join(home, "data", "locks", demo.Request+".lock"))
	again := filepath.Join(demo.dir, "report2")
	cmd := begun(t, home, audit.ReportWritten, "report", demo.Request, "--out", again) // it waits for the lock now
	kill(t, cmd)
	unlock()
	if out := must(t, home, "", "audit", "show", "--verb", "report-written"); strings.Count(out, noEnd) != 1 || openEffects(t, home) != 1 {
		t.Errorf("the crash is not visible:\n%s", out)
	}
	if d := cmp.Diff(before, state(t, home)); d != "" {
		t.Errorf("there was an effect (-before +after):\n%s", d)
	}
	must(t, home, "", "report", demo.Request, "--out", again)
	if out := must(t, home, "", "audit", "verify", "--checkpoint", filepath.Join(again, "report.html")); !strings.Contains(out, "Nothing was rewritten") {
		t.Error(out)
	}
}

// So does one that is killed in the middle of the effect, or between the effect
// and its end; the effect can be made again, and then is whole.
func TestKilledInTheEffectAndBeforeItsEnd(t *testing.T) {
	for _, where := range []string{"in the effect", "before its end"} {
		t.Run(where, func(t *testing.T) {
			demo := runSmallDemo(t, "--people", "10", "--seed", "17")
			home := filepath.Join(demo.dir, "home")
			key := filepath.Join(home, "keys", "requests", demo.Request+".age")
			db := database(t, home)
			if _, err := db.Exec(`BEGIN IMMEDIATE`); err != nil {
				t.Fatal(err)
			}
			cmd := begun(t, home, audit.RequestErased, "request", "rm", demo.Request, "--yes")
			until(t, "the key's removal", func() bool { _, err := os.Stat(key); return errors.Is(err, os.ErrNotExist) })
			rows := func() (n int) {
				if err := db.QueryRow(`SELECT count(*) FROM sealed`).Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			letGo := func() {}
			if where == "before its end" {
				letGo = locked(t, filepath.Join(home, "audit", "lock"))
				if _, err := db.Exec(`ROLLBACK`); err != nil {
					t.Fatal(err)
				}
				until(t, "the removal of the rows", func() bool { return rows() == 0 })
				kill(t, cmd)
			} else {
				kill(t, cmd)
				if _, err := db.Exec(`ROLLBACK`); err != nil {
					t.Fatal(err)
				}
			}
			letGo()
			if out := must(t, home, "", "audit", "show", "--verb", "request-erased"); strings.Count(out, noEnd) != 1 || openEffects(t, home) != 1 {
				t.Errorf("the crash is not visible:\n%s", out)
			}
			r := call(t, home, "", "request", "rm", demo.Request, "--yes")
			if where == "before its end" {
				if r.code != exitUsage || !strings.Contains(r.err, "there is no request") {
					t.Errorf("erased again: exit code %d: %s", r.code, r.err)
				}
			} else if r.code != 0 {
				t.Errorf("the erasure cannot be finished: exit code %d: %s", r.code, r.err)
			}
			if n := rows(); n != 0 {
				t.Errorf("%d rows are left", n)
			}
			for _, e := range entriesOf(t, home, "--verb", "request-erased") {
				if e.Case == "" || e.Case != entriesOf(t, home, "--verb", "request-opened")[0].Case {
					t.Errorf("entry %d does not name the case", e.Index)
				}
			}
			if n := len(entriesOf(t, home)); n < 40 {
				t.Errorf("only %d entries are left", n)
			}
		})
	}
}
