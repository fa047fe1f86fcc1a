//go:build unix

package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// Discover of the SDK's fake: two tables, of which one holds a canary in its
// samples.
func (f *fakeInstance) Discover(_ context.Context, _ sdk.DiscoverOptions, out *sdk.Tables) error {
	switch f.c.Behaviour {
	case "panic":
		panic("secret value " + person)
	case "unclassified":
		return fmt.Errorf("no table for %s", person)
	case "twice":
		_ = out.Table(sdk.Table{Name: "ticket"}) // the error is swallowed
	case "partial":
		if err := out.Notice(core.Problem{Class: core.ClassPartial, Message: "no rights on a table, said " + f.c.Password.Reveal()}); err != nil {
			return err
		}
	}
	for _, name := range []string{"ticket", "person"} {
		if err := out.Table(sdk.Table{Name: name, Rows: 7, Columns: []sdk.Column{{Name: "email", Type: "text",
			Kinds: []core.Kind{core.Email}, Categories: []string{"contact"}, Filled: 6, Samples: []string{person}}}}); err != nil && f.c.Behaviour != "twice" {
			return err
		}
	}
	return nil
}

// Fetch of the SDK's fake.
func (f *fakeInstance) Fetch(_ context.Context, ref string) (io.ReadCloser, error) {
	if ref != "attachment/1" {
		return nil, sdk.DataError("there is no such attachment as "+ref, os.ErrNotExist)
	}
	var r io.Reader = bytes.NewReader(attachment())
	switch f.c.Behaviour {
	case "panic":
		panic("secret value " + person)
	case "cut":
		r = io.MultiReader(io.LimitReader(r, 300_000), failing{})
	case "exit":
		r = io.MultiReader(io.LimitReader(r, 600_000), exiting{})
	}
	return io.NopCloser(r), nil
}

func attachment() []byte {
	b := make([]byte, 900_001)
	for i := range b {
		b[i] = byte(i * 7 >> 3)
	}
	return b
}

// failing is a source whose connection breaks off.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// exiting is a source at which the process dies, once.
type exiting struct{}

func (exiting) Read([]byte) (int, error) {
	time.Sleep(200 * time.Millisecond) // let what came before arrive
	os.Exit(3)
	return 0, nil
}

func TestDiscoverListsTablesWithoutSamples(t *testing.T) {
	s := start(t, testHost(t), specOf(map[string]any{}))
	for _, allowed := range []bool{false, true} {
		var tables []sdk.Table
		d, err := s.Discover(t.Context(), sdk.DiscoverOptions{AllowSamples: allowed}, func(table sdk.Table) error {
			tables = append(tables, table)
			return nil
		})
		if err != nil || d.Result != core.Complete || len(tables) != 2 || tables[0].Name != "ticket" || tables[1].Rows != 7 {
			t.Fatalf("%+v, %v, %d tables", d, err, len(tables))
		}
		c := tables[0].Columns[0]
		if c.Name != "email" || c.Filled != 6 || len(c.Kinds) != 1 || c.Kinds[0] != core.Email || len(c.Categories) != 1 || (len(c.Samples) > 0) != allowed {
			t.Errorf("samples allowed: %v: %+v", allowed, c)
		}
	}
	stop := errors.New("enough")
	if _, err := s.Discover(t.Context(), sdk.DiscoverOptions{}, func(sdk.Table) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the taker's error is lost: %v", err)
	}
}

func TestDiscoverTellsWhatItCouldNotSee(t *testing.T) {
	for behaviour, want := range map[string]struct {
		result core.Result
		class  core.Class
	}{"partial": {core.Partly, core.ClassPartial}, "panic": {core.Failed, core.ClassBug},
		"unclassified": {core.Failed, core.ClassBug}, "twice": {core.Failed, core.ClassBug}} {
		s := start(t, testHost(t), specOf(map[string]any{"behaviour": behaviour}))
		d, err := s.Discover(t.Context(), sdk.DiscoverOptions{}, func(sdk.Table) error { return nil })
		if err != nil || d.Result != want.result || len(d.Problems) != 1 || d.Problems[0].Class != want.class {
			t.Errorf("%s: %+v, %v", behaviour, d, err)
			continue
		}
		if m := d.Problems[0].Message; strings.Contains(m, person) || strings.Contains(m, canary) {
			t.Errorf("%s: the problem shows a value: %s", behaviour, m)
		}
	}
}

