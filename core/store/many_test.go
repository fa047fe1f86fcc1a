package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestManyRowsComeInTheOrderOfTheirNames(t *testing.T) {
	f := create(t, open(t, newHome(t)))
	const n = 2*manyRows + 5
	err := f.Update(t.Context(), func(tx *Tx) error {
		for i := range n {
			if err := tx.Put(records, fmt.Sprint("ticket/", i), person{Name: fmt.Sprint("Testinen ", i)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]string{
		{}, {"ticket/7"}, {"ticket/3", "ticket/1", "ticket/3"},
		slices.Collect(func(yield func(string) bool) {
			for i := n - 1; i >= 0 && yield(fmt.Sprint("ticket/", i)); i-- {
			}
		}),
	} {
		var got []string
		err := f.GetMany(t.Context(), records, want, func(i int, row Row) error {
			var p person
			if err := row.Decode(&p); err != nil {
				return err
			}
			if i != len(got) || p.Name != "Testinen "+row.Name[len("ticket/"):] {
				t.Errorf("row %d is %s with the value of %s", i, row.Name, p.Name)
			}
			got = append(got, row.Name)
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v gives %v, %v", want, got, err)
		}
	}
	none := func(int, Row) error { return nil }
	if err := f.GetMany(t.Context(), records, []string{"ticket/1", "ticket/absent"}, none); !errors.Is(err, ErrNotFound) {
		t.Errorf("an absent row: %v, want ErrNotFound", err)
	}
	other := create(t, open(t, newHome(t)))
	if err := other.GetMany(t.Context(), records, []string{"ticket/1"}, none); !errors.Is(err, ErrNotFound) {
		t.Errorf("another request's row: %v, want ErrNotFound", err)
	}
	own := errors.New("own")
	if err := f.GetMany(t.Context(), records, []string{"ticket/1"}, func(int, Row) error { return own }); !errors.Is(err, own) {
		t.Errorf("an error of the taker: %v", err)
	}
}
