package identifier

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
)

// diaryRule is a diary number (asianumero, diaarinumero, diarienummer), in
// the normal forms
//
//	VALTORI/123/2024        prefixed: authority, number, year
//	VM/1959/03.01.01/2017   the same with a class of the filing plan
//	VM/2022/124             the year in the middle
//	VM132:00/2017           a project
//	5146/01.04.00/2023, 44/24/1999, 123/2024   without a prefix
//
// that is, the prefix in upper case, the number without leading zeros, the
// year with four digits (00-49 is 2000-2049). A number without a prefix is
// unique only inside its issuer; it is the same as a prefixed one whose
// prefix is the issuer's id.
var diaryRule = KindRule{
	Kind:      core.DiaryNumber,
	Title:     Text{"Asianumero", "Diarienummer", "Diary number"},
	Local:     true,
	RecordKey: true,
	Example:   "VALTORI/123/2024",
	Yours:     Text{"ilmoittamasi diaarinumero", "det diarienummer som du uppgav", "the diary number that you gave"},
	Sharing:   Nobody,
	Bad:       []Bad{{CodeForm, "2025", Text{}}},
	form: Text{"Kirjoita asianumero sellaisena kuin se on kirjeessä, esimerkiksi VALTORI/123/2024.", "Skriv diarienumret så som det står i brevet, till exempel VALTORI/123/2024.",
		"Write the diary number as it stands in the letter, such as VALTORI/123/2024."},
	find:   &finder{on: digitStart | wordStart, at: findDiary},
	parse:  parseDiary,
	global: func(v string) bool { d, ok := ParseDiary(v); return ok && d.Authority != "" },
	equal:  equalDiary,
	mask:   maskDiary,
	forms:  diaryForms,
}

// Diary is the parts of a diary number.
type Diary struct {
	// Authority is the prefix, empty for a number that is unique only inside
	// its issuer.
	Authority string
	Number    string
	// Class is the class of the filing plan, or the sub-number of a project.
	Class string
	Year  int

	shape diaryShape
}

type diaryShape int

const (
	plainDiary diaryShape = iota // number, class, year, with or without prefix
	yearFirst
	project
)

// String gives the normal form.
func (d Diary) String() string {
	year := strconv.Itoa(d.Year)
	switch d.shape {
	case yearFirst:
		return d.Authority + "/" + year + "/" + d.Number
	case project:
		return d.Authority + d.Number + ":" + d.Class + "/" + year
	}
	out := d.Number
	if d.Authority != "" {
		out = d.Authority + "/" + out
	}
	if d.Class != "" {
		out += "/" + d.Class
	}
	return out + "/" + year
}

// ParseDiary reads a diary number that stands alone, with or without its
// label (Dnro). A number without a prefix is taken, since the caller says
// that this is a diary number; in running text only FindDiaryNumbers tells.
func ParseDiary(s string) (Diary, bool) {
	s = strings.Join(strings.Fields(strings.ToUpper(withoutLabel(strings.TrimSpace(s)))), "")
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 4 {
		return Diary{}, false
	}
	if d, ok := projectDiary(parts); ok {
		return d, true
	}
	if isAuthority(parts[0]) {
		d, ok := numberDiary(parts[1:], false)
		if !ok {
			d, ok = yearFirstDiary(parts[1:])
		}
		d.Authority = parts[0]
		return d, ok
	}
	return numberDiary(parts, true)
}

func parseDiary(s string) (string, core.Status, Code) {
	d, ok := ParseDiary(s)
	if !ok {
		return "", core.Malformed, CodeForm
	}
	return d.String(), core.Valid, ""
}

// diaryLabels stand before a diary number, the longer before the shorter.
var diaryLabels = [...]string{"diaarinumero", "diarienummer", "asianumero", "asiatunnus", "dnro", "drnr", "dno", "dnr"}

// withoutLabel takes a label off the head of s.
func withoutLabel(s string) string {
	for _, label := range diaryLabels {
		if len(s) > len(label) && strings.EqualFold(s[:len(label)], label) {
			if rest := strings.TrimLeft(s[len(label):], " .:"); rest != s[len(label):] || isDigit(rest[0]) {
				return rest
			}
		}
	}
	return s
}

