package store

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// raw opens the database beside the store, as an attacker with a copy would.
func raw(t *testing.T, home string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(home, "data", "sinusta.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func exec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	res, err := db.Exec(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", query, n, err)
	}
}

func TestChangedBlobsAreDetected(t *testing.T) {
	const secret = "Testinen, Tuuli"
	for _, c := range []struct{ name, change string }{
		{"swapped between rows", `UPDATE sealed SET blob = (SELECT blob FROM sealed WHERE seq = 2) WHERE seq = 1`},
		{"swapped between tables", `UPDATE sealed SET blob = (SELECT blob FROM sealed WHERE seq = 3) WHERE seq = 1`},
		{"swapped between requests", `UPDATE sealed SET blob = (SELECT blob FROM sealed WHERE seq = 4) WHERE seq = 1`},
		{"row moved to another table", `UPDATE sealed SET tab = 'records', id = x'00' WHERE seq = 3`},
		{"row moved to another request", `UPDATE sealed SET request = 1, id = x'01' WHERE seq = 4`},
		{"row id and blob moved", `UPDATE sealed SET request = 1 , tab = 'records' WHERE seq = 5`},
		{"row id replaced", `UPDATE sealed SET id = x'0102' WHERE seq = 1`},
		{"truncated", `UPDATE sealed SET blob = substr(blob, 1, length(blob) - 1) WHERE seq = 1`},
		{"truncated to the nonce", `UPDATE sealed SET blob = substr(blob, 1, 12) WHERE seq = 1`},
		{"empty", `UPDATE sealed SET blob = x'' WHERE seq = 1`},
		{"one bit", `UPDATE sealed SET blob = CAST(substr(blob, 1, 20) ||
			(CASE hex(substr(blob, 21, 1)) WHEN '00' THEN x'01' ELSE x'00' END) || substr(blob, 22) AS BLOB) WHERE seq = 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := newHome(t)
			s := open(t, home)
			first, second := create(t, s), create(t, s)
			put(t, first, records, "a", person{Name: secret})
			put(t, first, records, "b", person{Name: secret})
			put(t, first, checkpoints, "a", person{Name: secret})
			put(t, second, records, "a", person{Name: secret})
			put(t, second, checkpoints, "c", person{Name: secret})
			exec(t, raw(t, home), c.change)
			err := first.Each(t.Context(), records, 0, func(Row) error { return nil })
			if !errors.Is(err, ErrTampered) {
				t.Fatalf("%v, want ErrTampered", err)
			}
			if m := err.Error(); !strings.Contains(m, "table records, row ") || strings.Contains(m, "Tuuli") {
				t.Errorf("message: %s", m)
			}
		})
	}
}

func TestChangedBlobIsDetectedByGet(t *testing.T) {
	home := newHome(t)
	f := create(t, open(t, home))
	put(t, f, records, "a", 1)
	put(t, f, records, "b", 2)
	exec(t, raw(t, home), `UPDATE sealed SET blob = (SELECT blob FROM sealed WHERE seq = 2) WHERE seq = 1`)
	var v int
	if err := f.Get(t.Context(), records, "a", &v); !errors.Is(err, ErrTampered) {
		t.Errorf("%v, want ErrTampered", err)
	}
	err := f.Update(t.Context(), func(tx *Tx) error { return tx.Get(records, "a", &v) })
	if !errors.Is(err, ErrTampered) {
		t.Errorf("in a transaction: %v, want ErrTampered", err)
	}
}

func TestNothingIsOnDiskInClear(t *testing.T) {
	home := newHome(t)
	s := open(t, home)
	f := create(t, s)
	secrets := []string{"Testinen", "Tuuli", "010190-900P", "tuuli.testinen@example.fi", "INC0099887", "HAM-2026-77"}
	p := person{Name: "Testinen, Tuuli", Code: "010190-900P", Note: "tuuli.testinen@example.fi HAM-2026-77"}
	for i := range 50 {
		put(t, f, records, "ticket/INC0099887", p)
		put(t, f, records, "ticket/INC0099887/"+strings.Repeat("x", i), p)
	}
	if err := f.Update(t.Context(), func(tx *Tx) error { return tx.Delete(records, "ticket/INC0099887") }); err != nil {
		t.Fatal(err)
	}
	files := readAll(t, home)
	for _, must := range []string{"sinusta.db", "sinusta.db-wal", "sinusta.db-shm", f.ID() + ".age"} {
		found := false
		for path := range files {
			found = found || filepath.Base(path) == must
		}
		if !found {
			t.Errorf("%s was not searched; files: %d", must, len(files))
		}
	}
	// The request's key must be nowhere in clear, in any notation.
	key, err := s.keys.open(f.ID())
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, string(key), hex.EncodeToString(key))
	for path, data := range files {
		for i, secret := range secrets {
			if bytes.Contains(bytes.ToLower(data), bytes.ToLower([]byte(secret))) {
				t.Errorf("%s holds secret %d in clear", filepath.Base(path), i)
			}
		}
		if runtime.GOOS == "windows" {
			continue
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v, %v", filepath.Base(path), info.Mode(), err)
		}
	}
}

func TestEqualRowsOfTwoRequestsLookDifferent(t *testing.T) {
	home := newHome(t)
	s := open(t, home)
	for range 2 {
		put(t, create(t, s), records, "same", "same")
	}
	var ids, blobs int
	if err := raw(t, home).QueryRow(`SELECT count(DISTINCT id), count(DISTINCT blob) FROM sealed`).Scan(&ids, &blobs); err != nil {
		t.Fatal(err)
	}
	if ids != 2 || blobs != 2 {
		t.Errorf("%d row ids and %d blobs, want 2 and 2", ids, blobs)
	}
}
