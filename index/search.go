package index

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search"

	"github.com/sinusta/sinusta/core"
)

const (
	defaultSize = 20
	// facetValues bounds the values that are counted per facet; no request
	// reaches it.
	facetValues = 1000
)

// Result is what a search found.
type Result struct {
	// Total is the number of documents found, of which Hits are some.
	Total int
	Hits  []Hit
	// Facets count the documents found, the most frequent value first; nil if
	// the query wanted none.
	Facets map[Facet][]Count
}

// Count is how many of the documents found have a value.
type Count struct {
	Value string
	Count int
}

// Hit is one document found.
type Hit struct {
	ID           string
	System, Ref  string
	Kind, Type   string
	Year         int
	Verdict      core.Verdict
	Score        float64
	MatchedKinds []core.Kind // the kinds of identifier by which it was found
	// Fragments are pieces of the text with what was found marked; without a
	// mark, the beginning of the text.
	Fragments []Fragment
	// Why tells what was found where, identifiers first and then in the order
	// of the text.
	Why []Why
}

// Search gives the documents that a query finds, the best first; without
// words, the newest first. ErrQuery, ErrDamaged, ErrClosed, or the error of
// ctx.
func (ix *Index) Search(ctx context.Context, q Query) (res *Result, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(ix.fixed)) // its files are mapped
	defer ix.guard(&err)
	if err := ix.usable(); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	c := &compiler{ix: ix}
	compiled, err := c.compile(q)
	if err != nil {
		return nil, err
	}
	if err := ix.flushNow(); err != nil {
		return nil, err
	}
	size := q.Size
	switch {
	case size == 0:
		size = defaultSize
	case size < 0:
		size = 0
	}
	req := bleve.NewSearchRequestOptions(compiled, size, q.From, false)
	req.IncludeLocations = size > 0
	req.Fields = []string{fieldText, fieldNames, fieldRef}
	for _, f := range Facets() {
		req.Fields = append(req.Fields, string(f))
		if !q.NoFacets {
			req.AddFacet(string(f), bleve.NewFacetRequest(string(f), facetValues))
		}
	}
	if len(parse(q.Text)) == 0 {
		req.SortBy([]string{"-" + string(FacetYear), string(FacetSystem), "_id"})
	} else {
		req.SortBy([]string{"-_score", "_id"})
	}
	found, err := ix.bleve.SearchInContext(ctx, req)
	if err != nil {
		return nil, ix.broken("search", err)
	}
	if c.faults.Load() {
		return nil, ix.broken("search", errUnsealed)
	}
	return result(found, &c.reasons), nil
}

func (ix *Index) flushNow() error {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	return ix.flush()
}

func result(found *bleve.SearchResult, why *reasons) *Result {
	res := &Result{Total: int(found.Total)}
	for _, m := range found.Hits {
		res.Hits = append(res.Hits, hit(m, why))
	}
	if len(found.Facets) == 0 {
		return res
	}
	res.Facets = map[Facet][]Count{}
	for _, f := range Facets() {
		counts := []Count{}
		if r := found.Facets[string(f)]; r != nil && r.Terms != nil {
			for _, t := range r.Terms.Terms() {
				counts = append(counts, Count{Value: t.Term, Count: t.Count})
			}
		}
		slices.SortFunc(counts, func(a, b Count) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
		})
		res.Facets[f] = counts
	}
	return res
}

func hit(m *search.DocumentMatch, why *reasons) Hit {
	one := func(field string) string {
		s, _ := m.Fields[field].(string)
		return s
	}
	year, _ := strconv.Atoi(one(string(FacetYear))) // we wrote it; 0 is unknown
	h := Hit{
		ID: m.ID, System: one(string(FacetSystem)), Ref: one(fieldRef), Kind: one(string(FacetKind)), Type: one(string(FacetType)),
		Year: year, Verdict: core.Verdict(one(string(FacetVerdict))), Score: m.Score,
	}
	for t := range m.Locations[fieldIdentifier] {
		if k := identifierKind(t); !slices.Contains(h.MatchedKinds, k) {
			h.MatchedKinds = append(h.MatchedKinds, k)
		}
	}
	slices.Sort(h.MatchedKinds)
	texts := textsOf(m)
	values := make([]string, len(texts))
	for i, t := range texts {
		values[i] = t.Value
	}
	h.Fragments = fragments(values, spans(m.Locations[fieldText], len(texts)))
	h.Why = why.whys(m.Locations, texts)
	return h
}

// textsOf gives the texts of a hit with the names of their fields.
func textsOf(m *search.DocumentMatch) (texts []Text) {
	switch v := m.Fields[fieldText].(type) {
	case string:
		texts = []Text{{Value: v}}
	case []any:
		for _, t := range v {
			s, _ := t.(string)
			texts = append(texts, Text{Value: s})
		}
	}
	names, _ := m.Fields[fieldNames].(string)
	for i, name := range strings.Split(names, "\x00") {
		if i < len(texts) {
			texts[i].Field = name
		}
	}
	return texts
}

// spans gives the places that were found in each text, in order, none
// overlapping another.
func spans(found search.TermLocationMap, texts int) [][]span {
	all := make([][]span, texts)
	for _, locations := range found {
		for _, l := range locations {
			if len(l.ArrayPositions) == 1 && l.ArrayPositions[0] < uint64(texts) {
				at := l.ArrayPositions[0]
				all[at] = append(all[at], span{int(l.Start), int(l.End)})
			}
		}
	}
	for i, list := range all {
		slices.SortFunc(list, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
		var merged []span
		for _, s := range list {
			if n := len(merged); n > 0 && s.from < merged[n-1].to {
				merged[n-1].to = max(merged[n-1].to, s.to)
				continue
			}
			merged = append(merged, s)
		}
		all[i] = merged
	}
	return all
}
