//go:build linux

package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

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

// BenchmarkRecords gives records/s through one stream, bare and checked, in
// the SDK's batches of 100, by kind of transport in one run. A record is as
// large as a ticket: 900 bytes of text.
func BenchmarkRecords(b *testing.B) {
	for _, name := range []string{"tls=none", "tls=own"} {
		b.Run(name, func(b *testing.B) {
			const n = 20_000
			spec := specOf(map[string]any{"records": n, "size": 900})
			spec.Transport = map[string]Transport{"tls=none": TransportUnixPrivate, "tls=own": TransportSDK}[name]
			s := start(b, testHost(b), spec)
			for b.Loop() {
				if g := search(context.Background(), s, query()); g.err != nil || len(g.records) != n {
					b.Fatal(len(g.records), g.err)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkPluginKilled gives the time from the kill -9 of a plugin to the end
// of its running search, beside the time until the host has reaped the
// process and read its last words.
func BenchmarkPluginKilled(b *testing.B) {
	h := testHost(b)
	var noticed, reaped time.Duration
	for b.Loop() {
		s := start(b, h, specOf(map[string]any{"behaviour": "emit-then-wait", "records": 1}))
		first, ended := make(chan struct{}, 1), make(chan error, 1)
		go func() {
			_, err := s.Search(context.Background(), query(), func(core.Event) error {
				select {
				case first <- struct{}{}:
				default:
				}
				return nil
			})
			ended <- err
		}()
		<-first
		begin := time.Now()
		if err := s.v.proc.cmd.Process.Kill(); err != nil {
			b.Fatal(err)
		}
		if err := <-ended; err == nil {
			b.Fatal("the search ended well")
		}
		noticed += time.Since(begin)
		<-s.v.proc.gone
		reaped += time.Since(begin)
		if err := s.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(noticed.Microseconds())/float64(b.N)/1000, "ms-to-noticed")
	b.ReportMetric(float64(reaped.Microseconds())/float64(b.N)/1000, "ms-to-reaped")
}

// BenchmarkCoordinatorKilled gives the time from the kill -9 of a coordinator
// until the last of its plugins and of what they started is gone, beside the
// time until the coordinator itself is.
func BenchmarkCoordinatorKilled(b *testing.B) {
	for _, n := range []int{1, 45} {
		b.Run(fmt.Sprintf("plugins=%d", n), func(b *testing.B) {
			var self, all time.Duration
			for b.Loop() {
				c := startCoordinator(b, n)
				c.says(b, "up")
				left := c.left()
				if len(left) != 2*n {
					b.Fatalf("%d processes, want %d", len(left), 2*n)
				}
				var watched []int
				for _, pid := range append([]int{c.cmd.Process.Pid}, left...) {
					fd, err := unix.PidfdOpen(pid, 0)
					if err != nil {
						b.Fatal(err)
					}
					watched = append(watched, fd)
				}
				begin := time.Now()
				if err := c.cmd.Process.Kill(); err != nil {
					b.Fatal(err)
				}
				for i, fd := range watched {
					awaitFD(b, fd)
					if i == 0 {
						self += time.Since(begin)
					}
				}
				all += time.Since(begin)
				_ = c.cmd.Wait() // it was killed
			}
			b.ReportMetric(float64(self.Microseconds())/float64(b.N)/1000, "ms-coordinator")
			b.ReportMetric(float64(all.Microseconds())/float64(b.N)/1000, "ms-all-gone")
		})
	}
}

// awaitFD waits until the process of a pidfd has ended, and closes it.
func awaitFD(b *testing.B, fd int) {
	b.Helper()
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10_000) //nolint:gosec // a descriptor
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n != 1 {
			b.Fatalf("a process does not end: %v", err)
		}
		_ = unix.Close(fd)
		return
	}
}

// BenchmarkMemory gives the memory that a plugin process costs, as its
// proportional share (PSS): after its start, and after a search of 5,000
// records; beside it that of the keeper.
func BenchmarkMemory(b *testing.B) {
	const records = 5000
	for _, n := range []int{1, 45} {
		b.Run(fmt.Sprintf("plugins=%d", n), func(b *testing.B) {
			var fresh, used, keeper float64
			for b.Loop() {
				h := testHost(b)
				var sessions []*Session
				for range n {
					sessions = append(sessions, start(b, h, specOf(map[string]any{"records": records, "size": 900})))
				}
				for _, s := range sessions {
					fresh += pss(b, s.PID()) / float64(n)
				}
				for _, s := range sessions {
					if g := search(context.Background(), s, query()); g.err != nil || len(g.records) != records {
						b.Fatal(len(g.records), g.err)
					}
				}
				for _, s := range sessions {
					used += pss(b, s.PID()) / float64(n)
				}
				keeper += pss(b, h.shared.launcher.keeper.cmd.Process.Pid)
				if err := h.Close(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(fresh/float64(b.N), "MiB/plugin-fresh")
			b.ReportMetric(used/float64(b.N), "MiB/plugin-used")
			b.ReportMetric(keeper/float64(b.N), "MiB-keeper")
		})
	}
}

// pss gives a process's share of memory in MiB: what it shares with others
// counts by parts.
func pss(b *testing.B, pid int) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), "\nPss:")
	line, _, _ := strings.Cut(after, " kB")
	kib, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
