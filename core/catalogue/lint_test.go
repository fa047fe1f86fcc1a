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
	{"controller of the past", "no-controller controller-ended", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].To = "2026-05-31" }},
	{"controller of the future", "no-controller", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].From = "2026-06-02" }},
	{"first day of a controller", "", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].From = "2026-06-01" }},
	{"last day of a controller", "controller-ends", func(_ *catalogue.Organisation, s *catalogue.System) { s.Controllers[0].To = "2026-06-01" }},
	{"succession", "", func(o *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = []catalogue.Controller{controller(alone, "new", "2026-01-01", ""), controller(alone, "old", "", "2025-12-31")}
		s.Controllers[1].Name = o.Name
	}},
	{"succession without the organisation", "controller-unnamed", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = []catalogue.Controller{controller(alone, "new", "2026-01-01", ""), controller(alone, "old", "", "2025-12-31")}
	}},
	{"succession with a gap", "controller-gap", func(o *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = []catalogue.Controller{controller(alone, "old", "", "2025-12-30"), controller(alone, "new", "2026-01-01", "")}
		s.Controllers[0].Name = o.Name
	}},
	{"gap that a third one fills", "", func(o *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = []catalogue.Controller{controller(joint, "a", "", "2024-12-31"), controller(joint, "b", "2024-06-01", ""), controller(joint, "c", "2026-01-01", "")}
		s.Controllers[1].Name = o.Name
	}},
	{"two controllers at once", "controllers-overlap", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = append(s.Controllers, controller(alone, "other", "", ""))
	}},
	{"overlap of one day", "controllers-overlap", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Controllers = []catalogue.Controller{controller(alone, "old", "", "2026-01-01"), controller(alone, "new", "2026-01-01", "")}
	}},
	{"two controllers, each with its scope", "ownership-missing", func(_ *catalogue.Organisation, s *catalogue.System) {
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
	{"stated without document", "no-published-statement source-unknown", func(_ *catalogue.Organisation, s *catalogue.System) { s.Published = nil }},
	{"derived without sentence", "no-published-statement", func(_ *catalogue.Organisation, s *catalogue.System) {
		s.Origin, s.Published[0].Sentence = catalogue.OriginDerived, " "
	}},
	{"assumed, with sources of no document", "source-unknown", func(_ *catalogue.Organisation, s *catalogue.System) {
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

// wholeCases break the catalogue as a whole; rule is what finds it.
var wholeCases = []struct {
	name, rule string
	severity   catalogue.Severity
	change     func(*catalogue.Catalogue)
}{
	{"no entry for Sinusta", "no-own-entry", catalogue.SeverityWarning, func(c *catalogue.Catalogue) { c.Systems = c.Systems[:1] }},
	{"a notice without the right to complain", "no-complaint-right", catalogue.SeverityPublished, func(c *catalogue.Catalogue) { notice(c, "complaint") }},
	{"a notice without the right to object", "right-missing", catalogue.SeverityPublished, func(c *catalogue.Catalogue) { notice(c, "objection") }},
	{"a notice with all rights", "", "", func(c *catalogue.Catalogue) { notice(c, "") }},
	{"a right without sentence", "right-source", catalogue.SeverityError, func(c *catalogue.Catalogue) {
		notice(c, "")
		c.Organisation.Documents[0].Rights[0].Source = "nowhere"
	}},
	{"a number of another day in a document", "statute-number-document", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		c.Organisation.Documents[0].Sentences = []catalogue.Statement{{Key: "x", Sentence: "openness 22.5.1999/621"}}
	}},
	{"a number that the decree of that day does not have", "statute-number", catalogue.SeverityPublished, quote("the decree (11.12.1992/243)")},
	{"a day that does not exist", "statute-number", catalogue.SeverityPublished, quote("31.2.2019/906")},
	{"statutes as they are", "", "", quote("21.5.1999/621, 9.8.2019/906 and 1.1.1700/5")},
	{"a fact without source", "no-source", catalogue.SeverityError, func(c *catalogue.Catalogue) { c.Systems[0].Purposes[0].Source = "" }},
	{"a source that is not quoted", "source-unknown", catalogue.SeverityError, func(c *catalogue.Catalogue) { c.Systems[0].Purposes[0].Source = "page, nowhere" }},
	{"a source in the document", "", "", func(c *catalogue.Catalogue) {
		c.Organisation.Documents[0].Sentences = []catalogue.Statement{{Key: "all", Sentence: "For all."}}
		c.Systems[0].Purposes[0].Source = "all"
	}},
	{"a source in the store", "", "", func(c *catalogue.Catalogue) {
		store(c, catalogue.System{Published: []catalogue.Statement{{Key: "all", Sentence: "For all."}}})
		c.Systems[0].Purposes[0].Source = "all"
	}},
	{"a statute as source", "", "", func(c *catalogue.Catalogue) { c.Systems[0].Retention[0].Source = "906/2019 s.21" }},
	{"an assumed fact in a stated entry", "source-assumed", catalogue.SeverityWarning, func(c *catalogue.Catalogue) { c.Systems[0].Recipients[0].Source = "assumed" }},
	{"a sentence of no document", "sentence-document", catalogue.SeverityError, func(c *catalogue.Catalogue) { c.Systems[0].Published[0].Document = "other" }},
	{"a sentence of the only document", "", "", func(c *catalogue.Catalogue) { c.Systems[0].Published[0].Document = "" }},
	{"a sentence for nothing", "sentence-unused", catalogue.SeverityWarning, func(c *catalogue.Catalogue) {
		c.Systems[0].Published = append(c.Systems[0].Published, catalogue.Statement{Key: "more", Sentence: "More."})
	}},
	{"what the documents do not tell", "documents-silent", catalogue.SeverityPublished, func(c *catalogue.Catalogue) { c.Systems[0].Recipients[0].Source = "unstated" }},
	{"what is the same for all systems, and not told", "documents-silent", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		c.Organisation.Common.Recipients = []catalogue.Fact{{Text: say("not told"), Source: "unstated"}}
		for i := range c.Systems { // as Load gives it: found once, not once a system
			c.Systems[i].Recipients, c.Systems[i].Inherited = c.Organisation.Common.Recipients, map[string]string{"recipients": "organisation.yaml"}
		}
	}},
	{"a register named in a clause only", "register-without-entry", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		c.Systems[0].Secrecy[0].Registers = []catalogue.Mention{{Name: "customers", Entry: "other"}, {Name: "tickets", Entry: "example"}}
	}},
	{"a register that a list names", "register-without-entry", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		store(c, catalogue.System{Listed: []catalogue.Mention{{Name: "tickets", Entry: "example", Source: "derived"}, {Name: "Diary", Source: "derived"}}})
	}},
	{"listed and not described", "listed-not-described documents-silent", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		s := &c.Systems[0]
		s.Description.Source, s.Purposes[0].Source, s.DataGroups[0].Source = "unstated", "unstated", "unstated, page"
	}},
	{"described and not listed", "described-not-listed", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		other := c.Systems[0]
		other.ID = "more"
		c.Systems = append(c.Systems, other)
		store(c, catalogue.System{Listed: []catalogue.Mention{{Name: "tickets", Entry: "example", Source: "derived"}}})
	}},
	{"a group of people without a system", "group-without-system", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		store(c, catalogue.System{DataSubjects: []catalogue.SubjectGroup{{Group: "customers", Text: say("customers"), Source: "derived"}, {Group: "stakeholders", Text: say("others"), Source: "derived"}}})
	}},
	{"a controller of the notice that is no more", "controller-ended", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		c.Systems[0].Controllers[0].To = "2025-12-31"
		c.Systems[0].Controllers = append(c.Systems[0].Controllers, catalogue.Controller{Role: alone, Name: say("successor"), From: "2026-01-01", Source: "531/2025"})
	}},
	{"a period that a statute changed", "retention-overtaken", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		c.Systems[0].Retention = append(c.Systems[0].Retention, catalogue.Retention{Days: 1460, From: "2025-01-01", Source: "380/2023 s.122"})
	}},
	{"a period that a statute will change", "", "", func(c *catalogue.Catalogue) {
		c.Systems[0].Retention = append(c.Systems[0].Retention, catalogue.Retention{Days: 1460, From: "2027-01-01", Source: "380/2023 s.122"})
	}},
	{"two periods of a document", "retention-contradiction", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		c.Systems[0].Retention = append(c.Systems[0].Retention, catalogue.Retention{Days: 30, Source: "page"})
	}},
	{"two periods, each of a part", "", "", func(c *catalogue.Catalogue) {
		c.Systems[0].Retention[0].Part = say("open")
		c.Systems[0].Retention = append(c.Systems[0].Retention, catalogue.Retention{Days: 30, Part: say("closed"), Source: "page"})
	}},
	{"a signature", "signature-demanded", catalogue.SeverityPublished, func(c *catalogue.Catalogue) { c.Systems[0].Procedure.Signed = true }},
	{"listening on site only", "on-site-only", catalogue.SeverityPublished, func(c *catalogue.Catalogue) { c.Systems[0].Procedure.OnSite = true }},
	{"listening on site, or a transcript", "", "", func(c *catalogue.Catalogue) {
		c.Systems[0].Procedure.OnSite, c.Systems[0].Procedure.Media = true, catalogue.Fact{Text: say("or a transcript"), Source: "page"}
	}},
	{"legitimate interest of a published notice", "legitimate-interest", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		c.Systems[0].LegalBasis[0].Article, c.Systems[0].LegalBasis[0].Source = "6(1)(f)", "page"
	}},
	{"legitimate interest that the expert found", "legitimate-interest", catalogue.SeverityError, func(c *catalogue.Catalogue) {
		c.Systems[0].LegalBasis[0].Article, c.Systems[0].LegalBasis[0].Source = "6(1)(f)", "derived"
	}},
	{"a repealed act, before its end", "", "", func(c *catalogue.Catalogue) { c.Systems[0].LegalBasis[0].Statutes = []string{"380/2023 s.122"} }},
	{"a repealed act of a notice", "repealed-statute", catalogue.SeverityPublished, func(c *catalogue.Catalogue) {
		c.Systems[0].LegalBasis[0].Statutes, c.Systems[0].LegalBasis[0].Source = []string{"916/2012"}, "derived, page"
	}},
	{"a transient thing with a search", "level-outcome", catalogue.SeverityError, func(c *catalogue.Catalogue) { c.Systems[0].Level = catalogue.LevelTransient }},
	{"another controller without a referral", "referral-missing", catalogue.SeverityError, outcome(core.OtherController, nil)},
	{"another controller with a referral", "", "", outcome(core.OtherController, func(s *catalogue.System) {
		s.Referral = catalogue.Referral{Controller: say("X"), Text: say("ask X"), Source: "page"}
	})},
	{"a referral to those who answer no more", "referral-outdated", catalogue.SeverityError, succession(nil)},
	{"a referral that follows the controllers", "", "", succession([]catalogue.LaterReferral{{From: "2025-01-01", Controller: say("Y"), Text: say("ask Y"), Source: "page"}})},
	{"a referral that follows too late", "referral-outdated", catalogue.SeverityError,
		succession([]catalogue.LaterReferral{{From: "2025-01-02", Controller: say("Y"), Text: say("ask Y"), Source: "page"}})},
	{"a later referral to nobody", "empty-item", catalogue.SeverityError, succession([]catalogue.LaterReferral{{From: "2025-01-01", Controller: say("Y"), Source: "page"}})},
	{"later referrals out of order", "referral-outdated", catalogue.SeverityError, succession([]catalogue.LaterReferral{
		{From: "2025-01-01", Controller: say("Y"), Text: say("ask Y"), Source: "page"}, {From: "2025-01-01", Controller: say("Z"), Text: say("ask Z"), Source: "page"}})},
	{"a manual search of nobody", "manual-missing", catalogue.SeverityError, outcome(core.ManualPending, nil)},
	{"a manual search", "", "", outcome(core.ManualPending, func(s *catalogue.System) {
		s.Manual = catalogue.Manual{Owner: say("archive"), DueDays: 14, Instructions: say("look there"), Source: "page"}
	})},
	{"an owner of no manual search", "manual-missing", catalogue.SeverityError, func(c *catalogue.Catalogue) {
		c.Systems[0].Manual = catalogue.Manual{Owner: say("archive"), DueDays: 14, Source: "page"}
	}},
	{"a policy without a switch", "policy-missing", catalogue.SeverityError, outcome(core.ExcludedByPolicy, nil)},
	{"log data by a notice", "log-data-withheld policy-review", catalogue.SeverityPublished, outcome(core.ExcludedByPolicy, func(s *catalogue.System) {
		s.Policy, s.OutcomeReason.Source = catalogue.PolicyLogData, "page"
	})},
	{"log data by a reviewed policy", "", "", func(c *catalogue.Catalogue) {
		c.Organisation.Policies.LogData = catalogue.LogPolicy{Reviewed: "2026-01-31", By: say("legal unit")}
		outcome(core.ExcludedByPolicy, func(s *catalogue.System) { s.Policy = catalogue.PolicyLogData })(c)
	}},
	{"two controllers and an owner field", "", "", func(c *catalogue.Catalogue) {
		mixed(c)
		c.Systems[0].Ownership = catalogue.Ownership{Field: "owner_organisation", Own: []string{"Org"}, Source: "derived"}
	}},
	{"two controllers and no owner field", "ownership-missing", catalogue.SeverityWarning, mixed},
	{"an owner field that the records do not have", "ownership-field", catalogue.SeverityError, func(c *catalogue.Catalogue) {
		c.Systems[0].Ownership = catalogue.Ownership{Field: "owner", Own: []string{"Org"}, Source: "derived"}
	}},
	{"no owner is the organisation", "ownership-field", catalogue.SeverityError, func(c *catalogue.Catalogue) {
		c.Systems[0].Ownership = catalogue.Ownership{Field: "owner_organisation", Source: "derived"}
	}},
	{"an owner that is own and another", "ownership-field", catalogue.SeverityError, func(c *catalogue.Catalogue) {
		c.Systems[0].Ownership = catalogue.Ownership{Field: "owner_organisation", Own: []string{"Org"}, Others: []string{"ORG "}, Source: "derived"}
	}},
	{"paper that nobody searches", "reference-unknown", catalogue.SeverityWarning, func(c *catalogue.Catalogue) { c.Systems[0].Paper.CoveredBy = "archive" }},
	{"a source of nothing", "source-feeds", catalogue.SeverityError, func(c *catalogue.Catalogue) { c.Systems[0].Level = catalogue.LevelSource }},
	{"a source", "", "", func(c *catalogue.Catalogue) {
		c.Systems[0].Level, c.Systems[0].Feeds = catalogue.LevelSource, []string{"sinusta"}
	}},
}

