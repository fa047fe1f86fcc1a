package filessource

import (
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// Everything by which a person is asked for is found in text, title, metadata
// and file names, in the forms in which people write it.
func TestEachKindIsFoundInEachPlace(t *testing.T) {
	s := newShare(t)
	s.write("a/kirje.txt", "Hei, soitin Testisen Maijalle ja lupasin palata asiaan.")
	s.write("a/makinen-maija_hakemus.txt", "Ei mitään.")
	s.write("b/otsikko.docx", docx(t, "Maija Mäkisen hakemus", "Aku Ankka", "Iines Ankka", "Liite puuttuu."))
	s.write("b/koodi.csv", "nimi;tunnus\nX;010190-900P\n")
	s.write("b/puhelin.txt", "Numero on 040-765 4321, soita.")
	s.write("b/posti.html", "<p>Kirjoita <b>Maija.Esimerkki@example.fi</b></p>")
	s.write("b/diaari.txt", "Asia VALTORI/123/2024, päätös.")
	s.write("b/laatija.docx", docx(t, "Muistio", "Maija Mäkinen", "Iines Ankka", "Asialista."))
	s.write("b/rivi.csv", "sukunimi;osasto;etunimi\nMäkinen;Talous;Maija\nMäkinen;Talous;Liisa\n")
	s.write("b/alku.txt", "Läsnä M. Mäkinen ja L. Virtanen")
	s.write("b/lomake.txt", "Sukunimi: Mäkinen\nEtunimi: Maija\n")
	s.write("b/toinen.txt", "Maija Virtanen ja Liisa Mäkinen kävivät. Koodi 010190-901R. Puhelin 040 765 4322")
	s.write("liite.zip", zipped(t, map[string]string{"sisällä/muistio.docx": docx(t, "x", "y", "z", "Mäkiselle Maijalle tiedoksi")}))
	for range 2 { // reading the files, then the index
		s.finds(by(t, "name", "Testinen, Maija"), "a%2Fkirje.txt")
		s.finds(by(t, "personal-identity-code", "010190-900P"), "b%2Fkoodi.csv")
		s.finds(by(t, "phone", "+358407654321"), "b%2Fpuhelin.txt")
		s.finds(by(t, "email", "maija.esimerkki@example.fi"), "b%2Fposti.html")
		s.finds(by(t, "diary-number", "VALTORI/123/2024"), "b%2Fdiaari.txt")
		s.finds(by(t, "name", "Olematon, Olli"))
		a := s.finds(by(t, "name", "Mäkinen, Maija"), "a%2Fmakinen-maija_hakemus.txt", "b%2Falku.txt", "b%2Flaatija.docx", "b%2Flomake.txt", "b%2Fotsikko.docx",
			"b%2Frivi.csv", "liite.zip")
		where := map[string]string{}
		for _, r := range a.records {
			for _, m := range r.MatchedBy {
				where[strings.TrimPrefix(r.Ref, "document/jako/")] += m.Slot + "." + m.Field
			}
		}
		for ref, want := range map[string]string{"a%2Fmakinen-maija_hakemus.txt": ".path", "b%2Flaatija.docx": "author.name", "b%2Fotsikko.docx": ".title", "liite.zip": ".attachment/text"} {
			if where[ref] != want {
				t.Errorf("%s was found in %q, want %q", ref, where[ref], want)
			}
		}
		if len(a.notices) > 0 {
			t.Errorf("told %+v", a.notices)
		}
	}
}

// A record holds what the file holds: text, metadata, places, files inside.
func TestARecordHoldsTheFile(t *testing.T) {
	s := newShare(t)
	s.write("rivit.csv", "nimi;tunnus\nX;Y\nMaija;010190-900P\n")
	s.write("kooste.zip", zipped(t, map[string]string{"a.docx": docx(t, "Otsake", "Aku", "Iines", "tunnus 010190-900P"), "b.txt": "muu"}))
	s.write("kirje.docx", docx(t, "Otsake", "Aku Ankka", "Iines Ankka", "Eka", "tunnus 010190-900P"))
	a := s.finds(by(t, "personal-identity-code", "010190-900P"), "kirje.docx", "kooste.zip", "rivit.csv")
	if len(a.records) != 3 {
		t.FailNow()
	}
	text := func(fields []core.Field, name string) string {
		v, _ := core.First(fields, name)
		return v.Plain()
	}
	letter, bundle, rows := a.records[0], a.records[1], a.records[2]
	if text(letter.Fields, "title") != "Otsake" || !strings.Contains(text(letter.Fields, "text"), "Eka\ntunnus 010190-900P\n") || text(letter.Fields, "created") != "2024-01-15T08:00:00Z" ||
		text(letter.Fields, "media_type") != "application/vnd.openxmlformats-officedocument.wordprocessingml.document" || text(letter.Fields, "path") != "kirje.docx" {
		t.Errorf("the letter is %+v", letter.Fields)
	}
	if len(letter.Parties) != 2 || letter.Parties[0].Slot != "author" || text(letter.Parties[0].Fields, "name") != "Aku Ankka" || letter.Parties[1].Slot != "modifier" {
		t.Errorf("its people are %+v", letter.Parties)
	}
	if v, _ := core.First(letter.Fields, "media"); v.Withheld == nil || v.Withheld.Reason != core.WithheldBinary || v.Withheld.Ref == "" || v.Withheld.Size == 0 {
		t.Errorf("the file cannot be fetched: %+v", v.Withheld)
	}
	if text(rows.Fields, "place") != "row 3" {
		t.Errorf("the place is %q", text(rows.Fields, "place"))
	}
	if len(bundle.Parts) != 2 || text(bundle.Parts[0].Fields, "name") != "a.docx" || !strings.Contains(text(bundle.Parts[0].Fields, "text"), "010190-900P") {
		t.Errorf("the parts are %+v", bundle.Parts)
	}
}
