package sdktest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/host"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// searchChecks look at answers.
func searchChecks() []check {
	return []check{
		{id: "finds-expected", configured: true, run: checkFinds,
			demand: "each question finds exactly the records that it must find, and the result is complete",
			lesson: "a missing record is an incomplete answer, another person's is a disclosure"},
		{id: "nobody-complete", configured: true, run: checkNobody,
			demand: "a person whom the system does not know gives a complete result with 0 records, each type examined",
			lesson: "\"searched and found nothing\" is not \"not searched\""},
		{id: "completion-true", configured: true, run: checkCompletion,
			demand: "the closing message is there, once and last, and its counts and digest are those of the records; batches stay within their bounds",
			lesson: "a gRPC stream that ends with OK proves nothing about completeness"},
		{id: "key-errors", configured: true, run: checkKeyErrors,
			demand: "a question by identifiers that do not suffice names exactly what is missing, for each record type",
			lesson: "people are asked for what is missing; a vague error ends as \"nothing found\""},
		{id: "refs-stable", configured: true, run: checkStable,
			demand: "the same question gives the same refs in two processes",
			lesson: "decisions of a review hang on the ref, and a retry is told by it"},
		{id: "bound-kept", configured: true, run: checkBound,
			demand: "max_records is kept, and reaching it makes the result partial, with a problem of class truncated",
			lesson: "a bound that cuts in silence is an incomplete answer"},
		{id: "not-mixed", configured: true, run: checkNotMixed,
			demand: "two processes with two searches each at the same time give each its own records",
			lesson: "two requests are asked at once; a shared variable shows one person's data to another"},
		{id: "empty-system", configured: true, run: func(ctx context.Context, t *trial) outcome {
			return t.size(ctx, t.suite.Empty, 0, "a question to a system that holds no record (`empty`)")
		},
			demand: "a system that holds no record gives a complete result with 0 records",
			lesson: "an empty table is not a broken one"},
		{id: "one-record", configured: true, run: func(ctx context.Context, t *trial) outcome {
			return t.size(ctx, t.suite.One, 1, "a question that finds one record (`one`)")
		},
			demand: "an answer of one record is complete",
			lesson: "the first row is the one that loops forget"},
		{id: "many-records", configured: true, run: func(ctx context.Context, t *trial) outcome {
			return t.size(ctx, t.suite.Many, t.suite.limits.many, fmt.Sprintf("a question that finds %d records or more (`many`)", t.suite.limits.many))
		},
			demand: "an answer of 100,000 records comes whole",
			lesson: "a page limit or a message bound drops what nobody misses"},
		{id: "fields-filled", configured: true, run: checkFields,
			demand: "every field that the mapping fills holds a value in some record of the suite",
			lesson: "a field that was renamed in the system stays empty for years, and nobody sees it"},
	}
}

func checkFinds(ctx context.Context, t *trial) outcome {
	if len(t.suite.Finds) == 0 {
		return untried("give questions with the records that they find (`finds`)")
	}
	records := 0
	for i, c := range t.suite.Finds {
		if c.wants() == 0 {
			return failed("question %d of the suite finds nobody; give `nobody` for that", i+1)
		}
		s, done, err := t.sessionOf(ctx, &c)
		if err != nil {
			return failed("the configuration of question %d does not work: %s", i+1, err)
		}
		a := t.ask(ctx, s, c.Query, nil)
		done()
		if text := a.finds(c); text != "" {
			return failed("question %d: %s", i+1, text)
		}
		if text := matched(a); text != "" {
			return failed("question %d: %s", i+1, text)
		}
		records += len(a.refs)
	}
	return passed("%d questions find their %d records", len(t.suite.Finds), records)
}

// matched says when a record does not tell which key found it.
func matched(a *answer) string {
	for _, r := range a.records {
		if len(r.MatchedBy) == 0 {
			return "a record does not tell by which key it was found (matched_by)"
		}
	}
	return ""
}

