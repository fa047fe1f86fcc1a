package identifier

import (
	"slices"
	"testing"

	"github.com/sinusta/sinusta/core"
)

func TestHouseForms(t *testing.T) {
	all := House{BusinessForms: BusinessForms()}
	id := must(t, core.BusinessID, "2617416-4")
	var forms []string
	for _, f := range all.Forms(id) {
		forms = append(forms, f.Text)
		if f.Tier != core.TierExact {
			t.Errorf("form %q is not exact", f.Text)
		}
		// What a source finds by a form is read as the same number.
		if !slices.ContainsFunc(ParseAll(core.BusinessID, f.Text), func(i core.Identifier) bool { return Equal(i, id) }) {
			t.Errorf("form %q is read as none", f.Text)
		}
	}
	for _, want := range []string{"FIFPRO.2617416-4", "003726174164"} {
		if !slices.Contains(forms, want) {
			t.Errorf("no form %q in %q", want, forms)
		}
	}
	if got := len(House{}.Forms(id)); got != len(Forms(id)) {
		t.Errorf("%d forms of a house that says nothing", got)
	}
	for _, c := range []struct {
		raw  string
		code Code
	}{
		{"FIFPRO.2617416-5", CodeCheck}, {"003726174165", CodeCheck}, {"0037261741", CodeForm}, {"003726174164ABCDEF", CodeForm},
		{"0036261741640", CodeForm}, {"003726174164-1", CodeForm}, {"SEBOLREG.2617416-4", CodeForm},
	} {
		_, err := all.Parse(core.BusinessID, c.raw)
		if err == nil {
			t.Errorf("%s is taken", c.raw)
		}
	}
	for text, want := range map[string]string{"003726174164": "2617416-4", "00372617416412345": "2617416-4", "FIFPRO.2617416-4": "2617416-4",
		"003726174165": "", "0036261741640": ""} {
		got := ""
		for _, i := range ParseAll(core.BusinessID, text) {
			got = i.Value
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

func TestTwoStreetNamesAreOneOnlyIfTheListSaysSo(t *testing.T) {
	house := House{Places: [][]string{{"Isokatu", "Storgatan"}, {"Turku", "Åbo"}, {"Rantatie", "Strandvägen"}}}
	own := must(t, core.Address, "Isokatu 12 A 5, 20100 Turku")
	for _, c := range []struct {
		other      string
		with, bare bool
	}{
		{"Storgatan 12 A 5, 20100 Åbo", true, false},
		{"Storgatan 12a5, Åbo", true, false},
		{"STORGATAN 12 A 5, 20100 TURKU", true, false},
		{"Isokatu 12 A 5, Åbo", true, false},
		{"Isokatu 12 A 5, 20100 Åbo", true, true},
		{"Storgatan 12 A 6, 20100 Åbo", false, false},
		{"Storgatan 12 A 5, 20200 Åbo", false, false},
		{"Strandvägen 12 A 5, 20100 Åbo", false, false},
		{"Storgatan 12 A 5, Helsinki", false, false},
	} {
		for _, h := range []struct {
			house House
			want  bool
		}{{house, c.with}, {House{}, c.bare}} {
			known := h.house.Know([]core.Identifier{own})[0]
			other := must(t, core.Address, c.other)
			if got := Equal(known, other); got != h.want || Equal(other, known) != got {
				t.Errorf("%q with %d lists: %v, want %v", c.other, len(h.house.Places), got, h.want)
			}
		}
	}
}

func TestMeant(t *testing.T) {
	for _, r := range registry {
		for _, word := range []string{string(r.Kind) + "x", r.Title.FI, r.Title.SV, r.Title.EN} {
			if got := Meant(word); !slices.Contains(got, r.Kind) {
				t.Errorf("%q: %v, want %s", word, got, r.Kind)
			}
		}
	}
	for _, word := range []string{"", "x", "010190-900P", "qwertyuiop"} {
		if got := Meant(word); len(got) > 0 {
			t.Errorf("%q: %v", word, got)
		}
	}
}
