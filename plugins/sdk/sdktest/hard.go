package sdktest

import (
	"context"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/host"
)

// hardChecks look at what systems hold and do against all expectation.
func hardChecks() []check {
	return []check{
		{id: "large-value", configured: true,
			run:    func(ctx context.Context, t *trial) outcome { return t.value(ctx, t.suite.LargeValue, "large_value") },
			demand: "a single value of 5 MiB comes whole or is withheld, never cut",
			lesson: "a text that ends in the middle reads like a whole one"},
		{id: "other-encoding", configured: true,
			run:    func(ctx context.Context, t *trial) outcome { return t.value(ctx, t.suite.Encoded, "encoded") },
			demand: "a text that is no UTF-8 comes as people read it or is withheld; the record still comes",
			lesson: "one Latin-1 letter breaks a protocol message, and with it the whole answer"},
		{id: "composed-letters", configured: true, run: checkComposed,
			demand: "ä and ö are found composed and decomposed, whichever way the question and the system write them",
			lesson: "files and directories from a Mac hold names that look the same and are not equal"},
		{id: "panic-quiet", configured: true, run: checkPanic,
			demand: "a panic is a problem of class bug, and neither the problem nor the log holds a value",
			lesson: "Go prints what it panicked with: a personal code stood in the host's log"},
		{id: "clock-skew", configured: true, run: checkClock,
			demand: "a system whose clock is wrong is searched as any other",
			lesson: "a \"newer than now\" that is filtered out is a record lost"},
		{id: "rate-limit-waits", configured: true, run: checkLimited,
			demand: "when the system makes it wait, the plugin says until when in a progress event and goes on, and does not fail",
			lesson: "a request that fails at a busy hour is repeated, at a busy hour"},
	}
}

// valueOf gives the value of a field of a record, as ValueCase names it.
func valueOf(r core.Record, path string) (core.Value, bool) {
	fields, parties := r.Fields, r.Parties
	if part, rest, ok := strings.Cut(path, "/"); ok {
		for _, p := range r.Parts {
			if p.Type == part {
				if v, ok := valueOf(core.Record{Fields: p.Fields, Parties: p.Parties}, rest); ok {
					return v, true
				}
			}
		}
		return core.Value{}, false
	}
	if slot, rest, ok := strings.Cut(path, "."); ok {
		for _, p := range parties {
			if p.Slot == slot {
				if v, ok := core.First(p.Fields, rest); ok {
					return v, true
				}
			}
		}
		return core.Value{}, false
	}
	return core.First(fields, path)
}

// value tries a question that finds a record with a special value.
func (t *trial) value(ctx context.Context, c *ValueCase, name string) outcome {
	if c == nil {
		return untried("give a question that finds such a value (`%s`)", name)
	}
	s, done, err := t.sessionOf(ctx, &c.Case)
	if err != nil {
		return failed("the configuration does not work: %s", err)
	}
	defer done()
	a := t.ask(ctx, s, c.Query, nil)
	i := slices.IndexFunc(a.records, func(r core.Record) bool { return r.Ref == c.Ref })
	switch {
	case a.err != nil:
		return failed("%s", a.err)
	case i < 0:
		return failed("the record does not come")
	case len(c.Refs) > 0 && differ(a.refs, c.Refs) != "":
		return failed("%s", differ(a.refs, c.Refs))
	}
	v, ok := valueOf(a.records[i], c.Field)
	want := max(len(c.Text), c.Size)
	switch {
	case !ok:
		return failed("the record comes without the field %s", c.Field)
	case v.Type == core.TypeWithheld && v.Withheld != nil && v.Withheld.Reason != "":
		return passed("withheld as %s; the record comes", v.Withheld.Reason)
	case v.Type != core.TypeText:
		return failed("the field comes as %s", v.Type)
	case strings.ContainsRune(v.Text, '\uFFFD') && !strings.ContainsRune(c.Text, '\uFFFD'):
		return failed("letters were replaced")
	case c.Text != "" && v.Text != c.Text, c.Text == "" && len(v.Text) != c.Size:
		return failed("%d bytes came of %d, or others", len(v.Text), want)
	}
	return passed("whole, %d bytes", len(v.Text))
}