func checkNobody(ctx context.Context, t *trial) outcome {
	c := t.suite.Nobody
	if c == nil {
		return untried("give a question about a person whom the system does not know (`nobody`)")
	}
	s, done, err := t.sessionOf(ctx, c)
	if err != nil {
		return failed("the configuration does not work: %s", err)
	}
	defer done()
	a := t.ask(ctx, s, c.Query, nil)
	if text := a.finds(Case{}); text != "" {
		return failed("%s", text)
	}
	for _, r := range s.Types() {
		sets, _ := r.Usable(c.Query)
		i := slices.IndexFunc(a.completion.Searched, func(n core.TypeCount) bool { return n.Type == r.Name })
		if len(sets) > 0 && (i < 0 || !a.completion.Searched[i].Examined) {
			return failed("the record type %s is not reported as examined", r.Name)
		}
	}
	return passed("complete, 0 records, %d record types", len(s.Types()))
}

func checkCompletion(ctx context.Context, t *trial) outcome {
	asked := t.suite.Finds
	if t.suite.Nobody != nil {
		asked = append(slices.Clone(asked), *t.suite.Nobody)
	}
	if c, _, ok := t.streamed(); ok {
		asked = append(slices.Clone(asked), *c)
	}
	if len(asked) == 0 {
		return untried("give questions (`finds`, `nobody`)")
	}
	records := 0
	for i, c := range asked {
		p, _, err := t.configured(ctx, c.Setup)
		if err != nil {
			return failed("the configuration does not work: %s", err)
		}
		r := rawSearch(ctx, p, c.Query)
		_ = p.Close(ctx)
		if text := r.verify(); text != "" {
			return failed("answer %d: %s", i+1, text)
		}
		if limit := 10 * second; !t.within(r.silence, limit) {
			return failed("answer %d: no event for %s", i+1, figure(r.silence, limit))
		}
		records += r.records()
	}
	return passed("%d answers with %d records agree with their closing messages", len(asked), records)
}

// probes gives questions by single identifiers of the suite, and by a kind
// that no record type has a key for.
func (t *trial) probes(types []sdk.RecordType) []core.Query {
	var out []core.Query
	seen := map[core.Kind]bool{}
	add := func(ids ...core.Identifier) {
		out = append(out, core.Query{Request: "sdktest", AnyOf: []core.KeySet{{AllOf: ids}}})
	}
	for _, c := range t.suite.Finds {
		for _, set := range c.Query.AnyOf {
			for _, i := range set.AllOf {
				if !seen[i.Kind] {
					seen[i.Kind] = true
					add(i)
				}
			}
		}
	}
	for _, kind := range []core.Kind{core.BusinessID, core.DiaryNumber, core.ContractNumber, core.TicketNumber, core.UserID, core.DateOfBirth} {
		unused := !slices.ContainsFunc(types, func(r sdk.RecordType) bool {
			return slices.ContainsFunc(r.Keys, func(k sdk.Key) bool { return slices.Contains(k.Kinds, kind) })
		})
		if unused {
			add(core.Identifier{Kind: kind, Value: "sdktest-0", Status: core.Valid})
			break
		}
	}
	return out
}

