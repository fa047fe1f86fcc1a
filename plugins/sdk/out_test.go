package sdk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/scrub"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// wireTap collects what leaves.
type wireTap struct {
	mu     sync.Mutex
	events []*sourcepb.SearchEvent
	fail   error
}

func (w *wireTap) send(e *sourcepb.SearchEvent) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
	return w.fail
}

// taken gives what has left so far.
func (w *wireTap) taken() []*sourcepb.SearchEvent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]*sourcepb.SearchEvent(nil), w.events...)
}

func (w *wireTap) batches() (sizes []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if b := e.GetBatch(); b != nil {
			sizes = append(sizes, len(b.GetRecords()))
		}
	}
	return sizes
}

func testOut(w *wireTap) *Out {
	return newOut(context.Background(), core.Query{}, []RecordType{{Name: "t"}}, &scrub.Live{}, w.send)
}

func rec(i, size int) core.Record {
	return core.Record{Type: "t", Ref: fmt.Sprintf("t/%d", i),
		Fields: []core.Field{{Name: "x", Value: core.TextValue(strings.Repeat("x", size))}}}
}

func TestRecordsLeaveInBoundedBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wireTap{}
		o := testOut(w)
		for i := range 250 {
			if err := o.Emit(rec(i, 10)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(batchWait)
		synctest.Wait()
		if got := fmt.Sprint(w.batches()); got != "[100 100 50]" {
			t.Errorf("batches of %s", got)
		}
		before := len(w.taken())
		for i := range 10 {
			if err := o.Emit(rec(1000+i, 100<<10)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(batchWait)
		synctest.Wait()
		for _, e := range w.taken() {
			if proto.Size(e) > batchBytes+64 {
				t.Errorf("a message of %d bytes", proto.Size(e))
			}
		}
		if got := fmt.Sprint(w.batches()[before:]); got != "[2 2 2 2 2]" {
			t.Errorf("batches of %s", got)
		}
	})
}

func TestACheckpointCoversWhatWasEmittedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wireTap{}
		o := testOut(w)
		if err := errors.Join(o.Emit(rec(1, 1)), o.Checkpoint(core.Checkpoint{Cursor: []byte("1")}), o.Emit(rec(2, 1))); err != nil {
			t.Fatal(err)
		}
		if got := w.taken(); len(got) != 2 || got[0].GetBatch() == nil || got[1].GetCheckpoint() == nil {
			t.Errorf("events %v", got)
		}
		time.Sleep(batchWait)
	})
}

func TestTheStreamIsNeverSilentForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wireTap{}
		o := testOut(w)
		o.Progress(7)
		stop := make(chan struct{})
		go o.keepAlive(heartbeat, stop)
		time.Sleep(time.Minute)
		close(stop)
		synctest.Wait()
		if got := w.taken(); len(got) < 12 || got[0].GetProgress().GetRecords() != 7 {
			t.Errorf("%d events in a minute", len(got))
		}
	})
}

func TestARecordThatNeverFitsIsReported(t *testing.T) {
	w := &wireTap{}
	o := testOut(w)
	r := core.Record{Type: "t", Ref: "t/1"}
	for range 6 { // each below the bound of one value
		r.Fields = append(r.Fields, core.Field{Name: "x", Value: core.TextValue(strings.Repeat("x", 1<<20))})
	}
	if err := o.Emit(r); err != nil {
		t.Fatal(err)
	}
	m := w.events[0].GetBatch().GetRecords()[0]
	withheld := 0
	for _, f := range m.GetFields() {
		if f.GetWithheld().GetReason() == string(core.WithheldTooLarge) {
			withheld++
		}
	}
	if proto.Size(m) > maxRecord || withheld != 3 {
		t.Errorf("%d bytes with %d values withheld", proto.Size(m), withheld)
	}
	r = core.Record{Type: "t", Ref: "t/2"}
	for range 500_000 {
		r.Fields = append(r.Fields, core.Field{Name: "x", Value: core.TextValue("abcdef")})
	}
	if err := o.Emit(r); err != nil {
		t.Fatal(err)
	}
	r = core.Record{Type: "t", Ref: "t/3", Fields: make([]core.Field, maxFields+1)} // small, but too many
	if err := o.Emit(r); err != nil {
		t.Fatal(err)
	}
	if c := o.completion([]RecordType{{Name: "t"}}, nil); c.Result != core.Partly || len(c.Problems) != 2 ||
		c.Problems[0].Class != core.ClassPartial || c.Searched[0].Sent != 1 {
		t.Errorf("completion %+v", c)
	}
}

func TestAnErrorThatThePluginSwallowsStillCounts(t *testing.T) {
	w := &wireTap{}
	o := testOut(w)
	_ = o.Emit(core.Record{Type: "other", Ref: "other/1"})
	o.Examined(core.TypeCount{Type: "t", Examined: true})
	if c := o.completion([]RecordType{{Name: "t"}}, nil); c.Result != core.Failed || c.Problems[0].Class != core.ClassBug {
		t.Errorf("completion %+v", c)
	}
}

func TestErrorsOfNothingAreNothing(t *testing.T) {
	for _, err := range []error{AuthError("m", nil), TransientError("m", nil), PartialError("m", nil), DataError("m", nil),
		RateLimitedError("m", time.Second, nil)} {
		if err != nil {
			t.Errorf("error %v", err)
		}
	}
}

func TestErrorsShowOnlyCausesThatHoldNoValues(t *testing.T) {
	err := TransientError("cannot reach the database", fmt.Errorf("query for 010190-900X: %w", context.DeadlineExceeded))
	if err.Error() != "cannot reach the database: it took too long" {
		t.Errorf("error %v", err)
	}
	if err := AuthError("no", errors.New("password of maija")); err.Error() != "no" {
		t.Errorf("error %v", err)
	}
}

func TestServeByHandExplainsItself(t *testing.T) {
	if err := Serve(Plugin[struct{}]{Name: "x"}); !errors.Is(err, ErrByHand) {
		t.Errorf("error %v", err)
	}
}
