package reports

import (
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // Helsinki time also where the system has no zones
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
)

// helsinki is the time zone of the reports.
var helsinki = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		return time.UTC // cannot happen: the zones are embedded
	}
	return zone
})

// moment is a time as it is read and as a machine reads it.
type moment struct {
	Text, Machine string
}

// momentIn writes t in local form: 21.11.2026 klo 14.05, 21.11.2026 kl.
// 14.05, 21 November 2026 14:05.
func momentIn(lang string, t time.Time) moment {
	t = t.In(helsinki())
	var text string
	switch lang {
	case "fi":
		text = t.Format("2.1.2006") + " klo " + t.Format("15.04")
	case "sv":
		text = t.Format("2.1.2006") + " kl. " + t.Format("15.04")
	default:
		text = t.Format("2 January 2006 15:04")
	}
	return moment{Text: text, Machine: t.Format(time.RFC3339)}
}

// whenIn writes when something was received or came about: a midnight in
// Finland is a date of which nobody knows the time of day.
func whenIn(lang string, t time.Time) moment {
	if isMidnight(t) {
		return dayIn(lang, day(t))
	}
	return momentIn(lang, t)
}

// isMidnight tells whether a day begins in Finland at t.
func isMidnight(t time.Time) bool {
	y, m, d := t.In(helsinki()).Date()
	return t.Equal(time.Date(y, m, d, 0, 0, 0, 0, helsinki()))
}

// days gives the first and the last day of a period as ISO dates, empty where
// it is open. The end of the period itself is not in it.
func days(v core.Interval) (first, last string) {
	if !v.From.IsZero() {
		first = day(v.From)
	}
	if !v.To.IsZero() {
		last = day(v.To.Add(-time.Nanosecond))
	}
	return first, last
}

// dayIn writes the calendar day of an ISO date, or the text itself when it is
// no date.
func dayIn(lang, iso string) moment {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return moment{Text: visible(iso)}
	}
	if lang == "en" {
		return moment{Text: t.Format("2 January 2006"), Machine: iso}
	}
	return moment{Text: t.Format("2.1.2006"), Machine: iso}
}

// decimalComma writes the decimal sign of lang into a number in digits.
func decimalComma(lang, digits string) string {
	if lang == "en" {
		return digits
	}
	return strings.Replace(digits, ".", ",", 1)
}

// seconds writes a duration in seconds with one decimal.
func seconds(lang string, d time.Duration) string {
	return decimalComma(lang, fmt.Sprintf("%.1f", d.Seconds()))
}

// visible gives text that cannot disturb what stands around it: control
// characters and the marks that turn the direction of writing are written out
// as their code points, line ends and tabs stay.
func visible(s string) string {
	if isPrinting(s) {
		return s
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	if strings.IndexFunc(s, disturbing) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if disturbing(r) {
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isPrinting tells whether the text is of printing characters of ASCII, as
// most are.
func isPrinting(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// disturbing tells whether a character acts on the text around it.
func disturbing(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\r':
		return false
	case r < 0x20 || r >= 0x7f && r <= 0x9f:
		return true
	default:
		return turning(r)
	}
}

// turning tells whether a character turns the direction of writing, or hides
// among other characters.
func turning(r rune) bool {
	switch {
	case r == 0x061c, r == 0x200b, r == 0x200e, r == 0x200f, r == 0xfeff:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029:
		return true
	}
	return false
}

// shownValue is a value as the page shows it.
type shownValue struct {
	Text string
	// Machine is the value of the time element, empty for no time.
	Machine string
	// Foreign is true for text of the record itself, whose language nobody
	// knows.
	Foreign bool
	// Empty is true for a value that the system holds empty.
	Empty bool
}

// valueIn writes the value of a disclosed field.
func (p *page) valueIn(f *Field) shownValue {
	v := &f.Value
	switch v.Type {
	case core.TypeNull:
		return shownValue{Empty: true}
	case core.TypeFlag:
		if v.Flag {
			return shownValue{Text: p.T.Values.Yes}
		}
		return shownValue{Text: p.T.Values.No}
	case core.TypeTime:
		m := momentIn(p.Lang, v.Time)
		return shownValue{Text: m.Text, Machine: m.Machine}
	case core.TypeDate:
		m := dayIn(p.Lang, v.Text)
		return shownValue{Text: m.Text, Machine: m.Machine}
	case core.TypeDecimal:
		return shownValue{Text: decimalComma(p.Lang, visible(v.Text))}
	}
	plain := v.Plain()
	if meaning, ok := meaningOf(f); ok {
		said := meaning.In(p.Lang)
		if strings.EqualFold(said, plain) {
			return shownValue{Text: said}
		}
		return shownValue{Text: fill(p.T.Values.Code, "meaning", said, "code", visible(plain))}
	}
	if strings.TrimSpace(plain) == "" {
		return shownValue{Empty: true}
	}
	return shownValue{Text: visible(plain), Foreign: v.Type == core.TypeText}
}
