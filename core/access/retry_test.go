package access_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/store"
)

const mine = "maija@posti.example"

// script is what one system does, call by call; the last one is repeated.
type script []func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error)

// called is one call as the script saw it.
type called struct {
	at     time.Duration // since the beginning
	resume string
}

// scripted gives the source of one system "A", and what was called when.
func (s script) sources(began time.Time, calls *[]called) sources {
	return sources{"A": func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error) {
		step := s[min(len(*calls), len(s)-1)]
		*calls = append(*calls, called{time.Since(began), string(q.Resume.Cursor)})
		return step(ctx, q, emit)
	}}
}

func fails(p core.Problem) func(context.Context, core.Query, func(core.Event) error) (*core.Completion, error) {
	return func(context.Context, core.Query, func(core.Event) error) (*core.Completion, error) { return nil, &p }
}

// says fails by the closing message.
func says(p core.Problem) func(context.Context, core.Query, func(core.Event) error) (*core.Completion, error) {
	return func(context.Context, core.Query, func(core.Event) error) (*core.Completion, error) {
		return &core.Completion{Result: core.Failed, Problems: []core.Problem{p}}, nil
	}
}

func answers(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
	return complete(1), emit(core.Event{Records: []core.Record{contact(1, mine)}})
}

func checkpoint(format, cursor string) core.Event {
	return core.Event{Checkpoint: &core.Checkpoint{Format: format, Cursor: []byte(cursor)}}
}

// inBubble runs f with a clock of its own, on a new store.
func inBubble(t *testing.T, f func(t *testing.T, file *store.File)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := openStore(t)
		f(t, openRequest(t, s, request(id(t, core.Email, mine, ""))))
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func oneSystem(t *testing.T, src access.Sources, timeout time.Duration) *access.Service {
	cat := organisation(system("A", "crm", by(core.Email, "")))
	return &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1, Timeout: timeout}}
}

// What is tried again in one run is a matter of the class alone, and of where
// it arose.
func TestEachClassIsRetriedAsItsRemedySays(t *testing.T) {
	cases := []struct {
		class  core.Class
		origin core.Origin
		calls  int // when it never gets better
		longer time.Duration
	}{
		{core.ClassTransient, core.OriginSystem, 6, 7 * time.Second},
		{core.ClassTransient, core.OriginHost, 6, 7 * time.Second},
		{core.ClassTransient, core.OriginPlugin, 3, 0},
		{core.ClassBug, core.OriginPlugin, 3, 0},
		{core.ClassBug, core.OriginHost, 1, 0}, // in quarantine
		{"of-a-later-version", core.OriginPlugin, 3, 0},
		{core.ClassDeadline, core.OriginPlugin, 3, 0}, // a plugin that hangs
		{core.ClassDeadline, core.OriginSystem, 6, 7 * time.Second},
		{core.ClassDeadline, core.OriginHost, 1, 0}, // the time of the ask
		{core.ClassRateLimited, core.OriginSystem, 6, 7 * time.Second},
		{core.ClassConfig, core.OriginPlugin, 1, 0},
		{core.ClassAuth, core.OriginSystem, 1, 0},
		{core.ClassPartial, core.OriginSystem, 1, 0},
		{core.ClassUnsupportedKey, core.OriginPlugin, 1, 0},
		{core.ClassNeedsHuman, core.OriginSystem, 1, 0},
		{core.ClassData, core.OriginSystem, 1, 0},
		{core.ClassUnmapped, core.OriginPlugin, 1, 0},
		{core.ClassTruncated, core.OriginPlugin, 1, 0},
		{core.ClassCancelled, core.OriginPlugin, 1, 0},
	}
	covered := map[core.Class]bool{}
	for _, c := range cases {
		covered[c.class] = true
		for name, end := range map[string]func(core.Problem) func(context.Context, core.Query, func(core.Event) error) (*core.Completion, error){"fails": fails, "says": says} {
			t.Run(string(c.class)+"/"+string(c.origin)+"/"+name, func(t *testing.T) {
				inBubble(t, func(t *testing.T, file *store.File) {
					p := core.Problem{Class: c.class, Origin: c.origin, Phase: core.PhaseSearch, Message: "broken"}
					var calls []called
					began := time.Now()
					service := oneSystem(t, script{end(p)}.sources(began, &calls), 10*time.Minute)
					answer, err := service.Execute(t.Context(), file, false, nil)
					if err != nil {
						t.Fatal(err)
					}
					if len(calls) != c.calls {
						t.Errorf("called %d times, want %d", len(calls), c.calls)
					}
					if took := time.Since(began); took < c.longer || c.longer == 0 && took > 2*time.Second {
						t.Errorf("it took %s", took)
					}
					got := answer.Coverage[0]
					if got.Outcome.Final() || len(got.Attempts) != c.calls || len(got.Problems) != 1 {
						t.Errorf("%s after %d attempts, with %d problems", got.Outcome, len(got.Attempts), len(got.Problems))
					}
					for i, a := range got.Attempts {
						wantEnd := core.AttemptFailed
						if a.Number != i+1 || a.End != wantEnd || a.Class != c.class.Known() || a.Started.IsZero() {
							t.Errorf("attempt %+v", a)
						}
					}
					if got.Problems[0].Class != c.class.Known() {
						t.Errorf("the coverage says %s", got.Problems[0].Class)
					}
				})
			})
			if c.calls == 1 {
				continue // it is not tried again
			}
			t.Run(string(c.class)+"/"+string(c.origin)+"/"+name+"/then answers", func(t *testing.T) {
				inBubble(t, func(t *testing.T, file *store.File) {
					var calls []called
					service := oneSystem(t, script{end(core.Problem{Class: c.class, Origin: c.origin}), answers}.sources(time.Now(), &calls), 10*time.Minute)
					answer, err := service.Execute(t.Context(), file, false, nil)
					if err != nil {
						t.Fatal(err)
					}
					if got := answer.Coverage[0]; got.Outcome != core.Found || len(got.Problems) != 0 || len(got.Attempts) != 2 ||
						got.Attempts[1].End != core.AttemptAnswered {
						t.Errorf("%s, %v, %+v", got.Outcome, got.Problems, got.Attempts)
					}
				})
			})
		}
	}
	for _, c := range core.Classes() {
		if !covered[c] {
			t.Errorf("class %s is not tried", c)
		}
	}
}

