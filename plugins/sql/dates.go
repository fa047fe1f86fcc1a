package sqlsource

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
)

// The forms of timestamps and days that systems write. A fraction of a second
// may follow the seconds in each.
var (
	zonedLayouts = []string{
		"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00",
		"2006-01-02T15:04:05 -0700", "2006-01-02T15:04:05 -0700 MST", "2006-01-02T15:04:05 MST", "20060102T150405Z0700",
	}
	localLayouts = []string{
		"2006-01-02T15:04:05", "2006-01-02T15:04", "2.1.2006 15:04:05", "2.1.2006 15:04", "2.1.2006 15.04.05", "2.1.2006 15.04",
		"2.1.2006 klo 15.04", "2.1.2006 kl. 15.04", "2.1.2006 klo 15:04", "2.1.2006 kl. 15:04", "20060102T150405", "20060102150405",
	}
	dayLayouts = []string{
		"2006-01-02", "2.1.2006", "2. 1. 2006", "2/1/2006", "2-1-2006", "02012006", "20060102", "2006/1/2", "2006.1.2",
	}
)

// parseTime reads a timestamp; one without a zone is in zone.
func parseTime(s string, zone *time.Location) (time.Time, bool) {
	s = tidy(s)
	if len(s) < len("1.1.2006 1:00") || len(s) > 60 {
		return time.Time{}, false
	}
	if s[4] == '-' && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	layouts := localLayouts
	if strings.ContainsAny(s[11:], "Z+-TUGE") {
		layouts = zonedLayouts
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil && speakable(t) {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseDay reads the calendar days that s may mean, as ISO dates. Eight
// digits may be a day first or a year first.
func parseDay(s string) []string {
	if s = tidy(s); len(s) < len("1.1.2006") || len(s) > len("02. 01. 2006") {
		return nil
	}
	var out []string
	for _, layout := range dayLayouts {
		if t, err := time.Parse(layout, s); err == nil && speakable(t) {
			out = append(out, t.Format(time.DateOnly))
		}
	}
	return out
}

// speakable tells whether a time fits the forms in which times travel.
func speakable(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

// textValue gives a text as a value of what the column was declared to hold,
// and as text when it does not look like that.
func textValue(s string, c class, zone *time.Location) core.Value {
	if !utf8.ValidString(s) {
		return core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable, Size: int64(len(s))})
	}
	switch c {
	case classDate, classTime, classZoned:
		if days := parseDay(s); len(days) == 1 {
			return core.Value{Type: core.TypeDate, Text: days[0]}
		}
		if t, ok := parseTime(s, zone); ok {
			if local := t.In(zone); c == classDate && local.Format(time.TimeOnly) == "00:00:00" {
				return core.DateValue(local)
			}
			return core.TimeValue(t)
		}
	case classFlag:
		switch lowerASCII(tidy(s)) {
		case "true", "t":
			return core.FlagValue(true)
		case "false", "f":
			return core.FlagValue(false)
		}
	}
	return core.TextValue(s)
}

// timeOf gives the time that a value tells, zero for none. A day is its
// beginning in zone.
func timeOf(v core.Value, zone *time.Location) time.Time {
	switch v.Type {
	case core.TypeTime:
		return v.Time
	case core.TypeDate:
		t, _ := time.ParseInLocation(time.DateOnly, v.Text, zone)
		return t
	case core.TypeText:
		if t, ok := parseTime(v.Text, zone); ok {
			return t.UTC()
		}
		if days := parseDay(v.Text); len(days) == 1 {
			t, _ := time.ParseInLocation(time.DateOnly, days[0], zone)
			return t
		}
	}
	return time.Time{}
}

// bornOn tells whether v may be the day of birth iso. A year of two digits
// agrees with both centuries: it is weak, and no more than a hit beside
// another key.
func bornOn(v core.Value, iso string, zone *time.Location) bool {
	switch v.Type {
	case core.TypeDate:
		return v.Text == iso
	case core.TypeTime:
		return v.Time.In(zone).Format(time.DateOnly) == iso
	}
	born, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return false
	}
	text := tidy(v.Plain())
	for _, day := range parseDay(text) {
		if day == iso {
			return true
		}
	}
	if t, ok := parseTime(text, zone); ok && t.In(zone).Format(time.DateOnly) == iso {
		return true
	}
	digits := strings.TrimLeft(text, "0")
	for _, layout := range []string{"020106", "2.1.06", "2/1/06", "02012006", "20060102"} {
		if strings.TrimLeft(born.Format(layout), "0") == digits && digits != "" {
			return true
		}
	}
	return false
}
