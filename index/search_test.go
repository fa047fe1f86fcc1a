package index

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

// office is a small request over three systems.
func office() []Document {
	return []Document{
		{System: "V1.1", Ref: "case/1", Kind: "case-management", Type: "case", Year: 2022, Verdict: core.Confirmed,
			Text:        passages("Tietopyyntö", "Tuuli Testinen pyytää asiakirjoja omasta asiastaan."),
			Identifiers: map[core.Kind][]string{core.PersonalIdentityCode: {"010190-900P"}, core.Email: {"tuuli.testinen@example.fi"}}},
		{System: "V1.1", Ref: "contract/2", Kind: "case-management", Type: "contract", Year: 2023, Verdict: core.Review,
			Text: passages("Konsultavtal", "Avtalet gäller Testinens uppdrag i Åbo.")},
		{System: "V6.1", Ref: "ticket/3", Kind: "ticketing", Type: "ticket", Year: 2023, Verdict: core.Probable,
			Text:        passages("VPN does not connect", "Testinen reports that the client asks for a password twice."),
			Identifiers: map[core.Kind][]string{core.Email: {"tuuli.testinen@example.fi"}, core.Phone: {"+358401234567"}}},
		{System: "V6.1", Ref: "ticket/4", Kind: "ticketing", Type: "ticket", Year: 0, Verdict: core.AnotherPerson,
			Text: passages("Uusi näppäimistö", "Tilaajana Teemu Testinen.")},
	}
}

func TestFacetsCountWhatWasFound(t *testing.T) {
	ix := newIndex(t, office()...)
	res := find(t, ix, Query{Text: "testinen"})
	if res.Total != 4 {
		t.Fatalf("%d found", res.Total)
	}
	want := map[Facet][]Count{
		FacetSystem:  {{"V1.1", 2}, {"V6.1", 2}},
		FacetKind:    {{"case-management", 2}, {"ticketing", 2}},
		FacetType:    {{"ticket", 2}, {"case", 1}, {"contract", 1}},
		FacetYear:    {{"2023", 2}, {"0", 1}, {"2022", 1}},
		FacetVerdict: {{"another_person", 1}, {"confirmed", 1}, {"probable", 1}, {"review", 1}},
	}
	if diff := cmp.Diff(want, res.Facets); diff != "" {
		t.Error(diff)
	}
	if res := find(t, ix, Query{Text: "testinen", NoFacets: true}); res.Facets != nil || res.Total != 4 {
		t.Errorf("without facets: %+v", res.Facets)
	}
}

func TestFilters(t *testing.T) {
	ix := newIndex(t, office()...)
	for _, c := range []struct {
		name    string
		text    string
		filters map[Facet][]string
		want    string
	}{
		{"one", "testinen", map[Facet][]string{FacetSystem: {"V1.1"}}, "case/1 contract/2"},
		{"values are an OR", "", map[Facet][]string{FacetVerdict: {"confirmed", "review"}}, "case/1 contract/2"},
		{"facets are an AND", "", map[Facet][]string{FacetYear: {"2023"}, FacetType: {"ticket"}}, "ticket/3"},
		{"unknown year", "", map[Facet][]string{FacetYear: {"0"}}, "ticket/4"},
		{"no such value", "testinen", map[Facet][]string{FacetKind: {"hr"}}, ""},
		{"values are whole", "", map[Facet][]string{FacetKind: {"case"}}, ""},
		{"no values", "vpn", map[Facet][]string{FacetKind: nil}, "ticket/3"},
	} {
		res := find(t, ix, Query{Text: c.text, Filters: c.filters})
		got := strings.Fields(refs(res))
		slices.Sort(got)
		if strings.Join(got, " ") != c.want || res.Total != len(got) {
			t.Errorf("%s: %v (%d), want %s", c.name, got, res.Total, c.want)
		}
		n := 0
		for _, count := range res.Facets[FacetSystem] {
			n += count.Count
		}
		if n != res.Total {
			t.Errorf("%s: facets count %d of %d", c.name, n, res.Total)
		}
	}
	if _, err := ix.Search(t.Context(), Query{Filters: map[Facet][]string{"name": {"x"}}}); !errors.Is(err, ErrQuery) {
		t.Errorf("unknown facet: %v", err)
	}
}

func TestIdentifiersAreFoundHoweverTheyAreWritten(t *testing.T) {
	ix := newIndex(t, office()...)
	for _, c := range []struct {
		query, want string
		kind        core.Kind
	}{
		{"TUULI.TESTINEN@example.fi", "case/1 ticket/3", core.Email},
		{"040 123 4567", "ticket/3", core.Phone},
		{`"040 123 4567"`, "ticket/3", core.Phone},
		{"0401234567 vpn", "ticket/3", core.Phone},
		{"010190-900p", "case/1", core.PersonalIdentityCode},
		{"041 123 4567", "", core.Phone},
		{"0401234567 näppäimistö", "", core.Phone},
	} {
		res := find(t, ix, Query{Text: c.query})
		got := strings.Fields(refs(res))
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.query, got, c.want)
		}
		for _, h := range res.Hits {
			if !slices.Contains(h.MatchedKinds, c.kind) {
				t.Errorf("%s: %s says that it was found by %v", c.query, h.Ref, h.MatchedKinds)
			}
		}
	}
}

