package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/sinusta/sinusta/core/durable"
)

// The field of the terms of a standing index, and how it is kept: which
// document has which term, and nothing else.
const (
	fieldTerms = "terms"
	termBorder = "\n"
	asTerms    = bleveindex.IndexField | bleveindex.SkipFreqNorm
)

// touched is the id of a document that every change writes anew: Bleve takes
// deleted documents out of a segment only when it merges it with another.
const touched = "\x00touched"

// ErrNoStanding tells that a place holds no standing index that can be used:
// none, a damaged one, one under another key or of another basis. Build makes
// one.
var ErrNoStanding = errors.New("there is no standing index that can be used")

// termTokenizer cuts the joined terms of a document again.
type termTokenizer struct{}

// Tokenize gives each term as a token.
func (termTokenizer) Tokenize(text []byte) analysis.TokenStream {
	var out analysis.TokenStream
	from := 0
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == termBorder[0] {
			if i > from {
				out = append(out, &analysis.Token{Term: text[from:i], Start: from, End: i, Position: len(out) + 1})
			}
			from = i + 1
		}
	}
	return out
}

func newTermAnalyzer() analysis.Analyzer {
	return &analysis.DefaultAnalyzer{Tokenizer: termTokenizer{}}
}

// Need says which terms a document must hold: one term, any of several needs,
// or all of them. The zero Need is held by none.
type Need struct {
	Term string
	Any  []Need
	All  []Need
}

// Standing is an index of things that stay, such as the files of a share, from
// one request to the next: which of them holds which terms. It keeps no text,
// so whoever finds something there looks at the thing itself. It is read
// only and may be used from several goroutines; Change makes the next one out
// of a copy, while this one is searched.
//
// On disk it is sealed as the index of a request is.
type Standing struct {
	ix *Index
	m  *manifest
}

// OpenStanding opens the index of a place. basis says how its documents are
// made; another basis is another index. ErrNoStanding wraps why it cannot be
// used.
func OpenStanding(ctx context.Context, p Place, basis string) (*Standing, error) {
	m, err := readManifest(p)
	if err == nil && m.Basis != standingBasis(basis) {
		err = errUnsound{"documents are made in another way now"}
	}
	if err == nil {
		err = m.sound(ctx, p)
	}
	var ix *Index
	if err == nil {
		ix, err = openSealed(p, m)
	}
	var why errUnsound
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &why):
		return nil, fmt.Errorf("%w: %s", ErrNoStanding, why.reason)
	case err != nil:
		return nil, err
	}
	return &Standing{ix: ix, m: m}, nil
}

func standingBasis(basis string) string { return form + " standing " + basis }

// Versions gives the version of every document, by id, as it was put. It must
// not be changed.
func (s *Standing) Versions() map[string]string {
	out := make(map[string]string, len(s.m.docs))
	for id, d := range s.m.docs {
		if id != touched {
			out[id] = d.version
		}
	}
	return out
}

// Holding gives the ids of the documents that hold what is needed, in no
// order. ErrDamaged, ErrClosed, or the error of ctx.
func (s *Standing) Holding(ctx context.Context, n Need) (ids []string, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // its files are mapped
	defer s.ix.guard(&err)
	if err := s.ix.usable(); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	count, err := s.ix.bleve.DocCount()
	if err != nil {
		return nil, s.ix.broken("search", err)
	}
	q := n.query()
	if count == 0 || q == nil {
		return nil, nil
	}
	req := bleve.NewSearchRequestOptions(q, int(count), 0, false) //nolint:gosec // a count of documents
	req.Score = "none"
	found, err := s.ix.bleve.SearchInContext(ctx, req)
	if err != nil {
		return nil, s.ix.broken("search", err)
	}
	for _, h := range found.Hits {
		ids = append(ids, h.ID)
	}
	return ids, nil
}

