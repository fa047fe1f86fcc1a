// Package scrub blanks personal data and secrets in texts that are for people
// who run the system: log lines and messages of problems. It is the last
// guard, not the first: no caller may put values there.
package scrub

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Scrubber blanks the patterns of personal data and the values it was told
// of. The zero value knows the patterns only.
type Scrubber struct{ values *strings.Replacer }

// New gives a scrubber that also blanks every one of values, of at least three
// bytes, as written, in upper and in lower case.
func New(values ...string) *Scrubber {
	var known []string
	seen := map[string]bool{}
	for _, v := range values {
		for _, form := range []string{v, strings.ToUpper(v), strings.ToLower(v)} {
			if len(form) >= 3 && !seen[form] {
				seen[form] = true
				known = append(known, form)
			}
		}
	}
	if len(known) == 0 {
		return &Scrubber{}
	}
	// Of two values that begin alike the longer has to be tried first.
	slices.SortFunc(known, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(known))
	for _, v := range known {
		pairs = append(pairs, v, "***")
	}
	return &Scrubber{values: strings.NewReplacer(pairs...)}
}

// Text gives s in valid UTF-8 with the known values as *** and what looks like
// a personal identity code, an e-mail address, an account or a telephone
// number as its kind in angle brackets.
func (b *Scrubber) Text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if b != nil && b.values != nil {
		s = b.values.Replace(s)
	}
	if !suspect(s) {
		return s
	}
	for _, p := range patterns() {
		s = p.re.ReplaceAllString(s, p.blank)
	}
	return s
}

// suspect spares most lines the regular expressions: each pattern needs an at
// sign or four digits.
func suspect(s string) bool {
	digits := 0
	for i := range len(s) {
		switch {
		case s[i] == '@':
			return true
		case '0' <= s[i] && s[i] <= '9':
			if digits++; digits >= 4 {
				return true
			}
		}
	}
	return false
}

type pattern struct {
	re    *regexp.Regexp
	blank string
}

// patterns are compiled when the first line needs them: every plugin process
// is this binary, and most never do.
var patterns = sync.OnceValue(func() []pattern {
	return []pattern{
		{regexp.MustCompile(`[0-9]{6}\s?[-+–—A-Fa-fU-Yu-y]\s?[0-9]{3}[0-9A-Za-z]`), "<personal-identity-code>"},
		{regexp.MustCompile(`[^\s@<>"'=,;:()]+@[^\s@<>"'=,;:()]+`), "<email>"},
		{regexp.MustCompile(`\b[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?\b`), "<account>"},
		{regexp.MustCompile(`(?:\+|\b00|\b0)[1-9](?:[ ()-]{0,2}[0-9]){6,12}\b`), "<phone>"},
	}
})
