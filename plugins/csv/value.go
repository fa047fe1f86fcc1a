package csvsource

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/places"
)

// forms is how an export writes days, times and numbers.
type forms struct {
	dates, times []string // layouts of package time; "iso" and "unix" for those
	point        bool     // decimals stand behind a point
}

var (
	usualDates = []string{"2006-01-02", "2.1.2006"}
	usualTimes = []string{"iso", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2.1.2006 15:04:05", "2.1.2006 15:04",
		"2.1.2006 15.04.05", "2.1.2006 15.04", "2.1.2006 klo 15.04"}
)

func readForms(f *File) (forms, error) {
	out := forms{point: f.Decimal == "point", dates: usualDates, times: usualTimes}
	if len(f.Dates) > 0 {
		out.dates = nil
	}
	for _, s := range f.Dates {
		layout, err := readLayout(s)
		if err != nil || strings.Contains(layout, "15") {
			return out, fmt.Errorf("dates: %q is no form of a day; write it as d.m.yyyy", s)
		}
		out.dates = append(out.dates, layout)
	}
	if len(f.Times) > 0 {
		out.times = nil
	}
	for _, s := range f.Times {
		layout, err := s, error(nil)
		if s != "iso" && s != "unix" {
			layout, err = readLayout(s)
		}
		if err != nil || layout != s && !strings.Contains(layout, "15") {
			return out, fmt.Errorf("times: %q is no form of a time; write it as d.m.yyyy H:MM:SS, iso or unix", s)
		}
		out.times = append(out.times, layout)
	}
	return out, nil
}

var formWord = regexp.MustCompile(`yyyy|yy|mm|m|dd|d|HH|H|MM|SS`)

// readLayout turns d.m.yyyy H:MM into a layout of package time. A year of two
// digits is refused: nobody knows its century.
func readLayout(s string) (string, error) {
	var bad bool
	out := formWord.ReplaceAllStringFunc(s, func(word string) string {
		bad = bad || word == "yy"
		return map[string]string{"yyyy": "2006", "mm": "01", "m": "1", "dd": "02", "d": "2", "HH": "15", "H": "15", "MM": "04", "SS": "05"}[word]
	})
	if bad || !strings.Contains(out, "2006") || !strings.Contains(out, "1") || !strings.Contains(out, "2") {
		return "", fmt.Errorf("%q has no year of four digits, month and day", s)
	}
	return out, nil
}

// readTime reads a moment in one of the forms of the export.
func (f *forms) readTime(s string, zone *time.Location) (time.Time, bool) {
	for _, layout := range f.times {
		switch layout {
		case "unix":
			if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && n < 1<<37 {
				return time.Unix(n, 0).UTC(), true
			}
			continue
		case "iso":
			for _, iso := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00"} {
				if t, err := time.Parse(iso, s); err == nil && speakable(t) {
					return t.UTC(), true
				}
			}
			continue
		}
		if t, err := time.ParseInLocation(layout, s, zone); err == nil && speakable(t) {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// readDay reads a calendar day in one of the forms of the export.
func (f *forms) readDay(s string) (time.Time, bool) {
	for _, layout := range f.dates {
		if t, err := time.Parse(layout, s); err == nil && speakable(t) {
			return t, true
		}
	}
	return time.Time{}, false
}

// readMoment reads a moment, or a day where the export keeps no hours; zero
// for neither.
func (f *forms) readMoment(s string, zone *time.Location) places.Moment {
	if t, ok := f.readTime(s, zone); ok {
		return places.Instant(t)
	}
	if day, ok := f.readDay(s); ok {
		return places.Day(day, zone)
	}
	return places.Moment{}
}

func speakable(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

var (
	withComma = regexp.MustCompile(`^-?([0-9]+|[0-9]{1,3}([ \x{a0}.][0-9]{3})+)(,[0-9]+)?$`)
	withPoint = regexp.MustCompile(`^-?([0-9]+|[0-9]{1,3}([ \x{a0},][0-9]{3})+)(\.[0-9]+)?$`)
	grouping  = strings.NewReplacer(" ", "", "\u00a0", "", ".", "")
	grouping2 = strings.NewReplacer(" ", "", "\u00a0", "", ",", "")
)

// readNumber reads a number in its own digits.
func (f *forms) readNumber(s string) (core.Value, bool) {
	switch {
	case f.point && withPoint.MatchString(s):
		s = grouping2.Replace(s)
	case !f.point && withComma.MatchString(s):
		s = strings.Replace(grouping.Replace(s), ",", ".", 1)
	default:
		return core.Value{}, false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s {
		return core.IntegerValue(n), true
	}
	return core.DecimalValue(s), true
}

// value gives a cell as the value of a field; odd tells that it is not in the
// form that the mapping says, and so came as text. A formula is text like any
// other: nothing ever reckons it.
func (s *source) value(text string, f *forms, zone *time.Location) (v core.Value, odd bool) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return core.NullValue(), false
	}
	v, ok := core.TextValue(text), s.as == "" || s.as == "text"
	switch s.as {
	case "number":
		if n, is := f.readNumber(trimmed); is {
			v, ok = n, true
		}
	case "date":
		if day, is := f.readDay(trimmed); is {
			v, ok = core.DateValue(day), true
		}
	case "time":
		if t, is := f.readTime(trimmed, zone); is {
			v, ok = core.TimeValue(t), true
		} else if day, is := f.readDay(trimmed); is {
			v, ok = core.DateValue(day), true // the export keeps no hours
		}
	case "flag":
		if flag, is := map[string]bool{"1": true, "true": true, "0": false, "false": false}[strings.ToLower(trimmed)]; is {
			v, ok = core.FlagValue(flag), true
		}
	}
	if s.codes != nil {
		v.Meaning = s.codes[trimmed]
	}
	return v, !ok
}
