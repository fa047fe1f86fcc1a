package sqlsource

import (
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// A name is looked for by its family name, in every form that it has; what
// the database gives of other people is read and thrown away, so their given
// names and initials must not bring the whole table.
func TestNamesAreLookedForByTheirFamilyName(t *testing.T) {
	checked := 0
	for _, tt := range []struct {
		name   string
		others []string // share a given name or an initial only
	}{
		{"Testinen, Luca Reijo", []string{"Luca Malli", "Koe Reijo", "L. R. Malli", "Malli L", "Rauha Koe"}},
		{"von Provström, Åsa", []string{"Åsa Malli", "von Exempelby Eva", "Malli Å."}},
		{"Esimerkki-Mallinen, Tuuli Pia-Maria", []string{"Tuuli Koe", "Pia-Maria Koe", "T. P. Koe", "Maria Koe"}},
		{"Li, Bo Erik", []string{"Bo Koe", "Erik Koe", "B. E. Koe"}},
	} {
		i := id(t, core.Name, tt.name)
		patterns := namePatterns(i)
		fits := func(text string) bool {
			for _, p := range patterns {
				if likeAny(text, []string{p.ascii}) || likeAny(text, []string{p.foreign}) && strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }) {
					return true
				}
			}
			return false
		}
		for _, form := range append([]string{i.Value}, formTexts(i)...) {
			checked++
			if !fits(form) {
				t.Errorf("no pattern of %q fits %q", patterns, form)
			}
		}
		for _, other := range tt.others {
			if fits(other) {
				t.Errorf("%q is asked for when %q is looked for: %q", other, tt.name, patterns)
			}
		}
	}
	if checked == 0 {
		t.Fatal("nothing was checked")
	}
}
