package document

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// zeros are bytes of a file that takes no room.
type zeros struct{ head []byte }

func (z zeros) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(z.head)) {
		copy(p, z.head[off:])
	}
	return len(p), nil
}

// part is a member of an office file that a test makes.
type part struct{ name, text string }

func office1(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range append([]part{{"[Content_Types].xml", "<Types/>"}}, parts...) {
		f, err := w.Create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, p.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func deflated(n int, pattern string) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	block := bytes.Repeat([]byte(pattern), 1<<20/len(pattern))
	for range n {
		_, _ = w.Write(block)
	}
	_ = w.Close()
	return b.Bytes()
}

// flatBomb is a member of n MiB of one byte.
func flatBomb(t testing.TB, name string, n int, declared bool) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	data := deflated(n, "a")
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: uint64(len(data)), UncompressedSize64: 1000}
	if declared {
		h.UncompressedSize64 = uint64(n) << 20
	}
	f, err := w.CreateRaw(h)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// overlapping is an archive whose members all share one stream of data, as in
// the bombs of David Fifield.
func overlapping(t testing.TB) []byte {
	data := deflated(20, "a")
	var b bytes.Buffer
	local := func(name string) []byte {
		h := make([]byte, 30+len(name))
		copy(h, "PK\x03\x04")
		binary.LittleEndian.PutUint16(h[4:], 20)
		binary.LittleEndian.PutUint16(h[8:], 8)
		binary.LittleEndian.PutUint32(h[18:], uint32(len(data)))
		binary.LittleEndian.PutUint32(h[22:], 20<<20)
		binary.LittleEndian.PutUint16(h[26:], uint16(len(name)))
		copy(h[30:], name)
		return h
	}
	b.Write(local("x.txt"))
	b.Write(data)
	at := b.Len()
	const members = 1000
	for range members {
		c := make([]byte, 46+5)
		copy(c, "PK\x01\x02")
		binary.LittleEndian.PutUint16(c[6:], 20)
		binary.LittleEndian.PutUint16(c[10:], 8)
		binary.LittleEndian.PutUint32(c[16:], crc32.ChecksumIEEE(nil))
		binary.LittleEndian.PutUint32(c[20:], uint32(len(data)))
		binary.LittleEndian.PutUint32(c[24:], 20<<20)
		binary.LittleEndian.PutUint16(c[28:], 5)
		copy(c[46:], "x.txt")
		b.Write(c)
	}
	size := b.Len() - at
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint16(end[8:], members)
	binary.LittleEndian.PutUint16(end[10:], members)
	binary.LittleEndian.PutUint32(end[12:], uint32(size))
	binary.LittleEndian.PutUint32(end[16:], uint32(at))
	b.Write(end)
	return b.Bytes()
}

// nestedZips holds zips within each other, n deep, each with ten copies.
func nestedZips(t testing.TB, n int) []byte {
	data := zipped(t, map[string][]byte{"a.txt": bytes.Repeat([]byte("a"), 1000)})
	for range n {
		files := map[string][]byte{}
		for i := range 10 {
			files[fmt.Sprintf("%d.zip", i)] = data
		}
		data = zipped(t, files)
	}
	return data
}

// nestedMail is a message with n parts within each other.
func nestedMail(n int) []byte {
	var b strings.Builder
	b.WriteString("From: a@example.fi\r\nTo: b@example.fi\r\nSubject: x\r\nMIME-Version: 1.0\r\n")
	for i := range n {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("Content-Type: text/plain\r\n\r\nsyvällä 010190-900A\r\n")
	for i := n - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "--b%d--\r\n", i)
	}
	return []byte(b.String())
}

