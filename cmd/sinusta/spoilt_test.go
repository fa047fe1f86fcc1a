package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	_ "modernc.org/sqlite"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/generate"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
)

// entry is one source as sources.yaml has it.
type entry map[string]any

func (e entry) config() entry { return e["config"].(map[string]any) }

// A source that is spoilt gets the right outcome, says where and what to do,
// and no other system notices.
func TestSpoiltSources(t *testing.T) {
	demo := runSmallDemo(t, "--people", "40", "--seed", "6")
	made, err := smallValtori(t).Generate(t.Context(), t.TempDir(), generate.Options{People: 40, Seed: 6})
	if err != nil {
		t.Fatal(err)
	}
	intake, err := intakeOf(smallValtori(t), made.Intake)
	if err != nil {
		t.Fatal(err)
	}
	good := read(t, filepath.Join(demo.dir, "home", "sources.yaml"))
	postgres := serverstest.PostgreSQL(t)
	down := postgres.DSNFor(postgres.Reader, postgres.ReaderPassword, "postgres")
	down = strings.Replace(down, ":"+portOf(t, down), ":1", 1)
	cases := []struct {
		what    string
		spoil   func(t *testing.T, sources map[string]entry)
		system  string
		outcome core.Outcome
		reason  core.ReasonCode
		says    string
	}{
		{"no source", func(_ *testing.T, s map[string]entry) { delete(s, "V1.3") }, "V1.3", core.NotSearchable, core.ReasonNoSource, ""},
		{"switched off", func(_ *testing.T, s map[string]entry) { s["V1.3"]["disabled"] = true }, "V1.3", core.Disabled, core.ReasonSourceDisabled, ""},
		{"unknown plugin", func(_ *testing.T, s map[string]entry) { s["V1.3"]["plugin"] = "sgl" }, "V1.3", core.SearchFailed, core.ReasonConfig, "sgl"},
		{"unknown key in the configuration", func(_ *testing.T, s map[string]entry) { s["V1.3"].config()["databse"] = "x" }, "V1.3", core.SearchFailed, core.ReasonConfig, "databse"},
		{"no such table", func(_ *testing.T, s map[string]entry) {
			typ := s["V2.1"].config()["types"].(map[string]any)["employee"].(map[string]any)
			typ["table"] = "nobody_has_this"
		}, "V2.1", core.SearchFailed, core.ReasonConfig, "sources.yaml:"},
		{"no such file", func(_ *testing.T, s map[string]entry) { s["V4.2"].config()["database"] = "../world/gone.db" }, "V4.2", core.SearchFailed, "", "gone.db"},
		{"no such LDIF file", func(_ *testing.T, s map[string]entry) {
			s["staff-directory"].config()["ldif"] = []any{"../world/gone.ldif"}
		}, "staff-directory", core.SearchFailed, "", "gone.ldif"},
		{"a missing secret", func(_ *testing.T, s map[string]entry) {
			s["V1.3"].config()["driver"] = "postgres"
			delete(s["V1.3"].config(), "database")
			s["V1.3"]["secrets"] = map[string]any{"dsn": map[string]any{"env": "SINUSTA_TEST_NO_SUCH_VARIABLE"}}
		}, "V1.3", core.SearchFailed, core.ReasonConfig, "SINUSTA_TEST_NO_SUCH_VARIABLE"},
		{"a wrong password", func(t *testing.T, s map[string]entry) {
			toPostgres(t, s["V1.3"], postgres.DSNFor(postgres.Reader, "wrong", "postgres"))
		}, "V1.3", core.SearchFailed, core.ReasonAuth, ""},
		{"a server that is down", func(t *testing.T, s map[string]entry) {
			toPostgres(t, s["V1.3"], down)
			s["V1.3"]["timeout"] = "3s"
		}, "V1.3", core.SearchFailed, core.ReasonUnavailable, ""},
		{"too little time", func(_ *testing.T, s map[string]entry) { s["V1.1"]["timeout"] = "1ms" }, "V1.1", core.TimedOut, core.ReasonTimeout, "timeout"},
		{"too many records", func(_ *testing.T, s map[string]entry) { s["V6.1"]["max_records"] = 1 }, "V6.1", core.Partial, core.ReasonTruncated, ""},
		{"a column that nobody mapped", func(t *testing.T, _ map[string]entry) { addColumn(t, filepath.Join(demo.dir, "world")) }, "V1.1", core.Partial, core.ReasonUnmapped, "huomautus"},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			home := filepath.Join(demo.dir, "home")
			if err := os.WriteFile(filepath.Join(home, "sources.yaml"), []byte(good), 0o600); err != nil {
				t.Fatal(err)
			}
			rewire(t, home, func(sources map[string]entry) { c.spoil(t, sources) })
			rows, stderr, code := search(t, demo, intake)
			if code != exitNotFinal {
				t.Errorf("exit code %d, want %d\n%s", code, exitNotFinal, stderr)
			}
			for _, r := range rows {
				if r.System != c.system {
					if !r.Final {
						t.Errorf("%s is %s: it was not touched (%v)", r.System, r.Outcome, r.Details)
					}
					continue
				}
				if r.Outcome != c.outcome || c.reason != "" && r.Reason != c.reason {
					t.Errorf("%s is %s (%s), want %s (%s): %v", r.System, r.Outcome, r.Reason, c.outcome, c.reason, r.Details)
				}
				if all := strings.Join(r.Details, "\n"); !strings.Contains(all, c.says) || strings.Contains(all, postgres.ReaderPassword) {
					t.Errorf("details %q: want them to name %q", all, c.says)
				}
			}
			if len(rows) != 9 {
				t.Errorf("%d systems, want 9", len(rows))
			}
		})
	}
}

