package catalogue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

var lintDay = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// sound gives a catalogue in which no rule finds anything.
func sound(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.LoadFS(filled(t, "Something"))
	if err != nil {
		t.Fatal(err)
	}
	c.Systems[0].Paper.Held = catalogue.PaperNo
	return c
}

func say(s string) catalogue.Text { return catalogue.Text{FI: s, SV: s, EN: s} }

func fact(s string) catalogue.Fact { return catalogue.Fact{Text: say(s), Source: "derived"} }

func controller(role catalogue.ControllerRole, name, from, to string) catalogue.Controller {
	return catalogue.Controller{Role: role, Name: say(name), From: from, To: to, Source: "derived"}
}

const (
	alone     = catalogue.RoleController
	joint     = catalogue.RoleJointController
	processor = catalogue.RoleProcessor
)

// lintCases break one thing each; rule is what finds it, "" when nothing may.
var lintCases = []struct {
	name, rule string
	change     func(*catalogue.Organisation, *catalogue.System)
}{
	{"no name of the organisation", "organisation-name", func(o *catalogue.Organisation, _ *catalogue.System) { o.Name = catalogue.Text{} }},
	{"no business id", "organisation-business-id", func(o *catalogue.Organisation, _ *catalogue.System) { o.BusinessID = "" }},
	{"organisation not in English", "organisation-text-language", func(o *catalogue.Organisation, _ *catalogue.System) { o.Name.EN = "" }},
	{"organisation in spaces", "organisation-text-language", func(o *catalogue.Organisation, _ *catalogue.System) { o.Registry.Title.SV = " " }},
	{"English not offered", "", func(o *catalogue.Organisation, s *catalogue.System) {
		o.Languages, o.Name.EN, s.Purposes[0].EN = []string{"fi", "sv"}, "", ""
	}},
	{"organisation of the template", "organisation-not-filled-in", func(o *catalogue.Organisation, _ *catalogue.System) { o.BusinessID = catalogue.FillIn }},
	{"registry without address", "registry-contact", func(o *catalogue.Organisation, _ *catalogue.System) { o.Registry.Address = catalogue.Text{} }},
	{"registry without mail", "registry-contact", func(o *catalogue.Organisation, _ *catalogue.System) { o.Registry.Email = "" }},
	{"officer without telephone", "dpo-contact", func(o *catalogue.Organisation, _ *catalogue.System) { o.DPO.Phone = "" }},
	{"officer at the registry's address", "", func(o *catalogue.Organisation, _ *catalogue.System) { o.DPO.Address = catalogue.Text{} }},
	{"no Ombudsman", "supervisory-authority", func(o *catalogue.Organisation, _ *catalogue.System) { o.SupervisoryAuthority.Title = catalogue.Text{} }},
	{"test people", "artificial-codes", func(o *catalogue.Organisation, _ *catalogue.System) { o.ArtificialCodes = catalogue.AnchorArtificial }},
	{"issuer that nobody uses", "issuer-unused", func(o *catalogue.Organisation, _ *catalogue.System) {
		o.Issuers = map[string]catalogue.Text{"hr": say("HR")}
	}},

	{"no controller", "no-controller", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers = nil }},
	{"controller of the past", "no-controller", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].To = "2026-05-31" }},
	{"controller of the future", "no-controller", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].From = "2026-06-02" }},
	{"first day of a controller", "", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].From = "2026-06-01" }},
	{"last day of a controller", "controller-ends", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].To = "2026-06-01" }},
	{"succession", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = []catalogue.Controller{controller(alone, "new", "2026-01-01", ""), controller(alone, "old", "", "2025-12-31")}
	}},
	{"succession with a gap", "controller-gap", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = []catalogue.Controller{controller(alone, "old", "", "2025-12-30"), controller(alone, "new", "2026-01-01", "")}
	}},
	{"gap that a third one fills", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = []catalogue.Controller{controller(joint, "a", "", "2024-12-31"), controller(joint, "b", "2024-06-01", ""), controller(joint, "c", "2026-01-01", "")}
	}},
	{"two controllers at once", "controllers-overlap", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = append(s.Controllers, controller(alone, "other", "", ""))
	}},
	{"overlap of one day", "controllers-overlap", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = []catalogue.Controller{controller(alone, "old", "", "2026-01-01"), controller(alone, "new", "2026-01-01", "")}
	}},
	{"two controllers, each with its scope", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = append(s.Controllers, controller(alone, "other", "", ""))
		s.Controllers[0].Scope, s.Controllers[1].Scope = say("own data"), say("their data")
	}},
	{"joint controllers", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = []catalogue.Controller{controller(joint, "a", "", ""), controller(joint, "b", "", "")}
	}},
	{"joint controller alone", "joint-controller-alone", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].Role = joint }},
	{"processor with a controller", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = append(s.Controllers, controller(processor, "p", "", ""))
	}},
	{"processor alone", "no-controller processor-without-controller", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].Role = processor }},
	{"controller that ends", "controller-ends", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].To = "2026-12-31" }},
	{"controller that ends, with a successor", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers[0].To = "2026-12-31"
		s.Controllers = append(s.Controllers, controller(alone, "new", "2027-01-01", ""))
	}},

	{"no name", "no-name", func(_ *catalogue.Organisation, s *catalogue.System) { s.Name = catalogue.Fact{} }},
	{"no store", "no-store", func(_ *catalogue.Organisation, s *catalogue.System) { s.Store = catalogue.Store{} }},
	{"no origin", "no-origin", func(_ *catalogue.Organisation, s *catalogue.System) { s.Origin = "" }},
	{"stated without document", "no-published-statement", func(_ *catalogue.Organisation, s *catalogue.System) { s.Published = nil }},
	{"derived without sentence", "no-published-statement", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Origin, s.Published[0].Sentence = catalogue.OriginDerived, " "
	}},
	{"assumed without document", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Origin, s.Published = catalogue.OriginAssumed, nil
	}},
	{"no description", "no-description", func(_ *catalogue.Organisation, s *catalogue.System) { s.Description = catalogue.Fact{} }},
	{"no purpose", "no-purpose", func(_ *catalogue.Organisation, s *catalogue.System) { s.Purposes = nil }},
	{"no legal basis", "no-legal-basis", func(_ *catalogue.Organisation, s *catalogue.System) { s.LegalBasis = nil }},
	{"no data groups", "no-data-groups", func(_ *catalogue.Organisation, s *catalogue.System) { s.DataGroups = nil }},
	{"no data subjects", "no-data-subjects", func(_ *catalogue.Organisation, s *catalogue.System) { s.DataSubjects = nil }},
	{"no sources of data", "no-data-sources", func(_ *catalogue.Organisation, s *catalogue.System) { s.DataSources = nil }},
	{"no recipients", "no-recipients", func(_ *catalogue.Organisation, s *catalogue.System) { s.Recipients = nil }},
	{"no transfers", "no-transfers", func(_ *catalogue.Organisation, s *catalogue.System) { s.Transfers = nil }},
	{"no retention", "no-retention", func(_ *catalogue.Organisation, s *catalogue.System) { s.Retention = nil }},
	{"retention of a part only", "no-retention", func(_ *catalogue.Organisation, s *catalogue.System) { s.Retention[0].Types = []string{"comment"} }},
	{"retention of every record type", "", func(_ *catalogue.Organisation, s *catalogue.System) { s.Retention[0].Types = []string{"ticket"} }},
	{"retention without period", "retention-no-period", func(_ *catalogue.Organisation, s *catalogue.System) { s.Retention[0].Days = 0 }},
	{"retention of two lengths", "retention-contradiction", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Retention = append(s.Retention, catalogue.Retention{Days: 30, Source: "derived"})
	}},
	{"retention by type", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Retention = []catalogue.Retention{{Days: 30, Types: []string{"ticket"}, Source: "derived"}, {Days: 60, Types: []string{"comment"}, Source: "derived"}}
	}},
	{"nobody decides on disclosure", "no-disclosure-authority", func(_ *catalogue.Organisation, s *catalogue.System) { s.DisclosureAuthority = catalogue.Fact{} }},
	{"no procedure", "no-procedure", func(_ *catalogue.Organisation, s *catalogue.System) { s.Procedure.Text = catalogue.Text{} }},
	{"no word of interfaces", "no-technical-interface", func(_ *catalogue.Organisation, s *catalogue.System) { s.TechnicalInterface.Text = catalogue.Text{} }},
	{"no word of automated decisions", "no-automated-decisions", func(_ *catalogue.Organisation, s *catalogue.System) { s.Automated = catalogue.Fact{} }},
	{"paper unknown", "paper-unknown", func(_ *catalogue.Organisation, s *catalogue.System) { s.Paper.Held = catalogue.PaperUnknown }},
	{"paper not told", "paper-unknown", func(_ *catalogue.Organisation, s *catalogue.System) { s.Paper.Held = "" }},
	{"paper somewhere", "paper-text", func(_ *catalogue.Organisation, s *catalogue.System) { s.Paper.Held = catalogue.PaperYes }},
	{"paper in the archive", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Paper = catalogue.Paper{Held: catalogue.PaperYes, Text: say("in the archive"), Source: "derived"}
	}},
	{"outcome without reason", "outcome-reason", func(_ *catalogue.Organisation, s *catalogue.System) { s.Outcome = core.NotStored }},
	{"outcome with reason, without keys", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Outcome, s.OutcomeReason, s.SearchKeys = core.NotStored, fact("not kept"), nil
	}},
	{"reason without outcome", "reason-without-outcome", func(_ *catalogue.Organisation, s *catalogue.System) { s.OutcomeReason = fact("not kept") }},
	{"empty purpose", "empty-item", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Purposes = append(s.Purposes, catalogue.Fact{Source: "derived"})
	}},
	{"data group without name", "empty-item", func(_ *catalogue.Organisation, s *catalogue.System) { s.DataGroups[0].Name = catalogue.Text{} }},
	{"empty retention", "empty-item retention-no-period", func(_ *catalogue.Organisation, s *catalogue.System) { s.Retention[0] = catalogue.Retention{} }},
	{"entry not in Swedish", "text-language", func(_ *catalogue.Organisation, s *catalogue.System) { s.LegalBasis[0].Text.SV = "" }},
	{"entry of the template", "not-filled-in", func(_ *catalogue.Organisation, s *catalogue.System) { s.Store.ID = catalogue.FillIn }},

	{"legitimate interest of an authority", "legitimate-interest", func(_ *catalogue.Organisation, s *catalogue.System) { s.LegalBasis[0].Article = "6(1)(f)" }},
	{"legitimate interest of a company", "", func(o *catalogue.Organisation, s *catalogue.System) {
		o.Authority, s.LegalBasis[0].Article = false, "6(1)(f)"
	}},
	{"special data without ground", "special-without-ground", func(_ *catalogue.Organisation, s *catalogue.System) { s.DataGroups[0].Special = true }},
	{"special data with a ground", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.DataGroups[0].Special = true
		s.LegalBasis = append(s.LegalBasis, catalogue.LegalBasis{Article: "9(2)(b)", Text: say("employment law"), Source: "derived"})
	}},
	{"repealed section", "repealed-statute", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.LegalBasis[0].Statutes = []string{"621/1999 s.18"}
	}},
	{"repealed section among others", "repealed-statute", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.LegalBasis[0].Statutes = []string{"621/1999 ss.5, 17-19"}
	}},
	{"repealed act", "repealed-statute", func(_ *catalogue.Organisation, s *catalogue.System) { s.Secrecy[0].Statute = "523/1999" }},
	{"other sections of the act", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.LegalBasis[0].Statutes = []string{"621/1999", "621/1999 ss.5, 16-17, 180", "621/1999 s.24(1)(18)", "(EU) 2016/679", "30/2013 s.18", "1226/2013 s.4a"}
	}},
	{"statute in words", "statute-form", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.LegalBasis[0].Statutes = []string{"Information Management Act"}
	}},
	{"statute with a section sign", "statute-form", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.LegalBasis[0].Statutes = []string{"906/2019 25 §"}
	}},
	{"secrecy without section", "secrecy-section", func(_ *catalogue.Organisation, s *catalogue.System) { s.Secrecy[0].Section = "" }},
	{"old notice", "notice-old", func(o *catalogue.Organisation, _ *catalogue.System) { o.Documents[0].Date = "2024-05-31" }},
	{"old notice that was updated", "", func(o *catalogue.Organisation, _ *catalogue.System) {
		o.Documents[0].Date, o.Documents[0].Updated = "2020-01-01", "2026-01-01"
	}},
	{"notice of two years", "", func(o *catalogue.Organisation, _ *catalogue.System) { o.Documents[0].Date = "2024-06-01" }},
	{"notice without date", "notice-undated", func(o *catalogue.Organisation, _ *catalogue.System) { o.Documents[0].Date = "" }},

	{"no search key", "no-search-key", func(_ *catalogue.Organisation, s *catalogue.System) { s.SearchKeys = nil }},
	{"name alone", "no-person-key", func(_ *catalogue.Organisation, s *catalogue.System) { s.SearchKeys = s.SearchKeys[1:] }},
	{"no issuer", "issuer-missing", func(_ *catalogue.Organisation, s *catalogue.System) { s.SearchKeys[0].Kind = core.UserID }},
	{"issuer that nobody declares", "issuer-undeclared", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.SearchKeys[0].Kind, s.SearchKeys[0].Issuer = core.EmployeeNumber, "hr"
	}},
	{"issuer that is declared", "", func(o *catalogue.Organisation, s *catalogue.System) {
		s.SearchKeys[0].Kind, s.SearchKeys[0].Issuer = core.EmployeeNumber, "hr"
		o.Issuers = map[string]catalogue.Text{"hr": say("HR")}
	}},
	{"issuer of a national identifier", "issuer-needless", func(o *catalogue.Organisation, s *catalogue.System) {
		s.SearchKeys[0].Issuer, o.Issuers = "hr", map[string]catalogue.Text{"hr": say("HR")}
	}},
	{"address in every record", "every-record-kind", func(_ *catalogue.Organisation, s *catalogue.System) { s.SearchKeys[0].EveryRecord = true }},
	{"a length of what has none", "longest-hours", func(_ *catalogue.Organisation, s *catalogue.System) { s.SearchKeys[0].LongestHours = 24 }},
	{"name in every record", "every-record-kind", func(_ *catalogue.Organisation, s *catalogue.System) { s.SearchKeys[1].EveryRecord = true }},
	{"personal code in every record", "", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.SearchKeys[0].Kind, s.SearchKeys[0].EveryRecord = core.PersonalIdentityCode, true
	}},
	{"every record of some types", "every-record-types", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.SearchKeys[0].Kind, s.SearchKeys[0].EveryRecord, s.SearchKeys[0].Types = core.PersonalIdentityCode, true, []string{"ticket"}
	}},
	{"key that the kind of system cannot hold", "key-not-in-profile", func(o *catalogue.Organisation, s *catalogue.System) {
		s.SearchKeys = append(s.SearchKeys, catalogue.SearchKey{Kind: core.ContractNumber, Issuer: "x", Name: say("contract"), Source: "page"})
		o.Issuers = map[string]catalogue.Text{"x": say("X")}
	}},
	{"key twice", "key-twice", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.SearchKeys = append(s.SearchKeys, s.SearchKeys[0])
	}},
	{"key without name", "empty-item", func(_ *catalogue.Organisation, s *catalogue.System) { s.SearchKeys[0].Name = catalogue.Text{} }},
}

