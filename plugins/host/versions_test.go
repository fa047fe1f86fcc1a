//go:build unix

package host

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// A plugin that came up wrongly is refused in words that say how, in bounded
// time, and is gone.
func TestAPluginThatIsNotWellIsRefused(t *testing.T) {
	h := testHost(t, short)
	for name, c := range map[string]struct {
		class   core.Class
		message string
	}{
		"raw-unwell":      {core.ClassBug, "not serving"},
		"raw-deaf":        {core.ClassDeadline, "did not answer in time"},
		"raw-mute":        {core.ClassDeadline, "no answer within 1s"},
		"raw-speechless":  {core.ClassDeadline, "did not answer in time"},
		"raw-two-faced":   {core.ClassBug, "in two ways"},
		"raw-undescribed": {core.ClassBug, "no description"},
		"other-name":      {core.ClassBug, "says that it is another one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			_, err := h.Start(context.Background(), raws(name))
			p := Problems(err)
			if len(p) != 1 || p[0].Class != c.class || p[0].Phase != core.PhaseStart || p[0].Origin != core.OriginPlugin ||
				!strings.Contains(p[0].Message, c.message) {
				t.Errorf("problems %+v of %v", p, err)
			}
			if took := time.Since(begin); took > 30*time.Second { // the plugin sleeps for a minute
				t.Errorf("the refusal took %s", took)
			}
		})
	}
	t.Cleanup(func() {
		if n := len(h.shared.launcher.keeper.groups); n != 0 {
			t.Errorf("%d plugins are left", n)
		}
	})
}

// The caller's time bounds a start whatever the plugin does.
func TestAStartEndsWithItsContext(t *testing.T) {
	h := testHost(t, short)
	for _, spec := range []Spec{raws("start-hang"), raws("raw-deaf"), specOf(map[string]any{"behaviour": "slow-open"})} {
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		begin := time.Now()
		_, err := h.Start(ctx, spec)
		cancel()
		if p := Problems(err); len(p) != 1 || p[0].Class != core.ClassDeadline || p[0].Origin != core.OriginHost {
			t.Errorf("%s: problems %+v of %v", spec.Plugin, p, err)
		}
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("%s: the start took %s", spec.Plugin, took)
		}
	}
}

// What a later minor version adds is passed over where that is safe, and
// never taken for proof.
func TestALaterVersionsWordsAreTakenForTheUnsafeOnes(t *testing.T) {
	h := testHost(t)

	g := search(context.Background(), start(t, h, raws("raw-later-event")), query())
	if p := Problems(g.err); g.completion != nil || len(p) != 1 || !strings.Contains(p[0].Message, "does not know") || len(g.records) != 1 {
		t.Errorf("an unknown event: %v, %v", g.completion, g.err)
	}
	g = search(context.Background(), start(t, h, raws("raw-later-fields")), query())
	if g.err != nil || g.completion.Result != core.Complete || len(g.records) != 1 {
		t.Errorf("unknown fields: %v, %v", g.completion, g.err)
	}
	g = search(context.Background(), start(t, h, raws("raw-later-words")), query())
	if g.err != nil || len(g.notices) != 1 || len(g.records) != 1 {
		t.Fatalf("unknown words: %+v, %v", g.notices, g.err)
	}
	want := core.Problem{Class: core.ClassBug, Phase: core.PhaseSearch, Origin: core.OriginPlugin, Message: "rain"}
	if diff := cmp.Diff(want, g.notices[0]); diff != "" {
		t.Errorf("unknown words (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable}), g.records[0].Fields[0].Value); diff != "" {
		t.Errorf("an unknown value (-want +got):\n%s", diff)
	}
	g = search(context.Background(), start(t, h, raws("raw-later-type")), query())
	if p := Problems(g.err); g.completion != nil || len(p) != 1 || strings.Contains(g.err.Error(), person) {
		t.Errorf("a count of an undeclared type: %v, %v", g.completion, g.err)
	}
}

// A plugin that goes back behind its own checkpoint sends records twice: the
// first ones stay, and the answer proves nothing.
func TestRecordsRepeatedAfterACheckpointAreTakenOnce(t *testing.T) {
	g := search(context.Background(), start(t, testHost(t), raws("raw-repeats")), query())
	if p := Problems(g.err); g.completion != nil || len(p) != 1 || !strings.Contains(p[0].Message, "two records of one ref") {
		t.Errorf("%v, %v", g.completion, g.err)
	}
	if len(g.records) != 2 || g.checkpoints != 2 {
		t.Errorf("%d records and %d checkpoints, want 2 and 2", len(g.records), g.checkpoints)
	}
}

// Of a plugin that passes the bound of the query the records up to it stay.
func TestAPluginThatPassesTheBoundIsCutThere(t *testing.T) {
	q := query()
	q.MaxRecords = 2
	g := search(context.Background(), start(t, testHost(t), raws("raw-good")), q)
	if p := Problems(g.err); g.completion != nil || len(p) != 1 || p[0].Class != core.ClassTruncated {
		t.Errorf("%v, %v", g.completion, g.err)
	}
	if len(g.records) != 2 || g.records[1].Ref != "ticket/2" {
		t.Errorf("records %+v", g.records)
	}
}

// Generated code registers its names for the whole process, and two files of
// one name end it: ours are nobody else's.
func TestTheProtocolHasNamesOfItsOwn(t *testing.T) {
	file := (&sourcepb.SearchRequest{}).ProtoReflect().Descriptor().ParentFile()
	if file.Path() != "sinusta/source/v1/source.proto" || file.Package() != "sinusta.source.v1" {
		t.Errorf("file %s of package %s", file.Path(), file.Package())
	}
}
