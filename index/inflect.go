package index

import (
	"strings"
	"unicode/utf8"
)

// transcribed gives the word with its foreign letters written as two, as in
// e-mail addresses and old registers, if that differs from the folded form:
// Mäkinen, maekinen.
func transcribed(w word) []string {
	s := strings.NewReplacer("å", "aa", "ä", "ae", "ö", "oe", "ü", "ue", "ø", "oe").Replace(string(w.exact))
	if s == string(w.exact) {
		return nil
	}
	return []string{s}
}

// inflected gives the folded forms of a word in the two inflections that have
// no exceptions to know of. They are a help in searching and decide nothing.
func inflected(w word) []string {
	s := string(w.folded)
	if utf8.RuneCountInString(s) < 4 || !letters(s) {
		return nil
	}
	var forms []string
	if stem, ok := strings.CutSuffix(s, "nen"); ok {
		for _, e := range nenEndings {
			forms = append(forms, stem+e)
		}
	}
	// The Swedish genitive and the English possessive and plural; with an
	// apostrophe the word is joined, and its first part is found anyway.
	if !strings.ContainsAny(s[len(s)-1:], "sxz") {
		forms = append(forms, s+"s")
	}
	return forms
}

// nenEndings are the case endings of Finnish nominals in -nen, both numbers,
// folded: every one of them bends alike (Iso suomen kielioppi § 64).
var nenEndings = []string{
	"sen", "sta", "sena", "seksi", "sessa", "sesta", "seen", "sella", "selta", "selle", "setta",
	"set", "sten", "sien", "sia", "sina", "siksi", "sissa", "sista", "siin", "silla", "silta", "sille", "sitta",
}

func letters(s string) bool {
	for _, r := range s {
		if r < 'a' || r > 'z' {
			return false
		}
	}
	return true
}