func checkKeyErrors(ctx context.Context, t *trial) outcome {
	if len(t.suite.Finds) == 0 {
		return untried("give questions with the records that they find (`finds`)")
	}
	s, err := t.session(ctx)
	if err != nil {
		return failed("the configuration that works does not: %s", err)
	}
	short := 0
	for _, q := range t.probes(s.Types()) {
		a := t.ask(ctx, s, q, nil)
		kinds := q.Kinds()
		if a.err != nil {
			return failed("by %v alone: %s", kinds, a.err)
		}
		usable := false
		for _, r := range s.Types() {
			sets, needs := r.Usable(q)
			i := slices.IndexFunc(a.completion.Searched, func(n core.TypeCount) bool { return n.Type == r.Name })
			switch {
			case i < 0:
				return failed("by %v alone: the record type %s is not reported", kinds, r.Name)
			case len(sets) > 0:
				usable = true
				continue
			case a.completion.Searched[i].Examined:
				return failed("by %v alone: %s is said to be examined, which it cannot be", kinds, r.Name)
			case !same(a.completion.Searched[i].Needs, needs):
				return failed("by %v alone: %s needs %v, the answer says %v", kinds, r.Name, needs, a.completion.Searched[i].Needs)
			}
			short++
		}
		if usable {
			continue
		}
		if text := unsupported(a, kinds); text != "" {
			return failed("by %v alone: %s", kinds, text)
		}
	}
	if short == 0 {
		return untried("every record type can be searched by every identifier of `finds` alone, and by those beside")
	}
	return passed("%d times a record type could not be searched, and the missing kinds were named", short)
}

func same(a, b []core.Kind) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// unsupported says what is wrong with an answer to a question that no record
// type can be searched by.
func unsupported(a *answer, kinds []core.Kind) string {
	if a.completion.Result == core.Complete || len(a.refs) > 0 {
		return "nothing can be searched by it, and the result is " + string(a.completion.Result)
	}
	for _, p := range a.problems() {
		if p.Class == core.ClassUnsupportedKey && same(p.Kinds, kinds) {
			return ""
		}
	}
	return "no problem of class unsupported-key names these kinds"
}

func checkStable(ctx context.Context, t *trial) outcome {
	if len(t.suite.Finds) == 0 {
		return untried("give questions with the records that they find (`finds`)")
	}
	n := 0
	for i, c := range t.suite.Finds {
		var first []string
		for run := range 2 {
			s, err := t.start(ctx, c.Setup)
			if err != nil {
				return failed("the configuration does not work: %s", err)
			}
			a := t.ask(ctx, s, c.Query, nil)
			end(ctx, s)
			refs := slices.Sorted(slices.Values(a.refs))
			switch {
			case a.err != nil:
				return failed("question %d: %s", i+1, a.err)
			case run == 0:
				first = refs
			case !slices.Equal(first, refs):
				return failed("question %d: of %d refs of the first process %d are missing in the second", i+1, len(first), less(first, refs))
			}
		}
		n += len(first)
	}
	return passed("%d refs are the same", n)
}

func checkBound(ctx context.Context, t *trial) outcome {
	c := t.several()
	if c == nil {
		return untried("give a question that finds two records or more (`finds`)")
	}
	s, done, err := t.sessionOf(ctx, c)
	if err != nil {
		return failed("the configuration does not work: %s", err)
	}
	defer done()
	q := c.Query
	q.MaxRecords = uint64(min(c.wants()-1, 150)) //nolint:gosec // a small count
	a := t.ask(ctx, s, q, nil)
	switch {
	case a.err != nil:
		return failed("%s", a.err)
	case uint64(len(a.refs)) != q.MaxRecords:
		return failed("%d records came, the bound is %d", len(a.refs), q.MaxRecords)
	case a.completion.Result != core.Partly:
		return failed("the result is %s", a.completion.Result)
	case !slices.ContainsFunc(a.problems(), func(p core.Problem) bool { return p.Class == core.ClassTruncated }):
		return failed("no problem of class truncated says why")
	}
	return passed("%d of %d records, partial", len(a.refs), c.wants())
}

// several gives the question of Finds with the largest answer, nil when none
// finds two records.
func (t *trial) several() *Case {
	var best *Case
	for i := range t.suite.Finds {
		if c := &t.suite.Finds[i]; c.wants() >= 2 && (best == nil || c.wants() > best.wants()) {
			best = c
		}
	}
	return best
}

