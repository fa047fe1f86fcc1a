package sdktest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

func system(name string) *Setup {
	config, err := json.Marshal(map[string]string{"system": name})
	if err != nil {
		panic(err)
	}
	return &Setup{Config: config, Secrets: map[string]string{"password": goodPassword}}
}

func byEmail(email string) core.Query {
	return core.Query{Request: "test", AnyOf: []core.KeySet{{AllOf: []core.Identifier{{Kind: core.Email, Value: email, Status: core.Valid}}}}}
}

// fakeSuite is a whole suite for the fake of that name.
func fakeSuite(t *testing.T, name string) Suite {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "sdktest") //nolint:usetesting // a short path: sockets are below it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	maija := []string{"ticket/1", "ticket/2", "ticket/3"}
	var pekka []string
	for n := range 250 {
		pekka = append(pekka, fmt.Sprintf("ticket/%d", 11+n))
	}
	sum := sha256.Sum256(picture())
	works := system("works")
	both := byEmail("maija@example.fi")
	both.AnyOf = append(both.AnyOf, core.KeySet{AllOf: []core.Identifier{{Kind: core.Name, Value: "Esimerkki, Maija", Status: core.Valid},
		{Kind: core.DateOfBirth, Value: "1971-09-13", Status: core.Valid}}})
	return Suite{Plugin: name, Home: dir, Kind: "ticketing", Works: works,
		Finds: []Case{{Query: byEmail("maija@example.fi"), Refs: maija}, {Query: byEmail("pekka@example.fi"), Refs: pekka},
			{Query: byEmail("sade@example.fi"), Count: 3}, {Query: both, Refs: maija}},
		Nobody:    &Case{Query: byEmail("eikukaan@example.fi")},
		BadSecret: &Setup{Config: works.Config, Secrets: map[string]string{"password": badPassword}},
		Absent: &Setup{Config: json.RawMessage(`{"system":"net","address":"{listener}"}`),
			Secrets: map[string]string{"password": goodPassword}},
		Empty:      &Case{Setup: system("empty"), Query: byEmail("maija@example.fi")},
		One:        &Case{Setup: system("one"), Query: byEmail("maija@example.fi"), Count: 1},
		Many:       &Case{Query: byEmail("kaikki@example.fi"), Count: manyOf},
		LargeValue: &ValueCase{Case: Case{Query: byEmail("iso@example.fi")}, Ref: "ticket/951", Field: "title", Size: 5 << 20},
		Encoded:    &ValueCase{Case: Case{Query: byEmail("latin@example.fi")}, Ref: "ticket/952", Field: "title", Text: "Mäkelä"},
		Composed:   &Case{Query: byEmail("äly@example.fi"), Count: 2},
		Decomposed: &Case{Query: byEmail("a\u0308ly@example.fi"), Count: 2},
		Clock:      &Case{Setup: system("skewed"), Query: byEmail("maija@example.fi"), Refs: maija},
		Limited:    &Case{Setup: system("limited"), Query: byEmail("maija@example.fi"), Refs: maija},
		Panics:     &Case{Setup: system("panics"), Query: byEmail("paniikki@example.fi")},
		Attachment: &Attachment{Ref: pictureRef, Size: uint64(len(picture())), SHA256: sum[:]},
		Strict:     true,
		limits: limits{slack: 500 * time.Millisecond, stall: 400 * time.Millisecond, memory: 24 << 20, many: manyOf,
			patient: time.Minute},
	}
}

// A good plugin, written without the SDK, passes every check.
func TestAGoodPluginPasses(t *testing.T) { Run(t, fakeSuite(t, "fake")) }

// Every check fails on the plugin that has its fault, and no other check does:
// a fault in what others rest on has several names.
func TestEachFaultIsFound(t *testing.T) {
	if underRace || testing.Short() {
		t.Skip("the table takes minutes; it is tried without the race detector")
	}
	faults := map[string][]string{
		"stdout-noise":      {"stdout-silent"},
		"describe-random":   {"describe-deterministic"},
		"describe-slow":     {"describe-offline"},
		"socket":            {"describe-offline", "validate-only"},
		"unconfigured":      {"unconfigured-refused"},
		"unknown-key":       {"unknown-key-refused"},
		"unknown-fields":    {"unknown-message-fields"},
		"close-once":        {"close-twice"},
		"stdin-ignored":     {"stdin-end"},
		"validate-connects": {"validate-only"},
		"odd-match":         {"record-types"},
		"check-fails":       {"check-passes"},
		"no-proof":          {"read-only-proof"},
		"auth-bug":          {"bad-secret-auth"},
		"no-reason":         {"finds-expected"},
		"drops":             {"finds-expected", "not-mixed", "resume-every-checkpoint", "resume-unknown-cursor", "clock-skew", "rate-limit-waits"},
		"nothing-said":      {"nobody-complete"},
		"large-batch":       {"completion-true"},
		"vague-needs":       {"key-errors"},
		"refs-move":         {"refs-stable"},
		"no-bound":          {"bound-kept"},
		"shared":            {"not-mixed"},
		"empty-partial":     {"empty-system"},
		"first-row":         {"one-record"},
		"page-limit":        {"many-records", "kill-resume", "stalled-reader"},
		"empty-field":       {"fields-filled"},
		"leaks":             {"cancel"},
		"ignores-cancel":    {"cancel"},
		"restart-skips":     {"kill-resume"},
		"resume-skips":      {"resume-every-checkpoint"},
		"odd-cursor":        {"resume-unknown-cursor"},
		"hoards":            {"stalled-reader"},
		"cuts":              {"large-value"},
		"replaces":          {"other-encoding"},
		"composed":          {"composed-letters"},
		"panic-loud":        {"panic-quiet"},
		"clock":             {"clock-skew"},
		"limit-fails":       {"rate-limit-waits"},
		"limit-silent":      {"rate-limit-waits"},
		"samples":           {"discover"},
		"discover-count":    {"discover"},
		"fetch-offset":      {"fetch"},
		"fetch-no-end":      {"fetch"},
		"secret-logged":     {"secrets-hidden"},
		"secret-told":       {"secrets-hidden"},
		"value-logged":      {"values-hidden"},
		"value-told":        {"values-hidden"},
	}
	caught := map[string]bool{}
	for fault, want := range faults {
		for _, id := range want {
			if !exists(id) {
				t.Fatalf("there is no check %s", id)
			}
			caught[id] = caught[id] || len(want) == 1
		}
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			report, err := Test(t.Context(), fakeSuite(t, "fake+"+fault))
			if err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, r := range report.Results {
				if r.State != Passed {
					have = append(have, r.ID)
					t.Logf("%s: %s: %s", r.ID, r.State, r.Evidence)
				}
			}
			slices.Sort(want)
			slices.Sort(have)
			if d := cmp.Diff(want, have); d != "" {
				t.Errorf("the checks that fail (-want +have):\n%s", d)
			}
		})
	}
	for _, c := range checks() {
		if !caught[c.id] && c.id != "many-records" {
			t.Errorf("no fault shows that the check %s can fail alone", c.id)
		}
	}
}
