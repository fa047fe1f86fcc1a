package identifier

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sinusta/sinusta/core"
)

// contactRule is a time of contact: when the person was in touch, at which
// place or with which service, and the telephone number or address that they
// used. Recordings and pictures are found by it where they hold no name. It is
// written as
//
//	2.3.2026 klo 10.00-10.30, Palkkaturvan neuvonta, 040 1234567
//	2026-03-02 10:00/10:30, service desk
//	2.3.2026, Helsingin toimipiste
//	2.3.2026 22.00 - 3.3.2026 1.30, ...
//
// in the time of Finland, and its normal form is in UTC:
//
//	2026-03-02T08:00Z/2026-03-02T08:30Z, Palkkaturvan neuvonta, +358401234567
//
// Where clocks are turned the span is the longest that the words allow.
var contactRule = KindRule{
	Kind:    core.TimeOfContact,
	Title:   Text{"Yhteydenoton aika ja paikka", "Tid och plats för kontakten", "Time and place of contact"},
	Yours:   Text{"ilmoittamasi yhteydenoton aika", "den tid för kontakten som du uppgav", "the time of contact that you gave"},
	Sharing: ManyPeople,
	Example: "2026-03-02T08:00Z/2026-03-02T08:30Z, Palvelupiste, +358401234567",
	Bad: []Bad{
		{CodeForm, "viime viikolla, Palvelupiste", Text{}},
		{CodeDate, "31.2.2026, Palvelupiste", Text{}},
		{CodeYear, "2.3.26, Palvelupiste", Text{}},
		{CodeFuture, "2.3.9026, Palvelupiste", Text{}},
		{CodeOrder, "2.3.2026 10.30-10.00, Palvelupiste", Text{"Aika päättyy ennen kuin se alkaa: tarkista kellonajat.", "Tiden slutar innan den börjar: kontrollera klockslagen.",
			"The time ends before it begins: check the hours."}},
		{CodeSpan, "1.1.2026-31.3.2026, Palvelupiste", Text{"Aikaväli on yli 31 päivää: rajaa se tarkemmin.", "Tidsperioden är längre än 31 dagar: avgränsa den noggrannare.",
			"The span of time is longer than 31 days: narrow it down."}},
		{CodePlace, "2.3.2026 10.00-10.30", Text{"Paikka puuttuu: kirjoita ajan jälkeen pilkku ja paikka, palvelu tai käyttämäsi numero.",
			"Platsen fattas: skriv efter tiden ett kommatecken och platsen, tjänsten eller det nummer du använde.",
			"The place is missing: write after the time a comma and the place, the service or the number that was used."}},
		{CodeLength, "2.3.2026, " + strings.Repeat("piste", 70), Text{}},
	},
	form: Text{"Kirjoita päivä, alku ja loppu sekä pilkun jälkeen paikka, esimerkiksi 2.3.2026 klo 10.00-10.30, Palvelupiste.",
		"Skriv dag, början och slut och efter ett kommatecken platsen, till exempel 2.3.2026 kl 10.00-10.30, Servicestället.",
		"Write the day, beginning and end, and after a comma the place, such as 2.3.2026 10.00-10.30, Service desk."},
	parse: parseContact,
	equal: func(a, b core.Identifier) bool { return strings.EqualFold(a.Value, b.Value) },
	mask: func(v string) string {
		c, ok := ContactOf(core.Identifier{Kind: core.TimeOfContact, Value: v, Status: core.Valid})
		if !ok {
			return hidden
		}
		return c.Span.From.Format("2006-01") + "-" + hidden
	},
}

// Contact is a time of contact, read.
type Contact struct {
	// Span is when it was, in UTC.
	Span core.Interval
	// Place is the place or the service; empty where only Used tells.
	Place string
	// Used is the person's own telephone number or e-mail address that they
	// used, of the kind Phone or Email; its Value is empty for none.
	Used core.Identifier
}

// Length gives how long the span is.
func (c Contact) Length() time.Duration { return c.Span.To.Sub(c.Span.From) }

const (
	longestContact = 31 * 24 * time.Hour
	minuteUTC      = "2006-01-02T15:04Z"
)

