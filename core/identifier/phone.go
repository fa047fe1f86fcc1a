package identifier

import (
	"bytes"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// phoneRule is a telephone number, in the normal form of E.164 (+358401234567).
// A number without a country code is Finnish. Service and company numbers
// (029, 020, 010, 0600, 0800, 112, 116xxx and their like) are Generic.
//
// The rules are written out here rather than taken from a library of every
// country's numbering plan, which costs each process 5 ms at its start;
// the tests compare them with such a library. They judge the length and not
// whether a number is in use: a number of tomorrow's series must be found too.
var phoneRule = KindRule{
	Kind:     core.Phone,
	Title:    Text{"Puhelinnumero", "Telefonnummer", "Telephone number"},
	Example:  "+358401234567",
	Yours:    Text{"puhelinnumerosi", "ditt telefonnummer", "your telephone number"},
	Sharing:  FewPeople,
	Recycled: true,
	Bad: []Bad{
		{CodeForm, "maija", Text{}},
		{CodeLength, "12345", Text{}},
	},
	form: Text{"Kirjoita yksi puhelinnumero, joka alkaa nollalla tai maatunnuksella, esimerkiksi 040 1234567.",
		"Skriv ett telefonnummer som börjar med noll eller landsnummer, till exempel 040 1234567.",
		"Write one telephone number that begins with zero or the country code, such as 040 1234567."},
	find:  &finder{on: digitStart | plusSign, at: findPhone},
	parse: parsePhone,
	mask:  maskPhone,
	forms: phoneForms,
}

const finland = "358"

func parsePhone(s string) (string, core.Status, Code) {
	digits, plus, ok := phoneDigits(s)
	if !ok {
		return "", core.Malformed, CodeForm
	}
	if !plus && shortNumber(digits) {
		return digits, core.Generic, ""
	}
	if !plus {
		digits, plus = internationalPrefix(digits)
	}
	if !plus && (len(digits) <= 10 || digits[0] == '0') {
		return nationalPhone(digits)
	}
	country := countryCode(digits)
	if country == "" {
		return "", core.Malformed, CodeForm
	}
	rest := digits[len(country):]
	if !zeroIsSignificant(country) {
		rest = strings.TrimPrefix(rest, "0") // +358 (0)40, +46070
	}
	if country == finland {
		return finnishPhone(rest)
	}
	if rest != "" && rest[0] == '0' && !zeroIsSignificant(country) {
		return "", core.Malformed, CodeForm
	}
	if len(rest) < 4 || len(country)+len(rest) > 15 {
		return "", core.Malformed, CodeLength
	}
	return "+" + country + rest, core.Valid, ""
}

// phoneDigits takes the digits out of a number, with its label (puh., tel:)
// and punctuation left off; plus tells whether it began with one.
func phoneDigits(s string) (digits string, plus, ok bool) {
	s = strings.TrimSpace(strings.TrimLeft(lowerASCII(s), "abcdefghijklmnopqrstuvwxyz.: "))
	var out strings.Builder
	for _, r := range strings.ReplaceAll(s, "(0)", "") {
		switch {
		case r >= '0' && r <= '9':
			out.WriteRune(r)
		case r >= 0xFF10 && r <= 0xFF19:
			out.WriteRune(r - 0xFF10 + '0')
		case (r == '+' || r == 0xFF0B) && out.Len() == 0 && !plus:
			plus = true
		case isDash(r), r == ' ', r == 0xA0, r == 0x202F, r == 0x2009, r == '(', r == ')', r == '.', r == '/', r == 0x200E, r == 0x202A, r == 0x202C, r == '\t':
		default:
			return "", false, false
		}
	}
	return out.String(), plus, out.Len() >= 3
}

// shortNumber tells whether the digits are an emergency or harmonised number.
func shortNumber(d string) bool {
	return d == "112" || len(d) == 6 && strings.HasPrefix(d, "116")
}

// internationalPrefix takes off what is dialled in Finland before a country
// code: 00, or an operator's 99x.
func internationalPrefix(d string) (digits string, found bool) {
	if rest, ok := strings.CutPrefix(d, "00"); ok {
		return rest, true
	}
	for _, prefix := range []string{"990", "994", "999"} {
		if rest, ok := strings.CutPrefix(d, prefix); ok && len(d) > 10 {
			return rest, true
		}
	}
	return d, false
}

// nationalPhone reads a number without an international prefix. Without a
// leading zero it is taken if it is long enough to be one whose zero was
// lost, as spreadsheets do; shorter ones are extensions. (More than ten digits
// are a number whose plus sign was lost.)
func nationalPhone(d string) (string, core.Status, Code) {
	switch {
	case d[0] == '0':
		return finnishPhone(d[1:])
	case len(d) < 7:
		return "", core.Malformed, CodeLength
	}
	return finnishPhone(d)
}

// finnishPhone reads the national number without its leading zero.
func finnishPhone(n string) (string, core.Status, Code) {
	if len(n) < 5 || len(n) > 12 || n[0] == '4' && len(n) < 7 { // a mobile number that was cut off
		return "", core.Malformed, CodeLength
	}
	if n[0] == '0' {
		return "", core.Malformed, CodeForm
	}
	if serviceNumber(n) {
		return "+" + finland + n, core.Generic, ""
	}
	return "+" + finland + n, core.Valid, ""
}

// serviceNumber tells whether the national number is a company's nation-wide
// number or a service number, by the numbering plan of Traficom.
func serviceNumber(n string) bool {
	for _, prefix := range []string{"10", "20", "29", "30", "60", "70", "71", "73", "75", "80", "100", "116", "118"} {
		if strings.HasPrefix(n, prefix) {
			return true
		}
	}
	return false
}

// countryCode gives the country code at the head of the digits, "" if there
// is none (ITU-T E.164, list of assigned codes).
func countryCode(d string) string {
	if len(d) < 4 {
		return ""
	}
	switch d[0] {
	case '1', '7':
		return d[:1]
	case '0':
		return ""
	}
	switch d[:2] {
	case "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
		"51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66",
		"81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98":
		return d[:2]
	case "28", "83", "89":
		return ""
	}
	return d[:3]
}

// zeroIsSignificant tells whether national numbers of the country begin with
// a zero that belongs to them in the international form too.
func zeroIsSignificant(country string) bool {
	switch country {
	case "39", "378", "379", "225", "241", "242", "229":
		return true
	}
	return false
}

func maskPhone(v string) string {
	if len(v) < 8 {
		return hidden
	}
	return v[:6] + hidden + v[len(v)-2:]
}

func phoneForms(i core.Identifier) []core.Form {
	digits, international := strings.CutPrefix(i.Value, "+")
	if !international {
		return nil
	}
	out := exact("00"+digits, digits)
	national, finnish := strings.CutPrefix(digits, finland)
	if !finnish || len(national) < 5 {
		return out
	}
	area := areaLength(national)
	a, rest := national[:area], national[area:]
	out = append(out, exact("0"+national, national)...)
	for _, grouped := range groupings(rest) {
		out = append(out, exact(
			"0"+a+" "+grouped, "0"+a+"-"+grouped, "(0"+a+") "+grouped,
			"+358 "+a+" "+grouped, "+358-"+a+"-"+grouped, "+358 (0)"+a+" "+grouped, "+358(0)"+a+" "+grouped,
			"00358 "+a+" "+grouped, "358 "+a+" "+grouped)...)
	}
	return append(out, exact("+358 "+national, "+358(0)"+national, "+358 (0)"+national, "+3580"+national)...)
}

// areaLength gives how many digits of a Finnish national number people write
// apart from the rest: the mobile prefix (40, 457) or the area code (9, 13).
func areaLength(n string) int {
	switch {
	case strings.HasPrefix(n, "457"):
		return 3
	case n[0] == '4' || n[0] == '1' || n[0] == '7' || strings.HasPrefix(n, "50"),
		strings.HasPrefix(n, "20"), strings.HasPrefix(n, "29"), strings.HasPrefix(n, "30"):
		return 2
	case strings.HasPrefix(n, "60") || strings.HasPrefix(n, "80"):
		return 3
	}
	return 1
}

// groupings gives the usual ways to group the digits behind the prefix.
func groupings(rest string) []string {
	out := []string{rest}
	switch len(rest) {
	case 5:
		out = append(out, rest[:2]+" "+rest[2:], rest[:3]+" "+rest[3:])
	case 6:
		out = append(out, rest[:3]+" "+rest[3:], rest[:2]+" "+rest[2:4]+" "+rest[4:])
	case 7:
		out = append(out, rest[:3]+" "+rest[3:], rest[:3]+" "+rest[3:5]+" "+rest[5:], rest[:4]+" "+rest[4:])
	case 8:
		out = append(out, rest[:4]+" "+rest[4:], rest[:2]+" "+rest[2:5]+" "+rest[5:], rest[:3]+" "+rest[3:6]+" "+rest[6:])
	}
	return out
}

// phoneLabels stand before a telephone number.
var phoneLabels = [...]string{"PUH", "TEL", "GSM", "MATKAPUH", "MOB", "TFN", "NUMERO", "SOITA", "RING", "CALL", "KANNYK", "PHONE", "FAX", "WHATSAPP", "SMS", "TEKSTIVIESTI"}

// findPhone takes the longest run of groups of digits that is a number of the
// usual length: behind a plus sign or 00, or beginning with a zero.
func findPhone(t *text, at int) (hit, bool) {
	start := at
	switch before := t.before(at); {
	case t.s[at] == '+':
		if !t.digitAt(at+1) && (!t.is(at+1, '(') || !t.digitAt(at+2)) {
			return hit{}, false
		}
	case t.s[at] != '0', before == '+', isWord(before), t.tailOfNumber(at), before == '(' && t.is(at+1, ')'):
		return hit{}, false // what stands behind +358 (0) among others
	case before == '(':
		start--
	}
	if !t.beginsLikePhone(at) {
		return hit{}, false
	}
	var room [15]int
	ends := t.groupEnds(at, room[:0])
	for n := len(ends) - 1; n >= 0; n-- {
		if ends[n]-at < 6 || t.wordAt(ends[n]) {
			continue
		}
		value, status, code := parsePhone(string(t.s[start:ends[n]]))
		if code == "" && usualLength(value) {
			return hit{start: start, end: ends[n], value: value, status: status, certainty: t.phoneCertainty(at, ends[n], value)}, true
		}
	}
	return hit{}, false
}

// beginsLikePhone tells whether the second digit behind a zero is none, or the
// two zeros have a country behind them.
func (t *text) beginsLikePhone(at int) bool {
	if t.s[at] != '0' {
		return true
	}
	next := at + 1
	if t.is(next, '0') {
		next++
	}
	for next < len(t.s) && next-at < 5 && strings.IndexByte(" -()", t.s[next]) >= 0 {
		next++
	}
	return t.digitAt(next) && t.s[next] != '0'
}

// before gives the character before the place, 0 at the beginning.
func (t *text) before(at int) byte {
	if at == 0 {
		return 0
	}
	return t.s[at-1]
}

// tailOfNumber tells whether a digit belongs to a longer number with signs in
// it: a date, a decimal, a code. Behind five digits and a slash or a comma
// another number begins.
func (t *text) tailOfNumber(at int) bool {
	if at < 2 || strings.IndexByte("-./:,", t.s[at-1]) < 0 || !isWord(t.s[at-2]) {
		return false
	}
	if t.s[at-1] != '/' && t.s[at-1] != ',' {
		return true
	}
	for n := 2; n <= 6; n++ {
		if at < n || !isDigit(t.s[at-n]) {
			return true
		}
	}
	return false
}

// groupEnds adds to ends the places where a telephone number that begins at the place
// may end: behind each of its groups of digits.
func (t *text) groupEnds(at int, ends []int) []int {
	open, count := 0, 0
	for i := at; i < len(t.s) && i-at < 28 && count <= 15; {
		switch c := t.s[i]; {
		case isDigit(c):
			i++
			count++
			if !t.digitAt(i) {
				ends = append(ends, i)
			}
			continue
		case c == '+' && i == at:
		case c == '(' && open == 0:
			open++
		case c == ')' && open > 0 || c == ')' && at > 0 && t.s[at-1] == '(' && count < 5:
			open = 0
		case (c == ' ' || c == '-') && i > at && t.joins(i, at, count):
		case c == '.' && t.s[at] == '+' && t.digitAt(i+1):
		default:
			return ends
		}
		i++
	}
	return ends
}

// joins tells whether a space or a hyphen at the place joins two groups of
// one number. Another number begins behind it where what stands before it is
// a whole one and the next begins as Finnish ones do.
func (t *text) joins(i, at, count int) bool {
	next := i + 1
	if t.s[i] == ' ' && t.is(next, '-') || t.s[i] == '-' && t.is(next, ' ') {
		next++
	}
	if next >= len(t.s) {
		return false
	}
	switch c := t.s[next]; {
	case c == '(':
		return count < 6
	case c == '0' && count >= 7 && t.beginsNumber(next):
		value, _, code := parsePhone(string(t.s[at:i]))
		return code != "" || !usualLength(value)
	case c == '-':
		return t.s[i] == ' '
	case c == ' ':
		return t.s[i] == '-'
	}
	return t.digitAt(next)
}

// beginsNumber tells whether a group of digits that begins with a zero reads as
// the head of a telephone number: a long group, or a prefix (040, 0457) or an
// area code (09) with a group behind it.
func (t *text) beginsNumber(at int) bool {
	group := t.groupLength(at)
	behind := t.groupLength(at + group + 1)
	switch {
	case group < 2 || t.s[at+1] == '0':
		return false
	case group >= 7:
		return true
	case !t.is(at+group, ' ') && !t.is(at+group, '-'):
		return false
	}
	return behind >= 3 || behind > 0 && group > 2
}

// groupLength counts the digits that begin at the place.
func (t *text) groupLength(at int) int {
	n := 0
	for n < 16 && t.digitAt(at+n) {
		n++
	}
	return n
}

// usualLength tells whether the number has as many digits as numbers of its
// country have: Finnish ones six to eleven behind the country code.
func usualLength(value string) bool {
	national, finnish := strings.CutPrefix(value, "+"+finland)
	if !finnish {
		return len(value) >= 9
	}
	switch {
	case strings.HasPrefix(national, "4") || strings.HasPrefix(national, "50"):
		return len(national) >= 7 && len(national) <= 10
	}
	return len(national) >= 6 && len(national) <= 11
}

// phoneCertainty tells a number that is plainly one from digits that may be
// something else.
func (t *text) phoneCertainty(at, end int, value string) Certainty {
	labelled := t.holdsLabel(max(0, at-16), at, phoneLabels[:])
	national, finnish := strings.CutPrefix(value, "+"+finland)
	mobile := finnish && (strings.HasPrefix(national, "4") || strings.HasPrefix(national, "50"))
	grouped := bytes.ContainsAny(t.s[at:end], " -(")
	switch {
	case t.s[at] == '+' && finnish, labelled && (mobile || grouped):
		return Certain
	case t.s[at] == '+', labelled, mobile && (len(national) == 9 || len(national) == 10 || grouped), finnish && serviceNumber(national) && grouped:
		return Likely
	case finnish && grouped && !dateShape(t.s[at:end]):
		return Likely
	}
	return Possible
}

// dateShape tells whether digits are in groups of two, two and four or two, as
// in a date.
func dateShape(s []byte) bool {
	groups := bytes.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' })
	return len(groups) == 3 && len(groups[0]) == 2 && len(groups[1]) == 2 && len(groups[2])%2 == 0 && len(groups[2]) <= 4
}
