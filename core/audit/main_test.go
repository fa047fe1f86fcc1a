package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// The test binary is also the other process: SINUSTA_AUDIT_CHILD names what it
// does, SINUSTA_AUDIT_HOME where.
func TestMain(m *testing.M) {
	home := os.Getenv("SINUSTA_AUDIT_HOME")
	switch child := os.Getenv("SINUSTA_AUDIT_CHILD"); child {
	case "":
		os.Exit(m.Run())
	case "append":
		childAppend(home, os.Getenv("SINUSTA_AUDIT_COUNT"))
	case "forever":
		childForever(home)
	case "account":
		l, err := Open(home)
		exitOn(err)
		fmt.Println(l.Account())
	case "open":
		l, err := Open(home)
		if err == nil {
			_, err = l.Append(context.Background(), entry(0))
		}
		fmt.Println(errors.Is(err, ErrReadOnly), err)
	default:
		fmt.Fprintln(os.Stderr, "unknown child", child)
		os.Exit(2)
	}
}

// childAppend appends from several goroutines, and says the indexes.
func childAppend(home, count string) {
	n, err := strconv.Atoi(count)
	exitOn(err)
	l, err := Open(home)
	exitOn(err)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 4 {
		wg.Go(func() {
			for i := range n {
				index, err := l.Append(context.Background(), entry(i))
				exitOn(err)
				mu.Lock()
				fmt.Println(index)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	exitOn(l.Close(context.Background()))
}

// childForever appends effects and checkpoints until it is killed, and says
// what was acknowledged.
func childForever(home string) {
	l, err := Open(home)
	exitOn(err)
	for i := 0; ; i++ {
		end, err := l.Begin(context.Background(), entry(i))
		exitOn(err)
		exitOn(end(Done, Counts{"records": int64(i)}))
		n, err := l.Append(context.Background(), entry(i))
		exitOn(err)
		fmt.Println(n)
		if i%3 == 2 {
			_, err := l.Checkpoint(context.Background())
			exitOn(err)
		}
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// entry makes the i-th entry of a test.
func entry(i int) Entry {
	return Entry{Actor: "Testinen, Tuuli", Role: "handler", Request: "r" + strconv.Itoa(i%3), Purpose: PurposeAccess,
		Verb: SourceAsked, Object: "V" + strconv.Itoa(i%7), Counts: Counts{"keys": int64(i)}}
}

// newHome makes an installation with keys.
func newHome(t testing.TB) string {
	t.Helper()
	home := t.TempDir()
	if err := InitKeys(home); err != nil {
		t.Fatal(err)
	}
	return home
}

func open(t testing.TB, home string) *Log {
	t.Helper()
	l, err := Open(home)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// fillLog appends n entries in as few writes as possible.
func fillLog(t testing.TB, l *Log, n int) {
	t.Helper()
	for done := 0; done < n; {
		var batch []*waiting
		for ; done < n && len(batch) < batchSize; done++ {
			batch = append(batch, &waiting{entry: entry(done)})
		}
		if err := l.commit(batch); err != nil {
			t.Fatal(err)
		}
	}
}

func checkpoint(t testing.TB, l *Log) Checkpoint {
	t.Helper()
	c, err := l.Checkpoint(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// verified fails when the log of home is not whole.
func verified(t testing.TB, home string, from *Checkpoint) Result {
	t.Helper()
	res, err := Verify(home, from)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Err(); err != nil {
		t.Fatalf("%v; all: %v", err, res.Faults)
	}
	return res
}

// copyTree copies the files below from that are not the same in to, for the
// owner alone.
func copyTree(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if there, err := os.ReadFile(filepath.Join(to, rel)); err == nil && bytes.Equal(there, data) {
			return nil
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// copyHome gives a copy of an installation.
func copyHome(t testing.TB, home string) string {
	t.Helper()
	copied := t.TempDir()
	copyTree(t, home, copied)
	return copied
}

// copyKeys gives an installation the keys of another.
func copyKeys(t testing.TB, from, to string) {
	t.Helper()
	copyTree(t, filepath.Join(from, "keys"), filepath.Join(to, "keys"))
	if err := os.Remove(anchorPath(to)); err != nil {
		t.Fatal(err)
	}
}
