package document

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// loudly reads a file without catching the panics of parsers, within small
// limits, and checks what holds for every file.
func loudly(t *testing.T, name string, data []byte) {
	text := int64(0)
	e := &extraction{ctx: t.Context(), loud: true, limits: Limits{
		Unpacked: 32 << 20, Member: 8 << 20, Held: 16 << 20, Text: 8 << 20, Members: 200, Time: 20 * time.Second,
	}.filled()}
	e.fn = func(p Piece) error {
		if p.Text == "" || len(p.Text) > PieceBytes {
			t.Errorf("a piece of %d bytes", len(p.Text))
		}
		text += int64(len(p.Text))
		return nil
	}
	r, err := e.run(bytes.NewReader(data), int64(len(data)), name)
	if err != nil {
		t.Fatal(err)
	}
	if text > e.limits.Text {
		t.Errorf("%d bytes of text", text)
	}
	if len(r.Files) == 0 || len(r.Files) > e.limits.Members+2 {
		t.Errorf("%d files", len(r.Files))
	}
	for _, f := range r.Files {
		if f.State != Readable && len(f.Troubles) == 0 || f.State == "" || f.Has(ReasonTimeOut) || f.Has(ReasonChanged) {
			t.Errorf("%s: %s %v", f.Format, f.State, f.Troubles)
		}
	}
	if e.held != 0 {
		t.Errorf("%d bytes are still held", e.held)
	}
}

// seeds adds the files of testdata that match.
func seeds(f *testing.F, patterns ...string) {
	n := 0
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
			n++
		}
	}
	if n == 0 {
		f.Fatal("no seeds")
	}
}

// members adds members of the files of testdata that match.
func members(f *testing.F, pattern string, ends ...string) {
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(names) == 0 {
		f.Fatal(err, len(names))
	}
	for _, name := range names {
		z, err := zip.OpenReader(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, m := range z.File {
			for _, end := range ends {
				if !strings.HasSuffix(m.Name, end) || m.UncompressedSize64 > 32<<10 {
					continue
				}
				r, err := m.Open()
				if err != nil {
					f.Fatal(err)
				}
				var b bytes.Buffer
				if _, err := b.ReadFrom(r); err != nil {
					f.Fatal(err)
				}
				_ = r.Close()
				f.Add(b.Bytes())
			}
		}
		_ = z.Close()
	}
}

// Single bits of each file of testdata are turned, spread over all of it.
func TestBitFlips(t *testing.T) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) == 0 {
		t.Fatal(err, len(names))
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		const flips = 24
		for i := range flips {
			at := len(data) * i / flips
			data[at] ^= 1 << (i % 8)
			loudly(t, name, data)
			data[at] ^= 1 << (i % 8)
		}
	}
}

func FuzzContainer(f *testing.F) {
	seeds(f, "*.docx", "*.xlsx", "*.ods", "*.odt")
	f.Fuzz(func(t *testing.T, data []byte) { loudly(t, "a.zip", data) })
}

func FuzzWord(f *testing.F) {
	members(f, "word.docx", "document.xml", "comments.xml", "header1.xml")
	f.Fuzz(func(t *testing.T, data []byte) {
		loudly(t, "a.docx", office1(t, part{"word/document.xml", string(data)}, part{"word/comments.xml", string(data)}, part{"docProps/core.xml", string(data)}))
	})
}

func FuzzSheet(f *testing.F) {
	members(f, "*.xlsx", "sheet1.xml", "sharedStrings.xml", "styles.xml")
	f.Fuzz(func(t *testing.T, data []byte) {
		loudly(t, "a.xlsx", office1(t, append(workbookParts(string(data), string(data)), part{"xl/styles.xml", string(data)})...))
	})
}

func FuzzODF(f *testing.F) {
	members(f, "*.od?", "content.xml", "meta.xml")
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []string{"spreadsheet", "text"} {
			loudly(t, "a.odf", office1(t, part{"mimetype", "application/vnd.oasis.opendocument." + kind}, part{"content.xml", string(data)}, part{"meta.xml", string(data)}))
		}
	})
}

func FuzzPDF(f *testing.F) {
	seeds(f, "annotated.pdf", "objstm.pdf", "owner*.pdf", "scan.pdf", "weasyprint.pdf")
	f.Add(pdfPage(pdfStream("", []byte("BT /F 12 Tf 1 0 0 1 72 700 Tm [(al) -300 (ku)] TJ (a) ' 1 2 (b) \" T* ET BI /W 1 ID x EI Q q /X Do /Span << /ActualText (x) >> BDC (y) Tj EMC"))))
	f.Add(pdfPage(pdfStream("/Filter /LZWDecode", []byte("\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01"))))
	f.Add(pdfPage(pdfStream("/Filter [/ASCII85Decode /RunLengthDecode]", []byte("<~9jqo^~>"))))
	f.Fuzz(func(t *testing.T, data []byte) { loudly(t, "a.pdf", data) })
}

// FuzzPage reads the content of a page of a good PDF.
func FuzzPage(f *testing.F) {
	f.Add([]byte("BT /F 12 Tf 1 0 0 1 72 700 Tm [(al) -300 (ku)] TJ (a) ' 1 2 (b) \" T* ET BI /W 1 ID x EI Q q /X Do /Span << /ActualText (x) >> BDC (y) Tj EMC"))
	f.Add([]byte("beginbfrange <00> <ff> [<0041>] endbfrange 1 begincodespacerange <00> <ffff> endcodespacerange"))
	f.Fuzz(func(t *testing.T, data []byte) {
		loudly(t, "a.pdf", simplePDF("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
			"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /XObject << /X 4 0 R >> /Font << /F 5 0 R >> >> >>", pdfStream("", data),
			"<< /Type /Font /Subtype /Type0 /Encoding 6 0 R /ToUnicode 6 0 R >>", pdfStream("", data)))
	})
}

func FuzzRTF(f *testing.F) {
	seeds(f, "*.rtf")
	f.Add([]byte(`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset238 B;}}\uc1\f0 M\'e4kinen \u197?ke{\*\revtbl{A;}}\revised\revauth0 x\v y\bin3 {{{{\*\annotation z}}`))
	f.Fuzz(func(t *testing.T, data []byte) { loudly(t, "a.rtf", append([]byte(`{\rtf1`), data...)) })
}

func FuzzMail(f *testing.F) {
	f.Add([]byte("To: b\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\nSubject: =?utf-8?B?TcOk?=\n\n--x--\n"))
	f.Add(nestedMail(5))
	f.Fuzz(func(t *testing.T, data []byte) {
		loudly(t, "a.eml", append([]byte("From: a@example.fi\nDate: x\nReceived: y\n"), data...))
	})
}

func FuzzMSG(f *testing.F) {
	seeds(f, "mail.msg")
	f.Fuzz(func(t *testing.T, data []byte) {
		loudly(t, "a.msg", data)
		if out, err := unpackRTF(data, 1<<20); err == nil && len(out) > 1<<20+16 {
			t.Errorf("%d bytes", len(out))
		}
	})
}

func FuzzHTML(f *testing.F) {
	seeds(f, "*.html")
	f.Fuzz(func(t *testing.T, data []byte) { loudly(t, "a.html", append([]byte("<html>"), data...)) })
}

func FuzzText(f *testing.F) {
	f.Add([]byte("a;\"b\nc\";d\n\xe4;\x84\n\"x"))
	f.Add([]byte("\xff\xfea\x00b\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		loudly(t, "a.csv", data)
		loudly(t, "a.txt", data)
		loudly(t, "a.xml", append([]byte("<?xml version='1.0'?>"), data...))
	})
}
