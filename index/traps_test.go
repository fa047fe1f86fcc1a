package index

import (
	"strings"
	"testing"
)

// Where analysis of text usually goes wrong; each must be found, and nothing
// beside it. The same text in memory and on disk is cut alike, since both use
// one analysis.
func TestTokenisationTraps(t *testing.T) {
	long := strings.Repeat("pitkä", 120)
	for _, c := range []struct {
		name, text, query string
		marked            string // "" = not found
	}{
		{"diary number", "asia VN/123/2024 vireillä", "VN/123/2024", "VN|123|2024"},
		{"diary number of another year", "asia VN/123/2024 vireillä", "VN/123/2023", ""},
		{"diary number in another order", "asia VN/2024/123 vireillä", "VN/123/2024", ""},
		{"diary number with spaces", "asia VN / 123 / 2024 vireillä", "VN/123/2024", "VN|123|2024"},
		{"ticket number", "tiketti INC-2024:0077 suljettu", "inc-2024:0077", "INC|2024|0077"},
		{"part of a ticket number", "tiketti INC-2024:0077 suljettu", "0077", "0077"},
		{"code with a plus", "hetu 010150+900P", "010150+900p", "010150|900P"},
		{"code with one of the new signs", "hetu 010190Y900P", "010190y900p", "010190Y900P"},
		{"code glued to a word", "(hetu:010190-900P)", "010190-900P", "010190|900P"},
		{"underscores around", "_010190-900P_", "010190-900P", "010190|900P"},
		{"phone in parts", "soita 040 123 4567 iltapäivällä", `"040 123 4567"`, "040|123|4567"},
		{"phone with hyphens, typed with spaces", "soita 040-123-4567", `"040 123 4567"`, "040|123|4567"},
		{"phone with spaces that do not break", "soita 040\u00A0123\u00A04567", `"040 123 4567"`, "040|123|4567"},
		{"phone with a country code", "+358 40 123 4567", "+358 40 123 4567", "358|40|123|4567"},
		{"e-mail in brackets", "Tuuli <tuuli.testinen+laskut@example.fi>;", "tuuli.testinen+laskut@example.fi", "tuuli.testinen|laskut|example.fi"},
		{"domain of an e-mail", "tuuli@posti.example.fi", "posti.example.fi", "posti.example.fi"},
		{"address of the web", "ks. https://www.example.fi/asiat/77?x=tuuli", "www.example.fi", "www.example.fi"},
		{"NFD text, NFC query", "A\u030Ake ja O\u0308hman, Ma\u0308ki", "Åke Öhman Mäki", "A\u030Ake|O\u0308hman|Ma\u0308ki"},
		{"å is not ä", "Åke ja Äke", `"äke"`, "Åke|Äke"}, // both fold to a, and the one that was typed comes first
		{"capital sharp s", "GROẞE STRASSE", "grosse straße", "GROẞE|STRASSE"},
		{"hyphen that does not break", "Anna\u2011Liisa", "anna-liisa", "Anna|Liisa"},
		{"soft hyphens in a name", "Tes\u00ADti\u00ADnen", "testinen", "Tes\u00ADti\u00ADnen"},
		{"zero-width space", "Tuuli\u200BTestinen", "testinen", "Testinen"},
		{"byte-order mark", "\uFEFFTestinen soitti", "testinen", "Testinen"},
		{"thin space between", "Tuuli\u2009Testinen", `"tuuli testinen"`, "Tuuli|Testinen"},
		{"right to left mark", "\u200FTestinen\u200E", "testinen", "Testinen\u200E"},
		{"apostrophe, straight and bent", "O\u2019Brienin ja D'Arcyn", "o'brienin d\u2019arcyn", "O\u2019Brienin|D'Arcyn"},
		{"second half after an apostrophe", "O\u2019Brien", "brien", "Brien"},
		{"compound word by its beginning", "toimeentulotukihakemus", "toimeentulo*", "toimeentulotukihakemus"},
		{"compound word by its end is not", "toimeentulotukihakemus", "hakemus", ""},
		{"joined by a hyphen", "sosiaali-asiamies", "asiamies", "asiamies"},
		{"emoji beside a word", "kiitos👍Tuuli", "tuuli", "Tuuli"},
		{"emoji with joiners", "👩\u200D🔬 Tuuli", "tuuli", "Tuuli"},
		{"full-width letters", "ＴＥＳＴＩＮＥＮ", "testinen", "ＴＥＳＴＩＮＥＮ"},
		{"full-width digits are no word of UAX 29", "puh ０４０", "040", ""},
		{"ligature", "eﬀortti", "effortti", "eﬀortti"},
		{"stop words stay", "ja on ei se", "ei", "ei"},
		{"stop word of Swedish", "och att det", `"och att"`, "och|att"},
		{"one letter", "kohta b ja c", "b", "b"},
		{"a long word", long, long, long},
		{"a long word is cut where queries are", long + "x", long + "y", long + "x"},
		{"line end in a word", "Testi-\nnen", "testinen", ""}, // cut in two by whoever wrote it
		{"underscores", "tuuli_testinen", "testinen", "testinen"},
		{"camel case", "TuuliTestinen", "testinen", ""},
		{"case of İ and ſ", "İSTANBUL Proviſion", "istanbul provision", "İSTANBUL|Proviſion"},
		{"greek and cyrillic", "Ελένη и Иванова", "иванова ελένη", "Ελένη|Иванова"},
		{"markup", "<b>Tuuli</b>&nbsp;Testinen", "tuuli testinen", "Tuuli|Testinen"},
		{"control characters", "Tuuli\x00Testinen\x1b[1m", "testinen", "Testinen"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ix := newIndex(t, text("other", "Something else altogether, in English"), text("this", c.text))
			res := find(t, ix, Query{Text: c.query})
			got := ""
			for _, h := range res.Hits {
				if h.Ref != "this" {
					t.Errorf("found %s too", h.Ref)
				}
				got = marked(h)
				if len(h.Why) == 0 {
					t.Error("no reason is given")
				}
			}
			if got != c.marked {
				t.Errorf("marked %q, want %q", got, c.marked)
			}
		})
	}
}
