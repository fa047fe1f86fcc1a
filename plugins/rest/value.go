package restsource

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// plain gives a leaf as text to compare, and whether it holds any.
func plain(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		s, _ := unread(v)
		return s, strings.TrimSpace(s) != ""
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	case nil:
		return "", false
	}
	text, err := json.Marshal(v)
	return string(text), err == nil
}

// value gives a leaf as the value of a field.
func (m *member) value(v any, kind core.Kind, zone *time.Location) core.Value {
	out := m.read(v, kind, zone)
	if len(m.codes) > 0 && out.Type != core.TypeNull && out.Type != core.TypeWithheld {
		out.Meaning = m.codes[strings.TrimSpace(out.Plain())]
	}
	return out
}

func (m *member) read(v any, kind core.Kind, zone *time.Location) core.Value {
	switch v := v.(type) {
	case nil:
		return core.NullValue()
	case bool:
		return core.FlagValue(v)
	case json.Number:
		return m.number(v.String(), zone)
	case string:
		if _, has := unread(v); has {
			return core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable, Size: int64(len([]rune(v)))})
		}
		return m.text(v, kind, zone)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable})
	}
	return core.TextValue(string(text))
}

// number keeps the digits: whole numbers of 64 bits are integers, all else is
// a decimal as it was written, and text where it has an exponent.
func (m *member) number(s string, zone *time.Location) core.Value {
	if m.As == "time" {
		if t, ok := readTime(s, m.Form, zone); ok {
			return core.TimeValue(t)
		}
	}
	if m.As == "text" {
		return core.TextValue(s)
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s {
		return core.IntegerValue(n)
	}
	if strings.ContainsAny(s, "eE") {
		return core.TextValue(s)
	}
	return core.DecimalValue(s)
}

func (m *member) text(s string, kind core.Kind, zone *time.Location) core.Value {
	trimmed := strings.TrimSpace(s)
	if s == "" {
		return core.NullValue()
	}
	switch {
	case m.As == "base64":
		return packed(trimmed)
	case m.As == "time":
		if t, ok := readTime(trimmed, m.Form, zone); ok {
			return core.TimeValue(t)
		}
	case m.As == "date" || m.As == "" && kind == core.DateOfBirth:
		if day, ok := readDay(trimmed, zone); ok {
			return core.DateValue(day)
		}
	case m.As == "number" && digits.MatchString(trimmed):
		return m.number(trimmed, zone)
	case m.As == "flag" && (trimmed == "true" || trimmed == "false"):
		return core.FlagValue(trimmed == "true")
	}
	return core.TextValue(s)
}

// packed gives bytes that are written in base64: as text where they are one.
func packed(s string) core.Value {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	switch {
	case err != nil:
		return core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable, Size: int64(len(s))})
	case len(raw) == 0:
		return core.NullValue()
	case !utf8.Valid(raw) || bytes.ContainsFunc(raw, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' }):
		return core.WithheldValue(core.Withheld{Reason: core.WithheldBinary, Size: int64(len(raw))})
	}
	return core.TextValue(string(raw))
}

var (
	digits = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	dotnet = regexp.MustCompile(`^/Date\((-?[0-9]{1,15})([+-][0-9]{4})?\)/$`)
)

// readTime reads a moment in the form that the mapping names.
func readTime(s, form string, zone *time.Location) (time.Time, bool) {
	var t time.Time
	var err error
	switch form {
	case "utc", "local":
		in := zone
		if form == "utc" {
			in = time.UTC
		}
		if t, err = time.ParseInLocation("2006-01-02 15:04:05", strings.Replace(s, "T", " ", 1), in); err != nil {
			t, err = time.ParseInLocation(time.DateOnly, s, in)
		}
	case "unix", "unix_ms":
		n, bad := strconv.ParseInt(s, 10, 64)
		if t, err = time.Unix(n, 0), bad; form == "unix_ms" {
			t = time.UnixMilli(n)
		}
	case "dotnet":
		found := dotnet.FindStringSubmatch(s)
		if found == nil {
			return t, false
		}
		n, bad := strconv.ParseInt(found[1], 10, 64)
		t, err = time.UnixMilli(n), bad
	default:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04Z07:00"} {
			if t, err = time.Parse(layout, s); err == nil {
				break
			}
		}
	}
	return t.UTC(), err == nil && t.Year() >= 1 && t.Year() <= 9999
}

// readDay reads a calendar day: of a time that of the zone.
func readDay(s string, zone *time.Location) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "2.1.2006", "20060102"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1 {
			return t, true
		}
	}
	// A birthday that is kept as midnight in UTC is that day everywhere.
	t, ok := readTime(s, "iso", zone)
	if ok && t.Equal(t.Truncate(24*time.Hour)) {
		return t, true
	}
	return t.In(zone), ok
}

func meanings(codes map[string]catalogue.Text) map[string]*core.Meaning {
	out := map[string]*core.Meaning{}
	for code, t := range codes {
		out[strings.TrimSpace(code)] = &core.Meaning{FI: t.FI, SV: t.SV, EN: t.EN}
	}
	return out
}
