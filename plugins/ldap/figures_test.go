package ldapsource

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
)

// emptied is a sink that keeps nothing.
type emptied struct {
	records int
	last    string
}

func (a *emptied) Emit(r core.Record) error {
	if a.records++; r.Ref <= a.last {
		return fmt.Errorf("record %d is out of order", a.records)
	}
	a.last = r.Ref
	return nil
}
func (a *emptied) Notice(core.Problem) error { return nil }
func (a *emptied) Examined(core.TypeCount)   {}
func (a *emptied) Progress(uint64)           {}

// BenchmarkExportWithManyHits prints the memory (peak PSS of this process) and
// the time of a search that every entry of an export agrees with.
func BenchmarkExportWithManyHits(b *testing.B) {
	if _, err := os.Stat("/proc/self/smaps_rollup"); err != nil {
		b.Skip("no /proc/self/smaps_rollup")
	}
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "export.ldif")
			writeCrowd(b, path, n)
			c := filesConfig()
			c.LDIF = append(c.LDIF, path)
			i, err := configure(c, environment())
			if err != nil {
				b.Fatal(err)
			}
			q := core.Query{AnyOf: []core.KeySet{{AllOf: []core.Identifier{{Kind: core.Name, Value: "Korhonen, Aino", Status: core.Valid}}}}}
			debug.FreeOSMemory()
			before := pss(b)
			stop := watch(b)
			b.ResetTimer()
			for b.Loop() {
				out := &emptied{}
				if err := i.search(context.Background(), q, out); err != nil || out.records != n {
					b.Fatal(out.records, err)
				}
			}
			b.StopTimer()
			b.ReportMetric(float64(stop()-before)/(1<<20), "MiB-PSS-more")
			b.ReportMetric(float64(before)/(1<<20), "MiB-PSS-before")
		})
	}
}

func writeCrowd(b *testing.B, path string, n int) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for k := range n { // not in the order of their refs
		i := (k * 7919) % n
		fmt.Fprintf(w, "dn: uid=crowd%d,%s\nobjectClass: inetOrgPerson\nuid: crowd%d\ncn: Korhonen Aino\nsn: Korhonen\ngivenName: Aino\n"+
			"entryUUID: 1d9b1c52-0000-4000-8000-%012d\nmail: aino.korhonen%d@valtori.example\ntelephoneNumber: +358 40 %07d\ntitle: Asiantuntija\n"+
			"createTimestamp: 20240101000000Z\nmodifyTimestamp: 20240101000000Z\n\n", i, people, i, i, i, i)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// watch looks at the PSS until it is stopped, and gives the highest.
func watch(b *testing.B) (stop func() uint64) {
	done, peak := make(chan struct{}), uint64(0)
	var wait sync.WaitGroup
	wait.Go(func() {
		tick := time.NewTicker(25 * time.Millisecond)
		defer tick.Stop()
		for {
			peak = max(peak, pss(b))
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	return func() uint64 {
		close(done)
		wait.Wait()
		return peak
	}
}

// pss gives the proportional set size of this process, in bytes.
func pss(b *testing.B) uint64 {
	raw, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		b.Error(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				b.Error(err)
			}
			return kib << 10
		}
	}
	return 0
}
