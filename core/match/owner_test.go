package match_test

import (
	"slices"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/match"
)

var valtori = catalogue.Organisation{Name: catalogue.Text{FI: "Valtion tieto- ja viestintätekniikkakeskus Valtori",
	SV: "Statens center för informations- och kommunikationsteknik Valtori", EN: "Government ICT Centre Valtori"}, BusinessID: "2617416-4"}

func ownership() catalogue.Ownership {
	return catalogue.Ownership{Field: "owner_organisation", Own: []string{"Valtori", "VTK"}, Missing: catalogue.OwnerReview}
}

func ticketSpec(t *testing.T) catalogue.RecordType {
	t.Helper()
	p, err := catalogue.ProfileFor("ticketing")
	if err != nil {
		t.Fatal(err)
	}
	spec, ok := p.Type("ticket")
	if !ok {
		t.Fatal("the profile has no tickets")
	}
	return spec
}

func ownedBy(values ...string) []core.Field {
	var out []core.Field
	for _, v := range values {
		out = append(out, core.Field{Name: "owner_organisation", Value: core.TextValue(v)})
	}
	return out
}

func TestOwnersReadEverySpelling(t *testing.T) {
	listed, nameless := ownership(), valtori
	listed.Others = []string{"Mallivirasto", "1234567-1"}
	nameless.BusinessID = ""
	cases := []struct {
		what   string
		o      catalogue.Ownership
		org    catalogue.Organisation
		values []string
		want   match.Owner
	}{
		{"as listed", ownership(), valtori, []string{"Valtori"}, match.OwnerSelf},
		{"in capitals, with blanks", ownership(), valtori, []string{"  VALTORI "}, match.OwnerSelf},
		{"an abbreviation of the list", ownership(), valtori, []string{"vtk"}, match.OwnerSelf},
		{"the Finnish name", ownership(), valtori, []string{"Valtion tieto- ja viestintätekniikkakeskus Valtori"}, match.OwnerSelf},
		{"the Swedish name, decomposed", ownership(), valtori, []string{"Statens center fo\u0308r informations- och kommunikationsteknik Valtori"}, match.OwnerSelf},
		{"the English name without punctuation", ownership(), valtori, []string{"Government  ICT Centre Valtori."}, match.OwnerSelf},
		{"the business ID", ownership(), valtori, []string{"2617416-4"}, match.OwnerSelf},
		{"the VAT number", ownership(), valtori, []string{"FI26174164"}, match.OwnerSelf},
		{"the OVT code", ownership(), valtori, []string{"003726174164"}, match.OwnerSelf},
		{"another organisation", ownership(), valtori, []string{"Mallivirasto"}, match.OwnerOther},
		{"another one with a name like the own in part", ownership(), valtori, []string{"Statens exempelverk"}, match.OwnerOther},
		{"another business ID", ownership(), valtori, []string{"1234567-1"}, match.OwnerOther},
		{"any business ID where the own is not known", ownership(), nameless, []string{"2617416-4"}, match.OwnerUnknown},
		{"a business ID with a wrong check digit", ownership(), valtori, []string{"2617416-5"}, match.OwnerUnknown},
		{"a slip of the keyboard", ownership(), valtori, []string{"Valtroi"}, match.OwnerUnknown},
		{"a unit after the name", ownership(), valtori, []string{"Valtori, Tuotanto"}, match.OwnerUnknown},
		{"a part of the name", ownership(), valtori, []string{"Government ICT Centre"}, match.OwnerUnknown},
		{"a placeholder", ownership(), valtori, []string{"-"}, match.OwnerUnknown},
		{"a word for nobody", ownership(), valtori, []string{"Tuntematon"}, match.OwnerUnknown},
		{"a code that nobody explains", ownership(), valtori, []string{"4711"}, match.OwnerUnknown},
		{"empty", ownership(), valtori, []string{""}, match.OwnerUnknown},
		{"blank", ownership(), valtori, []string{"  "}, match.OwnerUnknown},
		{"two owners", ownership(), valtori, []string{"Valtori", "Mallivirasto"}, match.OwnerUnknown},
		{"one owner in two spellings", ownership(), valtori, []string{"Valtori", "VALTORI"}, match.OwnerSelf},
		{"not in a closed list", listed, valtori, []string{"Näytelaitos"}, match.OwnerUnknown},
		{"in a closed list", listed, valtori, []string{"MALLIVIRASTO"}, match.OwnerOther},
		{"a business ID of a closed list", listed, valtori, []string{"FI12345671"}, match.OwnerOther},
		{"a business ID that a closed list has not", listed, valtori, []string{"0201256-6"}, match.OwnerUnknown},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			got, _ := match.NewOwners(c.o, c.org).Of(ticketSpec(t), core.Record{Type: "ticket", Fields: ownedBy(c.values...)})
			if got != c.want {
				t.Errorf("%q is %q, want %q", c.values, got, c.want)
			}
		})
	}
}

