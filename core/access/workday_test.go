package access

import (
	"testing"
	"time"
)

// The last day of a search by hand is a working day in Finland.
func TestDueDay(t *testing.T) {
	for _, c := range []struct {
		opened string
		days   int
		want   string
	}{
		{"2026-11-20", 14, "2026-12-04"}, // a Friday
		{"2026-11-22", 14, "2026-12-07"}, // Independence Day is a Sunday
		{"2025-12-05", 1, "2025-12-08"},  // Saturday, which is Independence Day, and Sunday
		{"2026-12-10", 14, "2026-12-28"}, // Christmas Eve, Christmas, a weekend
		{"2026-03-20", 14, "2026-04-07"}, // Good Friday to Easter Monday
		{"2026-05-10", 4, "2026-05-15"},  // Ascension Day
		{"2026-06-05", 14, "2026-06-22"}, // Midsummer Eve
		{"2024-04-17", 14, "2024-05-02"}, // May Day
		{"2026-01-05", 1, "2026-01-07"},  // Epiphany
		{"2026-12-31", 1, "2027-01-04"},  // New Year, a weekend
		{"2038-04-20", 3, "2038-04-27"},  // the latest Easter that there is for long
	} {
		opened, err := time.Parse(time.DateOnly, c.opened)
		if err != nil {
			t.Fatal(err)
		}
		due := dueDay(Request{Opened: opened.Add(12 * time.Hour)}, c.days)
		zone, err := time.LoadLocation("Europe/Helsinki")
		if err != nil {
			t.Fatal(err)
		}
		if got := due.In(zone).Format("2006-01-02 15:04:05"); got != c.want+" 23:59:59" {
			t.Errorf("%s and %d days: %s, want %s", c.opened, c.days, got, c.want)
		}
	}
	if !dueDay(Request{Opened: time.Now()}, 0).IsZero() || !dueDay(Request{}, 14).IsZero() {
		t.Error("a day where nobody said one")
	}
}
