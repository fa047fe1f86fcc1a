package csvsource

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/configschema"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// What the README shows can be used.
func TestTheREADMEIsRight(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(sources:.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) == 0 {
		t.Fatal("no samples")
	}
	for _, block := range blocks {
		data, err := yaml.YAMLToJSON([]byte(block[1]))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Sources map[string]struct{ Config json.RawMessage }
		}
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		for system, entry := range file.Sources {
			if err := configschema.Validate(configSchema, entry.Config); err != nil {
				t.Errorf("%s: %v", system, err)
			}
			i, err := Open(configOf(t, string(entry.Config), t.TempDir()), sdk.Env{Kind: system})
			if err != nil {
				t.Fatalf("%s: %v", system, err)
			}
			_ = i.Close()
		}
	}
}

// A promise of the catalogue that rows do not keep is told.
func TestEveryRecord(t *testing.T) {
	for name, c := range map[string]struct {
		rows string
		told bool
	}{
		"kept":     {maijaTrip, false},
		"not kept": {maijaTrip + "8;Esimerkki Pekka;-;1.1.1980;4.3.2024;x;1,00;M\n", true},
		"nobody":   {maijaTrip + "8;;;;4.3.2024;x;1,00;M\n", false},
	} {
		i := opened(t, "travel", trips, folder(t, map[string]string{"matkat-20240305.csv": tripHeader + c.rows}))
		i.complete = []core.Kind{core.Email}
		if h := asked(t, i, by(t, maijasMail)); h.told(core.ClassPartial, "promises the key email") != c.told {
			t.Errorf("%s: problems %v", name, h.problems)
		}
	}
}

// A mapping that cannot be right is refused with the place.
func TestConfigurationIsHeldAgainstTheProfile(t *testing.T) {
	for name, c := range map[string]struct{ mapping, path string }{
		"no such type":     {"files: {a: {pattern: a.csv}}\ntypes: {tripp: {file: a, key: [a]}}", "types.tripp"},
		"no such field":    {"files: {a: {pattern: a.csv}}\ntypes: {trip: {file: a, key: [a], fields: {titel: a}}}", "types.trip.fields.titel"},
		"no such slot":     {"files: {a: {pattern: a.csv}}\ntypes: {trip: {file: a, key: [a], parties: [{slot: boss, fields: {name: b}}]}}", "types.trip.parties[0].slot"},
		"no such export":   {"files: {a: {pattern: a.csv}}\ntypes: {trip: {file: b, key: [a]}}", "types.trip.file"},
		"no key":           {"files: {a: {pattern: a.csv}}\ntypes: {trip: {file: a, parties: [{slot: traveller, fields: {name: b}}]}}", "types.trip.key"},
		"nothing to find":  {"files: {a: {pattern: a.csv}}\ntypes: {trip: {file: a, key: [a], fields: {trip_number: a}}}", "types.trip"},
		"out of folder":    {"files: {a: {pattern: ../a.csv}}\ntypes: {trip: {file: a, key: [a]}}", "files.a.pattern"},
		"unused export":    {"files: {a: {pattern: a.csv}, b: {pattern: b.csv}}\ntypes: {trip: {file: a, key: [a], parties: [{slot: traveller, fields: {name: b}}]}}", "files.b"},
		"two digits":       {"files: {a: {pattern: a.csv, dates: [d.m.yy]}}\ntypes: {trip: {file: a, key: [a]}}", "files.a"},
		"long delimiter":   {"files: {a: {pattern: a.csv, delimiter: ';;'}}\ntypes: {trip: {file: a, key: [a]}}", "files.a.delimiter"},
		"mapped, ignored":  {"files: {a: {pattern: a.csv}}\ntypes: {trip: {file: a, key: [a], ignore: {a: x}}}", "types.trip.ignore.a"},
		"ignored, no why":  {"files: {a: {pattern: a.csv}}\ntypes: {trip: {file: a, key: [a], ignore: {b: ''}}}", "types.trip.ignore.b"},
		"part without its": {"files: {a: {pattern: a.csv}}\ntypes: {trip: {file: a, key: [a], parts: [{type: expense, file: a, key: [b]}]}}", "types.trip.parts[0].join"},
	} {
		_, err := Open(configOf(t, c.mapping, t.TempDir()), sdk.Env{Kind: "travel"})
		problems := core.Problems(err)
		if len(problems) != 1 || problems[0].Class != core.ClassConfig || problems[0].ConfigPath != c.path {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(configOf(t, trips, "/no/such/folder"), sdk.Env{Kind: "travel"}); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
