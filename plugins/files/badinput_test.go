package filessource

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// Bad input, each through a search of a share; what the format readers do with
// it by themselves is tested in core/document (hostile_test.go, formats_test.go).
//
//	zip bombs, nested archives, XML bombs    TestBadInput
//	files of 2 GB                            TestBadInput, TestWhatCannotBeReadIsTold
//	files that change while they are read    TestAFileThatChangesWhileItIsRead
//	loops of links, odd path names           TestAnOddTree
//	macros, formulas, HTML with scripts      TestWhatIsActiveIsText
//	mail with 1,000 nested parts             TestBadInput
//	CSV with broken quotes                   TestBadInput
//
// The same through exports and mailboxes: plugins/csv/badinput_test.go and
// plugins/mail/badinput_test.go.

// xmlBomb is a text of entities of entities: three thousand million letters.
func xmlBomb() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a0 "ha">`)
	for n := range 30 {
		fmt.Fprintf(&b, `<!ENTITY a%d "&a%d;&a%d;">`, n+1, n, n)
	}
	return b.String() + `]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&a30;</w:t></w:r></w:p></w:body></w:document>`
}

// nested is a zip in a zip in a zip, with a text in the innermost.
func nested(t *testing.T, depth int) string {
	out := zipped(t, map[string]string{"sisin.txt": "tunnus 010190-900P"})
	for range depth {
		out = zipped(t, map[string]string{"sisempi.zip": out})
	}
	return out
}

// nestedMail is a message whose parts lie in each other.
func nestedMail(depth int) string {
	var b strings.Builder
	b.WriteString("From: aku@example.fi\nSubject: x\nMIME-Version: 1.0\n")
	for n := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", n, n)
	}
	return b.String()
}

// Each of these is bounded and told, in every search, and what lies beside it
// is found.
func TestBadInput(t *testing.T) {
	word := func(document string) string {
		return zipped(t, map[string]string{"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
			"word/document.xml": document})
	}
	for name, c := range map[string]struct {
		file, text string
		words      []string
	}{
		"a zip bomb":                   {"pommi.zip", zipped(t, map[string]string{"nollia.txt": strings.Repeat("0", 64<<20)}), []string{"format zip"}},
		"an office file that is one":   {"pommi.docx", word("<w:document>" + strings.Repeat(" ", 64<<20) + "</w:document>"), []string{"could not be read"}},
		"nested archives":              {"sipuli.zip", nested(t, 60), []string{"files in files"}},
		"an XML bomb":                  {"naurut.docx", word(xmlBomb()), []string{"could not be read"}},
		"mail with 1,000 nested parts": {"syva.eml", nestedMail(1000), []string{"more parts"}},
		"CSV with broken quotes":       {"rikki.csv", "nimi;tunnus\n\"Aku;1\nMaija;010190-900P\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShare(t, func(c *Config) { c.Limits = &Limits{UnpackedBytes: 8 << 20, FileSeconds: 60} })
			s.write(c.file, c.text)
			s.write("osuma.txt", "tunnus 010190-900P")
			for range 2 {
				a := s.ask(by(t, person, "010190-900P"))
				if got := a.refs(); len(got) == 0 || got[0] != "osuma.txt" || c.words == nil && (len(got) != 2 || got[1] != c.file) {
					t.Errorf("found %q", got)
				}
				if c.words != nil && !a.tells(core.ClassPartial, c.words...) {
					t.Errorf("told %+v", a.notices)
				}
			}
		})
	}
	t.Run("a file of 2 GB", func(t *testing.T) {
		s := newShare(t)
		s.write("osuma.txt", "tunnus 010190-900P")
		if err := os.Truncate(s.write("suuri.txt", "x"), 2<<30); err != nil {
			t.Fatal(err)
		}
		if a := s.finds(by(t, person, "010190-900P"), "osuma.txt"); !a.tells(core.ClassPartial, "limits.file_bytes") {
			t.Errorf("told %+v", a.notices)
		}
	})
}

// Formulas, scripts and macros are text at the most: nothing is reckoned, run
// or fetched, and no mark-up reaches a record.
func TestWhatIsActiveIsText(t *testing.T) {
	s := newShare(t)
	trace := filepath.Join(t.TempDir(), "jälki")
	s.write("kaava.csv", "nimi;tunnus\n=cmd|'/C touch "+trace+"'!A0;010190-900P\n")
	s.write("sivu.html", "<html><body onload=\"x()\"><script>ajettu()</script><img src=\"http://127.0.0.1:1/x\"><p>tunnus 010190-900P</p><a href=\"javascript:x()\">linkki</a></body></html>")
	s.write("makro.docm", zipped(t, map[string]string{"[Content_Types].xml": "<Types/>", "word/vbaProject.bin": "Sub AutoOpen()",
		"word/document.xml": `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>tunnus 010190-900P</w:t></w:r></w:p></w:body></w:document>`}))
	a := s.finds(by(t, person, "010190-900P"), "kaava.csv", "makro.docm", "sivu.html")
	if len(a.records) != 3 {
		t.FailNow()
	}
	texts := map[string]string{}
	for _, r := range a.records {
		v, _ := core.First(r.Fields, "text")
		path, _ := core.First(r.Fields, "path")
		texts[path.Plain()] = v.Plain()
	}
	if !strings.Contains(texts["kaava.csv"], "=cmd|'/C touch") {
		t.Errorf("the formula came as %q", texts["kaava.csv"])
	}
	for _, mark := range []string{"<", "ajettu", "javascript", "onload", "127.0.0.1"} {
		if strings.Contains(texts["sivu.html"], mark) {
			t.Errorf("the page came with %q: %q", mark, texts["sivu.html"])
		}
	}
	if strings.Contains(texts["makro.docm"], "AutoOpen") {
		t.Errorf("the macro came as text: %q", texts["makro.docm"])
	}
	if _, err := os.Stat(trace); err == nil {
		t.Error("a formula was run")
	}
}
