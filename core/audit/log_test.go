package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestEntriesAreReadAsTheyWereWritten(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	now := time.Date(2026, 3, 29, 3, 30, 0, 123_000_000, time.FixedZone("EEST", 3*3600))
	l.now = func() time.Time { return now }
	e := entry(1)
	e.Actor = `Tést "Ä", <b>\ ,"verb":"checkpoint-signed"`
	e.Case = l.Digest("case", "VALT/1234/2026")
	e.Digests = []Keyed{l.Keyed("email", "tuuli.testinen@example.fi")}
	if _, err := l.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), Entry{Verb: KeysMade}); err != nil {
		t.Fatal(err)
	}
	count := func(f Filter) (n int, last Entry) {
		for got, err := range l.Entries(t.Context(), f) {
			if err != nil {
				t.Fatal(err)
			}
			n, last = n+1, got
		}
		return n, last
	}
	n, got := count(Filter{Digest: e.Digests[0].Digest})
	if n != 1 || got.Actor != e.Actor || got.Case != e.Case || !got.Time.Equal(now) || got.Time.Location() != time.UTC || got.Counts["keys"] != 1 {
		t.Errorf("%d: %+v", n, got)
	}
	if _, got := count(Filter{Verb: KeysMade}); got.Actor == "" || got.Index != 1 {
		t.Errorf("%+v, want the account as actor", got)
	}
	for _, c := range []struct {
		filter Filter
		want   int
	}{{Filter{}, 2}, {Filter{From: 1}, 1}, {Filter{To: 1}, 1}, {Filter{Case: e.Case}, 1}, {Filter{Object: "V1", Request: "r1"}, 1},
		{Filter{Actor: "nobody else"}, 0}, {Filter{Since: now}, 2}, {Filter{Until: now}, 0}, {Filter{Since: now.Add(time.Second)}, 0}} {
		if n, _ := count(c.filter); n != c.want {
			t.Errorf("%+v: %d entries, want %d", c.filter, n, c.want)
		}
	}
	text := string(read(t, entriesPath(home)))
	for _, value := range []string{"tuuli.testinen", "1234"} {
		if strings.Contains(text, value) {
			t.Errorf("the log holds a value")
		}
	}
	if res := verified(t, home, nil); len(res.Unfinished)+len(res.Open) != 0 {
		t.Errorf("%+v: the actor was taken for something else", res)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), e); !errors.Is(err, ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
	if res := verified(t, home, nil); res.Covered != 3 || res.Entries != 3 {
		t.Errorf("closing signed no checkpoint: %+v", res)
	}
}

