package catalogue_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

func loadOrganisation(t *testing.T, folder string) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load("../../fixtures/" + folder)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// findings gives the rules that find something, by entry, each once and in
// order: errors and what is of the published documents marked as such.
func findings(t *testing.T, c *catalogue.Catalogue) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, f := range catalogue.LintAt(c, lintDay) {
		t.Logf("%-7s %s %s: %s", f.Severity, f.File, f.Rule, f.Message)
		word := f.Rule
		if f.Severity == catalogue.SeverityError {
			word = "ERROR " + word
		}
		if f.Severity == catalogue.SeverityPublished {
			word = "PUBLISHED " + word
		}
		if !strings.Contains(" "+got[f.System]+" ", " "+word+" ") {
			got[f.System] = strings.TrimSpace(got[f.System] + " " + word)
		}
	}
	return got
}

// quotesVerbatim fails for each sentence that is not in the published document,
// a file of testdata, and when fewer than least are quoted.
func quotesVerbatim(t *testing.T, c *catalogue.Catalogue, document string, least int) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", document))
	if err != nil {
		t.Fatal(err)
	}
	published := strings.Join(strings.Fields(string(src)), " ")
	quoted := 0
	documents := catalogue.System{ID: "organisation.yaml"}
	for _, d := range c.Organisation.Documents {
		documents.Published = append(documents.Published, d.Sentences...)
	}
	for _, s := range slices.Concat([]catalogue.System{documents}, c.Stores, c.Systems) {
		for _, sub := range s.SubRegisters {
			s.Published = append(s.Published, sub.Published...)
		}
		if s.Origin == catalogue.OriginAssumed && len(s.Published) > 0 {
			t.Errorf("%s is assumed and quotes a document", s.ID)
		}
		for _, p := range s.Published {
			quoted++
			if !strings.Contains(published, p.Sentence) {
				t.Errorf("%s quotes what the document does not say: %q", s.ID, p.Sentence)
			}
		}
	}
	if quoted < least {
		t.Fatalf("%d sentences are quoted, want at least %d", quoted, least)
	}
}

// The files of testdata are the published documents, without the lines that
// name persons.
func TestOrganisationsQuoteTheirDocumentsVerbatim(t *testing.T) {
	for folder, d := range map[string]struct {
		document string
		least    int
	}{
		"teservice":   {"te-service-beskrivning.txt", 50},
		"palkkaturva": {"palkkaturva-seloste.txt", 30},
		"teoffices":   {"te-offices-beskrivning.txt", 90},
		"hameenlinna": {"hameenlinna-seloste.txt", 90},
	} {
		t.Run(folder, func(t *testing.T) { quotesVerbatim(t, loadOrganisation(t, folder), d.document, d.least) })
	}
}