func TestAMissingOwnerIsWhatTheCatalogueSays(t *testing.T) {
	empty := core.Record{Type: "ticket", Fields: []core.Field{{Name: "owner_organisation", Value: core.NullValue()}}}
	for missing, want := range map[string]match.Owner{"": match.OwnerUnknown, catalogue.OwnerReview: match.OwnerUnknown,
		catalogue.OwnerOwn: match.OwnerSelf, catalogue.OwnerOther: match.OwnerOther} {
		o := ownership()
		o.Missing = missing
		owners := match.NewOwners(o, valtori)
		if got, _ := owners.Of(ticketSpec(t), empty); got != want {
			t.Errorf("missing: %q: an empty owner is %q, want %q", missing, got, want)
		}
		// That nobody mapped the field says nothing of the owner.
		if got, _ := owners.Of(ticketSpec(t), core.Record{Type: "ticket"}); got != match.OwnerUnknown {
			t.Errorf("missing: %q: an owner that is not told is %q", missing, got)
		}
	}
	if o := match.NewOwners(catalogue.Ownership{}, valtori); o != nil {
		t.Error("a system without ownership is mixed")
	}
	withheld := core.Record{Type: "ticket", Fields: []core.Field{{Name: "owner_organisation", Value: core.WithheldValue(core.Withheld{Reason: core.WithheldSecret})}}}
	if got, _ := match.NewOwners(ownership(), valtori).Of(ticketSpec(t), withheld); got != match.OwnerUnknown {
		t.Errorf("an owner that the source withholds is %q", got)
	}
	coded := core.TextValue("K7")
	coded.Meaning = &core.Meaning{FI: "Mallivirasto"}
	ours := core.TextValue("V1")
	ours.Meaning = &core.Meaning{FI: "Valtori", EN: "Government ICT Centre Valtori"}
	for want, v := range map[match.Owner]core.Value{match.OwnerOther: coded, match.OwnerSelf: ours} {
		rec := core.Record{Type: "ticket", Fields: []core.Field{{Name: "owner_organisation", Value: v}}}
		if got, _ := match.NewOwners(ownership(), valtori).Of(ticketSpec(t), rec); got != want {
			t.Errorf("the meaning %q of a code is %q, want %q", v.Meaning.FI, got, want)
		}
	}
}

func TestPartsOfAnotherController(t *testing.T) {
	part := func(owner ...string) core.Part { return core.Part{Type: "comment", Fields: ownedBy(owner...)} }
	cases := []struct {
		what    string
		record  string
		parts   []core.Part
		want    match.Owner
		foreign []int
	}{
		{"a part of another controller", "Valtori", []core.Part{part(), part("Mallivirasto"), part("Valtori")}, match.OwnerSelf, []int{1}},
		{"an empty one is the record's", "Valtori", []core.Part{part("")}, match.OwnerSelf, nil},
		{"an own part in another's record", "Mallivirasto", []core.Part{part("Valtori")}, match.OwnerUnknown, nil},
		{"a part of nobody knows whom", "Valtori", []core.Part{part("?")}, match.OwnerUnknown, nil},
	}
	for _, c := range cases {
		rec := core.Record{Type: "ticket", Fields: ownedBy(c.record), Parts: c.parts}
		got, foreign := match.NewOwners(ownership(), valtori).Of(ticketSpec(t), rec)
		if got != c.want || !slices.Equal(foreign, c.foreign) {
			t.Errorf("%s: %q with foreign parts %v, want %q with %v", c.what, got, foreign, c.want, c.foreign)
		}
	}
}

func TestWhatOwnersDoToAVerdict(t *testing.T) {
	sure := match.Assessment{Verdict: core.Confirmed, Reason: match.ReasonIdentifier}
	if a := sure.Owned(match.OwnerOther); a.Item() || !a.Referred() {
		t.Error("another controller's record is an item")
	}
	if a := sure.Owned(match.OwnerUnknown); !a.Item() || a.Verdict != core.Review || a.Reason != match.ReasonOwnerUnknown {
		t.Errorf("a record of nobody knows whose is %s (%s)", a.Verdict, a.Reason)
	}
	if a := sure.Owned(match.OwnerSelf); a.Verdict != core.Confirmed {
		t.Errorf("an own record is %s", a.Verdict)
	}
	stranger := match.Assessment{Verdict: core.AnotherPerson, Reason: match.ReasonNoAgreement}
	if stranger.Owned(match.OwnerOther).Referred() {
		t.Error("a record that is not about the person is referred")
	}
}
