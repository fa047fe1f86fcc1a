package catalogue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/fixtures/valtori"
)

func loadValtori(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load("../../fixtures/valtori")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The entries are those that the description names, each of the kind that
// its content asks for, with the outcome of what cannot be searched.
func TestValtoriHoldsEveryRegisterOfItsDescription(t *testing.T) {
	c := loadValtori(t)
	var got []string
	line := func(s catalogue.System) string {
		return strings.TrimSpace(s.ID + " " + s.Store.ID + " " + s.Kind + " " + string(s.Level) + " " + string(s.Outcome))
	}
	for _, s := range c.Stores {
		got = append(got, line(s))
	}
	for _, s := range c.Systems {
		got = append(got, line(s))
		for _, sub := range s.SubRegisters {
			got = append(got, "  "+line(sub))
		}
	}
	want := []string{
		"V1   store", "V2   store", "V3   store", "V4   store", "V5   store", "V6   store", "V7   store",
		"V1.1 V1 case-management", "V1.2 V1 case-management", "V1.3 V1 contract-register", "V1.4 V1 documents", "V1.5 V1 documents subregister manual_pending",
		"V2.1 V2 hr", "  V2.2 V2 hr subregister", "  V2.5 V2 hr subregister", "V2.3 V2 recruitment", "V2.4 V2 ticketing", "V2.6 V2 learning",
		"V2.7 V2 benefits", "V2.8 V2 visitors", "V2.9 V2 cctv", "V2.10 V2 cctv external other_controller",
		"V3.1 V3 finance", "V3.2 V3 finance", "V3.3 V3 travel", "V3.4 V3 travel  described_only", "V3.5 V3 travel", "V3.6 V3 finance", "V3.7 V3 ticketing",
		"V4.1 V4 tendering", "V4.2 V4 contract-register", "V4.3 V4 suppliers", "V4.4 V4 licences",
		"V5.1 V5 website", "V5.2 V5 social  manual_pending", "V5.3 V5 intranet", "V5.4 V5 video", "V5.5 V5 surveys", "V5.6 V5 newsletter",
		"V6.1 V6 ticketing", "V6.2 V6 call-recording", "V6.3 V6 surveys", "V6.4 V6 crm", "V6.5 V6 documents",
		"V7.0 V7 documents described-only described_only", "V7.1 V7 ticketing", "  V7.2 V7 ticketing subregister", "V7.3 V7 directory subregister",
		"sinusta  case-management  manual_pending", "staff-directory  directory",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	o := c.Organisation
	if o.ID != "valtori" || !o.Authority || o.ArtificialCodes != catalogue.AnchorArtificial || !cmp.Equal(o.Languages, []string{"fi", "sv", "en"}) {
		t.Errorf("organisation %+v", o)
	}
}

// The keys are those that the demonstration's systems hold.
func TestValtoriSearchKeys(t *testing.T) {
	want := map[string]string{
		"V1.1":            "diary-number/valtori name personal-identity-code employee-number/kieku contract-number/valtori ticket-number/V6.1 user-id/valtori-ad business-id email",
		"V1.2":            "diary-number/valtori name",
		"V1.3":            "contract-number/valtori diary-number/valtori name business-id email",
		"V2.1":            "personal-identity-code! name date-of-birth employee-number/kieku! user-id/valtori-ad",
		"V4.2":            "contract-number/valtori name business-id email",
		"V6.1":            "ticket-number/V6.1 name email phone employee-number/kieku user-id/valtori-ad virtu-key",
		"V6.4":            "name email phone personal-identity-code business-id iban",
		"V7.1":            "ticket-number/V7.1 name email phone employee-number/kieku user-id/valtori-ad virtu-key",
		"staff-directory": "user-id/valtori-ad email phone employee-number/kieku name",
	}
	c := loadValtori(t)
	found := 0
	for _, s := range c.Systems {
		if want[s.ID] == "" {
			continue
		}
		found++
		var words []string
		for _, k := range s.SearchKeys {
			w := string(k.Kind)
			if k.Issuer != "" {
				w += "/" + k.Issuer
			}
			if k.EveryRecord {
				w += "!"
			}
			words = append(words, w)
		}
		if got := strings.Join(words, " "); got != want[s.ID] {
			t.Errorf("%s: keys %s\nwant %s", s.ID, got, want[s.ID])
		}
	}
	if found != len(want) {
		t.Fatalf("%d systems, want %d", found, len(want))
	}
}

// What the description itself gets wrong or leaves open stays visible.
func TestValtoriFindingsAreThoseOfItsDescription(t *testing.T) {
	c := loadValtori(t)
	got := findings(t, c)
	want := map[string]string{
		"":                "organisation-business-id artificial-codes PUBLISHED notice-undated PUBLISHED documents-silent",
		"V1":              "PUBLISHED repealed-statute PUBLISHED register-without-entry",
		"V1.2":            "paper-unknown source-assumed secrecy-section PUBLISHED listed-not-described no-person-key",
		"V1.3":            "paper-unknown",
		"V2":              "PUBLISHED secrecy-section PUBLISHED described-not-listed",
		"V2.1":            "special-without-ground",
		"V2.2":            "PUBLISHED secrecy-section",
		"V2.8":            "PUBLISHED secrecy-section",
		"V2.10":           "PUBLISHED documents-silent",
		"V3":              "PUBLISHED secrecy-section PUBLISHED statute-number PUBLISHED described-not-listed",
		"V3.1":            "no-person-key",
		"V3.2":            "PUBLISHED statute-number",
		"V3.4":            "PUBLISHED documents-silent PUBLISHED listed-not-described",
		"V3.5":            "PUBLISHED documents-silent no-person-key",
		"V3.6":            "PUBLISHED special-without-ground",
		"V3.7":            "no-person-key",
		"V4":              "PUBLISHED secrecy-section PUBLISHED group-without-system",
		"V4.1":            "PUBLISHED secrecy-section no-person-key",
		"V4.2":            "paper-unknown PUBLISHED documents-silent",
		"V5":              "PUBLISHED secrecy-section",
		"V6":              "PUBLISHED secrecy-section",
		"V6.2":            "PUBLISHED legitimate-interest",
		"V6.3":            "no-person-key",
		"V6.4":            "PUBLISHED legitimate-interest PUBLISHED special-without-ground",
		"V6.5":            "no-person-key",
		"V7":              "PUBLISHED secrecy-section",
		"V7.0":            "PUBLISHED documents-silent",
		"sinusta":         "no-store retention-no-period",
		"staff-directory": "no-store",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The defects that a reader of the description finds are found by rules that
// know none of its systems.
func TestValtoriDefectsOfTheDescriptionAreFound(t *testing.T) {
	found := map[string]bool{}
	for _, f := range catalogue.LintAt(loadValtori(t), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)) {
		if f.Severity == catalogue.SeverityPublished {
			found[f.System+": "+f.Message] = true
		}
	}
	for _, want := range []string{
		`V1: "Kundregistret" is named in a secrecy clause and nowhere else: no entry describes it`,
		"V1: legal_basis[0].statutes[3]: 621/1999 s.18 was repealed on 2020-01-01 by 907/2019",
		"V3: the sentence purpose names 11.12.1992/243; the statute of 1992-12-11 is 1243/1992",
		"V3: V3.5 (The travel agency's booking system (traveller register)) is described, and the list of the store does not name it",
		"V3.4: the documents name it and tell neither what it is for nor what it holds",
		"V4: the store is about stakeholders (stakeholders), and none of its systems holds data on them",
	} {
		if !found[want] {
			t.Errorf("not found: %s", want)
		}
	}
}

// testdata/valtori-beskrivning.txt is the published description.
func TestValtoriQuotesItsDescriptionVerbatim(t *testing.T) {
	quotesVerbatim(t, loadValtori(t), "valtori-beskrivning.txt", 200)
}

func TestValtoriProcessesForItsCustomers(t *testing.T) {
	c := loadValtori(t)
	day := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, id := range []string{"V6.1", "V7.1"} {
		s, ok := c.System(id)
		if !ok {
			t.Fatalf("no %s", id)
		}
		var roles []string
		for _, x := range s.ControllersOn(day) {
			roles = append(roles, string(x.Role)+": "+x.Scope.EN)
		}
		want := []string{"controller: Valtori's own data", "controller: data owned by the customer organisations", "processor: data owned by the customer organisations"}
		if diff := cmp.Diff(want, roles); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
}

func TestValtoriMarksWhatIsAssumed(t *testing.T) {
	c := loadValtori(t)
	for _, id := range []string{"V1.2", "staff-directory"} {
		s, _ := c.System(id)
		if len(s.SearchKeys) == 0 {
			t.Fatalf("%s has no keys", id)
		}
		for _, k := range s.SearchKeys {
			if k.Source.Origin() != catalogue.OriginAssumed {
				t.Errorf("%s: key %s is %s", id, k.Kind, k.Source)
			}
		}
	}
}

// What nobody can search by machine says who searches by hand, or who else
// answers; mixed systems say whose records are whose.
func TestValtoriTellsWhoSearchesByHandAndWhoAnswersElsewhere(t *testing.T) {
	c := loadValtori(t)
	for _, s := range c.Systems {
		switch s.Outcome {
		case core.ManualPending:
			if s.Manual.Owner.EN == "" || s.Manual.DueDays < 1 || s.Manual.Instructions.FI == "" {
				t.Errorf("%s: manual %+v", s.ID, s.Manual)
			}
		case core.OtherController:
			if s.Referral.Controller.EN != "Senate Properties" || s.ControllersOn(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))[0].Name.EN != "Senate Properties" {
				t.Errorf("%s: referral %+v", s.ID, s.Referral)
			}
		}
	}
	for _, id := range []string{"V4.4", "V6.1", "V6.5", "V7.1", "V7.3"} {
		if s, ok := c.System(id); !ok || s.Ownership.Field != "owner_organisation" || len(s.Ownership.Own) == 0 || s.Ownership.Referral.Text.FI == "" {
			t.Errorf("%s: ownership %+v", id, s.Ownership)
		}
	}
}

// The demonstration loads with some of its systems, and no other.
func TestAPartOfValtoriLoads(t *testing.T) {
	part, err := valtori.Organisation().Only([]string{"V1.1", "V6.4", "staff-directory"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalogue.LoadFS(part.Catalogue)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range c.Systems {
		got = append(got, s.ID)
		if len(s.Controllers) == 0 || s.Origin != catalogue.OriginAssumed && s.Store.Name.FI == "" {
			t.Errorf("%s lacks what its store and its organisation say", s.ID)
		}
	}
	if diff := cmp.Diff(part.SystemIDs(), got); diff != "" {
		t.Error(diff)
	}
	if len(loadValtori(t).Systems) < 10*len(got) {
		t.Errorf("the whole catalogue has %d systems", len(loadValtori(t).Systems))
	}
	if _, err := valtori.Organisation().Only([]string{"V1.1", "V9.9"}); err == nil {
		t.Error("a system that does not exist is made")
	}
}