// projectDiary reads VM132:00/2017.
func projectDiary(parts []string) (Diary, bool) {
	head, class, colon := strings.Cut(parts[0], ":")
	number := strings.TrimLeft(head, "ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ")
	authority := head[:len(head)-len(number)]
	year, ok := fullYear(parts[1])
	letters := utf8.RuneCountInString(authority)
	if !colon || !ok || len(parts) != 2 || letters < 1 || letters > 6 || !digits(number, 1, 4) || !digits(class, 2, 2) {
		return Diary{}, false
	}
	return Diary{Authority: authority, Number: number, Class: class, Year: year, shape: project}, true
}

// numberDiary reads number, class and year; loose takes what only a number
// without prefix may have: a class of two or three digits and a short year.
func numberDiary(parts []string, loose bool) (Diary, bool) {
	last := len(parts) - 1
	if last < 1 || last > 2 || !digits(parts[0], 1, 7) {
		return Diary{}, false
	}
	year, ok := fullYear(parts[last])
	if !ok && loose {
		year, ok = shortYear(parts[last])
	}
	d := Diary{Number: withoutZeros(parts[0]), Year: year}
	if last == 2 {
		d.Class = parts[1]
		ok = ok && (isClass(d.Class) || loose && digits(d.Class, 2, 3))
	}
	return d, ok
}

// yearFirstDiary reads 2022/124.
func yearFirstDiary(parts []string) (Diary, bool) {
	if len(parts) != 2 || !digits(parts[1], 1, 7) {
		return Diary{}, false
	}
	year, ok := fullYear(parts[0])
	return Diary{Number: withoutZeros(parts[1]), Year: year, shape: yearFirst}, ok
}

func digits(s string, least, most int) bool {
	return len(s) >= least && len(s) <= most && strings.Trim(s, "0123456789") == ""
}

// isClass tells whether s is a class of the filing plan: 01.04 to
// 01.04.00.12.
func isClass(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) < 2 || len(parts) > 4 {
		return false
	}
	for _, p := range parts {
		if !digits(p, 2, 2) {
			return false
		}
	}
	return true
}

func isAuthority(s string) bool {
	n := utf8.RuneCountInString(s)
	return n >= 2 && n <= 12 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ") == ""
}

func fullYear(s string) (int, bool) {
	if !digits(s, 4, 4) || !strings.HasPrefix(s, "19") && !strings.HasPrefix(s, "20") {
		return 0, false
	}
	y, err := strconv.Atoi(s)
	return y, err == nil
}

func shortYear(s string) (int, bool) {
	if !digits(s, 2, 2) {
		return 0, false
	}
	y := two(s)
	if y < 50 {
		return 2000 + y, true
	}
	return 1900 + y, true
}

func equalDiary(a, b core.Identifier) bool {
	if a.Value == b.Value {
		return true
	}
	x, okX := ParseDiary(a.Value)
	y, okY := ParseDiary(b.Value)
	if !okX || !okY {
		return false
	}
	if x.Authority == "" {
		x.Authority = strings.ToUpper(a.Issuer)
	}
	if y.Authority == "" {
		y.Authority = strings.ToUpper(b.Issuer)
	}
	return x == y
}

// maskDiary hides the running number.
func maskDiary(v string) string {
	d, ok := ParseDiary(v)
	if !ok {
		return hidden
	}
	d.Number = hidden
	return d.String()
}

// diaryForms gives the number with a short year where it has no prefix, with
// and without the prefix of its issuer, and in lower case.
func diaryForms(i core.Identifier) []core.Form {
	d, ok := ParseDiary(i.Value)
	if !ok {
		return nil
	}
	var out []core.Form
	bare := d
	if d.Authority != "" {
		out = exact(strings.ToLower(i.Value))
		bare.Authority = ""
	}
	if d.shape != plainDiary || d.Authority != "" && !strings.EqualFold(d.Authority, i.Issuer) {
		return out
	}
	v := bare.String()
	if d.Authority == "" {
		v = v[:len(v)-4] + v[len(v)-2:] // 123/24
		if prefix := strings.ToUpper(i.Issuer); isAuthority(prefix) {
			d.Authority = prefix
			out = append(out, core.Form{Text: d.String(), Tier: core.TierVariant})
		}
	}
	return append(out, core.Form{Text: v, Tier: core.TierVariant})
}
