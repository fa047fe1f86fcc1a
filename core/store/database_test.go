package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestForeignAndNewerDatabasesAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, home string)
		want error
	}{
		{"newer", func(t *testing.T, home string) {
			s, err := Open(t.Context(), home)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := raw(t, home).Exec(`PRAGMA user_version = 99`); err != nil {
				t.Fatal(err)
			}
		}, ErrNewer},
		{"of another program", func(t *testing.T, home string) {
			if _, err := raw(t, home).Exec(`CREATE TABLE other (x)`); err != nil {
				t.Fatal(err)
			}
		}, ErrTampered},
		{"no database", func(t *testing.T, home string) {
			junk := []byte(strings.Repeat("not a database, whatever its name says\n", 200))
			if err := os.WriteFile(filepath.Join(home, "data", "sinusta.db"), junk, 0o600); err != nil {
				t.Fatal(err)
			}
		}, ErrTampered},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := newHome(t)
			if err := os.MkdirAll(filepath.Join(home, "data"), 0o700); err != nil {
				t.Fatal(err)
			}
			c.make(t, home)
			s, err := Open(t.Context(), home)
			if err == nil {
				_ = s.Close()
			}
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestFullDiskLosesNothing(t *testing.T) {
	s := open(t, newHome(t))
	f := create(t, s)
	put(t, f, records, "kept", 1)
	// SQLite answers a full disk and a full database with the same code.
	if _, err := s.db.write.Exec(`PRAGMA max_page_count = 20`); err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("x", 60_000)
	err := f.Update(t.Context(), func(tx *Tx) error {
		return errors.Join(tx.Put(records, "small", 2), tx.Put(records, "big", big), tx.Put(records, "bigger", big+big))
	})
	if !errors.Is(err, ErrFull) {
		t.Fatalf("%v, want ErrFull", err)
	}
	if got := list(t, f, 0); len(got) != 1 || got[0].Name != "kept" || got[0].Value != 1 {
		t.Errorf("after the failure: %+v", got)
	}
	if _, err := s.db.write.Exec(`PRAGMA max_page_count = 100000`); err != nil {
		t.Fatal(err)
	}
	put(t, f, records, "big", big)
}

func TestHomeWithCharactersThatURLsUse(t *testing.T) {
	home := filepath.Join(t.TempDir(), "tietopyynnöt 100% #1 ?x=1&y")
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Skip("this file system takes no such name")
	}
	if err := InitKeys(home); err != nil {
		t.Fatal(err)
	}
	put(t, create(t, open(t, home)), records, "a", 1)
	if _, err := os.Stat(filepath.Join(home, "data", "sinusta.db")); err != nil {
		t.Error(err)
	}
}

// What the connection is told, it does.
func TestConnectionsOverwriteErasedPages(t *testing.T) {
	s := open(t, newHome(t))
	for pragma, want := range map[string]string{"secure_delete": "1", "temp_store": "2", "synchronous": "2", "journal_mode": "wal"} {
		var got string
		if err := s.db.write.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", pragma, got, err, want)
		}
	}
	if _, err := s.db.read.Exec(`DELETE FROM request`); err == nil {
		t.Error("the reading connections write")
	}
}

func BenchmarkUpdateAndEach(b *testing.B) {
	f := create(b, open(b, newHome(b)))
	v := person{Name: "Testinen, Tuuli", Note: strings.Repeat("x", 1500)}
	n := 0
	for b.Loop() {
		err := f.Update(b.Context(), func(tx *Tx) error {
			for range 100 {
				n++
				if err := tx.Put(records, fmt.Sprintf("ticket/INC%07d", n), v); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows-written/s")
	start := time.Now()
	if err := f.Each(b.Context(), records, 0, func(row Row) error { return row.Decode(&v) }); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), "rows-read/s")
}
