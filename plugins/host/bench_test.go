//go:build unix

package host

import (
	"context"
	"sync"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// BenchmarkStart gives what a start costs, to the configured plugin, by kind
// of transport in one run: what our own TLS adds, and what AutoMTLS would.
func BenchmarkStart(b *testing.B) {
	for name, tr := range map[string]Transport{"tls=none": TransportUnixPrivate, "tls=own": TransportSDK, "tls=auto": TransportAutoMTLS} {
		b.Run(name, func(b *testing.B) {
			h := testHost(b)
			spec := specOf(nil)
			spec.Transport = tr
			start(b, h, spec) // the shared part is paid once
			for b.Loop() {
				s := start(b, h, spec)
				b.StopTimer()
				if err := s.Close(context.Background()); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

// BenchmarkStart45 gives the time for all plugins of a large authority at once.
func BenchmarkStart45(b *testing.B) {
	for name, tr := range map[string]Transport{"tls=none": TransportUnixPrivate, "tls=own": TransportSDK, "tls=auto": TransportAutoMTLS} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				h := testHost(b)
				spec := specOf(nil)
				spec.Transport = tr
				var starts sync.WaitGroup
				for range 45 {
					starts.Go(func() {
						if _, err := h.Start(context.Background(), spec); err != nil {
							b.Error(err)
						}
					})
				}
				starts.Wait()
				b.StopTimer()
				if err := h.Close(context.Background()); err != nil {
					b.Error(err)
				}
				b.StartTimer()
			}
		})
	}
}

// BenchmarkSearch gives the records of one stream, checked, in records/s.
func BenchmarkSearch(b *testing.B) {
	h := testHost(b)
	const n = 20_000
	s := start(b, h, specOf(map[string]any{"records": n}))
	for b.Loop() {
		got := 0
		if _, err := s.Search(context.Background(), query(), func(e core.Event) error {
			got += len(e.Records)
			return nil
		}); err != nil || got != n {
			b.Fatal(got, err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
