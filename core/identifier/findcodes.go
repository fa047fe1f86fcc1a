package identifier

import (
	"strings"
	"unicode"
)

// FindCodes gives every personal identity code in running text, each once, in
// upper case. It is a wide detector for what must not be shown, and proves
// nothing: it takes lower case, any dash, letters on either side, individual
// numbers 000 and 001, and a space, / : or . or nothing in the place of the
// century sign. A code with a century sign has 11 characters, any other is
// given as its ten without the sign.
//
// Check character and date are verified; of random runs of digits 0.1 to 3
// in a hundred pass.
func FindCodes(text string) []string {
	if len(text) < 10 {
		return nil
	}
	s := foldText(text)
	var out []string
	seen := map[string]bool{}
	for at := 0; at+10 <= len(s); at++ {
		code := codeAt(s, at)
		if code != "" && !seen[code] {
			seen[code] = true
			out = append(out, code)
		}
	}
	return out
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

// foldText gives the text in the characters of codes: ASCII upper case and
// digits, one form of dash and space, nothing invisible. Others become '!'.
func foldText(text string) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E: // full width
			r = r - 0xFF01 + '!'
		case r == 0x00AD || unicode.Is(unicode.Cf, r):
			continue
		case isDash(r) || r == 0x2015 || r == 0xFE58 || r == 0xFE63:
			r = '-'
		case unicode.IsSpace(r):
			r = ' '
		}
		switch {
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		case r >= 0x80:
			r = '!'
		}
		out = append(out, byte(r))
	}
	return out
}

// codeAt gives the code that begins at the place, or "".
func codeAt(s []byte, at int) string {
	for n := range 6 {
		if s[at+n] < '0' || s[at+n] > '9' {
			return ""
		}
	}
	day, month, year := two(string(s[at:at+2])), two(string(s[at+2:at+4])), two(string(s[at+4:at+6]))
	if !dayInAnyCentury(year, month, day) && !dayExists(1800+year, month, day) {
		return ""
	}
	sign, rest := centurySign(s[at+6:])
	if len(rest) < 4 {
		return ""
	}
	individual := three(string(rest[:3]))
	if individual < 0 || checkCharacters[checkSum(day, month, year, individual)] != rest[3] {
		return ""
	}
	if isDigit(rest[3]) && len(rest) > 4 && isDigit(rest[4]) {
		return "" // a longer number
	}
	date, tail := string(s[at:at+6]), string(rest[:4])
	if c := centuryOf(sign); c != 0 {
		if !dayExists(c+year, month, day) {
			return ""
		}
		return date + string(sign) + tail
	}
	if at > 0 && isDigit(s[at-1]) {
		return "" // the tail of a longer number
	}
	return date + tail
}

// centurySign takes the century sign, or what stands in its place, with a
// space on either side; sign is 0 when there is none.
func centurySign(s []byte) (sign byte, rest []byte) {
	if len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	if len(s) == 0 {
		return 0, nil
	}
	switch {
	case centuryOf(s[0]) != 0:
		sign, s = s[0], s[1:]
	case strings.IndexByte("/:._", s[0]) >= 0:
		s = s[1:]
	}
	if len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	return sign, s
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
