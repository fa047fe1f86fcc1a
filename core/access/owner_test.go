package access_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
)

const hers = "maija@posti.example"

// mixed is a system that holds tickets of several controllers.
func mixed(id string) catalogue.System {
	s := system(id, "ticketing", by(core.Email, ""), by(core.TicketNumber, "series"))
	s.Ownership = catalogue.Ownership{Field: "owner_organisation", Own: []string{"Valtori"}}
	return s
}

// ticket is a ticket of the subject's, owned by whom owner says; "unmapped" is
// one of a source that maps no owner.
func ticket(n int, owner string, parts ...core.Part) core.Record {
	r := core.Record{Type: "ticket", Ref: fmt.Sprintf("ticket/%d", n), Parts: parts,
		Fields:  []core.Field{{Name: "ticket_number", Value: core.TextValue(fmt.Sprintf("INC%07d", n))}},
		Parties: []core.Party{{Slot: "requester", Fields: []core.Field{{Name: "email", Value: core.TextValue(hers)}, {Name: "employee_number", Value: core.TextValue("10423")}}}}}
	if owner != "unmapped" {
		r.Fields = append(r.Fields, core.Field{Name: "owner_organisation", Value: core.TextValue(owner)})
	}
	return r
}

// comment gives a comment; all have one ref, as those of a sloppy source.
func comment(text string, owner ...string) core.Part {
	p := core.Part{Type: "comment", Ref: "comment/1", Fields: []core.Field{{Name: "text", Value: core.TextValue(text)}}}
	for _, o := range owner {
		p.Fields = append(p.Fields, core.Field{Name: "owner_organisation", Value: core.TextValue(o)})
	}
	return p
}

