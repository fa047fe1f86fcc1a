package sdktest

import "testing"

// Run tests a plugin in a Go test, a subtest for each check. A check that was
// not tried is skipped with what it needs, or fails when the suite is strict.
func Run(t *testing.T, s Suite) {
	t.Helper()
	report, err := Test(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Results) == 0 {
		t.Fatal("no check ran")
	}
	for _, r := range report.Results {
		t.Run(r.ID, func(t *testing.T) {
			switch {
			case r.State == Failed:
				t.Errorf("%s\n  seen: %s\n  why:  %s", r.Demand, r.Evidence, r.Lesson)
			case r.State == NotTried && s.Strict:
				t.Errorf("%s\n  not tried: %s", r.Demand, r.Evidence)
			case r.State == Passed:
				t.Logf("%s (%d ms)", r.Evidence, r.Milliseconds)
			default:
				t.Skipf("%s: %s", r.State, r.Evidence)
			}
		})
	}
	t.Logf("%s %s: %s", report.Plugin, report.Version, report.Summary())
}
