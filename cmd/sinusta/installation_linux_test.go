package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/fixtures/generate"
)

// authority is an installation of the real binary over a small synthetic
// authority, in which one person has so many records in some systems that
// their answers take several batches and checkpoints.
type authority struct {
	binary, dir, intake string
}

// asked are the systems that it asks; the others have no source, so that a run
// is short.
var asked = []string{"V1.1", "V6.1", "V6.4", "V7.1", "staff-directory"}

const (
	authorityPeople = 24
	authoritySeed   = 5
)

// newInstallation makes the installation, without any request.
func newInstallation(t *testing.T) *authority {
	t.Helper()
	in := &authority{binary: program(t), dir: filepath.Join(t.TempDir(), "demo")}
	demo := exec.CommandContext(t.Context(), in.binary, "demo", "--dir", in.dir, "--systems", nine, "--people", fmt.Sprint(authorityPeople),
		"--seed", fmt.Sprint(authoritySeed), "--json")
	if out, err := demo.CombinedOutput(); err != nil {
		t.Fatalf("make the authority: %v\n%s", err, out)
	}
	made, err := smallValtori(t).Generate(t.Context(), t.TempDir(), generate.Options{People: authorityPeople, Seed: authoritySeed})
	if err != nil {
		t.Fatal(err)
	}
	if in.intake, err = intakeOf(smallValtori(t), made.Intake); err != nil {
		t.Fatal(err)
	}
	in.multiply(t, "tickets.db", "ticket", "ticket_no", 130)
	in.multiply(t, "crm.db", "crm_contact", "contact_id", 200)
	in.keep(t, asked)
	return in
}

// multiply puts n copies of every row beside it, under keys of their own.
func (in *authority) multiply(t *testing.T, file, table, key string, n int) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(in.dir, "world", file))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT name, type FROM pragma_table_info(?)", table)
	if err != nil {
		t.Fatal(err)
	}
	var names, values []string
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			t.Fatal(err)
		}
		value := `"` + name + `"`
		switch {
		case name == key && typ == "INTEGER":
			value = fmt.Sprintf(`"%s" * 1000 + n`, name)
		case name == key:
			value = fmt.Sprintf(`"%s" || '-' || n`, name)
		}
		names, values = append(names, `"`+name+`"`), append(values, value)
	}
	if err := rows.Close(); err != nil || len(names) < 2 {
		t.Fatalf("table %s has columns %v: %v", table, names, err)
	}
	_, err = db.Exec(fmt.Sprintf(`WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %d)
		INSERT INTO "%s" (%s) SELECT %s FROM "%s", s`, n, table, strings.Join(names, ","), strings.Join(values, ","), table))
	if err != nil {
		t.Fatal(err)
	}
}

// keep leaves only these systems a source.
func (in *authority) keep(t *testing.T, systems []string) {
	t.Helper()
	rewire(t, filepath.Join(in.dir, "home"), func(sources map[string]entry) {
		for id := range sources {
			if !slices.Contains(systems, id) {
				delete(sources, id)
			}
		}
		if len(sources) != len(systems) {
			t.Fatalf("the authority has %d of the systems %v", len(sources), systems)
		}
	})
}

// home is one copy of the installation, with a socket folder of its own.
type home struct {
	*authority
	path, run string
}

// copyHome copies the installation beside the first.
func (in *authority) copyHome(t *testing.T, name string) *home {
	t.Helper()
	h := &home{authority: in, path: filepath.Join(in.dir, name)}
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(in.dir, "home"), h.path).CombinedOutput(); err != nil {
		t.Fatalf("copy the installation: %v\n%s", err, out)
	}
	var err error
	if h.run, err = os.MkdirTemp("/tmp", "snst"); err != nil { //nolint:usetesting // sockets need a short path
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, pid := range h.plugins() {
			t.Errorf("process %d is left", pid)
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Kill()
			}
		}
		_ = os.RemoveAll(h.run)
	})
	return h
}

// command gives a call of the binary on this installation.
func (h *home) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, h.binary, append([]string{"--home", h.path}, args...)...)
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+h.run)
	return cmd
}

// ended is how a call of the binary ended.
type finished struct {
	code        int
	out, stderr string
	cpu         time.Duration // of the process and its plugins
}

// do runs a call to its end.
func (h *home) do(ctx context.Context, args ...string) finished { return h.tell(ctx, "", args...) }

