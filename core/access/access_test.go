package access_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/store"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func id(t testing.TB, kind core.Kind, value, issuer string) core.Identifier {
	t.Helper()
	i, err := identifier.Parse(kind, value)
	if err != nil {
		t.Fatalf("parse a %s: %v", kind, err)
	}
	i.Issuer, i.Assurance = issuer, core.Verified
	return i
}

func request(ids ...core.Identifier) access.Request {
	return access.Request{CaseNumber: "VALTORI/1/2026", Received: now, Language: "en", Subject: core.Subject{Identifiers: ids}}
}

func stated(i core.Identifier) core.Identifier {
	i.Assurance = core.Stated
	return i
}

func former(i core.Identifier) core.Identifier {
	i.Valid.To = now.AddDate(-1, 0, 0)
	return i
}

func organisation(systems ...catalogue.System) *catalogue.Catalogue {
	return &catalogue.Catalogue{Organisation: catalogue.Organisation{ID: "valtori", ArtificialCodes: catalogue.AnchorArtificial}, Systems: systems}
}

func system(id, kind string, keys ...catalogue.SearchKey) catalogue.System {
	return catalogue.System{ID: id, Kind: kind, SearchKeys: keys}
}

func by(kind core.Kind, issuer string) catalogue.SearchKey {
	return catalogue.SearchKey{Kind: kind, Issuer: issuer}
}

func connected(c *catalogue.Catalogue) access.Wiring {
	w := access.Wiring{}
	for _, s := range c.Systems {
		w[s.ID] = access.Source{Connection: access.Connected}
	}
	return w
}

func TestPlan(t *testing.T) {
	code := id(t, core.PersonalIdentityCode, "010190-900P", "")
	born := id(t, core.DateOfBirth, "1990-01-01", "")
	maija := id(t, core.Name, "Mäkinen, Maija", "")
	number := id(t, core.EmployeeNumber, "10423", "kieku")
	shared := id(t, core.Email, "kirjaamo@virasto.example", "")
	broken := core.Identifier{Kind: core.PersonalIdentityCode, Value: "010190900P", Status: core.Incomplete}
	hr := system("H", "hr", catalogue.SearchKey{Kind: core.PersonalIdentityCode, EveryRecord: true}, by(core.Name, ""), by(core.DateOfBirth, ""), by(core.EmployeeNumber, "kieku"))
	diary := system("D", "case-management", by(core.DiaryNumber, "valtori"), by(core.Name, ""))
	other := system("O", "ticketing", by(core.EmployeeNumber, "palkat"))
	closed := catalogue.System{ID: "C", Kind: "crm", Outcome: core.NotStored}
	cases := []struct {
		what    string
		system  catalogue.System
		with    []core.Identifier
		kinds   []core.Kind
		sets    int
		outcome core.Outcome
		reason  core.ReasonCode
	}{
		{"a better key that every record holds takes the name's place", hr, []core.Identifier{maija, code}, []core.Kind{core.PersonalIdentityCode}, 1, "", ""},
		{"name and birth find a record whose code was changed", hr, []core.Identifier{maija, code, born}, []core.Kind{core.PersonalIdentityCode, core.Name, core.DateOfBirth}, 2, "", ""},
		{"a stated key may miss what the name finds", hr, []core.Identifier{maija, stated(code)}, []core.Kind{core.PersonalIdentityCode, core.Name}, 2, "", ""},
		{"so may one that is no longer hers", hr, []core.Identifier{maija, former(code)}, []core.Kind{core.PersonalIdentityCode, core.Name}, 2, "", ""},
		{"the name where nothing better is held", diary, []core.Identifier{maija, code}, []core.Kind{core.Name}, 1, "", ""},
		{"a name alone is no key", diary, []core.Identifier{maija}, nil, 0, core.NeedsMoreIdentifiers, core.ReasonNameAlone},
		{"an incomplete code is no key", diary, []core.Identifier{maija, broken}, nil, 0, core.NeedsMoreIdentifiers, core.ReasonNameAlone},
		{"a shared mailbox is no key", diary, []core.Identifier{maija, shared}, nil, 0, core.NeedsMoreIdentifiers, core.ReasonNameAlone},
		{"another issuer's number is no key", other, []core.Identifier{maija, number}, nil, 0, core.NeedsMoreIdentifiers, core.ReasonNoUsableKey},
		{"a code goes to no system that holds none", diary, []core.Identifier{code}, nil, 0, core.NeedsMoreIdentifiers, core.ReasonNoUsableKey},
		{"the catalogue's own outcome", closed, []core.Identifier{code}, nil, 0, core.NotStored, core.ReasonCatalogue},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			cat := organisation(c.system)
			plan, err := access.MakePlan(request(c.with...), cat, connected(cat), now)
			if err != nil {
				t.Fatal(err)
			}
			task := plan.Tasks[0]
			if task.Outcome != c.outcome || task.Reason.Code != c.reason {
				t.Errorf("outcome %q (%s), want %q (%s)", task.Outcome, task.Reason.Code, c.outcome, c.reason)
			}
			if got := task.Kinds(); !slices.Equal(got, c.kinds) || len(task.AnyOf) != c.sets {
				t.Errorf("asked with %v in %d sets, want %v in %d", got, len(task.AnyOf), c.kinds, c.sets)
			}
			for _, set := range task.AnyOf {
				for _, i := range set.AllOf {
					if len(i.Forms) == 0 || i.Raw != "" {
						t.Errorf("a %s leaves with %d forms and raw text %t", i.Kind, len(i.Forms), i.Raw != "")
					}
				}
			}
		})
	}
}

