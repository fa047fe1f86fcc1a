package name

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
)

func texts(forms []core.Form, tier core.Tier) []string {
	var out []string
	for _, f := range forms {
		if f.Tier == tier {
			out = append(out, f.Text)
		}
	}
	return out
}

func TestFormsOfASimpleName(t *testing.T) {
	forms := Forms(FromParts("Maija", "Mäkelä"))
	for tier, want := range map[core.Tier][]string{
		core.TierExact:   {"Mäkelä, Maija", "Maija Mäkelä", "Mäkelä Maija"},
		core.TierVariant: {"Mäkelä, M.", "M. Mäkelä", "Mäkelä M.", "Mäkelä, M", "M Mäkelä", "Mäkelä M", "Mäkelä, Maikki", "Maikki Mäkelä", "Mäkelä Maikki"},
		core.TierFolded:  {"Makela, Maija", "Maekelae, Maija", "Maija Makela", "Maija Maekelae", "Makela Maija", "Maekelae Maija"},
	} {
		got := texts(forms, tier)
		if tier == core.TierVariant { // the table of short forms may grow
			got = slices.DeleteFunc(got, func(s string) bool { return !slices.Contains(want, s) })
			want = slices.DeleteFunc(want, func(s string) bool { return !slices.Contains(got, s) })
			if len(want) < 6 {
				t.Errorf("initials are missing: %q", got)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", tier, diff)
		}
	}
}

func TestFormsHold(t *testing.T) {
	for _, c := range []struct {
		given, family string
		tier          core.Tier
		want          string
	}{
		{"Maija Helena", "Mäkinen", core.TierExact, "Mäkinen Maija Helena"},
		{"Maija Helena", "Mäkinen", core.TierVariant, "Maija Mäkinen"},
		{"Maija Helena", "Mäkinen", core.TierVariant, "Helena Mäkinen"},
		{"Maija Helena", "Mäkinen", core.TierVariant, "Mäkinen, Maija H."},
		{"Maija Helena", "Mäkinen", core.TierVariant, "M. H. Mäkinen"},
		{"Maija Helena", "Mäkinen", core.TierVariant, "Mäkinen MH"},
		{"Maija Helena", "Mäkinen", core.TierFolded, "Makinen Maija"},
		{"Maija", "Mäkinen-Virtanen", core.TierVariant, "Virtanen, Maija"},
		{"Maija", "Mäkinen-Virtanen", core.TierVariant, "Maija Mäkinen"},
		{"Anna", "von Essen", core.TierExact, "von Essen, Anna"},
		{"Anna", "von Essen", core.TierVariant, "Anna Essen"},
		{"Juhani", "Öberg", core.TierVariant, "Jussi Öberg"},
		{"Juhani", "Åberg", core.TierFolded, "Juhani Aaberg"},
		{"Juhani", "Öberg", core.TierFolded, "Oeberg, Juhani"},
		{"", "Mäkinen", core.TierExact, "Mäkinen"},
		{"", "Mäkinen", core.TierFolded, "Maekinen"},
	} {
		if got := texts(Forms(FromParts(c.given, c.family)), c.tier); !slices.Contains(got, c.want) {
			t.Errorf("%s %s: no %s form %q in %q", c.given, c.family, c.tier, c.want, got)
		}
	}
	if got := Forms(Name{}); got != nil {
		t.Errorf("forms of no name: %q", got)
	}
}

func TestEveryFormAgreesWithItsName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := Name{
			Family: rapid.SampledFrom([]string{"Mäkinen", "Mäkinen-Virtanen", "von Essen", "Öhman", "Qxåszö"}).Draw(t, "family"),
			Given: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Maija", "Helena", "Anna-Liisa", "Åke", "Juhani", "Šurik"}), 1, 3,
				func(s string) string { return s }).Draw(t, "given"),
		}
		m := NewMatcher(n.Canonical())
		forms := Forms(n)
		if len(forms) < 9 || len(forms) > maxForms {
			t.Fatalf("%d forms", len(forms))
		}
		for _, f := range forms {
			if l := m.Level(f.Text); l < Variant {
				t.Fatalf("%q of %q: %v", f.Text, n.Canonical(), l)
			}
		}
	})
}

func TestFamilyTokens(t *testing.T) {
	for _, c := range []struct {
		family string
		want   []string
	}{
		{"Mäkinen", []string{"mäkinen"}},
		{"MÄKINEN-Virtanen", []string{"mäkinen", "virtanen"}},
		{"von Essen", []string{"essen"}},
		{"Ali Ali", []string{"ali"}},
		{"O'Brien", []string{"obrien"}},
		{"", nil},
	} {
		if diff := cmp.Diff(c.want, FamilyTokens(Name{Family: c.family})); diff != "" {
			t.Errorf("%q:\n%s", c.family, diff)
		}
	}
}
