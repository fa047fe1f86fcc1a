package audit

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

// A crash in the middle of an append leaves a beginning of the lines and of
// their hashes: at every point the whole lines stay, and the next append goes on.
func TestCrashAtAnyByteOfAnAppend(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	fillLog(t, l, 7)
	before := checkpoint(t, l)
	fillLog(t, l, 2)
	old, oldHashes := read(t, entriesPath(home)), read(t, hashesPath(home))
	fillLog(t, l, 3)
	all, allHashes := read(t, entriesPath(home)), read(t, hashesPath(home))
	crashed := copyHome(t, home)
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.IntRange(len(old), len(all)).Draw(r, "entries")
		hashes := len(oldHashes)
		if size == len(all) { // hashes come after the lines
			hashes = rapid.IntRange(len(oldHashes), len(allHashes)).Draw(r, "hashes")
		}
		left := bytes.Clone(all[:size])
		if rapid.Bool().Draw(r, "zeros") && size < len(all) { // the file grew, and its block was not written
			left = append(left, make([]byte, len(all)-size)...)
		}
		write(t, entriesPath(crashed), left)
		write(t, hashesPath(crashed), allHashes[:hashes])
		whole := int64(bytes.Count(all[:size], []byte("\n")))
		seen := size == len(old) || size == len(all) || bytes.Equal(left, all)
		res, err := Verify(crashed, &before)
		if err != nil || !res.OK() || !seen && len(res.Unfinished) == 0 {
			r.Fatalf("%+v, %v", res, err)
		}
		after, err := Open(crashed)
		if err != nil {
			r.Fatal(err)
		}
		n, err := after.Append(context.Background(), entry(1))
		if err != nil {
			r.Fatal(err)
		}
		if res = examine(r, crashed, &before); !res.OK() || len(res.Unfinished) > 0 || n < whole || n > whole+2 || res.Entries != n+1 {
			r.Fatalf("%d whole lines, appended %d: %+v", whole, n, res)
		}
		if !bytes.HasPrefix(read(t, entriesPath(crashed)), all[:bytes.LastIndexByte(all[:size], '\n')+1]) {
			r.Fatal("a whole line was lost")
		}
		repaired := false
		for e, err := range after.Entries(context.Background(), Filter{Verb: LogRepaired}) {
			repaired = err == nil && e.Outcome == Done && len(e.Counts) > 0
		}
		if repaired != (len(left) != len(old) && len(left) != len(all) || hashes != len(allHashes) && size == len(all) || len(left) == len(all) && size != len(all)) {
			r.Fatalf("repair told: %v", repaired)
		}
	})
}

func TestCrashBetweenEffectAndItsEnd(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	end, err := l.Begin(t.Context(), entry(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Begin(t.Context(), entry(2)); err != nil { // and the process dies
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	last, err := l.Begin(ctx, entry(3))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := errors.Join(end(Done, Counts{"records": 3}), end(Failed, nil), last("timed_out", nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(ctx, entry(4)); !errors.Is(err, context.Canceled) {
		t.Errorf("an append after the end of its context: %v", err)
	}
	res := verified(t, home, nil)
	if res.Entries != 5 || len(res.Open) != 1 || res.Open[0] != 1 {
		t.Errorf("%+v", res)
	}
	var got []Entry
	for e, err := range l.Entries(t.Context(), Filter{From: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if len(got) != 2 || got[0].Phase != End || *got[0].Of != 0 || got[0].Outcome != Done || got[0].Counts["records"] != 3 ||
		*got[1].Of != 2 || got[1].Outcome != "timed_out" || got[1].Object != "V3" {
		t.Errorf("%+v", got)
	}
}

func TestCrashBetweenAnnouncementAndCheckpoint(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	fillLog(t, l, 4)
	c := checkpoint(t, l)
	path := filepath.Join(checkpointsPath(home), checkpointName(c.Size))
	if err := errors.Join(os.Remove(path), os.Remove(anchorPath(home))); err != nil {
		t.Fatal(err)
	}
	if res := verified(t, home, nil); len(res.Unfinished) != 1 || res.Unfinished[0].Kind != CheckpointRemoved {
		t.Errorf("%+v", res)
	}
	fillLog(t, l, 1)
	if res := verified(t, home, &c); len(res.Unfinished) != 0 || res.Checkpoints != 2 { // the file, and the one given
		t.Errorf("%+v", res)
	}
	if again, err := l.CheckpointOf(c.Size); err != nil || again.Note != c.Note || c.Time.IsZero() {
		t.Errorf("%+v, %v, want the same checkpoint", again, err)
	}
}

func TestFullDisk(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	fillLog(t, l, 3)
	for _, stored := range []int{0, 1, 100} {
		l.write = func(f *os.File, b []byte, off int64) (int, error) {
			n, _ := f.WriteAt(b[:stored], off)
			return n, &os.PathError{Op: "write", Path: "audit/entries.jsonl", Err: syscall.ENOSPC}
		}
		_, err := l.Begin(t.Context(), entry(9))
		if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "make room") || strings.Contains(err.Error(), "Testinen") {
			t.Errorf("%v, want ErrFull with its remedy", err)
		}
		if res := verified(t, home, nil); res.Entries != 3 || len(res.Unfinished) > 0 {
			t.Errorf("%+v", res)
		}
	}
	l.write = (*os.File).WriteAt
	if n, err := l.Append(t.Context(), entry(1)); n != 3 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// The log does not go on over an end that no crash can have made.
func TestAppendRefusesADamagedEnd(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	fillLog(t, l, 6)
	good := read(t, entriesPath(home))
	starts := bytes.LastIndexByte(good[:len(good)-1], '\n') + 1
	for name, bad := range map[string][]byte{
		"last entry removed":  good[:starts],
		"last entry cut":      good[:len(good)-9],
		"last entry changed":  bytes.Replace(good, []byte(`"keys":5`), []byte(`"keys":6`), 1),
		"line added":          append(bytes.Clone(good), "{}\n"...),
		"all entries removed": nil,
	} {
		write(t, entriesPath(home), bad)
		if _, err := l.Append(t.Context(), entry(1)); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "audit verify") {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
		if res, err := Verify(home, nil); err != nil || res.OK() {
			t.Errorf("%s: verify: %+v, %v", name, res, err)
		}
		if !bytes.Equal(read(t, entriesPath(home)), bad) {
			t.Errorf("%s: the evidence was changed", name)
		}
	}
	write(t, entriesPath(home), good)
	checkpoint(t, l)
	if err := os.RemoveAll(filepath.Dir(entriesPath(home))); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(home); !errors.Is(err, ErrDamaged) {
		t.Errorf("open without the folder: %v", err)
	}
	if res, err := Verify(home, nil); err != nil || len(res.Faults) == 0 || res.Faults[0].Kind != LogTruncated || res.Faults[0].Last != 6 {
		t.Errorf("%+v, %v", res, err)
	}
}

// A checkpoint is not signed over a tree that has lost what the one before covers.
func TestCheckpointRefusesAChangedTree(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	fillLog(t, l, 10)
	checkpoint(t, l)
	fillLog(t, l, 3)
	hashes := read(t, hashesPath(home))
	hashes[hashesSize(8)-1] ^= 1 // the root of the first eight
	write(t, hashesPath(home), hashes)
	if _, err := l.Checkpoint(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
}
