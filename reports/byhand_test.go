package reports

import (
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
)

// The report says who searches by hand and by when, and when that is late.
func TestSearchByHandIsTold(t *testing.T) {
	due := time.Date(2026, 12, 7, 21, 59, 59, 0, time.UTC)
	for name, c := range map[string]struct {
		made  time.Time
		done  time.Time
		texts []string
		not   string
	}{
		"in time":  {due.AddDate(0, 0, -1), time.Time{}, []string{"Käsin etsii: Kirjaamo, viimeistään 7.12.2026."}, "myöhässä"},
		"late":     {due.AddDate(0, 0, 1), time.Time{}, []string{"Käsin etsii: Kirjaamo, viimeistään 7.12.2026. Vastaus on myöhässä."}, "(none)"},
		"answered": {due.AddDate(0, 0, 1), due, nil, "Käsin etsii"},
	} {
		words, err := textsIn("fi")
		if err != nil {
			t.Fatal(err)
		}
		view := systemView{P: &page{Lang: "fi", T: words, R: &Report{Request: Request{Answered: c.made}}},
			S: &System{Coverage: core.Coverage{Outcome: core.ManualPending, Manual: &core.ManualSearch{Owner: &core.Meaning{FI: "Kirjaamo"}, Due: due, Answered: c.done}}}}
		notes := strings.Join(view.Notes(), " ")
		for _, want := range c.texts {
			if !strings.Contains(notes, want) {
				t.Errorf("%s: %q", name, notes)
			}
		}
		if strings.Contains(notes, c.not) {
			t.Errorf("%s: %q", name, notes)
		}
	}
}
