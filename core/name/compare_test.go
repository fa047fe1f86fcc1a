package name

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestCompareText(t *testing.T) {
	for _, c := range []struct {
		rule string
		a, b string
		want Level
	}{
		// Equal: case, Unicode form, white space, hyphens, apostrophes.
		{"order with and without comma", "Mäkinen, Maija", "Maija Mäkinen", Equal},
		{"capitals, family first", "MÄKINEN MAIJA", "Maija Mäkinen", Equal},
		{"decomposed", "Ma\u0308kinen Maija", "Mäkinen, Maija", Equal},
		{"double spaces", "Maija   Mäkinen", "Mäkinen,Maija", Equal},
		{"hyphen forms", "Anna\u2011Liisa Mäki\u2013Petäjä", "Mäki-Petäjä, Anna Liisa", Equal},
		{"apostrophe forms", "Sean O’Brien", "O'Brien, Sean", Equal},
		{"full stop of an initial", "Mäkinen, Maija H.", "Mäkinen, Maija H", Equal},
		{"a unit in brackets", "Mäkinen Maija (Valtori)", "Maija Mäkinen", Equal},
		{"particle in both", "Anna von Essen", "von Essen, Anna", Equal},

		// Variant: given names left out, initials, order.
		{"middle name missing", "Maija Mäkinen", "Maija Liisa Mäkinen", Variant},
		{"call name is the second", "Maija Helena Mäkinen", "Helena Mäkinen", Variant},
		{"given names in another order", "Mäkinen, Helena Maija", "Mäkinen, Maija Helena", Variant},
		{"initial of the middle name", "Mäkinen, Maija H.", "Mäkinen, Maija Helena", Variant},
		{"initials only", "M.H. Mäkinen", "Maija Helena Mäkinen", Variant},
		{"one initial", "Mäkinen M", "Mäkinen, Maija", Variant},
		{"one initial on both sides", "M. Mäkinen", "Mäkinen M", Variant},
		{"initials without full stops", "Virtanen JP", "Virtanen, Juha-Pekka", Variant},
		{"written together", "Annaliisa Mäkinen", "Anna-Liisa Mäkinen", Variant},
		{"part of a given name", "Anna-Liisa Mäkinen", "Anna Mäkinen", Variant},
		{"unsupported order", "Qwertyil Zxcvbia", "Qwertyil, Zxcvbia", Variant},

		// Variant: family names.
		{"part of a double name", "Maija Mäkinen-Virtanen", "Maija Mäkinen", Variant},
		{"other part of a double name", "Maija Mäkinen-Virtanen", "Virtanen, Maija", Variant},
		{"double name turned round", "Maija Mäkinen-Virtanen", "Maija Virtanen-Mäkinen", Variant},
		{"particle missing", "Anna von Essen", "Anna Essen", Variant},
		{"another particle", "Anna van Essen", "Anna von Essen", Variant},
		{"written together", "Ewan MacDonald", "Mac Donald, Ewan", Variant},

		// Variant: letters.
		{"ä as a", "Maija Makinen", "Maija Mäkinen", Variant},
		{"ä as ae, ö as oe", "Pentti Maekiloe", "Pentti Mäkilö", Variant},
		{"å as aa", "Carl Aakerblom", "Carl Åkerblom", Variant},
		{"å as a", "Carl Akerblom", "Carl Åkerblom", Variant},
		{"lost letter", "Maija M?kinen", "Maija Mäkinen", Variant},
		{"broken bytes", "Maija M\xe4kinen", "Maija Mäkinen", Variant},
		{"accent", "René Dupre", "Rene Dupré", Variant},
		{"š as sh", "Anna Shevchuk", "Anna Ševtšuk", Variant},
		{"ž as z", "Anna Zukova", "Anna Žukova", Variant},
		{"Cyrillic by SFS 4900", "Анна Жукова", "Anna Žukova", Variant},
		{"õ as ö", "Mart Pöder", "Mart Põder", Variant},
		{"ø as ö", "Kari Sörensen", "Kari Sørensen", Variant},

		// Variant: listed short forms.
		{"Jussi for Juhani", "Jussi Mäkinen", "Mäkinen, Juhani", Variant},
		{"Kati for Katariina", "Mäkinen, Katariina Maria", "Kati Mäkinen", Variant},
		{"Kalle for Carl", "Kalle Lindström", "Carl Lindström", Variant},
		{"two short forms of one name", "Kati Mäkinen", "Kaisa Mäkinen", SharesPart},

		// Typo.
		{"transposition", "Maija Mäkinne", "Maija Mäkinen", Typo},
		{"letter left out", "Maija Virtane", "Maija Virtanen", Typo},
		{"in the given name", "Katariinna Mäkinen", "Katariina Mäkinen", Typo},
		{"two in a long name", "Maija Hietakangzx", "Maija Hietakangas", Typo},
		{"with an initial", "M. Virtanenn", "Maija Virtanen", Typo},
		{"two in a short name", "Maija Virtaxxn", "Maija Virtanen", SharesPart},
		{"too short for a slip", "Maija Lainx", "Maija Laine", SharesPart},
		{"in both names", "Katariinna Virtane", "Katariina Virtanen", None},

		// Another known name is no slip.
		{"Virta, Virtanen", "Matti Virta", "Liisa Virtanen", None},
		{"Niemi, Nieminen", "Matti Niemi", "Liisa Nieminen", None},
		{"Mäki, Mäkelä", "Matti Mäki", "Liisa Mäkelä", None},
		{"Mäkelä, Mäkilä", "Matti Mäkelä", "Liisa Mäkilä", None},
		{"Makela, Mäkilä", "Matti Makela", "Liisa Mäkilä", None},
		{"Korhonen, Korhola", "Matti Korhonen", "Liisa Korhola", None},
		{"Lehtinen, Lehtonen", "Matti Lehtinen", "Matti Lehtonen", SharesPart},
		{"Marjatta, Marjaana", "Marjatta Mäkinen", "Marjaana Mäkinen", SharesPart},
		{"Marja, Maria", "Marja Mäkinen", "Marjo Mäkinen", SharesPart},

		// A part only.
		{"same given name", "Maija Virtanen", "Maija Korhonen", SharesPart},
		{"same family name", "Maija Virtanen", "Matti Virtanen", SharesPart},
		{"second given names conflict", "Maija Helena Mäkinen", "Maija Liisa Mäkinen", SharesPart},
		{"initial conflicts", "Maija H. Mäkinen", "Maija Liisa Mäkinen", SharesPart},
		{"family name alone", "Mäkinen", "Maija Mäkinen", SharesPart},
		{"family name alone, both", "Mäkinen", "Mäkinen", SharesPart},
		{"doubles share a part", "Maija Mäkinen-Virtanen", "Maija Mäkinen-Korhonen", SharesPart},
		{"part of another's double name", "Matti Mäkinen-Virtanen", "Maija Virtanen", SharesPart},

		// Nothing.
		{"other names", "Maija Mäkinen", "Matti Virtanen", None},
		{"an initial is no name", "M. Mäkinen", "M. Virtanen", None},
		{"ä is not ö", "Maija Räsy", "Liisa Rösy", None},
		{"no name", "maija@example.fi", "maija@example.fi", None},
		{"empty", "", "", None},
	} {
		if got := CompareText(c.a, c.b); got != c.want {
			t.Errorf("%s: CompareText(%q, %q) = %v, want %v", c.rule, c.a, c.b, got, c.want)
		}
		if got := CompareText(c.b, c.a); got != c.want {
			t.Errorf("%s: CompareText(%q, %q) = %v, want %v", c.rule, c.b, c.a, got, c.want)
		}
	}
}