func TestEntriesWithValuesAreRefused(t *testing.T) {
	l := open(t, newHome(t))
	const email, code, phone, name = "tuuli.testinen@example.fi", "010190-999C", "+358401234567", "Testinen Tuuli"
	for _, value := range []string{email, code, phone, name, "x/" + code, "a\nb", strings.Repeat("x", 81)} {
		for field, e := range map[string]Entry{
			"role":    {Verb: SearchMade, Role: value},
			"request": {Verb: SearchMade, Request: value},
			"case":    {Verb: SearchMade, Case: value},
			"purpose": {Verb: SearchMade, Purpose: value},
			"verb":    {Verb: Verb(value)},
			"object":  {Verb: SearchMade, Object: value},
			"outcome": {Verb: SearchMade, Outcome: value},
			"count":   {Verb: SearchMade, Counts: Counts{value: 1}},
			"digest":  {Verb: SearchMade, Digests: []Keyed{{"email", value}}},
			"kind":    {Verb: SearchMade, Digests: []Keyed{{value, l.Digest("email", value)}}},
		} {
			_, err := l.Append(t.Context(), e)
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v, want ErrInvalid", field, err)
			} else if strings.Contains(err.Error(), value) {
				t.Errorf("%s: the error holds the value", field)
			}
		}
	}
	for name, e := range map[string]Entry{
		"own verb":     {Verb: CheckpointSigned},
		"phase":        {Verb: SearchMade, Phase: End},
		"actor a code": {Verb: SearchMade, Actor: code},
		"too many":     {Verb: SearchMade, Digests: make([]Keyed, maxDigests+1)},
	} {
		if _, err := l.Append(t.Context(), e); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	end, err := l.Begin(t.Context(), entry(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := end(email, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("end: %v", err)
	}
	if n, err := l.Len(); n != 1 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}

func TestGreatestEntryFitsIntoALine(t *testing.T) {
	l := open(t, newHome(t))
	code := strings.Repeat("ä", maxCode/2)
	e := Entry{Actor: strings.Repeat("<", maxActor), Role: code, Request: code, Case: l.Digest("case", "x"), Purpose: code,
		Verb: CatalogueChanged, Object: code, Counts: Counts{}}
	for i := range maxDigests {
		e.Digests = append(e.Digests, l.Keyed(code, strings.Repeat("x", i)))
	}
	for i := range maxCounts {
		e.Counts[strings.Repeat("x", maxCode-2)+strconv.Itoa(10+i)] = -1 << 63
	}
	end, err := l.Begin(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if err := end(code, e.Counts); err != nil {
		t.Fatal(err)
	}
	for _, line := range bytes.SplitAfter(read(t, entriesPath(l.home)), []byte("\n")) {
		if len(line) > maxLine {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	verified(t, l.home, nil)
}

func TestGoroutinesAppendAtOnce(t *testing.T) {
	l := open(t, newHome(t))
	var wg sync.WaitGroup
	var mu sync.Mutex
	var got []int64
	for g := range 20 {
		wg.Go(func() {
			for i := range 10 {
				n, err := l.Append(t.Context(), entry(g*10+i))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				got = append(got, n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(got)
	for i, n := range got {
		if n != int64(i) {
			t.Fatalf("%v", got)
		}
	}
	if res := verified(t, l.home, nil); res.Entries != 200 {
		t.Errorf("%+v", res)
	}
}

func TestDigestsNeedTheKey(t *testing.T) {
	home := newHome(t)
	a, again, b := open(t, home), open(t, home), open(t, newHome(t))
	if d := a.Digest("email", "x"); d != again.Digest("email", "x") || !isDigest(d) ||
		d == b.Digest("email", "x") || d == a.Digest("phone", "x") || d == a.Digest("email", "y") || a.Digest("ab", "c") == a.Digest("a", "bc") {
		t.Error("a digest depends on something else than key, kind and value")
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	home := newHome(t)
	fillLog(t, open(t, home), 3)
	other := newHome(t)
	if err := InitKeys(home); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made twice: %v", err)
	}
	good := read(t, keyPath(home))
	for _, c := range []struct {
		name   string
		key    []byte
		want   error
		remedy string
	}{
		{"other", read(t, keyPath(other)), ErrWrongKey, "restore both"},
		{"empty", nil, ErrNoKey, "restore"},
		{"damaged", bytes.Replace(good, []byte("PRIVATE"), []byte("PUBLIC"), 1), ErrNoKey, "restore"},
		{"cut", good[:len(good)-9], ErrNoKey, "restore"},
	} {
		write(t, keyPath(home), c.key)
		_, err := Open(home)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.remedy) {
			t.Errorf("%s: %v", c.name, err)
		} else if len(c.key) > 200 && strings.Contains(err.Error(), string(c.key[120:140])) {
			t.Errorf("%s: the error holds the key", c.name)
		}
	}
	// Both halves of another installation.
	write(t, keyPath(home), read(t, keyPath(other)))
	pub := read(t, publicPath(home))
	write(t, publicPath(home), read(t, publicPath(other)))
	if _, err := Open(home); !errors.Is(err, ErrWrongKey) {
		t.Errorf("keys of another installation: %v", err)
	}
	if _, err := Verify(home, nil); !errors.Is(err, ErrWrongKey) {
		t.Errorf("verify with keys of another installation: %v", err)
	}
	write(t, publicPath(home), pub)
	if err := os.Remove(keyPath(home)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(home); !errors.Is(err, ErrNoKey) {
		t.Errorf("gone: %v", err)
	}
	if err := InitKeys(home); !errors.Is(err, ErrNoKey) {
		t.Errorf("new keys for an old log: %v", err)
	}
	if res := verified(t, home, nil); res.Keyed || res.Entries != 3 {
		t.Errorf("with the public key alone: %+v", res)
	}
	write(t, keyPath(home), good)
	if runtime.GOOS != "windows" {
		if err := os.Chmod(keyPath(home), 0o640); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(home); !errors.Is(err, ErrNoKey) || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("open to the group: %v", err)
		}
	}
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the folder's access list decides")
	}
	home := newHome(t)
	l := open(t, home)
	fillLog(t, l, 2)
	checkpoint(t, l)
	n := 0
	err := filepath.WalkDir(home, func(path string, d os.DirEntry, err error) error {
		if err != nil || path == home {
			return err
		}
		info, err := d.Info()
		if n++; err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil || n < 8 {
		t.Errorf("%d files, %v", n, err)
	}
}

func TestTreeIsThatOfTlog(t *testing.T) {
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (got []tlog.Hash, err error) {
		for _, i := range indexes {
			got = append(got, hashes[i])
		}
		return got, nil
	})
	var tr tree
	for n := range int64(200) {
		if root, err := tlog.TreeHash(n, reader); err != nil || root != tr.root() {
			t.Fatalf("root of %d: %v", n, err)
		}
		want, err := tlog.StoredHashes(n, []byte{byte(n)}, reader)
		got := tr.push(tlog.RecordHash([]byte{byte(n)}), nil)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("hashes of %d: %v", n, err)
		}
		hashes = append(hashes, want...)
		for size := hashesSize(n); size < hashesSize(n+1); size++ {
			if hashedEntries(size) != n {
				t.Fatalf("%d bytes: %d entries, want %d", size, hashedEntries(size), n)
			}
		}
	}
}

func TestAnyTwoCheckpointsAreConsistent(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	var signed []Checkpoint
	for i := range 24 {
		fillLog(t, l, 1+i%5)
		signed = append(signed, checkpoint(t, l))
	}
	if again := checkpoint(t, l); again != signed[len(signed)-1] {
		t.Errorf("a checkpoint over nothing new: %+v", again)
	}
	for i, older := range signed {
		for _, newer := range signed[i:] {
			c, err := l.ProveConsistency(older, newer)
			if err != nil {
				t.Fatalf("%d to %d: %v", older.Size, newer.Size, err)
			}
			if err := VerifyConsistency(Consistency{c.Newer, c.Older, c.Path}, l.PublicKey()); older != newer && err == nil {
				t.Errorf("%d to %d: the reverse holds too", older.Size, newer.Size)
			}
		}
		if res := verified(t, home, &older); res.Checkpoints != len(signed)+1 {
			t.Errorf("%+v", res)
		}
	}
	c, err := l.ProveConsistency(signed[3], signed[20])
	if err != nil || len(c.Path) == 0 {
		t.Fatal(err)
	}
	c.Path[0][7] ^= 1
	if err := VerifyConsistency(c, l.PublicKey()); !errors.Is(err, ErrInvalid) {
		t.Errorf("a changed proof: %v", err)
	}
}

func TestProofsOfEntries(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	fillLog(t, l, 37)
	checkpoint(t, l)
	fillLog(t, l, 4)
	foreign := open(t, newHome(t)).PublicKey()
	rapid.Check(t, func(r *rapid.T) {
		n, err := l.Len()
		if err != nil {
			r.Fatal(err)
		}
		index := rapid.Int64Range(0, n-1).Draw(r, "index")
		p, err := l.Prove(t.Context(), index)
		if err != nil {
			r.Fatal(err)
		}
		data, err := json.Marshal(p)
		if err != nil {
			r.Fatal(err)
		}
		var back Proof
		if err := json.Unmarshal(data, &back); err != nil {
			r.Fatal(err)
		}
		if e, err := VerifyProof(back, l.PublicKey()); err != nil || e.Index != index {
			r.Fatalf("%+v, %v", e, err)
		}
		if _, err := VerifyProof(back, foreign); !errors.Is(err, ErrWrongKey) {
			r.Fatalf("with another key: %v", err)
		}
		switch rapid.SampledFrom([]string{"index", "line", "path", "checkpoint"}).Draw(r, "what") {
		case "index":
			back.Index++
		case "line":
			back.Line = strings.Replace(back.Line, "handler", "auditor", 1) + " "
		case "path":
			back.Path[rapid.IntRange(0, len(back.Path)-1).Draw(r, "hash")][3] ^= 1
		case "checkpoint":
			back.Checkpoint = strings.Replace(back.Checkpoint, "\n", "\n1", 1)
		}
		if _, err := VerifyProof(back, l.PublicKey()); !errors.Is(err, ErrInvalid) {
			r.Fatalf("changed: %v", err)
		}
	})
	for _, index := range []int64{-1, 1000} {
		if _, err := l.Prove(t.Context(), index); !errors.Is(err, ErrInvalid) {
			t.Errorf("entry %d: %v", index, err)
		}
	}
}

func TestBundleIsVerifiedByItself(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	fillLog(t, l, 20)
	early := checkpoint(t, l)
	fillLog(t, l, 8)
	var bundle bytes.Buffer
	if err := l.Export(t.Context(), &bundle); err != nil {
		t.Fatal(err)
	}
	verify := func(b []byte, key string, from *Checkpoint) (Result, error) {
		return VerifyBundle(bytes.NewReader(b), int64(len(b)), key, from)
	}
	for _, key := range []string{"", l.PublicKey()} {
		res, err := verify(bundle.Bytes(), key, &early)
		if err != nil || !res.OK() || res.Entries != 30 || res.Covered != 30 || res.Checkpoints != 3 {
			t.Errorf("%+v, %v", res, err)
		}
	}
	if _, err := verify(bundle.Bytes(), open(t, newHome(t)).PublicKey(), nil); !errors.Is(err, ErrWrongKey) {
		t.Errorf("another key: %v", err)
	}
	if bytes.Contains(bundle.Bytes(), []byte("PRIVATE")) {
		t.Error("the bundle holds the private key")
	}
	if _, err := verify(bundle.Bytes()[:bundle.Len()/2], "", nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("half a bundle: %v", err)
	}
	// The log itself was changed before the export.
	good := read(t, entriesPath(home))
	write(t, entriesPath(home), bytes.Replace(good, []byte(`"keys":11`), []byte(`"keys":12`), 1))
	bundle.Reset()
	if err := l.Export(t.Context(), &bundle); err != nil {
		t.Fatal(err)
	}
	res, err := verify(bundle.Bytes(), "", nil)
	if err != nil || len(res.Faults) != 1 || res.Faults[0].Kind != EntryChanged || res.Faults[0].Index != 11 {
		t.Errorf("%+v, %v", res, err)
	}
}
