package sqlsource

import (
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/name"
)

// maxLiterals bounds the letters of a pattern. What follows them is left to
// the exact comparison.
const maxLiterals = 100

// A pattern finds every text that may agree with an identifier: the letters
// and digits that all its spellings share stand in order, with anything
// between them. So no blank, dash, bracket, accent or Unicode form hides a
// value, and no value brings a metacharacter into a pattern.

// scattered gives the LIKE pattern that has the characters in order and
// anything around and between them.
func scattered(literals []byte) string {
	var b strings.Builder
	for _, c := range literals[:min(len(literals), maxLiterals)] {
		b.WriteByte('%')
		b.WriteByte(c)
	}
	return b.String() + "%"
}

// escaped gives s as the literal part of a LIKE pattern.
func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// alphanumerics gives the letters and digits of ASCII in s, and tells whether
// s has anything beyond ASCII.
func alphanumerics(s string) (out []byte, foreign bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			out = append(out, c)
		case c >= 0x80:
			foreign = true
		}
	}
	return out, foreign
}

// patternsOf gives the patterns of an identifier that is neither a name nor a
// date; none means that no text can agree.
func patternsOf(i core.Identifier) []string {
	var out []string
	for _, spelling := range spellings(i) {
		var p string
		switch i.Kind {
		case core.Phone:
			p = phonePattern(spelling)
		case core.Email:
			p = emailPattern(spelling)
		case core.DiaryNumber:
			out = append(out, diaryPatterns(spelling)...)
			continue
		default:
			p = plainPattern(spelling)
		}
		out = append(out, p)
	}
	slices.Sort(out)
	out = slices.DeleteFunc(slices.Compact(out), func(p string) bool { return p == "" })
	return minimal(out)
}

// minimal drops patterns that another one covers already: one whose literals
// are those of the other with more between them.
func minimal(patterns []string) []string {
	var out []string
	for i, p := range patterns {
		covered := slices.ContainsFunc(patterns[:i], func(q string) bool { return strings.EqualFold(p, q) }) ||
			slices.ContainsFunc(patterns, func(q string) bool { return len(q) < len(p) && subsequence(lowerASCII(q), lowerASCII(p)) })
		if !covered {
			out = append(out, p)
		}
	}
	return out
}

func subsequence(short, long string) bool {
	for i := 0; i < len(long) && short != ""; i++ {
		if long[i] == short[0] {
			short = short[1:]
		}
	}
	return short == ""
}

// spellings gives the value of an identifier and its forms, each once.
func spellings(i core.Identifier) []string {
	out := []string{i.Value}
	for _, f := range i.Forms {
		if !slices.Contains(out, f.Text) {
			out = append(out, f.Text)
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// plainPattern keeps letters and digits, without zeros that lead a number.
func plainPattern(s string) string {
	literals, foreign := alphanumerics(s)
	literals = withoutLeadingZeros(literals)
	switch {
	case len(literals) > 0 || foreign:
		return scattered(literals)
	default:
		if s = strings.ReplaceAll(strings.TrimSpace(s), "\x00", ""); s == "" {
			return ""
		}
		return "%" + escaped(s[:min(len(s), maxLiterals)]) + "%"
	}
}

// withoutLeadingZeros drops the zeros at the head of each run of digits, by
// which two spellings of one number may differ, but keeps a last one.
func withoutLeadingZeros(s []byte) []byte {
	out := make([]byte, 0, len(s))
	significant := false
	for i, c := range s {
		digit := c >= '0' && c <= '9'
		next := i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9'
		if c == '0' && !significant && next {
			continue
		}
		significant = digit
		out = append(out, c)
	}
	return out
}

// phonePattern keeps the digits that every way of writing a number has: not
// the prefix of the country nor the zero in its stead.
func phonePattern(s string) string {
	digits, _ := alphanumerics(s)
	digits = slices.DeleteFunc(digits, func(c byte) bool { return c < '0' || c > '9' })
	d := strings.TrimLeft(string(digits), "0")
	if rest, ok := strings.CutPrefix(d, "358"); ok {
		return phoneDigits(strings.TrimLeft(rest, "0"), 9)
	}
	return phoneDigits(d, 7)
}

func phoneDigits(d string, most int) string {
	if d == "" {
		return ""
	}
	return scattered([]byte(d[max(0, len(d)-most):]))
}

// emailPattern keeps the @. A domain beyond ASCII has two spellings, so it is
// left out.
func emailPattern(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return plainPattern(s)
	}
	literals, _ := alphanumerics(local)
	literals = append(literals, '@')
	if d, foreign := alphanumerics(domain); !foreign && !strings.Contains(strings.ToLower(domain), "xn--") {
		literals = append(literals, d...)
	}
	return scattered(literals)
}

// diaryPatterns keeps the running number and the last digits of the year, in
// either order: the prefix, the class and the century are not always written.
func diaryPatterns(s string) []string {
	var numbers []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == ':' || r == ' ' }) {
		digits, _ := alphanumerics(part)
		if strings.Contains(part, ".") || len(digits) == 0 || strings.Trim(string(digits), "0123456789") != "" {
			continue
		}
		numbers = append(numbers, string(withoutLeadingZeros(digits)))
	}
	if len(numbers) < 2 {
		return []string{plainPattern(s)}
	}
	first, last := numbers[0], numbers[len(numbers)-1]
	tail := func(n string) string { return n[max(0, len(n)-2):] }
	return []string{scattered([]byte(first + tail(last))), scattered([]byte(tail(first) + last)),
		scattered([]byte(last + tail(first)))}
}