// notice makes the document a privacy notice that tells of every right but
// one.
func notice(c *catalogue.Catalogue, without catalogue.StatedRightCode) {
	d := &c.Organisation.Documents[0]
	d.Kind, d.Sentences = catalogue.PrivacyNotice, []catalogue.Statement{{Key: "rights", Sentence: "You have all rights."}}
	for _, r := range []catalogue.StatedRightCode{"access", "rectification", "erasure", "restriction", "objection", "portability", "withdraw_consent", "complaint"} {
		if r != without {
			d.Rights = append(d.Rights, catalogue.StatedRight{Right: r, Source: "rights"})
		}
	}
}

// quote makes the entry rest on another sentence.
func quote(sentence string) func(*catalogue.Catalogue) {
	return func(c *catalogue.Catalogue) { c.Systems[0].Published[0].Sentence = sentence }
}

// store puts the first system into a store.
func store(c *catalogue.Catalogue, s catalogue.System) {
	s.ID, s.Level, s.File, s.Name = "S", catalogue.LevelStore, "catalogue/S.yaml", fact("Store")
	c.Stores = []catalogue.System{s}
	for i := range c.Systems {
		if c.Systems[i].ID != "sinusta" {
			c.Systems[i].Store.ID = "S"
		}
	}
}

// outcome gives the first system an outcome without a search.
func outcome(o core.Outcome, change func(*catalogue.System)) func(*catalogue.Catalogue) {
	return func(c *catalogue.Catalogue) {
		s := &c.Systems[0]
		s.Outcome, s.OutcomeReason = o, fact("because")
		if change != nil {
			change(s)
		}
	}
}