// simplePDF makes a PDF of objects, whose table is right.
func simplePDF(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, a := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

func pdfStream(dict string, data []byte) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

func zlibbed(data []byte) []byte {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevel(&b, 9)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

func pdfPage(content string) []byte {
	return simplePDF("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /XObject << /X 4 0 R >> /Font << /F 5 0 R >> >> >>", content,
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
}

// compound is a compound file with one directory of n entries, each the left
// neighbour of the one before, so that a reader goes as deep as there are
// entries.
func compound(n int) []byte {
	const sector = 512
	dirs := (n*128 + sector - 1) / sector
	fats := (dirs + 128) / 128
	for (dirs+fats+127)/128 > fats {
		fats++
	}
	difats := max(0, (fats-109+126)/127)
	for (dirs+fats+difats+127)/128 > fats {
		fats++
		difats = max(0, (fats-109+126)/127)
	}
	b := make([]byte, sector*(1+difats+fats+dirs))
	put := func(at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }
	copy(b, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	b[26], b[30] = 3, 9
	put(44, uint32(fats))
	put(48, uint32(difats+fats))
	put(60, 0xFFFFFFFE)
	put(68, 0)
	put(72, uint32(difats))
	for i := range fats { // the sectors of the FAT: 109 in the header, then in sectors of their own
		at := 76 + 4*i
		if i >= 109 {
			j := i - 109
			at = sector*(1+j/127) + 4*(j%127)
		}
		put(at, uint32(difats+i))
	}
	for i := range difats {
		put(sector*(1+i)+508, uint32(i+1))
	}
	for i := range dirs {
		next := uint32(difats + fats + i + 1)
		if i == dirs-1 {
			next = 0xFFFFFFFE
		}
		put(sector*(1+difats)+4*(difats+fats+i), next)
	}
	for i := range dirs * 4 {
		at := sector*(1+difats+fats) + 128*i
		b[at], b[at+64], b[at+66] = 'x', 4, 2
		put(at+68, uint32(i+1))
		if i == dirs*4-1 {
			put(at+68, 0xFFFFFFFF)
		}
		put(at+72, 0xFFFFFFFF)
		put(at+76, 0xFFFFFFFF)
	}
	return b
}

// hostile is a file made to harm, and what must be said of it.
type hostile struct {
	name   string
	make   func(t testing.TB) []byte
	reason Reason
	kept   string // text that must be there all the same
	limits Limits
}

const sheetHead = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`

func workbookParts(sheet, shared string) []part {
	return []part{
		{"xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="S" r:id="a"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="a" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/sharedStrings.xml", shared}, {"xl/worksheets/sheet1.xml", sheet},
	}
}

func hostiles() []hostile {
	return []hostile{
		{name: "flat.zip", make: func(t testing.TB) []byte { return flatBomb(t, "a.txt", 200, true) }, reason: ReasonTooLarge},
		{name: "lying.zip", make: func(t testing.TB) []byte { return flatBomb(t, "a.txt", 200, false) }, reason: ReasonDamaged},
		{name: "ratio.zip", make: func(t testing.TB) []byte { return flatBomb(t, "a.txt", 60, true) }, reason: ReasonBomb},
		{name: "overlapping.zip", make: overlapping, reason: ReasonBomb},
		{name: "nested.zip", make: func(t testing.TB) []byte { return nestedZips(t, 8) }, reason: ReasonTooMany, limits: Limits{Members: 500, Depth: 20}},
		{name: "deep.zip", make: func(t testing.TB) []byte { return nestedZips(t, 8) }, reason: ReasonTooDeep, limits: Limits{Members: 200}},
		{name: "bomb.docx", make: func(t testing.TB) []byte {
			return office1(t, part{"word/document.xml", `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>ennen 010190-900A</w:t></w:r></w:p>` +
				strings.Repeat(`<w:p><w:r><w:t>a</w:t></w:r></w:p>`, 600_000) + `</w:body></w:document>`})
		}, reason: ReasonBomb, kept: "ennen 010190-900A"},
		{name: "entities.docx", make: func(t testing.TB) []byte {
			return office1(t, part{"word/document.xml", `<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]><w:document xmlns:w="w"><w:p><w:t>&b;</w:t></w:p></w:document>`})
		}, reason: ReasonBomb},
		{name: "external.docx", make: func(t testing.TB) []byte {
			return office1(t, part{"word/document.xml", `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document xmlns:w="w"><w:p><w:t>&a;</w:t></w:p></w:document>`})
		}, reason: ReasonBomb},
		{name: "unknown.docx", make: func(t testing.TB) []byte {
			return office1(t, part{"word/document.xml", `<w:document xmlns:w="w"><w:p><w:t>alku</w:t></w:p><w:p><w:t>&a;</w:t></w:p></w:document>`})
		}, reason: ReasonDamaged, kept: "alku"},
		{name: "deep.docx", make: func(t testing.TB) []byte {
			return office1(t, part{"word/document.xml", `<w:document xmlns:w="w"><w:p><w:t>alku</w:t></w:p>` + strings.Repeat("<w:sdt>", 100_000)})
		}, reason: ReasonTooDeep, kept: "alku"},
		{name: "attributes.docx", make: func(t testing.TB) []byte {
			var b strings.Builder
			for i := range 50_000 {
				fmt.Fprintf(&b, ` a%d="1"`, i)
			}
			return office1(t, part{"word/document.xml", `<w:document xmlns:w="w"><w:p><w:t>alku</w:t></w:p><w:p` + b.String() + `></w:p></w:document>`})
		}, reason: ReasonTooMany, kept: "alku"},
		{name: "token.docx", make: func(t testing.TB) []byte {
			return office1(t, part{"word/document.xml", `<w:document xmlns:w="w"><w:p><w:t>alku</w:t></w:p><w:p><w:t>` + strings.Repeat("a", 6<<20) + `</w:t></w:p></w:document>`})
		}, reason: ReasonTooLarge, kept: "alku"},
		{name: "cells.xlsx", make: func(t testing.TB) []byte {
			return office1(t, workbookParts(sheetHead+`<row r="1"><c t="inlineStr"><is><t>alku</t></is></c></row>`+strings.Repeat(`<row><c><v>1</v></c><c><v>2</v></c><c><v>3</v></c></row>`, 10_000), "<sst/>")...)
		}, reason: ReasonTooMany, kept: "alku", limits: Limits{Cells: 10_000}},
		{name: "shared.xlsx", make: func(t testing.TB) []byte {
			return office1(t, workbookParts(sheetHead+`<row r="1"><c t="inlineStr"><is><t>alku</t></is></c></row>`+strings.Repeat(`<row><c t="s"><v>0</v></c></row>`, 20_000),
				"<sst><si><t>"+strings.Repeat("pitkä ", 10_000)+"</t></si></sst>")...)
		}, reason: ReasonTooLarge, kept: "alku"},
		{name: "strings.xlsx", make: func(t testing.TB) []byte {
			return office1(t, workbookParts(sheetHead, "<sst>"+strings.Repeat("<si><t>abc</t></si>", 300_000)+"</sst>")...)
		}, reason: ReasonTooLarge, limits: Limits{Held: 4 << 20}},
		{name: "repeat.ods", make: func(t testing.TB) []byte {
			return zipped(t, map[string][]byte{"mimetype": []byte("application/vnd.oasis.opendocument.spreadsheet"),
				"content.xml": []byte(`<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><table:table table:name="S">` +
					`<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"><text:p>kerran<text:s text:c="2000000000"/>x</text:p></table:table-cell></table:table-row></table:table>`)})
		}, reason: ReasonDamaged, kept: "kerran"},
		{name: "groups.rtf", make: func(testing.TB) []byte { return []byte(`{\rtf1 alku\par ` + strings.Repeat("{", 1_000_000)) }, reason: ReasonTooDeep, kept: "alku"},
		{name: "parts.eml", make: func(testing.TB) []byte { return nestedMail(1500) }, reason: ReasonTooMany},
		{name: "boundaries.eml", make: func(testing.TB) []byte {
			return append([]byte("From: a@example.fi\nTo: b@example.fi\nSubject: alku\nContent-Type: multipart/mixed; boundary=x\n\n"), bytes.Repeat([]byte("--x\n\n"), 100_000)...)
		}, reason: ReasonTooMany, kept: "alku"},
		{name: "header.eml", make: func(testing.TB) []byte {
			return append([]byte("From: a@example.fi\nTo: b@example.fi\nSubject: alku\n"), bytes.Repeat([]byte("X-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"), 200_000)...)
		}, reason: ReasonTooLarge},
		{name: "bomb.pdf", make: func(testing.TB) []byte {
			return pdfPage(pdfStream("/Filter [/FlateDecode /FlateDecode]", zlibbed(zlibbed(append([]byte("BT /F 12 Tf (alku) Tj ET\n"), make([]byte, 100<<20)...)))))
		}, reason: ReasonBomb},
		{name: "filters.pdf", make: func(testing.TB) []byte {
			return pdfPage(pdfStream("/Filter ["+strings.Repeat("/AHx ", 1000)+"]", []byte("00>")))
		}, reason: ReasonBomb},
		{name: "form.pdf", make: func(testing.TB) []byte {
			return pdfPage(pdfStream("/Type /XObject /Subtype /Form", []byte("BT /F 12 Tf (alku) Tj ET /X Do /X Do")))
		}, reason: ReasonTooDeep, kept: "alku"},
		{name: "arrays.pdf", make: func(testing.TB) []byte {
			return pdfPage(pdfStream("", []byte("BT /F 12 Tf (alku) Tj ET "+strings.Repeat("[", 100_000))))
		}, reason: ReasonTooDeep, kept: "alku"},
		{name: "pages.pdf", make: func(testing.TB) []byte {
			return simplePDF("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000000 /Parent 2 0 R >>")
		}, reason: ReasonDamaged},
		{name: "prev.pdf", make: func(testing.TB) []byte { // a table that names itself as the one before
			data := pdfPage(pdfStream("", []byte("BT /F 12 Tf (alku) Tj ET")))
			at := bytes.LastIndex(data, []byte("xref\n0 "))
			return bytes.Replace(data, []byte("/Root 1 0 R"), fmt.Appendf(nil, "/Root 1 0 R /Prev %d", at), 1)
		}, kept: "alku"},
		{name: "xref.pdf", make: func(testing.TB) []byte {
			return []byte("%PDF-1.5\n1 0 obj\n<< /Type /XRef /Size 9000000000000000000 /W [1 8 8] /Index [0 9000000000000000000] /Root 2 0 R /Length 0 >>\nstream\n\nendstream\nendobj\nstartxref\n9\n%%EOF")
		}, reason: ReasonDamaged},
		{name: "columns.pdf", make: func(testing.TB) []byte {
			return pdfPage(pdfStream("/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 9000000000000000000 >>", zlibbed([]byte("x"))))
		}},
		{name: "chain.msg", make: func(t testing.TB) []byte {
			data, err := os.ReadFile("testdata/mail.msg")
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range []int{40, 44, 64, 72} {
				binary.LittleEndian.PutUint32(data[at:], 0xFFFFFFF0)
			}
			return data
		}, reason: ReasonDamaged},
		{name: "deep.msg", make: func(testing.TB) []byte { return compound(100_000) }, reason: ReasonUnsupported},
		{name: "deeper.msg", make: func(testing.TB) []byte { return compound(400_000) }, reason: ReasonTooMany},
		{name: "script.html", make: func(testing.TB) []byte {
			return []byte("<html><body>alku" + strings.Repeat("<div>", 200_000) + strings.Repeat("<script>while(1){}</script>", 1000))
		}, kept: "alku"},
		{name: "attribute.html", make: func(testing.TB) []byte {
			return []byte("<html><body>alku<p title='" + strings.Repeat("a", 6<<20) + "'>")
		}, reason: ReasonTooLarge, kept: "alku"},
		{name: "line.txt", make: func(testing.TB) []byte { return bytes.Repeat([]byte("ä"), 10<<20) }},
		{name: "quote.csv", make: func(testing.TB) []byte {
			return append([]byte("a;b\n"), "\"avoin;alku\n"+strings.Repeat("toinen;rivi\n", 300_000)...)
		}, reason: ReasonDamaged, kept: "alku"},
		{name: "deep.xml", make: func(testing.TB) []byte {
			return []byte("<?xml version='1.0'?><a>alku" + strings.Repeat("<b>", 1_000_000))
		}, reason: ReasonTooDeep, kept: "alku"},
	}
}

