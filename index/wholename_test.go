package index

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWholeNames(t *testing.T) {
	for _, c := range []struct {
		name, text, query string
		marked            string // "" = not found
	}{
		{"as it is", "Asiakas Tuuli Testinen soitti", "Tuuli Testinen", "Tuuli|Testinen"},
		{"typed the other way", "Asiakas Tuuli Testinen soitti", "Testinen, Tuuli", "Tuuli|Testinen"},
		{"written the other way", "osallistuja Testinen Tuuli ilmoittautui", "Tuuli Testinen", "Testinen|Tuuli"},
		{"with a comma", "Testinen, Tuuli", "Tuuli Testinen", "Testinen|Tuuli"},
		{"with a comma in a sentence", "hakijana testinen, tuuli kuten aiemmin", "Tuuli Testinen", "testinen|tuuli"},
		{"capitals", "HAKIJA TESTINEN, TUULI", "Tuuli Testinen", "TESTINEN|TUULI"},
		{"genitive", "Tuuli Testisen hakemus", "Tuuli Testinen", "Tuuli|Testisen"},
		{"both bent", "luettelossa Testisen Tuulin jälkeen", "Tuuli Testinen", "Testisen|Tuulin"},
		{"gradation", "päätös Pekka Rannalle annettiin", "Pekka Ranta", "Pekka|Rannalle"},
		{"gradation of the given name", "Rannan Pekan asia", "Pekka Ranta", "Rannan|Pekan"},
		{"Swedish", "Ärendet gäller Maj-Britt Provströms ansökan", "Maj-Britt Provström", "Maj|Britt|Provströms"},
		{"Swedish in Finnish", "asia koskee Åsa Provströmiä", "Åsa Provström", "Åsa|Provströmiä"},
		{"clitic after a colon", "Tuuli Smith:n asia ja Tuuli Smithin pyyntö", "Tuuli Smith", "Tuuli|Smith|Tuuli|Smithin"},
		{"English possessive", "We read Tuuli Smith's letter", "Tuuli Smith", "Tuuli|Smith"},
		{"without marks", "Asa Provstrom ringde", "Åsa Provström", "Asa|Provstrom"},
		{"transcribed", "Aasa Maekinen ringde", "Åsa Mäkinen", "Aasa|Maekinen"},
		{"double family name", "Tuuli Testi-Mäkisen hakemus", "Tuuli Testi-Mäkinen", "Tuuli|Testi|Mäkisen"},
		{"half of a double family name", "Tuuli Mäkisen hakemus", "Tuuli Testi-Mäkinen", "Tuuli|Mäkisen"},
		{"double given name", "Anna-Liisan Testisen", "Anna-Liisa Testinen", "Anna|Liisan|Testisen"},
		{"particle", "Carl von Essenin kirje", "Carl von Essen", "Carl|von|Essenin"},
		{"second given name alone", "Helena Testinen soitti", "Tuuli Helena Testinen", "Helena|Testinen"},
		{"all given names", "Testinen, Tuuli Helena", "Tuuli Helena Testinen", "Testinen|Tuuli|Helena"},
		{"initial between", "Tuuli H. Testinen soitti", "Tuuli Helena Testinen", "Tuuli|H|Testinen"},
		{"initial alone", "T. Testinen soitti", "Tuuli Testinen", "T|Testinen"},
		{"two initials", "T. H. Testinen soitti", "Tuuli Helena Testinen", "T|H|Testinen"},
		{"a line between", "Tuuli\nTestinen", "Tuuli Testinen", "Tuuli|Testinen"},
		{"a space that does not break", "Tuuli\u00A0Testinen", "Tuuli Testinen", "Tuuli|Testinen"},
		{"decomposed", "A\u030Asa Ma\u0308kinen", "Åsa Mäkinen", "A\u030Asa|Ma\u0308kinen"},
		{"a real place beside a false one", "Tuuli Mallinen, Anu Testinen ja Tuuli Testinen", "Tuuli Testinen", "Tuuli|Testinen"},

		{"apart", "Tuuli Mallinen tapasi Anu Testisen", "Tuuli Testinen", ""},
		{"apart the other way", "Anu Testinen tapasi Tuuli Mallisen", "Tuuli Testinen", ""},
		{"list with commas", "Paikalla Anu Testinen, Tuuli Mallinen", "Tuuli Testinen", ""},
		{"list with commas, one given name", "Paikalla Anu Testinen, Tuuli ja Pekka", "Tuuli Testinen", ""},
		{"list, family name first", "Mallinen Tuuli, Testinen Anu", "Tuuli Testinen", ""},
		{"list with spaces", "Paikalla Anu Testinen Tuuli Mallinen", "Tuuli Testinen", ""},
		{"two sentences", "Soitti Tuuli. Testinen ei vastannut.", "Tuuli Testinen", ""},
		{"two sentences the other way", "Vastasi Testinen. Tuuli ei soittanut.", "Tuuli Testinen", ""},
		{"semicolon", "Tuuli; Testinen", "Tuuli Testinen", ""},
		{"and", "Tuuli ja Testinen", "Tuuli Testinen", ""},
		{"another initial", "A. Testinen soitti", "Tuuli Testinen", ""},
		{"another family name", "Tuuli Testilä soitti", "Tuuli Testinen", ""},
		{"half of another's double name", "Tuuli Testi soitti", "Tuuli Mallinen-Koe", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ix := newIndex(t, text("other", "Something else altogether, in English"), text("this", c.text))
			res := find(t, ix, Query{Text: c.query, Name: true})
			switch {
			case c.marked == "" && res.Total != 0:
				t.Errorf("found, marked %q", marked(res.Hits[0]))
			case c.marked != "" && refs(res) != "this":
				t.Errorf("found %q, want the document", refs(res))
			case c.marked != "" && marked(res.Hits[0]) != c.marked:
				t.Errorf("marked %q, want %q", marked(res.Hits[0]), c.marked)
			}
		})
	}
}

