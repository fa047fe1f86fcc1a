package index

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"github.com/sinusta/sinusta/core"
)

// shelf is a store of documents that an index follows.
type shelf struct {
	docs  map[string]Document
	loads int // how many documents were asked for
}

func newShelf(docs ...Document) *shelf {
	s := &shelf{docs: map[string]Document{}}
	s.put(docs...)
	return s
}

func (s *shelf) put(docs ...Document) {
	for _, d := range docs {
		if d.ID == "" {
			d.ID = ID(d.System, d.Ref)
		}
		s.docs[d.ID] = d
	}
}

func (s *shelf) drop(d Document) { delete(s.docs, ID(d.System, d.Ref)) }

func (s *shelf) entries() []Entry {
	var out []Entry
	for _, id := range slices.Sorted(maps.Keys(s.docs)) {
		d := s.docs[id]
		out = append(out, Entry{ID: id, Version: digest(d), Bytes: 1000})
	}
	return out
}

func (s *shelf) load(_ context.Context, ids []string, each func(Document) error) error {
	for _, id := range ids {
		s.loads++
		if err := each(s.docs[id]); err != nil {
			return err
		}
	}
	return nil
}

func newPlace(t testing.TB) Place {
	t.Helper()
	return Place{Dir: filepath.Join(t.TempDir(), "r-0123456789abcdef"), Key: bytes.Repeat([]byte{7}, 32)}
}

// followed opens the index of a place for the documents of the shelf; the
// caller closes it.
func followed(t testing.TB, p Place, s *shelf) (*Index, Followed) {
	t.Helper()
	s.loads = 0
	ix, done, err := Follow(t.Context(), p, "test", s.entries(), s.load)
	if err != nil {
		t.Fatal(err)
	}
	return ix, done
}

func shut(t testing.TB, ix *Index) {
	t.Helper()
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
}

// manyTickets are documents of a few sentences.
func manyTickets(n int) []Document { return generated(n) }

func TestTheIndexFollowsTheStore(t *testing.T) {
	p, docs := newPlace(t), manyTickets(300)
	s := newShelf(docs...)
	ix, done := followed(t, p, s)
	if done.Rebuilt == "" || done.Added != 300 {
		t.Fatalf("the first time: %+v", done)
	}
	if res := find(t, ix, Query{}); res.Total != 300 {
		t.Fatal(res.Total)
	}
	shut(t, ix)

	ix, done = followed(t, p, s)
	if done != (Followed{Kept: 300}) || s.loads != 0 {
		t.Errorf("nothing has changed: %+v, %d loaded", done, s.loads)
	}
	shut(t, ix)

	s.put(text("ticket/new", "Uusi tiketti Pohjanmaalta"))
	changed := docs[5]
	changed.Text = passages("kokonaan toinen teksti Kainuusta")
	s.put(changed)
	verdict := docs[6]
	verdict.Verdict = core.Confirmed
	s.put(verdict)
	s.drop(docs[7])
	ix, done = followed(t, p, s)
	if done != (Followed{Added: 3, Removed: 1, Kept: 297}) || s.loads != 3 {
		t.Errorf("%+v, %d loaded", done, s.loads)
	}
	for query, want := range map[string]string{"pohjanmaalta": "ticket/new", "kainuusta": docs[5].Ref} {
		if got := refs(find(t, ix, Query{Text: query})); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if res := find(t, ix, Query{Filters: map[Facet][]string{FacetVerdict: {"confirmed"}}}); refs(res) != docs[6].Ref {
		t.Errorf("a changed verdict: %q", refs(res))
	}
	if res := find(t, ix, Query{}); res.Total != 300 {
		t.Errorf("%d documents", res.Total)
	}
	shut(t, ix)
	ix, done = followed(t, p, s)
	if done != (Followed{Kept: 300}) {
		t.Errorf("after an update: %+v", done)
	}
	shut(t, ix)
}

// What an attacker or a backup sees of an index: no name, no word, no field,
// no id and no ref.
func TestNothingOfADocumentIsInClear(t *testing.T) {
	p := newPlace(t)
	docs := manyTickets(200)
	secret := Document{System: "V99.7", Ref: "ticket/Koekaniini-77", Kind: "kindofsecret", Type: "typeofsecret", Year: 1987, Verdict: core.Probable,
		Text:        passages("Kyllikki Rämäkorpinen soitti Äänekoskelta, hetu 010190-900P"),
		Identifiers: map[core.Kind][]string{core.Email: {"kyllikki.ramakorpinen@example.fi"}}}
	s := newShelf(append(docs, secret)...)
	check := func(when string) {
		t.Helper()
		probes := []string{"yllikki", "ämäkorpinen", "amakorpinen", "Äänekoskelta", "äänekoskelta", "010190", "900p", "oekaniini", "V99.7",
			"kindofsecret", "typeofsecret", "probable", "identifier", "verdict", "system", "text", "example.fi", secret.Ref,
			ID(secret.System, secret.Ref), "workstation", "bleve", "default_mapping", "docvalues"}
		files := 0
		err := filepath.WalkDir(p.Dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			files++
			info, err := e.Info()
			if err != nil {
				return err
			}
			if info.Mode().Perm()&0o077 != 0 && filepath.Base(path) != "index_meta.json" {
				t.Errorf("%s: %s has mode %v", when, e.Name(), info.Mode())
			}
			raw, err := os.ReadFile(path)
			for _, probe := range probes {
				for _, form := range []string{probe, string(bytes.ToUpper([]byte(probe)))} {
					if bytes.Contains(raw, []byte(form)) {
						t.Errorf("%s: %s holds %q in clear", when, e.Name(), form)
					}
				}
			}
			return err
		})
		if err != nil || files < 4 {
			t.Fatalf("%s: %d files, %v", when, files, err)
		}
	}
	ix, _ := followed(t, p, s)
	check("while it is open")
	if refs(find(t, ix, Query{Text: "rämäkorpinen"})) != secret.Ref {
		t.Fatal("the secret is not in it")
	}
	shut(t, ix)
	check("after it was built")
	for i := range 20 {
		s.put(text(fmt.Sprint("ticket/later-", i), "Kyllikki Rämäkorpinen soitti taas"))
	}
	ix, done := followed(t, p, s)
	if done.Rebuilt != "" || done.Added != 20 {
		t.Fatalf("%+v", done)
	}
	shut(t, ix)
	check("after it was updated")
}