// peak measures the most memory in use while fn runs, above what was in use
// before.
func peak(fn func()) uint64 {
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse))
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	fn()
	close(stop)
	<-done
	return max(most.Load(), before.HeapInuse) - before.HeapInuse
}

// TestHostileFiles reads files made to harm: each ends, is reported with its
// reason, keeps the text before the harm, and stays within a bound of memory.
func TestHostileFiles(t *testing.T) {
	all := hostiles()
	if len(all) == 0 {
		t.Fatal("no files")
	}
	for _, h := range all {
		t.Run(h.name, func(t *testing.T) {
			data := h.make(t)
			var r Result
			kept, text := h.kept == "", int64(0)
			used := peak(func() {
				var err error
				r, err = Extract(t.Context(), bytes.NewReader(data), int64(len(data)), h.name, h.limits, func(p Piece) error {
					kept = kept || strings.Contains(p.Text, h.kept)
					text += int64(len(p.Text))
					return nil
				})
				if err != nil {
					t.Errorf("%v", err)
				}
			})
			t.Logf("%d bytes: %d files, %d KiB of text, %d MiB of memory at most, %s", len(data), len(r.Files), text>>10, used>>20, r.State())
			if !kept {
				t.Error("the text before the harm is lost")
			}
			has := h.reason == ""
			for _, f := range r.Files {
				has = has || f.Has(h.reason)
			}
			if !has {
				t.Errorf("no file has the reason %s: %+v", h.reason, r.Files[:min(3, len(r.Files))])
			}
			if h.reason == "" && r.State() != Readable {
				t.Errorf("%s %+v", r.State(), r.Files[0].Troubles)
			}
			if h.reason != "" && r.State() == Readable {
				t.Error("the file counts as readable")
			}
			if most := uint64(192 << 20); used > most {
				t.Errorf("%d MiB of memory, want at most %d", used>>20, most>>20)
			}
		})
	}
}

