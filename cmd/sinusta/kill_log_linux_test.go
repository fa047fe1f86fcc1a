package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core/store"
)

// A run that is killed between the entry of an effect and the effect goes on as
// if nothing had happened.
func TestKillBetweenEntryAndEffect(t *testing.T) {
	h := newInstallation(t).copyHome(t, "h")
	k := &killing{}
	k.calibrate(t, h)
	between := 0
	verbs := []string{"plan-made", "records-stored", "merged", "coverage-written", "coverage-written", "coverage-written"}
	// The kill after the entry of the coverage is in a race with the coverage
	// itself: on a busy machine it needs more than three.
	for n := 0; n < len(verbs) || between == 0 && n < 40; n++ {
		verb := verbs[min(n, len(verbs)-1)]
		request := h.open(t)
		path := filepath.Join(h.path, "audit", "entries.jsonl")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		cmd := h.command(t.Context(), "request", "run", request)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_ = cmd.Wait() // it is killed, or was too fast
		}()
		awaitEntry(t, path, info.Size(), verb, gone)
		_ = cmd.Process.Kill() // it may have ended
		<-gone
		if err := h.nobodyLeft(); err != nil {
			t.Fatal(err)
		}
		var step string
		if err := h.withFile(t, request, func(file *store.File) (err error) {
			step, err = stepOf(t.Context(), file)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if verb == "coverage-written" && step == stepMerged {
			between++
		}
		if r := h.do(t.Context(), "audit", "verify"); r.code != exitDone {
			t.Errorf("after a kill at %s (%s): the log: %s%s", verb, step, r.out, r.stderr)
		}
		if r := h.do(t.Context(), "request", "run", request); r.code != exitNotFinal {
			t.Fatalf("going on after a kill at %s (%s): exit code %d: %s", verb, step, r.code, r.stderr)
		}
		got, err := h.state(t, request)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(*k.want, *got, cmp.AllowUnexported(contents{})); d != "" {
			t.Errorf("after a kill at %s (%s) (-undisturbed +this):\n%s", verb, step, cut(d, 4000))
		}
	}
	if between == 0 {
		t.Error("no kill fell between the entry of the coverage and the coverage")
	}
}

// awaitEntry waits until the log has an entry of that verb behind a place, or
// until the process that writes it is gone.
func awaitEntry(t *testing.T, path string, from int64, verb string, gone <-chan struct{}) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		raw, err := io.ReadAll(io.NewSectionReader(f, from, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(`"verb":"`+verb+`"`)) {
			return
		}
		select {
		case <-gone:
			return
		case <-time.After(100 * time.Microsecond):
		}
	}
}