func TestMatcherTakesTheBestName(t *testing.T) {
	m := NewMatcher("Mäkinen, Maija Helena", "", "Virtanen, Maija Helena")
	for text, want := range map[string]Level{
		"Maija Virtanen":        Variant,
		"MÄKINEN MAIJA HELENA":  Equal,
		"Maija Korhonen":        SharesPart,
		"Matti Korhonen":        None,
		"":                      None,
		"kirjaamo@example.fi":   None,
		"Helena Makinen (HR/1)": Variant,
	} {
		if got := m.Level(text); got != want {
			t.Errorf("Level(%q) = %v, want %v", text, got, want)
		}
	}
	if got := NewMatcher().Level("Maija Mäkinen"); got != None {
		t.Errorf("a matcher of nothing says %v", got)
	}
}

func word(t *rapid.T, label string, least int) string {
	letters := rapid.SampledFrom([]rune("abcdefghijklmnopqrstuvwxyzåäöéšž"))
	w := []rune(rapid.StringOfN(letters, least, 12, -1).Draw(t, label))
	w[0] = unicode.ToUpper(w[0])
	return string(w)
}

var (
	someGiven    = []string{"Maija", "Helena", "Matti", "Juhani", "Jussi", "Anna-Liisa", "Åke", "M.", "Kati", "Katariina", "Jörgen"}
	someFamilies = []string{"Mäkinen", "Makinen", "Mäkinne", "Virtanen", "Virta", "Mäkinen-Virtanen", "von Essen", "Essen", "Öhman", "Ali Ali", "Ali Mohamed"}
)

