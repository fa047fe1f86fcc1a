package catalogue

import (
	"strings"
	"testing"
	"time"
)

// A process reads the profile of its own system and no other, once. The whole
// stands beside the dearest one: what it would cost to read them all. All plugin
// processes together must start in two seconds.
func BenchmarkReadProfile(b *testing.B) {
	var dearest, all time.Duration
	kinds := Kinds()
	if len(kinds) == 0 {
		b.Fatal("no profiles")
	}
	if _, err := personFields(); err != nil {
		b.Fatal(err)
	}
	name := ""
	for b.Loop() {
		dearest, all = 0, 0
		for _, kind := range kinds {
			start := time.Now()
			if _, err := readProfile(kind); err != nil {
				b.Fatal(err)
			}
			took := time.Since(start)
			if all += took; took > dearest {
				dearest, name = took, kind
			}
		}
	}
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(milliseconds(dearest), "ms/dearest-profile")
	b.ReportMetric(milliseconds(all)/float64(len(kinds)), "ms/profile")
	b.ReportMetric(milliseconds(all), "ms/all")
	b.Logf("the dearest of %d profiles is %s", len(kinds), name)
}

// Naming the kinds reads no file: what a process that needs no profile pays.
func TestKindsAreNamedWithoutReadingAProfile(t *testing.T) {
	kinds := 0
	allocated := testing.AllocsPerRun(10, func() { kinds = len(Kinds()) })
	read := testing.AllocsPerRun(1, func() {
		if _, err := readProfile("crm"); err != nil {
			t.Fatal(err)
		}
	})
	if kinds == 0 || allocated > 100 || read < 1000 {
		t.Errorf("%d kinds are named with %.0f allocations; reading one profile takes %.0f", kinds, allocated, read)
	}
	if _, err := ProfileFor("no such kind"); err == nil || !strings.Contains(err.Error(), "web-analytics") {
		t.Errorf("error %v names no kinds", err)
	}
}
