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

// SpanOf gives when a contact was that began at begin. ended is its end, zero
// where nobody tells; else duration tells, where it can be read; else it may
// have lasted for unknown.
func SpanOf(begin, ended time.Time, duration string, unknown time.Duration) core.Interval {
	if !ended.IsZero() && !ended.Before(begin) {
		return core.Interval{From: begin, To: ended}
	}
	if d, ok := Duration(duration); ok {
		unknown = d
	}
	return core.Interval{From: begin, To: begin.Add(unknown)}
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
