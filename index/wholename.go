package index

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	"github.com/blevesearch/bleve/v2/search/searcher"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/sinusta/sinusta/core/name"
)

// weightInitial is that of a family name with an initial alone.
const weightInitial = 0.25

// wholeName makes the query of a whole name: every form of a given name beside
// every form of the family name, in both orders. Given names stand alone, or
// in their order from the first, written out or as initials; each part of a
// double family name stands for it.
func (c *compiler) wholeName(s string) (query.Query, error) {
	n, err := name.Parse(s)
	if err != nil || n.Family == "" || len(n.Given) == 0 {
		return nil, fmt.Errorf("%w: a whole name is at least one given name and a family name", ErrQuery)
	}
	families := [][][]string{c.places(n.Family)}
	for _, part := range strings.FieldsFunc(n.Family, func(r rune) bool { return r == '-' || r == ' ' }) {
		if places := c.places(part); len(places) == 1 && utf8.RuneCountInString(part) > 3 && part != n.Family {
			families = append(families, places)
		}
	}
	var any []query.Query
	for _, given := range c.givens(n.Given) {
		for _, family := range families {
			if len(given.places) == 0 || len(family) == 0 {
				continue
			}
			any = append(any,
				c.beside(given.places, family, false, given.boost),
				c.beside(family, given.places, true, given.boost))
		}
	}
	if len(any) == 0 {
		return bleve.NewMatchNoneQuery(), nil
	}
	return anyOf(any), nil
}

// sequence is words in a row, each in any of its forms.
type sequence struct {
	places [][]string
	boost  float64
}

// givens gives the ways to write given names: each alone, the first with those
// after it, and the initial of the first.
func (c *compiler) givens(names []string) (out []sequence) {
	var row [][]string
	for i, given := range names {
		places := c.places(given)
		out = append(out, sequence{places, weightExact})
		if i > 0 && len(places) > 0 {
			if len(places) == 1 {
				places = [][]string{append(places[0], c.initial(given)...)}
			}
			row = append(row, places...)
			out = append(out, sequence{row[:len(row):len(row)], weightExact})
			continue
		}
		row = append(row, places...)
	}
	if first := c.initial(names[0]); len(first) > 0 {
		out = append(out, sequence{[][]string{first}, weightInitial})
		if len(names) > 1 {
			if second := c.initial(names[1]); len(second) > 0 {
				out = append(out, sequence{[][]string{first, second}, weightInitial})
			}
		}
	}
	return out
}

// initial gives the term of the first letter of a name.
func (c *compiler) initial(given string) []string {
	words := c.ix.words(given)
	if len(words) == 0 {
		return nil
	}
	_, n := utf8.DecodeRune(words[0].folded)
	letter := words[0].folded[:n]
	c.reasons.add(string(letter), reason{word: word{letter, letter}, raw: given, how: HowInitial})
	return []string{string(letter)}
}

// places gives the terms of each word of a name: as it is, in other letters,
// and in its forms. Of a double name only the last part bends.
func (c *compiler) places(s string) [][]string {
	words := c.ix.words(s)
	places := make([][]string, len(words))
	for i, w := range words {
		places[i] = c.alternatives(w, s, i == len(words)-1)
	}
	return places
}

func (c *compiler) beside(first, second [][]string, familyFirst bool, boost float64) query.Query {
	terms := append(append([][]string{}, first...), second...)
	q := query.NewMultiPhraseQuery(terms, fieldText)
	q.SetBoost(boost)
	return &besideQuery{MultiPhraseQuery: q, border: len(first), familyFirst: familyFirst, faults: &c.faults}
}

// besideQuery is a phrase whose words belong to one person. Words that only
// punctuation parts (Liisa. Virtanen; Mäkinen Liisa, Virtanen Pekka) do not,
// and a comma belongs between family name and given name alone.
type besideQuery struct {
	*query.MultiPhraseQuery
	border      int // where the second name begins
	familyFirst bool
	faults      *atomic.Bool
}

// Searcher gives the phrase's searcher with a filter on every place.
func (q *besideQuery) Searcher(ctx context.Context, r bleveindex.IndexReader, m mapping.IndexMapping, options search.SearcherOptions) (search.Searcher, error) {
	options.IncludeTermVectors = true
	s, err := q.MultiPhraseQuery.Searcher(ctx, r, m, options)
	if err != nil {
		return nil, err
	}
	return searcher.NewFilteringSearcher(ctx, s, func(_ *search.SearchContext, d *search.DocumentMatch) bool {
		return q.keep(r, d)
	}), nil
}

