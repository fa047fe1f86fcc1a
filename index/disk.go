package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

const (
	// boltTimeout bounds the wait for Bleve's own lock, which nobody else
	// should hold: whoever comes here has the lock of the place.
	boltTimeout = "1s"
	// closeWait bounds the wait for background work that died.
	closeWait = 5 * time.Second
)

// newMapping gives a mapping that adds nothing: documents bring their fields.
func newMapping() *mapping.IndexMappingImpl {
	m := mapping.NewIndexMapping()
	m.DefaultMapping = mapping.NewDocumentStaticMapping()
	m.StoreDynamic, m.IndexDynamic, m.DocValuesDynamic = false, false, false
	return m
}

// readyMapping lets Bleve's builder take documents that are made already.
type readyMapping struct{ *mapping.IndexMappingImpl }

// MapDocument gives doc the fields of data, a *document.Document.
func (readyMapping) MapDocument(doc *document.Document, data any) error {
	ready, ok := data.(*document.Document)
	if !ok {
		return fmt.Errorf("no document but a %T", data)
	}
	doc.Fields = ready.Fields
	return nil
}

// builder writes a new index: each batch a sealed segment, all of them merged
// to one in the end. Everything happens in the goroutine of the caller, so that
// every error and panic comes out here.
type builder struct {
	maker   *Index // how documents are made
	bleve   bleve.Builder
	release func()
}

func newBuilder(p Place, generation string, documents, bytes int) (*builder, error) {
	dir := filepath.Join(p.Dir, generation)
	_, release, err := fileKeys().open(dir, p.Key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		release()
		return nil, err
	}
	perBatch := batchDocuments
	if documents > 0 {
		perBatch = max(1, min(perBatch, batchBytes/max(1, bytes/documents)))
	}
	b, err := bleve.NewBuilder(dir, readyMapping{newMapping()}, map[string]any{
		"batchSize": perBatch, "mergeMax": 64, "buildPathPrefix": dir, // below dir, so that it is sealed
	})
	if err != nil {
		release()
		return nil, err
	}
	return &builder{maker: &Index{analyzer: newTextAnalyzer()}, bleve: b, release: release}, nil
}

func (b *builder) add(d Document) error {
	return guarded(func() error {
		doc, _ := b.maker.build(d)
		return b.bleve.Index(doc.ID(), doc)
	})
}

func (b *builder) finish() error { return guarded(b.bleve.Close) }

// openSealed opens the index of a place for searching. Nothing of it is
// written, and no background work runs.
func openSealed(p Place, m *manifest) (*Index, error) {
	dir := filepath.Join(p.Dir, m.Generation)
	_, release, err := fileKeys().open(dir, p.Key)
	if err != nil {
		return nil, err
	}
	var b bleve.Index
	var count uint64
	err = guarded(func() (err error) {
		if b, err = bleve.OpenUsing(dir, map[string]any{"read_only": true, "bolt_timeout": boltTimeout}); err == nil {
			count, err = b.DocCount()
		}
		return err
	})
	if err == nil && count != uint64(len(m.docs)) {
		err = errors.New("documents are missing")
	}
	if err != nil {
		if b != nil {
			_ = guarded(b.Close)
		}
		release()
		return nil, errUnsound{"it does not open"}
	}
	return &Index{bleve: b, analyzer: newTextAnalyzer(), fixed: true, atClose: []func(){release}}, nil
}

// update brings an index on disk to what the difference says. Any fault gives
// errUnsound, and the manifest is gone then.
func update(ctx context.Context, p Place, m *manifest, d *difference) error {
	if err := os.Remove(filepath.Join(p.Dir, manifestName)); err != nil {
		return errUnsound{"its manifest cannot be replaced"}
	}
	if len(d.docs)+len(d.gone) > 0 {
		if err := apply(ctx, filepath.Join(p.Dir, m.Generation), p.Key, d); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errUnsound{"it could not be brought up to date"}
		}
	}
	for _, id := range d.gone {
		delete(m.docs, id)
	}
	for _, doc := range d.docs {
		m.docs[doc.ID] = mark{digest: digest(doc)}
	}
	for id, version := range d.versions {
		known := m.docs[id]
		known.version = version
		m.docs[id] = known
	}
	if err := writeManifest(ctx, p, m); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errUnsound{"its manifest could not be written"}
	}
	return nil
}

