package identifier

import (
	"bytes"
	"sort"
	"unicode"
	"unicode/utf8"
)

// text is running text in the few characters of which identifiers are made,
// with the way back to the bytes of the text as it was given:
//
//   - letters a-z in upper case, digits of any script as 0-9, full-width
//     characters as their ASCII ones, any dash as '-';
//   - any space as ' ', any line break as '\n';
//   - other letters as a byte above 0x7f, whose lower seven bits are the
//     plain letter (Ä is A); a letter with a combining mark that makes it
//     another (dots, ring, acute) likewise;
//   - anything else as '!', a byte that is no UTF-8 too;
//   - nothing for what nobody sees: soft hyphens, joiners, underlines and other
//     marks.
type text struct {
	src string
	s   []byte
	// shifts tell how far the source is ahead: from s[at] on, by bytes.
	shifts []shift
}

type shift struct{ at, by int }

// other stands for a letter without a plain one.
const other = 0x80 | '?'

func newText(src string) *text {
	t := &text{src: src, s: make([]byte, 0, len(src))}
	for at := 0; at < len(src); {
		if c := src[at]; c < utf8.RuneSelf {
			t.s = append(t.s, foldASCII(c))
			at++
			continue
		}
		r, width := utf8.DecodeRuneInString(src[at:])
		at += width
		if b, shown := t.fold(r); shown {
			t.s = append(t.s, b)
		}
		t.shifts = append(t.shifts, shift{at: len(t.s), by: at - len(t.s)})
	}
	return t
}

func foldASCII(c byte) byte {
	switch {
	case c >= 'a' && c <= 'z':
		return c - 'a' + 'A'
	case c == '\n' || c == '\r' || c == '\v' || c == '\f':
		return '\n'
	case c == '\t':
		return ' '
	}
	return c
}

// fold gives the byte for a rune above ASCII, and whether there is one.
func (t *text) fold(r rune) (b byte, shown bool) {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		return foldASCII(byte(r - 0xFF01 + '!')), true
	case isDash(r) || r == 0x2015 || r == 0x2043 || r == 0xFE58 || r == 0xFE63:
		return '-', true
	case r == 0x2028 || r == 0x2029 || r == 0x85:
		return '\n', true
	case unicode.IsSpace(r) || r == 0x2800 || r == 0x3164:
		return ' ', true
	case unicode.IsLetter(r):
		return foldLetter(r), true
	case unicode.Is(unicode.Cf, r):
		return 0, false
	case unicode.Is(unicode.M, r):
		if n := len(t.s); n > 0 && isLetter(t.s[n-1]) && (r >= 0x300 && r <= 0x30F || r == 0x327 || r == 0x328) {
			t.s[n-1] |= 0x80
		}
		return 0, false
	}
	if d, ok := digitOf(r); ok {
		return d, true
	}
	return '!', true
}

// digitOf gives the ASCII digit of a decimal digit of any script. They stand
// in the tables of Unicode in runs that begin with a zero.
func digitOf(r rune) (byte, bool) {
	for _, run := range unicode.Nd.R16 {
		if uint32(r) >= uint32(run.Lo) && uint32(r) <= uint32(run.Hi) {
			return '0' + byte((uint32(r)-uint32(run.Lo))%10), true
		}
	}
	for _, run := range unicode.Nd.R32 {
		if uint32(r) >= run.Lo && uint32(r) <= run.Hi {
			return '0' + byte((uint32(r)-run.Lo)%10), true
		}
	}
	return 0, false
}

func foldLetter(r rune) byte {
	switch r {
	case 'Å', 'å', 'Ä', 'ä', 'À', 'à', 'Á', 'á', 'Â', 'â', 'Ã', 'ã', 'Æ', 'æ':
		return 0x80 | 'A'
	case 'Ö', 'ö', 'Ø', 'ø', 'Ó', 'ó', 'Ò', 'ò', 'Ô', 'ô', 'Õ', 'õ':
		return 0x80 | 'O'
	case 'É', 'é', 'È', 'è', 'Ê', 'ê', 'Ë', 'ë':
		return 0x80 | 'E'
	case 'Ü', 'ü', 'Ú', 'ú', 'Ù', 'ù', 'Û', 'û':
		return 0x80 | 'U'
	}
	return other
}

