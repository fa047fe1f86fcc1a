package name

import "unicode/utf8"

// typo tells whether one of two keys may be a slip of the keyboard for the
// other: optimal string alignment distance 1 when the shorter has 6 letters
// or more, 2 when it has 10 or more, and not both are listed names. A common
// name is not a misspelling of another one (Virta, Virtanen), and short names
// are too close to each other to tell.
func typo(a, b string) bool {
	a, b = plain(a), plain(b)
	la, lb := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	limit := 0
	switch short := min(la, lb); {
	case short >= 10:
		limit = 2
	case short >= 6:
		limit = 1
	default:
		return false
	}
	if max(la, lb)-min(la, lb) > limit || osa([]rune(a), []rune(b)) > limit {
		return false
	}
	return !listed(a) || !listed(b)
}

// osa gives the optimal string alignment distance: insertions, deletions,
// substitutions and transpositions of neighbours, no substring edited twice.
func osa(a, b []rune) int {
	before := make([]int, len(b)+1)
	last := make([]int, len(b)+1)
	this := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		this[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			this[j] = min(last[j]+1, this[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				this[j] = min(this[j], before[j-2]+1)
			}
		}
		before, last, this = last, this, before
	}
	return last[len(b)]
}