// keep drops the places that are not one person's name, and tells whether one
// is left. A document's text is read only where the distances leave a doubt.
func (q *besideQuery) keep(r bleveindex.IndexReader, d *search.DocumentMatch) bool {
	size := len(q.Terms)
	if len(d.FieldTermLocations)%size != 0 {
		return true // no phrase at all: nothing can be said
	}
	var texts []string
	kept := d.FieldTermLocations[:0]
	for from := 0; from < len(d.FieldTermLocations); from += size {
		place := d.FieldTermLocations[from : from+size]
		verdict, sure := q.byDistance(place)
		if !sure {
			if texts == nil {
				var err error
				if texts, err = storedTexts(r, d.IndexInternalID); err != nil {
					q.faults.Store(true)
					return false
				}
			}
			verdict = q.byText(place, texts)
		}
		if verdict {
			kept = append(kept, place...)
		}
	}
	d.FieldTermLocations = kept
	return len(kept) > 0
}

// byDistance decides where one character stands between all words and, in the
// order family name first, nothing stands before: the beginning of a field.
func (q *besideQuery) byDistance(place []search.FieldTermLocation) (keep, sure bool) {
	for i := 1; i < len(place); i++ {
		gap := place[i].Location.Start - place[i-1].Location.End
		if gap != 1 && (!q.familyFirst || i != q.border || gap != 2) {
			return false, false
		}
	}
	return true, !q.familyFirst || place[0].Location.Start == 0
}

// byText decides by what stands between and around the words.
func (q *besideQuery) byText(place []search.FieldTermLocation, texts []string) bool {
	at := place[0].Location.ArrayPositions
	last := place[len(place)-1].Location
	if len(at) != 1 || at[0] >= uint64(len(texts)) || last.End > uint64(len(texts[at[0]])) {
		return false
	}
	text := texts[at[0]]
	comma := false
	for i := 1; i < len(place); i++ {
		a, b := place[i-1].Location, place[i].Location
		between := strings.TrimSpace(text[a.End:b.Start])
		switch {
		case between == "", between == "-" && !q.atBorder(i):
		case between == "." && isInitial(text[a.Start:a.End]):
		case between == "," && q.familyFirst && q.atBorder(i):
			comma = true
		default:
			return false
		}
	}
	if !q.familyFirst {
		return true
	}
	// "Maija Virtanen, Liisa Mäkinen" is two people.
	before, after := capitalBefore(text[:place[0].Location.Start]), capitalAfter(text[last.End:])
	family := text[place[0].Location.Start:place[0].Location.End]
	if comma && before && family != strings.ToUpper(family) {
		return false
	}
	return !before || !after
}

func (q *besideQuery) atBorder(i int) bool { return i == q.border }

func isInitial(s string) bool { return utf8.RuneCountInString(s) == 1 }

// capitalBefore tells whether a word with a capital letter ends right before,
// with white space between.
func capitalBefore(s string) bool {
	trimmed := strings.TrimRightFunc(s, unicode.IsSpace)
	if len(trimmed) == len(s) {
		return false
	}
	start := strings.LastIndexFunc(trimmed, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' })
	_, width := utf8.DecodeRuneInString(trimmed[max(start, 0):])
	if start < 0 {
		start, width = 0, 0
	}
	first, _ := utf8.DecodeRuneInString(trimmed[start+width:])
	return unicode.IsUpper(first)
}

// capitalAfter tells the same of a word right behind.
func capitalAfter(s string) bool {
	trimmed := strings.TrimLeftFunc(s, unicode.IsSpace)
	first, _ := utf8.DecodeRuneInString(trimmed)
	return len(trimmed) < len(s) && unicode.IsUpper(first)
}

// storedTexts gives the texts of a document, in order.
func storedTexts(r bleveindex.IndexReader, internal bleveindex.IndexInternalID) ([]string, error) {
	id, err := r.ExternalID(internal)
	if err != nil {
		return nil, err
	}
	found, err := r.Document(id)
	if err != nil {
		return nil, err
	}
	doc, ok := found.(*document.Document)
	if !ok {
		return nil, errors.New("no document")
	}
	var texts []string
	for _, f := range doc.Fields {
		if f.Name() == fieldText {
			texts = append(texts, string(f.Value()))
		}
	}
	return texts, nil
}
