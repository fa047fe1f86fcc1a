package freetext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWord bounds a word in bytes: what is longer is no word (a base64 block,
// say) and is cut, in texts and questions alike.
const maxWord = 64

// letters are those outside ASCII that no decomposition leads to.
var letters = strings.NewReplacer("ø", "o", "æ", "ae", "ß", "ss", "đ", "d", "ð", "d", "þ", "th", "ł", "l", "œ", "oe", "ŋ", "n", "ŧ", "t", "ı", "i")

// fold gives a word as it is compared: small letters without diacritics.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	if common, ok := foldCommon(s); ok {
		return common
	}
	s = strings.ToLower(norm.NFKD.String(s))
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	return letters.Replace(s)
}

// foldCommon folds a word of ASCII and the letters of Finnish and Swedish, which
// most are; false for any other.
func foldCommon(s string) (string, bool) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r < utf8.RuneSelf:
		case r == 'ä', r == 'å', r == 'Ä', r == 'Å':
			r = 'a'
		case r == 'ö', r == 'Ö':
			r = 'o'
		case r == 'é', r == 'É':
			r = 'e'
		default:
			return "", false
		}
		out = append(out, byte(r))
	}
	return string(out), true
}

// wordRune tells whether a character belongs to a word.
func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) || unicode.Is(unicode.Cf, r)
}

// eachWord gives the words of a text, folded, in order, until f gives false.
func eachWord(text string, f func(word string) bool) {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !wordRune(r) {
			i += n
			continue
		}
		from := i
		for i < len(text) {
			if r, n = utf8.DecodeRuneInString(text[i:]); !wordRune(r) {
				break
			}
			i += n
		}
		if word := cut(fold(text[from:i])); word != "" && !f(word) {
			return
		}
	}
}

func words(text string) []string {
	var out []string
	eachWord(text, func(w string) bool {
		out = append(out, w)
		return true
	})
	return out
}

func cut(word string) string {
	if len(word) <= maxWord {
		return word
	}
	end := maxWord
	for !utf8.RuneStart(word[end]) {
		end--
	}
	return word[:end]
}

// transcribed gives a word with its foreign letters written as two, as in
// e-mail addresses and old registers; empty where that is the folded form.
func transcribed(word string) string {
	s := strings.NewReplacer("å", "aa", "ä", "ae", "ö", "oe", "ü", "ue", "ø", "oe").Replace(strings.ToLower(norm.NFC.String(word)))
	if s = fold(s); s == fold(word) {
		return ""
	}
	return s
}
