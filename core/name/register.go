package name

import (
	_ "embed"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The tables are lines of name, tab and number of bearers, sorted by the
// plain key of the name. They are searched where they lie: reading them costs
// nothing until a name is looked up.
var (
	//go:embed data/surnames.txt
	surnames string
	//go:embed data/given.txt
	givenNames string
)

// Frequency gives how many living people bear the family name in Finland, by
// the table of surnames with at least 20 bearers; ok is false for a name that
// is not in it. Case and the forms of hyphens do not matter.
func Frequency(family string) (bearers int, ok bool) {
	k := key(tidy(family))
	lookup(surnames, plain(k), func(name string, n int) {
		if key(name) == k {
			bearers, ok = n, true
		}
	})
	return bearers, ok
}

// familyBearers and givenBearers give the bearers of every name that has the
// plain key: a table cannot tell which of them a name without dots meant.
func familyBearers(plainKey string) int { return bearers(surnames, plainKey) }

func givenBearers(plainKey string) int { return bearers(givenNames, plainKey) }

func listedFamily(plainKey string) bool { return familyBearers(plainKey) > 0 }

// listed tells whether the plain key is a family name or a given name. Which
// of them does not matter: in text, either may stand in the place of the
// other.
func listed(plainKey string) bool { return listedFamily(plainKey) || givenBearers(plainKey) > 0 }

func bearers(table, plainKey string) int {
	sum := 0
	lookup(table, plainKey, func(_ string, n int) { sum += n })
	return sum
}

// lookup calls found with each line of the table whose name has the plain
// key.
func lookup(table, plainKey string, found func(name string, bearers int)) {
	lo, hi := 0, len(table) // the first line of the key starts in [lo, hi]
	for lo < hi {
		start := lineStart(table, lo+(hi-lo)/2)
		line, next := lineAt(table, start)
		if comparePlain(nameOf(line), plainKey) < 0 {
			lo = next
		} else {
			hi = start
		}
	}
	for lo < len(table) {
		line, next := lineAt(table, lo)
		name := nameOf(line)
		if comparePlain(name, plainKey) != 0 {
			return
		}
		if n, err := strconv.Atoi(line[len(name)+1:]); err == nil {
			found(name, n)
		}
		lo = next
	}
}

func lineStart(table string, at int) int { return strings.LastIndexByte(table[:at], '\n') + 1 }

func lineAt(table string, start int) (line string, next int) {
	if n := strings.IndexByte(table[start:], '\n'); n >= 0 {
		return table[start : start+n], start + n + 1
	}
	return table[start:], len(table)
}

func nameOf(line string) string {
	name, _, _ := strings.Cut(line, "\t")
	return name
}

// comparePlain compares the plain key of a name with another plain key, and
// makes no strings of a name in the letters of ASCII.
func comparePlain(name, plainKey string) int {
	j := 0
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= utf8.RuneSelf:
			return strings.Compare(plain(key(name)), plainKey)
		case c == '\'' || c == '.':
			continue
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		if j == len(plainKey) {
			return 1
		}
		if c != plainKey[j] {
			// A letter outside ASCII may follow, but the order is settled.
			return int(c) - int(plainKey[j])
		}
		j++
	}
	return j - len(plainKey)
}
