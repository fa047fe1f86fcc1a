package identifier

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
)

// FindCodes gives every personal identity code in running text, each once, in
// upper case. It is Find in the mode Wide, for what must not be shown, and
// proves nothing: it takes lower case, any dash, letters on either side,
// individual numbers 000 and 001, a space, / : or . or nothing in the place of
// the century sign, a line broken in the middle, and beside a label (hetu,
// personbeteckning) also a wrong check character. A code with a century sign
// has 11 characters, any other is given as its ten without the sign.
func FindCodes(src string) []string {
	var out []string
	if len(src) < 10 || fewDigits(src) {
		return nil
	}
	seen := map[string]bool{}
	for _, h := range newText(src).find(finders([]core.Kind{core.PersonalIdentityCode})) {
		if !seen[h.value] {
			seen[h.value] = true
			out = append(out, h.value)
		}
	}
	return out
}

// fewDigits tells whether the text has surely too few digits for a code: a date
// and an individual number are nine. Beyond ASCII there are more digits.
func fewDigits(src string) bool {
	digits := 0
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c >= utf8.RuneSelf:
			return false
		case isDigit(c):
			digits++
		}
	}
	return digits < 9
}

// SameCode tells whether what FindCodes found may be the given personal
// identity code: all 11 characters agree or, where the text had no century
// sign, the other ten.
func SameCode(found, code string) bool {
	code = foldCode(strings.TrimSpace(code))
	if len(found) == 10 && len(code) == 11 {
		return found == code[:6]+code[7:]
	}
	return found == code
}

// codeLabels stand near a personal identity code, right or wrong.
var codeLabels = [...]string{"HETU", "HENKILOTUNNUS", "HENKILOTUNNUK", "HLOTUNNUS", "HLO-TUNNUS", "SOTU", "PERSONBETECKNING", "PERSONAL IDENTITY CODE", "PERSONAL ID"}

// findCode reads a code at any digit.
func findCode(t *text, at int) (hit, bool) {
	if t.s[at] > '3' {
		return hit{}, false
	}
	date, next, ok := t.number(at, 6)
	day, month, year := date/10000, date/100%100, date%100
	if !ok || !dayInAnyCentury(year, month, day) && !dayExists(1800+year, month, day) {
		return hit{}, false
	}
	plain := next == at+6
	sign, tail := t.centurySign(next)
	individual, next, ok := t.number(tail, 3)
	if !ok {
		return hit{}, false
	}
	plain = plain && tail == at+7 && next == tail+3
	if behind := t.lineBreak(next); behind > next {
		next, plain = behind, false
	}
	if next >= len(t.s) || t.s[next] >= 0x80 {
		return hit{}, false
	}
	check := strings.IndexByte(checkCharacters, t.s[next])
	if check < 0 || isDigit(t.s[next]) && t.digitAt(next+1) {
		return hit{}, false // no check character, or a longer number
	}
	h := hit{start: at, end: next + 1}
	code := [11]byte{6: sign, 10: t.s[next]}
	writeDigits(code[:6], date)
	writeDigits(code[7:10], individual)
	century := centuryOf(sign)
	switch {
	case century != 0 && !dayExists(century+year, month, day):
		return hit{}, false
	case century == 0 && at > 0 && isDigit(t.s[at-1]):
		return hit{}, false // the tail of a longer number
	case century == 0:
		h.value = string(slices.Delete(code[:], 6, 7))
		h.status, h.certainty = core.Incomplete, Possible
	default:
		h.value = string(code[:])
		h.status, h.certainty = core.Valid, Certain
		if individual >= 900 {
			h.status = core.Artificial
		}
		if !plain || t.wordBefore(at) || t.wordAt(h.end) {
			h.certainty = Likely
		}
	}
	if individual < 2 {
		h.status, h.certainty = core.Malformed, min(h.certainty, Likely)
	}
	if checkSum(day, month, year, individual) == check {
		return h, true
	}
	h.status, h.certainty = core.Malformed, Possible
	return h, century != 0 && plain && !t.wordAt(h.end) && t.near(h.start, h.end, codeLabels[:])
}

// centurySign takes the century sign behind a date, or what stands in its
// place, with a space or a broken line on either side; sign is 0 when there
// is none.
func (t *text) centurySign(at int) (sign byte, next int) {
	if at < len(t.s) && centuryOf(t.s[at]) == 0 {
		at = t.gap(at)
	}
	if at >= len(t.s) {
		return 0, at
	}
	switch c := t.s[at]; {
	case centuryOf(c) != 0:
		sign = c
		at++
	case c == '/' || c == ':' || c == '.' || c == '_':
		at++
	}
	return sign, t.gap(at)
}

// writeDigits fills b with the number, zeros first.
func writeDigits(b []byte, n int) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = '0' + byte(n%10)
		n /= 10
	}
}
