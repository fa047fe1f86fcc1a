package reports

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"sync"
)

//go:embed templates/*.gohtml templates/style.css
var templateFiles embed.FS

// pageTemplate reads the templates once.
var pageTemplate = sync.OnceValues(func() (*template.Template, error) {
	return template.ParseFS(templateFiles, "templates/*.gohtml")
})

// stylesheet gives the style sheet and the content security policy that
// allows it and nothing else.
var stylesheet = sync.OnceValues(func() (template.CSS, string) {
	css, err := templateFiles.ReadFile("templates/style.css")
	if err != nil {
		return "", "default-src 'none'" // cannot happen: the file is embedded
	}
	sum := sha256.Sum256(css)
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'"
	return template.CSS(css), policy
})

// HTML writes the report in lang (fi, sv or en) as one page that needs
// nothing beside itself: no script, no font, no picture. The page is meant to
// fulfil WCAG 2.1 AA and to print on A4. It is written as it is made, so that
// a large report needs no large memory.
func HTML(w io.Writer, r *Report, lang string) error { return Write(r, lang, Forms{HTML: w}) }

// htmlForm writes the page: what stands around the items by template, the
// items, of which there may be very many, by code.
type htmlForm struct {
	out      *bufio.Writer
	template *template.Template
	page     *page
	system   *systemView // nil for one that the page has no section of
	articles articles
	also     bool // the list of things that are shown elsewhere is open
	text     []byte
}

func newHTMLForm(w io.Writer, r *Report, t *texts, lang string) (*htmlForm, error) {
	tmpl, err := pageTemplate()
	if err != nil {
		return nil, fmt.Errorf("read the templates of the report: %w", err)
	}
	p := newPage(r, t, lang)
	return &htmlForm{out: bufio.NewWriterSize(w, 1<<16), template: tmpl, page: p, articles: articles{p: p}}, nil
}

func (f *htmlForm) begin() error { return f.template.ExecuteTemplate(f.out, "page-begin", f.page) }

func (f *htmlForm) beginSystem(n int) error {
	f.system, f.also = nil, false
	if v := f.page.All[n]; slices.Contains(f.page.Holding, v) {
		f.system = v
		return f.template.ExecuteTemplate(f.out, "system-begin", v)
	}
	return nil
}

func (f *htmlForm) item(d *Disclosed, also bool) error {
	if d.Undecided || f.system == nil {
		return nil
	}
	b := f.text[:0]
	switch {
	case !also:
		b = append(f.articles.append(b, d), '\n')
	case !f.also:
		b = append(appendHTML(append(b, "<p>"...), f.page.T.Systems.AlsoHere), "</p>\n<ul>"...)
		f.also = true
		fallthrough
	default:
		b = f.articles.appendLink(b, d)
	}
	f.text = b
	_, err := f.out.Write(b)
	return err
}

func (f *htmlForm) endSystem(withheld counts) error {
	if f.system == nil {
		return nil
	}
	if f.also {
		if _, err := f.out.WriteString("</ul>"); err != nil {
			return err
		}
	}
	f.system.withheld = withheld
	return f.template.ExecuteTemplate(f.out, "system-end", f.system)
}

func (f *htmlForm) end() error {
	if err := f.template.ExecuteTemplate(f.out, "page-end", f.page); err != nil {
		return err
	}
	return f.out.Flush()
}