// ContactOf reads an identifier of the kind TimeOfContact; ok is false for any
// other and for one that is malformed.
func ContactOf(i core.Identifier) (c Contact, ok bool) {
	if i.Kind != core.TimeOfContact || !usable(i) {
		return Contact{}, false
	}
	c, code := readContact(i.Value)
	return c, code == ""
}

func parseContact(s string) (string, core.Status, Code) {
	if len(s) > 300 {
		return "", core.Malformed, CodeLength
	}
	c, code := readContact(s)
	if code != "" {
		return "", core.Malformed, code
	}
	out := c.Span.From.Format(minuteUTC) + "/" + c.Span.To.Format(minuteUTC)
	for _, part := range []string{c.Place, c.Used.Value} {
		if part != "" {
			out += ", " + part
		}
	}
	return out, core.Valid, ""
}

func readContact(s string) (Contact, Code) {
	when, rest, _ := strings.Cut(strings.ReplaceAll(tidy(strings.ReplaceAll(s, "\n", ",")), ";", ","), ",")
	span, code := readSpan(when)
	if code != "" {
		return Contact{}, code
	}
	c := Contact{Span: span}
	var place []string
	for part := range strings.SplitSeq(rest, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if value, status, wrong := parsePhone(part); wrong == "" && status == core.Valid {
			c.Used = core.Identifier{Kind: core.Phone, Value: value, Status: status}
			continue
		}
		if value, status, wrong := parseEmail(part); wrong == "" {
			c.Used = core.Identifier{Kind: core.Email, Value: value, Status: status}
			continue
		}
		place = append(place, part)
	}
	c.Place = strings.Join(place, ", ")
	switch {
	case c.Used.Value == "" && !strings.ContainsFunc(c.Place, unicode.IsLetter):
		return Contact{}, CodePlace
	case c.Length() <= 0:
		return Contact{}, CodeOrder
	case span.From.After(time.Now()):
		return Contact{}, CodeFuture
	case c.Length() > longestContact+time.Hour: // clocks are turned
		return Contact{}, CodeSpan
	}
	return c, ""
}

// moment is a day, and its minute where a time was given.
type moment struct {
	year, month, day int
	minute           int // of the day
	timed, utc       bool
}

// readSpan reads a day, a day with two times, two days, or two days with a
// time each. One time alone is refused: nobody remembers a call to the minute,
// and a search by it would find nothing.
func readSpan(s string) (core.Interval, Code) {
	tokens, code := momentsOf(s)
	if code != "" {
		return core.Interval{}, code
	}
	var from, to moment
	switch {
	case len(tokens) == 1 && !tokens[0].timed:
		from, to = tokens[0], tokens[0]
	case len(tokens) == 2 && tokens[0].timed == tokens[1].timed:
		from, to = tokens[0], tokens[1]
	default:
		return core.Interval{}, CodeForm
	}
	if !to.timed {
		to.minute = 24 * 60
	}
	early, _ := from.span()
	_, late := to.span()
	return core.Interval{From: early, To: late}, ""
}

// momentsOf finds the days and times of a text, a time without a day on the
// day before it.
func momentsOf(s string) ([]moment, Code) {
	s = strings.Map(func(r rune) rune {
		if isDash(r) {
			return '-'
		}
		return unicode.ToLower(r)
	}, s)
	var out []moment
	for at := 0; at < len(s); {
		switch {
		case isDigit(s[at]):
			m, n, day, code := readMoment(s[at:])
			if code != "" {
				return nil, code
			}
			at += n
			switch last := len(out) - 1; {
			case day:
				out = append(out, m)
			case last < 0:
				return nil, CodeForm
			case !out[last].timed:
				out[last].minute, out[last].timed = m.minute, true
			default:
				d := out[last]
				d.minute = m.minute
				out = append(out, d)
			}
			if at < len(s) && s[at] == 'z' && len(out) > 0 {
				out[len(out)-1].utc = true
				at++
			}
		case s[at] == ' ' || s[at] == '-' || s[at] == '/' || s[at] == 't' && at > 0 && isDigit(s[at-1]):
			at++
		default:
			n := wordOfTime(s[at:])
			if n == 0 {
				return nil, CodeForm
			}
			at += n
		}
	}
	return out, ""
}

