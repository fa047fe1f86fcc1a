package name

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Errors of Parse. They hold nothing of the text.
var (
	ErrEmpty   = errors.New("the name is empty: give a family name and given names")
	ErrNoName  = errors.New("the text is no person's name: a name has letters and no @")
	ErrTooLong = errors.New("the name is longer than 200 characters: give one person's name")
)

const (
	maxRunes  = 200
	maxTokens = 16 // more words than any name; bounds the work on hostile text
)

// Parse reads a name as systems hold it: "Mäkinen, Maija Helena", "Maija
// Helena Mäkinen", "MÄKINEN MAIJA". Without a comma the order is taken from
// the tables of names, and where they do not tell, the given names come
// first; CompareText weighs both. Remarks in brackets, titles (Dr, rva) and
// words of digits are left out. A lone word is a family name.
func Parse(s string) (Name, error) {
	rs, err := readings(s)
	if err != nil {
		return Name{}, err
	}
	return rs[0].name, nil
}

// reading is one way to understand a text.
type reading struct {
	name Name
	// guess is true for an order that neither a comma nor the tables
	// support.
	guess bool
}

// readings gives the ways to understand the text, the likeliest first.
func readings(s string) ([]reading, error) {
	if utf8.RuneCountInString(s) > maxRunes {
		return nil, ErrTooLong
	}
	s = strings.ReplaceAll(withoutBrackets(tidy(s)), ";", ",")
	if strings.TrimSpace(s) == "" {
		return nil, ErrEmpty
	}
	if strings.Contains(s, "@") || !strings.ContainsFunc(s, unicode.IsLetter) {
		return nil, ErrNoName
	}
	family, given, comma := strings.Cut(s, ",")
	if comma {
		given, _, _ = strings.Cut(given, ",")
		f, g := withoutTitles(words(family), 1), withoutTitles(words(given), 1)
		if len(f) > 1 && !slices.ContainsFunc(g, func(w string) bool { return !isTitle(key(w)) }) {
			g = nil // Maija Mäkinen, FT
		}
		if len(g) > 0 || len(f) > 0 && strings.HasSuffix(strings.TrimSpace(s), ",") {
			return []reading{{name: Name{Given: g, Family: strings.Join(f, " ")}}}, nil
		}
	}
	ws := withoutTitles(words(family), 2)
	switch {
	case len(ws) == 0:
		return nil, ErrNoName
	case !slices.ContainsFunc(ws[:len(ws)-1], func(w string) bool { return !isParticle(key(w)) }): // Mäkinen, von Essen
		return []reading{{name: Name{Family: strings.Join(ws, " ")}}}, nil
	}
	return order(ws), nil
}

// fields splits tidy text at white space and after full stops, so that
// initials written together (M.H., J.-P.) stand alone.
func fields(s string) []string {
	out := strings.Fields(strings.ReplaceAll(s, ".", ". "))
	for i, w := range out {
		out[i] = strings.Trim(w, "-")
	}
	out = slices.DeleteFunc(out, func(w string) bool { return key(w) == "" })
	return out[:min(len(out), maxTokens)]
}

// words gives the words of a name: fields without numbers, such as the one by
// which a directory tells namesakes apart.
func words(s string) []string {
	return slices.DeleteFunc(fields(s), func(w string) bool { return !strings.ContainsFunc(w, unicode.IsLetter) })
}

// withoutTitles takes the titles off the head as long as more than least
// words are left, for a title may also be somebody's name (Tri, Md).
func withoutTitles(ws []string, least int) []string {
	for len(ws) > least && isTitle(key(ws[0])) {
		ws = ws[1:]
	}
	return ws
}

func isTitle(k string) bool {
	switch k {
	case "dr", "prof", "rva", "hra", "nti", "herra", "rouva", "neiti", "mr", "mrs", "ms", "fru", "herr", "fröken",
		"phd", "md", "tri", "fm", "ft", "otm", "vtm", "ktm":
		return true
	}
	return false
}

