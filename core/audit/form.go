package audit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isCode tells whether s can be a code: no blank, no @ and no +, so that
// neither a full name, an address nor a phone number with a country code is one.
func isCode(s string) bool {
	if s == "" || len(s) > maxCode || holdsPersonalCode(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._:/-", r) {
			return false
		}
	}
	return true
}

func isActor(s string) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxActor || holdsPersonalCode(s) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// isDigest tells whether s has the form that Log.Digest gives.
func isDigest(s string) bool {
	return len(s) == 2*digestSize && strings.Trim(s, "0123456789abcdef") == ""
}

// holdsPersonalCode tells whether s holds the shape of a Finnish personal
// identity code: six digits, a sign of the century, three digits and a check
// character, with nothing alphanumeric around them. The shape alone counts.
func holdsPersonalCode(s string) bool {
	const length = 11
	for i := 0; i+length <= len(s); i++ {
		if i > 0 && alphanumeric(s[i-1]) || i+length < len(s) && alphanumeric(s[i+length]) {
			continue
		}
		c := s[i : i+length]
		if digits(c[:6]) && strings.IndexByte("+-ABCDEFUVWXYabcdefuvwxy", c[6]) >= 0 && digits(c[7:10]) && alphanumeric(c[10]) {
			return true
		}
	}
	return false
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
