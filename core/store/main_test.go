package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The test binary is also the other process: SINUSTA_STORE_CHILD names what it
// does, SINUSTA_STORE_HOME where.
func TestMain(m *testing.M) {
	switch child := os.Getenv("SINUSTA_STORE_CHILD"); child {
	case "":
		os.Exit(m.Run())
	case "write":
		childWrite(os.Getenv("SINUSTA_STORE_HOME"), os.Getenv("SINUSTA_STORE_REQUEST"))
	case "lock":
		childLock(os.Getenv("SINUSTA_STORE_HOME"), os.Getenv("SINUSTA_STORE_REQUEST"))
	case "open":
		childOpen(os.Getenv("SINUSTA_STORE_HOME"))
	default:
		fmt.Fprintln(os.Stderr, "unknown child", child)
		os.Exit(2)
	}
}

const (
	records     Table = "records"
	checkpoints Table = "checkpoints"
)

type person struct {
	Name string `json:"name"`
	Code string `json:"code"`
	Note string `json:"note,omitempty"`
}

// newHome makes an installation with a key, on t's temporary folder.
func newHome(t testing.TB) string {
	t.Helper()
	home := t.TempDir()
	if err := InitKeys(home); err != nil {
		t.Fatal(err)
	}
	return home
}

func open(t testing.TB, home string) *Store {
	t.Helper()
	s, err := Open(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func create(t testing.TB, s *Store) *File {
	t.Helper()
	f, err := s.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func put(t testing.TB, f *File, table Table, row string, v any) {
	t.Helper()
	if err := f.Update(t.Context(), func(tx *Tx) error { return tx.Put(table, row, v) }); err != nil {
		t.Fatal(err)
	}
}

// copyTree copies the files below from, for the owner alone.
func copyTree(t testing.TB, from, to string) {
	t.Helper()
	for path, data := range readAll(t, from) {
		rel, err := filepath.Rel(from, path)
		if err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(to, rel)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// readAll gives the content of every file below dir, by its name.
func readAll(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// childBatch is how many records childWrite puts into one transaction.
const childBatch = 7

// childWrite adds batches until it is killed, and says which were stored.
func childWrite(home, request string) {
	ctx := context.Background()
	s, err := Open(ctx, home)
	exitOn(err)
	f, err := s.File(ctx, request)
	exitOn(err)
	for batch := 1; ; batch++ {
		exitOn(f.Update(ctx, func(tx *Tx) error {
			for i := range childBatch {
				name := fmt.Sprintf("record/%d/%d", batch, i)
				if err := tx.Put(records, name, person{Name: "Testinen, Tuuli", Note: name}); err != nil {
					return err
				}
			}
			return tx.Put(checkpoints, "source", batch)
		}))
		fmt.Println(batch)
	}
}

// childLock holds the request until its standard input ends or it is killed.
func childLock(home, request string) {
	ctx := context.Background()
	s, err := Open(ctx, home)
	exitOn(err)
	f, err := s.File(ctx, request)
	exitOn(err)
	_, err = f.Lock(ctx)
	exitOn(err)
	fmt.Println("locked")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// childOpen opens the store and adds a row, and gives the errors as JSON.
func childOpen(home string) {
	var a answer
	note := func(err error) {
		if err != nil {
			a.Errors = append(a.Errors, err.Error())
			a.ReadOnly = a.ReadOnly || errors.Is(err, ErrReadOnly)
		}
	}
	s, err := Open(context.Background(), home)
	note(err)
	if err == nil {
		_, err = s.Create(context.Background())
		note(err)
	}
	exitOn(json.NewEncoder(os.Stdout).Encode(a))
	os.Exit(0)
}

// answer is what childOpen says.
type answer struct {
	Errors   []string `json:"errors"`
	ReadOnly bool     `json:"readonly"`
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
