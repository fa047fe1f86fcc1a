package index

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// filesOf gives the files of a place, the manifest first.
func filesOf(t testing.TB, p Place) []string {
	t.Helper()
	files := []string{filepath.Join(p.Dir, manifestName)}
	err := filepath.WalkDir(p.Dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name() != manifestName {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

func change(t testing.TB, path string, f func([]byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, f(raw), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Every file of an index, damaged in every way, is noticed before anything is
// searched, and the index is whole again.
func TestADamagedIndexIsBuiltAnew(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	harm := map[string]func(t *testing.T, p Place, path string){
		"missing": func(t *testing.T, _ Place, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"empty": func(t *testing.T, _ Place, path string) { change(t, path, func([]byte) []byte { return nil }) },
		"cut": func(t *testing.T, _ Place, path string) {
			change(t, path, func(b []byte) []byte { return b[:len(b)*2/3] })
		},
		"longer": func(t *testing.T, _ Place, path string) {
			change(t, path, func(b []byte) []byte { return append(b, make([]byte, 100)...) })
		},
		"flipped bit": func(t *testing.T, _ Place, path string) {
			change(t, path, func(b []byte) []byte { b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8); return b })
		},
		"flipped bit at the end": func(t *testing.T, _ Place, path string) {
			change(t, path, func(b []byte) []byte { b[len(b)-1-rnd.IntN(min(60, len(b)))] ^= 1; return b })
		},
	}
	s := newShelf(manyTickets(60)...)
	for name, do := range harm {
		p := newPlace(t)
		ix, _ := followed(t, p, s)
		shut(t, ix)
		for i := range filesOf(t, p) {
			files := filesOf(t, p) // each rebuild makes others
			do(t, p, files[i])
			ix, done := followed(t, p, s)
			if done.Rebuilt == "" {
				t.Errorf("%s: %s was not noticed", name, filepath.Base(files[i]))
			}
			if res := find(t, ix, Query{}); res.Total != 60 {
				t.Errorf("%s: %d documents", name, res.Total)
			}
			shut(t, ix)
		}
	}
}

func TestAnIndexOfAnotherIsBuiltAnew(t *testing.T) {
	s := newShelf(manyTickets(60)...)
	build := func(p Place) {
		ix, _ := followed(t, p, s)
		shut(t, ix)
	}
	rebuilt := func(what string, p Place, basis string) {
		t.Helper()
		ix, done, err := Follow(t.Context(), p, basis, s.entries(), s.load)
		if err != nil {
			t.Fatal(err)
		}
		if done.Rebuilt == "" || find(t, ix, Query{}).Total != 60 {
			t.Errorf("%s: %+v", what, done)
		}
		shut(t, ix)
	}
	p := newPlace(t)
	build(p)
	rebuilt("another basis", p, "other")
	p.Key = bytes.Repeat([]byte{8}, 32)
	rebuilt("another key", p, "other")
	q := newPlace(t)
	build(q)
	// The folder of one request in the place of another, under the same key.
	other := Place{Dir: filepath.Join(t.TempDir(), "r-other"), Key: q.Key}
	if err := os.CopyFS(other.Dir, os.DirFS(q.Dir)); err != nil {
		t.Fatal(err)
	}
	rebuilt("another request's", other, "test")
	// A file too many.
	if err := os.WriteFile(filepath.Join(q.Dir, mustManifest(t, q).Generation, "store", "000000000099.zap"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	rebuilt("a file too many", q, "test")
	// Plain segments, as an index without a key has them.
	m := mustManifest(t, q)
	if err := os.Remove(filepath.Join(q.Dir, manifestName)); err != nil {
		t.Fatal(err)
	}
	rebuilt("without a manifest", q, "test")
	if mustManifest(t, q).Generation == m.Generation {
		t.Error("a rebuilt index has the folder of the old one")
	}
}

func mustManifest(t testing.TB, p Place) *manifest {
	t.Helper()
	m, err := readManifest(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Pieces under another key, or of another file, are errors of the hook and no
// text.
func TestPiecesAreBoundToTheirFile(t *testing.T) {
	o := &openFolders{folders: map[string]*openFolder{}}
	_, release, err := o.open("/x/a", bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, _, err := o.open("/x/a/", nil); !errors.Is(err, errFolderOpen) {
		t.Errorf("the same folder twice: %v", err)
	}
	if _, release, err := o.open("/x/b", bytes.Repeat([]byte{2}, 32)); err != nil {
		t.Fatal(err)
	} else {
		defer release()
	}
	id1, write1, err := o.writer([]byte("/x/a/store/1.zap"))
	if err != nil {
		t.Fatal(err)
	}
	id2, _, err := o.writer([]byte("/x/a/store/2.zap"))
	if err != nil || id1 == id2 || !strings.HasPrefix(id1, idPrefix) {
		t.Fatalf("%q %q %v", id1, id2, err)
	}
	sealed := write1([]byte("Testinen"))
	if again := write1([]byte("Testinen")); bytes.Equal(sealed, again) {
		t.Error("the same piece is sealed alike twice")
	}
	open := func(id, path string, piece []byte) (string, error) {
		read, err := o.reader(id, []byte(path))
		if err != nil || read == nil {
			return "", err
		}
		b, err := read(piece)
		return string(b), err
	}
	if got, err := open(id1, "/x/a/store/1.zap", sealed); err != nil || got != "Testinen" {
		t.Fatalf("%q %v", got, err)
	}
	for name, c := range map[string]struct {
		id, path string
		want     error
	}{
		"another file":      {id2, "/x/a/store/2.zap", errUnsealed},
		"another index":     {id1, "/x/b/store/1.zap", errUnsealed},
		"no open folder":    {id1, "/y/store/1.zap", errNoFolderKey},
		"a file in clear":   {"", "/x/a/store/1.zap", errNotSealed},
		"somebody else's":   {"k1", "/x/a/store/1.zap", errNotSealed},
		"a name that nests": {id1, "/x/abc/store/1.zap", errNoFolderKey},
	} {
		if got, err := open(c.id, c.path, sealed); !errors.Is(err, c.want) || got != "" {
			t.Errorf("%s: %q, %v, want %v", name, got, err, c.want)
		}
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := open(id1, "/x/a/store/1.zap", sealed); !errors.Is(err, errUnsealed) {
		t.Errorf("a flipped bit: %v", err)
	}
	// Memory stays as it is.
	if id, write, err := o.writer(nil); id != "" || write != nil || err != nil {
		t.Errorf("in memory: %q %v", id, err)
	}
}

// Several indexes under several keys are open at once, and each sees its own.
func TestSeveralIndexesAtOnce(t *testing.T) {
	type one struct {
		ix   *Index
		word string
	}
	var all []one
	for i, word := range []string{"ensimmäinen", "toinen", "kolmas"} {
		p := newPlace(t)
		p.Key = bytes.Repeat([]byte{byte(i)}, 32)
		ix, _ := followed(t, p, newShelf(append(manyTickets(30), text("ticket/own", word))...))
		all = append(all, one{ix, word})
	}
	memory := newIndex(t, text("ticket/own", "muistissa"))
	for i, a := range all {
		for j, b := range all {
			if n := find(t, a.ix, Query{Text: b.word}).Total; (n == 1) != (i == j) {
				t.Errorf("%s in the index of %s: %d", b.word, a.word, n)
			}
		}
	}
	if find(t, memory, Query{Text: "muistissa"}).Total != 1 {
		t.Error("the one in memory finds nothing")
	}
	for _, a := range all {
		shut(t, a.ix)
	}
}

// A panic of the library while an index is read is an error, and the next
// Follow builds it anew after Discard.
func TestAPanicBecomesARebuild(t *testing.T) {
	p, s := newPlace(t), newShelf(manyTickets(60)...)
	ix, _ := followed(t, p, s)
	ix.bleve = brokenEngine{ix.bleve, nil}
	if _, err := ix.Search(t.Context(), Query{Text: "x"}); !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
	shut(t, ix)
	if err := Discard(p); err != nil {
		t.Fatal(err)
	}
	ix, done := followed(t, p, s)
	defer shut(t, ix)
	if done.Rebuilt == "" || find(t, ix, Query{}).Total != 60 {
		t.Errorf("%+v", done)
	}
}

func TestAFailingRebuildIsAClearError(t *testing.T) {
	s := newShelf(manyTickets(60)...)
	mine := errors.New("the store cannot be read")
	p := newPlace(t)
	_, _, err := Follow(t.Context(), p, "test", s.entries(), func(context.Context, []string, func(Document) error) error { return mine })
	if !errors.Is(err, mine) {
		t.Errorf("%v, want the store's own", err)
	}
	if _, _, err := Follow(t.Context(), p, "test", s.entries(), func(context.Context, []string, func(Document) error) error { return nil }); !errors.Is(err, ErrDamaged) {
		t.Errorf("a store that gives nothing: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err = Follow(ctx, p, "test", s.entries(), func(ctx context.Context, ids []string, each func(Document) error) error {
		cancel()
		return s.load(ctx, ids, each)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
	if _, err := os.Stat(p.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half an index is left behind: %v", err)
	}
	// Where nobody may write.
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err = Follow(t.Context(), Place{Dir: filepath.Join(file, "r-1"), Key: p.Key}, "test", s.entries(), s.load)
	if err == nil || !strings.Contains(err.Error(), "may write there") {
		t.Errorf("a folder that cannot be made: %v", err)
	}
}

func TestFollowedIndexesAreNotAddedTo(t *testing.T) {
	ix, _ := followed(t, newPlace(t), newShelf(manyTickets(10)...))
	defer shut(t, ix)
	if err := ix.Add(t.Context(), office()); !errors.Is(err, ErrFixed) {
		t.Error(err)
	}
}

const killedDocuments = 400

// childPlace makes this test binary a process that writes an index for ever.
const childPlace = "SINUSTA_TEST_INDEX_PLACE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(fullPlace); dir != "" {
		fillDisk(Place{Dir: dir, Key: bytes.Repeat([]byte{7}, 32)})
	}
	if dir := os.Getenv(childPlace); dir != "" {
		writeForEver(Place{Dir: dir, Key: bytes.Repeat([]byte{7}, 32)})
	}
	os.Exit(m.Run())
}

// writeForEver builds an index and then changes a part of it, again and again.
func writeForEver(p Place) {
	docs := generated(killedDocuments)
	s := newShelf(docs...)
	for round := 0; ; round++ {
		for i := range 100 {
			d := docs[(round*100+i)%len(docs)]
			d.Text = passages("kierros toinen teksti")
			d.Year = round + 1
			s.put(d)
		}
		ix, _, err := Follow(context.Background(), p, "test", s.entries(), s.load)
		if err != nil {
			os.Exit(3)
		}
		if ix.Close() != nil {
			os.Exit(4)
		}
	}
}

// A process that is killed at any moment of writing leaves nothing that is
// searched in part.
func TestAKilledWriterLeavesNoHalfIndex(t *testing.T) {
	s := newShelf(generated(killedDocuments)...)
	rnd := rand.New(rand.NewPCG(5, 6))
	cut := 0
	for range 5 {
		p := newPlace(t)
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childPlace+"="+p.Dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(100+rnd.IntN(900)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() > 0 {
			t.Fatalf("the writer failed by itself: %v", err)
		}
		if _, err := readManifest(p); err != nil {
			cut++
		}
		ix, done := followed(t, p, s)
		if res := find(t, ix, Query{}); res.Total != killedDocuments {
			t.Errorf("%+v: %d documents", done, res.Total)
		}
		if res := find(t, ix, Query{Text: "kierros"}); res.Total != 0 {
			t.Errorf("%+v: %d documents of the killed process", done, res.Total)
		}
		shut(t, ix)
	}
	t.Logf("%d of 5 were cut off while writing", cut)
}