// bornPatterns finds a day of birth as text: year, month, day or day, month,
// year, with or without zeros, century and punctuation.
func bornPatterns(iso string) []string {
	if len(iso) != len("2006-01-02") {
		return nil
	}
	year, month, day := iso[2:4], strings.TrimLeft(iso[5:7], "0"), strings.TrimLeft(iso[8:], "0")
	year = strings.TrimLeft(year, "0")
	return []string{scattered([]byte(year + month + day)), scattered([]byte(day + month + year))}
}

// namePattern finds a family name, or one of its words. ascii fits every text
// without letters beyond ASCII, foreign every one with single such letters; a
// text with several in a row is always looked at.
type namePattern struct{ ascii, foreign string }

// namePatterns gives the patterns of a name and its forms. Which word of a
// form is the family name a comma tells; a form without one that holds such a
// word is found by it, and its given names need not be looked for.
func namePatterns(i core.Identifier) []namePattern {
	var families, words []string
	for _, s := range spellings(i) {
		if strings.Contains(s, ",") {
			families = append(families, familyWords(s)...)
		}
	}
	words = slices.Clone(families)
	for _, s := range spellings(i) {
		if here := familyWords(s); !slices.ContainsFunc(here, func(w string) bool {
			return slices.ContainsFunc(families, func(f string) bool { return strings.EqualFold(f, w) })
		}) {
			words = append(words, here...)
		}
	}
	var out []namePattern
	for _, w := range words {
		p := namePattern{ascii: scattered(nameLiterals(w)), foreign: scattered(firmLetters(w))}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return slices.DeleteFunc(slices.Clone(out), func(p namePattern) bool {
		return slices.ContainsFunc(out, func(q namePattern) bool {
			return q != p && len(q.ascii) < len(p.ascii) && subsequence(q.ascii, p.ascii) && subsequence(q.foreign, p.foreign)
		})
	})
}

// familyWords gives the words that a family name may be. Any word may, when
// no comma tells.
func familyWords(s string) []string {
	family := s
	if strings.Contains(s, ",") {
		n, err := name.Parse(s)
		if err != nil || n.Family == "" {
			return nil
		}
		family = n.Family
	}
	words := strings.FieldsFunc(tidy(family), func(r rune) bool {
		return r == ' ' || r == '-' || r >= 0x2010 && r <= 0x2015
	})
	long := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return len([]rune(strings.Trim(w, "."))) < 2 || particle(w) // an initial, with its point or without
	})
	if len(long) > 0 {
		return long
	}
	return words
}

// particle tells whether a word stands before many family names, so that it
// narrows nothing.
func particle(w string) bool {
	switch lowerASCII(w) {
	case "von", "af", "av", "de", "van", "der", "den", "del", "di", "da", "la", "el", "al":
		return true
	}
	return false
}

// nameLiterals gives the letters of a word that it keeps in ASCII. Letters
// beyond ASCII, and the t of tš, may become anything.
func nameLiterals(w string) []byte {
	runes := []rune(strings.ToLower(w))
	foreign := func(i int) bool { return i >= 0 && i < len(runes) && runes[i] >= 0x80 }
	var out []byte
	for i, r := range runes {
		switch {
		case r < 'a' || r > 'z', r == 't' && (foreign(i-1) || foreign(i+1)):
		case strings.ContainsRune("ao", r), r == 'e' && i > 0 && strings.ContainsRune("ao", runes[i-1]):
			// å ä ö in systems without them: a, aa, ae, o, oe
		default:
			out = append(out, byte(r))
		}
	}
	return out
}

// firmLetters gives the letters of a word that no alphabet of these parts
// writes with a mark, and no transliteration makes of another letter.
func firmLetters(w string) []byte {
	var out []byte
	for _, r := range strings.ToLower(w) {
		if strings.ContainsRune("bfmpqvx", r) {
			out = append(out, byte(r))
		}
	}
	return out
}
