package filessource

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// glob is a pattern of paths: segments parted by /, in which * stands for any
// characters, ? for one, and a segment ** for any number of folders. Case
// counts. There is nothing else in a pattern.
type glob []string

func parseGlob(s string) (glob, error) {
	if s == "" || strings.HasPrefix(s, "/") || strings.HasSuffix(s, "/") || strings.Contains(s, "//") || strings.Contains(s, `\`) {
		return nil, errors.New("a pattern is a path below the folder, such as **/*.tmp or Arkisto/**, with / between folders")
	}
	g := glob(strings.Split(s, "/"))
	for _, segment := range g {
		if segment != "**" && strings.Contains(segment, "**") {
			return nil, errors.New("** stands for whole folders: write it alone between two /")
		}
	}
	return g, nil
}

// match tells whether a path below the root is of the pattern.
func (g glob) match(path string) bool { return g.segments(strings.Split(path, "/")) }

// segments compares from both ends of what a ** leaves open, without going
// back further than to the last one.
func (g glob) segments(path []string) bool {
	at, star, from := 0, -1, 0
	for n := 0; n < len(path); {
		switch {
		case at < len(g) && g[at] == "**":
			star, from = at, n
			at++
		case at < len(g) && segment(g[at], path[n]):
			at++
			n++
		case star >= 0:
			from++
			at, n = star+1, from
		default:
			return false
		}
	}
	for at < len(g) && g[at] == "**" {
		at++
	}
	return at == len(g)
}

// segment compares one name in the same way.
func segment(pattern, name string) bool {
	p, star, n, from := 0, -1, 0, 0
	for n < len(name) {
		_, size := utf8.DecodeRuneInString(name[n:])
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && pattern[p] == '?':
			p++
			n += size
		case p < len(pattern) && pattern[p] == name[n]:
			p++
			n++
		case star >= 0:
			_, size = utf8.DecodeRuneInString(name[from:])
			from += size
			p, n = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