func TestPlanNamesEverySystemOnce(t *testing.T) {
	cat := organisation(system("A", "crm", by(core.Email, "")), system("B", "crm", by(core.Email, "")), system("C", "crm", by(core.Email, "")), system("D", "crm", by(core.Email, "")))
	cat.Systems[2].Retention = []catalogue.Retention{{Days: 14}}
	r := request(id(t, core.Email, "maija@posti.example", ""))
	r.Scope.Systems = []string{"A", "B", "C"}
	plan, err := access.MakePlan(r, cat, access.Wiring{"A": {Connection: access.Connected}, "B": {Connection: access.SwitchedOff}, "C": {Connection: access.Connected}}, now)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]core.Outcome{}
	for _, task := range plan.Tasks {
		got[task.System] = task.Outcome
	}
	want := map[string]core.Outcome{"A": "", "B": core.Disabled, "C": "", "D": core.OutsideRequest}
	if d := cmp.Diff(want, got); d != "" || len(plan.Tasks) != 4 {
		t.Error(d)
	}
	if plan.Tasks[0].System != "C" {
		t.Errorf("%s is asked first, want C: its data are gone in 14 days", plan.Tasks[0].System)
	}
	r.Scope.Systems = []string{"nowhere"}
	if _, err := access.MakePlan(r, cat, nil, now); err == nil {
		t.Error("a request limited to an unknown system was planned")
	}
}

