package sdktest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// manyOf is how large the large answer of the fake is.
const manyOf = 6_000

// holdings gives what the fake's systems hold for an e-mail address.
func (f *fake) holdings(system, email string) (keys []string) {
	numbers := func(from, n int) {
		for i := range n {
			keys = append(keys, strconv.Itoa(from+i))
		}
	}
	switch system + " " + email {
	case "works maija@example.fi":
		numbers(1, 3)
	case "works pekka@example.fi":
		numbers(11, 250)
	case "works sade@example.fi":
		numbers(901, 3)
		if f.fault == "refs-move" {
			for i := range keys {
				keys[i] = fmt.Sprintf("%s-%d", keys[i], os.Getpid())
			}
		}
	case "works kaikki@example.fi":
		numbers(1000, manyOf)
	case "works iso@example.fi":
		numbers(951, 1)
	case "works latin@example.fi":
		numbers(952, 1)
	case "skewed maija@example.fi", "limited maija@example.fi":
		numbers(1, 3)
		if f.fault == "clock" && system == "skewed" {
			keys = keys[:2] // the third is of tomorrow
		}
	case "one maija@example.fi":
		if f.fault != "first-row" {
			numbers(1, 1)
		}
	case "works äly@example.fi":
		numbers(961, 2)
	case "works a\u0308ly@example.fi":
		if f.fault != "composed" {
			numbers(961, 2)
		}
	}
	return keys
}

func (f *fake) Search(req *sourcepb.SearchRequest, stream grpc.ServerStreamingServer[sourcepb.SearchEvent]) (err error) {
	f.mu.Lock()
	never, answersAnyway := !f.ever, f.fault == "unconfigured"
	f.mu.Unlock()
	if never && answersAnyway {
		return stream.Send(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Completion{Completion: &sourcepb.Completion{
			Result: sourcepb.Result_RESULT_COMPLETE, Digest: sourcepb.NewDigest().Sum()}}})
	}
	c, err := f.now()
	if err != nil {
		return err
	}
	f.running.Add(1)
	defer f.running.Done()
	if f.fault != "panic-loud" {
		defer func() {
			if recover() != nil {
				err = sourcepb.Status(core.Problem{Class: core.ClassBug, Origin: core.OriginPlugin, Message: "a panic"})
			}
		}()
	}
	f.mu.Lock()
	f.searches++
	ctx, cancel := context.WithCancel(stream.Context())
	defer context.AfterFunc(f.ctx, cancel)()
	s := &fakeSearch{fake: f, c: c, q: req.Query(), ctx: ctx, out: stream, digest: sourcepb.NewDigest(), first: f.searches == 1}
	f.mu.Unlock()
	defer cancel()
	err = s.run()
	if err != nil && stream.Context().Err() != nil {
		switch f.fault {
		case "leaks":
			file, err := os.Open(os.DevNull)
			if err != nil {
				panic(err)
			}
			f.mu.Lock()
			f.leaked = append(f.leaked, file)
			f.mu.Unlock()
		case "ignores-cancel":
			time.Sleep(20 * time.Second)
		}
	}
	return err
}

// fakeSearch is one search.
type fakeSearch struct {
	*fake
	c      *fakeConfig
	q      core.Query
	ctx    context.Context
	out    grpc.ServerStreamingServer[sourcepb.SearchEvent]
	digest *sourcepb.Digest
	first  bool // in this process
	sent   uint64
}

func (s *fakeSearch) event(e *sourcepb.SearchEvent) error {
	if err := s.ctx.Err(); err != nil {
		return sourcepb.Status(core.Problem{Class: core.ClassCancelled, Message: "cancelled"})
	}
	return s.out.Send(e)
}

func (s *fakeSearch) notice(p core.Problem) error {
	return s.event(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Notice{Notice: sourcepb.FromProblem(p)}})
}

func (s *fakeSearch) run() error {
	t := s.types()[0]
	sets, needs := t.Usable(s.q)
	count := core.TypeCount{Type: t.Name, Examined: len(sets) > 0, Needs: needs}
	if s.fault == "vague-needs" {
		count.Needs = nil
	}
	if len(sets) == 0 {
		p := core.Problem{Class: core.ClassUnsupportedKey, Message: "cannot be searched so", Kinds: s.q.Kinds()}
		if err := s.notice(p); err != nil {
			return err
		}
		return s.complete(core.Completion{Result: core.Partly, Searched: []core.TypeCount{count}, Problems: []core.Problem{p}})
	}
	if err := s.oddities(); err != nil {
		return err
	}
	keys := s.keys(sets)
	bounded := false
	if bound := int(s.q.MaxRecords); bound > 0 && bound < len(keys) && s.fault != "no-bound" {
		keys, bounded = keys[:bound], true
	}
	if s.fault == "page-limit" {
		keys = keys[:min(len(keys), 5000)]
	}
	if err := s.send(keys); err != nil {
		return err
	}
	count.Matched, count.Sent = s.sent, s.sent
	c := core.Completion{Result: core.Complete, Searched: []core.TypeCount{count}}
	if bounded {
		c.Result = core.Partly
		c.Problems = []core.Problem{{Class: core.ClassTruncated, Message: "the bound is reached"}}
	}
	if s.fault == "nothing-said" && s.q.AnyOf[0].AllOf[0].Value == "eikukaan@example.fi" {
		c.Searched = nil
	}
	if s.c.System == "empty" && s.fault == "empty-partial" {
		c.Result = core.Partly
	}
	return s.complete(c)
}

