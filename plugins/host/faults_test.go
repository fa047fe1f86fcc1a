//go:build unix

package host

import (
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
)

func raws(name string) Spec { return Spec{System: "V6.1", Kind: "ticketing", Plugin: name} }

func short(o *Options) {
	o.Deadlines = Deadlines{Start: 2 * time.Second, Health: time.Second, Silence: 400 * time.Millisecond,
		Close: 300 * time.Millisecond, Kill: 2 * time.Second}
}

// patient hurries stops only: the search itself may be slow on a busy machine.
func patient(o *Options) { o.Deadlines.Close = 300 * time.Millisecond }

// An answer whose closing message is missing or wrong gives no completion, but
// keeps the records.
func TestAnAnswerThatBreaksTheRulesHasNoCompletion(t *testing.T) {
	h := testHost(t)
	for name, c := range map[string]struct {
		records int
		message string
	}{
		"raw-no-completion":   {3, "without its closing message"},
		"raw-wrong-count":     {3, "counts"},
		"raw-no-types":        {3, "counts"},
		"raw-wrong-digest":    {3, "digest"},
		"raw-same-ref":        {2, "two records of one ref"},
		"raw-odd-ref":         {3, "not its type and key"},
		"raw-other-type":      {3, "has not declared"},
		"raw-after":           {3, "after its closing message"},
		"raw-two-completions": {3, "after its closing message"},
		"raw-no-result":       {3, "no result"},
		"raw-empty-event":     {3, "does not know"},
		"raw-huge":            {0, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			g := search(context.Background(), start(t, h, raws(name)), query())
			var p *core.Problem
			if g.completion != nil || !errors.As(g.err, &p) {
				t.Fatalf("completion %v, error %v", g.completion, g.err)
			}
			if p.Class != core.ClassBug || p.Origin != core.OriginPlugin || !strings.Contains(p.Message, c.message) {
				t.Errorf("problem %+v", p)
			}
			if len(g.records) != c.records {
				t.Errorf("%d records, want %d", len(g.records), c.records)
			}
		})
	}
}

// A plugin that calls an answer complete is believed only as far as what it
// declared and sent agrees with that.
func TestAClaimOfCompletenessIsHeldAgainstKeysAndCounts(t *testing.T) {
	h := testHost(t)
	for name, want := range map[string][]core.Problem{
		"raw-good":       nil,
		"raw-sends-less": {{Class: core.ClassPartial, RecordType: "ticket", Message: "4 records match, and sent 3"}},
		"raw-other-keys": {{Class: core.ClassPartial, RecordType: "ticket", Message: "none of the keys"},
			{Class: core.ClassUnsupportedKey, Kinds: []core.Kind{core.Email}, Message: "no record type"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := search(context.Background(), start(t, h, raws(name)), query())
			if g.err != nil {
				t.Fatal(g.err)
			}
			if (g.completion.Result == core.Complete) != (want == nil) || len(g.completion.Problems) != len(want) {
				t.Fatalf("%+v, want the problems %+v", g.completion, want)
			}
			for i, p := range g.completion.Problems {
				if p.Class != want[i].Class || p.RecordType != want[i].RecordType || !slices.Equal(p.Kinds, want[i].Kinds) ||
					!strings.Contains(p.Message, want[i].Message) {
					t.Errorf("problem %+v, want %+v", p, want[i])
				}
			}
		})
	}
}

// What a plugin says is shown on terminals: it stays one line, moves no
// cursor, and holds no value, wherever it stands.
func TestAPluginsWordsStayOneLine(t *testing.T) {
	s := start(t, testHost(t), raws("raw-terminal"))
	g := search(context.Background(), s, query())
	if g.err != nil || len(g.completion.Problems) != 1 || len(g.completion.LeftOut) != 1 || len(g.completion.Searched[0].Needs) != 1 {
		t.Fatalf("%+v, %v", g.completion, g.err)
	}
	steps, err := s.Check(context.Background())
	if err != nil || len(steps) != 1 {
		t.Fatalf("%+v, %v", steps, err)
	}
	p, l := g.completion.Problems[0], g.completion.LeftOut[0]
	for _, text := range []string{p.Message, p.RecordType, p.ConfigPath, string(p.Kinds[0]), l.Table, l.Column, l.Reason,
		string(g.completion.Searched[0].Needs[0]), steps[0].Name} {
		if strings.ContainsAny(text, "\x1b\n\u202e") || strings.Contains(text, person) || len(text) < 10 {
			t.Errorf("%q", text)
		}
	}
}

func TestTheRawFakeIsRightWhenItBreaksNothing(t *testing.T) {
	h := testHost(t)
	if g := search(context.Background(), start(t, h, raws("raw-good")), query()); g.err != nil || g.completion == nil {
		t.Errorf("%v, %v", g.completion, g.err)
	}
}