func TestFetchIsWholeOrFails(t *testing.T) {
	want := attachment()
	sum := sha256.Sum256(want)
	s := start(t, testHost(t), specOf(map[string]any{}))
	var got bytes.Buffer
	d := &Download{Ref: "attachment/1", MaxBytes: uint64(len(want)), To: &got}
	if err := s.Fetch(t.Context(), d); err != nil || !bytes.Equal(got.Bytes(), want) || !bytes.Equal(d.SHA256(), sum[:]) {
		t.Fatalf("%v, %d bytes", err, got.Len())
	}
	for have := range []int{1, sourcepb.MaxChunk, 2*sourcepb.MaxChunk + 5, len(want)} {
		var rest bytes.Buffer
		d := &Download{Ref: "attachment/1", MaxBytes: 1 << 30, To: &rest}
		if err := d.Resume(bytes.NewReader(want[:have])); err != nil {
			t.Fatal(err)
		}
		if err := s.Fetch(t.Context(), d); err != nil || !bytes.Equal(rest.Bytes(), want[have:]) {
			t.Errorf("from byte %d: %v, %d bytes", have, err, rest.Len())
		}
	}
	for name, c := range map[string]struct {
		d     Download
		class core.Class
	}{
		"bound":   {Download{Ref: "attachment/1", MaxBytes: uint64(len(want)) - 1}, core.ClassTruncated},
		"none":    {Download{Ref: "attachment/" + person, MaxBytes: 1 << 20}, core.ClassData},
		"unbound": {Download{Ref: "attachment/1"}, core.ClassBug},
	} {
		c.d.To = io.Discard
		err := s.Fetch(t.Context(), &c.d)
		if p := Problems(err); len(p) != 1 || p[0].Class != c.class || p[0].Phase != core.PhaseFetch || strings.Contains(p[0].Message, person) {
			t.Errorf("%s: %v", name, p)
		}
	}
	wrong := &Download{Ref: "attachment/1", MaxBytes: 1 << 20, To: io.Discard}
	if err := wrong.Resume(strings.NewReader("other bytes")); err != nil {
		t.Fatal(err)
	}
	if p := Problems(s.Fetch(t.Context(), wrong)); len(p) != 1 || !strings.Contains(p[0].Message, "SHA-256") {
		t.Errorf("a wrong beginning is not noticed: %v", p)
	}
}

// What a plugin sends before it dies is kept, and another process goes on.
func TestFetchGoesOnAfterTheProcessDied(t *testing.T) {
	h := testHost(t)
	var got bytes.Buffer
	d := &Download{Ref: "attachment/1", MaxBytes: 1 << 30, To: &got}
	for _, behaviour := range []string{"exit", "cut", ""} {
		s := start(t, h, specOf(map[string]any{"behaviour": behaviour}))
		err := s.Fetch(t.Context(), d)
		if (err == nil) != (behaviour == "") {
			t.Fatalf("%q: %v after %d bytes", behaviour, err, d.Size())
		}
	}
	if !bytes.Equal(got.Bytes(), attachment()) {
		t.Errorf("%d bytes, or others", got.Len())
	}
}

// Discover of the raw fake breaks the rules in the way that its name says.
func (r *raw) Discover(_ *sourcepb.DiscoverRequest, out grpc.ServerStreamingServer[sourcepb.DiscoverEvent]) error {
	column := &sourcepb.Column{Name: "email"}
	tables := []*sourcepb.DiscoverEvent{{Table: "a", Columns: []*sourcepb.Column{column}}, {Table: "b"}}
	digest := sourcepb.NewDigest()
	digest.Add("a")
	digest.Add("email")
	digest.Add("b")
	end := &sourcepb.DiscoverEnd{Result: sourcepb.Result_RESULT_COMPLETE, Tables: 2, Digest: digest.Sum()}
	switch r.name {
	case "raw-samples":
		column.Samples = []string{person}
	case "raw-same-table":
		tables[1].Table = "a"
	case "raw-nothing":
		tables[1] = &sourcepb.DiscoverEvent{}
	case "raw-count":
		end.Tables = 3
	case "raw-digest":
		end.Digest[0] ^= 1
	case "raw-result":
		end.Result = 77
	case "raw-silent":
		time.Sleep(time.Minute)
	}
	for _, m := range tables {
		if err := out.Send(m); err != nil {
			return err
		}
	}
	if r.name == "raw-no-end" {
		return nil
	}
	if r.name == "raw-after" {
		if err := out.Send(&sourcepb.DiscoverEvent{End: end}); err != nil {
			return err
		}
	}
	return out.Send(&sourcepb.DiscoverEvent{End: end})
}

