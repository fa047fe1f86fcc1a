//go:build linux

package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

// specFor gives a source of an external program.
func specFor(p *Program, name string) Spec {
	return Spec{System: "V6.1", Kind: "ticketing", Plugin: name, Program: p, Config: []byte(`{"records": 3}`)}
}

// asked starts the source and asks it once.
func asked(t *testing.T, h *Host, spec Spec) *Session {
	t.Helper()
	s := start(t, h, spec)
	if g := search(context.Background(), s, query()); g.err != nil || g.completion == nil || len(g.records) == 0 {
		t.Errorf("%d records, %v, %v", len(g.records), g.completion, g.err)
	}
	return s
}

func TestAProgramRunsAsAPlugin(t *testing.T) {
	dir := t.TempDir()
	path := install(t, dir, "acme-crm")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := opened(t, path)
	if sum := sha256.Sum256(raw); p.SHA256() != hex.EncodeToString(sum[:]) || p.Path() != path {
		t.Errorf("%s has %s", p.Path(), p.SHA256())
	}
	h := testHost(t)
	a, b := asked(t, h, specFor(p, "acme-crm")), asked(t, h, specFor(p, "acme-crm"))
	if a.Description().Name != "acme-crm" || a.PID() == b.PID() {
		t.Errorf("%+v, processes %d and %d", a.Description(), a.PID(), b.PID())
	}
	// Whoever wants to know who it is need not know it before.
	d, err := h.Describe(context.Background(), Spec{Program: p})
	if err != nil || d.Name != "acme-crm" || d.Version != "1.2.3" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestScriptsRunAsPlugins(t *testing.T) {
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	h := testHost(t)
	for name, line := range map[string]string{"exec": "exec '" + self + "' plugin serve fake",
		"child": "'" + self + "' plugin serve fake\n:"} { // the plugin is a child of the process that is started
		path := scriptOf(t, line)
		for _, transport := range []Transport{TransportDefault, TransportUnixPrivate, TransportSDK} {
			t.Run(name+" "+string(transport), func(t *testing.T) {
				spec := specFor(opened(t, path), "fake")
				spec.Transport = transport
				asked(t, h, spec)
			})
		}
	}
}

// What was hashed is what runs, whatever becomes of the file.
func TestAProgramThatIsReplacedAfterwardsDoesNotRun(t *testing.T) {
	for name, attack := range map[string]func(path string) error{
		"another file under its path": func(path string) error {
			return errors.Join(os.WriteFile(path+".new", []byte("#!/bin/sh\nexit 9\n"), 0o700), os.Rename(path+".new", path)) //nolint:gosec // a program
		},
		"other bytes in its file": func(path string) error { return os.WriteFile(path, []byte("#!/bin/sh\nexit 9\n"), 0o700) }, //nolint:gosec // a program
		"a link in its place": func(path string) error {
			return errors.Join(os.Remove(path), os.Symlink("/bin/false", path))
		},
		"nothing in its place": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			path := install(t, t.TempDir(), "acme-crm")
			p := opened(t, path)
			if err := attack(path); err != nil {
				t.Fatal(err)
			}
			asked(t, testHost(t), specFor(p, "acme-crm"))
		})
	}
}

func TestTheCopyThatRunsCannotBeWritten(t *testing.T) {
	p := opened(t, install(t, t.TempDir(), "acme-crm"))
	if !p.sealed {
		t.Skip("memory may not be run on this machine")
	}
	path := "/proc/self/fd/" + strconv.Itoa(int(p.file.Fd()))
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
		defer f.Close()
		if _, err := f.WriteAt([]byte("x"), 0); err == nil {
			t.Error("the copy can be written")
		}
		if err := f.Truncate(0); err == nil {
			t.Error("the copy can be cut")
		}
	}
	seals, err := unix.FcntlInt(p.file.Fd(), unix.F_GET_SEALS, 0)
	want := unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if err != nil || seals&want != want {
		t.Errorf("seals %b, %v", seals, err)
	}
}

