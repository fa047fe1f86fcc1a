//go:build unix

package host

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// Whatever a plugin prints before its handshake, the host names it and ends
// the process.
func TestNoiseBeforeTheHandshakeIsExplained(t *testing.T) {
	h := testHost(t, short)
	for name, c := range map[string]struct {
		class   core.Class
		message string
	}{
		"start-noise":       {core.ClassBug, `printed "Welcome to the plugin of <email>" before its handshake`},
		"start-bars":        {core.ClassBug, `printed "warning | <email> | is | here" before its handshake`},
		"start-flood":       {core.ClassBug, "more than 8192 bytes before its handshake"},
		"start-exit":        {core.ClassBug, "ended before its handshake (exit status 7)"},
		"start-other-major": {core.ClassBug, "handshake is not accepted"},
		"start-other-core":  {core.ClassBug, "handshake is not accepted"},
		"start-net-rpc":     {core.ClassBug, "handshake is not accepted"},
		"start-nobody":      {core.ClassTransient, "connection to the plugin failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := h.Start(context.Background(), raws(name))
			p := Problems(err)
			if len(p) != 1 || p[0].Class != c.class || p[0].Origin != core.OriginPlugin || p[0].Phase != core.PhaseStart ||
				!strings.Contains(p[0].Message, c.message) {
				t.Errorf("problems %+v of %v", p, err)
			}
		})
	}
}

// The real standard output of a plugin without the SDK: lines, lines with bars
// and three lines of 200 KiB, twice what stops go-plugin's reader.
func TestNoiseAfterTheHandshakeBlocksNobody(t *testing.T) {
	h := testHost(t, patient)
	s := start(t, h, raws("raw-noise"))
	for range 3 {
		if g := search(context.Background(), s, query()); g.err != nil || len(g.records) != 2 || g.completion == nil {
			t.Fatalf("%d records, %v", len(g.records), g.err)
		}
	}
}

// Of standard error only blanked log lines reach the log, no more than the
// rate lets through, and the plugin is never blocked by it.
func TestStandardErrorIsFilteredAndBounded(t *testing.T) {
	log := &journal{}
	h := testHost(t, patient, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	s := start(t, h, raws("raw-stderr"))
	if g := search(context.Background(), s, query()); g.err != nil || g.completion == nil {
		t.Fatal(g.err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	text := log.String()
	for _, want := range []string{`level=WARN msg="first <personal-identity-code>"`, "msg=flood system",
		"lines of the plugin's log were dropped", "no log lines"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%.2000s", want, text)
		}
	}
	if n := strings.Count(text, "msg=flood"); n < 100 || n > 5000 {
		t.Errorf("%d of 20000 lines passed", n)
	}
	for _, no := range []string{"Maija", "900X"} {
		if strings.Contains(text, no) {
			t.Errorf("the log shows %q", no)
		}
	}
}

// What a plugin panics with may hold a person or a secret. It reaches neither
// a problem nor the log, wherever the panic is.
func TestAPanicTellsNoValue(t *testing.T) {
	for behaviour, phase := range map[string]core.Phase{
		"panic-open": core.PhaseConfigure, "panic-text-open": core.PhaseConfigure, "panic": core.PhaseSearch,
		"panic-goexit": core.PhaseSearch, "panic-outside": core.PhaseSearch, "panic-text-outside": core.PhaseSearch,
		"panic-close": "",
	} {
		t.Run(behaviour, func(t *testing.T) {
			log := &journal{}
			h := testHost(t, patient, func(o *Options) {
				o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			var told []core.Problem
			s, err := h.Start(context.Background(), specOf(map[string]any{"behaviour": behaviour}))
			told = append(told, Problems(err)...)
			if err == nil {
				q := query()
				q.AnyOf[0].AllOf[0].Value = "010190-900X"
				g := search(context.Background(), s, q)
				told = append(told, Problems(g.err)...)
				if g.completion != nil {
					told = append(told, g.completion.Problems...)
				}
				err = errors.Join(err, g.err, s.Close(context.Background()))
			}
			if phase != "" && (len(told) != 1 || told[0].Class != core.ClassBug || told[0].Phase != phase) {
				t.Errorf("problems %+v of %v", told, err)
			}
			text := log.String()
			for _, p := range told {
				text += p.Error()
			}
			if err != nil {
				text += err.Error()
			}
			for _, no := range []string{canary, "900X", "Maija"} {
				if strings.Contains(text, no) {
					t.Errorf("%q is in:\n%s", no, text)
				}
			}
			if strings.HasSuffix(behaviour, "outside") &&
				(!strings.Contains(text, "the plugin panicked") || !strings.Contains(text, "fakes_test.go:")) {
				t.Errorf("the log tells no place:\n%s", text)
			}
		})
	}
}

func TestWhatAPluginPrintsIsNoLogLine(t *testing.T) {
	h := testHost(t) // looks for the secret in the log
	s := start(t, h, specOf(map[string]any{"behaviour": "print-open", "records": 2}))
	if g := search(context.Background(), s, query()); g.err != nil || len(g.records) != 2 {
		t.Errorf("%d records, %v", len(g.records), g.err)
	}
}
