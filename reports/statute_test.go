package reports

import (
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core/catalogue"
)

func TestStatutesInEachLanguage(t *testing.T) {
	tests := []struct{ in, fi, sv, en string }{
		{"906/2019 s.25", "906/2019 25 §", "906/2019 25 §", "906/2019 section 25"},
		{"906/2019 ss.25, 26", "906/2019 25 ja 26 §", "906/2019 25 och 26 §", "906/2019 sections 25 and 26"},
		{"434/2003 ss.5, 8, 17", "434/2003 5, 8 ja 17 §", "434/2003 5, 8 och 17 §", "434/2003 sections 5, 8 and 17"},
		{"434/2003 ss. 5 and 8", "434/2003 5 ja 8 §", "434/2003 5 och 8 §", "434/2003 sections 5 and 8"},
		{"434/2003 ss.5-8", "434/2003 5–8 §", "434/2003 5–8 §", "434/2003 sections 5–8"},
		{"621/1999 s.24 a", "621/1999 24 a §", "621/1999 24 a §", "621/1999 section 24 a"},
		{"decree 1101/2019 s.14", "asetuksen 1101/2019 14 §", "förordning 1101/2019 14 §", "decree 1101/2019 section 14"},
		{"decree 1101/2019", "asetus 1101/2019", "förordning 1101/2019", "decree 1101/2019"},
		{"621/1999 s.24(1)(7)", "621/1999 24 §:n 1 momentin 7 kohta", "621/1999 24 § 1 mom. 7 punkten", "621/1999 section 24(1)(7)"},
		{"906/2019 s.28(1)", "906/2019 28 §:n 1 momentti", "906/2019 28 § 1 mom.", "906/2019 section 28(1)"},
		{"621/1999 ss.18, 24(1)(7)", "621/1999 18 § ja 24 §:n 1 momentin 7 kohta", "621/1999 18 § och 24 § 1 mom. 7 punkten", "621/1999 sections 18 and 24(1)(7)"},
		{"1226/2013", "1226/2013", "1226/2013", "1226/2013"},
		// What does not parse stays as it is.
		{"906/2019 s.25 ch.3", "906/2019 s.25 ch.3", "906/2019 s.25 ch.3", "906/2019 s.25 ch.3"},
		{"906/2019 s.", "906/2019 s.", "906/2019 s.", "906/2019 s."},
		{"906/2019 ss.25,, 26", "906/2019 ss.25,, 26", "906/2019 ss.25,, 26", "906/2019 ss.25,, 26"},
		{"621/1999 24 § 1 mom. 7 k.", "621/1999 24 § 1 mom. 7 k.", "621/1999 24 § 1 mom. 7 k.", "621/1999 24 § 1 mom. 7 k."},
		{"Tietosuojalaki 4 §", "Tietosuojalaki 4 §", "Tietosuojalaki 4 §", "Tietosuojalaki 4 §"},
		{"", "", "", ""},
	}
	for _, tt := range tests {
		for lang, want := range map[string]string{"fi": tt.fi, "sv": tt.sv, "en": tt.en} {
			if got := strings.ReplaceAll(statute(lang, tt.in), "\u00a0", " "); got != want {
				t.Errorf("%s %q: %q, want %q", lang, tt.in, got, want)
			}
		}
	}
}

func TestSecrecyGroundsInEachLanguage(t *testing.T) {
	tests := []struct{ act, section, fi, sv, en string }{
		{"621/1999", "24(1)(7)", "621/1999 24 §:n 1 momentin 7 kohta", "621/1999 24 § 1 mom. 7 punkten", "621/1999 section 24(1)(7)"},
		{"621/1999", "s.24(1)(7)", "621/1999 24 §:n 1 momentin 7 kohta", "621/1999 24 § 1 mom. 7 punkten", "621/1999 section 24(1)(7)"},
		{"621/1999", "24", "621/1999 24 §", "621/1999 24 §", "621/1999 section 24"},
		{"", "24(1)(7)", "24 §:n 1 momentin 7 kohta", "24 § 1 mom. 7 punkten", "section 24(1)(7)"},
		{"621/1999", "", "621/1999", "621/1999", "621/1999"},
		{"621/1999", "chapter 6", "621/1999 chapter 6", "621/1999 chapter 6", "621/1999 chapter 6"},
		{"", "", "", "", ""},
	}
	for _, tt := range tests {
		for lang, want := range map[string]string{"fi": tt.fi, "sv": tt.sv, "en": tt.en} {
			got := secrecyGround(lang, catalogue.Secrecy{Statute: tt.act, Section: tt.section})
			if got = strings.ReplaceAll(got, "\u00a0", " "); got != want {
				t.Errorf("%s %q %q: %q, want %q", lang, tt.act, tt.section, got, want)
			}
		}
	}
}

func TestStatutesOnThePage(t *testing.T) {
	in := sample()
	in.Systems[0].LegalBasis[0].Statutes = []string{"906/2019 ss.25, 26", "decree 1101/2019 s.14"}
	in.Systems[0].Secrecy = []catalogue.Secrecy{{Statute: "621/1999", Section: "24(1)(7)", Text: text("Security")}}
	for lang, want := range map[string][]string{
		"fi": {"906/2019 25 ja 26 §, asetuksen 1101/2019 14 §", "621/1999 24 §:n 1 momentin 7 kohta: Security fi"},
		"sv": {"906/2019 25 och 26 §, förordning 1101/2019 14 §", "621/1999 24 § 1 mom. 7 punkten: Security sv"},
		"en": {"906/2019 sections 25 and 26, decree 1101/2019 section 14", "621/1999 section 24(1)(7): Security en"},
	} {
		doc, _ := parsed(t, build(t, in), lang)
		body := sectionOf(t, doc, "systems")
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: the page does not say %q", lang, w)
			}
		}
	}
}
