package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWhatWasPutComesBack(t *testing.T) {
	home := newHome(t)
	f := create(t, open(t, home))
	want := person{Name: "Testinen, Tuuli Åsa", Code: "010190-900P", Note: strings.Repeat("pitkä teksti ", 5000)}
	put(t, f, records, "ticket/INC0000001", want)

	again, err := open(t, home).File(t.Context(), f.ID()) // another Store on the same home
	if err != nil {
		t.Fatal(err)
	}
	var got person
	if err := again.Get(t.Context(), records, "ticket/INC0000001", &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, absent := range []struct {
		table Table
		row   string
	}{{records, "ticket/INC0000002"}, {checkpoints, "ticket/INC0000001"}, {records, ""}} {
		if err := again.Get(t.Context(), absent.table, absent.row, &got); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v: %v, want ErrNotFound", absent, err)
		}
	}
}

func TestEachKeepsOrderAndUpsertKeepsPlace(t *testing.T) {
	f := create(t, open(t, newHome(t)))
	const n = 3*pageRows + 17
	err := f.Update(t.Context(), func(tx *Tx) error {
		for i := range n {
			if err := tx.Put(records, fmt.Sprintf("r%d", i), i); err != nil {
				return err
			}
		}
		return tx.Put(checkpoints, "c", 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	before := list(t, f, 0)
	put(t, f, records, "r5", 5000)
	after := list(t, f, 0)
	if len(before) != n || len(after) != n {
		t.Fatalf("%d and %d rows, want %d", len(before), len(after), n)
	}
	for i := range n {
		want := item{Seq: before[i].Seq, Name: fmt.Sprintf("r%d", i), Value: i}
		if i == 5 {
			want.Value = 5000
		}
		if after[i] != want || i > 0 && after[i].Seq <= after[i-1].Seq {
			t.Fatalf("row %d: %+v, want %+v", i, after[i], want)
		}
	}
	if diff := cmp.Diff(after[n-3:], list(t, f, after[n-4].Seq)); diff != "" {
		t.Error("after:", diff)
	}
	if count, err := f.Count(t.Context(), records); err != nil || count != n {
		t.Errorf("Count: %d, %v", count, err)
	}
	if err := f.Update(t.Context(), func(tx *Tx) error {
		return errors.Join(tx.Delete(records, "r5"), tx.Delete(records, "never there"))
	}); err != nil {
		t.Fatal(err)
	}
	put(t, f, records, "r5", 1)
	if l := list(t, f, 0); len(l) != n || l[n-1].Name != "r5" || l[n-1].Seq <= after[n-1].Seq {
		t.Errorf("a row that was deleted and put again is not the last: %+v", l[n-1])
	}
}

type item struct {
	Seq   int64
	Name  string
	Value int
}

func list(t *testing.T, f *File, after int64) (items []item) {
	t.Helper()
	err := f.Each(t.Context(), records, after, func(row Row) error {
		it := item{Seq: row.Seq, Name: row.Name}
		items = append(items, it)
		return row.Decode(&items[len(items)-1].Value)
	})
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func TestEachHoldsNoReadOpenAndEndsOnError(t *testing.T) {
	f := create(t, open(t, newHome(t)))
	for i := range 10 {
		put(t, f, records, fmt.Sprint(i), i)
	}
	stop := errors.New("stop")
	seen := 0
	err := f.Each(t.Context(), records, 0, func(row Row) error {
		if seen++; seen == 3 {
			return stop
		}
		return f.Update(t.Context(), func(tx *Tx) error { return tx.Put(checkpoints, row.Name, row.Seq) })
	})
	if !errors.Is(err, stop) || seen != 3 {
		t.Errorf("%v after %d rows", err, seen)
	}
}

func TestTransactionSeesItselfAndRollsBackWhole(t *testing.T) {
	f := create(t, open(t, newHome(t)))
	put(t, f, records, "kept", 1)
	fail := errors.New("source failed")
	err := f.Update(t.Context(), func(tx *Tx) error {
		if err := errors.Join(tx.Put(records, "new", 2), tx.Put(records, "kept", 3), tx.Delete(records, "gone")); err != nil {
			return err
		}
		var got int
		if err := tx.Get(records, "kept", &got); err != nil || got != 3 {
			t.Errorf("inside: %d, %v", got, err)
		}
		if err := tx.Get(records, "absent", &got); !errors.Is(err, ErrNotFound) {
			t.Errorf("inside: %v, want ErrNotFound", err)
		}
		return fail
	})
	if !errors.Is(err, fail) {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = f.Update(t.Context(), func(tx *Tx) error {
			_ = tx.Put(records, "new", 2)
			panic("broken caller")
		})
	}()
	ctx, cancel := context.WithCancel(t.Context())
	err = f.Update(ctx, func(tx *Tx) error {
		err := tx.Put(records, "new", 2)
		cancel()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	want := []item{{Name: "kept", Value: 1}}
	got := list(t, f, 0)
	for i := range got {
		got[i].Seq = 0
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRequestsInOrderOfCreation(t *testing.T) {
	s := open(t, newHome(t))
	var want []string
	for range 12 {
		want = append(want, create(t, s).ID())
	}
	got, err := s.Requests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"r-0000000000000000", "", "r-1", "../../etc/passwd", want[0] + "/../x", want[0] + "\n", strings.ToUpper(want[0])} {
		_, err := s.File(t.Context(), id)
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("File(%q): %v, want ErrNotFound", id, err)
		}
		if !validID(id) {
			if err := s.Erase(t.Context(), id); !errors.Is(err, ErrNotFound) {
				t.Errorf("Erase(%q): %v, want ErrNotFound", id, err)
			}
		}
	}
}

func TestErrorsOfValuesDoNotQuoteThem(t *testing.T) {
	f := create(t, open(t, newHome(t)))
	put(t, f, records, "row of Tuuli", person{Name: "Tuuli"})
	var wrong struct{ Name int }
	err := f.Get(t.Context(), records, "row of Tuuli", &wrong)
	if err == nil || strings.Contains(err.Error(), "Tuuli") {
		t.Error(err)
	}
	err = f.Update(t.Context(), func(tx *Tx) error { return tx.Put(records, "Tuuli", map[string]any{"Tuuli": func() {}}) })
	if err == nil || strings.Contains(err.Error(), "Tuuli") {
		t.Error(err)
	}
}

// Any sequence of puts and deletes leaves what a map would hold.
func TestStoreIsAMapInOrder(t *testing.T) {
	s := open(t, newHome(t))
	rapid.Check(t, func(rt *rapid.T) {
		f, err := s.Create(context.Background())
		if err != nil {
			rt.Fatal(err)
		}
		model, order := map[string]int{}, []string{}
		drop := func(name string) {
			for i, n := range order {
				if n == name {
					order = append(order[:i:i], order[i+1:]...)
				}
			}
		}
		names := rapid.SliceOfN(rapid.String(), 1, 4).Draw(rt, "names")
		for range rapid.IntRange(1, 4).Draw(rt, "transactions") {
			err := f.Update(context.Background(), func(tx *Tx) error {
				for range rapid.IntRange(0, 6).Draw(rt, "steps") {
					name := rapid.SampledFrom(names).Draw(rt, "name")
					if rapid.Bool().Draw(rt, "delete") {
						delete(model, name)
						drop(name)
						if err := tx.Delete(records, name); err != nil {
							return err
						}
						continue
					}
					if _, there := model[name]; !there {
						order = append(order, name)
					}
					model[name] = rapid.Int().Draw(rt, "value")
					if err := tx.Put(records, name, model[name]); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				rt.Fatal(err)
			}
		}
		got := []string{}
		err = f.Each(context.Background(), records, 0, func(row Row) error {
			var v int
			if err := row.Decode(&v); err != nil {
				return err
			}
			if v != model[row.Name] {
				rt.Errorf("%q: %d, want %d", row.Name, v, model[row.Name])
			}
			got = append(got, row.Name)
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(order, got); diff != "" {
			rt.Error(diff)
		}
	})
}

func TestPagesOfEachAreBounded(t *testing.T) {
	f := create(t, open(t, newHome(t)))
	big := strings.Repeat("x", 50_000)
	const n = 200
	err := f.Update(t.Context(), func(tx *Tx) error {
		for i := range n {
			if err := tx.Put(records, fmt.Sprint(i), big); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var p page
	if err := f.page(t.Context(), &p, records, 0); err != nil {
		t.Fatal(err)
	}
	if size := len(p.rows) * len(big); len(p.rows) == 0 || size > pageBytes+2*len(big) {
		t.Errorf("a page of %d rows holds %d bytes", len(p.rows), size)
	}
	seen := 0
	if err := f.Each(t.Context(), records, 0, func(Row) error { seen++; return nil }); err != nil || seen != n {
		t.Errorf("%d rows, %v", seen, err)
	}
}
