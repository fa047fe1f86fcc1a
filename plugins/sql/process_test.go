package sqlsource

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/host"
)

func testHost(t *testing.T) *host.Host {
	t.Helper()
	dir, err := os.MkdirTemp("", "sq") //nolint:usetesting // sockets need a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", dir)
	h := host.New(host.Options{Home: t.TempDir()})
	t.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(dir)
	})
	return h
}

// spec gives what the host starts the plugin with.
func spec(t *testing.T, c Config, text string) host.Spec {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	config := map[string]any{}
	if err := json.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	s := host.Spec{System: "T1", Kind: "ticketing", Plugin: pluginName, Issuers: env("").Issuers, Timeout: env("").Timeout, Secrets: map[string]string{}}
	config["driver"] = c.Driver
	for name, v := range map[string]string{"database": c.Database, "schema": c.Schema, "ca_file": c.CAFile} {
		if v != "" {
			config[name] = v
		}
	}
	if c.DSN != "" {
		s.Secrets["dsn"] = c.DSN.Reveal()
	}
	if s.Config, err = json.Marshal(config); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestThroughARealProcess(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		h := testHost(t)
		s, err := h.Start(t.Context(), spec(t, d.make(t, manyTickets(chunk+50)...), withComments))
		if err != nil {
			t.Fatal(err)
		}
		search := func(q core.Query) ([]core.Record, []core.Checkpoint, *core.Completion) {
			var records []core.Record
			var checkpoints []core.Checkpoint
			c, err := s.Search(t.Context(), q, func(e core.Event) error {
				records = append(records, e.Records...)
				if e.Checkpoint != nil {
					checkpoints = append(checkpoints, *e.Checkpoint)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return records, checkpoints, c
		}
		q := query(one(id(t, core.Email, "maija@example.fi")))
		records, checkpoints, c := search(q)
		if len(records) != chunk+50 || len(checkpoints) != 2 || c == nil || c.Result != core.Complete {
			t.Fatalf("%d records, %d checkpoints, %+v", len(records), len(checkpoints), c)
		}
		if i := slices.IndexFunc(records, func(r core.Record) bool { return len(r.Parts) != 1 || r.Time.IsZero() }); i >= 0 {
			t.Errorf("record %d: %+v", i, records[i])
		}
		q.Resume = checkpoints[0]
		if records, _, c := search(q); len(records) != 50 || c == nil || c.Result != core.Complete {
			t.Errorf("resumed: %d records, %+v", len(records), c)
		}
		q.Resume, q.MaxRecords = core.Checkpoint{}, 7
		if records, _, c := search(q); len(records) != 7 || c == nil || c.Result != core.Partly || !slices.ContainsFunc(c.Problems, func(p core.Problem) bool { return p.Class == core.ClassTruncated }) {
			t.Errorf("bounded: %d records, %+v", len(records), c)
		}
		if records, _, c := search(query(one(id(t, core.Email, "nobody@example.fi")))); len(records) != 0 || c == nil || c.Result != core.Complete {
			t.Errorf("nobody: %d records, %+v", len(records), c)
		}
		steps, err := s.Check(t.Context())
		if err != nil || len(steps) < 6 {
			t.Errorf("check: %v %+v", err, steps)
		}
	})
}

func TestFaultsThroughARealProcess(t *testing.T) {
	h := testHost(t)
	c := makeSQLite(t, peopleTable)
	missing := c
	missing.Database += ".gone"
	for _, test := range []struct {
		c     Config
		text  string
		class core.Class
		path  string
	}{
		{c, strings.Replace(people, "email: req_email", "emial: req_email", 1), core.ClassConfig, "types.ticket.parties[0].fields.emial"},
		{c, strings.Replace(people, "slot: assignee", "slott: assignee", 1), core.ClassConfig, "types.ticket.parties[1].slott"},
		{c, strings.Replace(people, "email: req_email", "email: {column: req_email, exakt: true}", 1), core.ClassConfig, "types.ticket.parties[0].fields.email"},
		{missing, people, core.ClassConfig, "database"},
	} {
		_, err := h.Start(t.Context(), spec(t, test.c, test.text))
		problems := host.Problems(err)
		if len(problems) != 1 || problems[0].Class != test.class || problems[0].ConfigPath != test.path {
			t.Errorf("want %s at %s: %+v", test.class, test.path, problems)
		}
	}
}
