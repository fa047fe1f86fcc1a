package sdktest

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/host"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// startChecks need no configuration.
func startChecks() []check {
	return []check{
		{id: "stdout-silent", run: checkStdout,
			demand: "the handshake is the first and only line on standard output, before and after the start",
			lesson: "a banner before the handshake stops the start, and a long line after it once blocked a plugin for ever"},
		{id: "describe-deterministic", run: checkDescribeSame,
			demand: "Describe gives the same bytes each time, in each process",
			lesson: "documentation, forms and locks are made from these bytes; a change must mean a change"},
		{id: "describe-offline", run: checkDescribeOffline,
			demand: "Describe answers within 1 s, needs no network and no configuration, and its schema is JSON",
			lesson: "people look at a plugin before they have an account for the system"},
		{id: "unconfigured-refused", run: checkUnconfigured,
			demand: "Search and Check before Configure are refused with a problem, and the process lives on",
			lesson: "an answer of nothing from a plugin without a system would read as \"nothing found\""},
		{id: "unknown-key-refused", run: checkUnknownKey,
			demand: "a configuration with an unknown key is refused with the key's path",
			lesson: "a mistyped setting that is ignored leaves a table unsearched, and nobody knows"},
		{id: "unknown-message-fields", run: checkUnknownFields,
			demand: "fields that a later version of the protocol adds are ignored",
			lesson: "host and plugin are upgraded at different times"},
		{id: "close-twice", run: checkCloseTwice,
			demand: "Close may be called twice, also before Configure; afterwards a search is refused",
			lesson: "hosts close in more than one place, and a search must not run on a closed system"},
		{id: "stdin-end", run: checkStdinEnd,
			demand: "the process ends within 1 s after standard input ends, also in the middle of a search",
			lesson: "after kill -9 of the host 5 of 5 plugins lived on, with their connections and passwords"},
	}
}

// probe starts the plugin without a configuration.
func (t *trial) probe(ctx context.Context) (*host.Probe, outcome, bool) {
	p, err := t.host.Probe(ctx, t.suite.spec(t.suite.Works))
	if err != nil {
		return nil, failed("the plugin does not start: %s", err), false
	}
	return p, outcome{}, true
}

func checkStdout(ctx context.Context, t *trial) outcome {
	out := newOutput(t.words)
	h := t.newHost(out, t.out) // only this process prints there
	defer end(ctx, h)
	if t.suite.Works == nil {
		p, err := h.Probe(ctx, t.suite.spec(nil))
		if err != nil {
			return failed("the plugin does not start: %s", err)
		}
		if _, err := p.Client().Describe(ctx, &sourcepb.DescribeRequest{}); err != nil {
			return failed("Describe fails: %s", err)
		}
	} else {
		s, err := h.Start(ctx, t.suite.spec(t.suite.Works))
		if err != nil {
			return failed("the plugin does not start: %s", err)
		}
		for _, c := range t.suite.Finds {
			if c.Setup == nil {
				t.ask(ctx, s, c.Query, nil)
				break
			}
		}
	}
	if err := h.Close(ctx); err != nil {
		return failed("the process cannot be ended: %s", err)
	}
	line, rest, _ := strings.Cut(out.text(), "\n")
	if _, bytes := out.shown(); rest != "" {
		return failed("%d bytes follow the handshake on standard output", bytes-len(line)-1)
	}
	return passed("one line of %d bytes", len(line))
}

func checkDescribeSame(ctx context.Context, t *trial) outcome {
	var first []byte
	for range 2 {
		p, o, ok := t.probe(ctx)
		if !ok {
			return o
		}
		defer end(ctx, p)
		for range 2 {
			d, err := p.Client().Describe(ctx, &sourcepb.DescribeRequest{})
			if err != nil {
				return failed("Describe fails: %s", err)
			}
			t.name, t.version = d.GetName(), d.GetVersion()
			b, err := proto.MarshalOptions{Deterministic: true}.Marshal(d)
			switch {
			case err != nil:
				return failed("the description is no message: %s", err)
			case first == nil:
				first = b
			case !bytes.Equal(first, b):
				return failed("two descriptions differ")
			}
		}
	}
	return passed("4 times the same %d bytes, from 2 processes", len(first))
}

