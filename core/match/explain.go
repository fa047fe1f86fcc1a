package match

import (
	"fmt"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
)

// Explain gives the one sentence that says why a hit was judged as it was, in
// every language, from the evidence that made the verdict. Values are masked,
// and stand in the sentence only when the record is confirmed. spec is the
// profile of the record's type.
func Explain(a Assessment, spec catalogue.RecordType) catalogue.Text {
	s, ok := sentences[a.Reason]
	if !ok {
		s = sentences[ReasonNoAgreement]
	}
	first, second := Evidence{}, Evidence{}
	if len(a.Evidence) > 0 {
		first = a.Evidence[0]
	}
	if len(a.Evidence) > 1 {
		second = a.Evidence[1]
	}
	place := placeOf(spec, first)
	mask := ""
	if a.Verdict == core.Confirmed && first.Masked != "" {
		mask = " " + first.Masked
	}
	fill := func(text string, kinds func(catalogue.Text) string) string {
		return strings.NewReplacer(
			"{place}", kinds(place),
			"{kind}", kinds(yours(first.Kind)),
			"{second}", kinds(yours(second.Kind)),
			"{mask}", mask,
		).Replace(text)
	}
	return catalogue.Text{
		FI: fill(s.FI, func(t catalogue.Text) string { return t.FI }),
		SV: fill(s.SV, func(t catalogue.Text) string { return t.SV }),
		EN: fill(s.EN, func(t catalogue.Text) string { return t.EN }),
	}
}

// placeOf names the slot or the field where the evidence stands.
func placeOf(spec catalogue.RecordType, e Evidence) catalogue.Text {
	if e.Slot != "" {
		if slot, ok := spec.Slot(e.Slot); ok {
			return slot.Title
		}
		for _, part := range spec.Parts {
			if slot, ok := part.Slot(e.Slot); ok {
				return catalogue.Text{
					FI: fmt.Sprintf("%s, %s", part.Title.FI, lower(slot.Title.FI)),
					SV: fmt.Sprintf("%s, %s", part.Title.SV, lower(slot.Title.SV)),
					EN: fmt.Sprintf("%s, %s", part.Title.EN, lower(slot.Title.EN)),
				}
			}
		}
	}
	if f, ok := spec.Field(e.Field); ok {
		return f.Label
	}
	return spec.Title
}

func lower(s string) string { return strings.ToLower(s) }

// yours names a kind of identifier as the subject's own.
func yours(k core.Kind) catalogue.Text {
	rule, _ := identifier.Rule(k)
	return catalogue.Text{FI: rule.Yours.FI, SV: rule.Yours.SV, EN: rule.Yours.EN}
}

