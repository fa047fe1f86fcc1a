package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/fixtures/generate"
)

// begun starts a run and waits until it is in the middle.
func (h *home) begun(t *testing.T, request string) (said *output, wait func() int) {
	t.Helper()
	stop := make(chan struct{})
	defer close(stop)
	moment, err := h.shows(t, request, stepMidway, stop)
	if err != nil {
		t.Fatal(err)
	}
	cmd := h.command(t.Context(), "request", "run", request)
	said = &output{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan int, 1)
	go func() {
		_ = cmd.Wait() // the exit code is the caller's to judge
		gone <- cmd.ProcessState.ExitCode()
	}()
	select {
	case <-moment:
	case code := <-gone:
		t.Fatalf("the run ended with exit code %d before it was in the middle: %s", code, said.text())
	}
	return said, func() int { return <-gone }
}

// A request is run by one command at a time; whoever comes second is told so
// and disturbs nothing. Whoever reads gets the whole answer or a clear refusal.
func TestTwoRunsOfOneRequest(t *testing.T) {
	h := newInstallation(t).copyHome(t, "h")
	k := &killing{}
	k.calibrate(t, h)
	request := h.open(t)
	said, wait := h.begun(t, request)
	second := h.do(t.Context(), "request", "run", request)
	if second.code != exitFailed || !strings.Contains(second.stderr, request) || !strings.Contains(second.stderr, "in use by another process") ||
		!strings.Contains(second.stderr, "wait until it is done") {
		t.Errorf("the second run: exit code %d: %s", second.code, second.stderr)
	}
	if r := h.do(t.Context(), "request", "rm", request, "--yes"); r.code != exitFailed || !strings.Contains(r.stderr, "in use by another process") {
		t.Errorf("erasing while it is run: exit code %d: %s", r.code, r.stderr)
	}
	for _, args := range [][]string{{"report", request, "--out", t.TempDir() + "/report"}, {"search", request}} {
		r := h.tell(t.Context(), "ma*\n", args...)
		if r.code == exitDone || strings.Contains(r.stderr, "in use by another process") || strings.Contains(r.stderr, "not finished") ||
			strings.Contains(r.stderr, "has not been run") {
			continue
		}
		t.Errorf("%s while it is run: exit code %d: %s", args[0], r.code, r.stderr)
	}
	if r := h.do(t.Context(), "request", "list"); r.code != exitDone || !strings.Contains(r.out, request) {
		t.Errorf("the list while it is run: exit code %d: %s", r.code, r.stderr)
	}
	if code := wait(); code != exitNotFinal {
		t.Fatalf("the first run: exit code %d: %s", code, said.text())
	}
	got, err := h.state(t, request)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(*k.want, *got, cmp.AllowUnexported(contents{})); d != "" {
		t.Errorf("the run that was disturbed (-undisturbed +this):\n%s", cut(d, 4000))
	}
	out := t.TempDir() + "/report"
	if r := h.do(t.Context(), "report", request, "--out", out); r.code != exitDone {
		t.Errorf("the report after the run: %s", r.stderr)
	}
}

// Two requests that are run at once, about different people, end as each does
// alone.
func TestTwoRequestsAtOnce(t *testing.T) {
	in := newInstallation(t)
	first, second := in.intake, in.intakeOfAnother(t)
	alone := in.copyHome(t, "alone")
	var want []*contents
	for _, intake := range []string{first, second} {
		request := alone.openFor(t, intake)
		if r := alone.do(t.Context(), "request", "run", request); r.code != exitNotFinal {
			t.Fatalf("alone: exit code %d: %s", r.code, r.stderr)
		}
		st, err := alone.state(t, request)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, st)
	}
	if len(want[0].Records) < 100 || len(want[1].Records) < 3 || cmp.Equal(want[0].Records, want[1].Records) {
		t.Fatalf("%d and %d records: nothing could mix", len(want[0].Records), len(want[1].Records))
	}
	h := in.copyHome(t, "together")
	for round := range 3 {
		requests := []string{h.openFor(t, first), h.openFor(t, second)}
		said, wait := h.begun(t, requests[0])
		if r := h.do(t.Context(), "request", "run", requests[1]); r.code != exitNotFinal {
			t.Errorf("round %d: the second: exit code %d: %s", round, r.code, r.stderr)
		}
		if code := wait(); code != exitNotFinal {
			t.Errorf("round %d: the first: exit code %d: %s", round, code, said.text())
		}
		for i, request := range requests {
			got, err := h.state(t, request)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(*want[i], *got, cmp.AllowUnexported(contents{})); d != "" {
				t.Errorf("round %d, request %d (-alone +together):\n%s", round, i, cut(d, 4000))
			}
		}
	}
	if err := h.nobodyLeft(); err != nil {
		t.Error(err)
	}
	if r := h.do(t.Context(), "audit", "verify"); r.code != exitDone {
		t.Errorf("the log: %s%s", r.out, r.stderr)
	}
}

// intakeOfAnother gives the intake of somebody else of the authority, about
// whom it holds something too.
func (in *authority) intakeOfAnother(t *testing.T) string {
	t.Helper()
	made, err := smallValtori(t).Generate(t.Context(), t.TempDir(), generate.Options{People: authorityPeople, Seed: authoritySeed})
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]int{}
	eachLine(t, made.Truth, func(raw []byte) {
		for id := range strings.SplitSeq(string(raw), `"`) {
			held[id]++
		}
	})
	other, most := "", 0
	for n := range authorityPeople {
		id := fmt.Sprintf("p%06d", n+1)
		if id != made.Subject && held[id] > most {
			other, most = id, held[id]
		}
	}
	made, err = smallValtori(t).Generate(t.Context(), t.TempDir(), generate.Options{People: authorityPeople, Seed: authoritySeed, Subject: other})
	if err != nil {
		t.Fatal(err)
	}
	intake, err := intakeOf(smallValtori(t), made.Intake)
	if err != nil {
		t.Fatal(err)
	}
	return intake
}
