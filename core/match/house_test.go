package match_test

import (
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/match"
)

// An address in the other language is evidence only where the organisation's
// list says that the two names are one.
func TestAStreetByItsOtherNameIsEvidenceByTheList(t *testing.T) {
	s, sys := subject(t), ticketing(t)
	s.Identifiers = append(s.Identifiers, id(t, core.Address, "Esimerkkikatu 1 A 2, 00100 Helsinki", ""))
	house := identifier.House{Places: [][]string{{"Esimerkkikatu", "Exempelgatan"}, {"Helsinki", "Helsingfors"}}}
	rec := ticket("requester", "address=Exempelgatan 1 A 2, 00100 Helsingfors")
	known := match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial, House: house}).Judge(sys, rec)
	if known.Verdict != core.Review || known.Reason != match.ReasonWeak {
		t.Errorf("with the list: %s (%s)", known.Verdict, known.Reason)
	}
	unknown := match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial}).Judge(sys, rec)
	if unknown.Reason == match.ReasonWeak {
		t.Errorf("without the list: %s (%s)", unknown.Verdict, unknown.Reason)
	}
}

// A record that writes a sole trader's number as an EUID or an OVT is hers.
func TestASoleTradersNumberInOtherSpellings(t *testing.T) {
	sys, m := contractRegister(t), somebodyIn(t, core.SoleTrader)
	for written, want := range map[string]core.Verdict{"FIFPRO.2617416-4": core.Confirmed, "003726174164": core.Confirmed, "00372617416412345": core.Confirmed} {
		rec := contract("2617416-4")
		rec.Parties = []core.Party{{Slot: "counterparty", Fields: fields("name=Tmi Maija Mäkinen", "business_id="+written)}}
		if a := m.Judge(sys, rec); a.Verdict != want {
			t.Errorf("%s: %s (%s), want %s", written, a.Verdict, a.Reason, want)
		}
	}
}
