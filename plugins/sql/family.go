package sqlsource

import (
	"strings"

	"github.com/sinusta/sinusta/core/name"
)

// familyFilter tells quickly that a text cannot hold a family name, so that
// few texts are compared as names. It judges by the letters that every
// spelling keeps: å ä ö, a, o and e left out. What it is not sure of, it
// admits.
type familyFilter struct {
	folds map[string]bool
	// off is true when the name has letters that the filter does not know.
	off bool
}

// longestRun is how many words of a text may be one family name.
const longestRun = 4

// newFamilyFilter takes a name in its normal form, "Family, Given names".
func newFamilyFilter(canonical string) familyFilter {
	n, err := name.Parse(canonical)
	if err != nil || n.Family == "" || !strings.Contains(canonical, ",") {
		return familyFilter{off: true}
	}
	words, ok := foldedWords(n.Family)
	if !ok || len(words) == 0 || len(words) > longestRun {
		return familyFilter{off: true}
	}
	f := familyFilter{folds: map[string]bool{}}
	for from := range words {
		for to := from + 1; to <= len(words); to++ {
			f.folds[strings.Join(words[from:to], "")] = true
		}
	}
	return f
}

// admits tells whether the text may hold the family name.
func (f familyFilter) admits(text string) bool {
	if f.off {
		return true
	}
	words, ok := foldedWords(text)
	if !ok {
		return true
	}
	for from := range words {
		run := ""
		for to := from; to < min(len(words), from+longestRun); to++ {
			run += words[to]
			if f.folds[run] {
				return true
			}
		}
	}
	return false
}

// foldedWords gives the words of a text by the letters that all their
// spellings keep; false when the text has other letters than those of Finnish
// and Swedish, or signs that stand for lost ones.
func foldedWords(s string) ([]string, bool) {
	var out []string
	var word []byte
	inWord := false
	end := func() {
		if inWord {
			out = append(out, string(word))
		}
		word, inWord = word[:0], false
	}
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
			fallthrough
		case r >= 'a' && r <= 'z':
			inWord = true
			if r != 'a' && r != 'o' && r != 'e' {
				word = append(word, byte(r))
			}
		case strings.ContainsRune("åäöÅÄÖ", r):
			inWord = true
		case r == '\'':
		case r == '?' || r >= 0x80:
			return nil, false
		default:
			end()
		}
	}
	end()
	return out, true
}
