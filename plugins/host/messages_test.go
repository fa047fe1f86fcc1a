//go:build linux

package host

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// memoryOf gives a member of a process's status, such as VmHWM, in bytes.
func memoryOf(t testing.TB, pid int, member string) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := bytes.Cut(status, []byte(member+":"))
	line, _, _ := bytes.Cut(after, []byte(" kB"))
	n, err := strconv.ParseInt(strings.TrimSpace(string(line)), 10, 64)
	if err != nil {
		t.Fatalf("%s of %d: %v", member, pid, err)
	}
	return n << 10
}

// peakWhile gives by how many bytes the heap of this process grew at most
// while f ran.
func peakWhile(f func()) int64 {
	var m runtime.MemStats
	debug.FreeOSMemory()
	runtime.ReadMemStats(&m)
	before, peak := m.HeapInuse, m.HeapInuse
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	f()
	close(stop)
	<-done
	return int64(peak - before) //nolint:gosec // far below the bound of the type
}

// A message that is too large is refused before it is read: the host does not
// grow with what a plugin sends.
func TestAMessageThatIsTooLargeIsRefusedUnread(t *testing.T) {
	h := testHost(t)
	for name, size := range map[string]int64{"raw-huge": 9 << 20, "raw-300-mb": 300 << 20} {
		s := start(t, h, raws(name))
		var g got
		grew := peakWhile(func() { g = search(context.Background(), s, query()) })
		t.Logf("%s: the plugin sent %d MiB, the host's heap grew by %.1f MiB (limit 40)", name, size>>20, float64(grew)/(1<<20))
		p := Problems(g.err)
		if g.completion != nil || len(p) != 1 || p[0].Class != core.ClassBug || !strings.Contains(p[0].Message, "a message was too large") {
			t.Errorf("%s: problems %+v", name, p)
		}
		if grew > 40<<20 {
			t.Errorf("%s: the host grew by %d bytes", name, grew)
		}
		_ = s.Close(context.Background())
	}
}

// A question may be larger than gRPC's 4 MiB, up to the bound of a message;
// a larger one is refused here, and the plugin lives on.
func TestAQuestionMayBeLargeUpToTheBound(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"records": 3}))
	ask := func(bytes int) got {
		q := query()
		id := &q.AnyOf[0].AllOf[0]
		for n := 0; n < bytes; n += 1 << 10 {
			id.Forms = append(id.Forms, core.Form{Text: strings.Repeat("x", 1<<10) + strconv.Itoa(n), Tier: core.TierExact})
		}
		return search(context.Background(), s, q)
	}
	if g := ask(5 << 20); g.err != nil || len(g.records) != 3 {
		t.Errorf("5 MiB: %d records, %v", len(g.records), g.err)
	}
	g := ask(9 << 20)
	if p := Problems(g.err); len(p) != 1 || p[0].Origin != core.OriginHost || p[0].Class != core.ClassUnsupportedKey ||
		!strings.Contains(p[0].Message, strconv.Itoa(sourcepb.MaxMessage)) {
		t.Errorf("9 MiB: %+v, %v", p, g.err)
	}
	if g := search(context.Background(), s, query()); g.err != nil {
		t.Errorf("after it: %v", g.err)
	}
}

// What is no message, or holds a text that is no UTF-8, ends the answer
// without a completion. What came before stays; nothing of it is shown.
func TestBytesThatAreNoMessageEndTheAnswer(t *testing.T) {
	h := testHost(t)
	for _, name := range []string{"raw-bad-ref", "raw-bad-value", "raw-bad-notice", "raw-garbage"} {
		t.Run(name, func(t *testing.T) {
			s := start(t, h, raws(name))
			g := search(context.Background(), s, query())
			p := Problems(g.err)
			if g.completion != nil || len(p) != 1 || p[0].Class != core.ClassBug || p[0].Origin != core.OriginPlugin ||
				!strings.Contains(p[0].Message, "broke the protocol") || !utf8.ValidString(p[0].Message) ||
				strings.Contains(p[0].Message, "kinen") || strings.Contains(p[0].Message, "900X") {
				t.Errorf("completion %v, problems %+v", g.completion, p)
			}
			if len(g.records) != 1 || g.records[0].Ref != "ticket/1" {
				t.Errorf("records %+v", g.records)
			}
		})
	}
}

// A problem whose text is no UTF-8 still is one, in text that can be stored.
func TestAProblemOfForeignBytesCanBeStored(t *testing.T) {
	g := search(context.Background(), start(t, testHost(t), raws("raw-bad-status")), query())
	p := Problems(g.err)
	if g.completion != nil || len(p) != 1 || !utf8.ValidString(p[0].Message) || p[0].Class == "" {
		t.Errorf("completion %v, problems %+v of %v", g.completion, p, g.err)
	}
}