func TestATwoGigabyteFileIsToldAndNotRead(t *testing.T) {
	for _, name := range []string{"a.txt", "a.zip", "a.pdf", "a"} {
		r, err := Extract(t.Context(), zeros{[]byte("PK\x03\x04")}, 2<<30, name, Limits{}, func(Piece) error { return nil })
		if err != nil || len(r.Files) != 1 || !r.Files[0].Has(ReasonTooLarge) || r.State() != Unreadable {
			t.Errorf("%s: %v %+v", name, err, r)
		}
	}
}

func TestASparseFileWithinTheLimit(t *testing.T) {
	for name, head := range map[string]string{"a.txt": "teksti\n", "a.zip": "PK\x03\x04", "a.pdf": "%PDF-1.4\n", "a.msg": "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "a.rtf": `{\rtf1 `} {
		r, err := Extract(t.Context(), zeros{[]byte(head)}, 16<<20, name, Limits{}, func(Piece) error { return nil })
		if err != nil || r.State() != Unreadable {
			t.Errorf("%s: %v %+v", name, err, r)
		}
	}
}

// changing is a file that somebody writes while it is read.
type changing struct {
	data  []byte
	reads int
	from  int // the read from which on it is another one
	how   string
}

func (c *changing) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	data := c.data
	if c.reads > c.from {
		switch c.how {
		case "other":
			data = bytes.Clone(c.data)
			for i := range data {
				data[i] ^= 0x20
			}
		case "short":
			data = c.data[:len(c.data)/2]
		case "long":
			data = append(bytes.Clone(c.data), "lisää"...)
		case "error":
			return 0, errors.New("the disk is gone")
		}
	}
	return bytes.NewReader(data).ReadAt(p, off)
}

