package index

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// sentences are put together to documents of about 1.1 kB.
var sentences = []string{
	"Hakija %s toimitti liitteet määräajassa ja asia siirtyi käsittelijälle.",
	"Puhelu kirjattiin järjestelmään, ja henkilölle %s lähetettiin vahvistus sähköpostitse.",
	"Ärendet som gäller %s behandlades vid enheten och beslutet skickades per post.",
	"The requester %s reports that the connection drops every morning after an update.",
	"Päätös annettiin tiedoksi, eikä siihen ole haettu muutosta.",
	"Handläggaren bad om komplettering innan avgörandet.",
	"The workstation was replaced and the ticket can be closed.",
}

func generated(n int) []Document {
	rnd := rand.New(rand.NewPCG(1, 2))
	families := []string{"Testinen", "Esimerkki", "Mallinen", "Koekäyttäjä", "Provström", "Exempelby", "Sampleson"}
	docs := make([]Document, n)
	for i := range docs {
		var b strings.Builder
		for b.Len() < 1100 {
			s := sentences[rnd.IntN(len(sentences))]
			if strings.Contains(s, "%s") {
				s = fmt.Sprintf(s, families[rnd.IntN(len(families))]+fmt.Sprint(rnd.IntN(500)))
			}
			b.WriteString(s + " ")
		}
		docs[i] = Document{System: fmt.Sprint("V", i%9), Ref: fmt.Sprint("ticket/", i), Kind: "ticketing", Type: "ticket", Year: 2010 + i%15,
			Verdict: core.Review, Text: passages("otsikko", b.String()),
			Identifiers: map[core.Kind][]string{core.Email: {fmt.Sprintf("user%d@example.fi", i%700)}}}
	}
	return docs
}

func BenchmarkAdd(b *testing.B) {
	docs := generated(10_000)
	b.ReportAllocs()
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		ix, err := New()
		if err != nil {
			b.Fatal(err)
		}
		for from := 0; from < len(docs); from += 100 { // as the records of a source come
			if err := ix.Add(b.Context(), docs[from:from+100]); err != nil {
				b.Fatal(err)
			}
		}
		if res, err := ix.Search(b.Context(), Query{Size: -1}); err != nil || res.Total != len(docs) {
			b.Fatal(res, err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if err := ix.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(docs)*b.N)/b.Elapsed().Seconds(), "documents/s")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(docs)), "heap-B/document")
}

func BenchmarkSearch(b *testing.B) {
	ix := newIndex(b, generated(10_000)...)
	find(b, ix, Query{})
	for _, c := range []struct {
		name  string
		query Query
	}{
		{"rare", Query{Text: "mallinen42", NoFacets: true}},
		{"rare+facets", Query{Text: "mallinen42"}},
		{"common", Query{Text: "käsittelijälle", NoFacets: true}},
		{"common+facets", Query{Text: "käsittelijälle"}},
		{"phrase", Query{Text: `"päätös annettiin tiedoksi"`, NoFacets: true}},
		{"prefix", Query{Text: "mallinen4*", NoFacets: true}},
		{"identifier", Query{Text: "user42@example.fi", NoFacets: true}},
		{"everything+facets", Query{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				find(b, ix, c.query)
			}
		})
	}
}
