package access_test

import (
	"io/fs"
	"slices"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/fixtures/hameenlinna"
	"github.com/sinusta/sinusta/fixtures/palkkaturva"
	"github.com/sinusta/sinusta/fixtures/teoffices"
	"github.com/sinusta/sinusta/fixtures/teservice"
	"github.com/sinusta/sinusta/fixtures/valtori"
)

// In the catalogues of the published documents, a request of the time of their
// controllers is answered by them, and a later one is referred to those who
// came after.
func TestTheControllersOfThePublishedCatalogues(t *testing.T) {
	cases := []struct {
		organisation, received string
		passed                 []string // what others answer for by then, by its dates
	}{
		{"valtori", "2026-11-20", nil},
		{"hameenlinna", "2026-11-20", nil},
		{"palkkaturva", "2025-06-02", nil},
		{"palkkaturva", "2026-01-02", []string{"P1", "P2", "P3", "P4"}},
		{"te-service", "2024-06-03", nil},
		{"te-service", "2025-06-03", []string{"K1", "K2", "K3", "K4", "K5"}},
		{"te-offices", "2024-06-03", nil},
		{"te-offices", "2025-06-03", []string{"T1", "T2", "T3", "T4.1", "T4.2", "T9"}},
	}
	folders := map[string]fs.FS{"valtori": valtori.Files, "hameenlinna": hameenlinna.Files, "palkkaturva": palkkaturva.Files,
		"te-service": teservice.Files, "te-offices": teoffices.Files}
	for _, c := range cases {
		t.Run(c.organisation+" "+c.received, func(t *testing.T) {
			cat, err := catalogue.LoadFS(folders[c.organisation])
			if err != nil {
				t.Fatal(err)
			}
			r := request(id(t, core.Email, hers, ""))
			r.Received = dayOf(t, c.received)
			plan, err := access.MakePlan(r, cat, connected(cat), now)
			if err != nil {
				t.Fatal(err)
			}
			var passed []string
			for _, task := range plan.Tasks {
				if task.Reason.Code == core.ReasonSuccessor {
					passed = append(passed, task.System)
				}
				system, _ := cat.System(task.System)
				if system.Outcome != "" && task.Outcome != system.Outcome {
					t.Errorf("%s is %q, and the catalogue states %q", task.System, task.Outcome, system.Outcome)
				}
				if task.Outcome == core.ManualPending && task.Due.IsZero() {
					t.Errorf("%s: the search by hand is never due", task.System)
				}
			}
			slices.SortFunc(passed, catalogue.CompareIDs)
			if !slices.Equal(passed, c.passed) {
				t.Errorf("passed on by then: %v, want %v", passed, c.passed)
			}
			if len(plan.Tasks) == 0 {
				t.Error("nothing is planned")
			}
		})
	}
}
