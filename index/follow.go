package index

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Place is where an index lies on disk: a folder of its own, and the 32 bytes
// under which everything in it is sealed. Whoever uses a place has its lock:
// one at a time, in all processes.
type Place struct {
	Dir string
	Key []byte
}

// Entry is a document as the store has it now.
type Entry struct {
	// ID is the document's.
	ID string
	// Version differs whenever the document may differ.
	Version string
	// Bytes is about how much text it has.
	Bytes int
}

// Load gives the documents of ids to each, in any order. They have these IDs.
type Load func(ctx context.Context, ids []string, each func(Document) error) error

// Followed tells what Follow did.
type Followed struct {
	// Rebuilt says in words without data why the index was built anew; empty
	// if it was not.
	Rebuilt string
	// Added were indexed, new or changed; Removed are gone; Kept are as they
	// were, though some of them were read to see that.
	Added, Removed, Kept int
}

// form is the version of what documents become in the index: whoever changes
// the fields or the analysis changes it, and every index is built anew.
const form = "2"

// The share of documents that may change before building anew is cheaper.
const rebuildShare = 0.4

// Follow opens the index of a place and brings it to the entries: only what
// is new, changed or gone is indexed. An index that is missing, damaged,
// half-written, sealed under another key or made on another basis (what the
// documents are made by, such as the catalogue's digest) is built anew from
// nothing. The index can be searched only; Close it before following again.
//
// Errors are those of load and ctx, ErrFull, or ErrDamaged if even a new index
// could not be used. Nothing half-written is ever searched.
func Follow(ctx context.Context, p Place, basis string, entries []Entry, load Load) (*Index, Followed, error) {
	basis = form + " " + basis
	ix, done, err := follow(ctx, p, basis, entries, load)
	var why errUnsound
	switch {
	case err == nil:
		return ix, done, nil
	case ctx.Err() != nil:
		return nil, done, fmt.Errorf("follow the store: %w", ctx.Err())
	case errors.As(err, &why):
	default:
		return nil, done, err
	}
	done = Followed{Rebuilt: why.reason, Added: len(entries)}
	m, err := rebuild(ctx, p, basis, entries, load)
	if err != nil {
		// Half an index would only be in the way.
		return nil, done, errors.Join(explainWriting("build the index on disk", err), Discard(p))
	}
	if ix, err = openSealed(p, m); err != nil {
		return nil, done, errors.Join(fmt.Errorf("open the index that was just built: %w", ErrDamaged), Discard(p))
	}
	return ix, done, nil
}

// Discard removes the index of a place, so that the next Follow builds it
// anew.
func Discard(p Place) error {
	// The manifest first: without it nothing of the rest is used. If it cannot
	// be removed, nor can the folder.
	_ = os.Remove(filepath.Join(p.Dir, manifestName))
	if err := os.RemoveAll(p.Dir); err != nil {
		return fmt.Errorf("remove the index: %w", err)
	}
	return nil
}

// follow opens what is there: errUnsound tells why it cannot.
func follow(ctx context.Context, p Place, basis string, entries []Entry, load Load) (*Index, Followed, error) {
	var done Followed
	m, err := readManifest(p)
	if err != nil {
		return nil, done, err
	}
	if m.Basis != basis {
		return nil, done, errUnsound{"documents are made in another way now"}
	}
	if err := m.sound(ctx, p); err != nil {
		return nil, done, err
	}
	d := m.compare(entries)
	if len(d.changed) > 0 {
		if err := d.read(ctx, m, load); err != nil {
			return nil, done, err
		}
	}
	if float64(len(d.docs)+len(d.gone)) > rebuildShare*float64(max(1, len(m.docs))) {
		return nil, done, errUnsound{"most of it has changed"}
	}
	done = Followed{Added: len(d.docs), Removed: len(d.gone), Kept: len(entries) - len(d.docs)}
	if len(d.gone) > 0 && len(d.docs) == 0 {
		if err := d.touch(ctx, entries, load); err != nil {
			return nil, done, err
		}
	}
	if d.any() {
		if err := update(ctx, p, m, d); err != nil {
			return nil, done, err
		}
	}
	ix, err := openSealed(p, m)
	return ix, done, err
}

// difference is what the index lacks.
type difference struct {
	changed  []string          // ids whose version is another, or that are new
	versions map[string]string // of them
	gone     []string
	docs     []Document // those of changed that are really others
	replaces bool       // some of docs stand in the index already
}

func (d *difference) any() bool { return len(d.changed)+len(d.gone) > 0 }