// owned runs a request over mixed systems with these records, and gives what
// became of each record, the coverage, and the records of the items as text.
func owned(t *testing.T, records map[string][]core.Record, again int) (verdicts map[string]string, coverage map[string]core.Coverage, content string) {
	t.Helper()
	src, list := sources{}, []catalogue.System{}
	for _, id := range slices.Sorted(maps.Keys(records)) {
		s := mixed(id)
		s.SearchKeys = append(s.SearchKeys, by(core.EmployeeNumber, "kieku"))
		list = append(list, s)
		src[id] = func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
			n := uint64(len(records[id]))
			return &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "ticket", Examined: true, Matched: n, Sent: n}}},
				emit(core.Event{Records: records[id]})
		}
	}
	cat := organisation(list...)
	cat.Organisation.Name = catalogue.Text{FI: "Valtion tieto- ja viestintätekniikkakeskus Valtori"}
	file := openRequest(t, openStore(t), request(id(t, core.Email, hers, ""), id(t, core.EmployeeNumber, "10423", "kieku")))
	service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
	var answer *access.Answer
	for n := range again + 1 {
		var err error
		if answer, err = service.Execute(t.Context(), file, n > 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	verdicts, coverage = map[string]string{}, map[string]core.Coverage{}
	for _, c := range answer.Coverage {
		coverage[c.System] = c
	}
	err := access.Items(t.Context(), file, func(i access.Item, records []core.Record) error {
		for n, m := range i.Members {
			verdicts[m.System+" "+m.Ref] = fmt.Sprintf("%s with %d", i.Verdict, len(i.Members))
			content += fmt.Sprintf("%+v", records[n].Fields)
			for _, p := range records[n].Parts {
				for _, f := range p.Fields {
					content += f.Value.Plain() + "|"
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return verdicts, coverage, content
}

func TestRecordsOfAnotherControllerAreReferred(t *testing.T) {
	for again := range 3 { // a run that goes on, and one from the beginning, count the same
		got, coverage, _ := owned(t, map[string][]core.Record{"V6.1": {ticket(1, "Valtori"), ticket(2, "Mallivirasto"), ticket(3, ""), ticket(4, "VALTORI ")}}, again)
		want := map[string]string{"V6.1 ticket/1": "confirmed with 1", "V6.1 ticket/3": "review with 1", "V6.1 ticket/4": "confirmed with 1"}
		if !maps.Equal(got, want) {
			t.Errorf("run %d: items %v, want %v", again+1, got, want)
		}
		c := coverage["V6.1"]
		if c.Outcome != core.Found || c.Referred != 1 || c.ReferredTypes["ticket"] != 1 || c.Records != 4 {
			t.Errorf("run %d: %s, %d referred of %d", again+1, c.Outcome, c.Referred, c.Records)
		}
	}
	_, coverage, _ := owned(t, map[string][]core.Record{"V6.1": {ticket(2, "Mallivirasto")}}, 0)
	if c := coverage["V6.1"]; c.Outcome != core.NoneFound || c.Referred != 1 {
		t.Errorf("only another controller's: %s, %d referred", c.Outcome, c.Referred)
	}
}

func TestASourceThatMapsNoOwnerIsPartial(t *testing.T) {
	got, coverage, _ := owned(t, map[string][]core.Record{"V6.1": {ticket(1, "unmapped"), ticket(2, "unmapped")}, "V7.1": {ticket(7, "Valtori"), ticket(8, "")}}, 0)
	for ref, verdict := range got {
		if ref != "V7.1 ticket/7" && !strings.HasPrefix(verdict, "review") {
			t.Errorf("%s is %s", ref, verdict)
		}
	}
	if c := coverage["V6.1"]; c.Outcome != core.Partial || c.Reason.Code != core.ReasonOwnerUntold || !slices.Equal(c.Reason.Types, []string{"ticket"}) {
		t.Errorf("a source without an owner: %s %+v", c.Outcome, c.Reason)
	}
	if c := coverage["V7.1"]; c.Outcome != core.Found {
		t.Errorf("a source whose owner is empty at times: %s", c.Outcome)
	}
}

func TestMergeDoesNotCrossOwners(t *testing.T) {
	same := func(owner string) core.Record { return ticket(1, owner) }
	cases := []struct {
		v61, v71 string
		want     map[string]string
	}{
		{"Valtori", "Valtori", map[string]string{"V6.1 ticket/1": "confirmed with 2", "V7.1 ticket/1": "confirmed with 2"}},
		{"Valtori", "Mallivirasto", map[string]string{"V6.1 ticket/1": "confirmed with 1"}},
		{"Mallivirasto", "Näytelaitos", map[string]string{}},
		{"Valtori", "", map[string]string{"V6.1 ticket/1": "confirmed with 1", "V7.1 ticket/1": "review with 1"}},
		{"", "", map[string]string{"V6.1 ticket/1": "review with 1", "V7.1 ticket/1": "review with 1"}},
		{"Valtori tuotanto", "Valtori-hanke", map[string]string{"V6.1 ticket/1": "review with 1", "V7.1 ticket/1": "review with 1"}},
	}
	for _, c := range cases {
		got, _, _ := owned(t, map[string][]core.Record{"V6.1": {same(c.v61)}, "V7.1": {same(c.v71)}}, 0)
		if !maps.Equal(got, c.want) {
			t.Errorf("one ticket of %q and %q: %v, want %v", c.v61, c.v71, got, c.want)
		}
	}
}

func TestAPartOfAnotherControllerLeavesTheRecord(t *testing.T) {
	for again := range 3 {
		got, coverage, content := owned(t, map[string][]core.Record{"V6.1": {ticket(1, "Valtori", comment("our words"), comment("their words", "Mallivirasto"), comment("our own words", "Valtori"))}}, again)
		if got["V6.1 ticket/1"] != "confirmed with 1" || !strings.Contains(content, "our words") || !strings.Contains(content, "our own words") {
			t.Errorf("the record: %v with %q", got, content)
		}
		if strings.Contains(content, "their words") {
			t.Error("a part of another controller is stored")
		}
		if c := coverage["V6.1"]; c.Referred != 1 || c.ReferredTypes["comment"] != 1 || c.Records != 1 {
			t.Errorf("run %d: %d referred of %d records", again+1, c.Referred, c.Records)
		}
	}
	// Only what is another controller's is about the person.
	theirs := comment("x", "Mallivirasto")
	theirs.Parties = []core.Party{{Slot: "commenter", Fields: []core.Field{{Name: "email", Value: core.TextValue(hers)}}}}
	somebody := core.Record{Type: "ticket", Ref: "ticket/9", Parts: []core.Part{theirs}, Fields: ticket(9, "Valtori").Fields}
	got, coverage, _ := owned(t, map[string][]core.Record{"V6.1": {somebody}}, 0)
	if len(got) != 0 || coverage["V6.1"].Referred != 1 {
		t.Errorf("a record in which only another controller's comment is hers: %v, %d referred", got, coverage["V6.1"].Referred)
	}
}

func TestTheControllerOfTheDayOfReceiptAnswers(t *testing.T) {
	name := func(s string) catalogue.Text { return catalogue.Text{FI: s} }
	old := catalogue.Controller{Name: name("TE-toimisto"), Role: catalogue.RoleController, To: "2024-12-31"}
	next := catalogue.Controller{Name: name("Työllisyysalue"), Role: catalogue.RoleController, From: "2025-01-01"}
	joint := catalogue.Controller{Name: name("TE-toimisto"), Role: catalogue.RoleJointController, From: "2025-01-01"}
	processor := catalogue.Controller{Name: name("TE-toimisto"), Role: catalogue.RoleProcessor, From: "2025-01-01"}
	cases := []struct {
		what     string
		received string
		stated   core.Outcome
		list     []catalogue.Controller
		want     core.Outcome
	}{
		{"while it stood", "2024-12-31", "", []catalogue.Controller{old, next}, ""},
		{"after it passed on", "2025-01-01", "", []catalogue.Controller{old, next}, core.OtherController},
		{"as a joint controller", "2025-06-01", "", []catalogue.Controller{old, next, joint}, ""},
		{"as a processor", "2025-06-01", "", []catalogue.Controller{old, next, processor}, core.OtherController},
		{"without a successor", "2025-06-01", "", []catalogue.Controller{old}, ""},
		{"not named at all", "2025-06-01", "", []catalogue.Controller{next}, ""},
		{"referred today, asked of its time", "2024-06-03", core.OtherController, []catalogue.Controller{old, next}, ""},
		{"referred today", "2025-06-03", core.OtherController, []catalogue.Controller{old, next}, core.OtherController},
		{"not stored, whoever answers", "2024-06-03", core.NotStored, []catalogue.Controller{old, next}, core.NotStored},
	}
	for _, c := range cases {
		s := system("T1", "crm", by(core.Email, ""))
		s.Controllers, s.Outcome = c.list, c.stated
		cat := organisation(s)
		cat.Organisation.Name = name("TE-toimisto")
		r := request(id(t, core.Email, hers, ""))
		r.Received = dayOf(t, c.received)
		plan, err := access.MakePlan(r, cat, connected(cat), now)
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Tasks[0]; got.Outcome != c.want {
			t.Errorf("%s: %q (%s), want %q", c.what, got.Outcome, got.Reason.Code, c.want)
		}
	}
}

func TestAManualSearchIsDueByTheDayOfReceipt(t *testing.T) {
	s := system("V1.5", "documents")
	s.Outcome, s.Manual = core.ManualPending, catalogue.Manual{DueDays: 14}
	cat := organisation(s)
	r := request(id(t, core.Email, hers, ""))
	r.Received = dayOf(t, "2026-11-20")
	file := openRequest(t, openStore(t), r)
	service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: sources{}, Limits: access.Limits{Parallel: 1}}
	for range 2 { // running again moves it no further
		answer, err := service.Execute(t.Context(), file, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		if due := catalogue.Day(answer.Coverage[0].Due); due != "2026-12-04" {
			t.Errorf("due on %s", due)
		}
	}
}

func TestANewSpellingOfTheOwnerAsksAnew(t *testing.T) {
	s := mixed("V6.1")
	asked := 0
	src := sources{"V6.1": func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
		asked++
		return &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "ticket", Examined: true, Matched: 1, Sent: 1}}},
			emit(core.Event{Records: []core.Record{ticket(1, "Tukikeskus")}})
	}}
	cat := organisation(s)
	file := openRequest(t, openStore(t), request(id(t, core.Email, hers, "")))
	service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
	answer, err := service.Execute(t.Context(), file, false, nil)
	if err != nil || answer.Coverage[0].Referred != 1 {
		t.Fatalf("the first run refers %d: %v", answer.Coverage[0].Referred, err)
	}
	cat.Systems[0].Ownership.Own = append(cat.Systems[0].Ownership.Own, "Tukikeskus")
	answer, err = service.Execute(t.Context(), file, false, nil)
	if err != nil || asked != 2 || answer.Coverage[0].Referred != 0 || answer.Coverage[0].Outcome != core.Found {
		t.Errorf("what was referred by mistake stays lost: asked %d times, %+v, %v", asked, answer.Coverage[0], err)
	}
}

// A run that is stopped sets parts aside; the one that goes on counts their
// record once.
func TestAPartPutAsideByAStoppedRunIsNoRecord(t *testing.T) {
	stop, calls := func() {}, 0
	cat := organisation(mixed("V6.1"))
	src := sources{"V6.1": func(ctx context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
		calls++
		err := emit(core.Event{Records: []core.Record{ticket(1, "Valtori", comment("their words", "Mallivirasto"))}})
		if calls == 2 {
			stop()
			return nil, ctx.Err()
		}
		return &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "ticket", Examined: true, Matched: 1, Sent: 1}}}, err
	}}
	file := openRequest(t, openStore(t), request(id(t, core.Email, hers, "")))
	service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
	if _, err := service.Execute(t.Context(), file, false, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stop = cancel
	if _, err := service.Execute(ctx, file, true, nil); err == nil {
		t.Fatal("the second run was not stopped")
	}
	answer, err := service.Execute(t.Context(), file, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := answer.Coverage[0]; calls != 3 || c.Records != 1 || c.Referred != 1 || c.Outcome != core.Found {
		t.Errorf("after %d calls %d records, %d referred, %s; want one of each, found", calls, c.Records, c.Referred, c.Outcome)
	}
}
