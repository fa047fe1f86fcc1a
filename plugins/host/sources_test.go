package host

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

const goodSources = `# wiring
sources:
  V6.1:
    plugin: sql
    program: plugins/sql-2
    override: true
    memory: 256MiB
    timeout: 2m
    max_records: 50000
    secrets: {dsn: {env: TICKETS_DSN}, key: {file: keys/k}, token: {command: [pass, show, 7]}}
    config:
      driver: sqlite
      version: 1.10
      since: 2024-01-01
      code: 010190
      hex: 0x1F
      on: yes
      live: true
      none: ~
      words: |
        a
        b
      types:
        ticket:
          key: [ticket_no]
          parties:
            - {slot: requester, fields: {email: mail}}
            - slot: assignee
              fields:
                "a.b": c
  V7.1:
    plugin: sql
    disabled: true
`

func TestSourcesAreReadWithTheirConfigAsJSON(t *testing.T) {
	s := parseGood(t)
	e := s.Entries["V6.1"]
	var config map[string]any
	d := json.NewDecoder(strings.NewReader(string(e.Config)))
	d.UseNumber()
	if err := d.Decode(&config); err != nil {
		t.Fatal(err)
	}
	delete(config, "types")
	want := map[string]any{"driver": "sqlite", "version": json.Number("1.10"), "since": "2024-01-01",
		"code": "010190", "hex": "0x1F", "on": "yes", "live": true, "none": nil, "words": "a\nb\n"}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	e.Config = nil
	wantEntry := Entry{System: "V6.1", Plugin: "sql", Program: "plugins/sql-2", Override: true,
		Memory: 256 << 20, Timeout: 2 * time.Minute, MaxRecords: 50000, Line: 3,
		Secrets: map[string]SecretRef{"dsn": {Env: "TICKETS_DSN"}, "key": {File: "keys/k"},
			"token": {Command: []string{"pass", "show", "7"}}}}
	if diff := cmp.Diff(wantEntry, e); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	if e := s.Entries["V7.1"]; !e.Disabled || e.Line != 31 {
		t.Errorf("V7.1: disabled %v, line %d", e.Disabled, e.Line)
	}
}

func TestPositionFindsASettingInTheFile(t *testing.T) {
	s := parseGood(t)
	for _, c := range []struct{ system, path, want string }{
		{"V6.1", "driver", "sources.yaml:12:7"},
		{"V6.1", "types.ticket.key[0]", "sources.yaml:25:17"},
		{"V6.1", "types.ticket.parties[0].fields.email", "sources.yaml:27:42"},
		{"V6.1", `types.ticket.parties[1].fields."a.b"`, "sources.yaml:30:17"},
		{"V6.1", "types.ticket.table", "sources.yaml:24:9"}, // not there: the nearest above
		{"V6.1", "dsn", "sources.yaml:10:15"},               // a secret
		{"V6.1", "secrets.token", "sources.yaml:10:61"},
		{"V6.1", "", "sources.yaml:11:5"},
		{"V7.1", "driver", "sources.yaml:31:3"}, // no config at all
		{"V9", "driver", "sources.yaml"},
	} {
		if got := s.Position(c.system, c.path); got != c.want {
			t.Errorf("Position(%q, %q) = %s, want %s", c.system, c.path, got, c.want)
		}
	}
}

func TestPositionOfFindsAKeyOfTheSource(t *testing.T) {
	s := parseGood(t)
	for _, c := range []struct{ system, key, want string }{
		{"V6.1", "program", "sources.yaml:5:5"}, {"V7.1", "program", "sources.yaml:31:3"}, {"V9", "program", "sources.yaml"},
	} {
		if got := s.PositionOf(c.system, c.key); got != c.want {
			t.Errorf("PositionOf(%q, %q) = %s, want %s", c.system, c.key, got, c.want)
		}
	}
}

