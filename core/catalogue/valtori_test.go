package catalogue_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

func loadValtori(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load("../../fixtures/valtori")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestValtoriHoldsItsSystemsInOrder(t *testing.T) {
	c := loadValtori(t)
	var got []string
	for _, s := range c.Systems {
		got = append(got, s.ID+" "+s.Kind+" "+string(s.Origin)+" "+s.File)
	}
	want := []string{
		"V1.1 case-management stated catalogue/V1.1.yaml", "V1.2 case-management stated catalogue/V1.2.yaml",
		"V1.3 contract-register stated catalogue/V1.3.yaml", "V2.1 hr stated catalogue/V2.1.yaml",
		"V4.2 contract-register stated catalogue/V4.2.yaml", "V6.1 ticketing stated catalogue/V6.1.yaml",
		"V6.4 crm stated catalogue/V6.4.yaml", "V7.1 ticketing stated catalogue/V7.1.yaml",
		"staff-directory directory assumed catalogue/staff-directory.yaml",
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
		"V1.1":            "diary-number/valtori name personal-identity-code employee-number/kieku contract-number/valtori business-id email",
		"V1.2":            "diary-number/valtori name",
		"V1.3":            "contract-number/valtori diary-number/valtori name business-id email",
		"V2.1":            "personal-identity-code! name date-of-birth employee-number/kieku! user-id/valtori-ad",
		"V4.2":            "contract-number/valtori name business-id email",
		"V6.1":            "ticket-number/V6.1 name email phone employee-number/kieku user-id/valtori-ad",
		"V6.4":            "name email phone personal-identity-code business-id",
		"V7.1":            "ticket-number/V7.1 name email phone employee-number/kieku user-id/valtori-ad",
		"staff-directory": "user-id/valtori-ad email phone employee-number/kieku name",
	}
	c := loadValtori(t)
	if len(c.Systems) != len(want) {
		t.Fatalf("%d systems, want %d", len(c.Systems), len(want))
	}
	for _, s := range c.Systems {
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
}

// What the description itself gets wrong or leaves open stays visible.
func TestValtoriFindingsAreThoseOfItsDescription(t *testing.T) {
	c := loadValtori(t)
	got := map[string]string{}
	for _, f := range catalogue.LintAt(c, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)) {
		t.Logf("%-7s %s %s: %s", f.Severity, f.File, f.Rule, f.Message)
		word := f.Rule
		if f.Severity == catalogue.SeverityError {
			word = "ERROR " + word
		}
		if !strings.Contains(" "+got[f.System]+" ", " "+word+" ") {
			got[f.System] = strings.TrimSpace(got[f.System] + " " + word)
		}
	}
	want := map[string]string{
		"":                "organisation-business-id artificial-codes",
		"V1.1":            "retention-no-period repealed-statute",
		"V1.2":            "retention-no-period paper-unknown repealed-statute no-person-key",
		"V1.3":            "retention-no-period paper-unknown repealed-statute",
		"V2.1":            "retention-no-period special-without-ground secrecy-section",
		"V4.2":            "retention-no-period paper-unknown secrecy-section",
		"V6.1":            "retention-no-period secrecy-section",
		"V6.4":            "retention-no-period ERROR legitimate-interest special-without-ground secrecy-section",
		"V7.1":            "retention-no-period secrecy-section",
		"staff-directory": "no-store retention-no-period",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// testdata/valtori-beskrivning.txt is the published description.
func TestValtoriQuotesItsDescriptionVerbatim(t *testing.T) {
	src, err := os.ReadFile("testdata/valtori-beskrivning.txt")
	if err != nil {
		t.Fatal(err)
	}
	description := strings.Join(strings.Fields(string(src)), " ")
	quoted := 0
	for _, s := range loadValtori(t).Systems {
		if s.Origin == catalogue.OriginAssumed && len(s.Published) > 0 {
			t.Errorf("%s is assumed and quotes a document", s.ID)
		}
		for _, p := range s.Published {
			quoted++
			if p.Document != "Beskrivning av handlingsoffentligheten, Valtori" || !strings.Contains(description, p.Sentence) {
				t.Errorf("%s quotes what %q does not say: %q", s.ID, p.Document, p.Sentence)
			}
		}
	}
	if quoted == 0 {
		t.Fatal("nothing is quoted")
	}
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
	for _, s := range c.Systems {
		if s.Outcome != core.Outcome("") {
			t.Errorf("%s is not searched: %s", s.ID, s.Outcome)
		}
	}
}