func TestGrade(t *testing.T) {
	task := access.Task{System: "A", AnyOf: []core.KeySet{{AllOf: []core.Identifier{{Kind: core.Email, Value: "x"}}}}}
	whole := &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "contact", Examined: true}}}
	with := func(c core.Completion, edit func(*core.Completion)) *core.Completion { edit(&c); return &c }
	problem := func(class core.Class) *core.Problem { return &core.Problem{Class: class, Message: "x"} }
	cases := []struct {
		what    string
		ask     access.Ask
		items   int
		outcome core.Outcome
		reason  core.ReasonCode
	}{
		{"found", access.Ask{Done: true, Records: 3, Completion: whole}, 2, core.Found, ""},
		{"records that were all somebody else's", access.Ask{Done: true, Records: 3, Completion: whole}, 0, core.NoneFound, ""},
		{"nothing", access.Ask{Done: true, Completion: whole}, 0, core.NoneFound, ""},
		{"no closing message, no record", access.Ask{Done: true}, 0, core.SearchFailed, core.ReasonNoCompletion},
		{"no closing message beside records", access.Ask{Done: true, Records: 3}, 3, core.Partial, core.ReasonNoCompletion},
		{"stopped midway", access.Ask{}, 0, core.SearchFailed, core.ReasonCancelled},
		{"deadline", access.Ask{Done: true, Problem: problem(core.ClassDeadline)}, 0, core.TimedOut, core.ReasonTimeout},
		{"deadline beside records", access.Ask{Done: true, Records: 1, Problem: problem(core.ClassDeadline)}, 1, core.Partial, core.ReasonTimeout},
		{"wrong password", access.Ask{Done: true, Problem: problem(core.ClassAuth)}, 0, core.SearchFailed, core.ReasonAuth},
		{"server down", access.Ask{Done: true, Problem: problem(core.ClassTransient)}, 0, core.SearchFailed, core.ReasonUnavailable},
		{"a failure that calls itself an answer", access.Ask{Done: true, Completion: &core.Completion{Result: core.Failed}}, 0, core.SearchFailed, core.ReasonSource},
		{"one type without a key", access.Ask{Done: true, Records: 1, Completion: with(*whole, func(c *core.Completion) {
			c.Searched = append(slices.Clone(c.Searched), core.TypeCount{Type: "invoice", Needs: []core.Kind{core.BusinessID}})
		})}, 1, core.Partial, core.ReasonTypesUnexamined},
		{"no type with a key", access.Ask{Done: true, Completion: &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "contact", Needs: []core.Kind{core.Phone}}}}},
			0, core.NeedsMoreIdentifiers, core.ReasonNoUsableKey},
		{"nothing examined at all", access.Ask{Done: true, Completion: &core.Completion{Result: core.Complete}}, 0, core.NeedsMoreIdentifiers, core.ReasonNoUsableKey},
		{"a column that nobody mapped", access.Ask{Done: true, Completion: whole, Notices: []core.Problem{*problem(core.ClassUnmapped)}}, 0, core.Partial, core.ReasonUnmapped},
		{"an unreadable row", access.Ask{Done: true, Records: 1, Completion: with(*whole, func(c *core.Completion) {
			c.Result, c.Problems = core.Partly, []core.Problem{*problem(core.ClassPartial)}
		})}, 1, core.Partial, core.ReasonIncomplete},
		{"a partial answer without a reason", access.Ask{Done: true, Completion: with(*whole, func(c *core.Completion) { c.Result = core.Partly })}, 0, core.Partial, core.ReasonSource},
		{"a key that the source cannot use", access.Ask{Done: true, Completion: with(*whole, func(c *core.Completion) {
			c.Problems = []core.Problem{*problem(core.ClassUnsupportedKey)}
		})}, 0, core.Partial, core.ReasonKeysNotCovered},
		{"somebody has to look", access.Ask{Done: true, Completion: &core.Completion{Result: core.Deferred}}, 0, core.ManualPending, ""},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			got := access.Grade(task, c.ask, c.items)
			if got.Outcome != c.outcome || got.Reason.Code != c.reason {
				t.Errorf("%s (%s), want %s (%s)", got.Outcome, got.Reason.Code, c.outcome, c.reason)
			}
		})
	}
}

// scripted is a source whose faults no real system can be made to have on
// demand.
type scripted struct {
	search func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error)
}

func (s scripted) Search(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error) {
	return s.search(ctx, q, emit)
}

type sources map[string]func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error)

