package main

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// statedEntry is an entry of a catalogue, and what must come of it for a
// request that was received on 2026-10-01.
type statedEntry struct {
	id, kind, rest string
	outcome        core.Outcome
	reason         core.ReasonCode
	// says are the texts that reach everybody, without their language; terminal
	// and report say what only one of them tells.
	says, terminal, report []string
}

// stated are entries of every outcome that a catalogue can state, and of one
// that follows from its dates.
func stated() []statedEntry {
	text := func(key, what string) string {
		return fmt.Sprintf("%s: {fi: %s fi, sv: %s sv, en: %s en}\n", key, what, what, what)
	}
	why := func(what string) string { return text("outcome_reason", what) }
	return []statedEntry{
		{"X1", "chat", "level: transient\noutcome: not_stored\n" + why("whyX1"), core.NotStored, core.ReasonCatalogue, []string{"whyX1"}, nil, nil},
		{"X2", "surveys", "level: statistics\noutcome: not_identifiable\n" + why("whyX2"), core.NotIdentifiable, core.ReasonCatalogue, []string{"whyX2"}, nil, nil},
		{"X3", "cctv", "level: external\noutcome: other_controller\n" + why("whyX3") + "referral:\n  " + text("controller", "turnX3") + "  " + text("text", "askX3") +
			"  contact: {email: desk@x3.example}\n", core.OtherController, core.ReasonCatalogue, []string{"whyX3", "turnX3", "askX3"}, nil, []string{"desk@x3.example"}},
		// Whom the person asks follows the day of receipt, the last that has begun.
		{"X3.1", "cctv", "level: external\noutcome: other_controller\n" + why("oldX3.1") + "referral:\n  " + text("controller", "goneX3.1") + "  " + text("text", "pastX3.1") +
			"later_referrals:\n  - from: 2026-01-01\n    " + text("controller", "goneX3.1") + "    " + text("text", "pastX3.1") +
			"  - from: 2026-10-01\n    " + text("controller", "turnX3.1") + "    " + text("text", "askX3.1") + "    " + text("reason", "whyX3.1") +
			"  - from: 2026-10-02\n    " + text("controller", "nextX3.1") + "    " + text("text", "soonX3.1"),
			core.OtherController, core.ReasonCatalogue, []string{"whyX3.1", "turnX3.1", "askX3.1"}, nil, nil},
		{"X4", "case-management", "level: described-only\noutcome: described_only\n" + why("whyX4"), core.DescribedOnly, core.ReasonCatalogue, []string{"whyX4"}, nil, nil},
		{"X5", "logs", "outcome: excluded_by_policy\npolicy: log_data\n" + why("whyX5"), core.ExcludedByPolicy, core.ReasonCatalogue, []string{"whyX5"}, nil, []string{"C-579/21"}},
		{"X6", "documents", "outcome: manual_pending\n" + why("whyX6") + "manual:\n  due_days: 14\n  " + text("owner", "ownerX6") + "  " + text("instructions", "lookX6"),
			core.ManualPending, core.ReasonCatalogue, []string{"whyX6", "ownerX6"}, []string{"2026-10-15", "lookX6"}, nil},
		{"X7", "crm", "controllers:\n  - {role: controller, to: 2026-09-30, name: {fi: Valtion tieto- ja viestintätekniikkakeskus Valtori}}\n" +
			"  - role: controller\n    from: 2026-10-01\n    " + text("name", "nextX7"), core.OtherController, core.ReasonSuccessor, []string{"nextX7"}, []string{"2026-10-01"}, nil},
		{"X8", "suppliers", "level: source\nfeeds: [V2.1]\noutcome: other_controller\n" + why("whyX8") + "referral:\n  " + text("controller", "turnX8") + "  " + text("text", "askX8"),
			core.OtherController, core.ReasonCatalogue, []string{"whyX8", "turnX8"}, nil, []string{"nameX8"}},
		{"X9", "call-recording", "procedure:\n  time_of_contact: true\n  " + text("media", "hearX9") + "search_keys:\n  - {kind: time-of-contact}\n",
			core.NotSearchable, core.ReasonNoSource, nil, nil, []string{"hearX9"}},
	}
}