func checkDescribeOffline(ctx context.Context, t *trial) outcome {
	p, o, ok := t.probe(ctx)
	if !ok {
		return o
	}
	defer end(ctx, p)
	begin := time.Now()
	d, err := p.Client().Describe(ctx, &sourcepb.DescribeRequest{})
	took := time.Since(begin)
	switch {
	case err != nil:
		return failed("Describe fails: %s", err)
	case !t.within(took, second):
		return failed("it took %s", figure(took, second))
	case d.GetName() == "" || d.GetVersion() == "" || t.suite.Plugin != "" && d.GetName() != t.suite.Plugin:
		return failed("it names itself %q, version %q; the suite calls it %q", d.GetName(), d.GetVersion(), t.suite.Plugin)
	case d.GetConfigSchema() != "" && !json.Valid([]byte(d.GetConfigSchema())):
		return failed("the schema of the configuration is no JSON")
	}
	sockets, known := networkSockets(p.PID())
	switch {
	case !known:
		return passed("it took %s; on this operating system sockets cannot be counted", figure(took, second))
	case sockets > 0:
		return failed("the process has %d network sockets before it is configured", sockets)
	}
	return passed("it took %s; no network socket", figure(took, second))
}

func checkUnconfigured(ctx context.Context, t *trial) outcome {
	p, o, ok := t.probe(ctx)
	if !ok {
		return o
	}
	defer end(ctx, p)
	if text := refusesSearch(ctx, t, p); text != "" {
		return failed("%s", text)
	}
	if _, err := p.Client().Check(ctx, &sourcepb.CheckRequest{}); err == nil {
		return failed("Check gives an answer")
	}
	if _, err := p.Client().Describe(ctx, &sourcepb.DescribeRequest{}); err != nil {
		return failed("the process does not answer any more: %s", err)
	}
	return passed("both are refused, and it still describes itself")
}

// refusesSearch says what is wrong when a search is not refused, "" when it is.
func refusesSearch(ctx context.Context, t *trial, p *host.Probe) string {
	q := core.Query{Request: "sdktest", AnyOf: []core.KeySet{{AllOf: []core.Identifier{canaryCode(901)}}}}
	if len(t.suite.Finds) > 0 {
		q = t.suite.Finds[0].Query
	}
	r := rawSearch(ctx, p, q)
	switch {
	case len(r.events) > 0:
		return "a search gives an answer"
	case r.err == nil:
		return "a search ends as if all were well"
	}
	if _, ok := sourcepb.ProblemIn(r.err); !ok {
		return "a search is refused without a problem that says why"
	}
	return ""
}

func checkUnknownKey(ctx context.Context, t *trial) outcome {
	const key = "sdktest_no_such_key"
	p, o, ok := t.probe(ctx)
	if !ok {
		return o
	}
	defer end(ctx, p)
	config := map[string]any{}
	var secrets map[string]string
	if w := t.suite.Works; w != nil {
		if err := json.Unmarshal(w.Config, &config); err != nil {
			return failed("the suite's configuration is no JSON object")
		}
		secrets = w.Secrets
	}
	config[key] = 1
	raw, err := json.Marshal(config)
	if err != nil {
		return failed("the suite's configuration is no JSON")
	}
	answer, err := p.Client().Configure(ctx, p.Request(t.suite.spec(&Setup{Config: raw, Secrets: secrets})))
	if err != nil {
		return failed("Configure fails instead of giving problems: %s", err)
	}
	for _, m := range answer.GetProblems() {
		if m.GetClass() == string(core.ClassConfig) && strings.Trim(m.GetConfigPath(), `"`) == key {
			return passed("refused with the path of the key")
		}
	}
	if len(answer.GetProblems()) == 0 {
		return failed("the configuration is taken")
	}
	return failed("it is refused, and no problem of class config names the key's path")
}

