package access_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
)

// held is what one system holds: the text of each record, and whose it is.
type held struct {
	text  string
	other bool
}

func (h held) record(n int) core.Record {
	email := mine
	if h.other {
		email = "pekka@posti.example"
	}
	r := contact(n, email)
	r.Fields = append(r.Fields, core.Field{Name: "note", Value: core.TextValue(h.text)})
	return r
}

// itemsOf gives each record of the items with its text.
func itemsOf(t *testing.T, service *access.Service, answer *access.Answer, err error, has map[int]held, read func(func(access.Item, []core.Record) error) error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Log.Checkpoint(t.Context()); err != nil {
		t.Error(err)
	}
	var want, got []string
	for n, h := range has {
		if !h.other {
			want = append(want, fmt.Sprint(h.record(n).Ref, " ", h.text))
		}
	}
	err = read(func(item access.Item, records []core.Record) error {
		for i, r := range records {
			note, _ := core.First(r.Fields, "note")
			email, _ := core.First(r.Parties[0].Fields, "email")
			if email.Text != mine || item.Members[i].Ref != r.Ref {
				t.Errorf("%s of %s stands in the item of %s", r.Ref, email.Text, item.Members[i].Ref)
			}
			got = append(got, r.Ref+" "+note.Text)
		}
		return nil
	})
	slices.Sort(want)
	slices.Sort(got)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("the items are %v, want %v, %v", got, want, err)
	}
	outcome := core.NoneFound
	if len(want) > 0 {
		outcome = core.Found
	}
	if c := answer.Coverage[0]; c.Outcome != outcome || c.Records != len(has) {
		t.Errorf("%s with %d records, want %s with %d", c.Outcome, c.Records, outcome, len(has))
	}
}

// Whatever came before, runs that were stopped, killed or made again while the
// system changed: a run that ends says what the system holds then. A record that
// became somebody else's is nowhere, and one that came back is there.
func TestARunThatEndsTellsWhatTheSystemHoldsWhateverCameBefore(t *testing.T) {
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 4)) //nolint:gosec // a test
		has := map[int]held{}
		breaks := 0 // the event at which a run ends, 0 for none
		var end func()
		src := sources{"A": func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error) {
			from, events := 0, 0
			if q.Resume.Cursor != nil {
				_, _ = fmt.Sscan(string(q.Resume.Cursor), &from)
			}
			sent := uint64(0)
			for n := from; n < 30; n++ {
				if events++; events == breaks {
					end()
				}
				if h, ok := has[n]; ok {
					if err := emit(core.Event{Records: []core.Record{h.record(n)}}); err != nil {
						return nil, err
					}
					sent++
				}
				if n%3 == 2 {
					if n%2 == 0 {
						time.Sleep(time.Millisecond)
					}
					c := core.Checkpoint{Format: "n", Cursor: []byte(fmt.Sprint(n + 1))}
					if err := emit(core.Event{Checkpoint: &c}); err != nil {
						return nil, err
					}
				}
			}
			return complete(sent), ctx.Err()
		}}
		file := openRequest(t, openStore(t), request(id(t, core.Email, mine, "")))
		home := t.TempDir()
		if err := audit.InitKeys(home); err != nil {
			t.Fatal(err)
		}
		for step := range 8 {
			log, err := audit.Open(home)
			if err != nil {
				t.Fatal(err)
			}
			service := oneSystem(t, src, time.Minute)
			service.Log = log
			ctx, stop := context.WithCancel(t.Context())
			for range 1 + random.IntN(10) {
				n := random.IntN(30)
				has[n] = held{fmt.Sprint("text ", n, " ", step), random.IntN(3) == 0}
				delete(has, random.IntN(30))
			}
			breaks = random.IntN(25)
			end = stop
			if random.IntN(2) == 0 { // nothing of the run goes on, as if it was killed
				end = func() { _ = log.Close(t.Context()); stop() }
			}
			if _, err := service.Execute(ctx, file, random.IntN(2) == 0, nil); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, audit.ErrClosed) {
				t.Fatal(err)
			}
			stop()
			_ = log.Close(t.Context())
		}
		breaks = 0
		for range 2 {
			log, err := audit.Open(home)
			if err != nil {
				t.Fatal(err)
			}
			service := oneSystem(t, src, time.Minute)
			service.Log = log
			answer, err := service.Execute(t.Context(), file, true, nil)
			itemsOf(t, service, answer, err, has, func(f func(access.Item, []core.Record) error) error { return access.Items(t.Context(), file, f) })
			others := 0
			for _, h := range has {
				if h.other {
					others++
				}
			}
			if asides, err := access.Asides(t.Context(), file); err != nil || asides.Others["A"] != others {
				t.Errorf("%d records are put aside, want %d, %v", asides.Others["A"], others, err)
			}
			if err := log.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}
