package reports

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// lone gives the sample with one system, changed by f, and no item.
func lone(outcome core.Outcome, f func(*catalogue.System, *core.Coverage)) Input {
	in := sample()
	s, c := system("only"), core.Coverage{System: "only", Outcome: outcome}
	if outcome.Searched() {
		c.AskedWith = []core.Kind{core.Email}
	}
	f(&s, &c)
	in.Systems, in.Coverage, in.Items, in.Officials, in.Others = []catalogue.System{s}, []core.Coverage{c}, nil, nil, nil
	return in
}

// coverageOf gives the coverage rows of a report, for the person and for
// auditors.
func coverageOf(t *testing.T, r *Report) (person, auditors []coverageJSON) {
	t.Helper()
	var forPerson, forAuditors bytes.Buffer
	if err := JSON(&forPerson, r, "en"); err != nil {
		t.Fatal(err)
	}
	if err := CoverageJSON(&forAuditors, r); err != nil {
		t.Fatal(err)
	}
	var a, b struct{ Coverage []coverageJSON }
	if err := json.Unmarshal(forPerson.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(forAuditors.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	return a.Coverage, b.Coverage
}

// What is told of a mixed system is the same whether another controller has
// data about the person or not.
func TestTheReportDoesNotTellOfAnotherControllersRecords(t *testing.T) {
	said := map[int]map[string]string{}
	for _, n := range []int{0, 4} {
		r := build(t, lone(core.NoneFound, func(s *catalogue.System, c *core.Coverage) {
			s.Ownership = catalogue.Ownership{Field: "owner_organisation", Own: []string{"Office"}, Referral: catalogue.Referral{Text: text("Ask the customer")}}
			c.Records, c.Referred = 2+n, n
			c.Types = []core.TypeCount{{Type: "ticket", Examined: true, Matched: uint64(2 + n), Sent: uint64(2 + n)}}
			if n > 0 {
				c.Referred++ // a comment of another controller, in a record that stays
				c.ReferredTypes = map[string]int{"ticket": n, "comment": 1}
			}
		}))
		said[n] = rendered(t, r)
		delete(said[n], "coverage") // is for auditors
		person, auditors := coverageOf(t, r)
		if p := person[0]; p.Records != 2 || p.Types[0].Sent != 2 || p.Types[0].Matched != 2 || p.Referred != 0 || p.ReferredTypes != nil {
			t.Errorf("the person is told of %d records (%+v), %d referred", p.Records, p.Types, p.Referred)
		}
		if a := auditors[0]; a.Records != 2+n || n > 0 && (a.Referred != n+1 || a.ReferredTypes["ticket"] != n) {
			t.Errorf("auditors are told of %d records, %d referred", a.Records, a.Referred)
		}
	}
	for form, page := range said[0] {
		if page != said[4][form] {
			t.Errorf("%s tells whether another controller has data", form)
		}
		lang := form[len(form)-2:]
		words, err := textsIn(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Ask the customer " + lang, words.Systems.NoneOwn} {
			if strings.HasPrefix(form, "html") && want == words.Systems.NoneOwn {
				want = words.Confirmation.NoOwnText
			}
			if !strings.Contains(page, want) {
				t.Errorf("%s does not say %q", form, want)
			}
		}
		if strings.Contains(page, words.Confirmation.NoText) {
			t.Errorf("%s says that nothing at all was found", form)
		}
	}
}

func TestASuccessorIsNamedWithItsDate(t *testing.T) {
	in := lone(core.OtherController, func(s *catalogue.System, c *core.Coverage) {
		c.Reason.Code = core.ReasonSuccessor
		s.Controllers = []catalogue.Controller{{Name: text("Office"), Role: catalogue.RoleController, To: "2026-10-31"},
			{Name: text("Heir"), Role: catalogue.RoleController, From: "2026-11-01", To: "2027-12-31"}, {Name: text("Later"), Role: catalogue.RoleController, From: "2028-01-01"}}
	})
	in.Request.Reference = time.Date(2028, 5, 1, 0, 0, 0, 0, time.UTC) // it is the day of receipt that counts
	r := build(t, in)
	person, _ := coverageOf(t, r)
	to := person[0].Referral
	if to == nil || !slices.Equal(to.Controllers, []string{"Heir en"}) || to.Since != "2026-11-01" {
		t.Errorf("referred to %+v", to)
	}
	for lang, since := range map[string]string{"fi": "1.11.2026", "sv": "1.11.2026", "en": "1 November 2026"} {
		doc, _ := parsed(t, r, lang)
		other := sectionOf(t, doc, "other")
		for _, want := range []string{"Heir " + lang, since} {
			if !strings.Contains(other, want) {
				t.Errorf("%s: %q is not in %q", lang, want, other)
			}
		}
		if strings.Contains(other, "Later") {
			t.Errorf("%s: names who answers later", lang)
		}
		// The others are not spoken for, and the table tells all with dates.
		if got := sectionOf(t, doc, "confirmation"); strings.Contains(got, "Heir") {
			t.Errorf("%s: the answer speaks for another controller", lang)
		}
		if got := sectionOf(t, doc, "contacts"); !strings.Contains(got, "Heir "+lang) || !strings.Contains(got, "Later "+lang) {
			t.Errorf("%s: the table of controllers lacks one", lang)
		}
	}
}

func TestRecordingsCanBeHeardOrCopied(t *testing.T) {
	for _, c := range []struct {
		outcome core.Outcome
		shown   bool
	}{{core.NoneFound, true}, {core.NeedsMoreIdentifiers, true}, {core.NotSearchable, true}, {core.OtherController, false}, {core.NotStored, false}} {
		in := lone(c.outcome, func(s *catalogue.System, _ *core.Coverage) {
			s.Procedure.Media, s.Procedure.TimeOfContact = fact("Come and listen"), true
		})
		r := build(t, in)
		for _, lang := range Languages() {
			doc, page := parsed(t, r, lang)
			words, err := textsIn(lang)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(page, `id="recordings"`); got != c.shown {
				t.Errorf("%s: the section of recordings is there: %t", c.outcome, got)
				continue
			}
			if !c.shown {
				continue
			}
			got := sectionOf(t, doc, "recordings")
			for _, want := range []string{"Come and listen " + lang, words.Recordings.Offer, words.Recordings.Time} {
				if !strings.Contains(got, want) {
					t.Errorf("%s in %s: no %q", c.outcome, lang, want)
				}
			}
		}
	}
}

func TestLogDataTellWhenAndWhyNotWho(t *testing.T) {
	logSystem := func(s *catalogue.System, _ *core.Coverage) { s.Kind, s.Policy = logKind, catalogue.PolicyLogData }
	withheld := build(t, lone(core.ExcludedByPolicy, logSystem))
	in := lone(core.Found, logSystem)
	in.Profile = catalogue.ProfileFor
	in.Organisation.Policies.LogData = catalogue.LogPolicy{Disclose: catalogue.LogWhenAndWhy, Reviewed: "2026-01-15", By: text("Lawyer")}
	person := []core.Field{field("name", "Maija Mäkinen")}
	user := []core.Field{field("name", "Snooping Clerk"), field("user_id", "clerksno")}
	rec := core.Record{Type: "event", Ref: "event/1", Fields: []core.Field{{Name: "time", Value: core.TimeValue(time.Date(2026, 3, 4, 9, 5, 0, 0, time.UTC))}, field("purpose", "supervision")},
		Parties: []core.Party{{Slot: "person", Fields: person}, {Slot: "user", Fields: user}}}
	in.Items = []Item{{Verdict: core.Confirmed, Members: []Member{{System: "only", Record: rec, Roles: Roles{Fields: same(core.RoleOrganisation, 2),
		Parties: [][]core.Role{same(core.RoleSubject, 1), same(core.RoleOfficial, 2)}}}}}}
	given := build(t, in)
	for _, lang := range Languages() {
		words, err := textsIn(lang)
		if err != nil {
			t.Fatal(err)
		}
		doc, _ := parsed(t, withheld, lang)
		if got := sectionOf(t, doc, "logs"); !strings.Contains(got, words.Outcomes[core.ExcludedByPolicy].Text) {
			t.Errorf("%s: %q does not say why log data are withheld", lang, got)
		}
		doc, page := parsed(t, given, lang)
		if got := sectionOf(t, doc, "logs"); !strings.Contains(got, words.AccessLog.Given) || !strings.Contains(got, "Lawyer "+lang) {
			t.Errorf("%s: %q does not say where log data are", lang, got)
		}
		purpose := map[string]string{"fi": "valvonta", "sv": "övervakning", "en": "supervision"}[lang]
		if !strings.Contains(page, purpose) || !strings.Contains(page, "2026") {
			t.Errorf("%s: the purpose is not told", lang)
		}
	}
	for form, page := range rendered(t, given) {
		if strings.Contains(page, "Snooping") || strings.Contains(page, "clerksno") {
			t.Errorf("%s tells who looked", form)
		}
	}
}

func TestRetentionByPartAndDate(t *testing.T) {
	sub := catalogue.System{ID: "only.1", Name: fact("Register"), Retention: []catalogue.Retention{{Text: text("Sub period")}}, Inherited: map[string]string{}}
	taken := catalogue.System{ID: "only.2", Name: fact("Taken"), Retention: []catalogue.Retention{{Text: text("Parent period")}}, Inherited: map[string]string{"retention": "x"}}
	r := build(t, lone(core.Found, func(s *catalogue.System, _ *core.Coverage) {
		s.Retention = []catalogue.Retention{
			{Part: text("Active space"), Days: 1095, Text: text("Three years")}, {Text: text("Old rule"), To: "2026-11-01"},
			{Text: text("New rule"), From: "2026-11-02"}, {Text: text("Coming rule"), From: "2027-01-01"}}
		s.SubRegisters = []catalogue.System{sub, taken}
		s.Procedure.SelfService = fact("Look at the portal")
	}).official("only"))
	for _, lang := range Languages() {
		doc, _ := parsed(t, r, lang)
		got := sectionOf(t, doc, "s-only")
		for _, want := range []string{"Active space " + lang + ": Three years " + lang, "Register " + lang + ": Sub period " + lang, "New rule " + lang + " (", "Coming rule " + lang + " (", "Look at the portal " + lang} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in %q", lang, want, got)
			}
		}
		for _, not := range []string{"Old rule", "Parent period"} {
			if strings.Contains(got, not) {
				t.Errorf("%s: tells of %q", lang, not)
			}
		}
	}
}

// official gives the input with a hit in which the person acts officially, so
// that the system has its own section.
func (in Input) official(system string) Input {
	in.Officials = map[string]int{system: 1}
	return in
}
