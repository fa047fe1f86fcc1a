//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// got is what a search gave.
type got struct {
	records     []core.Record
	checkpoints int
	notices     []core.Problem
	completion  *core.Completion
	err         error
}

func search(ctx context.Context, s *Session, q core.Query) got {
	var g got
	g.completion, g.err = s.Search(ctx, q, func(e core.Event) error {
		g.records = append(g.records, e.Records...)
		if e.Checkpoint != nil {
			g.checkpoints++
		}
		if e.Notice != nil {
			g.notices = append(g.notices, *e.Notice)
		}
		return nil
	})
	return g
}

func TestASearchGivesEveryRecordOnceAndACompletion(t *testing.T) {
	h := testHost(t)
	for _, n := range []int{0, 1, 100, 1000, 50_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := start(t, h, specOf(map[string]any{"records": n}))
			defer s.Close(context.Background())
			g := search(context.Background(), s, query())
			if g.err != nil {
				t.Fatal(g.err)
			}
			if len(g.records) != n || g.checkpoints != n/1000 {
				t.Errorf("%d records and %d checkpoints, want %d and %d", len(g.records), g.checkpoints, n, n/1000)
			}
			want := &core.Completion{Result: core.Complete, Searched: []core.TypeCount{
				{Type: "ticket", Examined: true, Matched: uint64(n), Sent: uint64(n)},
				{Type: "case", Needs: []core.Kind{core.DiaryNumber}}}}
			if diff := cmp.Diff(want, g.completion); diff != "" {
				t.Errorf("completion (-want +got):\n%s", diff)
			}
			for i, r := range g.records {
				if r.Ref != fmt.Sprintf("ticket/%06d", i) || r.Fields[0].Value.Text != "Tulostin ei toimi: ääkköset" {
					t.Fatalf("record %d has ref %s", i, r.Ref)
				}
			}
		})
	}
}

func TestTwoSearchesAtOnceDoNotMix(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"records": 3000}))
	results := make(chan got, 4)
	for range cap(results) {
		go func() { results <- search(context.Background(), s, query()) }()
	}
	for range cap(results) {
		if g := <-results; g.err != nil || len(g.records) != 3000 || g.completion == nil {
			t.Errorf("%d records, %v", len(g.records), g.err)
		}
	}
}

func TestAPluginDescribesItself(t *testing.T) {
	h := testHost(t)
	a, b := start(t, h, specOf(nil)), start(t, h, specOf(nil))
	if diff := cmp.Diff(a.Description(), b.Description()); diff != "" {
		t.Errorf("two descriptions differ:\n%s", diff)
	}
	if d := a.Description(); d.Name != "fake" || d.Version != "1.2.3" || d.Title.FI != "Vale" || d.ConfigSchema == "" {
		t.Errorf("description %+v", d)
	}
	want := []sdk.RecordType{
		{Name: "ticket", Keys: []sdk.Key{{Kinds: []core.Kind{core.Email}, Match: sdk.MatchExact}}},
		{Name: "case", Keys: []sdk.Key{{Kinds: []core.Kind{core.DiaryNumber}, Match: sdk.MatchExact}}}}
	if diff := cmp.Diff(want, a.Types()); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
}

func TestACheckNamesItsSteps(t *testing.T) {
	h := testHost(t)
	steps, err := start(t, h, specOf(nil)).Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range steps {
		line := fmt.Sprintf("%s %s", s.Status, s.Name)
		if s.Problem != nil {
			line += " " + string(s.Problem.Class) + " " + s.Problem.Message
		}
		lines = append(lines, line)
	}
	want := []string{"OK connect", "FAIL sign in auth the account is refused with ***",
		"FAIL panics bug the plugin panicked", "WARN columns unmapped 2 columns are not mapped"}
	if len(lines) != len(want) {
		t.Fatalf("steps %q", lines)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) || strings.Contains(lines[i], "010190") {
			t.Errorf("step %q, want %q", lines[i], want[i])
		}
	}
}

