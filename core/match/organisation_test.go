package match_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/match"
)

func contractRegister(t testing.TB) match.System {
	t.Helper()
	p, err := catalogue.ProfileFor("contract-register")
	if err != nil {
		t.Fatal(err)
	}
	return match.System{ID: "V1.3", Profile: p}
}

// contract is a contract with a firm, whose contact person has the fields.
func contract(firm string, contact ...string) core.Record {
	return core.Record{Type: "contract", Ref: "contract/1", Time: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), Parties: []core.Party{
		{Slot: "counterparty", Fields: fields("organisation=Esimerkki Oy", "business_id="+firm)},
		{Slot: "contact_person", Fields: fields(contact...)},
	}}
}

// somebodyIn gives the subject with a capacity in the firm 2617416-4 from 2020
// to 2025.
func somebodyIn(t testing.TB, capacity core.Capacity) *match.Matcher {
	s := subject(t)
	firm := id(t, core.BusinessID, "2617416-4", "")
	firm.Capacity = capacity
	firm.Valid = core.Interval{From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	s.Identifiers = append(s.Identifiers, firm)
	return match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial})
}

func TestAnOrganisationsRecordsAreNobodysWithoutTheName(t *testing.T) {
	sys := contractRegister(t)
	for _, capacity := range []core.Capacity{core.Partner, core.ContactPerson, core.Representative, ""} {
		m := somebodyIn(t, capacity)
		for _, rec := range []core.Record{
			contract("2617416-4", "name=Pekka Korhonen"),
			contract("2617416-4"),
			contract("2617416-4", "name=Pekka Korhonen", "business_id=2617416-4"),
			contract("2617416-4", "business_id=2617416-4"),
		} {
			if a := m.Judge(sys, rec); a.Verdict != core.AnotherPerson || a.Item() {
				t.Errorf("%q: a record of the firm that does not name her: %s (%s)", capacity, a.Verdict, a.Reason)
			}
			rec.MatchedBy = []core.Match{{Kind: core.BusinessID, Slot: "counterparty", Field: "business_id"}}
			if a := m.Judge(sys, rec); capacity != "" && a.Verdict != core.AnotherPerson {
				t.Errorf("%q: found by the firm's number alone: %s (%s)", capacity, a.Verdict, a.Reason)
			}
		}
	}
}

func TestANameInTheOrganisationIsReviewed(t *testing.T) {
	sys, m := contractRegister(t), somebodyIn(t, core.ContactPerson)
	spec, _ := sys.Profile.Type("contract")
	for _, c := range []struct {
		what   string
		rec    core.Record
		reason match.Reason
	}{
		{"her name in her firm's contract", contract("2617416-4", "name=Maija Mäkinen"), match.ReasonOrganisation},
		{"the firm by its VAT number", contract("FI26174164", "name=Maija Mäkinen"), match.ReasonOrganisation},
		{"her name in another firm's contract", contract("2077474-0", "name=Maija Mäkinen"), match.ReasonNameOnly},
		{"her name, and more that is hers", contract("2617416-4", "name=Maija Mäkinen", "phone=0401234567"), match.ReasonOneContact},
	} {
		a := m.Judge(sys, c.rec)
		if a.Verdict != core.Review || a.Reason != c.reason {
			t.Errorf("%s: %s (%s), want review (%s)", c.what, a.Verdict, a.Reason, c.reason)
		}
		checkSentence(t, a, sys, c.rec)
		if a.Reason == match.ReasonOrganisation && (len(a.Evidence) != 2 || match.Explain(a, spec).FI == "") {
			t.Errorf("%s: evidence %+v", c.what, a.Evidence)
		}
	}
	for year, want := range map[int]match.Reason{2019: match.ReasonNameOnly, 2024: match.ReasonOrganisation, 2026: match.ReasonNameOnly} {
		rec := contract("2617416-4", "name=Maija Mäkinen")
		rec.Time = time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)
		if a := m.Judge(sys, rec); a.Reason != want {
			t.Errorf("in %d: %s, want %s", year, a.Reason, want)
		}
	}
}

func TestASoleTradersNumberIsHersInItsTime(t *testing.T) {
	sys, m := contractRegister(t), somebodyIn(t, core.SoleTrader)
	rec := contract("2617416-4")
	rec.Parties = []core.Party{{Slot: "counterparty", Fields: fields("name=Tmi Maija Mäkinen", "business_id=2617416-4")}}
	if a := m.Judge(sys, rec); a.Verdict != core.Confirmed {
		t.Errorf("her firm in its time: %s (%s), want confirmed", a.Verdict, a.Reason)
	}
	rec.Time = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	if a := m.Judge(sys, rec); a.Verdict == core.Confirmed || a.Verdict == core.AnotherPerson {
		t.Errorf("after its time: %s (%s), want a person to look", a.Verdict, a.Reason)
	}
}

