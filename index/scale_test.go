//go:build linux || darwin

package index

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"

	_ "modernc.org/sqlite" // the second thing of the comparison
)

// BenchmarkScale prints what a search costs with 1 to 100,000 records of one
// subject: in memory (built for every search) and sealed on disk (built once,
// checked and opened for every search). inMemory of package app is chosen by it.
//
//	go test ./index -run '^$' -bench Scale -benchtime 1x
func BenchmarkScale(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			docs := generated(n)
			s := newShelf(docs...)
			entries := s.entries()
			for b.Loop() {
				ms := func(unit string, f func()) {
					start := time.Now()
					f()
					b.ReportMetric(float64(time.Since(start).Microseconds())/1000, unit)
				}
				var ix *Index
				var done Followed
				var err error
				base := resident(b)
				ms("memory-build-ms", func() { ix = built(b, docs) })
				b.ReportMetric(resident(b)-base, "memory-RSS-MB")
				ms("memory-query-ms", func() { find(b, ix, Query{Text: "mallinen42"}) })
				shut(b, ix)
				ix = nil
				base = resident(b)
				p := newPlace(b)
				follow := func() {
					if ix, done, err = Follow(b.Context(), p, "scale", entries, s.load); err != nil {
						b.Fatal(err)
					}
				}
				ms("disk-build-ms", follow)
				shut(b, ix)
				ms("disk-open-ms", follow)
				if done.Added > 0 {
					b.Fatal(done)
				}
				ms("disk-query-ms", func() { find(b, ix, Query{Text: "mallinen42"}) })
				b.ReportMetric(resident(b)-base, "disk-RSS-MB")
				shut(b, ix)
				s.put(text("ticket/one-more", "Yksi uusi"))
				entries = s.entries()
				ms("disk-add-one-ms", follow)
				shut(b, ix)
				s.drop(text("ticket/one-more"))
				entries = s.entries()
				ms("disk-drop-one-ms", follow)
				shut(b, ix)
				one := docs[n/2]
				one.Year++
				s.put(one)
				entries = s.entries()
				ms("disk-change-one-ms", follow) // its old form leaves the files: everything is merged again
				shut(b, ix)
				b.ReportMetric(float64(folderBytes(b, p.Dir))/float64(n)/1000, "disk-kB/document")
				if err := os.RemoveAll(p.Dir); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func built(b *testing.B, docs []Document) *Index {
	ix, err := New()
	if err == nil {
		err = ix.Add(b.Context(), docs)
	}
	if err != nil {
		b.Fatal(err)
	}
	find(b, ix, Query{Size: -1, NoFacets: true})
	return ix
}

// resident gives the private resident memory of this process in megabytes,
// after garbage went back to the system.
func resident(b *testing.B) float64 {
	debug.FreeOSMemory()
	raw, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		return 0 // not Linux
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1000
		}
	}
	return 0
}

func folderBytes(b *testing.B, dir string) (sum int64) {
	err := filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			sum += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return sum
}

// rival is one way to search the same documents.
type rival struct {
	name   string
	build  func(b *testing.B, docs []Document) (query func(words string) int, closing func())
	rate   float64            // documents per second of CPU
	millis map[string]float64 // of CPU per query
}