func checkNotMixed(ctx context.Context, t *trial) outcome {
	var asked []Case
	for _, c := range t.suite.Finds {
		if c.Setup == nil && len(asked) < 2 && len(c.Refs) > 0 && !slices.ContainsFunc(asked, func(x Case) bool { return differ(x.Refs, c.Refs) == "" }) {
			asked = append(asked, c)
		}
	}
	if len(asked) == 1 && t.suite.Nobody != nil && t.suite.Nobody.Setup == nil {
		asked = append(asked, *t.suite.Nobody)
	}
	if len(asked) < 2 {
		return untried("give two questions that find different records (`finds`)")
	}
	var sessions []*host.Session
	for range 2 {
		s, err := t.start(ctx, nil)
		if err != nil {
			return failed("the configuration that works does not: %s", err)
		}
		defer end(ctx, s)
		sessions = append(sessions, s)
	}
	const rounds = 5
	var mu sync.Mutex
	var wrong string
	var all sync.WaitGroup
	for _, s := range sessions {
		for i, c := range asked {
			all.Go(func() {
				for range rounds {
					if text := t.ask(ctx, s, c.Query, nil).finds(c); text != "" {
						mu.Lock()
						wrong = fmt.Sprintf("question %d: %s", i+1, text)
						mu.Unlock()
						return
					}
				}
			})
		}
	}
	all.Wait()
	if wrong != "" {
		return failed("beside others, %s", wrong)
	}
	return passed("%d searches at once in %d processes, %d times", len(asked)*len(sessions), len(sessions), rounds)
}

// size tries a question whose answer is of a certain size.
func (t *trial) size(ctx context.Context, c *Case, want int, need string) outcome {
	if c == nil {
		return untried("give %s", need)
	}
	switch n := c.wants(); {
	case want < 2 && n != want:
		return failed("the question of the suite finds %d records", n)
	case n < want:
		return untried("give %s; this one finds %d", need, n)
	}
	a, err := t.all(ctx, c)
	if err != nil {
		return failed("%s", err)
	}
	if len(a.refs) == 0 {
		return passed("complete, 0 records")
	}
	return passed("%d records, complete, %.0f records/s", len(a.refs), float64(len(a.refs))/a.took.Seconds())
}

// see notes which fields hold a value.
func (t *trial) see(r core.Record) {
	note := func(prefix string, fields []core.Field) {
		for _, f := range fields {
			if f.Value.Type == core.TypeWithheld || f.Value.Plain() != "" {
				t.seen(prefix + f.Name)
			}
		}
	}
	note(r.Type+":", r.Fields)
	for _, p := range r.Parties {
		note(r.Type+":"+p.Slot+".", p.Fields)
	}
	for _, part := range r.Parts {
		note(r.Type+":"+part.Type+"/", part.Fields)
		for _, p := range part.Parties {
			note(r.Type+":"+part.Type+"/"+p.Slot+".", p.Fields)
		}
	}
}

func (t *trial) seen(field string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fields[field] = true
}

func checkFields(ctx context.Context, t *trial) outcome {
	want := slices.Clone(t.suite.Fields)
	s, err := t.session(ctx)
	if err != nil {
		return failed("the configuration that works does not: %s", err)
	}
	if len(want) == 0 {
		for _, r := range s.Types() {
			for _, f := range r.Fields {
				want = append(want, r.Name+":"+f)
			}
		}
	}
	if len(want) == 0 {
		return untried("the plugin does not tell which fields its mapping fills; give them (`fields`)")
	}
	for _, c := range t.suite.Finds {
		if c.Setup == nil {
			t.ask(ctx, s, c.Query, nil)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var empty []string
	for _, f := range want {
		if !t.fields[f] {
			empty = append(empty, f)
		}
	}
	if len(empty) > 0 {
		return failed("no record of the suite fills %s; there were values in %s", strings.Join(empty, ", "),
			strings.Join(slices.Sorted(maps.Keys(t.fields)), ", "))
	}
	return passed("all %d fields", len(want))
}
