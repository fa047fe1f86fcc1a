package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkWriteAndSync is what the disk takes for a line: the reference of
// the appends.
func BenchmarkWriteAndSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "lines"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	line := make([]byte, 300)
	for b.Loop() {
		if _, err := f.Write(line); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}

func BenchmarkAppend(b *testing.B) {
	l := open(b, newHome(b))
	for i := 0; b.Loop(); i++ {
		if _, err := l.Append(context.Background(), entry(i)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

// Goroutines share the wait for the disk.
func BenchmarkAppendFrom45Goroutines(b *testing.B) {
	l := open(b, newHome(b))
	var i atomic.Int64
	b.SetParallelism(45)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := l.Append(context.Background(), entry(int(i.Add(1)))); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

// SINUSTA_AUDIT_ENTRIES is the number of entries, 1000000 unless told.
func BenchmarkVerify(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("SINUSTA_AUDIT_ENTRIES"))
	if err != nil {
		n = 1_000_000
	}
	home := newHome(b)
	l := open(b, home)
	fillLog(b, l, n/2)
	checkpoint(b, l)
	fillLog(b, l, n/2)
	checkpoint(b, l)
	for b.Loop() {
		if res := verified(b, home, nil); res.Checkpoints != 2 {
			b.Fatalf("%+v", res)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	took := b.Elapsed() / time.Duration(b.N)
	b.StopTimer()
	// The reference: to hash the same lines once, and to do nothing else.
	raw := read(b, entriesPath(home))
	began := time.Now()
	for line := range bytes.Lines(raw) {
		sha256.Sum256(line)
	}
	b.ReportMetric(took.Seconds()/time.Since(began).Seconds(), "times-hashing-once")
	began = time.Now()
	if _, ok, err := l.Last(b.Context(), Filter{Request: "nobody"}); ok || err != nil {
		b.Fatal(ok, err)
	}
	b.ReportMetric(float64(n)/time.Since(began).Seconds(), "entries-looked-back/s")
}
