package access_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/store"
)

// Two requests that run at once on one store get what each gets alone, and
// nothing of the other.
func TestTwoRequestsAtOnceDoNotMix(t *testing.T) {
	cat := organisation(system("A", "crm", by(core.Email, "")), system("B", "crm", by(core.Email, "")), system("C", "crm", by(core.Email, "")))
	people := []string{"maija@posti.example", "pekka@posti.example"}
	// A source answers about whom it is asked, in many batches, and takes turns
	// with the others.
	search := func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error) {
		whose := q.AnyOf[0].AllOf[0].Value
		const n = 40
		for i := range n {
			if err := emit(core.Event{Records: []core.Record{contact(i, whose)}}); err != nil {
				return nil, err
			}
			if i%5 == 4 {
				if err := emit(checkpoint("n", fmt.Sprint(i))); err != nil {
					return nil, err
				}
			}
		}
		return complete(n), ctx.Err()
	}
	src := sources{"A": search, "B": search, "C": search}
	run := func(s *store.Store, whose string) string {
		file := openRequest(t, s, request(id(t, core.Email, whose, "")))
		service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 3}}
		answer, err := service.Execute(t.Context(), file, false, nil)
		if err != nil {
			t.Error(err)
			return ""
		}
		out := map[string]any{"outcomes": outcomes(answer)}
		var items []any
		err = access.Items(t.Context(), file, func(i access.Item, records []core.Record) error {
			for _, r := range records {
				if got := r.Parties[0].Fields[0].Value.Text; got != whose {
					t.Errorf("a record of somebody else in the request")
				}
			}
			items = append(items, i, records)
			return nil
		})
		out["items"] = items
		raw, jsonErr := json.Marshal(out)
		if err != nil || jsonErr != nil || len(items) == 0 {
			t.Errorf("%d items, %v, %v", len(items), err, jsonErr)
		}
		return string(raw)
	}
	var alone []string
	for _, p := range people {
		alone = append(alone, run(openStore(t), p))
	}
	for range 3 {
		s := openStore(t)
		together := make([]string, len(people))
		var group sync.WaitGroup
		for i, p := range people {
			group.Go(func() { together[i] = run(s, p) })
		}
		group.Wait()
		for i := range people {
			if together[i] != alone[i] {
				t.Errorf("request %d gets something else beside another one", i)
			}
		}
	}
}