// search opens a request, asks every system and gives the coverage.
func search(t *testing.T, demo *demoRun, intake string) ([]coverageRow, string, int) {
	t.Helper()
	home := filepath.Join(demo.dir, "home")
	opening := sinusta(t, "--home", home, "request", "new", "-")
	opening.Stdin = strings.NewReader(intake)
	id, err := opening.Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := sinusta(t, "--home", home, "request", "run", strings.TrimSpace(string(id)), "--json")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the exit code is judged by the caller
	var rows []coverageRow
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil {
		t.Fatalf("no coverage: %v\n%s", err, errs.String())
	}
	return rows, errs.String(), cmd.ProcessState.ExitCode()
}

// toPostgres turns a source to a PostgreSQL database; its mapping stays.
func toPostgres(t *testing.T, e entry, dsn string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dsn")
	if err := os.WriteFile(path, []byte(dsn), 0o600); err != nil {
		t.Fatal(err)
	}
	e.config()["driver"] = "postgres"
	delete(e.config(), "database")
	e["secrets"] = map[string]any{"dsn": map[string]any{"file": path}}
}

func portOf(t *testing.T, dsn string) string {
	t.Helper()
	_, rest, ok := strings.Cut(dsn, "@127.0.0.1:")
	port, _, found := strings.Cut(rest, "/")
	if !ok || !found {
		t.Fatal("the address of the server has another form")
	}
	return port
}

func addColumn(t *testing.T, world string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(world, "asiat.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("ALTER TABLE henkilo ADD COLUMN huomautus TEXT"); err != nil {
		t.Fatal(err)
	}
}

// rewire changes the sources of an installation.
func rewire(t *testing.T, home string, change func(map[string]entry)) {
	t.Helper()
	path := filepath.Join(home, "sources.yaml")
	var file struct {
		Sources map[string]entry `yaml:"sources"`
	}
	if err := yaml.Unmarshal([]byte(read(t, path)), &file); err != nil {
		t.Fatal(err)
	}
	change(file.Sources)
	raw, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// text gives a value as JSON.
func text(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