func TestHitCarriesItsDocument(t *testing.T) {
	ix := newIndex(t, office()...)
	res := find(t, ix, Query{Text: "konsultavtal"})
	if len(res.Hits) != 1 {
		t.Fatal(refs(res))
	}
	h := res.Hits[0]
	if h.Score <= 0 {
		t.Errorf("score %v", h.Score)
	}
	h.Score = 0
	want := Hit{ID: ID("V1.1", "contract/2"), System: "V1.1", Ref: "contract/2", Kind: "case-management", Type: "contract", Year: 2023,
		Verdict: core.Review, Fragments: []Fragment{{Runs: []Run{{"Konsultavtal", true}}}},
		Why: []Why{{Field: "a", Word: "Konsultavtal", Query: "konsultavtal", How: HowExact, Times: 1}}}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyQueryGivesEverythingNewestFirst(t *testing.T) {
	ix := newIndex(t, office()...)
	res := find(t, ix, Query{})
	if got := refs(res); got != "contract/2 ticket/3 case/1 ticket/4" {
		t.Error(got)
	}
	if f := res.Hits[0].Fragments; len(f) != 1 || plain(f[0]) != "Konsultavtal" || marked(res.Hits[0]) != "" {
		t.Errorf("the beginning of the text: %+v", f)
	}
}

func TestPagesJoinWithoutGaps(t *testing.T) {
	var docs []Document
	for i := range 57 {
		docs = append(docs, text(fmt.Sprintf("ticket/%02d", i), "sama teksti jokaisessa"))
	}
	ix := newIndex(t, docs...)
	seen := map[string]bool{}
	for from := 0; from < 60; from += 10 {
		res := find(t, ix, Query{Text: "teksti", From: from, Size: 10, NoFacets: true})
		if res.Total != len(docs) {
			t.Fatalf("total %d", res.Total)
		}
		for _, h := range res.Hits {
			seen[h.Ref] = true
		}
	}
	if len(seen) != len(docs) {
		t.Errorf("the pages hold %d of %d", len(seen), len(docs))
	}
	if res := find(t, ix, Query{Text: "teksti", Size: -1}); len(res.Hits) != 0 || res.Total != len(docs) || res.Facets == nil {
		t.Errorf("counts alone: %d hits, %d", len(res.Hits), res.Total)
	}
}

func TestQueriesThatCannotBeMade(t *testing.T) {
	ix := newIndex(t, office()...)
	for _, q := range []Query{{Size: maxSize + 1}, {From: -1}, {From: maxWindow, Size: 1}, {Text: "t*"}, {Text: strings.Repeat("sana ", maxWords+1)}} {
		_, err := ix.Search(t.Context(), q)
		if !errors.Is(err, ErrQuery) {
			t.Errorf("%d %d %d: %v, want ErrQuery", len(q.Text), q.From, q.Size, err)
		}
	}
}

func TestAddingAgainReplaces(t *testing.T) {
	docs := office()
	ix := newIndex(t, docs...)
	find(t, ix, Query{}) // the first ones are in a segment of their own
	docs[0].Verdict, docs[0].Text = core.AnotherPerson, passages("korjattu")
	if err := ix.Add(t.Context(), docs[:1]); err != nil {
		t.Fatal(err)
	}
	res := find(t, ix, Query{})
	if res.Total != len(docs) {
		t.Errorf("%d documents, want %d", res.Total, len(docs))
	}
	if got := refs(find(t, ix, Query{Text: "korjattu"})); got != "case/1" {
		t.Error(got)
	}
	if got := refs(find(t, ix, Query{Text: "tietopyyntö"})); got != "" {
		t.Error(got)
	}
	if res := find(t, ix, Query{Filters: map[Facet][]string{FacetVerdict: {"confirmed"}}}); res.Total != 0 {
		t.Error("the old verdict is still counted")
	}
}

func TestIDTellsSystemAndRefApart(t *testing.T) {
	if ID("V1", ".1/a") == ID("V1.1", "/a") || ID("a", "") == ID("", "a") {
		t.Error("ids collide")
	}
	const want = "b1b2936889bcd2cce25e0446f1d55b59" // it names the document in every index, so it does not change
	if got := ID("V6.1", "ticket/INC0000001"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if strings.Contains(ID("V6.1", "person/Testinen"), "Testinen") {
		t.Error("an id shows the ref")
	}
}