func (m *manifest) compare(entries []Entry) *difference {
	d := &difference{versions: map[string]string{}}
	now := make(map[string]bool, len(entries))
	for _, e := range entries {
		now[e.ID] = true
		if known, ok := m.docs[e.ID]; !ok || known.version != e.Version {
			d.changed = append(d.changed, e.ID)
			d.versions[e.ID] = e.Version
		}
	}
	for id := range m.docs {
		if !now[id] {
			d.gone = append(d.gone, id)
		}
	}
	slices.Sort(d.gone)
	return d
}

// read reads the documents that may have changed, and keeps those that have.
func (d *difference) read(ctx context.Context, m *manifest, load Load) error {
	return load(ctx, d.changed, func(doc Document) error {
		known, ok := m.docs[doc.ID]
		if ok && known.digest == digest(doc) {
			return nil
		}
		d.docs = append(d.docs, doc)
		d.replaces = d.replaces || ok
		// Nothing is gained by reading more than a rebuild reads again.
		if float64(len(d.docs)) > rebuildShare*float64(max(1, len(m.docs)))+1 {
			return errUnsound{"most of it has changed"}
		}
		return nil
	})
}

// touch writes one document again that has not changed: Bleve takes deleted
// documents out of a segment only when it merges it with another.
func (d *difference) touch(ctx context.Context, entries []Entry, load Load) error {
	if len(entries) == 0 {
		return nil
	}
	return load(ctx, []string{entries[0].ID}, func(doc Document) error {
		d.docs = append(d.docs, doc)
		return nil
	})
}

// digest tells whether two documents are the same in the index.
func digest(d Document) string {
	for _, values := range d.Identifiers {
		slices.Sort(values)
	}
	b, err := json.Marshal(d) // maps are written in order
	if err != nil {
		return "" // no field of a document can fail
	}
	sum := sha256.Sum256(b)
	return string(sum[:16])
}

// rebuild makes a new index from nothing, without any background work.
func rebuild(ctx context.Context, p Place, basis string, entries []Entry, load Load) (*manifest, error) {
	if err := Discard(p); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(p.Dir, 0o700); err != nil {
		return nil, err
	}
	m := &manifest{Basis: basis, Generation: "g" + randomName(), docs: make(map[string]mark, len(entries))}
	var ids []string
	versions := make(map[string]string, len(entries))
	total := 0
	for _, e := range entries {
		if _, twice := versions[e.ID]; !twice {
			ids = append(ids, e.ID)
		}
		versions[e.ID] = e.Version
		total += e.Bytes
	}
	b, err := newBuilder(p, m.Generation, len(entries), total)
	if err != nil {
		return nil, err
	}
	defer b.release()
	var own error
	err = load(ctx, ids, func(doc Document) error {
		if own = ctx.Err(); own != nil {
			return own
		}
		version, wanted := versions[doc.ID]
		if _, twice := m.docs[doc.ID]; twice || !wanted {
			return nil
		}
		m.docs[doc.ID] = mark{version: version, digest: digest(doc)}
		own = b.add(doc)
		return own
	})
	if err != nil && own == nil {
		return nil, loadError{err}
	}
	if err != nil {
		return nil, err
	}
	if len(m.docs) != len(versions) {
		return nil, fmt.Errorf("%w: the store gave %d of %d documents", ErrDamaged, len(m.docs), len(versions))
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	return m, writeManifest(ctx, p, m)
}

func randomName() string {
	b := make([]byte, 8)
	rand.Read(b) // crypto/rand.Read never fails (Go 1.24)
	return hex.EncodeToString(b)
}

// ErrFull tells that the disk is full; the records are safe in the store.
var ErrFull = errors.New("the disk is full")

// explainWriting turns an error of building an index into one that says what
// to do. Bleve's own may quote a term: of those only the type is told.
func explainWriting(doing string, err error) error {
	var path *os.PathError
	var load loadError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrDamaged):
		return fmt.Errorf("%s: %w", doing, err)
	case errors.As(err, &load):
		return fmt.Errorf("%s: %w", doing, load.error)
	case isFull(err):
		return fmt.Errorf("%s: %w: nothing of the request is lost; make room and search again", doing, ErrFull)
	case errors.As(err, &path):
		return fmt.Errorf("%s: %s: %w: see that this account may write there", doing, path.Op, path.Err)
	}
	return fmt.Errorf("%s: %w (%T)", doing, ErrDamaged, err)
}

// isFull tells whether there was no room. Bleve passes some errors on as text.
func isFull(err error) bool {
	for _, full := range []error{syscall.ENOSPC, syscall.EFBIG} {
		if errors.Is(err, full) || strings.Contains(err.Error(), full.Error()) {
			return true
		}
	}
	return strings.Contains(err.Error(), "quota")
}

// loadError marks an error of the caller's load, which is handed back as it
// is.
type loadError struct{ error }

func (e loadError) Unwrap() error { return e.error }