func TestFilesThatChangeWhileTheyAreRead(t *testing.T) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) == 0 {
		t.Fatal(err, len(names))
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for how, reason := range map[string]Reason{"other": ReasonChanged, "short": ReasonChanged, "long": ReasonChanged, "error": ReasonUnread} {
			for from := 1; from < 4; from++ {
				c := &changing{data: data, from: from, how: how}
				r, err := Extract(t.Context(), c, int64(len(data)), name, Limits{}, func(Piece) error { return nil })
				if err != nil {
					t.Fatal(err)
				}
				if c.reads-1 <= from {
					continue // it was over before the change: the last read looks only whether the file grew
				}
				if !r.Files[0].Has(reason) {
					t.Errorf("%s, %s from read %d on: %v", name, how, from, r.Files[0].Troubles)
				}
			}
		}
	}
}

func TestTheEndOfTheTimeAndOfTheContext(t *testing.T) {
	data := office1(t, part{"word/document.xml", `<w:document xmlns:w="w">` + strings.Repeat(`<w:p><w:t>`+strings.Repeat("abc ", 50)+`</w:t></w:p>`, 100_000)})
	n := 0
	r, err := Extract(t.Context(), bytes.NewReader(data), int64(len(data)), "a.docx", Limits{Time: time.Nanosecond}, func(Piece) error { n++; return nil })
	if err != nil || !r.Files[0].Has(ReasonTimeOut) {
		t.Errorf("time: %v %+v", err, r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, err = Extract(ctx, bytes.NewReader(data), int64(len(data)), "a.docx", Limits{}, func(Piece) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || !r.Files[0].Has(ReasonUnread) || r.Files[0].State != Partial {
		t.Errorf("cancelled: %v %s %v", err, r.State(), r.Files[0].Troubles)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	r, err = Extract(ctx, bytes.NewReader(data), int64(len(data)), "a.docx", Limits{}, func(Piece) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) || !r.Files[0].Has(ReasonTimeOut) {
		t.Errorf("deadline: %v %+v", err, r)
	}
	enough := errors.New("enough")
	r, err = Extract(t.Context(), bytes.NewReader(data), int64(len(data)), "a.docx", Limits{}, func(Piece) error { return enough })
	if !errors.Is(err, enough) || r.State() != Partial {
		t.Errorf("callback: %v %s", err, r.State())
	}
}

// A limit of text is told and what came before it is kept.
func TestTheLimitOfTextIsTold(t *testing.T) {
	text := int64(0)
	data := bytes.Repeat([]byte("rivi\n"), 100_000)
	r, err := Extract(t.Context(), bytes.NewReader(data), int64(len(data)), "a.txt", Limits{Text: 100_000}, func(p Piece) error { text += int64(len(p.Text)); return nil })
	if err != nil || !r.Files[0].Has(ReasonTooLarge) || r.State() != Partial || text > 100_000 || text < 20_000 {
		t.Errorf("%v %d %+v", err, text, r)
	}
}

// What shares its bytes is refused before a byte of it is unpacked.
func TestMembersThatOverlapAreNotUnpacked(t *testing.T) {
	if _, r := read(t, "a.zip", overlapping(t)); len(r.Files) != 1 || !r.Files[0].Has(ReasonBomb) {
		t.Errorf("%d files, %+v", len(r.Files), r.Files[0])
	}
}

// An archive that holds itself looks the same at every level.
func TestAnArchiveThatHoldsItself(t *testing.T) {
	data := zipped(t, map[string][]byte{"r.zip": zipped(t, map[string][]byte{"x": nil})})
	for range 30 {
		data = zipped(t, map[string][]byte{"r.zip": data})
	}
	_, r := read(t, "r.zip", data)
	if len(r.Files) > DefaultLimits().Depth+2 || !r.Files[len(r.Files)-1].Has(ReasonTooDeep) {
		t.Errorf("%d files, the last %+v", len(r.Files), r.Files[len(r.Files)-1])
	}
}

// Each file of testdata, cut at every kilobyte, ends without a panic and never
// counts as readable with less text than the whole.
func TestTruncatedFiles(t *testing.T) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) == 0 {
		t.Fatal(err, len(names))
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, whole := read(t, name, data)
		for cut := 0; cut < len(data); cut += 1024 {
			_, r := read(t, name, data[:cut])
			if f := r.Files[0]; cut > 0 && f.State == Readable && f.Characters < whole.Files[0].Characters && f.Format != FormatHTML {
				t.Errorf("%s cut at %d of %d: readable as %s with %d of %d characters", name, cut, len(data), f.Format, f.Characters, whole.Files[0].Characters)
			}
		}
	}
}