// wordOfTime gives the length of a word that people write around times.
func wordOfTime(s string) int {
	for _, w := range []string{"kello", "klo", "klockan", "kl.", "kl", "välillä", "mellan", "between", "from", "till", "och", "and", "at", "to", "ja"} {
		if rest, ok := strings.CutPrefix(s, w); ok && (rest == "" || strings.IndexByte(" .0123456789", rest[0]) >= 0) {
			return len(w) + len(rest) - len(strings.TrimPrefix(rest, "."))
		}
	}
	return 0
}

// readMoment reads a day or a time at the head of s and gives its length.
func readMoment(s string) (m moment, n int, day bool, code Code) {
	var groups [3]string
	var signs [3]byte
	count := 0
	for at := 0; count < 3 && at < len(s) && isDigit(s[at]); count++ {
		from := at
		for at < len(s) && isDigit(s[at]) {
			at++
		}
		groups[count], n = s[from:at], at
		if at+1 >= len(s) || strings.IndexByte(".:-", s[at]) < 0 || !isDigit(s[at+1]) || count > 0 && s[at] != signs[0] {
			count++
			break
		}
		signs[count] = s[at]
		at++
	}
	switch {
	case count == 3 && signs[0] == '.' && len(groups[2]) <= 2, count == 3 && signs[0] == '-' && len(groups[0]) <= 2:
		return m, n, true, CodeYear
	case count == 3 && signs[0] == '.' && len(groups[2]) == 4:
		m, code = dayOf(groups[2], groups[1], groups[0])
		return m, n, true, code
	case count == 3 && signs[0] == '-' && len(groups[0]) == 4:
		m, code = dayOf(groups[0], groups[1], groups[2])
		return m, n, true, code
	case count == 3 && signs[0] == ':': // seconds
		m, code = timeOf(groups[0], groups[1])
		return m, n, false, code
	case count >= 2 && (signs[0] == '.' || signs[0] == ':') && len(groups[1]) == 2:
		m, code = timeOf(groups[0], groups[1])
		return m, len(groups[0]) + 1 + len(groups[1]), false, code
	case count >= 1 && len(groups[0]) <= 2:
		m, code = timeOf(groups[0], "00")
		return m, len(groups[0]), false, code
	}
	return m, n, false, CodeForm
}

func dayOf(year, month, day string) (moment, Code) {
	y, errY := strconv.Atoi(year)
	m, errM := strconv.Atoi(month)
	d, errD := strconv.Atoi(day)
	switch {
	case errY != nil || errM != nil || errD != nil:
		return moment{}, CodeForm
	case !dayExists(y, m, d) || y < 1900:
		return moment{}, CodeDate
	}
	return moment{year: y, month: m, day: d}, ""
}

func timeOf(hour, minute string) (moment, Code) {
	h, errH := strconv.Atoi(hour)
	m, errM := strconv.Atoi(minute)
	if errH != nil || errM != nil || h > 24 || m > 59 || h == 24 && m > 0 || len(hour) > 2 {
		return moment{}, CodeForm
	}
	return moment{minute: h*60 + m, timed: true}, ""
}

// span gives the earliest and the latest moment that the words may mean: one
// and the same but for the hours in which clocks are turned.
func (m moment) span() (early, late time.Time) {
	clock := time.Date(m.year, time.Month(m.month), m.day, 0, m.minute, 0, 0, time.UTC)
	if m.utc {
		return clock, clock
	}
	summer, winter := clock.Add(-3*time.Hour), clock.Add(-2*time.Hour)
	isSummer, isWinter := summerTime(summer), !summerTime(winter)
	switch {
	case isSummer && !isWinter:
		return summer, summer
	case isWinter && !isSummer:
		return winter, winter
	}
	return summer, winter // the hour that is there twice, or not at all
}

// summerTime tells whether clocks in Finland are forward at t: from the last
// Sunday of March to that of October, 01:00 UTC (directive 2000/84/EC).
func summerTime(t time.Time) bool {
	return !t.Before(lastSunday(t.Year(), time.March)) && t.Before(lastSunday(t.Year(), time.October))
}

func lastSunday(year int, month time.Month) time.Time {
	t := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC)
	return t.AddDate(0, 0, -int(t.Weekday()))
}

// String redacts the contact.
func (c Contact) String() string { return fmt.Sprintf("<%s>", core.TimeOfContact) }
