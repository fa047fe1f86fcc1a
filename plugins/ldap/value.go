package ldapsource

import (
	"bytes"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
)

// value is one value of an attribute.
type value struct {
	description
	raw []byte
}

// text gives the value as text, and whether it is one.
func (v value) text() (string, bool) {
	if v.binary() || !utf8.Valid(v.raw) || bytes.IndexByte(v.raw, 0) >= 0 {
		return "", false
	}
	s := string(v.raw)
	if v.postal() {
		s = postalText(s)
	}
	return s, true
}

// give makes the value of a field that holds identifiers of the kind (empty
// for none).
func (v value) give(kind core.Kind) core.Value {
	if credential(v.key) {
		return core.WithheldValue(core.Withheld{Reason: core.WithheldSecret})
	}
	s, ok := v.text()
	switch {
	case !ok:
		return core.WithheldValue(core.Withheld{Reason: core.WithheldBinary, Size: int64(len(v.raw))})
	case s == "":
		return core.NullValue()
	case kind == core.DateOfBirth:
		if day, ok := birthday(s); ok {
			return core.DateValue(day)
		}
	case kind == "":
		if at, ok := generalizedTime(s); ok {
			return core.TimeValue(at)
		}
	}
	return core.TextValue(s)
}

// generalizedTimeForm is RFC 4517 §3.3.13 with seconds, as servers write it.
// Fewer digits could be a number that is no time.
var generalizedTimeForm = regexp.MustCompile(`^(\d{14})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}(?:\d{2})?)$`)

// generalizedTime reads a time as directories write it (20240131080000Z).
func generalizedTime(s string) (time.Time, bool) {
	m := generalizedTimeForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	zone := m[3]
	if len(zone) == 3 {
		zone += "00"
	}
	fraction := "." + (m[2] + "000000000")[:9]
	t, err := time.Parse("20060102150405.000000000Z0700", m[1]+fraction+zone)
	return t.UTC(), err == nil
}

// birthday reads a date of birth that is written as a day without signs
// (schacDateOfBirth) or as a time of a directory.
func birthday(s string) (time.Time, bool) {
	if at, ok := generalizedTime(s); ok {
		return at, true
	}
	t, err := time.Parse("20060102", s)
	// An eight-digit day that begins with the day of the month (ddmmyyyy) has
	// no year of these centuries in front.
	return t, err == nil && t.Year() >= 1850 && t.Year() < 2150
}

// postalText gives the lines of a postal address with commas between them.
func postalText(s string) string {
	var lines []string
	for _, line := range strings.Split(s, "$") {
		line = strings.NewReplacer(`\24`, "$", `\5C`, `\`, `\5c`, `\`).Replace(line)
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, ", ")
}