func checkUnknownFields(ctx context.Context, t *trial) outcome {
	p, o, ok := t.probe(ctx)
	if !ok {
		return o
	}
	defer end(ctx, p)
	unknown := protowire.AppendString(protowire.AppendTag(nil, 9999, protowire.BytesType), "of a later version")
	describe := &sourcepb.DescribeRequest{}
	describe.ProtoReflect().SetUnknown(unknown)
	if _, err := p.Client().Describe(ctx, describe); err != nil {
		return failed("Describe with an unknown field fails: %s", err)
	}
	if t.suite.Works == nil {
		return passed("Describe ignores them")
	}
	configure := p.Request(t.suite.spec(t.suite.Works))
	configure.ProtoReflect().SetUnknown(unknown)
	answer, err := p.Client().Configure(ctx, configure)
	if err != nil || len(answer.GetProblems()) > 0 {
		return failed("Configure with an unknown field is refused")
	}
	return passed("Describe and Configure ignore them")
}

func checkCloseTwice(ctx context.Context, t *trial) outcome {
	p, o, ok := t.probe(ctx)
	if !ok {
		return o
	}
	defer end(ctx, p)
	if _, err := p.Client().Close(ctx, &sourcepb.CloseRequest{}); err != nil {
		return failed("Close before Configure fails: %s", err)
	}
	if t.suite.Works != nil {
		answer, err := p.Client().Configure(ctx, p.Request(t.suite.spec(t.suite.Works)))
		if err != nil || len(answer.GetProblems()) > 0 {
			return failed("the configuration that works is refused after a Close")
		}
	}
	for n := range 2 {
		if _, err := p.Client().Close(ctx, &sourcepb.CloseRequest{}); err != nil {
			return failed("Close number %d fails: %s", n+1, err)
		}
	}
	if text := refusesSearch(ctx, t, p); text != "" {
		return failed("after Close %s", text)
	}
	return passed("no Close fails, and a search afterwards is refused")
}

func checkStdinEnd(ctx context.Context, t *trial) outcome {
	idle, text := t.endsWith(ctx, func(*host.Probe) error { return nil })
	if text != "" {
		return failed("idle, %s", text)
	}
	busy, _, ok := t.streamed()
	if t.suite.Works == nil || !ok {
		return passed("idle, it ends after %s; give a question with a large answer (`stream`) to see it in a search", figure(idle, second))
	}
	took, text := t.endsWith(ctx, func(p *host.Probe) error {
		answer, err := p.Client().Configure(ctx, p.Request(t.suite.spec(t.setupOf(busy))))
		if err != nil || len(answer.GetProblems()) > 0 {
			return errRefused
		}
		stream, err := p.Client().Search(ctx, sourcepb.FromQuery(busy.Query))
		if err != nil {
			return err
		}
		_, err = stream.Recv()
		return err
	})
	if text != "" {
		return failed("in a search, %s", text)
	}
	return passed("idle, it ends after %s; in a search, after %s", figure(idle, second), figure(took, second))
}

// endsWith ends standard input after f and gives the time until the process is
// gone.
func (t *trial) endsWith(ctx context.Context, f func(*host.Probe) error) (time.Duration, string) {
	p, o, ok := t.probe(ctx)
	if !ok {
		return 0, o.text
	}
	defer end(ctx, p)
	if err := f(p); err != nil {
		return 0, "it does not come so far: " + err.Error()
	}
	begin := time.Now()
	p.EndLifeline()
	select {
	case <-p.Gone():
	case <-time.After(second + t.suite.limits.slack):
		return 0, "it lives on"
	}
	return time.Since(begin), ""
}