// Fetch of the raw fake does too.
func (r *raw) Fetch(req *sourcepb.FetchRequest, out grpc.ServerStreamingServer[sourcepb.FetchChunk]) error {
	data := attachment()[:500_000]
	sum := sha256.Sum256(data)
	size := uint64(len(data))
	chunks := []*sourcepb.FetchChunk{{Data: data[:200_000]}, {Offset: 200_000}, {Offset: 200_000, Data: data[200_000:400_000]},
		{Offset: 400_000, Data: data[400_000:]}}
	last := &sourcepb.FetchChunk{Offset: size, Sha256: sum[:], Size: size}
	switch r.name {
	case "raw-gap":
		chunks = chunks[1:]
	case "raw-large-chunk":
		chunks = []*sourcepb.FetchChunk{{Data: data[:sourcepb.MaxChunk+1]}}
	case "raw-count":
		last.Size++
	case "raw-digest":
		last.Sha256 = append([]byte{sum[0] ^ 1}, sum[1:]...)
	case "raw-no-end":
		last = &sourcepb.FetchChunk{Offset: size}
	case "raw-flood": // it does not keep the bound, which was told
		for at := uint64(0); ; at += sourcepb.MaxChunk {
			if err := out.Send(&sourcepb.FetchChunk{Offset: at, Data: make([]byte, sourcepb.MaxChunk)}); err != nil {
				return err
			}
		}
	case "raw-silent":
		time.Sleep(time.Minute)
	}
	for _, m := range append(chunks, last) {
		if err := out.Send(m); err != nil {
			return err
		}
	}
	if r.name == "raw-after" {
		return out.Send(last)
	}
	return nil
}

func TestWhatBreaksTheRulesOfDiscoverAndFetchIsRefused(t *testing.T) {
	h := testHost(t, func(o *Options) {
		o.Deadlines.Silence = 300 * time.Millisecond
		o.Quarantine.After = -1
	})
	discover := func(s *Session) error {
		_, err := s.Discover(t.Context(), sdk.DiscoverOptions{}, func(sdk.Table) error { return nil })
		return err
	}
	fetch := func(s *Session) error {
		return s.Fetch(t.Context(), &Download{Ref: "attachment/1", MaxBytes: 1 << 20, To: io.Discard})
	}
	for name, c := range map[string]struct{ discover, fetch string }{
		"raw-good":        {},
		"raw-samples":     {discover: "not allowed"},
		"raw-same-table":  {discover: "twice"},
		"raw-nothing":     {discover: "does not know"},
		"raw-count":       {"count", "size"},
		"raw-digest":      {"digest", "SHA-256"},
		"raw-result":      {discover: "no result"},
		"raw-no-end":      {"without its closing", "without its closing"},
		"raw-after":       {"goes on", "goes on"},
		"raw-gap":         {fetch: "does not follow"},
		"raw-large-chunk": {fetch: "chunk of more than"},
		"raw-flood":       {fetch: "larger than the bound"},
		"raw-silent":      {"no sign of life", "no sign of life"},
	} {
		s := start(t, h, Spec{System: "V6.1", Kind: "ticketing", Plugin: name})
		for verb, one := range map[string]struct {
			call func(*Session) error
			want string
		}{"discover": {discover, c.discover}, "fetch": {fetch, c.fetch}} {
			err := one.call(s)
			switch p := Problems(err); {
			case one.want == "" && err != nil:
				t.Errorf("%s %s: %v", name, verb, err)
			case one.want != "" && (len(p) != 1 || !strings.Contains(p[0].Message, one.want) || string(p[0].Phase) != verb):
				t.Errorf("%s %s: %v, want %q", name, verb, err, one.want)
			}
		}
	}
}

// A verb that the plugin does not declare is not asked for.
func TestAVerbThatIsNotDeclaredIsRefused(t *testing.T) {
	s := start(t, testHost(t), Spec{System: "V6.1", Kind: "ticketing", Plugin: "raw-plain-verbs"})
	_, err := s.Discover(t.Context(), sdk.DiscoverOptions{}, func(sdk.Table) error { return nil })
	for _, err := range []error{err, s.Fetch(t.Context(), &Download{Ref: "a", MaxBytes: 1, To: io.Discard})} {
		if p := Problems(err); len(p) != 1 || p[0].Class != core.ClassConfig || !strings.Contains(p[0].Message, "does not have the verb") {
			t.Errorf("%v", err)
		}
	}
}