// A message of countless empty records, which is small on the wire and large in
// memory, is refused before it is made.
func TestAMessageOfCountlessRecordsIsRefusedUnmade(t *testing.T) {
	h := testHost(t)
	s := start(t, h, raws("raw-many-empty"))
	var g got
	grew := peakWhile(func() { g = search(context.Background(), s, query()) })
	t.Logf("2,097,152 empty records in 4 MiB: the host's heap grew by %.1f MiB (limit 40)", float64(grew)/(1<<20))
	if p := Problems(g.err); g.completion != nil || len(p) != 1 || p[0].Class != core.ClassBug || !strings.Contains(p[0].Message, "parts") {
		t.Errorf("completion %v, problems %+v", g.completion, p)
	}
	if grew > 40<<20 {
		t.Errorf("the host grew by %d bytes", grew)
	}
}

// What a plugin says of a problem is bounded and blanked in every member.
func TestWhatAPluginSaysIsBounded(t *testing.T) {
	h := testHost(t)
	g := search(context.Background(), start(t, h, raws("raw-long-problem")), query())
	if g.err != nil || len(g.notices) != 1 {
		t.Fatalf("%+v, %v", g.notices, g.err)
	}
	p := g.notices[0]
	for _, text := range []string{p.Message, p.ConfigPath, p.RecordType, string(p.Kinds[0])} {
		if text == "" || len(text) > maxProblemText || strings.Contains(text, "makinen") || !utf8.ValidString(text) {
			t.Errorf("%d bytes: %.80q", len(text), text)
		}
	}
	for _, name := range []string{"raw-long-error", "raw-exhausted"} {
		g = search(context.Background(), start(t, h, raws(name)), query())
		told := Problems(g.err)
		if len(told) != 1 || len(told[0].Message) > maxProblemText+100 || strings.Contains(g.err.Error(), "makinen") {
			t.Errorf("%s: %.300s", name, fmt.Sprint(g.err))
		}
	}
}

// The taker is slow and the answer long: the plugin waits instead of keeping
// it, and nothing is lost.
func TestASlowTakerHoldsThePluginBack(t *testing.T) {
	const records, size = 30_000, 4 << 10 // 117 MiB
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"records": records, "size": size}))
	before := memoryOf(t, s.PID(), "VmRSS")
	n := 0
	var held int64
	c, err := s.Search(context.Background(), query(), func(e core.Event) error {
		if n == 0 {
			time.Sleep(time.Second)
			held = memoryOf(t, s.PID(), "VmHWM") - before
		}
		n += len(e.Records)
		return nil
	})
	if err != nil || c == nil || c.Result != core.Complete || n != records {
		t.Fatalf("%d records of %d, %v, %v", n, records, c, err)
	}
	peak := memoryOf(t, s.PID(), "VmHWM") - before
	t.Logf("an answer of %d MiB: the plugin grew by %d MiB while the taker waited and by %d MiB in all (limit 64)",
		records*size>>20, held>>20, peak>>20)
	if peak > 64<<20 {
		t.Errorf("the plugin grew by %d MiB", peak>>20)
	}
}

// A record that arrived before a kill is delivered, and the source may be
// asked again.
func TestRecordsThatArrivedBeforeAKillAreKept(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"records": 2500, "behaviour": "emit-then-wait"}))
	var refs []string
	checkpoints := 0
	killed := false
	c, err := s.Search(context.Background(), query(), func(e core.Event) error {
		for _, r := range e.Records {
			refs = append(refs, r.Ref)
		}
		if e.Checkpoint != nil {
			checkpoints++
		}
		if len(refs) >= 1200 && !killed { // more is on its way
			killed = true
			return killAndWait(s)
		}
		return nil
	})
	p := Problems(err)
	if c != nil || len(p) != 1 || p[0].Class != core.ClassTransient || p[0].Origin != core.OriginPlugin {
		t.Errorf("completion %v, problems %+v", c, p)
	}
	if len(refs) < 1200 || checkpoints < 1 {
		t.Errorf("%d records and %d checkpoints", len(refs), checkpoints)
	}
	for i, ref := range refs { // a gap would be worse than an end
		if ref != fmt.Sprintf("ticket/%06d", i) {
			t.Fatalf("record %d is %s", i, ref)
		}
	}
	// A dead session says so; a new one, for the same system, answers.
	if g := search(context.Background(), s, query()); g.completion != nil || len(Problems(g.err)) != 1 {
		t.Errorf("a search of a dead plugin gives %v, %v", g.completion, g.err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	again := start(t, h, specOf(map[string]any{"records": 2500}))
	if g := search(context.Background(), again, query()); g.err != nil || len(g.records) != 2500 {
		t.Errorf("%d records, %v", len(g.records), g.err)
	}
}
