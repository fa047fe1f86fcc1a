package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// told gives the entries of a log as verb, phase, object and what they end.
func told(t *testing.T, l *Log) (lines []string) {
	t.Helper()
	for e, err := range l.Entries(t.Context(), Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s%s", e.Object, e.Phase)
		if e.Of != nil {
			line += fmt.Sprint(*e.Of)
		}
		lines = append(lines, line)
	}
	return lines
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// What was put off comes in its order, with its own time, before the entry that
// somebody waits for.
func TestEntriesThatWaitForTheNext(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l.now = func() time.Time { now = now.Add(time.Second); return now }
	whole, err := l.BeginWhole(t.Context(), entry(0))
	must(t, err)
	if got := told(t, l); len(got) != 0 {
		t.Fatalf("written already: %v", got)
	}
	one, err := l.BeginPart(t.Context(), entry(1))
	must(t, err, one(Done, nil), l.AppendPart(t.Context(), entry(2)))
	if got := fmt.Sprint(told(t, l)); got != "[V0begin V1begin]" {
		t.Fatal(got)
	}
	two, err := l.BeginPart(t.Context(), entry(3))
	must(t, err, two(Failed, nil), two(Done, nil), whole(Done, nil))
	if got := fmt.Sprint(told(t, l)); got != "[V0begin V1begin V1end1 V2 V3begin V3end4 V0end0]" {
		t.Error(got)
	}
	last := time.Time{}
	for e, err := range l.Entries(t.Context(), Filter{}) {
		if err != nil || !e.Time.After(last) {
			t.Errorf("entry %d of %s after %s, %v", e.Index, e.Time, last, err)
		}
		last = e.Time
	}
	for range 3 * maxLater { // none is kept in memory for long
		must(t, l.AppendPart(t.Context(), entry(4)))
	}
	if n, err := l.Len(); n < 7+2*maxLater || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
	must(t, l.Flush(t.Context()), l.Flush(t.Context()))
	if n, err := l.Len(); n != 7+3*maxLater || err != nil {
		t.Errorf("%d entries after the flush, %v", n, err)
	}
	must(t, l.AppendPart(t.Context(), entry(5)), l.Close(t.Context()))
	if res := verified(t, home, nil); res.Entries != 7+3*maxLater+2 || res.Covered != res.Entries || len(res.Open) != 0 {
		t.Errorf("after the close: %+v", res)
	}
	if err := l.AppendPart(t.Context(), entry(6)); !errors.Is(err, ErrClosed) {
		t.Errorf("after the close: %v", err)
	}
}

// A write that fails loses nothing that was put off, and what somebody waits for
// does not begin.
func TestWhatWasPutOffSurvivesAFullDisk(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	whole, err := l.BeginWhole(t.Context(), entry(0))
	must(t, err)
	l.write = func(*os.File, []byte, int64) (int, error) {
		return 0, &os.PathError{Op: "write", Path: "audit/entries.jsonl", Err: syscall.ENOSPC}
	}
	if _, err := l.BeginPart(t.Context(), entry(1)); !errors.Is(err, ErrFull) {
		t.Errorf("%v, want ErrFull", err)
	}
	if err := l.Flush(t.Context()); !errors.Is(err, ErrFull) {
		t.Errorf("%v, want ErrFull", err)
	}
	for range 3 * maxLater {
		if err := l.AppendPart(t.Context(), entry(2)); err != nil && !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
	}
	l.write = (*os.File).WriteAt
	must(t, whole(Failed, nil))
	got := told(t, l)
	if len(got) != maxLater+1 || got[0] != "V0begin" || got[len(got)-1] != "V0end0" {
		t.Errorf("%d entries: %v", len(got), got)
	}
	if res := verified(t, home, nil); len(res.Open) != 0 || len(res.Unfinished) != 0 {
		t.Errorf("%+v", res)
	}
}

func TestManyPutOffAtOnce(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 40 {
				whole, err := l.BeginWhole(context.Background(), entry(i))
				if err == nil {
					var part func(string, Counts) error
					if part, err = l.BeginPart(context.Background(), entry(i)); err == nil {
						err = errors.Join(part(Done, nil), whole(Done, nil))
					}
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	open := map[int64]string{}
	for e, err := range l.Entries(t.Context(), Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Phase == Begin {
			open[e.Index] = e.Object
		} else if open[*e.Of] != e.Object {
			t.Errorf("entry %d ends %d, which is of %q", e.Index, *e.Of, open[*e.Of])
		} else {
			delete(open, *e.Of)
		}
	}
	if res := verified(t, home, nil); res.Entries != 8*40*4 || len(res.Open)+len(open) != 0 {
		t.Errorf("%d entries, open: %v %v", res.Entries, res.Open, open)
	}
}

// What a log took is in it, also when that came while it was closed.
func TestWhatIsPutOffWhileTheLogIsClosedIsWritten(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	_, err := l.Append(t.Context(), entry(0))
	must(t, err)
	asked := false
	l.now = func() time.Time { // first asked when the checkpoint is announced
		if !asked {
			asked = true
			must(t, l.AppendPart(t.Context(), entry(1)))
		}
		return time.Now()
	}
	must(t, l.Close(t.Context()))
	if got := fmt.Sprint(told(t, open(t, home))); !strings.HasSuffix(got, "V1]") {
		t.Errorf("the log took V1 and holds %s", got)
	}
	verified(t, home, nil)
}
