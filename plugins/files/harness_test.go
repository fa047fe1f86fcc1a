package filessource

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/index"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const secret = "0123456789abcdef0123456789abcdef0123456789abcdef"

// given is a sink that keeps what a search gives.
type given struct {
	records []core.Record
	notices []core.Problem
	counts  []core.TypeCount
	leftOut []core.LeftOut
}

func (a *given) Emit(r core.Record) error    { a.records = append(a.records, r); return nil }
func (a *given) Notice(p core.Problem) error { a.notices = append(a.notices, p); return nil }
func (a *given) Examined(c core.TypeCount)   { a.counts = append(a.counts, c) }
func (a *given) Progress(uint64)             {}
func (a *given) LeftOut(l []core.LeftOut)    { a.leftOut = l }

// refs gives the refs of the records without their beginning.
func (a *given) refs() []string {
	var out []string
	for _, r := range a.records {
		out = append(out, strings.TrimPrefix(r.Ref, "document/jako/"))
	}
	return out
}

// tells tells whether a notice of the class has all of the words.
func (a *given) tells(class core.Class, words ...string) bool {
	return slices.ContainsFunc(a.notices, func(p core.Problem) bool {
		return p.Class == class && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(p.Message, w) })
	})
}

// share is a folder with an instance that searches it.
type share struct {
	t     *testing.T
	dir   string
	index string
	*instance
}

func newShare(t *testing.T, change ...func(*Config)) *share {
	t.Helper()
	s := &share{t: t, dir: filepath.Join(t.TempDir(), "jako"), index: filepath.Join(t.TempDir(), "hakemisto")}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.open(change...)
	return s
}

// open opens an instance anew, as another process would.
func (s *share) open(change ...func(*Config)) {
	s.t.Helper()
	if s.instance != nil {
		if err := s.Close(); err != nil {
			s.t.Fatal(err)
		}
	}
	c := Config{Roots: map[string]Root{"jako": {Path: s.dir}}, Index: s.index, Key: secret}
	for _, f := range change {
		f(&c)
	}
	i, err := configure(c, sdk.Env{System: "S1", Kind: "documents"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = i.Close() })
	s.instance = i
}

func plainScan(c *Config) { c.Index, c.Key = "", "" }

func (s *share) write(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// ask searches and fails on an error.
func (s *share) ask(q core.Query) *given {
	s.t.Helper()
	a := &given{}
	if err := s.search(s.t.Context(), q, a); err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *share) finds(q core.Query, want ...string) *given {
	s.t.Helper()
	a := s.ask(q)
	if got := a.refs(); !slices.Equal(got, want) {
		s.t.Errorf("found %q, want %q", got, want)
	}
	return a
}

func key(t testing.TB, kind core.Kind, raw string) core.Identifier {
	t.Helper()
	i, err := identifier.Parse(kind, raw)
	if err != nil {
		t.Fatal(err)
	}
	i.Forms = identifier.Forms(i)
	return i
}

// by gives a query of one key set.
func by(t testing.TB, pairs ...string) core.Query {
	t.Helper()
	var set core.KeySet
	for n := 0; n+1 < len(pairs); n += 2 {
		set.AllOf = append(set.AllOf, key(t, core.Kind(pairs[n]), pairs[n+1]))
	}
	return core.Query{Request: "test", AnyOf: []core.KeySet{set}}
}

// docx gives a text document with properties.
func docx(t testing.TB, title, author, modifier string, paragraphs ...string) string {
	t.Helper()
	var body strings.Builder
	for _, p := range paragraphs {
		fmt.Fprintf(&body, "<w:p><w:r><w:t>%s</w:t></w:r></w:p>", html.EscapeString(p))
	}
	return zipped(t, map[string]string{
		"[Content_Types].xml": `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels": `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
			`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
			`<Relationship Id="r2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`,
		"docProps/core.xml": `<?xml version="1.0"?><cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">` +
			`<dc:title>` + html.EscapeString(title) + `</dc:title><dc:creator>` + html.EscapeString(author) + `</dc:creator><cp:lastModifiedBy>` + html.EscapeString(modifier) + `</cp:lastModifiedBy>` +
			`<dcterms:created>2024-01-15T08:00:00Z</dcterms:created><dcterms:modified>2024-02-01T09:30:00Z</dcterms:modified></cp:coreProperties>`,
		"word/document.xml": `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + body.String() + `</w:body></w:document>`,
	})
}

// zipped gives a ZIP file.
func zipped(t testing.TB, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func question(t testing.TB, q core.Query) *freetext.Question {
	t.Helper()
	return freetext.New(q.AnyOf, index.Inflections)
}
