package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/blevesearch/bleve/v2"
	"go.uber.org/goleak"
)

func TestAddAndSearchAtOnce(t *testing.T) {
	ix := newIndex(t)
	const writers, batches, size = 3, 8, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for b := range batches {
				var docs []Document
				for i := range size {
					docs = append(docs, text(fmt.Sprintf("ticket/%d-%d-%d", w, b, i), fmt.Sprintf("yhteinen kirjoittaja%d erä%d", w, b)))
				}
				if err := ix.Add(t.Context(), docs); err != nil {
					t.Error(err)
				}
				// What was added is found at once.
				res, err := ix.Search(t.Context(), Query{Text: fmt.Sprintf("kirjoittaja%d erä%d", w, b), Size: size, NoFacets: true})
				if err != nil || res.Total != size {
					t.Errorf("writer %d, batch %d: %v, %v", w, b, res, err)
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for last := 0; last < writers*batches*size; {
				res, err := ix.Search(t.Context(), Query{Text: "yhteinen"})
				if err != nil || res.Total < last {
					t.Errorf("%v after %d", err, last)
					return
				}
				last = res.Total
			}
		})
	}
	wg.Wait()
}

func TestNothingIsWrittenToAnyDisk(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("TMPDIR", dir)
	before := openFiles(t)
	ix := newIndex(t)
	for i := range 5 {
		var docs []Document
		for j := range 200 {
			docs = append(docs, text(fmt.Sprintf("ticket/%d-%d", i, j), strings.Repeat("Tuuli Testinen soitti. ", 20)))
		}
		if err := ix.Add(t.Context(), docs); err != nil {
			t.Fatal(err)
		}
		find(t, ix, Query{Text: "testinen"})
	}
	for path := range openFiles(t) {
		if !before[path] {
			t.Errorf("a file is open: %s", filepath.Base(path))
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

// openFiles gives the files that this process has open, where the system tells.
func openFiles(t *testing.T) map[string]bool {
	t.Helper()
	open := map[string]bool{}
	if runtime.GOOS != "linux" {
		return open
	}
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil || len(fds) == 0 {
		t.Fatalf("%d open files, %v", len(fds), err)
	}
	for _, fd := range fds {
		if path, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "/proc/") {
			open[path] = true
		}
	}
	return open
}

func TestClosedIndex(t *testing.T) {
	ix := newIndex(t, office()...)
	for range 2 {
		if err := ix.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := ix.Add(t.Context(), office()); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := ix.Search(t.Context(), Query{}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for range 3 {
		ix, err := New()
		if err != nil {
			t.Fatal(err)
		}
		if err := ix.Add(t.Context(), office()); err != nil {
			t.Fatal(err)
		}
		find(t, ix, Query{Text: "testinen"})
		if err := ix.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCancelledContext(t *testing.T) {
	ix := newIndex(t, office()...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ix.Add(ctx, office()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := ix.Search(ctx, Query{Text: "testinen"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if res := find(t, ix, Query{}); res.Total != len(office()) {
		t.Errorf("afterwards %d documents", res.Total)
	}
}

type engine = bleve.Index

// brokenEngine is Bleve with damaged segments: it panics and quotes what it
// held.
type brokenEngine struct {
	engine
	err error
}

func (e brokenEngine) SearchInContext(context.Context, *bleve.SearchRequest) (*bleve.SearchResult, error) {
	if e.err != nil {
		return nil, e.err
	}
	panic("index out of range: Tuuli Testinen")
}

func (e brokenEngine) Batch(*bleve.Batch) error {
	if e.err != nil {
		return e.err
	}
	panic("slice bounds out of range: Tuuli Testinen")
}

func TestDamagedEngineGivesAnErrorAndNotItsText(t *testing.T) {
	for _, engineErr := range []error{nil, errors.New("bad chunk near Tuuli Testinen")} {
		calls := map[string]func(ix *Index) error{
			"search": func(ix *Index) error { _, err := ix.Search(t.Context(), Query{Text: "testinen"}); return err },
			"add": func(ix *Index) error {
				docs := make([]Document, batchDocuments)
				for i := range docs {
					docs[i] = text(fmt.Sprint(i), "Tuuli Testinen")
				}
				return ix.Add(t.Context(), docs)
			},
		}
		for name, call := range calls {
			ix := newIndex(t, office()...)
			find(t, ix, Query{})
			sound := ix.bleve
			ix.bleve = brokenEngine{sound, engineErr}
			if err := call(ix); !errors.Is(err, ErrDamaged) || strings.Contains(err.Error(), "Testinen") {
				t.Errorf("%s: %v, want ErrDamaged", name, err)
			}
			ix.bleve = sound
			if _, err := ix.Search(t.Context(), Query{}); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: afterwards %v, want ErrDamaged", name, err)
			}
		}
	}
}
