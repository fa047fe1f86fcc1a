package index

import (
	"testing"
)

func TestWordsAreFoundAndMarkedAsTheyStand(t *testing.T) {
	for _, c := range []struct {
		name, text, query string
		marked            string // "" = not found
	}{
		// Case and diacritics.
		{"case", "MÄKINEN soitti aamulla", "mäkinen", "MÄKINEN"},
		{"folded query", "Asiakas Mäkinen soitti", "makinen", "Mäkinen"},
		{"folded text", "Asiakas Makinen soitti", "mäkinen", "Makinen"},
		{"transcribed text", "Asiakas Maekinen, Aasa", "mäkinen åsa", "Maekinen|Aasa"},
		{"folding keeps later places", "Äiti Öhman; żółw, straße ja Škoda", "skoda", "Škoda"},
		{"one letter as two", "Käytös Straße 5", "strasse", "Straße"},
		{"another word", "Asiakas Mäkinen soitti", "makela", ""},
		// Unicode.
		{"decomposed text", "Asiakas Ma\u0308kinen soitti", "Mäkinen", "Ma\u0308kinen"},
		{"decomposed query", "Asiakas Mäkinen soitti", "Ma\u0308kinen", "Mäkinen"},
		{"soft hyphen in text", "toimeen\u00ADtulo\u00ADtuki myönnettiin", "toimeentulotuki", "toimeen\u00ADtulo\u00ADtuki"},
		{"soft hyphen in query", "toimeentulotuki myönnettiin", "toimeen\u00ADtulotuki", "toimeentulotuki"},
		{"curly apostrophe in text", "We read Pugh\u2019s complaint", "pugh's", "Pugh\u2019s"},
		{"curly apostrophe in query", "We read Pugh's complaint", "Pugh\u2019s", "Pugh's"},
		{"part before an apostrophe", "We read Pugh\u2019s complaint", "pugh", "Pugh"},
		{"invalid bytes", "Asiakas \xff\xfe Mäkinen", "mäkinen", "Mäkinen"},
		// Identifiers in text: cut at the hyphen, never stemmed.
		{"code with hyphen", "hetu 010190-900P tarkistettu", "010190-900P", "010190|900P"},
		{"code with hyphen, lower case", "hetu 010190-900P tarkistettu", "010190-900p", "010190|900P"},
		{"code with A", "hetu 010190A900P tarkistettu", "010190a900p", "010190A900P"},
		{"code with A is one word", "hetu 010190A900P tarkistettu", "010190a900", ""},
		{"other end of a code", "hetu 010190-900P tarkistettu", "010190-900B", ""},
		{"e-mail whole", "osoite tuuli.testinen@example.fi on käytössä", "Tuuli.Testinen@Example.fi", "tuuli.testinen|example.fi"},
		{"e-mail of another", "osoite tuuli.testinen@example.fi on käytössä", "tiina.testinen@example.fi", ""},
		{"name in an e-mail", "osoite tuuli.testinen@example.fi on käytössä", "testinen", "testinen"},
		{"digits of an account", "tilille FI21 1234 5600 0007 85", `"FI21 1234 5600"`, "FI21|1234|5600"},
		{"digits are not stemmed", "tilille FI21 1234 5600 0007 85", "560", ""},
		{"year of a date", "Päivätty 1.2.2024 Lahdessa", "2024", "2024"},
		{"date whole", "Päivätty 1.2.2024 Lahdessa", "1.2.2024", "1.2.2024"},
		{"diary number", "ks. VAL/2024/117 liitteineen", "VAL/2024/117", "VAL|2024|117"},
		{"joined by underscore", "tiedosto testinen_tuuli_2024.pdf", "tuuli", "tuuli"},
		// Joined and hyphenated words.
		{"ending after a colon", "EU:n asetus ja Kela:lle", "eu kela", "EU|Kela"},
		{"with its ending", "EU:n asetus", "EU:n", "EU:n"},
		{"hyphenated name", "Anna-Liisa Testinen", "anna-liisa", "Anna|Liisa"},
		{"one half of it", "Anna-Liisa Testinen", "liisa", "Liisa"},
		{"halves apart", "Anna tapasi Liisan, Liisa ei", "anna-liisa", ""},
		// Inflection.
		{"-nen, adessive", "asia siirtyi Virtasella", "virtanen", "Virtasella"},
		{"-nen, partitive, folded", "tapasin Mäkistä", "makinen", "Mäkistä"},
		{"-nen in a double name", "Testi-Mäkisen hakemus", "testi-mäkinen", "Testi|Mäkisen"},
		{"-nen in quotes is literal", "asia siirtyi Virtasella", `"virtanen"`, ""},
		{"Swedish genitive", "Lindströms ärende avslutades", "lindström", "Lindströms"},
		{"other inflection by prefix", "Koskelan hakemus", "koskela*", "Koskelan"},
		// Phrases and prefixes.
		{"phrase", "Tuuli Testinen soitti", `"tuuli testinen"`, "Tuuli|Testinen"},
		{"phrase, other order", "Testinen Tuuli soitti", `"tuuli testinen"`, ""},
		{"phrase, Finnish quotation marks", "Tuuli Testinen soitti", "”tuuli testinen”", "Tuuli|Testinen"},
		{"phrase, folded", "Åsa Mäkinen ringde", `"asa makinen"`, "Åsa|Mäkinen"},
		{"open quotation", "Tuuli Testinen soitti", `"tuuli testinen`, "Tuuli|Testinen"},
		{"words are an AND", "Tuuli soitti", "tuuli testinen", ""},
		{"prefix, folded", "Mäkitalo ja Mäkinen", "maki*", "Mäkitalo|Mäkinen"},
		{"prefix after a hyphen", "Anna-Liisan hakemus", "anna-lii*", "Anna|Liisan"},
		{"signs alone", "Tuuli soitti", "?! --", ""},
		{"star alone", "Tuuli soitti", "*", ""},
		{"empty phrase", "Tuuli soitti", `""`, ""},
		{"no query language", "Tuuli soitti", "text:tuuli", ""},
		{"no regular expressions", "Tuuli soitti", "/tu.*/", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ix := newIndex(t, text("other", "Something else altogether, in English"), text("this", c.text))
			res := find(t, ix, Query{Text: c.query})
			if c.marked == "" {
				if res.Total != 0 {
					t.Fatalf("found %s, marked %q", refs(res), marked(res.Hits[0]))
				}
				return
			}
			if refs(res) != "this" {
				t.Fatalf("found %q, want the document", refs(res))
			}
			if got := marked(res.Hits[0]); got != c.marked {
				t.Errorf("marked %q, want %q", got, c.marked)
			}
		})
	}
}

func TestWhatWasTypedComesFirst(t *testing.T) {
	ix := newIndex(t, text("inflected", "Mäkisen asia"), text("folded", "Makinen asia"), text("exact", "Mäkinen asia"))
	if got := refs(find(t, ix, Query{Text: "mäkinen"})); got != "exact folded inflected" {
		t.Error(got)
	}
}

func TestNoPhraseSpansTwoFields(t *testing.T) {
	ix := newIndex(t, text("apart", "otsikko Tuuli", "Testinen soitti"), text("together", "Tuuli Testinen"))
	if got := refs(find(t, ix, Query{Text: `"tuuli testinen"`})); got != "together" {
		t.Error(got)
	}
	if got := find(t, ix, Query{Text: "tuuli testinen"}); got.Total != 2 {
		t.Error(got.Total)
	}
}
