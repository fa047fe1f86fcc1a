package catalogue

import (
	"cmp"
	"strings"
)

// CompareIDs orders ids of systems with numbers by value: V2.1 before V10.1.
// It gives -1, 0 or 1, and 0 only for equal ids.
func CompareIDs(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		p, q := chunk(x), chunk(y)
		x, y = x[len(p):], y[len(q):]
		if isDigit(p[0]) && isDigit(q[0]) {
			p, q = strings.TrimLeft(p, "0"), strings.TrimLeft(q, "0")
			if c := cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(p, q)); c != 0 {
				return c
			}
			continue
		}
		if c := cmp.Compare(p, q); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// chunk gives the digits that s begins with, else its first byte.
func chunk(s string) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:max(n, 1)]
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