func (s sources) Open(_ context.Context, system string, _ core.Query) (*access.Opened, error) {
	search, ok := s[system]
	if !ok {
		return nil, &core.Problem{Class: core.ClassConfig, Message: "no such source"}
	}
	return &access.Opened{Source: scripted{search}, Close: func(context.Context) error { return nil }}, nil
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	home := t.TempDir()
	if err := store.InitKeys(home); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openRequest(t *testing.T, s *store.Store, r access.Request) *store.File {
	t.Helper()
	file, err := access.Open(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func contact(n int, email string) core.Record {
	return core.Record{Type: "contact", Ref: fmt.Sprintf("contact/%d", n),
		Fields:  []core.Field{{Name: "created", Value: core.DateValue(now.AddDate(0, 0, -n))}},
		Parties: []core.Party{{Slot: "contact", Fields: []core.Field{{Name: "email", Value: core.TextValue(email)}}}}}
}

func complete(n uint64) *core.Completion {
	return &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "contact", Examined: true, Matched: n, Sent: n}}}
}

// A source that fails, hangs, lies or dies changes its own outcome and
// nothing else; a second run asks again only what is not final.
func TestOneSourceSpoilsNoOther(t *testing.T) {
	mine := "maija@posti.example"
	cat := organisation(system("dies", "crm", by(core.Email, "")), system("hangs", "crm", by(core.Email, "")),
		system("refuses", "crm", by(core.Email, "")), system("works", "crm", by(core.Email, "")), system("gone", "crm", by(core.Email, "")))
	var asked atomic.Int32
	src := sources{
		"works": func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
			asked.Add(1)
			return complete(2), emit(core.Event{Records: []core.Record{contact(1, mine), contact(2, "pekka@posti.example")}})
		},
		"dies": func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
			return nil, errors.Join(emit(core.Event{Records: []core.Record{contact(1, mine)}}), &core.Problem{Class: core.ClassBug, Message: "it died"})
		},
		"hangs": func(ctx context.Context, _ core.Query, _ func(core.Event) error) (*core.Completion, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
		"refuses": func(context.Context, core.Query, func(core.Event) error) (*core.Completion, error) {
			return nil, &core.Problem{Class: core.ClassAuth, Message: "wrong password"}
		},
	}
	s := openStore(t)
	file := openRequest(t, s, request(id(t, core.Email, mine, "")))
	service := &access.Service{Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 8, Timeout: 300 * time.Millisecond}}
	answer, err := service.Execute(t.Context(), file, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]core.Outcome{"works": core.Found, "dies": core.Partial, "hangs": core.TimedOut, "refuses": core.SearchFailed, "gone": core.SearchFailed}
	if d := cmp.Diff(want, outcomes(answer)); d != "" || answer.Final() {
		t.Errorf("first run: %s", d)
	}
	src["dies"], src["hangs"], src["refuses"], src["gone"] = src["works"], src["works"], src["works"], src["works"]
	before := asked.Load()
	if answer, err = service.Execute(t.Context(), file, false, nil); err != nil {
		t.Fatal(err)
	}
	for system, outcome := range outcomes(answer) {
		if outcome != core.Found {
			t.Errorf("second run: %s is %s, want found", system, outcome)
		}
	}
	if n := asked.Load() - before; n != 4 || !answer.Final() {
		t.Errorf("the second run asked %d sources, want the four that owed an answer", n)
	}
	if _, others, err := access.Asides(t.Context(), file); err != nil || others["works"] != 1 || others["dies"] != 1 {
		t.Errorf("another person's records put aside: %v, %v", others, err)
	}
}

func outcomes(a *access.Answer) map[string]core.Outcome {
	got := map[string]core.Outcome{}
	for _, c := range a.Coverage {
		got[c.System] = c.Outcome
	}
	return got
}