// What was removed or replaced is in no file of the index: not marked as
// deleted, but gone.
func TestWhatIsGoneLeavesTheFiles(t *testing.T) {
	p, docs := newPlace(t), manyTickets(200)
	s := newShelf(docs...)
	ix, _ := followed(t, p, s)
	shut(t, ix)
	for round := range 4 {
		switch round {
		case 0:
			s.drop(docs[3])
		case 1:
			d := docs[4]
			d.Text = passages("toinen teksti")
			s.put(d)
		case 2:
			s.put(text("ticket/more", "lisää"))
		case 3:
			s.drop(text("ticket/more"))
			s.drop(docs[5])
		}
		ix, done := followed(t, p, s)
		if done.Rebuilt != "" {
			t.Fatalf("round %d: %+v", round, done)
		}
		held := 0
		for _, path := range segments(t, ix, &held) {
			if _, err := os.Stat(path); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
		if held != len(s.docs) {
			t.Errorf("round %d: the files hold %d documents, the store %d", round, held, len(s.docs))
		}
		zaps := 0
		for _, path := range filesOf(t, p) {
			if filepath.Ext(path) == ".zap" {
				zaps++
			}
		}
		if paths := segments(t, ix, &held); zaps != len(paths) {
			t.Errorf("round %d: %d segments lie there, %d count", round, zaps, len(paths))
		}
		shut(t, ix)
	}
}

// segments gives the files of an open index, and adds up the documents in them.
func segments(t *testing.T, ix *Index, held *int) (paths []string) {
	t.Helper()
	engine, err := ix.bleve.Advanced()
	if err != nil {
		t.Fatal(err)
	}
	reader, err := engine.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	for _, s := range reader.(*scorch.IndexSnapshot).Segments() {
		*held += int(s.FullSize())
		stored, ok := s.Segment().(segment.PersistedSegment)
		if !ok {
			t.Fatalf("a segment is a %T", s.Segment())
		}
		paths = append(paths, stored.Path())
	}
	return paths
}
