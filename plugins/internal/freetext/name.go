package freetext

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/name"
)

// clitics are what Finnish hangs behind any form of a word, folded.
var clitics = []string{"", "kin", "kaan", "ko", "han", "pa", "nsa"}

// shortestPart is the length of the shortest part of a double family name that
// stands for the whole.
const shortestPart = 4

// part is a given name or a family name: words in a row, of which the last one
// bends.
type part struct {
	lead []string
	last map[string]bool
	base []string // as it was given, folded: for telling the tier
}

// personName is a name that is looked for.
type personName struct {
	families []part
	givens   []part
	initials map[string]bool
	trigger  map[string]bool // the words with which some part ends
}

// newName prepares a name with all of its forms; inflect gives the further
// forms of a folded word.
func newName(id core.Identifier, inflect func(string) []string) personName {
	p := personName{initials: map[string]bool{}, trigger: map[string]bool{}}
	add := func(list *[]part, text string) {
		if made, ok := newPart(text, inflect); ok && !slices.ContainsFunc(*list, func(o part) bool { return slices.Equal(o.base, made.base) }) {
			*list = append(*list, made)
		}
	}
	take := func(text string) {
		n, err := name.Parse(text)
		if err != nil {
			return
		}
		add(&p.families, n.Family)
		pieces := strings.FieldsFunc(n.Family, func(r rune) bool { return r == '-' || r == ' ' })
		for _, piece := range pieces {
			if len(pieces) > 1 && utf8.RuneCountInString(piece) >= shortestPart {
				add(&p.families, piece)
			}
		}
		for _, given := range n.Given {
			if w := words(given); len(w) == 1 && utf8.RuneCountInString(w[0]) == 1 {
				p.initials[w[0]] = true
				continue
			}
			add(&p.givens, given)
			for _, piece := range strings.Split(given, "-") {
				if utf8.RuneCountInString(piece) >= shortestPart {
					add(&p.givens, piece)
				}
			}
			if w := words(given); len(w) > 0 {
				first, _ := utf8.DecodeRuneInString(w[0])
				p.initials[string(first)] = true
			}
		}
	}
	take(id.Value)
	for _, f := range id.Forms {
		if strings.Contains(f.Text, ",") { // the others are the same in another order
			take(f.Text)
		}
	}
	maps.Copy(p.trigger, p.initials)
	for _, one := range slices.Concat(p.families, p.givens) {
		maps.Copy(p.trigger, one.last)
	}
	return p
}

func newPart(text string, inflect func(string) []string) (part, bool) {
	text = norm.NFC.String(strings.TrimSpace(text))
	base := words(text)
	if len(base) == 0 {
		return part{}, false
	}
	p := part{base: base, lead: base[:len(base)-1], last: map[string]bool{}}
	forms := []string{base[len(base)-1]}
	if raw := strings.FieldsFunc(text, func(r rune) bool { return !wordRune(r) }); len(raw) > 0 {
		if t := transcribed(raw[len(raw)-1]); t != "" {
			forms = append(forms, t)
		}
	}
	for _, form := range slices.Clone(forms) {
		forms = append(forms, inflect(form)...)
	}
	for _, form := range forms {
		p.last[cut(form)] = true
		if utf8.RuneCountInString(form) < 3 {
			continue
		}
		for _, c := range clitics {
			p.last[cut(form+c)] = true
		}
	}
	return p, true
}

// need gives what an index must hold of a text with the name.
func (p personName) need() Need {
	family, given := anyPart(p.families), anyPart(p.givens)
	for initial := range p.initials {
		given.Any = append(given.Any, Need{Term: initial})
	}
	switch {
	case len(p.families) == 0 && len(p.givens) == 0:
		return Need{Never: true}
	case len(p.families) == 0:
		return anyPart(p.givens)
	case len(p.givens) == 0 && len(p.initials) == 0:
		return family
	}
	return Need{All: []Need{family, given}}
}

func anyPart(list []part) Need {
	var out Need
	for _, p := range list {
		all := Need{}
		for _, w := range p.lead {
			all.All = append(all.All, Need{Term: w})
		}
		last := Need{}
		for w := range p.last {
			last.Any = append(last.Any, Need{Term: w})
		}
		all.All = append(all.All, last)
		out.Any = append(out.Any, all)
	}
	return out
}

// stands tells whether the part ends with the last of the words, and how many
// words it has.
func (p part) stands(last []string) (int, bool) {
	n := len(p.lead)
	if len(last) <= n || !p.last[last[len(last)-1]] {
		return 0, false
	}
	if !slices.Equal(last[len(last)-1-n:len(last)-1], p.lead) {
		return 0, false
	}
	return n + 1, true
}
