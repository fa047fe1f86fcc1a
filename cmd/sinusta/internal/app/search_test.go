package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/index"
)

const subjectEmail = "tuuli.testinen@example.fi"

// desk is an installation of one ticketing system, whose tickets stand in
// memory.
type desk struct {
	app     *App
	file    *store.File
	tickets map[int]core.Record
}

// Open is access.Sources.
func (d *desk) Open(context.Context, string, core.Query) (*access.Opened, error) {
	return &access.Opened{Source: d, Close: func(context.Context) error { return nil }}, nil
}

// Search gives all tickets.
func (d *desk) Search(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
	for _, r := range d.tickets {
		if err := emit(core.Event{Records: []core.Record{r}}); err != nil {
			return nil, err
		}
	}
	n := uint64(len(d.tickets))
	return &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "ticket", Examined: true, Matched: n, Sent: n}}}, nil
}

func ticket(n int, text string) core.Record {
	return core.Record{Type: "ticket", Ref: fmt.Sprintf("ticket/%d", n), Time: time.Date(2024, 1, 1, 0, 0, n, 0, time.UTC),
		Fields: []core.Field{{Name: "ticket_number", Value: core.TextValue(fmt.Sprintf("INC%07d", n))}, {Name: "description", Value: core.TextValue(text)},
			{Name: "resolution", Value: core.WithheldValue(core.Withheld{Reason: core.WithheldSecret, LegalBasis: "salaisuusperuste"})}},
		Parties: []core.Party{{Slot: "requester", Fields: []core.Field{{Name: "name", Value: core.TextValue("Testinen, Tuuli")},
			{Name: "email", Value: core.TextValue(subjectEmail)}}}},
		MatchedBy: []core.Match{{Kind: core.Email, Slot: "requester", Field: "email", Tier: core.TierExact}}}
}

func newDesk(t *testing.T, tickets int) *desk {
	t.Helper()
	home := t.TempDir()
	if err := store.InitKeys(home); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := audit.InitKeys(home); err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close(context.Background()) })
	d := &desk{tickets: map[int]core.Record{}, app: &App{Home: home, Store: s, Log: log, Catalogue: &catalogue.Catalogue{
		Organisation: catalogue.Organisation{ID: "x", ArtificialCodes: catalogue.AnchorArtificial},
		Systems:      []catalogue.System{{ID: "V6.1", Kind: "ticketing", SearchKeys: []catalogue.SearchKey{{Kind: core.Email}}}}}}}
	email, err := identifier.Parse(core.Email, subjectEmail)
	if err != nil {
		t.Fatal(err)
	}
	email.Assurance = core.Verified
	d.file, err = access.Open(t.Context(), s, access.Request{CaseNumber: "VN/1/2026", Received: time.Now(), Language: "fi", Requester: access.Self,
		Subject: core.Subject{Identifiers: []core.Identifier{email}}})
	if err != nil {
		t.Fatal(err)
	}
	for n := range tickets {
		d.tickets[n] = ticket(n, fmt.Sprintf("Näppäimistö%d rikkoutui Testisen huoneessa", n))
	}
	d.run(t)
	return d
}