// oddities is what the fake's strange systems do before they answer.
func (s *fakeSearch) oddities() error {
	value := s.q.AnyOf[0].AllOf[0].Value
	if s.fault == "value-logged" && value == "maija@example.fi" {
		fmt.Fprintf(os.Stderr, "looking for %s\n", value)
	}
	if s.fault == "value-told" && value == "maija@example.fi" {
		if err := s.notice(core.Problem{Class: core.ClassData, Message: "an odd row for " + value}); err != nil {
			return err
		}
	}
	switch s.c.System {
	case "panics":
		panic("no row for " + value)
	case "limited":
		if s.fault == "limit-fails" {
			return sourcepb.Status(core.Problem{Class: core.ClassRateLimited, Message: "wait", RetryAfter: time.Second})
		}
		if s.fault == "limit-silent" {
			return nil
		}
		return s.event(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Progress{
			Progress: sourcepb.FromProgress(core.Progress{WaitUntil: time.Now().Add(time.Second)})}})
	}
	return nil
}

// keys gives the keys of the hits that are to be sent, in order.
func (s *fakeSearch) keys(sets []core.KeySet) []string {
	var keys []string
	for _, set := range sets {
		i := slices.IndexFunc(set.AllOf, func(i core.Identifier) bool { return i.Kind == core.Email })
		if i < 0 {
			continue
		}
		email := set.AllOf[i].Value
		if s.fault == "shared" {
			s.mu.Lock()
			s.asked = email
			s.mu.Unlock()
			time.Sleep(5 * time.Millisecond)
			s.mu.Lock()
			email = s.asked
			s.mu.Unlock()
		}
		keys = append(keys, s.holdings(s.c.System, email)...)
	}
	switch {
	case s.q.Resume.Format == "fake-1":
		at := slices.Index(keys, string(s.q.Resume.Cursor)) + 1
		if s.fault == "resume-skips" && !s.first || s.fault == "restart-skips" && s.first {
			at++
		}
		keys = keys[min(at, len(keys)):]
	case s.q.Resume.Format != "" && s.fault == "odd-cursor":
		keys = nil
	}
	if s.fault == "drops" && len(keys) == 3 {
		keys = keys[:2]
	}
	return keys
}

func (s *fakeSearch) send(keys []string) error {
	size := 100
	if s.fault == "large-batch" {
		size = 120
	}
	if s.fault == "hoards" && len(keys) == manyOf {
		stop := make(chan struct{})
		defer close(stop)
		go s.hoarding(stop)
	}
	for batch := range slices.Chunk(keys, size) {
		var records []*sourcepb.Record
		for _, key := range batch {
			r := s.record(key)
			s.digest.Add(r.Ref)
			s.sent++
			records = append(records, sourcepb.FromRecord(r))
		}
		if err := s.event(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Batch{Batch: &sourcepb.RecordBatch{Records: records}}}); err != nil {
			return err
		}
		c := &sourcepb.Checkpoint{Format: "fake-1", Cursor: []byte(batch[len(batch)-1])}
		if err := s.event(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Checkpoint{Checkpoint: c}}); err != nil {
			return err
		}
	}
	return nil
}

// hoarding is the fault of a plugin that reads on while nobody takes.
func (s *fakeSearch) hoarding(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(2 * time.Millisecond):
			s.mu.Lock()
			s.hoard = append(s.hoard, []byte(strings.Repeat("x", 1<<20)))
			s.mu.Unlock()
		}
	}
}

func (s *fakeSearch) record(key string) core.Record {
	r := core.Record{Type: "ticket", Ref: "ticket/" + key,
		Fields:    []core.Field{{Name: "title", Value: core.TextValue("Tulostin ei toimi " + strings.Repeat("ä", 100))}},
		Parties:   []core.Party{{Slot: "requester", Fields: []core.Field{{Name: "email", Value: core.TextValue("somebody@example.fi")}}}},
		Parts:     []core.Part{{Type: "comment", Ref: "comment/" + key, Fields: []core.Field{{Name: "text", Value: core.TextValue("Kokeiltu uudestaan")}}}},
		MatchedBy: []core.Match{{Kind: core.Email, Slot: "requester", Field: "email", Tier: core.TierExact}}}
	if s.fault == "no-reason" {
		r.MatchedBy = nil
	}
	switch key {
	case "951":
		v := core.WithheldValue(core.Withheld{Reason: core.WithheldTooLarge, Size: 5 << 20})
		if s.fault == "cuts" {
			v = core.TextValue(strings.Repeat("x", 1<<20))
		}
		r.Fields[0].Value = v
	case "952":
		v := core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable})
		if s.fault == "replaces" {
			v = core.TextValue("M\uFFFDkel\uFFFD")
		}
		r.Fields[0].Value = v
	}
	return r
}

func (s *fakeSearch) complete(c core.Completion) error {
	return s.event(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Completion{
		Completion: sourcepb.FromCompletion(c, s.digest.Sum())}})
}
