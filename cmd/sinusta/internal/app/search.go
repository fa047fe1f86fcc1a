package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/match"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/index"
)

// Above this size the index of a request lies on disk, sealed, and is kept
// between searches; below it is built in memory for each search, in about a
// tenth of a second, and writes nothing. BenchmarkScale of package index prints
// what both cost.
const (
	inMemoryRecords = 500
	inMemoryBytes   = 2 << 20
)

// indexWait is how long a search waits for another that has the index of the
// request on disk; then it builds its own in memory.
const indexWait = 2 * time.Second

// Search searches the records of a request. An index that turns out to be
// damaged is built anew, once.
func (a *App) Search(ctx context.Context, file *store.File, q index.Query) (*index.Result, error) {
	for again := true; ; again = false {
		result, err := a.search(ctx, file, q)
		if !errors.Is(err, index.ErrDamaged) || !again {
			return result, err
		}
		if err := discardIndex(ctx, file); err != nil {
			return nil, err
		}
	}
}

func (a *App) search(ctx context.Context, file *store.File, q index.Query) (result *index.Result, err error) {
	ix, err := a.Index(ctx, file)
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := ix.Close(); err == nil {
			err = cerr
		}
	}()
	return ix.Search(ctx, q)
}

// discardIndex removes the index of a request on disk.
func discardIndex(ctx context.Context, file *store.File) error {
	ctx, cancel := context.WithTimeout(ctx, indexWait)
	defer cancel()
	unlock, err := file.LockIndex(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return index.Discard(index.Place(file.IndexPlace()))
}

// Index gives the search index of a request as the store is now. The caller
// closes it.
func (a *App) Index(ctx context.Context, file *store.File) (*index.Index, error) {
	unlock, err := lockForReading(ctx, file)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := a.Coverage(ctx, file); err != nil {
		return nil, err
	}
	r, err := a.readable(ctx, file)
	if err != nil {
		return nil, err
	}
	ix, err := r.index(ctx)
	if err != nil {
		return nil, fmt.Errorf("build the index: %w", err)
	}
	return ix, nil
}

// readable is the records of a request as an index reads them.
type readable struct {
	file    *store.File
	systems map[string]match.System
	basis   string // what documents are made by, beside the records
	held    map[string]access.Held
	entries []index.Entry
	bytes   int
}

func (a *App) readable(ctx context.Context, file *store.File) (*readable, error) {
	systems, err := access.Systems(a.Catalogue)
	if err != nil {
		return nil, err
	}
	held, err := access.HeldRecords(ctx, file)
	if err != nil {
		return nil, err
	}
	r := &readable{file: file, systems: systems, basis: documentForm + " " + Version() + " " + a.digest, held: make(map[string]access.Held, len(held))}
	for _, h := range held {
		id := index.ID(h.System, h.Ref)
		r.held[id] = h
		r.entries = append(r.entries, index.Entry{ID: id, Version: h.Version + string(h.Verdict), Bytes: h.Bytes})
		r.bytes += h.Bytes
	}
	return r, nil
}

// index gives the index: in memory while it is small, and when another search
// does not let go of the one on disk.
func (r *readable) index(ctx context.Context) (*index.Index, error) {
	if len(r.entries) <= inMemoryRecords && r.bytes <= inMemoryBytes {
		if _, err := os.Stat(r.file.IndexPlace().Dir); err == nil { // the request was larger once
			if err := discardIndex(ctx, r.file); err != nil {
				return nil, err
			}
		}
		return r.inMemory(ctx)
	}
	waiting, cancel := context.WithTimeout(ctx, indexWait)
	defer cancel()
	unlock, err := r.file.LockIndex(waiting)
	if errors.Is(err, store.ErrBusy) && ctx.Err() == nil {
		return r.inMemory(ctx)
	}
	if err != nil {
		return nil, err
	}
	ix, _, err := index.Follow(ctx, index.Place(r.file.IndexPlace()), r.basis, r.entries, r.load)
	if err != nil {
		unlock()
		return nil, err
	}
	ix.AtClose(unlock)
	return ix, nil
}

func (r *readable) inMemory(ctx context.Context) (*index.Index, error) {
	ix, err := index.New()
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(r.entries))
	for i, e := range r.entries {
		ids[i] = e.ID
	}
	err = r.load(ctx, ids, func(d index.Document) error { return ix.Add(ctx, []index.Document{d}) })
	if err != nil {
		return nil, errors.Join(err, ix.Close())
	}
	return ix, nil
}

