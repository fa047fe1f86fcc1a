package catalogue

import (
	"testing"
	"time"
)

// The last day of a search by hand is a working day in Finland.
func TestDueDay(t *testing.T) {
	for _, c := range []struct {
		received string
		days     int
		want     string
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
		received, err := time.Parse(time.DateOnly, c.received)
		if err != nil {
			t.Fatal(err)
		}
		due := Manual{DueDays: c.days}.Due(received.Add(12 * time.Hour))
		if got := Day(due); got != c.want {
			t.Errorf("%s and %d days: %s, want %s", c.received, c.days, got, c.want)
		}
	}
	if !(Manual{}).Due(time.Now()).IsZero() || !(Manual{DueDays: 14}).Due(time.Time{}).IsZero() {
		t.Error("a day where nobody said one")
	}
}
