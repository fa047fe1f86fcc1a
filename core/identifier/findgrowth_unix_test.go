//go:build unix

package identifier

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// spent gives the processor time of the process, which other programs on the
// machine do not change.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFindGrowth prints the processor time for one text of 512 KiB beside
// that for eight of 64 KiB: 1 is linear, 8 would be quadratic.
func BenchmarkFindGrowth(b *testing.B) {
	for name, piece := range hostile() {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			small, large := strings.Repeat(piece, (64<<10)/len(piece)), strings.Repeat(piece, (512<<10)/len(piece))
			Find(large, Wide)
			var many, one time.Duration
			for b.Loop() {
				start := spent(b)
				for range 8 {
					Find(small, Wide)
				}
				middle := spent(b)
				Find(large, Wide)
				many += middle - start
				one += spent(b) - middle
			}
			b.ReportMetric(float64(one)/float64(many), "ratio(linear:1)")
			b.ReportMetric(float64(len(large)*b.N)/one.Seconds()/1e6, "MB/s")
		})
	}
}
