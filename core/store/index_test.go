package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTheIndexHasAKeyOfItsOwn(t *testing.T) {
	s := open(t, newHome(t))
	a, b := create(t, s), create(t, s)
	again, err := s.File(t.Context(), a.ID())
	if err != nil {
		t.Fatal(err)
	}
	key := a.IndexPlace().Key
	if len(key) != keySize || !bytes.Equal(key, again.IndexPlace().Key) || a.IndexPlace().Dir != again.IndexPlace().Dir {
		t.Error("the place of an index is not the same each time")
	}
	requestKey, err := s.keys.open(a.ID())
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string][]byte{"another request's": b.IndexPlace().Key, "the request's": requestKey, "the row ids'": a.seal.idKey} {
		if bytes.Equal(key, other) {
			t.Errorf("the key of the index is %s key", name)
		}
	}
	key[0]++
	if bytes.Equal(key, a.IndexPlace().Key) {
		t.Error("a caller can change the key")
	}
}

func TestEraseRemovesTheIndex(t *testing.T) {
	home := newHome(t)
	s := open(t, home)
	kept, erased := create(t, s), create(t, s)
	for _, f := range []*File{kept, erased} {
		if err := os.MkdirAll(filepath.Join(f.IndexPlace().Dir, "a"), 0o700); err != nil {
			t.Fatal(err)
		}
		unlock, err := f.LockIndex(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}
	if err := s.Erase(t.Context(), erased.ID()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{erased.IndexPlace().Dir, s.indexLockPath(erased.ID())} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if _, err := os.Stat(kept.IndexPlace().Dir); err != nil {
		t.Error(err)
	}
}

func TestTheIndexIsLockedForOne(t *testing.T) {
	f := create(t, open(t, newHome(t)))
	unlock, err := f.LockIndex(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.LockIndex(ctx); !errors.Is(err, ErrBusy) {
		t.Errorf("%v, want ErrBusy", err)
	}
	unlock()
	unlock, err = f.LockIndex(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestVersionChangesWithEveryPut(t *testing.T) {
	f := create(t, open(t, newHome(t)))
	versions := func() map[string]string {
		out := map[string]string{}
		if err := f.Each(t.Context(), records, 0, func(r Row) error { out[r.Name] = r.Version; return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	put(t, f, records, "a", 1)
	put(t, f, records, "b", 1)
	first := versions()
	if len(first) != 2 || len(first["a"]) != nonceSize || first["a"] == first["b"] {
		t.Fatalf("%d versions", len(first))
	}
	put(t, f, records, "b", 1)
	if second := versions(); second["a"] != first["a"] || second["b"] == first["b"] {
		t.Error("the versions do not follow what was put")
	}
}
