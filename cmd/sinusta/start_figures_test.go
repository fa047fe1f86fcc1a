//go:build linux

package main

import (
	"context"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/plugins/host"
)

// BenchmarkFiftyPlugins starts the program fifty times at once as the plugin
// processes of the demo's systems, each configured for its own, and gives the
// time until the last one is ready, the processor time of all from their start
// to their end, and their memory as they then stand: what they have together,
// and with the coordinator, which is this process.
func BenchmarkFiftyPlugins(b *testing.B) {
	const processes = 50
	_, home := demoOfStaff(b)
	a, err := app.Open(b.Context(), home, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = a.Close(context.Background()) })
	ids := slices.Sorted(maps.Keys(a.Sources.Entries))
	if len(ids) == 0 {
		b.Fatal("the demo has no source")
	}
	specOf := func(n int) host.Spec {
		entry := a.Sources.Entries[ids[n%len(ids)]]
		system, ok := a.Catalogue.System(ids[n%len(ids)])
		if !ok {
			b.Fatalf("the catalogue has no system %s", ids[n%len(ids)])
		}
		secrets, err := host.ResolveSecrets(b.Context(), entry, home)
		if err != nil {
			b.Fatal(err)
		}
		return host.Spec{System: system.ID, Kind: system.Kind, Plugin: entry.Plugin, Config: entry.Config, Secrets: secrets, Timeout: time.Minute}
	}
	for b.Loop() {
		h := host.New(host.Options{Executable: program(b), Home: home})
		before := processorTime(b)
		began := time.Now()
		var starts sync.WaitGroup
		for n := range processes {
			starts.Go(func() {
				if _, err := h.Start(b.Context(), specOf(n)); err != nil {
					b.Error(err)
				}
			})
		}
		starts.Wait()
		ready := time.Since(began)
		own, all := pss(os.Getpid()), familyPSS(os.Getpid())
		if err := h.Close(context.Background()); err != nil {
			b.Error(err)
		}
		b.ReportMetric(ready.Seconds(), "wall-s")
		b.ReportMetric(2, "wall-s-aim")
		b.ReportMetric((processorTime(b) - before).Seconds(), "cpu-s")
		b.ReportMetric(float64(all-own)/1024, "plugins-MiB")
		b.ReportMetric(float64(all)/1024, "all-MiB")
		b.ReportMetric(400, "all-MiB-aim")
	}
}

// processorTime gives what this process and those that it has seen the end of
// have taken.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var sum time.Duration
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if err := unix.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}