func anyName(t *rapid.T) Name {
	n := Name{Family: rapid.OneOf(rapid.SampledFrom(someFamilies), rapid.Custom(func(t *rapid.T) string { return word(t, "family", 2) })).Draw(t, "family")}
	for range rapid.IntRange(0, 3).Draw(t, "given names") {
		n.Given = append(n.Given, rapid.OneOf(rapid.SampledFrom(someGiven), rapid.Custom(func(t *rapid.T) string { return word(t, "given", 2) })).Draw(t, "given"))
	}
	return n
}

func TestCompareIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyName(t), anyName(t)
		if x, y := Compare(a, b), Compare(b, a); x != y {
			t.Fatalf("%q, %q: %v and %v", a.Canonical(), b.Canonical(), x, y)
		}
		ta, tb := a.Canonical(), strings.Join(append(b.Given, b.Family), " ")
		if x, y := CompareText(ta, tb), CompareText(tb, ta); x != y {
			t.Fatalf("%q, %q: %v and %v", ta, tb, x, y)
		}
	})
}

func TestCompareOfAFullNameWithItselfIsEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := Name{Family: word(t, "family", 2), Given: []string{word(t, "given", 4), word(t, "given", 1)}}
		if l := Compare(n, n); l != Equal {
			t.Fatalf("%q: %v", n.Canonical(), l)
		}
		if l := CompareText(n.Canonical(), n.Canonical()); l != Equal {
			t.Fatalf("%q as text: %v", n.Canonical(), l)
		}
	})
}

func TestCompareIgnoresCaseFormAndSpace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyName(t).Canonical(), anyName(t).Canonical()
		want := CompareText(a, b)
		for _, v := range []string{
			strings.ToUpper(b), strings.ToLower(b), norm.NFD.String(b),
			" " + strings.ReplaceAll(b, " ", "\u00a0 ") + "\t", strings.ReplaceAll(b, "-", "\u2011"),
		} {
			if got := CompareText(a, v); got != want {
				t.Fatalf("%q with %q: %v, and with %q: %v", a, b, want, v, got)
			}
		}
	})
}

func TestOneSlipInAFamilyName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		family := []rune("Hietakangas")
		i := rapid.IntRange(0, len(family)-2).Draw(t, "at")
		family[i], family[i+1] = family[i+1], family[i]
		got := CompareText("Hietakangas, Maija", string(family)+", Maija")
		if got < Typo {
			t.Fatalf("swapped at %d: %v", i, got)
		}
	})
}

func FuzzCompareText(f *testing.F) {
	for _, s := range []string{"Mäkinen, Maija H.", "von Essen Anna", "Анна Жукова", "åååååå aaaaaaaaa", "ß ẞ", "\xff\xfe, ?", "J-P. M"} {
		f.Add(s, "Maija Mäkinen")
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if x, y := CompareText(a, b), CompareText(b, a); x != y {
			t.Errorf("%q, %q: %v and %v", a, b, x, y)
		}
		if n, err := Parse(a); err == nil {
			if _, err := Parse(n.Canonical()); err != nil {
				t.Errorf("%q: canonical form %q: %v", a, n.Canonical(), err)
			}
			for _, form := range Forms(n) {
				if form.Text == "" {
					t.Errorf("%q has an empty form", a)
				}
			}
		}
	})
}

func BenchmarkMatcher(b *testing.B) {
	m := NewMatcher("Mäkinen, Maija Helena", "Virtanen, Maija Helena")
	for b.Loop() {
		m.Level("Korhonen Matti Juhani")
	}
}

func TestASoleTradersNameHoldsThePersons(t *testing.T) {
	for text, want := range map[string]Level{
		"Tmi Maija Mäkinen": Equal, "Maija Mäkinen T:mi": Equal, "Firma Mäkinen Maija": Equal, "ENSKILD FIRMA MAIJA MÄKINEN": Equal, "Toiminimi M. Mäkinen": Variant,
		"Tmi Liisa Mäkinen": SharesPart, "Tmi Mäkinen": SharesPart, "Tmi": None, "Firma Oy": None,
	} {
		if got := CompareText("Maija Mäkinen", text); got != want {
			t.Errorf("%q agrees %s, want %s", text, got, want)
		}
	}
}