func TestFaultySourcesAreRefusedWithTheirPlace(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"unknown key":       {"sources:\n  A:\n    plugin: sql\n    pluggin: x\n", `s.yaml:4:5: unknown key "pluggin"`},
		"unknown top key":   {"source:\n  A: {plugin: sql}\n", `s.yaml:1:1: unknown key "source"`},
		"doubled key":       {"sources:\n  A:\n    plugin: a\n    plugin: b\n", "s.yaml:4:5: "},
		"doubled system":    {"sources:\n  A: {plugin: a}\n  A: {plugin: b}\n", "s.yaml:3:3: "},
		"doubled as number": {"sources:\n  1: {plugin: a}\n  \"1\": {plugin: b}\n", "s.yaml:3:3: "},
		"doubled in config": {"sources:\n  A:\n    plugin: a\n    config: {x: 1, x: 2}\n", "s.yaml:4:20: "},
		"no plugin":         {"sources:\n  A:\n    disabled: true\n", "s.yaml:2:3: the source A names no plugin"},
		"no unit":           {"sources:\n  A: {plugin: a, timeout: 30}\n", "s.yaml:2:27: `timeout:` wants a time"},
		"negative bound":    {"sources:\n  A: {plugin: a, max_records: -1}\n", "wants a whole number"},
		"size without unit": {"sources:\n  A: {plugin: a, memory: 512}\n", "s.yaml:2:26: `memory:` wants a size"},
		"size in kilobytes": {"sources:\n  A: {plugin: a, memory: 64000kB}\n", "`memory:` wants a size"},
		"too small a size":  {"sources:\n  A: {plugin: a, memory: 1MiB}\n", "`memory:` wants a size from 32MiB"},
		"huge size":         {"sources:\n  A: {plugin: a, memory: 9223372036854775807GiB}\n", "`memory:` wants a size"},
		"no path":           {"sources:\n  A: {plugin: a, program: \"\"}\n", "s.yaml:2:27: `program:` wants the path"},
		"override alone":    {"sources:\n  A: {plugin: a, override: true}\n", "s.yaml:2:3: the source A says `override: true` without"},
		"text as flag":      {"sources:\n  A: {plugin: a, disabled: yes}\n", "wants true or false"},
		"secret in file":    {"sources:\n  A: {plugin: a, secrets: {dsn: hunter2}}\n", "s.yaml:2:33: a secret never stands in this file"},
		"secret twice":      {"sources:\n  A: {plugin: a, secrets: {dsn: {env: X, file: y}}}\n", "wants one of env, file and command"},
		"secret nowhere":    {"sources:\n  A: {plugin: a, secrets: {dsn: {}}}\n", "wants one of env, file and command"},
		"alias":             {"sources:\n  A: {plugin: a, config: {x: &b 1, y: *b}}\n", "anchors, aliases"},
		"config is a list":  {"sources:\n  A: {plugin: a, config: [1]}\n", "`config:` wants a mapping"},
		"entry is a text":   {"sources:\n  A: sql\n", "s.yaml:2:6: the source A wants a mapping"},
		"two documents":     {"sources: {}\n---\nsources: {}\n", "s.yaml:3:8: the file holds a second document"},
		"broken":            {"sources: [\n", "s.yaml:1:10: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseSources("s.yaml", []byte(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one with %q", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestAllFaultsOfASourcesFileAreNamedAtOnce(t *testing.T) {
	_, err := parseSources("s.yaml", []byte("sources:\n  A: {}\n  B: {plugin: a, x: 1}\n"))
	if err == nil || !strings.Contains(err.Error(), "s.yaml:2:3") || !strings.Contains(err.Error(), "s.yaml:3:18") {
		t.Errorf("error %v", err)
	}
}

func TestEmptySourcesAreNoError(t *testing.T) {
	for _, in := range []string{"", "# nothing\n", "sources:\n", "sources: {}\n"} {
		s, err := parseSources("s.yaml", []byte(in))
		if err != nil || len(s.Entries) != 0 {
			t.Errorf("%q: %v, %v", in, s, err)
		}
	}
}

func TestSecretsComeFromWhereTheFileSays(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "k"), []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SINUSTA_TEST_SECRET", "from env")
	e := Entry{System: "A", Secrets: map[string]SecretRef{"e": {Env: "SINUSTA_TEST_SECRET"}, "f": {File: "k"},
		"c": {Command: []string{"echo", "from command"}}}}
	got, err := ResolveSecrets(context.Background(), e, dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"e": "from env", "f": "from file", "c": "from command"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAMissingSecretIsNamedWithItsPlace(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "empty"), []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ref  SecretRef
		want string
	}{
		{SecretRef{Env: "SINUSTA_TEST_UNSET"}, `the secret "dsn" of A should come from the environment variable SINUSTA_TEST_UNSET: it is not set`},
		{SecretRef{File: "none"}, "the file none: there is no such file"},
		{SecretRef{File: "empty"}, "it is empty"},
		{SecretRef{Command: []string{"false"}}, "the command false: it ended with exit status 1"},
		{SecretRef{Command: []string{"no-such-program-here"}}, "there is no such program"},
	} {
		_, err := ResolveSecrets(context.Background(), Entry{System: "A", Secrets: map[string]SecretRef{"dsn": c.ref}}, dir)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
			continue
		}
		if p := Problems(err); len(p) != 1 || p[0].Class != core.ClassConfig || p[0].ConfigPath != "secrets.dsn" {
			t.Errorf("problems %+v", p)
		}
	}
}

func parseGood(t *testing.T) *Sources {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sources.yaml")
	if err := os.WriteFile(file, []byte(goodSources), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := LoadSources(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