// What the notices get wrong or leave open stays visible, and nothing else is
// found: no error, and no warning that the notices do not give cause for.
// None of the four tells an information store (no-store).
func TestFindingsAreThoseOfTheNotices(t *testing.T) {
	for folder, want := range map[string]map[string]string{
		"teservice": {
			"":        "organisation-business-id artificial-codes PUBLISHED notice-old PUBLISHED right-missing PUBLISHED documents-silent PUBLISHED repealed-statute PUBLISHED controller-ended PUBLISHED signature-demanded",
			"K1":      "no-store PUBLISHED controller-ended PUBLISHED on-site-only",
			"K2":      "no-store",
			"K3":      "no-store",
			"K4":      "no-store",
			"K5":      "no-store PUBLISHED controller-ended",
			"K6":      "no-store",
			"K7":      "no-store",
			"K8":      "no-store paper-unknown PUBLISHED documents-silent PUBLISHED listed-not-described",
			"K9":      "no-store paper-unknown PUBLISHED documents-silent PUBLISHED listed-not-described",
			"sinusta": "no-store retention-no-period",
		},
		"palkkaturva": {
			"":        "organisation-business-id artificial-codes PUBLISHED no-complaint-right PUBLISHED right-missing PUBLISHED documents-silent PUBLISHED controller-ended PUBLISHED signature-demanded",
			"P1":      "no-store PUBLISHED documents-silent PUBLISHED controller-ended PUBLISHED on-site-only",
			"P2":      "no-store paper-unknown PUBLISHED documents-silent PUBLISHED listed-not-described PUBLISHED controller-ended",
			"P3":      "no-store paper-unknown PUBLISHED documents-silent PUBLISHED listed-not-described PUBLISHED controller-ended no-person-key",
			"P4":      "no-store paper-unknown PUBLISHED documents-silent PUBLISHED listed-not-described PUBLISHED controller-ended",
			"sinusta": "no-store retention-no-period",
		},
		"teoffices": {
			"":        "organisation-business-id artificial-codes PUBLISHED notice-undated PUBLISHED right-missing PUBLISHED documents-silent PUBLISHED repealed-statute PUBLISHED controller-ended PUBLISHED signature-demanded",
			"T1":      "no-store paper-unknown PUBLISHED special-without-ground PUBLISHED retention-overtaken",
			"T2":      "no-store",
			"T3":      "no-store PUBLISHED documents-silent PUBLISHED controller-ended",
			"T3.1":    "no-store PUBLISHED documents-silent policy-review PUBLISHED log-data-withheld",
			"T3.2":    "no-store",
			"T4":      "no-store",
			"T4.1":    "no-store PUBLISHED documents-silent PUBLISHED listed-not-described",
			"T4.2":    "no-store PUBLISHED listed-not-described",
			"T5":      "no-store PUBLISHED documents-silent policy-review PUBLISHED log-data-withheld",
			"T6":      "no-store PUBLISHED documents-silent",
			"T7":      "no-store PUBLISHED documents-silent",
			"T8":      "no-store paper-unknown PUBLISHED documents-silent PUBLISHED repealed-statute PUBLISHED controller-ended",
			"T9":      "no-store PUBLISHED controller-ended",
			"sinusta": "no-store retention-no-period",
		},
		"hameenlinna": {
			"":        "organisation-business-id artificial-codes PUBLISHED notice-old PUBLISHED retention-no-period PUBLISHED documents-silent PUBLISHED repealed-statute",
			"H1":      "no-store",
			"H2":      "no-store PUBLISHED retention-no-period",
			"H3":      "no-store PUBLISHED documents-silent",
			"H4":      "no-store",
			"H5":      "no-store PUBLISHED documents-silent",
			"sinusta": "no-store retention-no-period",
		},
	} {
		t.Run(folder, func(t *testing.T) {
			if diff := cmp.Diff(want, findings(t, loadOrganisation(t, folder))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The defects that a reader of the notices finds are found by rules that know
// none of their registers.
func TestDefectsOfTheNoticesAreFound(t *testing.T) {
	for folder, want := range map[string][]string{
		"teservice": {
			": common.legal_basis[0].statutes[0]: 916/2012 was repealed on 2025-01-01 by 380/2023",
			"K1: the document offers listening or viewing on site, and no copy or transcript",
		},
		"palkkaturva": {
			`: "Tietosuojaseloste, Palkkaturvan puhelinasiakasyhteydenottojen tallennus- ja tapahtumanhallintajärjestelmä" does not tell of the right to complain to the supervisory authority`,
			"P2: the documents name it and tell neither what it is for nor what it holds",
		},
		"teoffices": {
			"T1: the document says 1826 days, and 380/2023 s.122 1461",
			"T5: the document keeps log data from the person, who is entitled to the times and purposes of consultations",
			": common: the document names Ministry of Economic Affairs and Employment, whose role ended on 2024-12-31; now Employment, Development and Administration Centre (KEHA Centre), The employment authorities",
		},
		"hameenlinna": {
			"H2: retention tells no period; verify that the text tells the criteria",
		},
	} {
		found := map[string]bool{}
		for _, f := range catalogue.LintAt(loadOrganisation(t, folder), lintDay) {
			if f.Severity == catalogue.SeverityPublished {
				found[f.System+": "+f.Message] = true
			}
		}
		for _, w := range want {
			if !found[w] {
				t.Errorf("%s: not found: %s", folder, w)
			}
		}
	}
}

// A request is answered by whoever answered for the data on its day, and every
// day since has somebody who does.
func TestControllersSucceedEachOther(t *testing.T) {
	const keha, later = "Development and Administration Centre for the Centres for Economic Development, Transport and the Environment and the TE Offices (KEHA Centre)",
		"Employment, Development and Administration Centre (KEHA Centre)"
	for _, x := range []struct{ folder, id, day, want string }{
		{"teservice", "K1", "2024-06-03", "South Savo Centre for Economic Development, Transport and the Environment (ELY Centre), TE Customer Service Centre"},
		{"teservice", "K1", "2025-06-02", keha},
		{"teservice", "K1", "2026-06-01", later},
		{"palkkaturva", "P1", "2025-06-02", keha},
		{"palkkaturva", "P4", "2026-01-01", later},
		{"teoffices", "T1", "2024-06-03", "Ministry of Economic Affairs and Employment; The TE offices; TE Customer Service Centre"},
		{"teoffices", "T1", "2025-01-01", keha + "; The employment authorities"},
		{"teoffices", "T9", "2024-12-31", "The TE offices"},
		{"teoffices", "T9", "2026-06-01", "The employment authorities"},
		{"teoffices", "T3.2", "2026-06-01", "Social Insurance Institution of Finland (Kela)"},
		{"hameenlinna", "H2", "2026-06-01", "City of Hämeenlinna, Strategy and Development; Linnan Kehitys Oy"},
	} {
		day, err := time.Parse(time.DateOnly, x.day)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := loadOrganisation(t, x.folder).Entry(x.id)
		if !ok {
			t.Fatalf("%s has no %s", x.folder, x.id)
		}
		var got []string
		for _, c := range s.ControllersOn(day) {
			if c.Role != catalogue.RoleProcessor {
				got = append(got, c.Name.EN)
			}
		}
		if diff := cmp.Diff(x.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s on %s: %s", x.id, x.day, diff)
		}
	}
}

// With the switch on, log data are searched like any other: when and why, not
// who.
func TestLogDataHangOnTheSwitch(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../fixtures/teoffices")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "organisation.yaml")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	on := strings.Replace(string(raw), "disclose: withheld", "disclose: when-and-why", 1)
	if on == string(raw) {
		t.Fatal("organisation.yaml has no switch on log data")
	}
	if err := os.WriteFile(file, []byte(on), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := catalogue.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"T3.1", "T5"} {
		off, _ := loadOrganisation(t, "teoffices").System(id)
		if s, ok := c.System(id); !ok || s.Outcome != "" || off.Outcome != core.ExcludedByPolicy {
			t.Errorf("%s: outcome %q with the switch on, %q with it off", id, s.Outcome, off.Outcome)
		}
	}
}

// A catalogue names functions, never persons: no mailbox of a person stands in
// it, only those of functions, in the domain that exists nowhere.
func TestCataloguesHoldNoMailboxOfAPerson(t *testing.T) {
	mailbox := regexp.MustCompile(`[\w.+-]+@[\w.-]+`)
	for _, folder := range organisations {
		files, err := filepath.Glob("../../fixtures/" + folder + "/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		entries, err := filepath.Glob("../../fixtures/" + folder + "/catalogue/*.yaml")
		if err != nil || len(entries) == 0 {
			t.Fatalf("%s has no entries: %v", folder, err)
		}
		for _, file := range append(files, entries...) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range mailbox.FindAllString(string(raw), -1) {
				if !strings.HasSuffix(m, ".example") && m != "tietosuoja@om.fi" {
					t.Errorf("%s names the mailbox %s", file, m)
				}
			}
		}
	}
}

// The person is told to ask those who answer on the day of receipt: the TE
// offices while they were there, the municipal authorities after them.
func TestReferralsFollowTheDayOfReceipt(t *testing.T) {
	s, ok := loadOrganisation(t, "teservice").System("K8")
	if !ok {
		t.Fatal("no K8")
	}
	for day, words := range map[string][3]string{
		"2024-06-03": {"toimisto", "arbets- och näringsbyrå", "TE office"},
		"2024-12-31": {"toimisto", "arbets- och näringsbyrå", "TE office"},
		"2025-01-01": {"työvoimaviranomai", "arbetskraftsmyndighet", "employment authorit"},
		"2026-06-01": {"työvoimaviranomai", "arbetskraftsmyndighet", "employment authorit"},
	} {
		to, why := s.ReferralOn(day)
		for n, lang := range []string{"fi", "sv", "en"} {
			for _, text := range []string{to.Controller.In(lang), to.Text.In(lang), why.In(lang)} {
				if !strings.Contains(strings.ToLower(text), strings.ToLower(words[n])) {
					t.Errorf("%s: %q does not name %s", day, text, words[n])
				}
			}
		}
	}
}

// Guidance spaces are kept for three months, three more and twelve, requests
// for 180 days; customer data for five years, four since 2025.
func TestRetentionOfParts(t *testing.T) {
	days := func(folder, system, recordType string) (out []int) {
		s, ok := loadOrganisation(t, folder).Entry(system)
		if !ok {
			t.Fatalf("no %s", system)
		}
		for _, r := range s.Retention {
			if r.Source.Origin() == catalogue.OriginDerived {
				t.Errorf("%s: a retention that no sentence tells", system)
			}
			if len(r.Types) == 0 || slices.Contains(r.Types, recordType) {
				out = append(out, r.Days)
			}
		}
		return out
	}
	for _, c := range []struct {
		folder, system, recordType string
		want                       []int
	}{
		{"teservice", "K5", "space", []int{92, 92, 366}}, {"teservice", "K5", "contact_request", []int{180}},
		{"teoffices", "T1", "customer", []int{1826, 1461}}, {"teoffices", "T1.1", "company", []int{1826, 1461}},
	} {
		if got := days(c.folder, c.system, c.recordType); !slices.Equal(got, c.want) {
			t.Errorf("%s of %s is kept for %v days, want %v", c.recordType, c.system, got, c.want)
		}
	}
}