// hold makes the entries in the demo's installation.
func hold(t *testing.T, home string) {
	t.Helper()
	for _, e := range stated() {
		src := fmt.Sprintf("id: %s\nkind: %s\nname: {fi: name%[1]s fi, sv: name%[1]s sv, en: name%[1]s en}\nstore: {id: V1}\n%[3]s", e.id, e.kind, e.rest)
		if err := os.WriteFile(filepath.Join(home, "catalogue", e.id+".yaml"), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func opensRequest(t *testing.T, home, received string) string {
	t.Helper()
	out := must(t, home, fmt.Sprintf("case_number: VALTORI/1/2026\nreceived: %q\nsubject:\n  identifiers: [{kind: email, value: nobody.here@posti.example}]\n", received),
		"request", "new", "-", "--json")
	var made struct{ Request string }
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.Request == "" {
		t.Fatalf("no request: %v\n%s", err, out)
	}
	return made.Request
}

// Every outcome that a catalogue can state arrives in the coverage, on the
// terminal, in JSON and in the report, with its texts in three languages.
func TestEveryStatedOutcomeReachesThePerson(t *testing.T) {
	demo := runSmallDemo(t, "--people", "20", "--seed", "4")
	home := filepath.Join(demo.dir, "home")
	hold(t, home)
	request := opensRequest(t, home, "2026-10-01")
	if r := call(t, home, "", "request", "run", request); r.code != exitNotFinal {
		t.Fatalf("run: exit code %d\n%s", r.code, r.err)
	}
	for _, lang := range []string{"fi", "sv", "en"} {
		terminal := call(t, home, "", "coverage", request, "--lang", lang).out
		var rows []coverageRow
		if err := json.Unmarshal([]byte(call(t, home, "", "coverage", request, "--lang", lang, "--json").out), &rows); err != nil {
			t.Fatal(err)
		}
		byID := map[string]coverageRow{}
		for _, row := range rows {
			byID[row.System] = row
		}
		if _, ok := byID["V1"]; ok || byID["V2.2"].System != "" {
			t.Error("a store, or a register within a system, stands in the coverage")
		}
		dir := filepath.Join(t.TempDir(), lang)
		must(t, home, "", "report", request, "--lang", lang, "--out", dir)
		page, raw := html.UnescapeString(read(t, filepath.Join(dir, "report.html"))), read(t, filepath.Join(dir, "report.json"))
		for _, e := range stated() {
			row := byID[e.id]
			if row.Outcome != e.outcome || row.Reason != e.reason || len(row.AskedWith) > 0 {
				t.Errorf("%s is %s (%s), want %s (%s)", e.id, row.Outcome, row.Reason, e.outcome, e.reason)
			}
			for _, word := range e.says {
				word += " " + lang
				for where, said := range map[string]string{"terminal": terminal, "coverage --json": strings.Join(row.Stated, "\n"), "report.html": page, "report.json": raw} {
					if !strings.Contains(said, word) {
						t.Errorf("%s: %s does not say %q", e.id, where, word)
					}
				}
			}
			for _, word := range e.terminal {
				if !strings.Contains(terminal, word) {
					t.Errorf("%s: the terminal does not say %q in %s", e.id, word, lang)
				}
			}
			for _, word := range e.report {
				if !strings.Contains(page, word) || !strings.Contains(raw, word) && e.id != "X5" {
					t.Errorf("%s: the report does not say %q in %s", e.id, word, lang)
				}
			}
			for _, word := range []string{"oldX3.1", "goneX3.1", "pastX3.1", "nextX3.1", "soonX3.1"} {
				if strings.Contains(page+raw+terminal, word) {
					t.Errorf("%s is told, which is of another day", word)
				}
			}
			if strings.Contains(page, "lookX6") {
				t.Error("the person reads the instructions of the search by hand")
			}
		}
		checkFeeds(t, raw, "nameX8 "+lang)
		demo.raw = raw
		demo.checkSchema(t)
	}
}

// checkFeeds looks for the name of the source among the sources of V2.1, which
// it feeds.
func checkFeeds(t *testing.T, raw, name string) {
	t.Helper()
	var report struct {
		Systems []struct {
			ID      string
			Sources []string `json:"data_sources"`
		}
	}
	if err := json.Unmarshal([]byte(raw), &report); err != nil {
		t.Fatal(err)
	}
	for _, s := range report.Systems {
		if fed := slices.Contains(s.Sources, name); fed != (s.ID == "V2.1") {
			t.Errorf("%s names the source %q: %t", s.ID, name, fed)
		}
	}
}

// A request of the time of the old controller is answered by it, and the
// switch on log data opens the log to the search.
func TestTheDayOfReceiptAndTheSwitchDecide(t *testing.T) {
	demo := runSmallDemo(t, "--people", "20", "--seed", "4")
	home := filepath.Join(demo.dir, "home")
	hold(t, home)
	organisation := filepath.Join(home, "organisation.yaml")
	src := read(t, organisation)
	changed := strings.Replace(src, "disclose: withheld", "disclose: when-and-why", 1)
	if changed == src {
		t.Fatal("the organisation has no switch on log data")
	}
	if err := os.WriteFile(organisation, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	request := opensRequest(t, home, "2026-09-30")
	var rows []coverageRow
	if err := json.Unmarshal([]byte(call(t, home, "", "request", "run", request, "--json").out), &rows); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range rows {
		switch row.System {
		case "X5", "X7": // would be searched, and nobody has connected them
			if n++; row.Outcome != core.NotSearchable {
				t.Errorf("%s is %s", row.System, row.Outcome)
			}
		case "X6":
			if n++; row.Due != "2026-10-14" {
				t.Errorf("the search by hand is due on %q", row.Due)
			}
		}
	}
	if n != 3 {
		t.Errorf("%d of 3 systems in the coverage", n)
	}
}
