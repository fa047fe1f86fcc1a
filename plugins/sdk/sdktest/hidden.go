package sdktest

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// hiddenChecks look at what all the others made the plugin say. They come
// last.
func hiddenChecks() []check {
	return []check{
		{id: "secrets-hidden", configured: true, run: checkSecrets,
			demand: "no secret is in the log, on standard output or error, in a problem or in the description",
			lesson: "drivers print their connection string when they fail"},
		{id: "values-hidden", configured: true, run: checkValues,
			demand: "no identifier of a question and no value of a record is in the log, on standard output or error, or in a problem",
			lesson: "a log is read by people who may not read the register"},
	}
}

// isSecret tells whether what was seen is a secret, and no personal data.
func isSecret(what string) bool { return strings.Contains(what, "the secret ") }

func checkSecrets(ctx context.Context, t *trial) outcome {
	secrets := 0
	for _, setup := range t.suite.setups() {
		if setup == nil {
			continue
		}
		for _, v := range setup.Secrets {
			if len(v) >= shortSecret {
				secrets++
			}
		}
		if setup == t.suite.Absent {
			continue
		}
		if shown := t.says(ctx, setup); len(shown) > 0 {
			return failed("a problem or the description shows %s", strings.Join(shown, ", "))
		}
	}
	if secrets == 0 {
		return untried("no configuration of the suite has a secret")
	}
	return t.unseen(isSecret, "%d secrets")
}

// says configures and checks the plugin and gives which secrets its messages
// show.
func (t *trial) says(ctx context.Context, setup *Setup) []string {
	p, answer, err := t.configured(ctx, setup)
	if err != nil {
		return slices.DeleteFunc(t.words.in([]byte(err.Error())), func(s string) bool { return !isSecret(s) })
	}
	defer end(ctx, p)
	var said []byte
	note := func(m proto.Message) {
		b, err := proto.Marshal(m)
		if err == nil {
			said = append(said, b...)
		}
	}
	note(answer)
	if d, err := p.Client().Describe(ctx, &sourcepb.DescribeRequest{}); err == nil {
		note(d)
	}
	if len(answer.GetProblems()) == 0 {
		if steps, err := p.Client().Check(ctx, &sourcepb.CheckRequest{}); err == nil {
			note(steps)
		} else {
			said = append(said, err.Error()...)
		}
	}
	return slices.DeleteFunc(t.words.in(said), func(s string) bool { return !isSecret(s) })
}

// unseen looks through all output of the suite.
func (t *trial) unseen(kind func(string) bool, what string) outcome {
	words := 0
	for _, w := range t.words.all() {
		if kind(w.what) {
			words++
		}
	}
	printed, n := t.out.shown()
	logged, _ := t.log.shown()
	for _, place := range []struct {
		name string
		seen []string
	}{{"standard output or error", printed}, {"the host's log", logged}} {
		seen := slices.DeleteFunc(place.seen, func(s string) bool { return !kind(s) })
		if len(seen) > 0 {
			return failed("%s shows %s", place.name, strings.Join(seen, ", "))
		}
	}
	return passed("looked for "+what+" in %d bytes of output", words, n)
}

func checkValues(ctx context.Context, t *trial) outcome {
	if len(t.suite.Finds) == 0 {
		return untried("give questions with the records that they find (`finds`)")
	}
	// What the records hold is known only now; the plugin is asked again.
	for _, c := range t.suite.Finds {
		s, done, err := t.sessionOf(ctx, &c)
		if err != nil {
			return failed("the configuration does not work: %s", err)
		}
		for _, r := range t.ask(ctx, s, c.Query, nil).records {
			t.words.record(r)
		}
		done()
	}
	queries := []core.Query{t.canary()}
	for _, c := range t.suite.Finds {
		queries = append(queries, c.Query)
	}
	for _, q := range queries {
		t.words.query(q)
		p, _, err := t.configured(ctx, nil)
		if err != nil {
			return failed("the configuration that works does not: %s", err)
		}
		r := rawSearch(ctx, p, q)
		_ = p.Close(ctx)
		for _, m := range r.problems() {
			if shown := t.words.in([]byte(m.GetMessage() + m.GetConfigPath() + m.GetRecordType())); len(shown) > 0 {
				return failed("a problem shows %s", strings.Join(shown, ", "))
			}
		}
	}
	return t.unseen(func(s string) bool { return !isSecret(s) }, "%d identifiers and values")
}

// canary asks by a personal identity code that nobody has, beside a name.
func (t *trial) canary() core.Query {
	name := core.Identifier{Kind: core.Name, Value: "Sdktestinen, Kanaria", Raw: "Kanaria Sdktestinen", Status: core.Valid,
		Forms: []core.Form{{Text: "Sdktestinen, Kanaria", Tier: core.TierExact}}}
	q := core.Query{Request: "sdktest", AnyOf: []core.KeySet{{AllOf: []core.Identifier{canaryCode(942)}}}}
	if t.working != nil && slices.ContainsFunc(t.working.Types(), func(r sdk.RecordType) bool {
		return slices.ContainsFunc(r.Keys, func(k sdk.Key) bool { return slices.Contains(k.Kinds, core.Name) })
	}) {
		q.AnyOf = append(q.AnyOf, core.KeySet{AllOf: []core.Identifier{name}})
	}
	return q
}