// withoutBrackets leaves out what stands in brackets: a unit, "o.s. ...".
func withoutBrackets(s string) string {
	if !strings.ContainsAny(s, "([<{") {
		return s
	}
	depth := 0
	return strings.Map(func(r rune) rune {
		switch r {
		case '(', '[', '<', '{':
			depth++
			return ' '
		case ')', ']', '>', '}':
			depth = max(0, depth-1)
			return ' '
		}
		if depth > 0 {
			return -1
		}
		return r
	}, s)
}

// order gives the readings of two or more words without a comma: given names
// first, family name first, and either with a family name of several words
// when the tables know it.
func order(ws []string) []reading {
	n := len(ws)
	var first, last []reading // by where the family name stands
	add := func(familyFirst bool, size int) {
		if familyFirst {
			r := reading{name: Name{Given: ws[size:], Family: strings.Join(ws[:size], " ")}}
			first = append(first, r)
			return
		}
		r := reading{name: Name{Given: ws[:n-size], Family: strings.Join(ws[n-size:], " ")}}
		last = append(last, r)
	}
	for size := min(4, n-1); size >= 1; size-- {
		if familySize(ws[:size], size == leading(ws)) {
			add(true, size)
		}
		if familySize(ws[n-size:], size == trailing(ws)) {
			add(false, size)
		}
	}
	preferred, other := last, first
	if familyStandsFirst(ws) || len(last) == 0 {
		preferred, other = first, last
	}
	if len(preferred) == 0 {
		preferred, other = other, nil
	}
	if len(preferred) == 0 {
		return []reading{{name: Name{Given: ws[:n-1], Family: ws[n-1]}}}
	}
	for i := range other {
		other[i].guess = true
	}
	for i := range preferred {
		preferred[i].guess = i > 0
	}
	return append(preferred, other...)
}

// familySize tells whether the words can be a family name: one word (single
// says so, particles counted in) that is no initial, or several that the
// table of surnames knows together or that are surnames each.
func familySize(ws []string, single bool) bool {
	if single {
		return utf8.RuneCountInString(key(ws[len(ws)-1])) > 1
	}
	if len(ws) == 1 {
		return false
	}
	if listedFamily(plain(key(strings.Join(ws, " ")))) {
		return true
	}
	return len(ws) == 2 && use(ws[0]) == usedAsFamily && use(ws[1]) == usedAsFamily
}

// leading and trailing give how many words a simple family name takes at the
// head and at the tail, particles included.
func leading(ws []string) int {
	n := 1
	for n < len(ws)-1 && isParticle(key(ws[n-1])) {
		n++
	}
	return n
}

func trailing(ws []string) int {
	n := 1
	for n < len(ws)-1 && isParticle(key(ws[len(ws)-1-n])) {
		n++
	}
	return n
}

// isParticle tells whether the key is a particle of family names. Those that
// are family names by themselves (Le, Do) are left out.
func isParticle(k string) bool {
	switch k {
	case "von", "af", "av", "de", "del", "della", "der", "den", "di", "da", "dos", "du", "la", "las", "los",
		"van", "ter", "ten", "zu", "zum", "zur", "bin", "ibn", "al", "el", "y":
		return true
	}
	return false
}

// usage is what a word mostly is among the living in Finland.
type usage int

const (
	usedUnknown usage = iota
	usedAsFamily
	usedAsGiven
)

func use(word string) usage {
	k := plain(key(word))
	f, g := familyBearers(k), givenBearers(k)
	if g == 0 && strings.Contains(word, "-") {
		head, _, _ := strings.Cut(k, "-")
		g = givenBearers(head)
		f = max(f, familyBearers(head))
	}
	switch {
	case f > g:
		return usedAsFamily
	case g > f:
		return usedAsGiven
	}
	return usedUnknown
}

// familyStandsFirst tells whether the family name stands first, from what the
// first and the last word are elsewhere.
func familyStandsFirst(ws []string) bool {
	head, tail := ws[leading(ws)-1], ws[len(ws)-1]
	if utf8.RuneCountInString(key(tail)) == 1 { // an initial ends no name but a given one
		return true
	}
	return use(head) != usedAsGiven && use(tail) == usedAsGiven
}
