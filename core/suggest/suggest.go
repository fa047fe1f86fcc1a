// Package suggest tells in an error which name was probably meant.
package suggest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// offered bounds how many names an error offers.
const offered = 3

// Names gives `; did you mean "a" or "b"?` with the names nearest to word, or
// all names when they are few and none is near, or "". names are those of
// tables, columns and settings, never values.
func Names(word string, names []string) string {
	var nearest []string
	for _, n := range Nearest(word, names) {
		nearest = append(nearest, fmt.Sprintf("%q", n))
	}
	if len(nearest) > 0 {
		return "; did you mean " + strings.Join(nearest, " or ") + "?"
	}
	if len(names) == 0 || len(names) > 30 {
		return ""
	}
	all := slices.Compact(slices.Sorted(slices.Values(names)))
	return "; there are: " + strings.Join(all, ", ")
}

// Nearest gives the names nearest to word, at most three, the nearest first;
// none where none is near.
func Nearest(word string, names []string) []string {
	type near struct {
		name string
		far  int
	}
	var found []near
	for _, n := range names {
		far := distance(strings.ToLower(word), strings.ToLower(n))
		if far <= 1+len([]rune(word))/3 || len(word) > 2 && strings.Contains(strings.ToLower(n), strings.ToLower(word)) {
			found = append(found, near{n, far})
		}
	}
	slices.SortFunc(found, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.far, b.far), strings.Compare(a.name, b.name))
	})
	var out []string
	for i := 0; i < len(found) && i < offered; i++ {
		out = append(out, found[i].name)
	}
	return out
}

// distance is the number of edits (insert, delete, replace, swap neighbours)
// that turn a into b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last := []int(nil), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
