package index

import (
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

func newIndex(t testing.TB, docs ...Document) *Index {
	t.Helper()
	ix, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ix.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := ix.Add(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	return ix
}

// passages are texts of fields that are called a, b, c ...
func passages(values ...string) (out []Text) {
	for i, v := range values {
		out = append(out, Text{Field: string(rune('a' + i)), Value: v})
	}
	return out
}

// text makes a document of one ticket.
func text(ref string, texts ...string) Document {
	return Document{System: "V6.1", Ref: ref, Kind: "ticketing", Type: "ticket", Year: 2024, Verdict: core.Probable, Text: passages(texts...)}
}

func find(t testing.TB, ix *Index, q Query) *Result {
	t.Helper()
	res, err := ix.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func refs(res *Result) string {
	var refs []string
	for _, h := range res.Hits {
		refs = append(refs, h.Ref)
	}
	return strings.Join(refs, " ")
}

// marked gives the marked runs of a hit, joined by |.
func marked(h Hit) string {
	var runs []string
	for _, f := range h.Fragments {
		for _, r := range f.Runs {
			if r.Marked {
				runs = append(runs, r.Text)
			}
		}
	}
	return strings.Join(runs, "|")
}

func plain(f Fragment) string {
	var b strings.Builder
	for _, r := range f.Runs {
		b.WriteString(r.Text)
	}
	return b.String()
}
