package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalise gives text in normal form NFKC without what is not seen: soft
// hyphens and marks of direction would divide names and codes. Control
// characters are spaces; line ends and tabs stay.
func normalise(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			return '\n'
		case invisible(r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s)
	return norm.NFKC.String(s)
}

func invisible(r rune) bool {
	switch {
	case r == '\u00AD', r == '\u200B', r == '\u2060', r == '\uFEFF', r == '\u200E', r == '\u200F', r == '\u061C',
		'\u202A' <= r && r <= '\u202E', '\u2066' <= r && r <= '\u2069':
		return true
	}
	return false
}

// divide cuts the first piece of at most so many bytes off a text: after white space if there is some
// in its last part, so that a name or a code seldom falls apart.
func divide(s string, most int) (piece, rest string) {
	if len(s) <= most {
		return s, ""
	}
	const lookBack = 4 << 10
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	tail := s[cut-lookBack : cut]
	if i := strings.LastIndexByte(tail, '\n'); i >= 0 {
		cut = cut - lookBack + i + 1
	} else if i := strings.LastIndexAny(tail, " \t"); i >= 0 {
		cut = cut - lookBack + i + 1
	}
	return s[:cut], s[cut:]
}

// label makes a name of a member fit to be shown: valid text of one line, at
// most 255 characters. It stays a label; nobody opens a file by it.
func label(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || invisible(r) || r == '\u2028' || r == '\u2029' {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	const most = 255
	if utf8.RuneCountInString(name) > most {
		name = string([]rune(name)[:most-1]) + "…"
	}
	if strings.TrimSpace(name) == "" {
		return "(no name)"
	}
	return norm.NFC.String(name)
}