// A system that tells how long to wait is not called before, and is shown as
// waiting; a process that dies in the middle of the wait changes nothing.
func TestASystemThatAsksToWaitIsWaitedFor(t *testing.T) {
	const after = 40 * time.Second
	limited := core.Problem{Class: core.ClassRateLimited, Origin: core.OriginSystem, RetryAfter: after}
	for name, end := range map[string]func(context.Context, core.Query, func(core.Event) error) (*core.Completion, error){"fails": fails(limited), "says": says(limited)} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, file *store.File) {
				var calls []called
				began := time.Now()
				service := oneSystem(t, script{end, answers}.sources(began, &calls), 2*time.Minute)
				var waiting []access.Update
				answer, err := service.Execute(t.Context(), file, false, func(u access.Update) {
					if u.State == access.Waiting {
						waiting = append(waiting, u)
					}
				})
				if err != nil || len(calls) != 2 || calls[1].at < after {
					t.Fatalf("%v, called at %v", err, calls)
				}
				if len(waiting) != 1 || waiting[0].Until.Before(began.Add(after)) {
					t.Errorf("shown as waiting: %+v", waiting)
				}
				if c := answer.Coverage[0]; c.Outcome != core.Found || !c.RetryAt.IsZero() || c.Attempts[0].Wait != after {
					t.Errorf("%s, %v, %+v", c.Outcome, c.RetryAt, c.Attempts)
				}
			})
		})
		t.Run(name+"/stopped in the wait", func(t *testing.T) {
			inBubble(t, func(t *testing.T, file *store.File) {
				var calls []called
				began := time.Now()
				service := oneSystem(t, script{end, answers}.sources(began, &calls), 2*time.Minute)
				ctx, stop := context.WithCancel(t.Context())
				time.AfterFunc(15*time.Second, stop)
				if _, err := service.Execute(ctx, file, false, nil); !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				if took := time.Since(began); took != 15*time.Second {
					t.Errorf("the stop came through after %s", took)
				}
				time.Sleep(5 * time.Second) // the rest of the wait goes on meanwhile
				answer, err := service.Execute(t.Context(), file, false, nil)
				if err != nil || len(calls) != 2 || calls[1].at < after || calls[1].at > after+time.Second {
					t.Fatalf("%v, called at %v", err, calls)
				}
				if c := answer.Coverage[0]; c.Outcome != core.Found || len(c.Attempts) != 2 {
					t.Errorf("%s after %+v", c.Outcome, c.Attempts)
				}
			})
		})
		t.Run(name+"/longer than there is time", func(t *testing.T) {
			inBubble(t, func(t *testing.T, file *store.File) {
				var calls []called
				began := time.Now()
				service := oneSystem(t, script{end, answers}.sources(began, &calls), after/2)
				answer, err := service.Execute(t.Context(), file, false, nil)
				if err != nil || len(calls) != 1 || time.Since(began) > time.Second {
					t.Fatalf("%v, called at %v, took %s", err, calls, time.Since(began))
				}
				c := answer.Coverage[0]
				if c.Outcome != core.SearchFailed || c.Reason.Code != core.ReasonRateLimited || c.RetryAt.Before(began.Add(after).Truncate(time.Second)) {
					t.Errorf("%s (%s), again at %s", c.Outcome, c.Reason.Code, c.RetryAt)
				}
				// Whoever runs it too soon asks nobody, and whoever waits is answered.
				if answer, err = service.Execute(t.Context(), file, false, nil); err != nil || len(calls) != 1 || answer.Coverage[0].RetryAt != c.RetryAt {
					t.Errorf("too soon: %v, %d calls, %+v", err, len(calls), answer)
				}
				time.Sleep(after)
				if answer, err = service.Execute(t.Context(), file, false, nil); err != nil || len(calls) != 2 || !answer.Final() {
					t.Errorf("after the wait: %v, %d calls", err, len(calls))
				}
			})
		})
	}
}

