package index

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// The errors that callers tell apart with errors.Is.
var (
	// ErrDamaged: the index broke. Close it, make another and add every
	// document again from the store.
	ErrDamaged = errors.New("the index is damaged: rebuild it from the store")
	// ErrClosed: the index was closed.
	ErrClosed = errors.New("the index is closed")
	// ErrFixed: an index on disk is changed by Follow alone.
	ErrFixed = errors.New("the index on disk is changed by following the store")
	// ErrQuery: the query cannot be searched as it stands; the error says why.
	ErrQuery = errors.New("the search cannot be made")
)

// A batch goes into the index when it has this many documents or bytes: each
// batch becomes a segment, many small ones are slow to search, big ones cost
// memory.
const (
	batchDocuments = 2000
	batchBytes     = 8 << 20
)

// Index is the index of one request. It may be used from several goroutines.
type Index struct {
	bleve    bleve.Index
	analyzer analysis.Analyzer
	fixed    bool // on disk: Follow alone changes it
	damaged  atomic.Bool
	closed   atomic.Bool
	atClose  []func()

	mu      sync.Mutex
	pending *bleve.Batch // what no search has needed yet
	bytes   int          // of its texts
}

// New makes an empty index in memory. Close it.
func New() (*Index, error) {
	fileKeys() // Bleve reads its hooks from here on
	// Scorch with no path and no key-value store lives in memory alone.
	// bleve.NewMemOnly would take the old engine, five times slower.
	b, err := bleve.NewUsing("", newMapping(), scorch.Name, scorch.Name, nil)
	if err != nil {
		return nil, fmt.Errorf("make the index: %w", err)
	}
	return &Index{bleve: b, analyzer: newTextAnalyzer()}, nil
}

// Add adds documents, or replaces those of the same ID. A search that begins
// after Add has returned finds them. When ctx is done it stops between
// documents. ErrDamaged, ErrClosed.
func (ix *Index) Add(ctx context.Context, docs []Document) (err error) {
	defer ix.guard(&err)
	if err := ix.usable(); err != nil {
		return fmt.Errorf("add to the index: %w", err)
	}
	if ix.fixed {
		return fmt.Errorf("add to the index: %w", ErrFixed)
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for _, d := range docs {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("add to the index: %w", err)
		}
		doc, size := ix.build(d)
		if ix.pending == nil {
			ix.pending = ix.bleve.NewBatch()
		}
		if err := ix.pending.IndexAdvanced(doc); err != nil {
			return ix.broken("add to the index", err)
		}
		ix.bytes += size
		if ix.pending.Size() >= batchDocuments || ix.bytes >= batchBytes {
			if err := ix.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush makes what is pending searchable; ix.mu is held.
func (ix *Index) flush() error {
	if ix.pending == nil {
		return nil
	}
	batch := ix.pending
	ix.pending, ix.bytes = nil, 0
	if err := ix.bleve.Batch(batch); err != nil {
		return ix.broken("add to the index", err)
	}
	return nil
}

// Close frees the index. It may be called again.
func (ix *Index) Close() (err error) {
	defer ix.guard(&err)
	if ix.closed.Swap(true) {
		return nil
	}
	ix.mu.Lock()
	ix.pending = nil
	ix.mu.Unlock()
	defer func() {
		for _, f := range ix.atClose {
			f()
		}
	}()
	if err := ix.bleve.Close(); err != nil {
		return fmt.Errorf("close the index: %w", err)
	}
	return nil
}

// AtClose calls f when the index is closed, in the order of the calls. It is
// for the lock of an index on disk, and must be called before anything else
// uses the index.
func (ix *Index) AtClose(f func()) { ix.atClose = append(ix.atClose, f) }

func (ix *Index) usable() error {
	switch {
	case ix.closed.Load():
		return ErrClosed
	case ix.damaged.Load():
		return ErrDamaged
	}
	return nil
}

// guard turns a panic of the engine into ErrDamaged. The panic's value may
// quote a document and is not passed on.
func (ix *Index) guard(err *error) {
	if recover() != nil {
		ix.damaged.Store(true)
		*err = ErrDamaged
	}
}

// broken turns an error of the engine into one of ours. Its text may quote a
// term, so only its type is told.
func (ix *Index) broken(doing string, err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", doing, err)
	case errors.Is(err, bleve.ErrorIndexClosed), ix.closed.Load():
		return fmt.Errorf("%s: %w", doing, ErrClosed)
	}
	ix.damaged.Store(true)
	return fmt.Errorf("%s: %w (%T)", doing, ErrDamaged, err)
}
