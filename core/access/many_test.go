package access_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/store"
)

// numbered gives contacts, each with a text of its own.
func numbered(from, to int) (records []core.Record) {
	for n := from; n < to; n++ {
		r := contact(n, mine)
		r.Fields = append(r.Fields, core.Field{Name: "note", Value: core.TextValue(fmt.Sprint("n ", n))})
		records = append(records, r)
	}
	return records
}

// A record that comes twice, by another key and in another batch, is one
// record with both keys.
func TestARecordThatComesTwiceIsOne(t *testing.T) {
	const n = 1200
	by := func(records []core.Record, kind core.Kind) []core.Record {
		for i := range records {
			records[i].MatchedBy = []core.Match{{Kind: kind, Slot: "contact"}}
		}
		return records
	}
	for name, batches := range map[string][][]core.Record{
		"in one batch":      {append(by(numbered(0, 10), core.Email), by(numbered(0, 10), core.Phone)...), by(numbered(10, n), core.Email)},
		"in another batch":  {by(numbered(0, n), core.Email), by(numbered(0, 10), core.Phone)},
		"in a later call":   {by(numbered(0, n), core.Email), nil, by(numbered(0, 10), core.Phone)},
		"twice in two ones": {by(numbered(0, n), core.Email), by(numbered(0, 10), core.Email), by(numbered(0, 10), core.Phone), by(numbered(0, 10), core.Phone)},
	} {
		t.Run(name, func(t *testing.T) {
			sent := 0
			src := sources{"A": func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
				for sent < len(batches) {
					some := batches[sent]
					sent++
					if some == nil {
						return nil, &core.Problem{Class: core.ClassTransient, Origin: core.OriginPlugin}
					}
					if err := emit(core.Event{Records: some}); err != nil {
						return nil, err
					}
				}
				return complete(n), nil
			}}
			file := openRequest(t, openStore(t), request(id(t, core.Email, mine, "")))
			answer, err := oneSystem(t, src, time.Minute).Execute(t.Context(), file, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c := answer.Coverage[0]; c.Outcome != core.Found || c.Records != n || c.Types[0].Sent != n {
				t.Errorf("%s, %d records, %+v", c.Outcome, c.Records, c.Types)
			}
			both := 0
			err = access.Items(t.Context(), file, func(_ access.Item, records []core.Record) error {
				if len(records) != 1 || len(records[0].MatchedBy) == 0 {
					t.Errorf("an item of %v", records)
				}
				if len(records[0].MatchedBy) == 2 {
					both++
				}
				return nil
			})
			if err != nil || both != 10 {
				t.Errorf("%d records with both keys, %v", both, err)
			}
		})
	}
}

// Items are read from any place to any other, whatever pages they are kept in.
func TestItemsAreReadFromAnyPlace(t *testing.T) {
	const n = 150
	src := sources{"A": func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
		records := numbered(0, n)
		records[7].Parties[0].Fields[0].Value = core.TextValue("pekka@posti.example") // somebody else's
		return complete(n), emit(core.Event{Records: records})
	}}
	file := openRequest(t, openStore(t), request(id(t, core.Email, mine, "")))
	if _, err := oneSystem(t, src, time.Minute).Execute(t.Context(), file, false, nil); err != nil {
		t.Fatal(err)
	}
	heads, err := access.Heads(t.Context(), file)
	if err != nil || len(heads) != n-1 {
		t.Fatalf("%d items, %v", len(heads), err)
	}
	for _, span := range [][2]int{{0, 0}, {0, 1}, {0, n - 1}, {63, 65}, {64, 128}, {1, 64}, {100, n - 1}, {n - 2, n - 1}} {
		at := span[0]
		err := access.ReadItems(t.Context(), file, span[0], span[1], func(item access.Item, records []core.Record) error {
			h := heads[at]
			if item.Verdict != h.Verdict || len(records) != 1 || records[0].Ref != h.Members[0].Ref || item.Members[0].Ref != h.Members[0].Ref ||
				item.Members[0].Assessment.Verdict != h.Verdict || len(item.Members[0].Assessment.Evidence) == 0 {
				t.Errorf("%v: at %d is %+v", span, at, item)
			}
			at++
			return nil
		})
		if err != nil || at != span[1] {
			t.Errorf("%v: ended at %d, %v", span, at, err)
		}
	}
	if err := access.ReadItems(t.Context(), file, n-2, n, func(access.Item, []core.Record) error { return nil }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("more items than there are: %v", err)
	}
	held, err := access.HeldRecords(t.Context(), file)
	if err != nil || len(held) != n-1 {
		t.Errorf("%d records, %v", len(held), err)
	}
}

// That a system has answered is in the log before the file holds it as
// answered, also where there was nothing to store.
func TestTheLogKnowsOfAnAnswerBeforeTheFile(t *testing.T) {
	for name, records := range map[string][]core.Record{"nothing found": nil, "found": numbered(0, 3)} {
		src := sources{"A": func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
			return complete(uint64(len(records))), emit(core.Event{Records: records})
		}}
		file := openRequest(t, openStore(t), request(id(t, core.Email, mine, "")))
		service := oneSystem(t, src, time.Minute)
		answered := 0
		_, err := service.Execute(t.Context(), file, false, func(u access.Update) {
			if u.State != access.Finished {
				return
			}
			for _, err := range service.Log.Entries(t.Context(), audit.Filter{Verb: audit.SourceAnswered}) {
				answered++
				if err != nil {
					t.Error(err)
				}
			}
		})
		if err != nil || answered != 1 {
			t.Errorf("%s: %d entries, %v", name, answered, err)
		}
	}
}