// load is the index.Load of these records.
func (r *readable) load(ctx context.Context, ids []string, each func(index.Document) error) error {
	held := make([]access.Held, len(ids))
	for i, id := range ids {
		held[i] = r.held[id]
	}
	return access.EachRecord(ctx, r.file, held, func(i int, rec core.Record) error {
		h := held[i]
		return each(document(r.systems[h.System], h.System, rec, h.Verdict))
	})
}

// documentForm is the version of what document makes of a record.
const documentForm = "2"

// document makes the searchable form of a record: its text, and the
// identifiers that its profile knows.
func document(system match.System, id string, rec core.Record, verdict core.Verdict) index.Document {
	d := index.Document{ID: index.ID(id, rec.Ref), System: id, Ref: rec.Ref, Type: rec.Type, Verdict: verdict,
		Identifiers: map[core.Kind][]string{}}
	if !rec.Time.IsZero() {
		d.Year = rec.Time.In(finland()).Year()
	}
	var spec catalogue.RecordType
	if system.Profile != nil {
		d.Kind = system.Profile.Kind
		spec, _ = system.Profile.Type(rec.Type)
	}
	add := func(path string, fields []core.Field, profile func(string) (catalogue.FieldProfile, bool)) {
		for _, f := range fields {
			plain := f.Value.Plain()
			if plain == "" {
				continue
			}
			d.Text = append(d.Text, index.Text{Field: path + f.Name, Value: plain})
			fp, ok := profile(f.Name)
			if !ok || fp.Identifier == "" {
				continue
			}
			for _, i := range identifier.ParseAll(fp.Identifier, plain) {
				d.Identifiers[i.Kind] = append(d.Identifiers[i.Kind], i.Value)
			}
		}
	}
	addAll := func(path string, t catalogue.RecordType, fields []core.Field, parties []core.Party) {
		add(path, fields, t.Field)
		for _, p := range parties {
			slot, _ := t.Slot(p.Slot)
			add(path+p.Slot+partyMark, p.Fields, slot.Field)
		}
	}
	addAll("", spec, rec.Fields, rec.Parties)
	for _, p := range rec.Parts {
		part, _ := spec.Part(p.Type)
		addAll(p.Type+partMark, part, p.Fields, p.Parties)
	}
	return d
}

// The marks in the path of a field: comment/author.name is the name of the
// author of a comment.
const (
	partMark  = "/"
	partyMark = "."
)

// FieldLabel gives the label of a field in a hit, in lang (fi, sv or en), with
// its part and its slot before it. What no profile knows keeps its own name.
func FieldLabel(kind, recordType, path, lang string) string {
	profile, err := catalogue.ProfileFor(kind)
	if err != nil {
		return path
	}
	spec, _ := profile.Type(recordType)
	var words []string
	if part, rest, ok := strings.Cut(path, partMark); ok {
		title := part
		if spec, ok = spec.Part(part); ok {
			title = spec.Title.In(lang)
		}
		words, path = append(words, title), rest
	}
	field := spec.Field
	if name, rest, ok := strings.Cut(path, partyMark); ok {
		title := name
		slot, ok := spec.Slot(name)
		if ok {
			title = slot.Title.In(lang)
		}
		words, path, field = append(words, title), rest, slot.Field
	}
	if f, ok := field(path); ok {
		path = f.Label.In(lang)
	}
	return strings.Join(append(words, path), ": ")
}
