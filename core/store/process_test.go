package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// child starts the test binary as another process on home.
func child(t *testing.T, what, home, request string) (*osexec.Cmd, *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), "SINUSTA_STORE_CHILD="+what, "SINUSTA_STORE_HOME="+home, "SINUSTA_STORE_REQUEST="+request)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, bufio.NewScanner(out)
}

func TestKilledWriterLeavesWholeBatches(t *testing.T) {
	home := newHome(t)
	f := create(t, open(t, home))
	stored := 0
	for round := range 6 {
		cmd, lines := child(t, "write", home, f.ID())
		said := 0
		for n := 1 + rand.IntN(12); said < n; {
			if !lines.Scan() {
				t.Fatal("the writer ended by itself")
			}
			var err error
			if said, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before it died was stored too
			said, _ = strconv.Atoi(lines.Text())
		}
		_ = cmd.Wait()
		var batch int
		if err := f.Get(t.Context(), checkpoints, "source", &batch); err != nil {
			t.Fatal(err)
		}
		n, err := f.Count(t.Context(), records)
		if err != nil {
			t.Fatal(err)
		}
		// Batches of an earlier round have the same names.
		stored = max(stored, batch)
		if batch < said || batch > said+1 || n != stored*childBatch {
			t.Fatalf("round %d: checkpoint %d, %d said, %d records of batches of %d", round, batch, said, n, childBatch)
		}
		if err := f.Each(t.Context(), records, 0, func(row Row) error { return row.Decode(&person{}) }); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLockExcludesRunsAndDiesWithItsProcess(t *testing.T) {
	home := newHome(t)
	s := open(t, home)
	f, other := create(t, s), create(t, s)
	cmd, lines := child(t, "lock", home, f.ID())
	if !lines.Scan() || lines.Text() != "locked" {
		t.Fatal("the other process got no lock")
	}
	_, err := f.Lock(t.Context())
	if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), f.ID()) {
		t.Errorf("%v, want ErrBusy naming the request", err)
	}
	unlock, err := other.Lock(t.Context())
	if err != nil {
		t.Fatalf("another request: %v", err)
	}
	if _, err := other.Lock(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("twice in one process: %v, want ErrBusy", err)
	}
	unlock()
	unlock() // harmless
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	unlock, err = f.Lock(t.Context())
	if err != nil {
		t.Fatalf("after the other process was killed: %v", err)
	}
	unlock()
}

func TestTwoRequestsWrittenAtOnceDoNotMix(t *testing.T) {
	home := newHome(t)
	const batches, size = 25, 20
	stores := []*Store{open(t, home), open(t, home)} // two, as two processes have
	var files []*File
	for i := range 4 {
		files = append(files, create(t, stores[i%2]))
	}
	var wg sync.WaitGroup
	for i, f := range files {
		wg.Go(func() {
			for b := range batches {
				err := f.Update(t.Context(), func(tx *Tx) error {
					for r := range size {
						if err := tx.Put(records, fmt.Sprintf("%d/%d", b, r), i); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	for i, f := range files {
		n := 0
		err := f.Each(t.Context(), records, 0, func(row Row) error {
			n++
			var v int
			if err := row.Decode(&v); err != nil || v != i {
				return fmt.Errorf("row of %d in %d (%w)", v, i, err)
			}
			return nil
		})
		if err != nil || n != batches*size {
			t.Errorf("request %d: %d rows, %v", i, n, err)
		}
	}
}

func TestManyProcessesOpenANewStoreAtOnce(t *testing.T) {
	home := newHome(t)
	var cmds []*osexec.Cmd
	var outs []*bufio.Scanner
	for range 4 {
		cmd, out := child(t, "open", home, "")
		cmds, outs = append(cmds, cmd), append(outs, out)
	}
	for i, out := range outs {
		if !out.Scan() || !bytes.Contains(out.Bytes(), []byte(`"errors":null`)) {
			t.Errorf("process %d: %s", i, out.Text())
		}
		if err := cmds[i].Wait(); err != nil {
			t.Error(err)
		}
	}
	if ids, err := open(t, home).Requests(t.Context()); err != nil || len(ids) != 4 {
		t.Errorf("%d requests, %v", len(ids), err)
	}
}