// A clock that was set back makes no wait longer than the system asked.
func TestAClockThatWasSetBackDoesNotLengthenAWait(t *testing.T) {
	inBubble(t, func(t *testing.T, file *store.File) {
		const after = 30 * time.Second
		var calls []called
		began := time.Now()
		service := oneSystem(t, script{fails(core.Problem{Class: core.ClassRateLimited, RetryAfter: after}), answers}.sources(began, &calls), 2*time.Minute)
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, stop)
		if _, err := service.Execute(ctx, file, false, nil); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		var ask access.Ask
		if err := file.Get(t.Context(), "ask", "0/A", &ask); err != nil {
			t.Fatal(err)
		}
		ask.NotBefore = ask.NotBefore.AddDate(1, 0, 0)
		if err := file.Update(t.Context(), func(tx *store.Tx) error { return tx.Put("ask", "0/A", ask) }); err != nil {
			t.Fatal(err)
		}
		service.Log = newLog(t) // the other one would notice that the row was changed
		again := time.Now()
		if _, err := service.Execute(t.Context(), file, false, nil); err != nil || len(calls) != 2 || time.Since(again) > after+time.Second {
			t.Errorf("%v, %d calls, %s", err, len(calls), time.Since(again))
		}
	})
}

// The waits of systems that cannot be reached grow, and differ.
func TestWaitsGrow(t *testing.T) {
	firsts := map[time.Duration]bool{}
	for range 5 {
		inBubble(t, func(t *testing.T, file *store.File) {
			var calls []called
			service := oneSystem(t, script{fails(core.Problem{Class: core.ClassTransient, Origin: core.OriginSystem})}.sources(time.Now(), &calls), 10*time.Minute)
			if _, err := service.Execute(t.Context(), file, false, nil); err != nil {
				t.Fatal(err)
			}
			for i := 2; i < len(calls); i++ {
				before, after := calls[i-1].at-calls[i-2].at, calls[i].at-calls[i-1].at
				if after <= before/2 || after > 31*time.Second {
					t.Errorf("waits of %s and then %s", before, after)
				}
			}
			firsts[calls[1].at] = true
		})
	}
	if len(firsts) < 2 {
		t.Error("five sources came back at the same moment")
	}
}

