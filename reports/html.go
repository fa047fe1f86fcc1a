package reports

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
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
func HTML(w io.Writer, r *Report, lang string) error {
	t, err := textsFor(lang, r.Organisation.Authority)
	if err != nil {
		return err
	}
	tmpl, err := pageTemplate()
	if err != nil {
		return fmt.Errorf("read the templates of the report: %w", err)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	if err := tmpl.ExecuteTemplate(out, "page.gohtml", newPage(r, t, lang)); err != nil {
		return fmt.Errorf("write the report as HTML: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the report as HTML: %w", err)
	}
	return nil
}
