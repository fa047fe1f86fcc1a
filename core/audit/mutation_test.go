package audit

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// sampleLog is a log with checkpoints on the way and entries behind the last.
type sampleLog struct {
	home    string
	copy    string // for mutant
	entries int
	signed  []int64
	last    Checkpoint
	lines   [][]byte
}

func newSample(t *testing.T) *sampleLog {
	s := &sampleLog{home: newHome(t)}
	l := open(t, s.home)
	for _, n := range []int{5, 1, 9, 17, 3} {
		fillLog(t, l, n)
		s.last = checkpoint(t, l)
		s.signed = append(s.signed, s.last.Size)
	}
	fillLog(t, l, 6)
	s.lines = bytes.SplitAfter(bytes.TrimSuffix(read(t, entriesPath(s.home)), []byte("\n")), []byte("\n"))
	s.entries = len(s.lines)
	s.lines[s.entries-1] = append(s.lines[s.entries-1], '\n')
	if res := verified(t, s.home, nil); res.Entries != int64(s.entries) || res.Checkpoints != 5 || !res.Keyed || len(res.Unfinished) > 0 {
		t.Fatalf("%+v", res)
	}
	return s
}

// mutant gives a copy of the log to be changed, until the next call; without
// its secret key if so drawn.
func (s *sampleLog) mutant(t *rapid.T, tt *testing.T) (home string, keyed bool) {
	if s.copy == "" {
		s.copy = tt.TempDir()
	}
	home = s.copy
	copyTree(tt, s.home, home)
	keyed = rapid.Bool().Draw(t, "keyed")
	if !keyed {
		if err := os.Remove(keyPath(home)); err != nil {
			t.Fatal(err)
		}
	}
	return home, keyed
}

func examine(t *rapid.T, home string, from *Checkpoint) Result {
	res, err := Verify(home, from)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return res
}

// wantFault fails unless res names a fault of one of the kinds that covers the entry.
func wantFault(t *rapid.T, res Result, index int, kinds ...FaultKind) {
	for _, f := range res.Faults {
		if slices.Contains(kinds, f.Kind) && f.Index <= int64(index) && int64(index) <= f.Last {
			if f.Last-f.Index > 16 && !slices.Contains([]FaultKind{LogTruncated, HashChanged, HashesMissing}, f.Kind) {
				t.Fatalf("entry %d is named only among many: %v", index, f)
			}
			return
		}
	}
	t.Fatalf("entry %d: found %v, unfinished %v, want one of %v", index, res.Faults, res.Unfinished, kinds)
}

// wantMoved fails unless res names at most so many entries as moved, and these
// ones; of neighbours either may be the one.
func wantMoved(t *rapid.T, res Result, i, j, most int, entries ...int) {
	near := max(i, j)-min(i, j) <= most
	for _, f := range res.Faults {
		if f.Kind != EntryMoved || !near && !slices.Contains(entries, int(f.Index)) {
			t.Fatalf("%d to %d: %v", i, j, res.Faults)
		}
	}
	if len(res.Faults) == 0 || len(res.Faults) > most {
		t.Fatalf("%d to %d: %v", i, j, res.Faults)
	}
}