// Where memory may not be run, the open file is.
func TestWithoutSealedMemoryAChangeIsNoticed(t *testing.T) {
	h := testHost(t)
	dir := t.TempDir()
	open := func(name string) *Program {
		path := install(t, dir, name)
		f, err := openExecutable(path)
		if err != nil {
			t.Fatal(err)
		}
		p := &Program{path: path, file: f}
		t.Cleanup(func() { _ = p.Close() })
		if p.sum, err = digestOf(f); err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := open("acme-crm")
	asked(t, h, specFor(p, "acme-crm"))
	if err := os.Rename(install(t, dir, "foreign"), p.path); err != nil { // another file: the open one runs
		t.Fatal(err)
	}
	asked(t, h, specFor(p, "acme-crm"))
	q := open("acme-crm")
	if err := os.WriteFile(q.path, []byte("#!/bin/sh\nexit 9\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	_, err := h.Start(context.Background(), specFor(q, "acme-crm"))
	if got := Problems(err); len(got) != 1 || got[0].Class != core.ClassConfig || !strings.Contains(got[0].Message, "changed since") {
		t.Errorf("problems %+v of %v", got, err)
	}
}

func TestWhatIsNoProgramIsRefused(t *testing.T) {
	dir := t.TempDir()
	plain, empty := filepath.Join(dir, "plain"), filepath.Join(dir, "empty")
	if err := errors.Join(os.WriteFile(plain, []byte("x"), 0o600), os.WriteFile(empty, nil, 0o700), //nolint:gosec // a program
		unix.Mkfifo(filepath.Join(dir, "pipe"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{plain: "chmod +x", empty: "empty", dir: "no regular file",
		filepath.Join(dir, "pipe"): "no regular file", filepath.Join(dir, "none"): "no such file"} {
		_, err := OpenProgram(path)
		if p := Problems(err); len(p) != 1 || p[0].Class != core.ClassConfig || !strings.Contains(p[0].Message, want) ||
			!strings.Contains(p[0].Message, path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	// A file that no kernel runs.
	if err := os.Chmod(plain, 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	_, err := testHost(t).Start(context.Background(), specFor(opened(t, plain), "x"))
	if p := Problems(err); len(p) != 1 || p[0].Class != core.ClassConfig {
		t.Errorf("%+v of %v", p, err)
	}
	closed := opened(t, install(t, dir, "acme-crm"))
	if err := errors.Join(closed.Close(), closed.Close()); err != nil {
		t.Error(err)
	}
	if _, err := testHost(t).Start(context.Background(), specFor(closed, "acme-crm")); err == nil {
		t.Error("a closed program runs")
	}
}

func TestForeignPluginsChooseTheirTransport(t *testing.T) {
	dir := t.TempDir()
	h := testHost(t, short)
	for _, c := range []struct {
		program   string
		transport Transport
		problem   string // "" when it works
	}{
		{"foreign", TransportDefault, ""},
		{"foreign", TransportAutoMTLS, ""},
		{"foreign", TransportUnixPrivate, ""},
		{"foreign", TransportSDK, "does not speak the TLS of its transport sdk"},
		{"acme-crm", TransportSDK, ""},
		{"acme-crm", TransportUnixPrivate, ""},
		{"foreign-no-tls", TransportUnixPrivate, ""},
		{"foreign-no-tls", TransportDefault, "does not know AutoMTLS"},
		{"liar", TransportAutoMTLS, "does not speak the TLS of its transport automtls"},
		{"proxy", TransportUnixPrivate, "another process"},
		{"acme-crm", "plain", "no transport"},
	} {
		t.Run(c.program+" "+string(c.transport), func(t *testing.T) {
			spec := specFor(opened(t, install(t, dir, c.program)), c.program)
			spec.Transport = c.transport
			if c.program == "foreign" || c.program == "foreign-no-tls" {
				spec.Config = nil
			}
			if c.problem == "" {
				asked(t, h, spec)
				return
			}
			begin := time.Now()
			_, err := h.Start(context.Background(), spec)
			p := Problems(err)
			if len(p) != 1 || p[0].Phase != core.PhaseStart || !strings.Contains(p[0].Message, c.problem) {
				t.Errorf("problems %+v of %v", p, err)
			}
			if took := time.Since(begin); took > 10*time.Second { // each wait of it has a bound below 3 s
				t.Errorf("it took %s", took)
			}
		})
	}
}

// A host with a lock file runs what is registered, in the way that is
// registered, and shares one copy of it.
func TestAHostWithALockFileRunsNothingElse(t *testing.T) {
	path := install(t, t.TempDir(), "acme-crm")
	sum := opened(t, path).SHA256()
	lock := &Lock{file: "sinusta.lock", doc: strictyaml.NewDocument("sinusta.lock"), Plugins: map[string]Locked{
		"acme-crm": {Version: "1.2.3", SHA256: map[string]string{Platform(): sum}, Transport: TransportUnixPrivate},
		"older":    {Version: "1.2.2", SHA256: map[string]string{Platform(): sum}}, "fake": {Version: "1.2.3", SHA256: map[string]string{Platform(): sum}}}}
	h := testHost(t, func(o *Options) { o.Lock, o.Builtins = lock, []string{"fake"} })
	p, err := h.Program(path)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.Program(path); err != nil || again != p {
		t.Errorf("a second copy, %v", err)
	}
	spec := specFor(p, "acme-crm")
	spec.Transport = TransportSDK // the lock file decides
	if s := asked(t, h, spec); s.v.transport != TransportUnixPrivate {
		t.Errorf("transport %s", s.v.transport)
	}
	override := specFor(p, "fake")
	override.Override = true
	for name, c := range map[string]struct {
		spec Spec
		want string
	}{
		"not registered":     {specFor(opened(t, install(t, t.TempDir(), "foreign")), "foreign"), "not registered"},
		"another file":       {specFor(opened(t, scriptOf(t, "exit 0")), "acme-crm"), "is not the registered plugin"},
		"without a name":     {specFor(p, ""), "not registered"},
		"under another name": {specFor(p, "older"), `calls itself "acme-crm"`},
		"of a built-in":      {specFor(p, "fake"), "name of a built-in plugin"},
		"override":           {override, `calls itself "acme-crm"`},
	} {
		_, err := h.Start(context.Background(), c.spec)
		if got := Problems(err); len(got) != 1 || got[0].Class != core.ClassConfig || !strings.Contains(got[0].Message, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := h.Describe(context.Background(), c.spec); err == nil {
			t.Errorf("%s: it is described", name)
		}
	}
}

// scriptOf makes a shell script.
func scriptOf(t *testing.T, line string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+line+"\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return path
}

// A package upgrade replaces the file of a coordinator that runs.
func TestBuiltinsAreOfTheCoordinatorThatRuns(t *testing.T) {
	for _, how := range []string{"replace", "delete"} {
		t.Run(how, func(t *testing.T) {
			path := install(t, t.TempDir(), "sinusta")
			out, err := exec.Command(path, "upgrade", how).CombinedOutput()
			if err != nil || strings.TrimSpace(string(out)) != "fake 1.2.3" {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestAProgramHasTheMemoryOfItsSource(t *testing.T) {
	h := testHost(t)
	spec := specFor(opened(t, install(t, t.TempDir(), "acme-crm")), "acme-crm")
	for memory, want := range map[int64]string{0: "GOMEMLIMIT=536870912", 64 << 20: "GOMEMLIMIT=67108864"} {
		spec.Memory = memory
		env, err := os.ReadFile("/proc/" + strconv.Itoa(start(t, h, spec).PID()) + "/environ") //nolint:gosec // a number
		if err != nil || !strings.Contains(string(env), want+"\x00") {
			t.Errorf("%v: %q", err, env)
		}
	}
}
