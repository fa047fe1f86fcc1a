package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestInitKeysRefusesToOverwrite(t *testing.T) {
	home := newHome(t)
	before, err := os.ReadFile(organisationKeyPath(home))
	if err != nil {
		t.Fatal(err)
	}
	if err := InitKeys(home); !errors.Is(err, os.ErrExist) {
		t.Errorf("%v, want os.ErrExist", err)
	}
	after, err := os.ReadFile(organisationKeyPath(home))
	if err != nil || string(after) != string(before) {
		t.Errorf("the key changed (%v)", err)
	}
}

func TestUnusableOrganisationKey(t *testing.T) {
	for _, c := range []struct {
		name   string
		break_ func(path string) error
		says   string
	}{
		{"missing", os.Remove, "restore"},
		{"empty", func(p string) error { return os.WriteFile(p, nil, 0o600) }, "restore"},
		{"damaged", func(p string) error { return os.WriteFile(p, []byte("AGE-SECRET-KEY-1DAMAGED\n"), 0o600) }, "restore"},
		{"open to others", func(p string) error { return os.Chmod(p, 0o640) }, "chmod 600"},
		{"folder open to others", func(p string) error { return os.Chmod(filepath.Dir(p), 0o777) }, "chmod 700"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.Contains(c.says, "chmod") {
				t.Skip("Windows has no such permissions")
			}
			home := newHome(t)
			if err := c.break_(organisationKeyPath(home)); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), home)
			if err == nil {
				_ = s.Close()
			}
			if !errors.Is(err, ErrNoKey) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want ErrNoKey with %q", err, c.says)
			}
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the message quotes the key file: %v", err)
			}
		})
	}
}

func TestUnusableRequestKey(t *testing.T) {
	home := newHome(t)
	s := open(t, home)
	f, other := create(t, s), create(t, s)
	put(t, f, records, "a", 1)
	path := s.keys.path(f.ID())
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	others, err := os.ReadFile(s.keys.path(other.ID()))
	if err != nil {
		t.Fatal(err)
	}
	strangers := newHome(t)
	foreign := create(t, open(t, strangers))
	foreignKey, err := os.ReadFile(filepath.Join(strangers, "keys", "requests", foreign.ID()+".age"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), good...)
	flipped[len(flipped)-1] ^= 1
	for _, c := range []struct {
		name string
		key  []byte
		want error
	}{
		{"gone", nil, ErrKeyGone},
		{"empty", []byte{}, ErrTampered},
		{"shortened", good[:len(good)-5], ErrTampered},
		{"one bit", flipped, ErrTampered},
		{"of another request", others, ErrTampered},
		{"of another organisation", foreignKey, ErrWrongKey},
	} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if c.key != nil {
			if err := os.WriteFile(path, c.key, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.File(t.Context(), f.ID()); !errors.Is(err, c.want) || !strings.Contains(err.Error(), f.ID()) {
			t.Errorf("%s: %v, want %v naming the request", c.name, err, c.want)
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again, err := s.File(t.Context(), f.ID())
	if err != nil {
		t.Fatalf("with the key restored: %v", err)
	}
	var v int
	if err := again.Get(t.Context(), records, "a", &v); err != nil || v != 1 {
		t.Errorf("with the key restored: %d, %v", v, err)
	}
}

func TestWrongOrganisationKey(t *testing.T) {
	home, stranger := newHome(t), newHome(t)
	s := open(t, home)
	f := create(t, s)
	key, err := os.ReadFile(organisationKeyPath(stranger))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(organisationKeyPath(home), key, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, home).File(t.Context(), f.ID()); !errors.Is(err, ErrWrongKey) {
		t.Errorf("%v, want ErrWrongKey", err)
	}
}
