package access_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/store"
)

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
	service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 8, Timeout: 300 * time.Millisecond}}
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
	if asides, err := access.Asides(t.Context(), file); err != nil || asides.Others["works"] != 1 || asides.Others["dies"] != 1 {
		t.Errorf("another person's records put aside: %v, %v", asides.Others, err)
	}
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
	service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1, Timeout: time.Minute}}
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
	service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
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

func TestAFailedRetryKeepsWhatWasReceived(t *testing.T) { inBubble(t, failedRetries) }

func failedRetries(t *testing.T, file *store.File) {
	t.Helper()
	cat := organisation(system("A", "crm", by(core.Email, "")))
	answers := []core.Record{contact(1, mine), contact(2, mine), contact(3, "pekka@posti.example")}
	var fail bool
	src := sources{"A": func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
		if fail {
			return nil, &core.Problem{Class: core.ClassTransient, Message: "the server is down"}
		}
		return complete(uint64(len(answers))), emit(core.Event{Records: answers})
	}}
	service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
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
		service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: w, Sources: src, Limits: access.Limits{Parallel: 1}}
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
	service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
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
	service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1}}
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
