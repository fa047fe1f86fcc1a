package identifier

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
)

// birthRule is a date of birth, in the normal form yyyy-mm-dd. It is read
// from that, d.m.yyyy, ddmmyyyy, yyyymmdd (years begin at 1850, so eight
// digits are never both), and a time stamp of midnight, as databases give
// dates. A year of two digits is refused.
var birthRule = KindRule{
	Kind:    core.DateOfBirth,
	Title:   Text{"Syntymäaika", "Födelsedatum", "Date of birth"},
	Example: "1990-01-31",
	Yours:   Text{"syntymäaikasi", "ditt födelsedatum", "your date of birth"},
	Sharing: ManyPeople,
	Bad: []Bad{
		{CodeForm, "1/31/1990", Text{}},
		{CodeDate, "31.2.1990", Text{}},
		{CodeYear, "31.1.90", Text{}},
		{CodeFuture, "31.1.9990", Text{"Syntymäaika on tulevaisuudessa: tarkista vuosi.", "Födelsedatumet ligger i framtiden: kontrollera året.",
			"The date of birth is in the future: check the year."}},
	},
	form:  Text{"Kirjoita päivä muodossa pp.kk.vvvv tai vvvv-kk-pp.", "Skriv dagen i formen dd.mm.åååå eller åååå-mm-dd.", "Write the day as dd.mm.yyyy or yyyy-mm-dd."},
	find:  &finder{on: digitStart, at: findBirth},
	parse: parseBirth,
	mask:  func(v string) string { return head(v, 4) + "-••-••" },
	forms: birthForms,
}

func parseBirth(s string) (string, core.Status, Code) {
	s = dateOnly(foldCode(s))
	var parts []string // year, month, day
	switch {
	case strings.Count(s, ".") == 2:
		p := strings.Split(s, ".")
		parts = []string{strings.TrimSpace(p[2]), strings.TrimSpace(p[1]), strings.TrimSpace(p[0])}
	case strings.Count(s, "-") == 2:
		parts = strings.Split(s, "-")
		if len(parts[0]) == 4 && (len(parts[1]) != 2 || len(parts[2]) != 2) {
			return "", core.Malformed, CodeForm
		}
	case len(s) == 8:
		parts = []string{s[4:], s[2:4], s[:2]}
		if y, err := strconv.Atoi(parts[0]); err == nil && y < 1850 {
			parts = []string{s[:4], s[4:6], s[6:]}
		}
	case len(s) == 6 && strings.Trim(s, "0123456789") == "":
		return "", core.Malformed, CodeYear
	default:
		return "", core.Malformed, CodeForm
	}
	return birthDay(parts)
}

// dateOnly drops a time of midnight behind an ISO date. Another time is kept,
// and refused: nobody can tell whose midnight it was.
func dateOnly(s string) string {
	if len(s) > 10 && (s[10] == 'T' || s[10] == ' ') {
		rest := strings.TrimRight(s[11:], "Z")
		rest = strings.TrimSuffix(strings.TrimSpace(rest), "+00:00")
		if rest != "" && strings.Trim(rest, "0:.") == "" {
			return s[:10]
		}
	}
	return s
}

func birthDay(parts []string) (string, core.Status, Code) {
	var n [3]int
	for i, p := range parts {
		if p == "" || len(p) > 4 || strings.Trim(p, "0123456789") != "" || i > 0 && len(p) > 2 {
			return "", core.Malformed, CodeForm
		}
		n[i], _ = strconv.Atoi(p) // at most four digits
	}
	switch {
	case len(parts[0]) != 4 || n[0] < 1850:
		return "", core.Malformed, CodeYear
	case !dayExists(n[0], n[1], n[2]):
		return "", core.Malformed, CodeDate
	}
	day := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	if day.After(time.Now().Add(14 * time.Hour)) { // it is tomorrow somewhere
		return "", core.Malformed, CodeFuture
	}
	return day.Format(time.DateOnly), core.Valid, ""
}

func birthForms(i core.Identifier) []core.Form {
	d, err := time.Parse(time.DateOnly, i.Value)
	if err != nil {
		return nil
	}
	return exact(
		fmt.Sprintf("%d.%d.%d", d.Day(), d.Month(), d.Year()),
		d.Format("02.01.2006"), d.Format("02012006"), d.Format("20060102"),
	)
}

// birthLabels stand before a date of birth. Other dates are nobody's.
var birthLabels = [...]string{"SYNT", "SYNTYMA", "FODD", "FODELSE", "BORN", "BIRTH", "DOB"}

// findBirth takes a date behind a label.
func findBirth(t *text, at int) (hit, bool) {
	end := at
	for end < len(t.s) && end-at < 14 && (isDigit(t.s[end]) || t.s[end] == '.' || t.s[end] == '-' || t.s[end] == ' ' && t.s[end-1] == '.') {
		end++
	}
	for end > at && !isDigit(t.s[end-1]) {
		end--
	}
	if end-at < 8 || t.wordAt(end) {
		return hit{}, false
	}
	value, status, code := parseBirth(string(t.s[at:end]))
	if code != "" || !t.holdsLabel(max(0, at-20), at, birthLabels[:]) {
		return hit{}, false
	}
	return hit{start: at, end: end, value: value, status: status, certainty: Likely}, true
}
