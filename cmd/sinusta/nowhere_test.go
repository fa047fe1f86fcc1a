package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/generate"
)

// A subject who is nowhere is told so, and a subject known by name alone is
// not searched.
func TestSubjectsWhoAreNotFound(t *testing.T) {
	made, err := smallValtori(t).Generate(t.Context(), t.TempDir(), generate.Options{People: 120, Seed: 8})
	if err != nil {
		t.Fatal(err)
	}
	somewhere := map[string]bool{}
	eachLine(t, made.Truth, func(raw []byte) {
		for id := range strings.SplitSeq(string(raw), `"`) {
			somewhere[id] = true
		}
	})
	var nowhere string
	eachLine(t, made.People, func(raw []byte) {
		id := strings.SplitN(string(raw), `"`, 5)[3]
		if !somewhere[id] {
			nowhere = id
		}
	})
	if nowhere == "" {
		t.Fatal("everybody of the world is in some record")
	}
	r := runSmallDemo(t, "--people", "120", "--seed", "8", "--subject", nowhere)
	for _, s := range r.report.Systems {
		if s.Outcome == core.Found && len(s.Items) == 0 || s.Outcome != core.Found && s.Outcome != core.NoneFound {
			t.Errorf("%s is %s", s.ID, s.Outcome)
		}
		for _, item := range s.Items {
			if item.Verdict != core.Review {
				t.Errorf("%s %s is %s for a person of whom nothing is held", item.System, item.Ref, item.Verdict)
			}
		}
	}
	r.checkNobodyElse(t)

	intake := "case_number: VALTORI/1/2026\nreceived: \"2026-10-01\"\nsubject: {names: [{given: Maija, family: Mäkinen}]}\n"
	rows, _, code := search(t, r, intake)
	if code != exitNotFinal || len(rows) != 9 {
		t.Errorf("a name alone: exit code %d, %d systems", code, len(rows))
	}
	for _, row := range rows {
		if row.Outcome != core.NeedsMoreIdentifiers || row.Reason != core.ReasonNameAlone || len(row.AskedWith) > 0 ||
			!slices.ContainsFunc(row.Details, func(d string) bool { return strings.Contains(d, "searched by") }) {
			t.Errorf("a name alone: %s is %s (%s), asked with %v: %v", row.System, row.Outcome, row.Reason, row.AskedWith, row.Details)
		}
	}
}