func TestAStoppedRunKeepsWhatItGotAndGoesOnFromItsCheckpoint(t *testing.T) {
	mine := "maija@posti.example"
	cat := organisation(system("A", "crm", by(core.Email, "")))
	ctx, stop := context.WithCancel(t.Context())
	var resumed atomic.Bool
	src := sources{"A": func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error) {
		if string(q.Resume.Cursor) == "2" {
			resumed.Store(true)
			return complete(1), emit(core.Event{Records: []core.Record{contact(3, mine)}})
		}
		err := errors.Join(emit(core.Event{Records: []core.Record{contact(1, mine), contact(2, mine)}}),
			emit(core.Event{Checkpoint: &core.Checkpoint{Format: "n", Cursor: []byte("2")}}))
		stop()
		<-ctx.Done()
		return nil, errors.Join(err, ctx.Err())
	}}
	s := openStore(t)
	file := openRequest(t, s, request(id(t, core.Email, mine, "")))
	service := &access.Service{Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1, Timeout: time.Minute}}
	answer, err := service.Execute(ctx, file, false, nil)
	if !errors.Is(err, context.Canceled) || answer == nil {
		t.Fatalf("stopped: %v, %v", answer, err)
	}
	if c := answer.Coverage[0]; c.Outcome != core.Partial || c.Reason.Code != core.ReasonCancelled {
		t.Errorf("after the stop: %s (%s), want partial (cancelled)", c.Outcome, c.Reason.Code)
	}
	answer, err = service.Execute(t.Context(), file, false, nil)
	if err != nil || !resumed.Load() {
		t.Fatalf("second run: %v, resumed %t", err, resumed.Load())
	}
	if c := answer.Coverage[0]; c.Outcome != core.Found || c.Records != 3 {
		t.Errorf("second run: %s with %d records, want found with 3", c.Outcome, c.Records)
	}
}

