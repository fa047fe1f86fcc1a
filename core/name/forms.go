package name

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
)

const maxForms = 120

// Forms gives the spellings of the name that a source should look for, the
// strictest tier first, each once up to case:
//
//   - exact: the whole name with the family name first (with and without a
//     comma) and last;
//   - variant: each given name alone, the first with initials, initials only,
//     all of these also with each part of a double family name, and listed
//     short forms of the first given name;
//   - folded: the exact forms and those of one given name in the letters of
//     ASCII, å ä ö as a o and as aa ae oe.
//
// A name without given names has its family name alone. The list is bounded;
// a source that can ask coarsely (FamilyTokens) and filter by a Matcher finds
// more than the listed spellings.
func Forms(n Name) []core.Form {
	if n.IsZero() {
		return nil
	}
	var out formList
	out.orders(core.TierExact, n.Family, strings.Join(n.Given, " "))
	if n.Family == "" || len(n.Given) == 0 {
		out.folded(slices.Clone(out.forms))
		return out.forms
	}
	for _, g := range n.Given {
		out.orders(core.TierVariant, n.Family, g)
	}
	foldable := slices.Clone(out.forms)
	givens := abbreviations(n.Given)
	for _, g := range givens {
		out.orders(core.TierVariant, n.Family, g)
	}
	for _, part := range familyParts(n.Family) {
		out.orders(core.TierVariant, part, strings.Join(n.Given, " "))
		for _, g := range slices.Concat(n.Given, givens) {
			out.orders(core.TierVariant, part, g)
		}
	}
	for _, g := range shortForms()[key(n.Given[0])] {
		out.orders(core.TierVariant, n.Family, capital(g))
	}
	out.folded(foldable)
	return out.forms
}

// FamilyTokens gives the words of the family name by which a source may ask
// coarsely, in lower case and without particles: each part of a double name,
// or the whole name if that is all there is. A pattern made of them should
// let any letter, or two, stand for å ä ö and other letters outside ASCII.
func FamilyTokens(n Name) []string {
	var out []string
	for _, w := range withoutParticles(keys(n.Family)) {
		if !isInitial(w) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// formList collects forms, each once up to case.
type formList struct {
	forms []core.Form
	seen  map[string]bool
}

func (l *formList) add(tier core.Tier, text string) {
	text = strings.TrimSpace(text)
	k := strings.ToLower(text)
	if text == "" || l.seen[k] || len(l.forms) >= maxForms {
		return
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[k] = true
	l.forms = append(l.forms, core.Form{Text: text, Tier: tier})
}

// orders adds the name in the orders that systems hold.
func (l *formList) orders(tier core.Tier, family, given string) {
	if family == "" || given == "" {
		l.add(tier, family+given)
		return
	}
	l.add(tier, family+", "+given)
	l.add(tier, given+" "+family)
	l.add(tier, family+" "+given)
}

// folded adds the forms as systems write them that hold no accents.
func (l *formList) folded(forms []core.Form) {
	for _, f := range forms {
		l.add(core.TierFolded, foldLetters(f.Text, "a", "a", "o"))
		l.add(core.TierFolded, foldLetters(f.Text, "aa", "ae", "oe"))
	}
}

// foldLetters writes å, ä and ö as given, and other letters without accents.
func foldLetters(s, aRing, aDots, oDots string) string {
	var out strings.Builder
	for _, r := range s {
		to := ""
		switch unicode.ToLower(r) {
		case 'å':
			to = aRing
		case 'ä':
			to = aDots
		case 'ö':
			to = oDots
		default:
			to = plain(key(string(r)))
			if r < utf8.RuneSelf {
				to = string(r)
			}
		}
		if unicode.IsUpper(r) {
			to = capital(to)
		}
		out.WriteString(to)
	}
	return out.String()
}

// abbreviations gives the ways to shorten the given names: the first with the
// initials of the rest, and initials only, with full stops and without.
func abbreviations(given []string) []string {
	var out []string
	first, short, bare := given[0], "", ""
	for i, g := range given {
		in := initial(g)
		if i > 0 {
			first += " " + in + "."
			short += " "
		}
		short += in + "."
		bare += in
	}
	if len(given) > 1 {
		out = append(out, first, strings.ReplaceAll(first, ".", ""), short)
		if len(initials(strings.ToLower(bare))) > 1 { // otherwise nobody would read it as initials
			out = append(out, bare)
		}
	}
	return append(out, initial(given[0])+".", initial(given[0]))
}

func initial(word string) string {
	r, _ := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r))
}

func capital(word string) string {
	r, n := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r)) + word[n:]
}

// familyParts gives the parts of a double family name as they are spelled,
// without particles; none for a single one.
func familyParts(family string) []string {
	parts := strings.FieldsFunc(family, func(r rune) bool { return r == '-' || r == ' ' })
	parts = slices.DeleteFunc(parts, func(w string) bool { return isParticle(key(w)) })
	if len(parts) < 2 && !strings.Contains(family, " ") {
		return nil
	}
	return parts
}
