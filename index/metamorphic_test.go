package index

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
)

// What is found in memory is found on disk, and an index that followed every
// change finds what one that was built anew does: the same documents, counts
// and reasons.
func TestMemoryDiskAndRebuiltAgree(t *testing.T) {
	fewer(t, "20") // each makes several indexes on disk
	words := []string{"Tuuli", "Tuulin", "Testinen", "Testisen", "Mallinen", "Åsa", "Asa", "Mäkinen", "Maekinen", "EU:n", "VAL/2024/117", "010190-900P",
		"tuuli.testinen@example.fi", "040 123 4567", "ja", "soitti", "toimeen\u00ADtulo", "Anna-Liisa", "päätös", "paatos", "👍", "a", "日本"}
	queries := []Query{{}, {Text: "testinen"}, {Text: "makinen"}, {Text: "tuuli testinen"}, {Text: "Tuuli Testinen", Name: true}, {Text: `"tuuli testinen"`},
		{Text: "test*"}, {Text: "testinne~"}, {Text: "val/2024/117"}, {Text: "010190-900p"}, {Text: "0401234567"}, {Text: "toimeentulo"}, {Text: "eu"},
		{Text: "päätös", Filters: map[Facet][]string{FacetYear: {"2024"}}}, {Text: "anna-liisa"}}
	document := rapid.Custom(func(rt *rapid.T) Document {
		texts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 8).Draw(rt, "words"), rapid.SampledFrom([]string{" ", ", ", "\n"}).Draw(rt, "glue"))
		}), 1, 3).Draw(rt, "texts")
		d := text(fmt.Sprint("ticket/", rapid.IntRange(0, 40).Draw(rt, "ref")), texts...)
		d.Year = rapid.IntRange(2023, 2025).Draw(rt, "year")
		if rapid.Bool().Draw(rt, "has a phone") {
			d.Identifiers = map[core.Kind][]string{core.Phone: {"+358401234567"}}
		}
		return d
	})
	rapid.Check(t, func(rt *rapid.T) {
		s, p := newShelf(), newPlace(t)
		for round := range rapid.IntRange(1, 4).Draw(rt, "rounds") {
			if round == 0 {
				s.put(rapid.SliceOfN(document, 20, 40).Draw(rt, "first")...)
			}
			s.put(rapid.SliceOfN(document, 0, 6).Draw(rt, "put")...)
			for _, d := range rapid.SliceOfN(document, 0, 4).Draw(rt, "drop") {
				s.drop(d)
			}
			ix, _ := followed(t, p, s)
			shut(t, ix)
		}
		disk, done := followed(t, p, s)
		if done.Rebuilt != "" || done.Added+done.Removed > 0 {
			rt.Errorf("nothing was to do: %+v", done)
		}
		rebuilt, _ := followed(t, newPlace(t), s)
		memory := newIndex(t)
		for _, d := range s.docs {
			if err := memory.Add(t.Context(), []Document{d}); err != nil {
				rt.Fatal(err)
			}
		}
		for _, q := range queries {
			q.Size = 100
			want := summary(find(t, memory, q))
			for name, ix := range map[string]*Index{"on disk": disk, "rebuilt": rebuilt} {
				if diff := cmp.Diff(want, summary(find(t, ix, q))); diff != "" {
					rt.Errorf("%q, %s:\n%s", q.Text, name, diff)
				}
			}
		}
		shut(t, disk)
		shut(t, rebuilt)
		shut(t, memory)
	})
}

// fewer sets how often the rapid tests of t are run.
func fewer(t *testing.T, checks string) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f == nil {
		t.Fatal("rapid has no such flag any more")
	}
	before := f.Value.String()
	if before != "100" {
		return // somebody asked for another number
	}
	if err := flag.Set(f.Name, checks); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set(f.Name, before) })
}

// summary is a result without order and scores, which depend on how documents
// lie in segments.
func summary(r *Result) any {
	hits := map[string]any{}
	for _, h := range r.Hits {
		h.Score = 0
		slices.SortFunc(h.Why, func(a, b Why) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		hits[h.ID] = h
	}
	return map[string]any{"total": r.Total, "hits": hits, "facets": r.Facets}
}
