package sdktest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/host"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// configureChecks look at what happens before the first question.
func configureChecks() []check {
	return []check{
		{id: "validate-only", configured: true, run: checkValidateOnly,
			demand: "Configure with validate_only looks at the configuration alone: it connects to nothing and configures nothing",
			lesson: "an editor tries a configuration at each key press, and a data centre's firewall would count the attempts"},
		{id: "record-types", configured: true, run: checkRecordTypes,
			demand: "Configure gives the record types, each one of the kind's profile, with keys of known kinds",
			lesson: "a request is planned by these keys; a type without a usable one is never searched"},
		{id: "check-passes", configured: true, run: checkCheck,
			demand: "Check of a system that works has steps, and none of them fails",
			lesson: "a check that cries wolf is not read"},
		{id: "read-only-proof", configured: true, run: checkReadOnly,
			demand: "Check has a step \"read-only\": that the account cannot write, or a warning that nothing proves it",
			lesson: "a reading plugin with a writing account is one defect away from changing the register"},
		{id: "bad-secret-auth", configured: true, run: checkBadSecret,
			demand: "a secret that the system refuses gives a problem of class auth, and none of class bug",
			lesson: "the owner of the system acts on auth; a bug is retried, and retries lock the account"},
	}
}

// listener counts who connects.
type listener struct {
	l     net.Listener
	count atomic.Int64
}

func listen() (*listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &listener{l: l}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.count.Add(1)
			_ = conn.Close()
		}
	}()
	return c, nil
}

func (c *listener) close() { _ = c.l.Close() }

