//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core/access"
)

// slowSystems makes every system of a demo answer after a delay.
func slowSystems(b *testing.B, home string, delay time.Duration) {
	b.Helper()
	slow := filepath.Join(home, "slow")
	if out, err := exec.Command("go", "build", "-o", slow, "./testdata/slow").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	raw, err := os.ReadFile(slow)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	must(b, home, "", "plugin", "register", slow, "--sha256", hex.EncodeToString(sum[:]))
	a, err := app.Open(b.Context(), home, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	sources := "sources:\n"
	for id := range a.Sources.Entries {
		sources += fmt.Sprintf("  %s: {plugin: slow, program: slow, config: {milliseconds: %d}}\n", id, delay.Milliseconds())
	}
	if err := a.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, app.SourcesFile), []byte(sources), 0o600); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkManySystems asks all systems of Valtori at once, of which each takes
// a second, beside one of them alone: with their processes started for it, and
// with warm ones.
func BenchmarkManySystems(b *testing.B) {
	const delay = time.Second
	demo, home := demoOfStaff(b)
	slowSystems(b, home, delay)
	ctx := b.Context()
	for b.Loop() {
		a, err := app.Open(ctx, home, io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		file, err := a.Store.File(ctx, demo.Request)
		if err != nil {
			b.Fatal(err)
		}
		request, err := access.Load(ctx, file)
		if err != nil {
			b.Fatal(err)
		}
		ask := func(systems ...string) time.Duration {
			request.Scope.Systems = systems
			file, err := a.NewRequest(ctx, request)
			if err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			answer, err := a.Run(ctx, file, false, nil)
			if err != nil {
				b.Fatal(err)
			}
			took := time.Since(began)
			asked := 0
			for _, c := range answer.Coverage {
				if c.Took >= delay {
					asked++
				}
			}
			if want := max(len(systems), 1); asked < want || len(systems) == 0 && asked != len(a.Sources.Entries) {
				b.Fatalf("%d systems were asked of %d", asked, len(a.Sources.Entries))
			}
			return took
		}
		cold := ask()
		warm, alone := ask(), ask("V6.1")
		b.ReportMetric(cold.Seconds(), "cold-s")
		b.ReportMetric(warm.Seconds(), "warm-s")
		b.ReportMetric(alone.Seconds(), "alone-s")
		b.ReportMetric(warm.Seconds()/alone.Seconds(), "warm/alone")
		b.ReportMetric(1.15, "warm/alone-aim")
		b.ReportMetric(float64(len(a.Sources.Entries)), "systems")
		if err := a.Close(context.WithoutCancel(ctx)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkColdRequest answers a whole request of the demo, its plugin
// processes started for it, as `sinusta request run` does.
func BenchmarkColdRequest(b *testing.B) {
	demo, home := demoOfStaff(b)
	best := time.Hour
	for b.Loop() {
		s := measure(b, home, "", "request", "run", demo.Request, "--again")
		best = min(best, s.wall)
		b.ReportMetric(s.wall.Seconds(), "wall-s")
		b.ReportMetric(s.cpu.Seconds(), "cpu-s")
		b.ReportMetric(float64(s.peak)/1024, "MiB")
	}
	b.ReportMetric(best.Seconds(), "best-wall-s")
	b.ReportMetric(0.6, "wall-s-aim")
}
