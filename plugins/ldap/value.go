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

// text gives the value as text, and whether it is one. It is the form in which
// identifiers are compared: without the type of an address.
func (v value) text() (string, bool) {
	switch v.syntax {
	case syntaxGUID:
		if s, ok := guidText(v.raw); ok {
			return s, true
		}
	case syntaxSID:
		if s, ok := sidText(v.raw); ok {
			return s, true
		}
	}
	if v.binary() || !readable(v.raw) {
		return "", false
	}
	s := string(v.raw)
	switch {
	case v.postal():
		s = postalText(s)
	case v.syntax == syntaxAddresses:
		s = mailAddress(s)
	}
	return s, true
}

// readable tells whether bytes are a text: UTF-8 without the signs that
// control devices.
func readable(raw []byte) bool {
	return utf8.Valid(raw) && !bytes.ContainsFunc(raw, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' })
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
	case v.syntax == syntaxAddresses && kind != core.Email:
		return core.TextValue(string(v.raw)) // its type says what it is an address of
	case kind == core.DateOfBirth:
		if day, ok := birthday(s); ok {
			return core.DateValue(day)
		}
	case kind == "":
		if given, ok := v.special(s); ok {
			return given
		}
	}
	return core.TextValue(s)
}

// special gives a value that is a time or a number with a meaning.
func (v value) special(s string) (core.Value, bool) {
	switch v.syntax {
	case syntaxText:
		return core.Value{}, false
	case syntaxFileTime:
		return fileTime(v.key, s)
	case syntaxControl:
		return accountControl(v.key, s)
	}
	at, ok := generalizedTime(s)
	return core.TimeValue(at), ok
}

// time gives the moment that a value holds.
func (v value) time() (time.Time, bool) {
	s, _ := v.text()
	if v.syntax == syntaxFileTime {
		given, _ := fileTime(v.key, s)
		return given.Time, given.Type == core.TypeTime
	}
	return generalizedTime(s)
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