func TestTheNewKindsAsEvidence(t *testing.T) {
	s := subject(t)
	for kind, value := range map[core.Kind]string{core.ElectronicID: "10000001N", core.SwedishNumber: "19900101-9802", core.EUPersonID: "IDCBE-590082394654",
		core.VirtuKey: "makinma1@virasto", core.IBAN: "FI2112345600000785", core.TaxNumber: "100001234567", core.Address: "Esimerkkikatu 1 A 2, 00100 Helsinki"} {
		s.Identifiers = append(s.Identifiers, id(t, kind, value, ""))
	}
	customer := id(t, core.CustomerNumber, "AS-1", "T")
	s.Identifiers = append(s.Identifiers, customer)
	m, sys := match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial}), ticketing(t)
	for _, c := range []struct {
		party  []string
		want   core.Verdict
		reason match.Reason
	}{
		{[]string{"electronic_id=10000001n"}, core.Confirmed, match.ReasonIdentifier},
		{[]string{"electronic_id=10000350X", "name=Maija Mäkinen"}, core.AnotherPerson, match.ReasonOtherIdentifier},
		{[]string{"swedish_number=199001019802"}, core.Confirmed, match.ReasonIdentifier},
		{[]string{"swedish_number=900101-9802"}, core.Review, match.ReasonOneContact},
		{[]string{"swedish_number=19900101-9810", "name=Maija Mäkinen"}, core.AnotherPerson, match.ReasonOtherIdentifier},
		{[]string{"eu_person_id=IDCBE-590082394654", "name=Maija Lahtinen"}, core.Confirmed, match.ReasonIdentifier},
		{[]string{"virtu_code=MAKINMA1@virasto"}, core.Review, match.ReasonOneContact}, // given on, and nobody knows when
		{[]string{"customer_number=as-1"}, core.Confirmed, match.ReasonIdentifier},
		{[]string{"iban=FI21 1234 5600 0007 85"}, core.Review, match.ReasonOneContact},
		{[]string{"iban=FI2112345600000785", "phone=0401234567"}, core.Probable, match.ReasonTwoContacts},
		{[]string{"tax_number=100001234567"}, core.Review, match.ReasonOneContact},
		{[]string{"address=Esimerkkikatu 1 A 2, 00100 HELSINKI"}, core.Review, match.ReasonWeak},
		{[]string{"address=Esimerkkikatu 1 A 2, 00100 Helsinki", "name=Pekka Mäkinen"}, core.AnotherPerson, match.ReasonNoAgreement},
		{[]string{"address=Esimerkkikatu 1 A 2, 00100 Helsinki", "name=Maija Mäkinen"}, core.Review, match.ReasonNameOnly},
	} {
		rec := ticket("requester", c.party...)
		a := m.Judge(sys, rec)
		if a.Verdict != c.want || a.Reason != c.reason {
			t.Errorf("%v: %s (%s), want %s (%s)", c.party, a.Verdict, a.Reason, c.want, c.reason)
		}
		checkSentence(t, a, sys, rec)
	}
	for _, text := range []string{"tili FI21 1234 5600\n0007 85", "satu 10000001N", "pnr 19900101-9802", "soita (040) 123 4567", "koodi 010190\u2013900p", "hetu 010190 900P"} {
		rec := ticket("requester", "name=Pekka Korhonen")
		rec.Parts = []core.Part{{Type: "comment", Ref: "comment/1", Fields: fields("text=" + text)}}
		if a := m.Judge(sys, rec); a.Verdict != core.Review || a.Reason != match.ReasonRoleUnknown {
			t.Errorf("%q in another's comment: %s (%s), want review", text, a.Verdict, a.Reason)
		}
	}
}

// A series that was begun anew gives an old number to a new ticket.
func TestARecordNumberCountsInItsTime(t *testing.T) {
	s := subject(t)
	for i := range s.Identifiers {
		if s.Identifiers[i].Kind == core.TicketNumber {
			s.Identifiers[i].Valid.To = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		}
	}
	m, sys := match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial}), ticketing(t)
	rec := ticket("requester", "name=Pekka Korhonen")
	rec.Fields = fields("ticket_number=INC12345") // as another padding writes it
	if a := m.Judge(sys, rec); a.Item() {
		t.Errorf("years after: %s (%s), want no item", a.Verdict, a.Reason)
	}
	rec.Time = time.Date(2019, 6, 1, 0, 0, 0, 0, time.UTC)
	if a := m.Judge(sys, rec); a.Reason != match.ReasonRecordNumber {
		t.Errorf("in its time: %s (%s), want review by number", a.Verdict, a.Reason)
	}
}

func TestCapacitiesAreAllTried(t *testing.T) {
	if !slices.Equal(core.Capacities(), []core.Capacity{core.SoleTrader, core.Partner, core.ContactPerson, core.Representative}) {
		t.Error("a capacity that no test knows")
	}
}