func TestABadConfigurationIsNamedByItsPath(t *testing.T) {
	h := testHost(t)
	for name, c := range map[string]struct {
		config string
		secret map[string]string
		path   string
	}{
		"unknown key":    {`{"record": 1}`, nil, "record"},
		"unknown deeper": {`{"types": {"ticket": {"key": ["a"], "tabel": "x"}}}`, nil, "types.ticket.tabel"},
		"wrong type":     {`{"types": {"ticket": {"key": [["a"]]}}}`, nil, "types.ticket.key[0]"},
		"no number":      {`{"records": "many"}`, nil, "records"},
		"doubled":        {`{"records": 1, "records": 2}`, nil, "records"},
		"case differs":   {`{"Records": 1}`, nil, "Records"},
		"secret inline":  {`{"password": "x"}`, nil, "password"},
		"unknown secret": {`{}`, map[string]string{"pasword": canary}, "secrets.pasword"},
		"broken":         {`{`, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			spec := specOf(nil)
			spec.Config, spec.Secrets = []byte(c.config), c.secret
			_, err := h.Start(context.Background(), spec)
			p := Problems(err)
			if len(p) != 1 || p[0].Class != core.ClassConfig || p[0].ConfigPath != c.path || p[0].Phase != core.PhaseConfigure {
				t.Fatalf("problems %+v of %v", p, err)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestEveryProblemOfAConfigurationIsNamedAndTheSecretIsNot(t *testing.T) {
	h := testHost(t)
	_, err := h.Start(context.Background(), specOf(map[string]any{"behaviour": "refuse"}))
	p := Problems(err)
	if len(p) != 2 || p[0].ConfigPath != "types.ticket.key" || p[1].ConfigPath != "types.ticket.table" {
		t.Fatalf("problems %+v of %v", p, err)
	}
	if !strings.Contains(p[0].Message, "***") || strings.Contains(err.Error(), canary) {
		t.Errorf("error %v", err)
	}
	_, err = h.Start(context.Background(), specOf(map[string]any{"behaviour": "panic-open"}))
	if p := Problems(err); len(p) != 1 || p[0].Class != core.ClassBug || strings.Contains(err.Error(), canary) {
		t.Errorf("panic in open: %v", err)
	}
}

func TestAFailureOfTheSourceIsInItsCompletion(t *testing.T) {
	h := testHost(t)
	for behaviour, want := range map[string]struct {
		class  core.Class
		result core.Result
	}{
		"panic":        {core.ClassBug, core.Failed},
		"unclassified": {core.ClassBug, core.Failed},
		"auth":         {core.ClassAuth, core.Failed},
		"twice":        {core.ClassBug, core.Failed},
		"silent-type":  {core.ClassPartial, core.Partly},
	} {
		t.Run(behaviour, func(t *testing.T) {
			s := start(t, h, specOf(map[string]any{"behaviour": behaviour, "records": 10}))
			g := search(context.Background(), s, query())
			if g.err != nil || g.completion == nil {
				t.Fatalf("%+v, %v", g.completion, g.err)
			}
			if g.completion.Result != want.result || len(g.completion.Problems) != 1 ||
				g.completion.Problems[0].Class != want.class {
				t.Errorf("completion %+v", g.completion)
			}
			text := fmt.Sprint(g.completion.Problems[0].Message)
			if strings.Contains(text, "makinen") {
				t.Errorf("the problem shows the person: %s", text)
			}
			if behaviour == "twice" && len(g.records) != 5 {
				t.Errorf("%d records, want the 5 before the breach", len(g.records))
			}
			// The process lives on.
			if _, err := s.Check(context.Background()); err != nil {
				t.Errorf("after it: %v", err)
			}
		})
	}
}

func TestAKeyThatNoTypeCanUseIsNamed(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"records": 1}))
	q := query()
	q.AnyOf = append(q.AnyOf, core.KeySet{AllOf: []core.Identifier{{Kind: core.Phone, Value: "+358401234567"}}})
	g := search(context.Background(), s, q)
	if g.err != nil || g.completion.Result != core.Partly {
		t.Fatalf("%+v, %v", g.completion, g.err)
	}
	i := slices.IndexFunc(g.completion.Problems, func(p core.Problem) bool { return p.Class == core.ClassUnsupportedKey })
	if i < 0 || !slices.Equal(g.completion.Problems[i].Kinds, []core.Kind{core.Phone}) || len(g.notices) != 1 {
		t.Errorf("problems %+v", g.completion.Problems)
	}
	// A key of a type that the query leaves out is no problem.
	q = query()
	q.Types = []string{"ticket"}
	q.AnyOf = append(q.AnyOf, core.KeySet{AllOf: []core.Identifier{{Kind: core.DiaryNumber, Value: "VAL/1/2024"}}})
	if g := search(context.Background(), s, q); g.err != nil || g.completion.Result != core.Complete {
		t.Errorf("%+v, %v", g.completion, g.err)
	}
	// A type that is not mapped is one.
	q = query()
	q.Types = []string{"ticket", "contract"}
	if g := search(context.Background(), s, q); g.err != nil || g.completion.Result != core.Partly ||
		g.completion.Problems[0].Class != core.ClassUnmapped {
		t.Errorf("%+v, %v", g.completion, g.err)
	}
}

func TestKindsPromisedInEveryRecordReachThePlugin(t *testing.T) {
	h := testHost(t)
	spec := specOf(map[string]any{"records": 1})
	spec.Complete = []core.Kind{core.PersonalIdentityCode, core.EmployeeNumber}
	s := start(t, h, spec)
	g := search(context.Background(), s, query())
	if g.err != nil || g.completion.Result != core.Partly || len(g.records) != 1 {
		t.Fatalf("%+v, %v", g.completion, g.err)
	}
	var told []core.Kind
	for _, p := range g.completion.Problems {
		told = append(told, p.Kinds...)
		if p.Class != core.ClassPartial || p.RecordType != "ticket" || p.ConfigPath != "types.ticket" || !strings.Contains(p.Message, "every_record") {
			t.Errorf("problem %+v", p)
		}
	}
	if !slices.Equal(told, spec.Complete) {
		t.Errorf("the search tells of %v", told)
	}
	steps, err := s.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range spec.Complete {
		if !slices.ContainsFunc(steps, func(s Step) bool { return s.Name == "every record holds "+string(k) && s.Status == StepFail }) {
			t.Errorf("no failed step of %s in %+v", k, steps)
		}
	}
}

func TestTheBoundOfAQueryTruncatesOpenly(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"records": 500}))
	q := query()
	q.MaxRecords = 250
	g := search(context.Background(), s, q)
	if g.err != nil || len(g.records) != 250 || g.completion.Result != core.Partly ||
		g.completion.Problems[0].Class != core.ClassTruncated {
		t.Errorf("%d records, %+v, %v", len(g.records), g.completion, g.err)
	}
	q.MaxRecords = 500 // reached, not passed
	if g := search(context.Background(), s, q); g.err != nil || g.completion.Result != core.Complete {
		t.Errorf("%+v, %v", g.completion, g.err)
	}
}