func checkComposed(ctx context.Context, t *trial) outcome {
	if t.suite.Composed == nil || t.suite.Decomposed == nil {
		return untried("give a question with composed letters and one with decomposed (`composed`, `decomposed`)")
	}
	for _, c := range []struct {
		name string
		of   *Case
	}{{"composed", t.suite.Composed}, {"decomposed", t.suite.Decomposed}} {
		s, done, err := t.sessionOf(ctx, c.of)
		if err != nil {
			return failed("the configuration does not work: %s", err)
		}
		a := t.ask(ctx, s, c.of.Query, nil)
		done()
		if text := a.finds(*c.of); text != "" {
			return failed("asked with %s letters: %s", c.name, text)
		}
	}
	return passed("both questions find their %d and %d records", t.suite.Composed.wants(), t.suite.Decomposed.wants())
}

func checkPanic(ctx context.Context, t *trial) outcome {
	c := t.suite.Panics
	if c == nil {
		return untried("give a question at which the plugin panics (`panics`), in a build of the plugin that can")
	}
	out := newOutput(t.words)
	h := t.newHost(out, out)
	defer end(ctx, h)
	p, err := h.Probe(ctx, t.suite.spec(t.setupOf(c)))
	if err != nil {
		return failed("the plugin does not start: %s", err)
	}
	answer, err := p.Client().Configure(ctx, p.Request(t.suite.spec(t.setupOf(c))))
	if err != nil || len(answer.GetProblems()) > 0 {
		return failed("the configuration does not work")
	}
	r := rawSearch(ctx, p, c.Query)
	bug := false
	for _, m := range r.problems() {
		bug = bug || m.Core().Class == core.ClassBug
		if shown := slices.DeleteFunc(t.words.in([]byte(m.GetMessage())), isSecret); len(shown) > 0 {
			return failed("the problem shows %s", strings.Join(shown, ", "))
		}
	}
	if err := h.Close(ctx); err != nil {
		return failed("the process cannot be ended: %s", err)
	}
	shown, _ := out.shown()
	shown = slices.DeleteFunc(shown, isSecret) // another check looks for those
	switch {
	case len(shown) > 0:
		return failed("its output shows %s", strings.Join(shown, ", "))
	case !bug:
		return failed("no problem of class bug came: it did not panic, or nobody is told")
	}
	return t.panicsAgain(ctx, c)
}

// panicsAgain asks through the host, as in production, and then something else.
func (t *trial) panicsAgain(ctx context.Context, c *Case) outcome {
	s, err := t.start(ctx, c.Setup)
	if err != nil {
		return failed("the plugin does not start again: %s", err)
	}
	defer end(ctx, s)
	a := t.ask(ctx, s, c.Query, nil)
	if a.err == nil && a.completion.Result == core.Complete {
		return failed("the answer claims to be complete")
	}
	lives := "the process lives on"
	if _, err := s.Check(ctx); err != nil {
		lives = "the process ends"
	}
	if !slices.ContainsFunc(a.problems(), func(p core.Problem) bool { return p.Class == core.ClassBug }) {
		return failed("the host sees %v, and no problem of class bug", host.Problems(a.err))
	}
	return passed("class bug, without a value; %s", lives)
}

func checkClock(ctx context.Context, t *trial) outcome {
	c := t.suite.Clock
	if c == nil {
		return untried("give a question to a system whose clock is wrong (`clock`)")
	}
	s, done, err := t.sessionOf(ctx, c)
	if err != nil {
		return failed("the configuration does not work: %s", err)
	}
	defer done()
	if text := t.ask(ctx, s, c.Query, nil).finds(*c); text != "" {
		return failed("%s", text)
	}
	return passed("%d records, complete", c.wants())
}

func checkLimited(ctx context.Context, t *trial) outcome {
	c := t.suite.Limited
	if c == nil {
		return untried("give a question to a system that makes the plugin wait (`limited`)")
	}
	s, done, err := t.sessionOf(ctx, c)
	if err != nil {
		return failed("the configuration does not work: %s", err)
	}
	defer done()
	a := t.ask(ctx, s, c.Query, nil)
	if text := a.finds(*c); text != "" {
		return failed("%s", text)
	}
	if a.waits == 0 {
		return failed("the answer is complete, and no progress event said until when it waits")
	}
	return passed("%d records, complete, with %d progress events about the wait", c.wants(), a.waits)
}
