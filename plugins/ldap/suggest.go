package ldapsource

import (
	"slices"
	"strings"
)

// didYouMean gives "; did you mean x?" with the name nearest to word, else
// the list of names while it is short.
func didYouMean(word string, names []string) string {
	best, far := "", 2+len(word)/4
	for _, n := range names {
		d := distance(strings.ToLower(word), strings.ToLower(n))
		if d < far {
			best, far = n, d
		}
	}
	switch {
	case best != "":
		return "; did you mean " + best + "?"
	case len(names) == 0 || len(names) > 30:
		return ""
	}
	names = slices.Sorted(slices.Values(names))
	return "; there are: " + strings.Join(slices.Compact(names), ", ")
}

// distance is the number of letters to insert, delete or replace to make b of
// a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			replace := diagonal
			if x[i] != y[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