// apply writes the changes into the files of an index.
func apply(ctx context.Context, dir string, key []byte, d *difference) (err error) {
	folder, release, err := fileKeys().open(dir, key)
	if err != nil {
		return err
	}
	defer release()
	var b bleve.Index
	err = guarded(func() (err error) {
		b, err = bleve.OpenUsing(dir, map[string]any{"bolt_timeout": boltTimeout, "asyncErrorCallbackName": asyncErrors})
		return err
	})
	if err != nil {
		return err
	}
	var files []string
	err = folder.watched(func() (err error) {
		if err := writeBatches(ctx, b, d); err != nil {
			return err
		}
		files, err = settle(ctx, b, d.replaces || len(d.gone) > 0)
		return err
	})
	if err := errors.Join(err, closed(b)); err != nil {
		return err
	}
	return sweep(filepath.Join(dir, "store"), files)
}

func writeBatches(ctx context.Context, b bleve.Index, d *difference) error {
	maker := &Index{analyzer: newTextAnalyzer()}
	batch, bytes := b.NewBatch(), 0
	flush := func(least int) error {
		if batch.Size() < least && bytes < batchBytes {
			return nil
		}
		err := errors.Join(ctx.Err(), b.Batch(batch))
		batch, bytes = b.NewBatch(), 0
		return err
	}
	for _, id := range d.gone {
		batch.Delete(id)
		if err := flush(batchDocuments); err != nil {
			return err
		}
	}
	for _, doc := range d.docs {
		made, size := maker.build(doc)
		if err := batch.IndexAdvanced(made); err != nil {
			return err
		}
		bytes += size
		if err := flush(batchDocuments); err != nil {
			return err
		}
	}
	return flush(1)
}

// settle waits until everything is on the disk and gives the files that
// count. With compact, what was removed or replaced leaves the files too: a
// record that is not the subject's stays nowhere.
func settle(ctx context.Context, b bleve.Index, compact bool) ([]string, error) {
	advanced, err := b.Advanced()
	if err != nil {
		return nil, err
	}
	engine, ok := advanced.(*scorch.Scorch)
	if !ok {
		return nil, fmt.Errorf("the index is a %T", advanced)
	}
	for round := 0; compact && round < mergeRounds; round++ { // each merges ten segments
		if err := errors.Join(engine.ForceMerge(ctx, nil), ctx.Err()); err != nil {
			return nil, err
		}
		left, err := deleted(engine)
		if err != nil {
			return nil, err
		}
		compact = left
	}
	if compact {
		return nil, errors.New("deleted documents are left")
	}
	// A batch returns when the state that holds it, and so the merge before
	// it, is on the disk.
	if err := b.SetInternal([]byte("settled"), []byte(randomName())); err != nil {
		return nil, err
	}
	var files []string
	err = eachSegment(engine, func(s *scorch.SegmentSnapshot) error {
		stored, ok := s.Segment().(segment.PersistedSegment)
		if !ok {
			return errors.New("a segment is not on the disk")
		}
		files = append(files, filepath.Base(stored.Path()))
		return nil
	})
	return files, err
}

// mergeRounds bounds the merging of an update.
const mergeRounds = 4

// deleted tells whether a segment still holds documents that were deleted.
func deleted(engine *scorch.Scorch) (found bool, err error) {
	err = eachSegment(engine, func(s *scorch.SegmentSnapshot) error {
		found = found || s.LiveSize() != s.FullSize()
		return nil
	})
	return found, err
}

func eachSegment(engine *scorch.Scorch, f func(*scorch.SegmentSnapshot) error) error {
	reader, err := engine.Reader()
	if err != nil {
		return err
	}
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return errors.Join(fmt.Errorf("the state of the index is a %T", reader), reader.Close())
	}
	for _, s := range snapshot.Segments() {
		if err := f(s); err != nil {
			return errors.Join(err, reader.Close())
		}
	}
	return reader.Close()
}

// sweep removes the segments that no longer count; Bleve would do so some time
// later.
func sweep(dir string, keep []string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".zap" && !slices.Contains(keep, e.Name()) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// watched runs f, and gives up on it when background work has failed: f may
// then wait for ever, and is left behind.
func (o *openFolder) watched(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- guarded(f) }()
	select {
	case err := <-done:
		return err
	case <-o.failed:
		return errBackground
	}
}

// closed closes an index that background work may have left in any state.
func closed(b bleve.Index) error {
	done := make(chan error, 1)
	go func() { done <- guarded(b.Close) }()
	select {
	case err := <-done:
		return err
	case <-time.After(closeWait):
		return errBackground
	}
}

// guarded turns a panic, also one from reading a file that shrank under us,
// into ErrDamaged.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			err = ErrDamaged
		}
	}()
	return f()
}
