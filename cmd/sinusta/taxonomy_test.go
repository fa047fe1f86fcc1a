package main

import (
	"html/template"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/generate"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
)

// taxon is one way to fail, and what comes of it at the other end.
type taxon struct {
	what    string
	system  string
	spoil   func(t *testing.T, source entry)
	class   core.Class
	origin  core.Origin
	outcome core.Outcome
	calls   int // 0: more than one
	says    string
}

const (
	fakeSystem = "staff-directory"
	sqlSystem  = "V1.3"
)

// does makes a source fail by the fake.
func does(do string, times int) func(*testing.T, entry) {
	return func(_ *testing.T, e entry) {
		e["config"] = map[string]any{"do": do, "times": times}
		e["timeout"] = "3s"
	}
}

// Each class of problem arrives where people look, through real processes: as
// the right outcome, with what happened, who acts, and the place in the sources
// file, after as many calls as make sense, and without a value.
func TestEveryClassArrives(t *testing.T) {
	taxa := []taxon{
		{"two wrong settings", fakeSystem, does("config", 0), core.ClassConfig, core.OriginPlugin, core.SearchFailed, 1, "sources.yaml:"},
		{"a locked account", fakeSystem, does("auth", 0), core.ClassAuth, core.OriginSystem, core.Partial, 1, "locked"},
		{"maintenance", fakeSystem, does("transient", 0), core.ClassTransient, core.OriginSystem, core.Partial, 0, "maintenance"},
		{"short maintenance", fakeSystem, does("transient", 2), "", "", core.NoneFound, 3, ""},
		{"a quota", fakeSystem, does("rate-limited 1200ms", 1), "", "", core.NoneFound, 2, ""},
		{"a long quota", fakeSystem, does("rate-limited 2h", 0), core.ClassRateLimited, core.OriginSystem, core.Partial, 1, "asked again at"},
		{"a strange record", fakeSystem, does("data", 0), core.ClassData, core.OriginSystem, core.Partial, 1, "no key"},
		{"an unreadable part", fakeSystem, does("notice partial", 0), core.ClassPartial, core.OriginSystem, core.Partial, 1, "amiss"},
		{"a key of no use", fakeSystem, does("notice unsupported-key", 0), core.ClassUnsupportedKey, core.OriginSystem, core.Partial, 1, "amiss"},
		{"something unmapped", fakeSystem, does("notice unmapped", 0), core.ClassUnmapped, core.OriginSystem, core.Partial, 1, "amiss"},
		{"a bound", fakeSystem, does("notice truncated", 0), core.ClassTruncated, core.OriginSystem, core.Partial, 1, "amiss"},
		{"somebody must look", fakeSystem, does("notice needs-human", 0), core.ClassNeedsHuman, core.OriginSystem, core.Partial, 1, "amiss"},
		{"a class of a later version", fakeSystem, does("return of-a-later-version", 0), core.ClassBug, core.OriginPlugin, core.Partial, 3, "amiss"},
		{"a panic", fakeSystem, does("panic", 0), core.ClassBug, core.OriginPlugin, core.Partial, 3, "panicked"},
		{"a panic once", fakeSystem, does("panic", 1), "", "", core.NoneFound, 2, ""},
		{"a process that ends", fakeSystem, does("exit", 0), core.ClassBug, "", core.Partial, 3, ""},
		{"a process that is killed once", fakeSystem, does("die", 1), "", "", core.NoneFound, 2, ""},
		{"a hang", fakeSystem, does("hang", 0), core.ClassDeadline, core.OriginHost, core.Partial, 1, "timeout"},
		{"a system that is late", fakeSystem, does("late", 0), core.ClassDeadline, core.OriginSystem, core.Partial, 0, "in time"},
		{"a source that gives up", fakeSystem, does("cancel", 0), core.ClassCancelled, "", core.Partial, 1, ""},
		{"a connection that is reset", sqlSystem, func(t *testing.T, e entry) {
			toPostgres(t, e, "postgres://reader:secret@"+resetting(t)+"/postgres?sslmode=disable")
			e["timeout"] = "3s"
		}, core.ClassTransient, "", core.SearchFailed, 0, ""},
		{"a server that is down", sqlSystem, func(t *testing.T, e entry) {
			toPostgres(t, e, "postgres://reader:secret@127.0.0.1:1/postgres?sslmode=disable")
			e["timeout"] = "3s"
		}, core.ClassTransient, "", core.SearchFailed, 0, "refused"},
		{"no such column", sqlSystem, func(_ *testing.T, e entry) {
			fields := e.config()["types"].(map[string]any)["contract"].(map[string]any)["fields"].(map[string]any)
			fields["name"] = "nobody_has_this"
		}, core.ClassConfig, core.OriginPlugin, core.SearchFailed, 1, "sources.yaml:"},
		{"a wrong password", sqlSystem, func(t *testing.T, e entry) {
			server := serverstest.PostgreSQL(t)
			toPostgres(t, e, server.DSNFor(server.Reader, "wrong", "postgres"))
		}, core.ClassAuth, "", core.SearchFailed, 1, ""},
	}
	demo := runSmallDemo(t, "--people", "20", "--seed", "4")
	made, err := smallValtori(t).Generate(t.Context(), t.TempDir(), generate.Options{People: 20, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	intake, err := intakeOf(smallValtori(t), made.Intake)
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(demo.dir, "home")
	good := read(t, filepath.Join(home, "sources.yaml"))
	if err := os.WriteFile(filepath.Join(home, fakeMarker), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	secret := identifiers(t, intake)
	arrived := map[core.Class]bool{}
	for _, x := range taxa {
		t.Run(x.what, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(home, "sources.yaml"), []byte(good), 0o600); err != nil {
				t.Fatal(err)
			}
			_ = os.Remove(filepath.Join(home, "fake-calls")) // none is none
			rewire(t, home, func(sources map[string]entry) {
				x.spoil(t, sources[x.system])
				for id := range sources {
					if id != x.system {
						delete(sources, id)
					}
				}
			})
			row, request, said := x.search(t, demo, intake)
			x.check(t, row, said)
			arrived[x.class] = true
			for _, v := range secret {
				if strings.Contains(said, v) {
					t.Errorf("a value of the subject is shown:\n%s", said)
				}
			}
			if x.class != "" {
				x.report(t, demo, request, row)
			}
		})
	}
	for _, c := range core.Classes() {
		if !arrived[c] {
			t.Errorf("no problem of class %s arrived", c)
		}
	}
}

// search runs a request on the one system, and gives its row and everything
// that was shown.
func (x taxon) search(t *testing.T, demo *demoRun, intake string) (coverageRow, string, string) {
	t.Helper()
	rows, stderr, code := search(t, demo, intake)
	if code != exitNotFinal { // the other systems have no source
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	home := filepath.Join(demo.dir, "home")
	list, err := sinusta(t, "--home", home, "request", "list", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	id := string(list[strings.LastIndex(string(list), `"request":"`)+len(`"request":"`):])
	id, _, _ = strings.Cut(id, `"`)
	shown, _ := sinusta(t, "--home", home, "coverage", id).CombinedOutput() // exit code 3
	i := slices.IndexFunc(rows, func(r coverageRow) bool { return r.System == x.system })
	if i < 0 {
		t.Fatalf("%s is not in the coverage", x.system)
	}
	return rows[i], id, string(shown) + stderr + text(rows)
}

func (x taxon) check(t *testing.T, row coverageRow, said string) {
	t.Helper()
	if row.Outcome != x.outcome {
		t.Errorf("%s (%s), want %s\n%s", row.Outcome, row.Reason, x.outcome, said)
	}
	if wants := x.class == "" || len(row.Attempts) > 1; wants != strings.Contains(said, "called ") {
		t.Errorf("%d calls, and people read:\n%s", len(row.Attempts), said)
	}
	if n := len(row.Attempts); x.calls == 0 && n < 2 || x.calls > 0 && n != x.calls {
		t.Errorf("%d calls, want %d: %+v", n, x.calls, row.Attempts)
	}
	if x.class == "" {
		if len(row.Problems) != 0 || row.Attempts[0].End != core.AttemptFailed || row.Attempts[len(row.Attempts)-1].End != core.AttemptAnswered || row.Records > 2 {
			t.Errorf("after it went well: %+v, %d records, %+v", row.Problems, row.Records, row.Attempts)
		}
		return
	}
	i := slices.IndexFunc(row.Problems, func(p problemRow) bool {
		return p.Class == x.class && (x.origin == "" || p.Origin == x.origin)
	})
	if i < 0 {
		t.Fatalf("no problem of class %s from %q: %+v", x.class, x.origin, row.Problems)
	}
	p := row.Problems[i]
	explained := (&core.Problem{Class: p.Class, Origin: p.Origin, Phase: p.Phase}).Explain("en")
	if p.Phase == "" || p.What != explained.What || p.Remedy != explained.Remedy {
		t.Errorf("it says %+v", p)
	}
	for _, want := range []string{x.says, p.What, p.Remedy, x.system + " ("} {
		if !strings.Contains(said, want) {
			t.Errorf("nowhere it says %q:\n%s", want, said)
		}
	}
}

// report looks for the explanation in the report, in each language, on paper
// and for programs.
func (x taxon) report(t *testing.T, demo *demoRun, request string, row coverageRow) {
	t.Helper()
	for _, lang := range []string{"fi", "sv", "en"} {
		out := filepath.Join(t.TempDir(), lang)
		if msg, err := sinusta(t, "--home", filepath.Join(demo.dir, "home"), "report", request, "--lang", lang, "--out", out).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, msg)
		}
		page, raw := read(t, filepath.Join(out, "report.html")), read(t, filepath.Join(out, "report.json"))
		for _, p := range row.Problems {
			e := (&core.Problem{Class: p.Class, Origin: p.Origin, Phase: p.Phase}).Explain(lang)
			if !strings.Contains(page, template.HTMLEscapeString(e.Remedy)) || !strings.Contains(raw, e.Remedy) || !strings.Contains(raw, e.What) {
				t.Errorf("the report in %s does not say %q", lang, e)
			}
			if p.Detail != "" && !strings.Contains(e.What, p.Detail) && (strings.Contains(page, p.Detail) || strings.Contains(raw, p.Detail)) {
				t.Errorf("the report in %s holds what is for operators: %q", lang, p.Detail)
			}
		}
	}
}

// identifiers gives the values of the subject's identifiers.
func identifiers(t *testing.T, intake string) []string {
	t.Helper()
	var in app.Intake
	if err := yaml.Unmarshal([]byte(intake), &in); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, i := range in.Subject.Identifiers {
		if len(i.Value) > 4 {
			out = append(out, i.Value)
		}
	}
	if len(out) < 3 {
		t.Fatalf("%d identifiers", len(out))
	}
	return out
}

// resetting gives the address of a server that resets every connection.
func resetting(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(time.Second))
			_, _ = c.Read(make([]byte, 1))
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}
	}()
	return "127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