func TestLintFindsWhatIsWrongAndNothingElse(t *testing.T) {
	for _, tt := range append(lintCases, struct {
		name, rule string
		change     func(*catalogue.Organisation, *catalogue.System)
	}{"sound", "", func(*catalogue.Organisation, *catalogue.System) {}}) {
		t.Run(tt.name, func(t *testing.T) {
			c := sound(t)
			tt.change(&c.Organisation, &c.Systems[0])
			var rules []string
			for _, f := range catalogue.LintAt(c, lintDay) {
				if f.Message == "" || f.File == "" || (f.System == "") != (f.File == catalogue.OrganisationFile) {
					t.Errorf("finding %+v", f)
				}
				if len(rules) == 0 || rules[len(rules)-1] != f.Rule {
					rules = append(rules, f.Rule)
				}
			}
			got := strings.Join(rules, " ")
			want := map[string]bool{}
			for _, w := range strings.Fields(tt.rule) {
				want[w] = true
			}
			if len(rules) != len(want) {
				t.Fatalf("found %q, want %q", got, tt.rule)
			}
			for _, r := range rules {
				if !want[r] {
					t.Errorf("found %q, want %q", got, tt.rule)
				}
			}
		})
	}
}

func TestLintFindsAnEmptyCatalogue(t *testing.T) {
	c := sound(t)
	c.Systems = nil
	f := catalogue.LintAt(c, lintDay)
	if len(f) != 1 || f[0].Rule != "no-systems" || f[0].Severity != catalogue.SeverityError {
		t.Errorf("found %+v", f)
	}
}

func TestLintRulesAreAllTried(t *testing.T) {
	tried := map[string]bool{"no-systems": true}
	for _, c := range lintCases {
		for _, r := range strings.Fields(c.rule) {
			tried[r] = true
		}
	}
	names := map[string]bool{}
	for _, r := range catalogue.Rules() {
		if names[r.Name] || r.Why == "" || r.Severity != catalogue.SeverityError && r.Severity != catalogue.SeverityWarning && r.Severity != catalogue.SeverityPublished {
			t.Errorf("rule %+v", r)
		}
		names[r.Name] = true
		if !tried[r.Name] {
			t.Errorf("no case breaks the rule %s", r.Name)
		}
	}
	if len(names) == 0 {
		t.Fatal("no rules")
	}
	for r := range tried {
		if !names[r] {
			t.Errorf("there is no rule %s", r)
		}
	}
}