func TestNamesAreNotJoinedOverFields(t *testing.T) {
	ix := newIndex(t, text("apart", "Tuuli", "Testinen"), text("together", "otsikko", "Tuuli Testinen"))
	if got := refs(find(t, ix, Query{Text: "Tuuli Testinen", Name: true})); got != "together" {
		t.Error(got)
	}
}

func TestHalfANameIsNoWholeName(t *testing.T) {
	ix := newIndex(t, office()...)
	for _, s := range []string{"Testinen", "?!"} {
		if _, err := ix.Search(t.Context(), Query{Text: s, Name: true}); !errors.Is(err, ErrQuery) {
			t.Errorf("%q: %v, want ErrQuery", s, err)
		}
	}
}

// Whatever stands around and between the two names, a hit has the words side
// by side, with white space, a hyphen, an initial's full stop or the comma of
// "family, given" between.
func TestWholeNamesOnRandomTexts(t *testing.T) {
	pieces := []string{"Tuuli", "Tuulin", "Testinen", "Testisen", "Mallinen", "Anu", "ja", "soitti", "T."}
	glue := []string{" ", " ", " ", ", ", ". ", "; ", " ja ", "\n", "-", "\u00A0", " (", ") "}
	rapid.Check(t, func(rt *rapid.T) {
		var b strings.Builder
		for i := range rapid.IntRange(1, 12).Draw(rt, "words") {
			if i > 0 {
				b.WriteString(rapid.SampledFrom(glue).Draw(rt, "glue"))
			}
			b.WriteString(rapid.SampledFrom(pieces).Draw(rt, "word"))
		}
		ix := newIndex(t, text("t", b.String()))
		res := find(t, ix, Query{Text: "Tuuli Testinen", Name: true})
		side := false
		words := strings.FieldsFunc(b.String(), func(r rune) bool { return strings.ContainsRune(" ,.;\n-\u00A0()", r) })
		for i := 1; i < len(words); i++ {
			pair := words[i-1] + " " + words[i]
			given, family := strings.Contains(pair, "Tuuli") || strings.Contains(" "+pair+" ", " T "), strings.Contains(pair, "Testi")
			side = side || given && family
		}
		if res.Total > 0 && !side {
			rt.Errorf("found in %q", b.String())
		}
		if res.Total == 0 && strings.Contains(b.String(), "ja Tuuli Testinen ja") {
			rt.Errorf("not found in %q", b.String())
		}
	})
}

func TestAHitTellsWhy(t *testing.T) {
	ix := newIndex(t, Document{System: "V1.1", Ref: "case/1", Text: []Text{
		{"title", "Testisen asia"}, {"requester.name", "TESTINEN, Tuuli"}, {"body", "Testinen soitti. Testinen kirjoitti Testilaitokselle. Tesitnen?"},
		{"note", "Maekinen ja Makinen"}}})
	show := func(q Query) (out []string) {
		for _, h := range find(t, ix, q).Hits {
			for _, w := range h.Why {
				out = append(out, fmt.Sprintf("%s|%s|%s|%s|%s|%d", w.Field, w.Word, w.Query, w.How, w.Form, w.Times))
			}
		}
		return out
	}
	for _, c := range []struct {
		q    Query
		want []string
	}{
		{Query{Text: "testinen"}, []string{"title|Testisen|testinen|inflected|genitive|1", "requester.name|TESTINEN|testinen|exact||1", "body|Testinen|testinen|exact||2"}},
		{Query{Text: "testi*"}, []string{"title|Testisen|testi|prefix||1", "requester.name|TESTINEN|testi|prefix||1", "body|Testinen|testi|prefix||2",
			"body|Testilaitokselle|testi|prefix||1"}},
		{Query{Text: "tesitnen~"}, []string{"title|Testisen|tesitnen|similar||1", "requester.name|TESTINEN|tesitnen|similar||1", "body|Testinen|tesitnen|similar||2",
			"body|Tesitnen|tesitnen|exact||1"}},
		{Query{Text: "mäkinen"}, []string{"note|Maekinen|mäkinen|spelling||1", "note|Makinen|mäkinen|spelling||1"}},
		{Query{Text: "Tuuli Testinen", Name: true}, []string{"requester.name|TESTINEN|Testinen|exact||1", "requester.name|Tuuli|Tuuli|exact||1"}},
	} {
		got := show(c.q)
		if c.q.Text == "tesitnen~" {
			got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "title") }) // three letters differ
			c.want = c.want[1:]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v:\n got %q\nwant %q", c.q, got, c.want)
		}
	}
	res := find(t, newIndex(t, office()...), Query{Text: "040 123 4567"})
	if len(res.Hits) != 1 || len(res.Hits[0].Why) != 1 || res.Hits[0].Why[0].How != HowIdentifier || res.Hits[0].Why[0].Kind != "phone" {
		t.Errorf("an identifier: %+v", res.Hits)
	}
}
