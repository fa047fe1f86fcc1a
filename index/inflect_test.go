package index

import (
	"slices"
	"strings"
	"testing"
)

// formsOf gives the folded forms of a word as they are searched.
func formsOf(t testing.TB, s string) []string {
	t.Helper()
	words := newIndex(t).words(s)
	if len(words) != 1 {
		t.Fatalf("%q is %d words", s, len(words))
	}
	out := []string{string(words[0].folded)}
	for _, i := range inflections(words[0]) {
		out = append(out, i.text)
	}
	return out
}

func folded(t testing.TB, s string) string {
	t.Helper()
	return formsOf(t, s)[0]
}

// heldOut are names with forms as Finnish texts have them: genitive, partitive,
// illative or inessive, adessive or allative. They were written down after the
// rules, from the paradigms of grammar, and no rule was changed for one of
// them.
var heldOut = map[string]string{
	// Surnames.
	"Korhonen": "Korhosen Korhosta Korhoseen Korhoselle", "Mattila": "Mattilan Mattilaa Mattilaan Mattilalla", "Peltola": "Peltolan Peltolaa Peltolaan Peltolalta",
	"Heikkilä": "Heikkilän Heikkilää Heikkilään Heikkilälle", "Saarinen": "Saarisen Saarista Saariseen Saarisella", "Niemi": "Niemen Niemeä Niemeen Niemellä",
	"Koski": "Kosken Koskea Koskeen Koskelle", "Järvi": "Järven Järveä Järveen Järvellä", "Lahti": "Lahden Lahtea Lahteen Lahdelle",
	"Mäki": "Mäen Mäkeä Mäkeen Mäellä", "Kivimäki": "Kivimäen Kivimäkeä Kivimäkeen Kivimäeltä", "Vuori": "Vuoren Vuorta Vuoreen Vuorella",
	"Salo": "Salon Saloa Saloon Salolle", "Kallio": "Kallion Kalliota Kallioon Kalliolla", "Lehto": "Lehdon Lehtoa Lehtoon Lehdolle",
	"Aalto": "Aallon Aaltoa Aaltoon Aallolla", "Ranta": "Rannan Rantaa Rantaan Rannalla", "Kanto": "Kannon Kantoa Kantoon Kannolle",
	"Virta": "Virran Virtaa Virtaan Virralle", "Lampi": "Lammen Lampea Lampeen Lammella", "Kumpu": "Kummun Kumpua Kumpuun Kummulla",
	"Nurmi": "Nurmen Nurmea Nurmeen Nurmella", "Laakso": "Laakson Laaksoa Laaksoon Laaksolla", "Laine": "Laineen Lainetta Laineeseen Laineella",
	"Hurme": "Hurmeen Hurmetta Hurmeeseen Hurmeella", "Repo": "Revon Repoa Repoon Revolla", "Harju": "Harjun Harjua Harjuun Harjulla",
	"Suo": "Suon Suota Suohon Suolla", "Maijala": "Maijalan Maijalaa Maijalaan Maijalalle", "Halonen": "Halosen Halosta Haloseen Halosella",
	"Suokas": "Suokkaan Suokasta Suokkaaseen Suokkaalla", "Kallas": "Kallaksen Kallasta Kallakseen Kallaksella", "Lindström": "Lindströmin Lindströmiä Lindströmiin Lindströmille Lindströms",
	"Åberg": "Åbergin Åbergia Åbergiin Åbergille Åbergs", "Andersson": "Anderssonin Anderssonia Anderssoniin Anderssonilla Anderssons", "Smith": "Smithin Smithiä Smithiin Smithille Smiths",
	"Nguyen": "Nguyenin Nguyenia Nguyeniin Nguyenille", "Popov": "Popovin Popovia Popoviin Popoville", "Haavisto": "Haaviston Haavistoa Haavistoon Haavistolla",
	"Ekholm": "Ekholmin Ekholmia Ekholmiin Ekholmilla Ekholms", "Toivonen": "Toivosen Toivosta Toivoseen Toivosille", "Kukko": "Kukon Kukkoa Kukkoon Kukolla",
	"Seppä": "Sepän Seppää Seppään Sepälle", "Hautala": "Hautalan Hautalaa Hautalaan Hautalalle", "Tuomi": "Tuomen Tuomea Tuomeen Tuomella",
	// Given names.
	"Pekka": "Pekan Pekkaa Pekkaan Pekalle", "Antti": "Antin Anttia Anttiin Antille", "Heikki": "Heikin Heikkiä Heikkiin Heikille",
	"Riitta": "Riitan Riittaa Riittaan Riitalle", "Mikko": "Mikon Mikkoa Mikkoon Mikolle", "Satu": "Sadun Satua Satuun Sadulle",
	"Outi": "Outin Outia Outiin Outille", "Mika": "Mikan Mikaa Mikaan Mikalle", "Seppo": "Sepon Seppoa Seppoon Sepolle",
	"Tuomas": "Tuomaksen Tuomasta Tuomakseen Tuomakselle", "Markus": "Markuksen Markusta Markukseen Markukselle", "Hannes": "Hanneksen Hannesta Hannekseen Hannekselle",
	"Kaarin": "Kaarinin Kaarinia Kaariniin Kaarinille", "Birgit": "Birgitin Birgitiä Birgitiin Birgitille", "Oskar": "Oskarin Oskaria Oskariin Oskarille",
	"Virve": "Virven Virveä Virveen Virvelle", "Eva": "Evan Evaa Evaan Evalle Evas", "Ari": "Arin Aria Ariin Arille",
	"Pirkko": "Pirkon Pirkkoa Pirkkoon Pirkolle", "Päivi": "Päivin Päiviä Päiviin Päiville", "Kai": "Kain Kaita Kaihin Kaille",
	"Leo": "Leon Leoa Leoon Leolle", "Anneli": "Annelin Annelia Anneliin Annelille", "Johannes": "Johanneksen Johannesta Johannekseen Johannekselle",
	"Erik": "Erikin Erikiä Erikiin Erikille Eriks", "Ilkka": "Ilkan Ilkkaa Ilkkaan Ilkalle", "Terttu": "Tertun Terttua Terttuun Tertulle", "Aino": "Ainon Ainoa Ainoon Ainolle",
}