// sentences are the explanations by reason: one for each.
var sentences = map[Reason]catalogue.Text{
	ReasonIdentifier: {
		FI: "Tämä merkintä koskee sinua, koska kohdassa ”{place}” on {kind}{mask}.",
		SV: "Den här anteckningen gäller dig, eftersom {kind}{mask} finns i fältet ”{place}”.",
		EN: "This record is about you because its field “{place}” holds {kind}{mask}."},
	ReasonTwoContacts: {
		FI: "Käsittelijä vahvistaa tämän: {kind} ja {second} täsmäävät kohdassa ”{place}”.",
		SV: "En handläggare bekräftar detta: {kind} och {second} stämmer i fältet ”{place}”.",
		EN: "Somebody will confirm this: {kind} and {second} agree in the field “{place}”."},
	ReasonContactAndBirth: {
		FI: "Käsittelijä vahvistaa tämän: {kind}, nimesi ja syntymäaikasi täsmäävät kohdassa ”{place}”.",
		SV: "En handläggare bekräftar detta: {kind}, ditt namn och ditt födelsedatum stämmer i fältet ”{place}”.",
		EN: "Somebody will confirm this: {kind}, your name and your date of birth agree in the field “{place}”."},
	ReasonNameDiffers: {
		FI: "Käsittelijä tutkii tämän: {kind} täsmää kohdassa ”{place}”, mutta nimi on toinen.",
		SV: "En handläggare granskar detta: {kind} stämmer i fältet ”{place}”, men namnet är ett annat.",
		EN: "Somebody will look at this: {kind} agrees in the field “{place}”, but the name is another."},
	ReasonContradiction: {
		FI: "Käsittelijä tutkii tämän: {kind} täsmää kohdassa ”{place}”, mutta samassa kohdassa on ristiriitainen tieto ({second}).",
		SV: "En handläggare granskar detta: {kind} stämmer i fältet ”{place}”, men en annan uppgift där står i strid med den ({second}).",
		EN: "Somebody will look at this: {kind} agrees in the field “{place}”, but something else there contradicts it ({second})."},
	ReasonChangedCode: {
		FI: "Käsittelijä tutkii tämän ennen muita: muut tiedot täsmäävät, mutta {kind} on kirjattu toisin kohdassa ”{place}”.",
		SV: "En handläggare granskar detta först: övriga uppgifter stämmer, men {kind} har antecknats på annat sätt i fältet ”{place}”.",
		EN: "Somebody will look at this first: other details agree, but {kind} is recorded differently in the field “{place}”."},
	ReasonOneContact: {
		FI: "Käsittelijä tutkii tämän: vain {kind} täsmää kohdassa ”{place}”.",
		SV: "En handläggare granskar detta: bara {kind} stämmer i fältet ”{place}”.",
		EN: "Somebody will look at this: only {kind} agrees in the field “{place}”."},
	ReasonNameBirth: {
		FI: "Käsittelijä tutkii tämän: nimesi ja syntymäaikasi täsmäävät kohdassa ”{place}”, mutta ne voivat olla myös toisen henkilön.",
		SV: "En handläggare granskar detta: ditt namn och ditt födelsedatum stämmer i fältet ”{place}”, men de kan också vara någon annans.",
		EN: "Somebody will look at this: your name and your date of birth agree in the field “{place}”, but somebody else may share them."},
	ReasonNameOnly: {
		FI: "Käsittelijä tutkii tämän: vain nimi täsmää kohdassa ”{place}”, ja sama nimi voi olla usealla henkilöllä.",
		SV: "En handläggare granskar detta: bara namnet stämmer i fältet ”{place}”, och flera personer kan ha samma namn.",
		EN: "Somebody will look at this: only the name agrees in the field “{place}”, and several people may share it."},
	ReasonOrganisation: {
		FI: "Käsittelijä tutkii tämän: nimi täsmää kohdassa ”{place}”, ja merkintä koskee organisaatiota, jossa sinulla on tai on ollut ilmoittamasi asema.",
		SV: "En handläggare granskar detta: namnet stämmer i fältet ”{place}”, och anteckningen gäller en organisation där du har eller har haft den ställning som du uppgav.",
		EN: "Somebody will look at this: the name agrees in the field “{place}”, and the record is about an organisation in which you have or had the capacity that you told of."},
	ReasonWeak: {
		FI: "Käsittelijä tutkii tämän: {kind} täsmää kohdassa ”{place}”, mutta se ei yksin osoita, kenestä on kyse.",
		SV: "En handläggare granskar detta: {kind} stämmer i fältet ”{place}”, men visar inte ensamt vem det gäller.",
		EN: "Somebody will look at this: {kind} agrees in the field “{place}”, but does not tell by itself who is meant."},
	ReasonRecordNumber: {
		FI: "Käsittelijä tutkii tämän: tieto löytyi numerolla ({kind}), mutta se ei kerro, keitä asia koskee.",
		SV: "En handläggare granskar detta: uppgiften hittades med ett nummer ({kind}), men numret visar inte vem ärendet gäller.",
		EN: "Somebody will look at this: it was found by a number ({kind}), which does not tell whom the matter concerns."},
	ReasonRoleUnknown: {
		FI: "Käsittelijä tutkii tämän: {kind} mainitaan tiedossa, mutta ei ilmene, missä ominaisuudessa.",
		SV: "En handläggare granskar detta: {kind} nämns i uppgiften, men det framgår inte i vilken egenskap.",
		EN: "Somebody will look at this: {kind} is mentioned in the record, but not in what capacity."},
	ReasonAmbiguous: {
		FI: "Käsittelijä tutkii tämän: {kind} täsmää kohdassa ”{place}”, mutta samassa järjestelmässä se kuuluu useammalle kuin yhdelle henkilölle.",
		SV: "En handläggare granskar detta: {kind} stämmer i fältet ”{place}”, men hör till fler än en person i samma system.",
		EN: "Somebody will look at this: {kind} agrees in the field “{place}”, but belongs to more than one person in the same system."},
	ReasonOwnerUnknown: {
		FI: "Käsittelijä tutkii tämän: {kind} täsmää kohdassa ”{place}”, mutta ei ilmene, mikä organisaatio on merkinnän rekisterinpitäjä.",
		SV: "En handläggare granskar detta: {kind} stämmer i fältet ”{place}”, men det framgår inte vilken organisation som är personuppgiftsansvarig för anteckningen.",
		EN: "Somebody will look at this: {kind} agrees in the field “{place}”, but it does not show which organisation is the controller of the record."},
	ReasonOtherIdentifier: {
		FI: "Tämä merkintä jätettiin pois, koska kohdassa ”{place}” on toisen henkilön yksilöivä tunnus.",
		SV: "Detta lämnades bort, eftersom en annan persons identifierande kod finns i fältet ”{place}”.",
		EN: "This was left out because the field “{place}” holds another person's identifier."},
	ReasonOtherBirth: {
		FI: "Tämä merkintä jätettiin pois, koska kohdassa ”{place}” on toinen syntymäaika.",
		SV: "Detta lämnades bort, eftersom ett annat födelsedatum finns i fältet ”{place}”.",
		EN: "This was left out because the field “{place}” holds another date of birth."},
	ReasonNoAgreement: {
		FI: "Tämä merkintä jätettiin pois, koska mikään siinä ei viittaa sinuun.",
		SV: "Detta lämnades bort, eftersom inget i det hänvisar till dig.",
		EN: "This was left out because nothing in it refers to you."},
	ReasonOfficial: {
		FI: "Olet tässä vain työtehtävässä: {kind} on kohdassa ”{place}”.",
		SV: "Du förekommer här bara i dina arbetsuppgifter: {kind} finns i fältet ”{place}”.",
		EN: "You act here only for the organisation: {kind} is in the field “{place}”."},
}
