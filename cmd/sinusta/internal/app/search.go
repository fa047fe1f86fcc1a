package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/match"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/index"
)

const indexBatch = 1000

// Index builds the search index of a request from the store. The caller
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
	systems, err := access.Systems(a.Catalogue)
	if err != nil {
		return nil, err
	}
	ix, err := index.New()
	if err != nil {
		return nil, err
	}
	var batch []index.Document
	flush := func() error {
		err := ix.Add(ctx, batch)
		batch = batch[:0]
		return err
	}
	err = access.Items(ctx, file, func(item access.Item, records []core.Record) error {
		for i, m := range item.Members {
			batch = append(batch, document(systems[m.System], m.System, records[i], item.Verdict))
		}
		if len(batch) >= indexBatch {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("build the index: %w", err), ix.Close())
	}
	return ix, nil
}

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
	add := func(fields []core.Field, profile func(string) (catalogue.FieldProfile, bool)) {
		for _, f := range fields {
			plain := f.Value.Plain()
			if plain == "" {
				continue
			}
			d.Text = append(d.Text, plain)
			fp, ok := profile(f.Name)
			if !ok || fp.Identifier == "" {
				continue
			}
			for _, i := range identifier.ParseAll(fp.Identifier, plain) {
				d.Identifiers[i.Kind] = append(d.Identifiers[i.Kind], i.Value)
			}
		}
	}
	addAll := func(t catalogue.RecordType, fields []core.Field, parties []core.Party) {
		add(fields, t.Field)
		for _, p := range parties {
			slot, _ := t.Slot(p.Slot)
			add(p.Fields, slot.Field)
		}
	}
	addAll(spec, rec.Fields, rec.Parties)
	for _, p := range rec.Parts {
		part, _ := spec.Part(p.Type)
		addAll(part, p.Fields, p.Parties)
	}
	return d
}
