package index

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

// Bounds of a query, against one that costs more than it can tell.
const (
	maxWords  = 64
	maxSize   = 1000
	maxWindow = 100_000 // From + Size
	minPrefix = 2       // letters before a *
)

// Query is a search as somebody typed it.
type Query struct {
	// Text is words, all of which must be there, "quoted phrases" and prefixes
	// (mäki*), and words of about that spelling (mäkinne~: one letter may
	// differ, two in a word of eight or more). What reads as an identifier also finds the documents that hold
	// that identifier, however it is written in them. Empty finds everything.
	Text string
	// Name has Text read as one person's whole name, in either order: only
	// where a form of a given name stands beside a form of the family name, in
	// either order, is it found, not where both occur apart.
	Name bool
	// Filters keep the documents whose facet has one of the values; facets
	// that are absent or without values do not filter.
	Filters map[Facet][]string
	// Size is how many hits are given, at most 1000; 0 stands for 20, and a
	// negative one gives counts alone. From is how many are left out before.
	Size, From int
	// NoFacets leaves out the counts by facet, which cost more than the hits:
	// for the second page and the ones after it.
	NoFacets bool
}

// clause is one word, phrase or prefix of a query.
type clause struct {
	raw     string
	quoted  bool
	prefix  bool
	similar bool
}

// parse cuts the text of a query into clauses. Everything is a clause: no
// input is wrong.
func parse(text string) (clauses []clause) {
	text = strings.ToValidUTF8(text, " ")
	for {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		if text == "" {
			return clauses
		}
		first, width := utf8.DecodeRuneInString(text)
		if isQuote(first) {
			rest := text[width:]
			end := strings.IndexFunc(rest, isQuote)
			if end < 0 {
				return append(clauses, clause{raw: rest, quoted: true})
			}
			_, closing := utf8.DecodeRuneInString(rest[end:])
			clauses = append(clauses, clause{raw: rest[:end], quoted: true})
			text = rest[end+closing:]
			continue
		}
		end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		bare := strings.TrimRight(word, "*~")
		mark := word[len(bare):]
		clauses = append(clauses, clause{raw: bare, prefix: strings.Contains(mark, "*"), similar: mark != "" && !strings.Contains(mark, "*")})
		text = text[end:]
	}
}

func isQuote(r rune) bool { return strings.ContainsRune("\"\u201C\u201D\u201E\u00AB\u00BB", r) }

// compiler makes Bleve's query, and remembers what its terms stand for.
type compiler struct {
	ix      *Index
	reasons reasons
	faults  atomic.Bool // a filter could not read a document
}