// A retry goes on from the last checkpoint, and what comes twice is one.
func TestARetryGoesOnFromTheCheckpoint(t *testing.T) {
	reset := core.Problem{Class: core.ClassTransient, Origin: core.OriginSystem}
	send := func(emit func(core.Event) error, ns ...int) error {
		var records []core.Record
		for _, n := range ns {
			records = append(records, contact(n, mine))
		}
		return emit(core.Event{Records: records})
	}
	first := func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
		return nil, errors.Join(send(emit, 1, 2), emit(checkpoint("n", "2")), send(emit, 3), &reset)
	}
	cases := []struct {
		what   string
		script script
		resume []string
	}{
		{"in its own form", script{first, func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
			return complete(2), errors.Join(send(emit, 3, 4))
		}}, []string{"", "2"}},
		{"of a form that the source does not know", script{first, func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
			return nil, errors.Join(send(emit, 1, 2, 3), emit(checkpoint("m", "iii")), &reset)
		}, func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
			return complete(1), errors.Join(send(emit, 4))
		}}, []string{"", "2", "iii"}},
		{"that breaks the source", script{first, fails(core.Problem{Class: core.ClassBug, Origin: core.OriginPlugin}),
			func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
				return complete(4), errors.Join(send(emit, 1, 2, 3, 4))
			}}, []string{"", "2", ""}},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			inBubble(t, func(t *testing.T, file *store.File) {
				var calls []called
				answer, err := oneSystem(t, c.script.sources(time.Now(), &calls), time.Minute).Execute(t.Context(), file, false, nil)
				if err != nil {
					t.Fatal(err)
				}
				var resumed []string
				for _, call := range calls {
					resumed = append(resumed, call.resume)
				}
				if !slices.Equal(resumed, c.resume) {
					t.Errorf("asked to go on from %q, want %q", resumed, c.resume)
				}
				got := answer.Coverage[0]
				if got.Outcome != core.Found || got.Records != 4 || got.Types[0].Sent != 4 || got.Types[0].Matched != 4 {
					t.Errorf("%s, %d records, %+v", got.Outcome, got.Records, got.Types)
				}
				if items, _, err := access.CountItems(t.Context(), file); err != nil || items != 4 {
					t.Errorf("%d items, %v", items, err)
				}
			})
		})
	}
}

// Systems that make us wait hold up no other, and a stop ends every wait.
func TestWaitingHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openStore(t)
		file := openRequest(t, s, request(id(t, core.Email, mine, "")))
		cat := organisation(system("A", "crm", by(core.Email, "")), system("B", "crm", by(core.Email, "")), system("C", "crm", by(core.Email, "")))
		limited := core.Problem{Class: core.ClassRateLimited, RetryAfter: time.Minute}
		var asked atomic.Int32
		src := sources{"A": fails(limited), "B": fails(limited), "C": func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error) {
			asked.Add(1)
			return answers(ctx, q, emit)
		}}
		service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 1, Timeout: 10 * time.Minute}}
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, stop)
		began := time.Now()
		answer, err := service.Execute(ctx, file, false, nil)
		if !errors.Is(err, context.Canceled) || time.Since(began) != 10*time.Second || asked.Load() != 1 {
			t.Errorf("%v after %s, C asked %d times", err, time.Since(began), asked.Load())
		}
		if answer == nil || outcomes(answer)["C"] != core.Found || outcomes(answer)["A"].Final() {
			t.Errorf("%+v", answer)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Fifty harmless notices do not hide the one that takes something away.
func TestManyNoticesHideNoGap(t *testing.T) {
	file := openRequest(t, openStore(t), request(id(t, core.Email, mine, "")))
	src := sources{"A": func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
		var errs []error
		for n := range 200 {
			errs = append(errs, emit(core.Event{Notice: &core.Problem{Class: core.ClassData, RecordType: "contact", Message: string(rune('a' + n))}}))
		}
		for range 2 {
			errs = append(errs, emit(core.Event{Notice: &core.Problem{Class: "of-a-later-version", Message: "who knows"}}))
		}
		return complete(0), errors.Join(errs...)
	}}
	answer, err := oneSystem(t, src, time.Minute).Execute(t.Context(), file, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := answer.Coverage[0]; c.Outcome != core.Partial || c.Reason.Code != core.ReasonBug || len(c.Problems) > 60 {
		t.Errorf("%s (%s) with %d problems", c.Outcome, c.Reason.Code, len(c.Problems))
	}
}

// A system that was down until the time was up was not too slow: it was down.
func TestTheTimeThatRunsOutOnARetryHidesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, file *store.File) {
		down := core.Problem{Class: core.ClassTransient, Origin: core.OriginSystem, Message: "the server is down"}
		var calls []called
		service := oneSystem(t, script{fails(down), fails(down), func(ctx context.Context, _ core.Query, _ func(core.Event) error) (*core.Completion, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}.sources(time.Now(), &calls), 10*time.Second)
		answer, err := service.Execute(t.Context(), file, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := answer.Coverage[0]
		if c.Outcome != core.SearchFailed || c.Reason.Code != core.ReasonUnavailable || len(c.Attempts) != 3 || c.Attempts[2].Class != core.ClassDeadline {
			t.Errorf("%s (%s) after %+v", c.Outcome, c.Reason.Code, c.Attempts)
		}
	})
}