// query gives Bleve's query; nil if no document can hold what is needed.
func (n Need) query() query.Query {
	if n.Term != "" {
		q := bleve.NewTermQuery(n.Term)
		q.SetField(fieldTerms)
		return q
	}
	var all, any []query.Query
	for _, one := range n.All {
		q := one.query()
		if q == nil {
			return nil
		}
		all = append(all, q)
	}
	for _, one := range n.Any {
		if q := one.query(); q != nil {
			any = append(any, q)
		}
	}
	switch {
	case len(any) > 0:
		return allOf(append(all, anyOf(any)))
	case len(n.Any) > 0 || len(all) == 0:
		return nil
	}
	return allOf(all)
}

// Close frees the index; its files stay.
func (s *Standing) Close() error { return s.ix.Close() }

// BuildStanding makes the index of a place anew out of documents that have an
// ID and Terms, with the version of each. The place must be empty. Errors are
// ErrFull, ErrDamaged and that of ctx; nothing half-written can be opened.
func BuildStanding(ctx context.Context, p Place, basis string, docs []Document, versions map[string]string) error {
	entries := make([]Entry, len(docs))
	for i, d := range docs {
		size := 0
		for _, t := range d.Terms {
			size += len(t)
		}
		entries[i] = Entry{ID: d.ID, Version: versions[d.ID], Bytes: size}
	}
	_, err := rebuild(ctx, p, standingBasis(basis), entries, func(_ context.Context, _ []string, each func(Document) error) error {
		for _, d := range docs {
			if err := each(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return errors.Join(explainWriting("build the standing index", err), Discard(p))
	}
	return nil
}

// ChangeStanding makes the index of the place to out of that of the place from,
// which stays as it is and may be searched meanwhile: documents are put, others
// are gone, and versions are those that are new, also of documents that did not
// change. The base names of both folders are the same. What is gone or replaced
// is in no file of the new index.
func ChangeStanding(ctx context.Context, from, to Place, basis string, docs []Document, gone []string, versions map[string]string) error {
	m, err := copyStanding(from, to)
	if err == nil && m.Basis != standingBasis(basis) {
		err = errUnsound{"documents are made in another way now"}
	}
	d := &difference{gone: gone, versions: versions}
	d.docs = append(append(d.docs, docs...), Document{ID: touched, Terms: []string{randomName()}})
	for _, doc := range d.docs {
		_, known := m.docs[doc.ID]
		d.replaces = d.replaces || known
	}
	if err == nil {
		err = update(ctx, to, m, d)
	}
	var why errUnsound
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), Discard(to))
	case errors.As(err, &why):
		return errors.Join(fmt.Errorf("%w: %s", ErrNoStanding, why.reason), Discard(to))
	}
	return errors.Join(explainWriting("change the standing index", err), Discard(to))
}

// copyStanding copies an index. Its segments never change, so they are linked
// where the file system can.
func copyStanding(from, to Place) (*manifest, error) {
	m, err := readManifest(from)
	if err != nil {
		return &manifest{}, err
	}
	for name := range m.Files {
		source, target := filepath.Join(from.Dir, m.Generation, filepath.FromSlash(name)), filepath.Join(to.Dir, m.Generation, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return m, err
		}
		if strings.HasSuffix(name, ".zap") && os.Link(source, target) == nil {
			continue
		}
		data, err := os.ReadFile(source)
		if err != nil {
			return m, err
		}
		if err := os.WriteFile(target, data, 0o600); err != nil {
			return m, err
		}
	}
	raw, err := os.ReadFile(filepath.Join(from.Dir, manifestName))
	if err != nil {
		return m, err
	}
	return m, durable.Replace(filepath.Join(to.Dir, manifestName), raw)
}

// Inflections gives the forms in which Finnish bends a name, and the Swedish
// and English genitive, of a word in small letters of ASCII; of other words
// none.
func Inflections(folded string) []string {
	var out []string
	for _, i := range inflections(word{exact: []byte(folded), folded: []byte(folded)}) {
		out = append(out, i.text)
	}
	return out
}