// BenchmarkBesideOthers prints documents indexed per second and the latency of
// queries, here and in bare Bleve and SQLite's FTS5 on the same documents, with
// the ratios. Ours also folds letters, keeps the parts of words, inflects,
// explains, and counts no facet here. The ratios are of CPU time, which a busy
// machine changes least.
//
//	go test ./index -run '^$' -bench BesideOthers -benchtime 1x
func BenchmarkBesideOthers(b *testing.B) {
	docs := generated(10_000)
	rivals := []*rival{
		{name: "ours, memory", build: buildOurs},
		{name: "ours, sealed", build: buildSealed},
		{name: "bare Bleve, memory", build: buildBare("")},
		{name: "bare Bleve, disk", build: buildBare("disk")},
		{name: "SQLite FTS5, disk", build: buildFTS},
	}
	queries := []string{"mallinen42", "käsittelijälle", "esimerkki7 provström8"}
	for b.Loop() {
		for _, r := range rivals {
			r.millis = map[string]float64{}
			runtime.GC()
			cpu, start := cpuTime(), time.Now()
			query, closing := r.build(b, docs)
			wall, spent := time.Since(start), cpuTime()-cpu
			r.rate = float64(len(docs)) / spent.Seconds()
			for _, q := range queries {
				const times = 30
				cpu, start := cpuTime(), time.Now()
				for range times {
					if query(q) == 0 && q == queries[0] {
						b.Fatalf("%s finds nothing", r.name)
					}
				}
				r.millis[q] = float64((cpuTime() - cpu).Microseconds()) / 1000 / times
				b.Logf("%-20s %q: %.2f ms of CPU, %.2f ms of time", r.name, q, r.millis[q], float64(time.Since(start).Microseconds())/1000/times)
			}
			closing()
			b.Logf("%-20s %7.0f documents/s, %5.0f per CPU second", r.name, float64(len(docs))/wall.Seconds(), r.rate)
		}
	}
	for _, r := range rivals {
		line := fmt.Sprintf("%-20s documents/CPU-s: %.2f of SQLite, %.2f of bare Bleve in memory;", r.name, r.rate/rivals[4].rate, r.rate/rivals[2].rate)
		for _, q := range queries {
			line += fmt.Sprintf(" %q %.2f ms (%.2f of SQLite, %.2f of bare Bleve)", q, r.millis[q], r.millis[q]/rivals[4].millis[q], r.millis[q]/rivals[2].millis[q])
		}
		b.Log(line)
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func buildOurs(b *testing.B, docs []Document) (func(string) int, func()) {
	ix := built(b, docs)
	return func(q string) int { return find(b, ix, Query{Text: q, NoFacets: true}).Total }, func() { shut(b, ix) }
}

func buildSealed(b *testing.B, docs []Document) (func(string) int, func()) {
	s := newShelf(docs...)
	ix, _ := followed(b, newPlace(b), s)
	return func(q string) int { return find(b, ix, Query{Text: q, NoFacets: true}).Total }, func() { shut(b, ix) }
}

// buildBare indexes with Bleve's own analysis of text, stored and with term
// vectors as ours.
func buildBare(where string) func(*testing.B, []Document) (func(string) int, func()) {
	return func(b *testing.B, docs []Document) (func(string) int, func()) {
		m := mapping.NewIndexMapping()
		d := mapping.NewDocumentStaticMapping()
		d.AddFieldMappingsAt("text", mapping.NewTextFieldMapping())
		m.DefaultMapping = d
		path := ""
		if where != "" {
			path = filepath.Join(b.TempDir(), "bare")
		}
		ix, err := bleve.NewUsing(path, m, scorch.Name, scorch.Name, nil)
		if err != nil {
			b.Fatal(err)
		}
		for from := 0; from < len(docs); from += batchDocuments {
			batch := ix.NewBatch()
			for _, d := range docs[from:min(len(docs), from+batchDocuments)] {
				if err := batch.Index(d.Ref, map[string]any{"text": texts(d)}); err != nil {
					b.Fatal(err)
				}
			}
			if err := ix.Batch(batch); err != nil {
				b.Fatal(err)
			}
		}
		return func(q string) int {
			match := bleve.NewMatchQuery(q)
			match.SetField("text")
			match.SetOperator(1) // AND
			req := bleve.NewSearchRequestOptions(match, 20, 0, false)
			req.Fields, req.IncludeLocations = []string{"text"}, true
			res, err := ix.SearchInContext(context.Background(), req)
			if err != nil {
				b.Fatal(err)
			}
			return int(res.Total)
		}, func() { _ = ix.Close() }
	}
}

func buildFTS(b *testing.B, docs []Document) (func(string) int, func()) {
	db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "fts.db"))
	if err != nil {
		b.Fatal(err)
	}
	exec := func(q string) {
		if _, err := db.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
	exec(`PRAGMA journal_mode = wal`)
	exec(`CREATE VIRTUAL TABLE t USING fts5(ref UNINDEXED, text, tokenize = "unicode61 remove_diacritics 2")`)
	for from := 0; from < len(docs); from += batchDocuments {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		for _, d := range docs[from:min(len(docs), from+batchDocuments)] {
			if _, err := tx.Exec(`INSERT INTO t VALUES (?, ?)`, d.Ref, strings.Join(texts(d), "\n")); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	return func(q string) int {
		var total int
		if err := db.QueryRow(`SELECT count(*) FROM t WHERE t MATCH ?`, q).Scan(&total); err != nil {
			b.Fatal(err)
		}
		rows, err := db.Query(`SELECT ref, snippet(t, 1, '[', ']', '…', 30) FROM t WHERE t MATCH ? ORDER BY rank LIMIT 20`, q)
		if err != nil {
			b.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var ref, text string
			if err := rows.Scan(&ref, &text); err != nil {
				b.Fatal(err)
			}
		}
		return total
	}, func() { _ = db.Close() }
}

func texts(d Document) (out []string) {
	for _, t := range d.Text {
		out = append(out, t.Value)
	}
	return out
}