func TestAPluginThatDiesInTheMiddleGivesNoCompletion(t *testing.T) {
	h := testHost(t)
	for behaviour, want := range map[string]core.Class{"exit": core.ClassBug, "panic-outside": core.ClassBug} {
		t.Run(behaviour, func(t *testing.T) {
			s := start(t, h, specOf(map[string]any{"records": 1000, "behaviour": behaviour}))
			g := search(context.Background(), s, query())
			var p *core.Problem
			if g.completion != nil || !errors.As(g.err, &p) || p.Class != want || strings.Contains(p.Message, "makinen") {
				t.Fatalf("completion %v, error %v", g.completion, g.err)
			}
			if behaviour == "exit" && len(g.records) != 150 {
				t.Errorf("%d records, want the 150 before the end", len(g.records))
			}
			if g := search(context.Background(), s, query()); g.completion != nil || g.err == nil {
				t.Errorf("a search of a dead plugin gives %v, %v", g.completion, g.err)
			}
		})
	}
}

func TestAPluginKilledFromOutsideMayBeTriedAgain(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"behaviour": "wait"}))
	time.AfterFunc(100*time.Millisecond, func() { _ = syscall.Kill(s.PID(), syscall.SIGKILL) })
	g := search(context.Background(), s, query())
	var p *core.Problem
	if g.completion != nil || !errors.As(g.err, &p) || p.Class != core.ClassTransient {
		t.Errorf("completion %v, error %v", g.completion, g.err)
	}
}

func TestASilentPluginIsGivenUp(t *testing.T) {
	h := testHost(t, short)
	for _, name := range []string{"raw-silent", "raw-stalled"} {
		t.Run(name, func(t *testing.T) {
			s := start(t, h, raws(name))
			g := search(context.Background(), s, query())
			var p *core.Problem
			if g.completion != nil || !errors.As(g.err, &p) || p.Class != core.ClassDeadline || p.Origin != core.OriginPlugin {
				t.Fatalf("completion %v, error %v", g.completion, g.err)
			}
			pid := s.PID()
			if err := s.Close(context.Background()); err != nil {
				t.Error(err)
			}
			waitGone(t, pid)
		})
	}
}

func TestCancelEndsASearch(t *testing.T) {
	h := testHost(t, func(o *Options) { o.Deadlines.Close = 200 * time.Millisecond })
	for _, behaviour := range []string{"wait", "ignore-ctx"} {
		s := start(t, h, specOf(map[string]any{"behaviour": behaviour}))
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(50*time.Millisecond, cancel)
		g := search(ctx, s, query())
		var p *core.Problem
		if g.completion != nil || !errors.As(g.err, &p) || p.Class != core.ClassCancelled ||
			p.Origin != core.OriginHost || !errors.Is(g.err, context.Canceled) {
			t.Errorf("%s: completion %v, error %v", behaviour, g.completion, g.err)
		}
		ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
		g = search(ctx, s, query())
		cancel()
		if !errors.As(g.err, &p) || p.Class != core.ClassDeadline || !errors.Is(g.err, context.DeadlineExceeded) {
			t.Errorf("%s: error %v", behaviour, g.err)
		}
	}
}

func TestAPluginThatDoesNotComeUpIsExplained(t *testing.T) {
	h := testHost(t, short, func(o *Options) { o.Builtins = nil })
	for name, c := range map[string]struct {
		class   core.Class
		message string
	}{
		"start-noise":    {core.ClassBug, `printed "Welcome to the plugin of <email>"`},
		"start-flood":    {core.ClassBug, "more than 8192 bytes before its handshake"},
		"start-exit":     {core.ClassBug, "ended before its handshake (exit status 7)"},
		"start-closes":   {core.ClassBug, "closed its standard output before its handshake"},
		"start-hang":     {core.ClassDeadline, "no handshake within 2s"},
		"raw-mute":       {core.ClassDeadline, "no answer within 1s"},
		"raw-elsewhere":  {core.ClassBug, "listens outside its socket folder"},
		"raw-wrong-peer": {core.ClassBug, "certificate"},
		"raw-plain":      {core.ClassBug, "does not speak the TLS"},
		"other-name":     {core.ClassBug, "says that it is another one"},
		"../x":           {core.ClassConfig, "no name of a built-in plugin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := h.Start(context.Background(), raws(name))
			p := Problems(err)
			if len(p) != 1 || p[0].Class != c.class || p[0].Phase != core.PhaseStart || !strings.Contains(p[0].Message, c.message) {
				t.Errorf("problems %+v of %v", p, err)
			}
		})
	}
}

func TestAnUnknownPluginIsNamedWithTheKnownOnes(t *testing.T) {
	h := testHost(t, func(o *Options) { o.Builtins = []string{"ldap", "sql"} })
	if _, err := h.Start(context.Background(), raws("sqll")); err == nil || !strings.Contains(err.Error(), "ldap, sql") {
		t.Errorf("error %v", err)
	}
}

