package places

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
)

// UnknownLength is how long a contact may have lasted whose end nobody tells.
const UnknownLength = 2 * time.Hour

// The fields beside a time of contact that tell how long it was.
const (
	EndedField    = "ended"
	DurationField = "duration"
)

// Moment is a time as a system tells it. It is an instant, or a calendar day
// where the system keeps no hours; the zero Moment is none.
type Moment struct {
	// First is the earliest that is meant.
	First time.Time
	// Next is when a day is over; zero for an instant.
	Next time.Time
}

// Instant gives t as a moment; a zero t is none.
func Instant(t time.Time) Moment { return Moment{First: t} }

// Day gives the calendar day of t, as its year, month and day are written, in
// the zone.
func Day(t time.Time, zone *time.Location) Moment {
	y, m, d := t.Date()
	return Moment{First: time.Date(y, m, d, 0, 0, 0, 0, zone), Next: time.Date(y, m, d+1, 0, 0, 0, 0, zone)}
}

// IsZero tells whether there is no time.
func (m Moment) IsZero() bool { return m.First.IsZero() }

// last gives the latest that is meant.
func (m Moment) last() time.Time {
	if m.Next.IsZero() {
		return m.First
	}
	return m.Next
}

// SpanOf gives when a contact may have been that began at begin. ended is its
// end, zero where nobody tells; else duration tells, where it can be read; else
// it may have lasted for unknown. Where no more than the day is known, it may
// have been at any time of it.
func SpanOf(begin, ended Moment, duration string, unknown time.Duration) core.Interval {
	if !ended.IsZero() && !ended.last().Before(begin.First) {
		return core.Interval{From: begin.First, To: ended.last()}
	}
	if d, ok := Duration(duration); ok {
		unknown = d
	} else if !begin.Next.IsZero() {
		unknown = 0
	}
	return core.Interval{From: begin.First, To: begin.last().Add(unknown)}
}

// Overlaps tells whether a contact may have been in the span that was asked
// for. One of no length is a moment.
func Overlaps(asked, contact core.Interval) bool {
	if contact.From.IsZero() || asked.IsZero() || !contact.From.Before(asked.To) {
		return false
	}
	return contact.To.IsZero() || contact.To.After(asked.From) || contact.From.Equal(contact.To) && contact.To.Equal(asked.From)
}

var clock = regexp.MustCompile(`^(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-9]{2})$`)

// Duration reads seconds, m:ss, h:mm:ss or PT1H2M3S.
func Duration(s string) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 32); err == nil && n >= 0 {
		return time.Duration(n) * time.Second, true
	}
	if m := clock.FindStringSubmatch(s); m != nil {
		h, _ := strconv.Atoi(m[1])
		minutes, _ := strconv.Atoi(m[2])
		seconds, _ := strconv.Atoi(m[3])
		return time.Duration(h)*time.Hour + time.Duration(minutes)*time.Minute + time.Duration(seconds)*time.Second, true
	}
	if rest, ok := strings.CutPrefix(s, "PT"); ok && rest != "" {
		if d, err := time.ParseDuration(strings.ToLower(rest)); err == nil && d >= 0 {
			return d, true
		}
	}
	return 0, false
}
