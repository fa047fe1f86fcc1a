package index

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/search"

	"github.com/sinusta/sinusta/core"
)

// How tells in which way a word of a text is what was searched.
type How string

// The ways, from the surest.
const (
	HowIdentifier How = "identifier" // the identifier that was typed, however it is written
	HowExact      How = "exact"      // as typed, up to case
	HowSpelling   How = "spelling"   // in other letters: Makinen, Maekinen
	HowInflected  How = "inflected"  // another form of the word: Testisen
	HowPrefix     How = "prefix"     // it begins so
	HowSimilar    How = "similar"    // one or two letters differ
	HowInitial    How = "initial"    // the first letter of a given name
)

var surest = []How{HowIdentifier, HowExact, HowSpelling, HowInflected, HowPrefix, HowSimilar, HowInitial}

// Why is one reason why a document was found.
type Why struct {
	// Field is the name of the field, as the document gave it; empty for an
	// identifier, which may stand in several.
	Field string
	// Word stands in the text, as it is written there. It is source text:
	// whoever shows it escapes it.
	Word string
	// Query is the word that was typed.
	Query string
	How   How
	// Form is which form of the typed word Word is, for HowInflected.
	Form Form
	// Kind is that of an identifier, for HowIdentifier.
	Kind core.Kind
	// Times is how often it is there.
	Times int
}

// maxWhys bounds the reasons of a hit.
const maxWhys = 20

// reason is a Why that waits for a text: what a term of the query stands for.
type reason struct {
	word word
	raw  string
	how  How
	form Form
}

// reasons remember what the terms of a query stand for.
type reasons struct {
	terms    map[string][]reason
	prefixes []reason
	similar  []reason
}

func (r *reasons) add(term string, why reason) {
	if r.terms == nil {
		r.terms = map[string][]reason{}
	}
	r.terms[term] = append(r.terms[term], why)
}

// explain gives the reason of a term that was found, as written in the text.
func (r *reasons) explain(term string, written []byte) (reason, bool) {
	var best reason
	found := false
	take := func(why reason) {
		if why.how == HowSpelling && bytes.Equal(exactTerm(written), why.word.exact) {
			why.how = HowExact
		}
		if !found || slices.Index(surest, why.how) < slices.Index(surest, best.how) {
			best, found = why, true
		}
	}
	for _, why := range r.terms[term] {
		take(why)
	}
	for _, why := range r.prefixes {
		if strings.HasPrefix(term, string(why.word.folded)) {
			take(why)
		}
	}
	if !found {
		for _, why := range r.similar {
			if near(term, string(why.word.folded), fuzziness(why.word)) {
				take(why)
				break
			}
		}
	}
	return best, found
}

// whys gives the reasons of one hit in the order of the texts.
func (r *reasons) whys(found search.FieldTermLocationMap, texts []Text) []Why {
	type place struct{ text, from int }
	at := map[place]Why{}
	for term, locations := range found[fieldText] {
		for _, l := range locations {
			if len(l.ArrayPositions) != 1 || l.ArrayPositions[0] >= uint64(len(texts)) {
				continue
			}
			text := texts[l.ArrayPositions[0]]
			if l.End > uint64(len(text.Value)) || l.Start >= l.End {
				continue
			}
			written := text.Value[l.Start:l.End]
			why, ok := r.explain(term, []byte(written))
			if !ok {
				continue
			}
			p := place{int(l.ArrayPositions[0]), int(l.Start)}
			if old, ok := at[p]; !ok || slices.Index(surest, why.how) < slices.Index(surest, old.How) {
				at[p] = Why{Field: text.Field, Word: written, Query: why.raw, How: why.how, Form: why.form, Times: 1}
			}
		}
	}
	places := make([]place, 0, len(at))
	for p := range at {
		places = append(places, p)
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.from, b.from)) })
	out := identifierWhys(found)
	for _, p := range places {
		out = addWhy(out, at[p])
	}
	return out[:min(maxWhys, len(out))]
}

func identifierWhys(found search.FieldTermLocationMap) (out []Why) {
	for term := range found[fieldIdentifier] {
		kind, value, _ := strings.Cut(term, " ")
		out = addWhy(out, Why{Query: value, How: HowIdentifier, Kind: core.Kind(kind), Times: 1})
	}
	slices.SortFunc(out, func(a, b Why) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Query, b.Query)) })
	return out
}

// addWhy adds a reason, or counts it when it is there.
func addWhy(list []Why, why Why) []Why {
	for i, have := range list {
		have.Times = why.Times
		if have == why {
			list[i].Times++
			return list
		}
	}
	return append(list, why)
}

// near tells whether two terms differ in at most n letters, added, left out or
// another, as Bleve counts them.
func near(a, b string, n int) bool {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > n || len(y)-len(x) > n {
		return false
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(y)] <= n
}
