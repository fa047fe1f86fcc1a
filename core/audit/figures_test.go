package audit

import (
	"context"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
)

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
}