func TestValuesThatCannotBeSentAreWithheldNotCut(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"records": 3, "behaviour": "odd"}))
	g := search(context.Background(), s, query())
	if g.err != nil || len(g.records) != 3 {
		t.Fatalf("%d records, %v", len(g.records), g.err)
	}
	unreadable, _ := core.First(g.records[0].Fields, "description")
	large, _ := core.First(g.records[0].Fields, "resolution")
	if diff := cmp.Diff([]core.Value{
		core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable, Size: 8}),
		core.WithheldValue(core.Withheld{Reason: core.WithheldTooLarge, Size: 2 << 20})},
		[]core.Value{unreadable, large}); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestAnErrorOfTheTakerEndsTheSearch(t *testing.T) {
	h := testHost(t)
	s := start(t, h, specOf(map[string]any{"records": 50_000}))
	full := errors.New("the disk is full")
	c, err := s.Search(context.Background(), query(), func(core.Event) error { return full })
	if c != nil || !errors.Is(err, full) {
		t.Errorf("%v, %v", c, err)
	}
	if g := search(context.Background(), s, query()); g.err != nil {
		t.Errorf("after it: %v", g.err)
	}
}

func TestASlowTakerIsNotThePluginsSilence(t *testing.T) {
	h := testHost(t, func(o *Options) { o.Deadlines.Silence = 300 * time.Millisecond })
	s := start(t, h, specOf(map[string]any{"records": 250}))
	n := 0
	c, err := s.Search(context.Background(), query(), func(e core.Event) error {
		n += len(e.Records)
		time.Sleep(400 * time.Millisecond)
		return nil
	})
	if err != nil || c == nil || n != 250 {
		t.Errorf("%d records, %v, %v", n, c, err)
	}
}
