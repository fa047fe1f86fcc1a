package catalogue

import "time"

// nextWorkday gives a day itself where it is a working day in Finland, else the
// next that is, as in the act on the reckoning of statutory time (150/1930)
// s.5.
func nextWorkday(day time.Time) time.Time {
	for !workday(day) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// workday tells whether a day is a working day in Finland: no Saturday, Sunday
// or holiday, nor Midsummer Eve or Christmas Eve.
func workday(day time.Time) bool {
	if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		return false
	}
	switch m, d := day.Month(), day.Day(); {
	case m == time.January && (d == 1 || d == 6), m == time.May && d == 1, m == time.December && (d == 6 || d >= 24 && d <= 26):
		return false
	case m == time.June && d >= 19 && d <= 25 && day.Weekday() == time.Friday:
		return false
	}
	easter := easterSunday(day.Year())
	switch int(time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC).Sub(easter).Hours()) / 24 {
	case -2, 1, 39: // Good Friday, Easter Monday, Ascension Day
		return false
	}
	return true
}

// easterSunday gives Easter of a year of the Gregorian calendar (Meeus, Jones
// and Butcher).
func easterSunday(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
