//go:build unix

package host

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

// A clock that is wrong by decades, as after an empty battery, stops no
// source: its certificates have no dates that count.
func TestAWrongClockStopsNoPlugin(t *testing.T) {
	h := testHost(t)
	for _, name := range []string{"raw-1975", "raw-2345"} {
		s, err := h.Start(context.Background(), raws(name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if g := search(context.Background(), s, query()); g.err != nil {
			t.Errorf("%s: %v", name, g.err)
		}
	}
}

// No time that a plugin tells moves a deadline of the host.
func TestATimeThatAPluginTellsMovesNoDeadline(t *testing.T) {
	h := testHost(t, short)
	g := search(context.Background(), start(t, h, raws("raw-waits")), query())
	if p := Problems(g.err); g.completion != nil || len(p) != 1 || p[0].Class != core.ClassDeadline || p[0].Origin != core.OriginPlugin {
		t.Errorf("%v, %v", g.completion, g.err)
	}
}

// A time outside the years that can be written down is no time.
func TestTimesThatAreNoneCanBeStored(t *testing.T) {
	g := search(context.Background(), start(t, testHost(t), raws("raw-odd-times")), query())
	if g.err != nil || len(g.records) != 1 || len(g.records[0].Fields) != 3 {
		t.Fatalf("%+v, %v", g.records, g.err)
	}
	if _, err := json.Marshal(g.records[0]); err != nil {
		t.Errorf("the record cannot be stored: %v", err)
	}
	if !g.records[0].Time.IsZero() {
		t.Errorf("time %v", g.records[0].Time)
	}
	for _, f := range g.records[0].Fields {
		if diff := cmp.Diff(core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable}), f.Value); diff != "" {
			t.Errorf("value (-want +got):\n%s", diff)
		}
	}
}

// A plugin that is slow but tells that it lives is waited for, longer than the
// bound of silence: one that speaks the protocol itself, and one of the SDK,
// which sends its signs of life by itself.
func TestALivingPluginIsWaitedFor(t *testing.T) {
	h := testHost(t, func(o *Options) { o.Deadlines.Silence = time.Second })
	if g := search(context.Background(), start(t, h, raws("raw-beats")), query()); g.err != nil || len(g.records) != 1 {
		t.Errorf("%d records, %v", len(g.records), g.err)
	}
	h = testHost(t, func(o *Options) { o.Deadlines.Silence = 3 * time.Second })
	s := start(t, h, specOf(map[string]any{"behaviour": "slow", "records": 2})) // silent for 3.5 s
	if g := search(context.Background(), s, query()); g.err != nil || len(g.records) != 2 {
		t.Errorf("%d records, %v", len(g.records), g.err)
	}
}
