package match

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core/name"
)

// nameFields are the names in a party's fields.
type nameFields struct {
	given, family, former string
	whole                 []string
}

func (n *nameFields) add(part, value string) {
	switch part {
	case "given":
		n.given = value
	case "family":
		n.family = value
	case "former":
		n.former = value
	default:
		n.whole = append(n.whole, value)
	}
}

// nameLevel gives how near the nearest of the subject's names is to the
// party's, and whether the party has one. A given name alone is compared with
// the subject's given names: it can speak against the subject, and says
// little for.
func (m *Matcher) nameLevel(n nameFields) (level name.Level, named bool) {
	texts := n.whole
	if n.family != "" {
		texts = append(texts[:len(texts):len(texts)], name.FromParts(n.given, n.family).Canonical())
	}
	if n.former != "" && n.given != "" {
		texts = append(texts[:len(texts):len(texts)], name.FromParts(n.given, n.former).Canonical())
	}
	for _, t := range texts {
		level = max(level, m.names.Level(t))
	}
	if len(texts) == 0 && n.given != "" {
		for _, own := range m.own {
			if name.Compare(name.FromParts(n.given, own.Family), own) >= name.Typo {
				level = name.SharesPart
			}
		}
		return level, true
	}
	return level, len(texts) > 0
}

// otherGiven tells whether the party's name is a relative's: it has the
// subject's family name, and a given name that is none of the subject's (many
// share a middle name); or given names of which none is the subject's. It is
// asked of names that share a part with the subject's.
func (m *Matcher) otherGiven(n nameFields) bool {
	var words []string
	for _, t := range append(slices.Clone(n.whole), n.given) {
		words = append(words, wordsOf(t)...)
	}
	var given, family []string
	for _, own := range m.own {
		family = append(family, wordsOf(own.Family)...)
		for _, g := range own.Given {
			given = append(given, wordsOf(g)...)
		}
	}
	all := len(words)
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(family, w) })
	own := func(w string) bool {
		return slices.ContainsFunc(given, func(g string) bool { return w == g || len(w) == 1 && strings.HasPrefix(g, w) })
	}
	strange := slices.ContainsFunc(words, func(w string) bool { return !own(w) })
	if all > len(words) { // the family name is the subject's
		return strange
	}
	return len(words) > 0 && !slices.ContainsFunc(words, own)
}

// wordsOf splits a name into its words, in lower case and without marks.
func wordsOf(s string) []string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
	return strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) })
}
