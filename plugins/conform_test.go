package plugins

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

// The people of the suites are made up. manyRecords and streamRecords are how many
// the large answers hold; of Pekka there is more than one page of a server. Where
// every search reads all that there is, he has fewer, and still several batches.
const (
	maija         = "maija.esimerkki@example.fi"
	pekka         = "pekka.esimerkki@example.fi"
	everybody     = "kaikki@example.fi"
	nobody        = "ei.kukaan@example.fi"
	manyRecords   = 100_000
	streamRecords = 10_000
	manyPekka     = 1_100
	fewPekka      = 350
	composed      = "Mäkelä, Äly"
	decomposed    = "Ma\u0308kela\u0308, A\u0308ly"
)

// needsNoPanic is why no suite of a built-in plugin makes it panic.
const needsNoPanic = "no question is known at which it panics; that the SDK keeps a panic quiet is tried with a plugin that panics, in plugins/host"

// Every built-in keeps the rules of the protocol, on every kind of system
// that it can ask here.
func TestEveryBuiltinConforms(t *testing.T) {
	suites := map[string]map[string]func(*testing.T) sdktest.Suite{
		"csv":        {"files": csvSuite},
		"files":      {"index": filesSuite(true), "scan": filesSuite(false)},
		"ldap":       {"ldif": ldifSuite, "openldap": openldapSuite},
		"manual":     {"task": manualSuite},
		"mail":       {"maildir": maildirSuite, "imap": imapSuite},
		"recordings": {"calls": recordingsSuite},
		"rest":       {"json": restSuite},
		"sql":        {"sqlite": sqliteSuite, "postgres": postgresSuite, "mariadb": mariaSuite},
	}
	all := Builtins()
	if len(all) == 0 {
		t.Fatal("no built-in plugins")
	}
	// The hosts of all suites make their sockets below one short path.
	t.Setenv("XDG_RUNTIME_DIR", shortFolder(t))
	for _, b := range all {
		if len(suites[b.Name]) == 0 {
			t.Errorf("the built-in plugin %s has no suite", b.Name)
		}
		for name, suite := range suites[b.Name] {
			t.Run(b.Name+"/"+name, func(t *testing.T) {
				t.Parallel() // a suite waits for processes, servers and bounds
				s := suite(t)
				s.Plugin, s.Strict = b.Name, true
				if underRace {
					leaveOutLarge(&s)
				}
				sdktest.Run(t, s)
			})
		}
	}
}

// leaveOutLarge takes the large answers out of a suite: under the race
// detector they take many minutes and show nothing more.
func leaveOutLarge(s *sdktest.Suite) {
	s.Many, s.Stream = nil, nil
	for _, id := range []string{"many-records", "cancel", "kill-resume", "stalled-reader"} {
		if s.Exempt[id] == "" {
			s.Exempt[id] = "large answers are tried without the race detector"
		}
	}
}

// key gives an identifier as the coordinator asks by it.
func key(t *testing.T, kind core.Kind, raw string) core.Identifier {
	t.Helper()
	i, err := identifier.Parse(kind, raw)
	if err != nil {
		t.Fatal(err)
	}
	i.Forms = identifier.Forms(i)
	return i
}

func by(t *testing.T, kind core.Kind, raw string) core.Query {
	t.Helper()
	return core.Query{Request: "test", AnyOf: []core.KeySet{{AllOf: []core.Identifier{key(t, kind, raw)}}}}
}

// setup gives a configuration from YAML.
func setup(t *testing.T, config string, secrets map[string]string) *sdktest.Setup {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(config))
	if err != nil || !json.Valid(raw) {
		t.Fatalf("the configuration is no YAML: %v", err)
	}
	return &sdktest.Setup{Config: raw, Secrets: secrets}
}

// shortFolder gives a folder whose path is short enough for sockets below it.
func shortFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cf") //nolint:usetesting // sockets need a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// suiteOf gives what the suites have in common.
func suiteOf(t *testing.T, kind string) sdktest.Suite {
	t.Helper()
	return sdktest.Suite{Home: shortFolder(t), Kind: kind, System: "conform", Timeout: 30 * time.Second,
		Nobody: &sdktest.Case{Query: by(t, core.Email, nobody)},
		Exempt: map[string]string{"panic-quiet": needsNoPanic}}
}

// latin gives a text in Latin-1.
func latin(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
	}
	return b.String()
}
