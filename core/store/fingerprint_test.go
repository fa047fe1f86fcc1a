package store

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is done to the rows of a request changes the fingerprint of its
// table, of no other table and of no other request.
func TestFingerprintsTellEveryChange(t *testing.T) {
	home := newHome(t)
	s := open(t, home)
	db := raw(t, home)
	rapid.Check(t, func(r *rapid.T) {
		f, other := create(t, s), create(t, s)
		n := rapid.IntRange(2, 6).Draw(r, "rows")
		for i := range n {
			put(t, f, records, fmt.Sprint(i), i)
			put(t, f, checkpoints, fmt.Sprint(i), i)
			put(t, other, records, fmt.Sprint(i), i)
		}
		prints := func(f *File) Fingerprints {
			p, err := f.Fingerprints(t.Context(), records, "never")
			if err != nil {
				r.Fatal(err)
			}
			return p
		}
		before, beforeOther := prints(f), prints(other)
		if again := prints(f); len(before) != 3 || before["never"] == "" {
			r.Fatalf("%v", before)
		} else if table, differ := before.Differ(again); differ {
			r.Fatalf("%s differs by itself", table)
		}
		where := fmt.Sprintf(`WHERE seq = (SELECT seq FROM sealed WHERE request = %d AND tab = 'records' LIMIT 1 OFFSET %d)`, f.num, rapid.IntRange(0, n-1).Draw(r, "row"))
		change := rapid.SampledFrom([]string{
			`UPDATE sealed SET blob = CAST(blob || x'00' AS BLOB) ` + where,
			`UPDATE sealed SET id = x'00' ` + where,
			`UPDATE sealed SET seq = seq + 1000000 ` + where,
			`DELETE FROM sealed ` + where,
			fmt.Sprintf(`INSERT INTO sealed (request, tab, id, blob) VALUES (%d, 'records', x'01', x'02')`, f.num),
			fmt.Sprintf(`DELETE FROM sealed WHERE request = %d AND tab = 'records'`, f.num),
		}).Draw(r, "change")
		exec(t, db, change)
		if table, differ := before.Differ(prints(f)); !differ || table != records || before[checkpoints] != prints(f)[checkpoints] {
			r.Fatalf("%s: %q differs", change, table)
		}
		if table, differ := beforeOther.Differ(prints(other)); differ {
			r.Fatalf("%s of another request differs", table)
		}
	})
}

func TestFingerprintsOfATransaction(t *testing.T) {
	f := create(t, open(t, newHome(t)))
	put(t, f, records, "a", 1)
	var inside Fingerprints
	err := f.Update(t.Context(), func(tx *Tx) (err error) {
		if err := tx.Put(records, "b", 2); err != nil {
			return err
		}
		if err := tx.Put(checkpoints, "c", 3); err != nil {
			return err
		}
		inside, err = tx.Fingerprints("never")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	after, err := f.Fingerprints(t.Context(), "never")
	if table, differ := inside.Differ(after); err != nil || differ || len(inside) != 3 {
		t.Errorf("%s differs (%v): %v", table, err, inside)
	}
	if err := f.Update(t.Context(), func(tx *Tx) error { return tx.Clear(records) }); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Count(t.Context(), records); n != 0 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	if n, err := f.Count(t.Context(), checkpoints); n != 1 || err != nil {
		t.Errorf("%d rows of another table, %v", n, err)
	}
}