func TestOnlyTheHostMayCallAPlugin(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(nil))
	stranger, err := newIdentity(x509.ExtKeyUsageClientAuth)
	if err != nil {
		t.Fatal(err)
	}
	conn := s.v.client.ReattachConfig().Addr
	config := clientConfig(stranger, stranger)
	config.InsecureSkipVerify = true
	if err := handshake(conn.String(), config); err == nil {
		t.Error("a stranger's certificate is let in")
	}
	config.Certificates = nil
	if err := handshake(conn.String(), config); err == nil {
		t.Error("a caller without a certificate is let in")
	}
}

func TestStandardOutputIsNoTrap(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"records": 2000, "behaviour": "noise"}))
	for range 3 {
		if g := search(context.Background(), s, query()); g.err != nil || len(g.records) != 2000 {
			t.Errorf("%d records, %v", len(g.records), g.err)
		}
	}
}

func TestAPluginEndsWithItsLifeLine(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"behaviour": "wait"}))
	pid := s.PID()
	s.v.proc.mu.Lock()
	err := s.v.proc.lifeline.Close()
	s.v.proc.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	waitGone(t, pid)
}

func TestCloseLeavesNoProcess(t *testing.T) {
	h := testHost(t, short)
	var pids []int
	for _, behaviour := range []string{"", "wait", "ignore-ctx", "grandchild"} {
		s := start(t, h, specOf(map[string]any{"behaviour": behaviour}))
		pids = append(pids, s.PID())
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		search(ctx, s, query())
		cancel()
	}
	folder := h.shared.folder.path
	begin := time.Now()
	if err := h.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 20*time.Second { // the grandchild sleeps for 30
		t.Errorf("close took %s", took)
	}
	for _, pid := range pids {
		waitGone(t, pid)
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket folder is still there: %v", err)
	}
	if _, err := h.Start(context.Background(), specOf(nil)); err == nil {
		t.Error("a closed host starts a plugin")
	}
	if err := h.Close(context.Background()); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestCloseEndsAStartUnderWay(t *testing.T) {
	h := testHost(t)
	result := make(chan error, 1)
	go func() {
		_, err := h.Start(context.Background(), specOf(map[string]any{"behaviour": "slow-open"}))
		result <- err
	}()
	time.Sleep(100 * time.Millisecond)
	if err := h.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-result; err == nil {
		t.Error("the start succeeded")
	}
}

func TestFoldersOfDeadHostsAreSweptAndOthersAreNot(t *testing.T) {
	run, err := os.MkdirTemp("/tmp", "sweep") //nolint:usetesting // a short path: sockets are below it
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(run)
	t.Setenv("XDG_RUNTIME_DIR", run)
	alive, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(run, "sinusta", "1-dead")
	foreign := filepath.Join(run, "sinusta", "foreign")
	for _, dir := range []string{filepath.Join(dead, "plugin-dir1"), foreign} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dead, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	second, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{alive.path: true, second.path: true, foreign: true, dead: false} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: there %v, want %v", path, err == nil, want)
		}
	}
	for _, f := range []*folder{alive, second} {
		if err := f.remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestALongRuntimeFolderIsPassedOver(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join("/tmp", strings.Repeat("long", 30)))
	f, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	if len(f.path) > maxFolder {
		t.Errorf("the path has %d bytes: %s", len(f.path), f.path)
	}
	if err := f.remove(); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatSomebodyElseMadeIsNotUsed(t *testing.T) {
	run, err := os.MkdirTemp("/tmp", "open") //nolint:usetesting // a short path: sockets are below it
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(run)
	t.Setenv("XDG_RUNTIME_DIR", run)
	open := filepath.Join(run, "sinusta")
	if err := errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o777)); err != nil { // others can enter
		t.Fatal(err)
	}
	f, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(f.path, run) {
		t.Errorf("the folder is %s", f.path)
	}
	if info, err := os.Stat(f.path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder's mode is %v, %v", info, err)
	}
	if err := f.remove(); err != nil {
		t.Error(err)
	}
}

func TestTheEnvironmentHidesWhatAPluginDoesNotNeed(t *testing.T) {
	t.Setenv("TICKETS_DSN", canary)
	t.Setenv("TZ", "Europe/Helsinki")
	env := strings.Join(environment([]string{"PLUGIN_X=1"}, 1<<20), "\n")
	if strings.Contains(env, canary) || strings.Contains(env, "HOME=") {
		t.Errorf("environment:\n%s", env)
	}
	for _, want := range []string{"TZ=Europe/Helsinki", "PATH=", "GOMEMLIMIT=1048576", "PLUGIN_X=1"} {
		if !strings.Contains(env, want) {
			t.Errorf("%s is missing in:\n%s", want, env)
		}
	}
}