// What the part before the checkpoint missed stays missed when the search goes
// on after it.
func TestAResumedSearchKeepsItsNotices(t *testing.T) {
	mine := "maija@posti.example"
	cat := organisation(system("A", "crm", by(core.Email, "")))
	ctx, stop := context.WithCancel(t.Context())
	src := sources{"A": func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error) {
		if q.Resume.Cursor != nil {
			return complete(0), nil
		}
		err := errors.Join(emit(core.Event{Records: []core.Record{contact(1, mine)}}),
			emit(core.Event{Notice: &core.Problem{Class: core.ClassPartial, Message: "one row could not be read"}}),
			emit(core.Event{Checkpoint: &core.Checkpoint{Format: "n", Cursor: []byte("1")}}))
		stop()
		<-ctx.Done()
		return nil, errors.Join(err, ctx.Err())
	}}
	file := openRequest(t, openStore(t), request(id(t, core.Email, mine, "")))
	service := &access.Service{Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
	if _, err := service.Execute(ctx, file, false, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	answer, err := service.Execute(t.Context(), file, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := answer.Coverage[0]; c.Outcome != core.Partial {
		t.Errorf("%s, want partial: a row was never read", c.Outcome)
	}
}

// A retry that fails takes nothing away; one that is answered replaces what
// the system no longer holds.
func TestAFailedRetryKeepsWhatWasReceived(t *testing.T) {
	mine := "maija@posti.example"
	cat := organisation(system("A", "crm", by(core.Email, "")))
	file := openRequest(t, openStore(t), request(id(t, core.Email, mine, "")))
	answers := []core.Record{contact(1, mine), contact(2, mine), contact(3, "pekka@posti.example")}
	var fail bool
	src := sources{"A": func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
		if fail {
			return nil, &core.Problem{Class: core.ClassTransient, Message: "the server is down"}
		}
		return complete(uint64(len(answers))), emit(core.Event{Records: answers})
	}}
	service := &access.Service{Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
	for step, want := range []struct {
		fail    bool
		answers int
		outcome core.Outcome
		records int
		items   int
	}{{false, 3, core.Found, 3, 2}, {true, 3, core.Partial, 3, 2}, {false, 3, core.Found, 3, 2}, {false, 1, core.Found, 1, 1}, {false, 0, core.NoneFound, 0, 0}, {true, 0, core.SearchFailed, 0, 0}} {
		fail, answers = want.fail, answers[:want.answers]
		answer, err := service.Execute(t.Context(), file, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		items, _, err := access.CountItems(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		if c := answer.Coverage[0]; c.Outcome != want.outcome || c.Records != want.records || items != want.items {
			t.Errorf("step %d: %s, %d records, %d items; want %s, %d, %d", step, c.Outcome, c.Records, items, want.outcome, want.records, want.items)
		}
	}
}

// A final outcome stands only for the question that was asked, through the
// source that was asked.
func TestAnotherQuestionIsAskedAnew(t *testing.T) {
	mine := id(t, core.Email, "maija@posti.example", "")
	phone := id(t, core.Phone, "0401234567", "")
	var kinds [][]core.Kind
	src := sources{"A": func(_ context.Context, q core.Query, _ func(core.Event) error) (*core.Completion, error) {
		kinds = append(kinds, q.Kinds())
		return complete(0), nil
	}}
	cat := organisation(system("A", "crm", by(core.Email, "")))
	file := openRequest(t, openStore(t), request(mine, phone))
	run := func(w access.Wiring, again bool) core.Coverage {
		t.Helper()
		service := &access.Service{Catalogue: cat, Wiring: w, Sources: src, Limits: access.Limits{Parallel: 1}}
		answer, err := service.Execute(t.Context(), file, again, nil)
		if err != nil {
			t.Fatal(err)
		}
		return answer.Coverage[0]
	}
	run(connected(cat), false)
	if run(connected(cat), false); len(kinds) != 1 {
		t.Fatalf("asked %d times: the first answer was final", len(kinds))
	}
	cat.Systems[0].SearchKeys = append(cat.Systems[0].SearchKeys, by(core.Phone, ""))
	c := run(connected(cat), false)
	if want := []core.Kind{core.Email, core.Phone}; len(kinds) != 2 || !slices.Equal(kinds[1], want) || !slices.Equal(c.AskedWith, want) {
		t.Errorf("after the catalogue gained a key: asked %v, coverage says %v", kinds[1:], c.AskedWith)
	}
	rewired := access.Wiring{"A": {Connection: access.Connected, Digest: "other"}}
	if run(rewired, false); len(kinds) != 3 {
		t.Error("another configuration of the source was not asked")
	}
	if run(rewired, true); len(kinds) != 4 {
		t.Error("--again did not ask again")
	}
}

// While a request is run, and after a run that was killed, nobody reads
// verdicts of the run before beside records of this one.
func TestNoReaderSeesVerdictsOfOneRunBesideRecordsOfAnother(t *testing.T) {
	mine := "maija@posti.example"
	cat := organisation(system("A", "crm", by(core.Email, "")))
	file := openRequest(t, openStore(t), request(id(t, core.Email, mine, "")))
	look := func() (items, covered int) {
		t.Helper()
		n, _, err := access.CountItems(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		coverage, err := access.LoadCoverage(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		return n, len(coverage)
	}
	src := sources{"A": func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
		if items, covered := look(); items != 0 || covered != 0 {
			t.Errorf("%d items and %d outcomes while the request is run", items, covered)
		}
		return complete(1), emit(core.Event{Records: []core.Record{contact(1, mine)}})
	}}
	service := &access.Service{Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
	for range 2 {
		if _, err := service.Execute(t.Context(), file, true, nil); err != nil {
			t.Fatal(err)
		}
		if items, covered := look(); items != 1 || covered != 1 {
			t.Errorf("%d items and %d outcomes after the run, want one each", items, covered)
		}
	}
}

func TestTwoRunsOfOneRequestExcludeEachOther(t *testing.T) {
	cat := organisation(system("A", "crm", by(core.Email, "")))
	started, release := make(chan struct{}), make(chan struct{})
	src := sources{"A": func(context.Context, core.Query, func(core.Event) error) (*core.Completion, error) {
		close(started)
		<-release
		return complete(0), nil
	}}
	file := openRequest(t, openStore(t), request(id(t, core.Email, "maija@posti.example", "")))
	service := &access.Service{Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
	first := make(chan error)
	go func() {
		_, err := service.Execute(t.Context(), file, false, nil)
		first <- err
	}()
	<-started
	if _, err := service.Execute(t.Context(), file, false, nil); !errors.Is(err, store.ErrBusy) {
		t.Errorf("a second run: %v, want ErrBusy", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// The same thing is one item whatever the order in which its records came.
func TestMergeDoesNotDependOnOrder(t *testing.T) {
	code := id(t, core.PersonalIdentityCode, "010190-900P", "")
	cat := organisation(
		system("V1.1", "case-management", by(core.PersonalIdentityCode, ""), by(core.ContractNumber, "valtori")),
		system("V1.3", "contract-register", by(core.PersonalIdentityCode, ""), by(core.ContractNumber, "valtori")))
	party := func(slot string, extra ...string) core.Party {
		p := core.Party{Slot: slot, Fields: []core.Field{{Name: "personal_identity_code", Value: core.TextValue("010190-900P")}}}
		for _, e := range extra {
			p.Fields = append(p.Fields, core.Field{Name: "unit", Value: core.TextValue(e)})
		}
		return p
	}
	contract := func(ref, number, title string, p core.Party) core.Record {
		return core.Record{Type: "contract", Ref: ref, Parties: []core.Party{p}, Fields: []core.Field{
			{Name: "contract_number", Value: core.TextValue(number)}, {Name: "name", Value: core.TextValue(title)}}}
	}
	type arrival struct {
		system string
		record core.Record
	}
	arrivals := []arrival{
		{"V1.1", contract("contract/1", "S-2024-001", "Sopimus", party("counterparty"))},
		{"V1.3", contract("contract/9", "s-2024-001", "Toinen nimi", party("counterparty", "Tuki"))},
		{"V1.3", contract("contract/10", "S-2024-002", "Yksin", party("contact_person"))},
		{"V1.1", core.Record{Type: "case", Ref: "case/1", Parties: []core.Party{party("initiator")}, Fields: []core.Field{{Name: "name", Value: core.TextValue("Sama")}}}},
		{"V1.1", core.Record{Type: "case", Ref: "case/2", Parties: []core.Party{party("initiator")}, Fields: []core.Field{{Name: "name", Value: core.TextValue("  Sama ")}}}},
	}
	var want string
	for round := range 12 {
		order := rand.New(rand.NewPCG(uint64(round), 1)).Perm(len(arrivals))
		src := sources{}
		for _, sys := range []string{"V1.1", "V1.3"} {
			src[sys] = func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
				for _, n := range order {
					if arrivals[n].system == sys {
						if err := emit(core.Event{Records: []core.Record{arrivals[n].record}}); err != nil {
							return nil, err
						}
					}
				}
				return &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "contract", Examined: true}}}, nil
			}
		}
		file := openRequest(t, openStore(t), request(code))
		service := &access.Service{Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 2}}
		if _, err := service.Execute(t.Context(), file, false, nil); err != nil {
			t.Fatal(err)
		}
		var got []access.Item
		err := access.Items(t.Context(), file, func(i access.Item, records []core.Record) error {
			if len(records) != len(i.Members) {
				t.Errorf("%d records for %d members", len(records), len(i.Members))
			}
			got = append(got, i)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(raw)
			sizes := []int{}
			for _, i := range got {
				sizes = append(sizes, len(i.Members))
			}
			slices.Sort(sizes)
			if !slices.Equal(sizes, []int{1, 2, 2}) {
				t.Fatalf("items of %v members, want one of 1 and two of 2", sizes)
			}
		}
		if string(raw) != want {
			t.Fatalf("order %v gives other items", order)
		}
	}
}
