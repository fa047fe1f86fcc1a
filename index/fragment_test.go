package index

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestHostileTextStaysInRuns(t *testing.T) {
	const hostile = `<script>alert("Testinen")</script> & <mark>Tuuli</mark> </b>`
	ix := newIndex(t, text("t", hostile))
	res := find(t, ix, Query{Text: "testinen script"})
	want := []Fragment{{Runs: []Run{{"<", false}, {"script", true}, {`>alert("`, false}, {"Testinen", true}, {`")</`, false},
		{"script", true}, {"> & <mark>Tuuli</mark> </b>", false}}}}
	if len(res.Hits) != 1 {
		t.Fatal(res.Total)
	}
	if diff := cmp.Diff(want, res.Hits[0].Fragments); diff != "" {
		t.Error(diff)
	}
}

func TestFragmentsOfALongText(t *testing.T) {
	filler := strings.Repeat("Käsittelijä kirjasi päätöksen järjestelmään. ", 60)
	body := filler + "Tuuli Testinen soitti. " + filler + "Ja Testisen asia jatkuu, Testinen kirjoitti. " + filler
	ix := newIndex(t, text("t", "otsikko", filler, body))
	res := find(t, ix, Query{Text: "testinen"})
	if len(res.Hits) != 1 || len(res.Hits[0].Fragments) != 2 {
		t.Fatalf("%+v", res)
	}
	if got := marked(res.Hits[0]); got != "Testinen|Testisen|Testinen" {
		t.Error(got)
	}
	for _, f := range res.Hits[0].Fragments {
		p := plain(f)
		if !f.CutBefore || !f.CutAfter || len(p) > fragmentBytes || !strings.Contains(body, p) || strings.HasPrefix(p, " ") {
			t.Errorf("%d bytes: %+v", len(p), f)
		}
	}
}

// Whatever the texts, fragments are pieces of them and mark what was searched.
func TestFragmentsArePiecesOfTheText(t *testing.T) {
	word := rapid.SampledFrom([]string{"Mäkinen", "Ma\u0308kinen", "MAKINEN", "Mäkisen", "ja", "kirjasi", "Öhman", "ß", "\u00AD", "<b>", "\n",
		"—", "a.b:c", "日本", "x\xffy", strings.Repeat("w", 300), "_", "''"})
	rapid.Check(t, func(rt *rapid.T) {
		ix, err := New()
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = ix.Close() }()
		texts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) string {
			return strings.Join(rapid.SliceOfN(word, 0, 60).Draw(rt, "words"), rapid.SampledFrom([]string{" ", "-", ""}).Draw(rt, "glue"))
		}), 1, 3).Draw(rt, "texts")
		if err := ix.Add(t.Context(), []Document{text("t", texts...)}); err != nil {
			rt.Fatal(err)
		}
		res, err := ix.Search(t.Context(), Query{Text: "makinen"})
		if err != nil {
			rt.Fatal(err)
		}
		all := strings.ToValidUTF8(strings.Join(texts, "\x00"), "\uFFFD")
		for _, h := range res.Hits {
			if marked(h) == "" {
				rt.Error("nothing is marked")
			}
			for _, f := range h.Fragments {
				if p := plain(f); !strings.Contains(all, p) || !utf8.ValidString(p) {
					rt.Errorf("%q is no piece of the text", p)
				}
			}
		}
	})
}

// No text and no query breaks the analysis, which Bleve runs where no panic
// can be caught.
func TestAnyTextAndQueryIsTaken(t *testing.T) {
	ix := newIndex(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := string(rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(rt, "bytes"))
		if rapid.Bool().Draw(rt, "letters") {
			s = rapid.String().Draw(rt, "letters of every script")
		}
		if err := ix.Add(t.Context(), []Document{text("t", s, s)}); err != nil {
			rt.Fatal(err)
		}
		if _, err := ix.Search(t.Context(), Query{Text: s, NoFacets: true}); err != nil && !strings.Contains(err.Error(), ErrQuery.Error()) {
			rt.Fatal(err)
		}
	})
}
