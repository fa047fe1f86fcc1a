package filessource

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/generate/office"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// officeFiles are how many documents the figures are of.
const officeFiles = 10_000

// BenchmarkStandingIndex builds the index of mixed office documents, asks it,
// and brings it up to date after one of a hundred changed. Beside the search
// through the index stands the same one without it.
func BenchmarkStandingIndex(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "jako")
	text := officeShare(b, dir, officeFiles)
	time.Sleep(settled)
	place := filepath.Join(b.TempDir(), "index")
	open := func(index string, key string) *instance {
		i, err := configure(Config{Roots: map[string]Root{"jako": {Path: dir}}, Index: index, Key: sdk.Secret(key)}, sdk.Env{Kind: "documents"})
		if err != nil {
			b.Fatal(err)
		}
		return i
	}
	ask := func(i *instance, q core.Query, want int) time.Duration {
		a, began := &given{}, time.Now()
		if err := i.search(b.Context(), q, a); err != nil {
			b.Fatal(err)
		}
		if len(a.records) != want || len(a.notices) > 0 {
			b.Fatalf("found %d records, want %d; told %+v", len(a.records), want, a.notices)
		}
		return time.Since(began)
	}
	code, named := by(b, "personal-identity-code", "010190-900P"), by(b, "name", "Kuusikkoniemi, Reijo")
	for b.Loop() {
		if err := os.RemoveAll(place); err != nil {
			b.Fatal(err)
		}
		i := open(place, secret)
		built := ask(i, code, officeFiles/1000)
		b.ReportMetric(float64(officeFiles)/built.Seconds(), "documents/s")
		b.ReportMetric(float64(sizeOf(b, place))/float64(text), "index/text")
		b.ReportMetric(ask(i, code, officeFiles/1000).Seconds()*1000, "ms-code")
		b.ReportMetric(ask(i, named, officeFiles/1000).Seconds()*1000, "ms-name")
		for n := range officeFiles / 100 {
			touch := filepath.Join(dir, "muuttuvat", fmt.Sprintf("%d.txt", n))
			if err := os.WriteFile(touch, []byte(fmt.Sprintf("muuttui %d %d", n, b.N)), 0o600); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(ask(i, code, officeFiles/1000).Seconds()*1000, "ms-code-after-1%")
		if err := i.Close(); err != nil {
			b.Fatal(err)
		}
		plain := open("", "")
		b.ReportMetric(ask(plain, code, officeFiles/1000).Seconds()*1000, "ms-code-without")
	}
}

func sizeOf(b *testing.B, dir string) (size int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			info, err := e.Info()
			size += info.Size()
			return err
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return size
}

// officeShare writes n documents of seven formats, a thousandth of them about one
// person, and gives how many bytes of text they hold.
func officeShare(b *testing.B, dir string, n int) (text int64) {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	vocabulary := make([]string, 20_000)
	for i := range vocabulary {
		var w strings.Builder
		for range 2 + r.IntN(4) {
			w.WriteString([]string{"ka", "lo", "mi", "tta", "ni", "su", "rä", "pöl", "vän", "ki", "se", "hu", "jo", "ell", "ist"}[r.IntN(15)])
		}
		vocabulary[i] = w.String()
	}
	zipf := rand.NewZipf(r, 1.1, 10, uint64(len(vocabulary)-1))
	if err := os.MkdirAll(filepath.Join(dir, "muuttuvat"), 0o700); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		var paragraphs []string
		for range 5 + r.IntN(20) {
			words := make([]string, 20+r.IntN(30))
			for w := range words {
				words[w] = vocabulary[zipf.Uint64()]
			}
			paragraphs = append(paragraphs, strings.Join(words, " ")+".")
		}
		if i%1000 == 3 {
			paragraphs[2] += " Tunnus 010190-900P, Kuusikkoniemen Reijolle tiedoksi."
		}
		for _, p := range paragraphs {
			text += int64(len(p)) + 1
		}
		name, data := officeFile(b, i%7, paragraphs)
		folder := filepath.Join(dir, fmt.Sprintf("k%02d", i/200))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%05d.%s", i, name)), data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return text
}

func officeFile(b *testing.B, kind int, paragraphs []string) (ending string, data []byte) {
	b.Helper()
	whole := strings.Join(paragraphs, "\n")
	switch kind {
	case 0:
		return "docx", []byte(docx(b, "Asiakirja", "Aku Ankka", "Iines Ankka", paragraphs...))
	case 1:
		f := excelize.NewFile()
		for n, p := range paragraphs {
			row := []any{n + 1, p}
			if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n+1), &row); err != nil {
				b.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := f.Write(&out); err != nil {
			b.Fatal(err)
		}
		return "xlsx", out.Bytes()
	case 2:
		return "odt", written(b, office.ODT, paragraphs)
	case 3:
		return "html", []byte("<html><body><p>" + strings.Join(paragraphs, "</p><p>") + "</p></body></html>")
	case 4:
		return "eml", []byte("From: Aku Ankka <aku.ankka@example.fi>\r\nTo: iines@example.fi\r\nSubject: Asia\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + whole)
	case 5:
		return "pdf", written(b, office.PDF, paragraphs)
	}
	return "txt", []byte(whole)
}

// written gives a document of the paragraphs.
func written(b *testing.B, as office.Format, paragraphs []string) []byte {
	b.Helper()
	day := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	d := &office.Document{Title: "Asiakirja", Author: "Aku Ankka", Editor: "Iines Ankka", Language: "fi", Made: day, Changed: day}
	d.Text(paragraphs...)
	data, err := d.Write(as)
	if err != nil {
		b.Fatal(err)
	}
	return data
}