// compile makes Bleve's query.
func (c *compiler) compile(q Query) (query.Query, error) {
	if q.Size > maxSize || q.From < 0 || q.From+q.Size > maxWindow {
		return nil, fmt.Errorf("%w: at most %d hits at once, and the first %d in all", ErrQuery, maxSize, maxWindow)
	}
	clauses := parse(q.Text)
	if len(clauses) > maxWords {
		return nil, fmt.Errorf("%w: at most %d words", ErrQuery, maxWords)
	}
	var all []query.Query
	if len(clauses) == 0 {
		all = append(all, bleve.NewMatchAllQuery())
	} else {
		compile := c.compileText
		if q.Name {
			compile = func(text string, _ []clause) (query.Query, error) { return c.wholeName(text) }
		}
		text, err := compile(q.Text, clauses)
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	for facet, values := range q.Filters {
		if !slices.Contains(Facets(), facet) {
			return nil, fmt.Errorf("%w: there is no such filter; known are %v", ErrQuery, Facets())
		}
		if len(values) == 0 {
			continue
		}
		var any []query.Query
		for _, v := range values {
			any = append(any, term(string(facet), v, 0))
		}
		all = append(all, anyOf(any))
	}
	return allOf(all), nil
}

// compileText makes the query of the words: all clauses, or the identifier
// that the whole text is.
func (c *compiler) compileText(text string, clauses []clause) (query.Query, error) {
	var all []query.Query
	for _, one := range clauses {
		q, err := c.compileClause(one)
		if err != nil {
			return nil, err
		}
		if q != nil {
			all = append(all, q)
		}
	}
	var any []query.Query
	if len(all) > 0 {
		any = append(any, allOf(all))
	}
	if len(clauses) > 1 {
		any = append(any, identifierQueries(text)...)
	}
	if len(any) == 0 {
		return bleve.NewMatchNoneQuery(), nil // signs without a word find nothing, not everything
	}
	return anyOf(any), nil
}

// compileClause makes the query of one clause; nil if it holds nothing to
// search.
func (c *compiler) compileClause(cl clause) (query.Query, error) {
	var any []query.Query
	words := c.ix.words(cl.raw)
	switch {
	case len(words) == 0:
	case cl.prefix:
		q, err := c.prefix(words, cl.raw)
		if err != nil {
			return nil, err
		}
		any = append(any, q)
	case cl.similar && len(words) == 1 && fuzziness(words[0]) > 0:
		any = append(any, c.wordQueries(words[0], cl.raw, true)...)
		any = append(any, c.similar(words[0], cl.raw))
	case len(words) == 1:
		any = append(any, c.wordQueries(words[0], cl.raw, !cl.quoted)...)
	default:
		any = append(any, c.phrase(words, cl.raw, !cl.quoted))
	}
	if !cl.prefix {
		any = append(any, identifierQueries(cl.raw)...)
	}
	if len(any) == 0 {
		return nil, nil
	}
	return anyOf(any), nil
}

// prefix finds words that begin like the last of words, after the others.
func (c *compiler) prefix(words []word, raw string) (query.Query, error) {
	last := words[len(words)-1]
	if utf8.RuneCount(last.exact) < minPrefix {
		return nil, fmt.Errorf("%w: a prefix needs at least %d letters before its *", ErrQuery, minPrefix)
	}
	var both []query.Query
	if lead := words[:len(words)-1]; len(lead) > 0 {
		both = append(both, c.phrase(lead, raw, false))
	}
	p := bleve.NewPrefixQuery(string(last.folded))
	p.SetField(fieldText)
	c.reasons.prefixes = append(c.reasons.prefixes, reason{word: last, raw: raw, how: HowPrefix})
	return allOf(append(both, p)), nil
}

// fuzziness gives how many letters of a word may differ.
func fuzziness(w word) int {
	switch n := utf8.RuneCount(w.folded); {
	case n >= 8:
		return 2
	case n >= 4:
		return 1
	}
	return 0
}

// similar finds words in which a letter or two differ, but not the first.
func (c *compiler) similar(w word, raw string) query.Query {
	q := bleve.NewFuzzyQuery(string(w.folded))
	q.SetField(fieldText)
	q.SetFuzziness(fuzziness(w))
	q.SetPrefix(1)
	q.SetBoost(weightSimilar)
	c.reasons.similar = append(c.reasons.similar, reason{word: w, raw: raw, how: HowSimilar})
	return q
}

// word is one word of a clause in the forms of termFilter.
type word struct{ exact, folded []byte }

// words cuts what was typed as texts are cut.
func (ix *Index) words(s string) []word {
	var words []word
	a := ix.analyzer.(*analysis.DefaultAnalyzer)
	f := a.TokenFilters[0].(termFilter)
	for _, t := range a.Tokenizer.Tokenize([]byte(s)) {
		exact := exactTerm(t.Term)
		if len(exact) > 0 {
			words = append(words, word{exact: exact, folded: f.folded(exact)})
		}
	}
	return words
}

// Weights of the ways in which a word is found: what was typed comes first.
const (
	weightIdentifier = 4
	weightExact      = 2
	weightFolded     = 1
	weightInflected  = 0.5
	weightSimilar    = 0.2
)

func (c *compiler) wordQueries(w word, raw string, inflect bool) []query.Query {
	qs := []query.Query{term(fieldText, string(w.exact), weightExact)}
	c.reasons.add(string(w.exact), reason{word: w, raw: raw, how: HowSpelling})
	for i, s := range c.alternatives(w, raw, inflect) {
		switch {
		case i == 0 && s == string(w.exact):
		case i <= len(transcribed(w)):
			qs = append(qs, term(fieldText, s, weightFolded))
		default:
			qs = append(qs, term(fieldText, s, weightInflected))
		}
	}
	return qs
}

// alternatives gives the terms under which a word is found: folded first, then
// transcribed, then in its other forms.
func (c *compiler) alternatives(w word, raw string, inflect bool) []string {
	terms := append([]string{string(w.folded)}, transcribed(w)...)
	for _, t := range terms {
		// Whether it stands there just so is seen in the text.
		c.reasons.add(t, reason{word: w, raw: raw, how: HowSpelling})
	}
	if inflect {
		for _, i := range inflections(w) {
			c.reasons.add(i.text, reason{word: w, raw: raw, how: HowInflected, form: i.form})
			terms = append(terms, i.text)
		}
	}
	return terms
}

// phrase finds words side by side; the last may be inflected.
func (c *compiler) phrase(words []word, raw string, inflect bool) query.Query {
	places := make([][]string, len(words))
	for i, w := range words {
		places[i] = c.alternatives(w, raw, inflect && i == len(words)-1)
	}
	q := query.NewMultiPhraseQuery(places, fieldText)
	q.SetBoost(weightExact)
	return q
}

// identifierQueries finds the documents that hold the identifier that s is, in
// each kind as which it can be read.
func identifierQueries(s string) (qs []query.Query) {
	s = strings.TrimSpace(s)
	seen := map[string]bool{}
	for _, kind := range identifier.Known() {
		id, err := identifier.Parse(kind, s)
		if err != nil || id.Value == "" || id.Status == core.Malformed {
			continue
		}
		if t := identifierTerm(kind, id.Value); !seen[t] {
			seen[t] = true
			qs = append(qs, term(fieldIdentifier, t, weightIdentifier))
		}
	}
	return qs
}

func term(field, value string, boost float64) query.Query {
	q := bleve.NewTermQuery(value)
	q.SetField(field)
	q.SetBoost(boost)
	return q
}

func anyOf(qs []query.Query) query.Query {
	if len(qs) == 1 {
		return qs[0]
	}
	return bleve.NewDisjunctionQuery(qs...)
}

func allOf(qs []query.Query) query.Query {
	if len(qs) == 1 {
		return qs[0]
	}
	return bleve.NewConjunctionQuery(qs...)
}