func TestAnyChangeOfEntriesIsNamed(t *testing.T) {
	s := newSample(t)
	signed := int(s.last.Size)
	rapid.Check(t, func(r *rapid.T) {
		home, keyed := s.mutant(r, t)
		// Without the key the entries behind the last checkpoint have their hashes
		// alone, which the mutations of this test leave as they are.
		bound := s.entries
		if !keyed {
			bound = signed
		}
		lines := slices.Clone(s.lines)
		i := rapid.IntRange(0, bound-1).Draw(r, "i")
		j := rapid.IntRange(0, bound-1).Filter(func(j int) bool { return j != i }).Draw(r, "j")
		what := rapid.SampledFrom([]string{"byte", "remove", "duplicate", "swap", "move", "insert", "replace", "truncate"}).Draw(r, "what")
		var check func(Result)
		named := func(index int, kinds ...FaultKind) { check = func(res Result) { wantFault(r, res, index, kinds...) } }
		switch what {
		case "byte":
			line := bytes.Clone(lines[i])
			at := rapid.IntRange(0, len(line)-1).Draw(r, "at")
			line[at] ^= byte(rapid.IntRange(1, 255).Draw(r, "xor"))
			lines[i] = line
			named(i, EntryChanged, LogTruncated)
			if number := bytes.IndexByte(line, ','); at >= len(indexPart) && at < number {
				// A line with the number of another entry looks like that entry in the place
				// of this one.
				named(i, EntryChanged, EntryRemoved, LogTruncated)
			}
		case "replace": // by another entry of the same log
			lines[i] = lines[j]
			named(i, EntryRemoved, EntryChanged, LogTruncated)
		case "remove":
			lines = slices.Delete(lines, i, i+1)
			named(i, EntryRemoved, LogTruncated)
		case "duplicate":
			lines = slices.Insert(lines, j, lines[i])
			check = func(res Result) {
				if len(res.Faults) == 0 || res.Faults[0].Kind != EntryInserted {
					r.Fatalf("copy of %d before %d: %v", i, j, res.Faults)
				}
			}
		case "swap":
			lines[i], lines[j] = lines[j], lines[i]
			check = func(res Result) { wantMoved(r, res, i, j, 2, i, j) }
		case "move":
			line := lines[i]
			lines = slices.Insert(slices.Delete(lines, i, i+1), j, line)
			check = func(res Result) { wantMoved(r, res, i, j, 1, i) }
		case "insert": // of a line with another key's MAC, or none
			forged := bytes.Replace(lines[j], []byte(`"handler"`), []byte(`"auditor"`), 1)
			if rapid.Bool().Draw(r, "junk") {
				forged = []byte("junk\n")
			}
			lines = slices.Insert(lines, i, forged)
			named(i, EntryInserted)
		case "truncate":
			lines = lines[:i]
			named(i, LogTruncated)
			if i == 0 {
				named(s.entries-1, LogTruncated)
			}
		}
		write(t, entriesPath(home), bytes.Join(lines, nil))
		check(examine(r, home, nil))
	})
}

func TestTruncatedBytesAreNamed(t *testing.T) {
	s := newSample(t)
	all := bytes.Join(s.lines, nil)
	rapid.Check(t, func(r *rapid.T) {
		home, _ := s.mutant(r, t)
		size := rapid.IntRange(0, len(all)-1).Draw(r, "size")
		write(t, entriesPath(home), all[:size])
		wantFault(r, examine(r, home, nil), bytes.Count(all[:size], []byte("\n")), EntryChanged, LogTruncated)
	})
}

func TestAnyChangeOfHashesIsNamed(t *testing.T) {
	s := newSample(t)
	good := read(t, hashesPath(s.home))
	signedHashes := int(tlog.StoredHashCount(s.last.Size))
	rapid.Check(t, func(r *rapid.T) {
		home, _ := s.mutant(r, t)
		hashes := bytes.Clone(good)
		i := rapid.IntRange(0, signedHashes-1).Draw(r, "i")
		j := rapid.IntRange(0, signedHashes-1).Filter(func(j int) bool { return j != i }).Draw(r, "j")
		level, n := tlog.SplitStoredHashIndex(int64(i))
		kinds := []FaultKind{HashChanged}
		hash := func(i int) []byte { return hashes[i*tlog.HashSize : (i+1)*tlog.HashSize] }
		switch rapid.SampledFrom([]string{"byte", "remove", "duplicate", "swap", "insert", "truncate"}).Draw(r, "what") {
		case "byte":
			hash(i)[rapid.IntRange(0, tlog.HashSize-1).Draw(r, "at")] ^= 0x10
		case "remove":
			hashes = slices.Delete(hashes, i*tlog.HashSize, (i+1)*tlog.HashSize)
		case "duplicate", "insert":
			hashes = slices.Insert(hashes, i*tlog.HashSize, bytes.Clone(hash(j))...)
		case "swap":
			old := bytes.Clone(hash(i))
			copy(hash(i), hash(j))
			copy(hash(j), old)
		case "truncate":
			hashes = hashes[:rapid.IntRange(i*tlog.HashSize, (i+1)*tlog.HashSize-1).Draw(r, "size")]
			kinds = []FaultKind{HashesMissing}
		}
		write(t, hashesPath(home), hashes)
		wantFault(r, examine(r, home, nil), int((n+1)<<level-1), kinds...)
	})
}