func TestHeldOutNamesAreFoundInTheirForms(t *testing.T) {
	wanted, missed := 0, []string{}
	for base, list := range heldOut {
		known := formsOf(t, base)
		for _, form := range strings.Fields(list) {
			wanted++
			if !slices.Contains(known, folded(t, form)) {
				missed = append(missed, base+": "+form)
			}
		}
	}
	slices.Sort(missed)
	if wanted < 250 {
		t.Fatalf("only %d forms", wanted)
	}
	recall := 1 - float64(len(missed))/float64(wanted)
	t.Logf("%d of %d forms of %d names (%.3f); not: %v", wanted-len(missed), wanted, len(heldOut), recall, missed)
	if recall < 0.95 {
		t.Errorf("%.3f of the forms are found", recall)
	}
}

// No name becomes another one, but where two names are written alike in every
// text: then the reason of the hit says which form it may be.
func TestFormsAreNotOtherNames(t *testing.T) {
	names := []string{"mika", "mia", "salko", "salo", "matti", "matila", "lahti", "lahdes", "niemi", "niemela", "virta", "virtanen", "koski", "koskinen",
		"maki", "makinen", "makela", "laine", "laina", "lehto", "lehtonen", "aalto", "aaltonen", "ranta", "rantanen", "antti", "anton", "jaako", "anna", "anni",
		"hanna", "hannu", "hannes", "kari", "karin", "karina", "eva", "evert", "erik", "erika", "maria", "mari", "marika", "marko", "markus", "seppo", "seppala",
		"outi", "oudi", "kukko", "kukkonen", "peltola", "peltonen", "suo", "suomi", "ari", "arto", "leo", "lea", "kallas", "kallio", "holm", "holmberg"}
	alike := []string{"kari karin", "mari maria"}
	for _, a := range names {
		for _, form := range formsOf(t, a)[1:] {
			if slices.Contains(names, form) && !slices.Contains(alike, a+" "+form) {
				t.Errorf("%s is taken for a form of %s", form, a)
			}
		}
	}
}
