package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestErasedRequestIsUnreadableInEveryCopy(t *testing.T) {
	home := newHome(t)
	s := open(t, home)
	kept, erased := create(t, s), create(t, s)
	put(t, kept, records, "a", 1)
	put(t, erased, records, "a", 2)
	before := filepath.Join(t.TempDir(), "data")
	copyTree(t, filepath.Join(home, "data"), before)
	if err := s.Erase(t.Context(), erased.ID()); err != nil {
		t.Fatal(err)
	}
	if err := erased.Update(t.Context(), func(tx *Tx) error { return tx.Put(records, "b", 3) }); !errors.Is(err, ErrNotFound) {
		t.Errorf("a run that still holds the key wrote on: %v", err)
	}
	if _, err := s.File(t.Context(), erased.ID()); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
	if _, err := os.Stat(s.lockPath(erased.ID())); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its lock file: %v", err)
	}
	if wal, err := os.Stat(filepath.Join(home, "data", "sinusta.db-wal")); err != nil || wal.Size() != 0 {
		t.Errorf("the journal still holds older pages (%v)", err)
	}
	var rows int
	if err := raw(t, home).QueryRow(`SELECT count(*) FROM sealed`).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows (%v), want the 1 of the other request", rows, err)
	}
	// The copy of data/ comes back; the keys are as they are now.
	restored := t.TempDir()
	copyTree(t, before, filepath.Join(restored, "data"))
	copyTree(t, filepath.Join(home, "keys"), filepath.Join(restored, "keys"))
	old := open(t, restored)
	if ids, err := old.Requests(t.Context()); err != nil || len(ids) != 2 {
		t.Fatalf("the copy holds %d requests (%v), want 2", len(ids), err)
	}
	if _, err := old.File(t.Context(), erased.ID()); !errors.Is(err, ErrKeyGone) {
		t.Errorf("%v, want ErrKeyGone", err)
	}
	again, err := old.File(t.Context(), kept.ID())
	if err != nil {
		t.Fatal(err)
	}
	var v int
	if err := again.Get(t.Context(), records, "a", &v); err != nil || v != 1 {
		t.Errorf("the other request in the copy: %d, %v", v, err)
	}
	if err := old.Erase(t.Context(), erased.ID()); err != nil {
		t.Errorf("erasing what the copy brought back: %v", err)
	}
}

func TestEraseMayBeRepeatedAndNeedsNoKey(t *testing.T) {
	s := open(t, newHome(t))
	for _, c := range []struct {
		name   string
		break_ func(path string) error
	}{
		{"twice", func(string) error { return nil }},
		{"key gone", os.Remove},
		{"key damaged", func(p string) error { return os.WriteFile(p, []byte("x"), 0o600) }},
	} {
		f := create(t, s)
		put(t, f, records, "a", 1)
		if err := c.break_(s.keys.path(f.ID())); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Erase(t.Context(), f.ID()); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if _, err := os.Stat(s.keys.path(f.ID())); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the wrapped key: %v", c.name, err)
		}
	}
	if ids, err := s.Requests(t.Context()); err != nil || len(ids) != 0 {
		t.Errorf("%d requests left (%v)", len(ids), err)
	}
}

func TestEraseRefusesARequestThatIsRun(t *testing.T) {
	s := open(t, newHome(t))
	f := create(t, s)
	unlock, err := f.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(t.Context(), f.ID()); !errors.Is(err, ErrBusy) {
		t.Errorf("%v, want ErrBusy", err)
	}
	if _, err := s.File(t.Context(), f.ID()); err != nil {
		t.Errorf("the refused erasure changed something: %v", err)
	}
	unlock()
	if err := s.Erase(t.Context(), f.ID()); err != nil {
		t.Error(err)
	}
}