// tell is do with something on standard input.
func (h *home) tell(ctx context.Context, stdin string, args ...string) finished {
	cmd := h.command(ctx, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	code := cmd.ProcessState.ExitCode()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		errs.WriteString(err.Error())
	}
	return finished{code, out.String(), errs.String(), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

// open opens a request and gives its id.
func (h *home) open(t *testing.T) string {
	t.Helper()
	return h.openFor(t, h.intake)
}

func (h *home) openFor(t *testing.T, intake string) string {
	t.Helper()
	r := h.tell(t.Context(), intake, "request", "new", "-")
	if r.code != exitDone {
		t.Fatalf("open a request: exit code %d: %s", r.code, r.stderr)
	}
	return strings.TrimSpace(r.out)
}

// plugins gives the plugin processes of this installation: they work in its
// folder.
func (h *home) plugins() []int {
	var pids []int
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if cwd, err := os.Readlink(filepath.Join("/proc", e.Name(), "cwd")); err != nil || cwd != h.path {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err == nil && bytes.Contains(line, []byte("plugin\x00serve\x00")) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// nobodyLeft waits until no plugin process is left.
func (h *home) nobodyLeft() error {
	deadline := time.Now().Add(15 * time.Second)
	for {
		left := h.plugins()
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v are left", left)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// socketFolders gives the folders that hosts have left.
func (h *home) socketFolders() []string {
	left, err := filepath.Glob(filepath.Join(h.run, "sinusta", "*", "lock"))
	if err != nil {
		return []string{err.Error()}
	}
	return left
}

// contents is what a request file holds, without times and counts of attempts.
type contents struct {
	Records, Asides  map[string]string
	Items, Coverage  []string
	Plan             string
	asks, open, done int
	checkpoints      int
}

// withFile opens a request file in this process for f.
func (h *home) withFile(t *testing.T, request string, f func(*store.File) error) error {
	t.Helper()
	s, err := store.Open(t.Context(), h.path)
	if err != nil {
		return err
	}
	defer s.Close()
	file, err := s.File(t.Context(), request)
	if err != nil {
		return err
	}
	return f(file)
}

// state reads a request file.
func (h *home) state(t *testing.T, request string) (st *contents, err error) {
	t.Helper()
	err = h.withFile(t, request, func(file *store.File) error {
		st, err = stateOf(t, file)
		return err
	})
	return st, err
}

func stateOf(t *testing.T, file *store.File) (st *contents, err error) {
	t.Helper()
	st = &contents{Records: map[string]string{}, Asides: map[string]string{}}
	each := func(table store.Table, f func(name string, row map[string]any)) {
		err = errors.Join(err, file.Each(t.Context(), table, 0, func(row store.Row) error {
			var v map[string]any
			if err := row.Decode(&v); err != nil {
				return err
			}
			delete(v, "round")
			f(row.Name, v)
			return nil
		}))
	}
	err = file.Each(t.Context(), "record", 0, func(row store.Row) error {
		var v sealed
		err := row.Decode(&v)
		st.Records[row.Name] = string(v)
		return err
	})
	each("aside", func(name string, v map[string]any) { st.Asides[name] = text(v) })
	each("item", func(name string, v map[string]any) { st.Items = append(st.Items, name+text(v)) })
	each("coverage", func(_ string, v map[string]any) {
		c := v["coverage"].(map[string]any)
		delete(c, "asked")
		delete(c, "took")
		delete(c, "attempts")
		types, _ := c["types"].([]any) // a system that was not asked has none
		for _, typ := range types {
			// What the last call took, which may have been for a part only.
			delete(typ.(map[string]any), "took")
			delete(typ.(map[string]any), "statements")
		}
		st.Coverage = append(st.Coverage, text(v))
	})
	each("plan", func(_ string, v map[string]any) {
		delete(v, "made")
		st.Plan = text(v)
	})
	each("ask", func(_ string, v map[string]any) {
		st.asks++
		if v["done"] == true {
			st.done++
		} else {
			st.open++
		}
		if _, ok := v["covered"]; ok {
			st.checkpoints++
		}
	})
	slices.Sort(st.Items)
	slices.Sort(st.Coverage)
	return st, err
}

// sealed is a record as it is stored, without the round that brought it.
type sealed []byte

// UnmarshalBinary takes the bytes.
func (s *sealed) UnmarshalBinary(data []byte) error {
	_, n := binary.Uvarint(data)
	if n <= 0 {
		return errors.New("the bytes are no stored record")
	}
	*s = slices.Clone(data[n:])
	return nil
}

// whole tells whether the request was searched to its end.
func (s *contents) whole() bool { return len(s.Coverage) > 0 }

// output is what a process says, for several readers at once.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// readFrom takes everything from r, until it ends.
func (o *output) readFrom(r io.Reader) { _, _ = io.Copy(o, r) }

// settled gives what was said once it holds the words, or a moment later.
func (o *output) settled(words string) string {
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if strings.Contains(o.text(), words) {
			break
		}
	}
	return o.text()
}
