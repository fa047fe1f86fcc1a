package sqlsource

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// tidy gives s as it is compared: NFC, one kind of space, no invisible
// characters, no blanks at the ends.
func tidy(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] > ' ' && s[i] < 0x7f || s[i] == ' ' && i > 0 && i < len(s)-1
	}
	if plain {
		return s
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.IsControl(r):
			return -1
		}
		return r
	}, norm.NFC.String(s)))
}
