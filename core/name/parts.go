package name

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// form is a name ready to compare: the keys of the words of its parts, and
// the family name's without particles. Hyphens part words as spaces do.
type form struct{ family, core, given []string }

func newForm(n Name) form {
	f := form{family: keys(n.Family)}
	f.core = withoutParticles(f.family)
	for _, g := range n.Given {
		for _, k := range keys(g) {
			f.given = append(f.given, initials(k)...)
		}
	}
	f.given = f.given[:min(len(f.given), maxTokens)]
	return f
}

func keys(part string) []string {
	var out []string
	for _, w := range fields(tidy(strings.ReplaceAll(tidy(part), "-", " "))) {
		out = append(out, key(w))
	}
	return out
}

// initials parts two or three consonants (JP, HK) into initials, for no given
// name is without a vowel.
func initials(k string) []string {
	if len(k) < 2 || len(k) > 3 || strings.Trim(k, "bcdfghjklmnpqrstvwxz") != "" {
		return []string{k}
	}
	return strings.Split(k, "")
}

func isInitial(k string) bool { return utf8.RuneCountInString(k) == 1 }

// compareFamilies gives the level of two family names (None, Typo, Variant,
// Equal), and whether at least a part of them agrees.
func compareFamilies(x, y form) (l Level, part bool) {
	a, b := x.core, y.core
	if len(a) == 0 || len(b) == 0 {
		return None, false
	}
	if slices.Equal(x.family, y.family) {
		return Equal, true
	}
	if joined(a, b) { // particles, MacDonald and Mac Donald
		return Variant, true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	part = slices.ContainsFunc(a, func(v string) bool {
		return !isInitial(v) && slices.ContainsFunc(b, func(w string) bool { return spelled(v, w) })
	})
	switch {
	case part && covers(a, b, spelled): // a part of a double name, or its parts in another order
		return Variant, true
	case len(a) == len(b) && oneTypo(a, b):
		return Typo, part
	}
	return None, part
}

// joined tells whether the words are the same when written together.
func joined(a, b []string) bool {
	if len(a) == 1 && len(b) == 1 {
		return spelled(a[0], b[0])
	}
	return spelled(strings.Join(a, ""), strings.Join(b, ""))
}

// withoutParticles gives the words of a family name that are no particles, or
// all if there are none.
func withoutParticles(ws []string) []string {
	if !slices.ContainsFunc(ws, isParticle) {
		return ws
	}
	out := slices.DeleteFunc(slices.Clone(ws), isParticle)
	if len(out) == 0 {
		return ws
	}
	return out
}

// oneTypo tells whether the words agree pair by pair but for one slip.
func oneTypo(a, b []string) bool {
	slips := 0
	for i := range a {
		if spelled(a[i], b[i]) {
			continue
		}
		if !typo(a[i], b[i]) {
			return false
		}
		slips++
	}
	return slips == 1
}

// compareGiven gives the level of two lists of given names, and whether any
// name stands, in full, in both.
func compareGiven(a, b []string) (l Level, part bool) {
	for _, x := range a {
		for _, y := range b {
			if !isInitial(x) && !isInitial(y) && (x == y || spelled(x, y) || shortForm(x, y)) {
				part = true
			}
		}
	}
	switch {
	case len(a) == 0 || len(b) == 0:
		return None, false
	case slices.Equal(a, b):
		if part {
			return Equal, true
		}
		return Variant, false // initials only
	case joined(a, b): // Annaliisa, Anna-Liisa
		return Variant, true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	for _, least := range []Level{Variant, Typo} {
		if covers(a, b, func(x, y string) bool { return compareWord(x, y) >= least }) {
			return least, part
		}
	}
	return None, part
}

// covers tells whether each word of a can be paired with a word of b of its
// own with which it agrees: a bipartite matching by augmenting paths.
func covers(a, b []string, agree func(x, y string) bool) bool {
	partner := make([]int, len(b)) // index in a, plus one
	var place func(i int, tried []bool) bool
	place = func(i int, tried []bool) bool {
		for j := range b {
			if tried[j] || !agree(a[i], b[j]) {
				continue
			}
			tried[j] = true
			if partner[j] == 0 || place(partner[j]-1, tried) {
				partner[j] = i + 1
				return true
			}
		}
		return false
	}
	for i := range a {
		if !place(i, make([]bool, len(b))) {
			return false
		}
	}
	return true
}

// compareWord gives the level of two given names: None, Typo, Variant or
// Equal.
func compareWord(a, b string) Level {
	if a == b {
		return Equal
	}
	if isInitial(a) || isInitial(b) {
		if initialOf(a, b) || initialOf(b, a) {
			return Variant
		}
		return None
	}
	if spelled(a, b) || shortForm(a, b) {
		return Variant
	}
	if typo(a, b) {
		return Typo
	}
	return None
}

// initialOf tells whether i is the initial of the word, accents apart.
func initialOf(i, word string) bool {
	if !isInitial(i) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(word)
	return spelled(i, string(first))
}