// waits waits until so many have connected, at most for limit.
func (c *listener) waits(limit time.Duration, n int64) bool {
	for end := time.Now().Add(limit); c.count.Load() < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// here puts the listener's address into a configuration.
func (c *listener) here(s *Setup) (filled *Setup, used bool) {
	const place = "{listener}"
	addr := c.l.Addr().String()
	filled = &Setup{Config: bytes.ReplaceAll(s.Config, []byte(place), []byte(addr)), Secrets: map[string]string{}}
	used = bytes.Contains(s.Config, []byte(place))
	for k, v := range s.Secrets {
		used = used || strings.Contains(v, place)
		filled.Secrets[k] = strings.ReplaceAll(v, place, addr)
	}
	return filled, used
}

func checkValidateOnly(ctx context.Context, t *trial) outcome {
	if t.suite.Absent == nil {
		return untried("give a well-formed configuration of a system that is not there (`absent`)")
	}
	l, err := listen()
	if err != nil {
		return failed("the test cannot listen: %s", err)
	}
	defer l.close()
	setup, used := l.here(t.suite.Absent)
	p, o, ok := t.probe(ctx)
	if !ok {
		return o
	}
	defer end(ctx, p)
	req := p.Request(t.suite.spec(setup))
	req.ValidateOnly = true
	answer, err := p.Client().Configure(ctx, req)
	l.waits(second/20, 1) // a connection is counted a little after it is made
	sockets, _ := networkSockets(p.PID())
	switch {
	case err != nil:
		return failed("Configure fails: %s", err)
	case len(answer.GetProblems()) > 0:
		return failed("the configuration of a system that is not there is refused: %s", answer.GetProblems()[0].GetMessage())
	case l.count.Load() > 0 || sockets > 0:
		return failed("it connects: %d connections, %d sockets", l.count.Load(), sockets)
	}
	if text := refusesSearch(ctx, t, p); text != "" {
		return failed("afterwards %s", text)
	}
	req.ValidateOnly = false
	if text := t.reaches(ctx, p, req); text != "" {
		return failed("the system of `absent` is there: %s", text)
	}
	if used && !l.waits(second, 1) {
		return failed("the configuration of `absent` does not lead to the listener, so nothing is proved")
	}
	return passed("taken without a connection; the configuration itself then fails, with %d connections", l.count.Load())
}

// reaches configures the plugin for a system that is not there. It says how
// that went when nothing complained.
func (t *trial) reaches(ctx context.Context, p *host.Probe, req *sourcepb.ConfigureRequest) string {
	answer, err := p.Client().Configure(ctx, req)
	if err != nil || len(answer.GetProblems()) > 0 {
		return ""
	}
	steps, err := p.Client().Check(ctx, &sourcepb.CheckRequest{})
	if err != nil || slices.ContainsFunc(steps.GetSteps(), func(s *sourcepb.Step) bool {
		return s.GetStatus() == sourcepb.StepStatus_STEP_STATUS_FAIL
	}) {
		return ""
	}
	return "neither Configure nor Check fails"
}

func checkRecordTypes(ctx context.Context, t *trial) outcome {
	s, err := t.session(ctx)
	if err != nil {
		return failed("the configuration that works does not: %s", err)
	}
	profile, err := catalogue.ProfileFor(t.suite.Kind)
	if err != nil {
		return failed("%s", err)
	}
	if len(s.Types()) == 0 {
		return failed("it gives no record type")
	}
	keys := 0
	seen := map[string]bool{}
	for _, r := range s.Types() {
		if _, ok := profile.Type(r.Name); !ok || seen[r.Name] {
			return failed("the profile %s has no record type %q, or it stands twice", t.suite.Kind, r.Name)
		}
		seen[r.Name] = true
		for _, k := range r.Keys {
			if text := wrongKey(k); text != "" {
				return failed("%s: %s", r.Name, text)
			}
		}
		keys += len(r.Keys)
	}
	if keys == 0 {
		return failed("no record type has a key")
	}
	return passed("%d record types with %d keys", len(s.Types()), keys)
}

func wrongKey(k sdk.Key) string {
	if len(k.Kinds) == 0 {
		return "a key has no kind of identifier"
	}
	for _, kind := range k.Kinds {
		if !slices.Contains(identifier.Known(), kind) {
			return fmt.Sprintf("there is no kind of identifier %q", kind)
		}
	}
	switch k.Match {
	case sdk.MatchExact, sdk.MatchPrefix, sdk.MatchTerms:
		return ""
	}
	return fmt.Sprintf("%q is no way to match a key", k.Match)
}

func checkCheck(ctx context.Context, t *trial) outcome {
	steps, text := t.steps(ctx)
	if text != "" {
		return failed("%s", text)
	}
	warned := 0
	for _, s := range steps {
		switch s.Status {
		case host.StepFail:
			return failed("the step %q fails: %v", s.Name, message(s.Problem))
		case host.StepWarn:
			warned++
		}
	}
	return passed("%d steps, %d with a warning", len(steps), warned)
}

func (t *trial) steps(ctx context.Context) ([]host.Step, string) {
	s, err := t.session(ctx)
	if err != nil {
		return nil, "the configuration that works does not: " + err.Error()
	}
	steps, err := s.Check(ctx)
	switch {
	case err != nil:
		return nil, err.Error()
	case len(steps) == 0:
		return nil, "Check has no step"
	}
	return steps, ""
}

func message(p *core.Problem) string {
	if p == nil {
		return "it does not say why"
	}
	return string(p.Class) + ": " + p.Error()
}

func checkReadOnly(ctx context.Context, t *trial) outcome {
	steps, text := t.steps(ctx)
	if text != "" {
		return failed("%s", text)
	}
	for _, s := range steps {
		if !strings.Contains(strings.ReplaceAll(strings.ToLower(s.Name), "-", " "), "read only") {
			continue
		}
		switch s.Status {
		case host.StepOK:
			return passed("the step %q says so", s.Name)
		case host.StepWarn:
			return passed("the step %q warns: %s", s.Name, message(s.Problem))
		default:
			return failed("the step %q fails: %s", s.Name, message(s.Problem))
		}
	}
	return failed("none of the %d steps is named \"read-only\"", len(steps))
}

func checkBadSecret(ctx context.Context, t *trial) outcome {
	if t.suite.BadSecret == nil {
		return untried("give a configuration with a secret that the system refuses (`bad_secret`)")
	}
	p, answer, err := t.configured(ctx, t.suite.BadSecret)
	if err != nil {
		return failed("Configure fails instead of giving problems: %s", err)
	}
	defer end(ctx, p)
	problems := answer.GetProblems()
	where := "Configure"
	if len(problems) == 0 {
		where = "Check"
		steps, err := p.Client().Check(ctx, &sourcepb.CheckRequest{})
		if err != nil {
			return failed("Check fails instead of giving steps: %s", err)
		}
		for _, s := range steps.GetSteps() {
			if s.GetStatus() == sourcepb.StepStatus_STEP_STATUS_FAIL {
				problems = append(problems, s.GetProblem())
			}
		}
	}
	refused := false
	for _, m := range problems {
		switch m.Core().Class {
		case core.ClassAuth:
			refused = true
		case core.ClassBug:
			return failed("%s gives a problem of class bug: %s", where, m.GetMessage())
		}
	}
	if !refused {
		return failed("%s gives %d problems, none of class auth", where, len(problems))
	}
	return passed("%s says auth", where)
}