// span gives the bytes of the source that s[start:end] stands for, with the
// marks on the last character.
func (t *text) span(start, end int) (from, to int) {
	from, to = t.offset(start), t.offset(end-1)
	_, width := utf8.DecodeRuneInString(t.src[to:])
	for to += width; to < len(t.src) && t.src[to] >= utf8.RuneSelf; {
		r, width := utf8.DecodeRuneInString(t.src[to:])
		if !unicode.Is(unicode.M, r) {
			break
		}
		to += width
	}
	return from, to
}

// source gives the text itself of s[start:end].
func (t *text) source(start, end int) string {
	from, to := t.span(start, end)
	return t.src[from:to]
}

func (t *text) offset(i int) int {
	n := sort.Search(len(t.shifts), func(n int) bool { return t.shifts[n].at > i })
	if n == 0 {
		return i
	}
	return i + t.shifts[n-1].by
}

// capital tells whether s[i] is an ASCII capital in the source.
func (t *text) capital(i int) bool {
	c := t.src[t.offset(i)]
	return c >= 'A' && c <= 'Z'
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) || c >= 0x80 || c == '_' }

func (t *text) wordBefore(at int) bool { return at > 0 && isWord(t.s[at-1]) }
func (t *text) wordAt(at int) bool     { return at < len(t.s) && isWord(t.s[at]) }
func (t *text) digitAt(at int) bool    { return at < len(t.s) && isDigit(t.s[at]) }
func (t *text) is(at int, c byte) bool { return at < len(t.s) && t.s[at] == c }

// longestBreak bounds the white space at which a line is broken.
const longestBreak = 40

// lineBreak gives the place behind a line break at the place, with the hyphen
// before it and the indentation behind it; the place itself if there is none.
func (t *text) lineBreak(at int) int {
	i, broken := at, false
	if t.is(i, '-') {
		i++
	}
	for i < len(t.s) && i-at < longestBreak && (t.s[i] == ' ' || t.s[i] == '\n') {
		broken = broken || t.s[i] == '\n'
		i++
	}
	if !broken {
		return at
	}
	return i
}

// gap gives the place behind one space or a line break.
func (t *text) gap(at int) int {
	if i := t.lineBreak(at); i > at {
		return i
	}
	if t.is(at, ' ') && !t.is(at+1, ' ') {
		return at + 1
	}
	return at
}

// number reads n digits, between which lines may be broken; ok is false when
// they are not there.
func (t *text) number(at, n int) (value, next int, ok bool) {
	for range n {
		if at < len(t.s) && !isDigit(t.s[at]) {
			at = t.lineBreak(at)
		}
		if !t.digitAt(at) {
			return 0, at, false
		}
		value = value*10 + int(t.s[at]-'0')
		at++
	}
	return value, at, true
}

// digits reads up to n digits, between which lines may be broken.
func (t *text) digits(at, n int) (digits string, next int) {
	var out [16]byte
	n = min(n, len(out))
	for i := range n {
		if i > 0 && at < len(t.s) && !isDigit(t.s[at]) {
			if behind := t.lineBreak(at); t.digitAt(behind) {
				at = behind
			}
		}
		if !t.digitAt(at) {
			return string(out[:i]), at
		}
		out[i] = t.s[at]
		at++
	}
	return string(out[:n]), at
}

// Windows in which a label makes its neighbour surer, in characters.
const (
	labelBefore = 40
	labelAfter  = 30
)

// labelled tells whether one of the labels, in capitals without dots, stands
// shortly before the place.
func (t *text) labelled(at int, labels []string) bool {
	return t.holdsLabel(max(0, at-labelBefore), at, labels)
}

// near tells whether one of the labels stands shortly before start or behind
// end.
func (t *text) near(start, end int, labels []string) bool {
	return t.holdsLabel(max(0, start-labelBefore), start, labels) || t.holdsLabel(end, min(len(t.s), end+labelAfter), labels)
}

func (t *text) holdsLabel(from, to int, labels []string) bool {
	var window [labelBefore]byte
	w := window[:copy(window[:], t.s[from:to])]
	for i := range w {
		w[i] &= 0x7f
	}
	for _, l := range labels {
		if bytes.Contains(w, []byte(l)) {
			return true
		}
	}
	return false
}