func TestAnyChangeOfCheckpointsIsNamed(t *testing.T) {
	s := newSample(t)
	other := newSample(t)
	rapid.Check(t, func(r *rapid.T) {
		home, _ := s.mutant(r, t)
		size := rapid.SampledFrom(s.signed).Draw(r, "size")
		path := filepath.Join(checkpointsPath(home), checkpointName(size))
		text := read(t, path)
		kind := CheckpointChanged
		switch rapid.SampledFrom([]string{"byte", "remove", "empty", "other size", "other log"}).Draw(r, "what") {
		case "byte":
			text[rapid.IntRange(0, len(text)-1).Draw(r, "at")] ^= 0x04
			write(t, path, text)
		case "remove":
			kind = CheckpointRemoved
			if err := os.Remove(path); err != nil {
				r.Fatal(err)
			}
		case "empty":
			write(t, path, nil)
		case "other size":
			from := rapid.SampledFrom(s.signed).Filter(func(n int64) bool { return n != size }).Draw(r, "from")
			write(t, path, read(t, filepath.Join(checkpointsPath(home), checkpointName(from))))
		case "other log":
			write(t, path, read(t, filepath.Join(checkpointsPath(other.home), checkpointName(size))))
		}
		res := examine(r, home, nil)
		for _, f := range res.Faults {
			if f.Kind == kind && f.Size == size {
				return
			}
		}
		r.Fatalf("%v, want %s of %d", res.Faults, kind, size)
	})
}

// Who has the keys can rewrite entries, hashes and checkpoints, but not what
// was signed and kept elsewhere.
func TestRewrittenLogIsSeenByACheckpointKeptElsewhere(t *testing.T) {
	s := newSample(t)
	home := t.TempDir()
	copyKeys(t, s.home, home)
	l := open(t, home)
	fillLog(t, l, 60)
	checkpoint(t, l)
	verified(t, home, nil)
	res, err := Verify(home, &s.last)
	if err != nil || len(res.Faults) != 1 || res.Faults[0].Kind != CheckpointConflict || res.Faults[0].Size != s.last.Size {
		t.Errorf("%v, %v", res.Faults, err)
	}
	short := t.TempDir()
	copyKeys(t, s.home, short)
	fillLog(t, open(t, short), 3)
	res, err = Verify(short, &s.last)
	if err != nil || res.OK() || !slices.ContainsFunc(res.Faults, func(f Fault) bool { return f.Kind == LogTruncated && f.Index == 3 && f.Last == s.last.Size-1 }) {
		t.Errorf("%v, %v", res.Faults, err)
	}
	if _, err := Verify(newSample(t).home, &s.last); err == nil || !strings.Contains(err.Error(), "another key") {
		t.Errorf("a checkpoint of another installation: %v", err)
	}
}

// Somebody without the keys rewrites an entry and all hashes after it: the
// MAC names the entry; without the key, the checkpoints bound the place.
func TestEntryRewrittenWithItsHashes(t *testing.T) {
	s := newSample(t)
	rapid.Check(t, func(r *rapid.T) {
		home, keyed := s.mutant(r, t)
		i := rapid.IntRange(0, int(s.last.Size)-1).Draw(r, "i")
		lines := slices.Clone(s.lines)
		lines[i] = bytes.Replace(lines[i], []byte(`"actor":"`), []byte(`"actor":"X`), 1)
		var tr tree
		var hashes []byte
		for _, line := range lines {
			for _, h := range tr.push(tlog.RecordHash(line[:len(line)-1]), nil) {
				hashes = append(hashes, h[:]...)
			}
		}
		write(t, entriesPath(home), bytes.Join(lines, nil))
		write(t, hashesPath(home), hashes)
		res := examine(r, home, nil)
		if keyed {
			wantFault(r, res, i, EntryChanged)
			return
		}
		for _, f := range res.Faults {
			if f.Kind == CheckpointConflict && f.Index <= int64(i) && int64(i) <= f.Last {
				return
			}
		}
		r.Fatalf("entry %d: %v", i, res.Faults)
	})
}

// Somebody cuts off entries, hashes and checkpoints alike, or removes the copy.
func TestLogCutOffWithItsCheckpoints(t *testing.T) {
	s := newSample(t)
	rapid.Check(t, func(r *rapid.T) {
		home, _ := s.mutant(r, t)
		keep := rapid.IntRange(0, int(s.last.Size)-1).Draw(r, "keep")
		write(t, entriesPath(home), bytes.Join(s.lines[:keep], nil))
		write(t, hashesPath(home), read(t, hashesPath(home))[:hashesSize(int64(keep))])
		for _, size := range s.signed {
			if size > int64(keep) {
				_ = os.Remove(filepath.Join(checkpointsPath(home), checkpointName(size)))
			}
		}
		wantFault(r, examine(r, home, nil), keep, LogTruncated)
	})
	home := copyHome(t, s.home)
	write(t, anchorPath(home), []byte("x"))
	if res, err := Verify(home, nil); err != nil || len(res.Faults) != 1 || res.Faults[0].Kind != AnchorChanged {
		t.Errorf("%v, %v", res.Faults, err)
	}
	if _, err := Open(home); err == nil {
		t.Error("opened with a changed copy of the checkpoint")
	}
}