func (d *desk) run(t *testing.T) *access.Answer {
	t.Helper()
	service := d.app.serviceOf(d)
	answer, err := service.Execute(t.Context(), d.file, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// serviceOf gives the flow of requests over one source.
func (a *App) serviceOf(s access.Sources) *access.Service {
	return &access.Service{Catalogue: a.Catalogue, Wiring: access.Wiring{"V6.1": access.Source{Connection: access.Connected}}, Sources: s, Log: a.Log,
		Limits: access.Limits{Parallel: 1, Timeout: time.Minute}}
}

func (d *desk) find(t *testing.T, words string) *index.Result {
	t.Helper()
	r, err := d.app.Search(t.Context(), d.file, index.Query{Text: words})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// generation gives the folder of the index on disk, empty if there is none.
func (d *desk) generation(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(d.file.IndexPlace().Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			return e.Name()
		}
	}
	return ""
}

const large = inMemoryRecords + 60

func TestASmallRequestIsSearchedInMemory(t *testing.T) {
	d := newDesk(t, 20)
	if r := d.find(t, "näppäimistö7"); r.Total != 1 {
		t.Errorf("%d hits", r.Total)
	}
	if g := d.generation(t); g != "" {
		t.Error("an index was written")
	}
}

func TestTheIndexOfALargeRequestIsKept(t *testing.T) {
	d := newDesk(t, large)
	if r := d.find(t, ""); r.Total != large {
		t.Fatalf("%d of %d", r.Total, large)
	}
	first := d.generation(t)
	if first == "" {
		t.Fatal("no index was kept")
	}
	d.find(t, "näppäimistö7")
	if d.generation(t) != first {
		t.Error("it was built again for nothing")
	}

	// A run that brings one more, one that is changed, one fewer and one in
	// which the subject acts for the organisation.
	d.tickets[large] = ticket(large, "Aivan uusi kuvaruutu")
	d.tickets[7] = ticket(7, "Muuttunut hiiri")
	delete(d.tickets, 8)
	official := ticket(9, "Näppäimistö9 toisen ihmisen") // the subject only handled it
	official.Parties[0].Slot = "assignee"
	d.tickets[9] = official
	d.run(t)
	for words, want := range map[string]int{"kuvaruutu": 1, "hiiri": 1, "näppäimistö7": 0, "näppäimistö8": 0, "näppäimistö9": 0, "toisen": 0,
		"näppäimistö10": 1, "": large - 1} {
		if r := d.find(t, words); r.Total != want {
			t.Errorf("%q: %d hits, want %d", words, r.Total, want)
		}
	}
	if d.generation(t) != first {
		t.Error("the whole index was built again for four changes")
	}
	// Smaller again: nothing stays on the disk.
	for n := range d.tickets {
		if n > 30 {
			delete(d.tickets, n)
		}
	}
	d.run(t)
	if r := d.find(t, "näppäimistö12"); r.Total != 1 || d.generation(t) != "" {
		t.Errorf("%d hits, index %q", r.Total, d.generation(t))
	}
}

func TestADamagedIndexDoesNotStopASearch(t *testing.T) {
	d := newDesk(t, large)
	d.find(t, "hiiri")
	err := filepath.WalkDir(d.file.IndexPlace().Dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			err = os.Truncate(path, 50)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	before := d.generation(t)
	if r := d.find(t, ""); r.Total != large {
		t.Errorf("%d of %d", r.Total, large)
	}
	if d.generation(t) == before {
		t.Error("it was not built anew")
	}
}

// One search has the index on disk; another waits shortly and then does
// without.
func TestTwoSearchesAtOnce(t *testing.T) {
	d := newDesk(t, large)
	first, err := d.app.Index(t.Context(), d.file)
	if err != nil {
		t.Fatal(err)
	}
	other, err := store.Open(t.Context(), d.app.Home)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	file, err := other.File(t.Context(), d.file.ID())
	if err != nil {
		t.Fatal(err)
	}
	second := &App{Home: d.app.Home, Catalogue: d.app.Catalogue, Store: other, Log: d.app.Log}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if r, err := second.Search(ctx, file, index.Query{Text: "näppäimistö7"}); err != nil || r.Total != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := first.Search(ctx, index.Query{Text: "näppäimistö7"}); err != nil || r.Total != 1 {
		t.Errorf("the first one: %+v, %v", r, err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if r, err := second.Search(ctx, file, index.Query{Text: "näppäimistö8"}); err != nil || r.Total != 1 {
		t.Errorf("after it: %+v, %v", r, err)
	}
}

func TestErasingTakesTheIndex(t *testing.T) {
	d := newDesk(t, large)
	d.find(t, "hiiri")
	dir := d.file.IndexPlace().Dir
	copied := filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(filepath.Join(d.app.Home, "data"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		for _, probe := range []string{"Testi", "testi", "äppäimistö", "appaimisto", "example.fi", "requester", "INC0", "salaisuusperuste"} {
			if bytes.Contains(raw, []byte(probe)) {
				t.Errorf("%s holds %q", filepath.Base(path), probe)
			}
		}
		return err
	})
	if err != nil || files < 5 {
		t.Fatalf("%d files, %v", files, err)
	}
	if err := d.app.Store.Erase(t.Context(), d.file.ID()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the index is still there: %v", err)
	}
	// The copy does not open under any other key.
	_, done, err := index.Follow(t.Context(), index.Place{Dir: copied, Key: make([]byte, 32)}, "x", nil,
		func(context.Context, []string, func(index.Document) error) error { return nil })
	if err == nil && !strings.Contains(done.Rebuilt, "another key") {
		t.Errorf("%+v", done)
	}
}

// What a source withheld is neither found nor shown, and a hit tells in which
// field it is.
func TestHitsOfRecords(t *testing.T) {
	d := newDesk(t, 3)
	if r := d.find(t, "salaisuusperuste"); r.Total != 0 {
		t.Error("a withheld value is found")
	}
	r := d.find(t, "testinen näppäimistö1")
	if len(r.Hits) != 1 {
		t.Fatalf("%d hits", r.Total)
	}
	got := map[string]string{}
	for _, w := range r.Hits[0].Why {
		got[w.Field] += w.Word + " " + string(w.How) + ";"
	}
	if got["description"] != "Näppäimistö1 exact;Testisen inflected;" || !strings.Contains(got["requester.name"], "Testinen exact") {
		t.Errorf("%v", got)
	}
	for lang, want := range map[string]string{"fi": "Kuvaus", "sv": "Beskrivning", "en": "Description"} {
		if got := FieldLabel("ticketing", "ticket", "description", lang); got != want {
			t.Errorf("%s: %q", lang, got)
		}
		if got := FieldLabel("ticketing", "ticket", "requester.name", lang); !strings.Contains(got, ": ") || strings.Contains(got, "requester") && lang != "en" {
			t.Errorf("%s: %q", lang, got)
		}
	}
	if got := FieldLabel("ticketing", "ticket", "unmapped_column", "fi"); got != "unmapped_column" {
		t.Errorf("a field without a profile: %q", got)
	}
}

// The outcome of a request is the same with an index, with a broken one and
// with none.
func TestNoOutcomeDependsOnTheIndex(t *testing.T) {
	d := newDesk(t, large)
	outcome := func() string {
		answer := d.run(t)
		items, undecided, err := access.CountItems(t.Context(), d.file)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(items, undecided, answer.Coverage[0].Outcome, answer.Coverage[0].Records)
	}
	without := outcome()
	d.find(t, "hiiri")
	if with := outcome(); with != without {
		t.Errorf("with an index %s, without %s", with, without)
	}
	place := d.file.IndexPlace().Dir
	if err := errors.Join(os.RemoveAll(place), os.WriteFile(place, []byte("no folder"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if broken := outcome(); broken != without {
		t.Errorf("with a broken one %s, without %s", broken, without)
	}
	if r := d.find(t, "näppäimistö7"); r.Total != 1 {
		t.Errorf("a file in the place of the index: %d hits", r.Total)
	}
}