// mixed gives the first system two controllers, each of a part.
func mixed(c *catalogue.Catalogue) {
	s := &c.Systems[0]
	s.Controllers = append(s.Controllers, controller(alone, "other", "", ""))
	s.Controllers[0].Scope, s.Controllers[1].Scope = say("own data"), say("their data")
}

func TestLintFindsWhatTheWholeGetsWrong(t *testing.T) {
	for _, tt := range wholeCases {
		t.Run(tt.name, func(t *testing.T) {
			c := sound(t)
			tt.change(c)
			found := map[string]int{}
			for _, f := range catalogue.LintAt(c, lintDay) {
				found[f.Rule]++
				if first, _, _ := strings.Cut(tt.rule, " "); f.Rule == first && f.Severity != tt.severity {
					t.Errorf("severity %s, want %s: %s", f.Severity, tt.severity, f.Message)
				}
			}
			for _, rule := range strings.Fields(tt.rule) {
				if found[rule] != 1 {
					t.Errorf("%s found %d times, want once; found %v", rule, found[rule], found)
				}
				delete(found, rule)
			}
			if len(found) > 0 {
				t.Errorf("found %v too", found)
			}
		})
	}
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
	for _, c := range wholeCases {
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

// succession makes an entry of another controller, whom a second one follows
// on 2025-01-01; a third joins it a year later.
func succession(later []catalogue.LaterReferral) func(c *catalogue.Catalogue) {
	return outcome(core.OtherController, func(s *catalogue.System) {
		s.Referral = catalogue.Referral{Controller: say("X"), Text: say("ask X"), Source: "page"}
		s.LaterReferrals = later
		s.Controllers = []catalogue.Controller{
			{Name: say("X"), Role: catalogue.RoleController, To: "2024-12-31", Source: "derived"},
			{Name: say("Y"), Role: catalogue.RoleJointController, From: "2025-01-01", Source: "page"},
			{Name: say("Z"), Role: catalogue.RoleJointController, From: "2026-01-01", Source: "page"},
		}
	})
}
