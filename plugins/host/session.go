package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// configureTime bounds the configuration of a plugin beside the time of one
// request to its system.
const configureTime = 10 * time.Second

// Session is a plugin that runs and is configured for one system. It is a
// core.Source. Its methods may be called from several goroutines.
type Session struct {
	system string
	host   *Host
	v      *supervisor

	description Description
	types       []sdk.RecordType
	declared    map[string]bool

	ticket *ticket
	key    digest // of its Spec
	once   sync.Once
	err    error // of Close

	mu       sync.Mutex
	closed   bool
	active   int  // calls under way
	searches int  // of the process
	spoilt   bool // a call did not end as it should: the process is not used again
	reported bool // the death of the process
}

// Description is what a plugin says of itself.
type Description struct {
	Name, Version string
	Title         catalogue.Text
	// ConfigSchema is the JSON Schema of its configuration.
	ConfigSchema string
	// Capabilities are the verbs beyond the mandatory ones.
	Capabilities []sdk.Capability
}

// Can tells whether the plugin has the verb.
func (d Description) Can(c sdk.Capability) bool { return slices.Contains(d.Capabilities, c) }

func capabilities(words []string) []sdk.Capability {
	var out []sdk.Capability
	for _, w := range words {
		out = append(out, sdk.Capability(w))
	}
	return out
}

// Step is one step of a check.
type Step struct {
	Name   string
	Status StepStatus
	// Problem says what is wrong; nil when the status is OK.
	Problem *core.Problem
}

// StepStatus is how a step of a check went.
type StepStatus string

// The statuses of a step.
const (
	StepOK   StepStatus = "OK"
	StepWarn StepStatus = "WARN"
	StepFail StepStatus = "FAIL"
)

// describe asks the plugin who it is, and holds that against what was asked
// for. A process says it once in its life: what it said is kept with it.
func (s *Session) describe(ctx context.Context, spec Spec) error {
	d, err := s.describedTwice(ctx)
	if err != nil {
		return err
	}
	s.description = Description{Name: d.GetName(), Version: d.GetVersion(), ConfigSchema: d.GetConfigSchema(),
		Title:        catalogue.Text{FI: d.GetTitle().GetFi(), SV: d.GetTitle().GetSv(), EN: d.GetTitle().GetEn()},
		Capabilities: capabilities(d.GetCapabilities())}
	return s.expected(spec)
}

// expected holds what the plugin said of itself against what was asked for.
func (s *Session) expected(spec Spec) error {
	switch {
	case spec.Program != nil && s.v.opts.Lock != nil:
		return s.v.opts.Lock.described(spec.Plugin, s.description)
	case spec.Program != nil && spec.Plugin == "":
		return nil
	case s.description.Name != spec.Plugin:
		return problem(core.ClassBug, core.PhaseStart, core.OriginPlugin,
			"the plugin started as %q says that it is another one", spec.Plugin)
	default:
		return nil
	}
}

// configure gives the plugin its system.
func (s *Session) configure(ctx context.Context, spec Spec) error {
	given, cancel := context.WithTimeout(ctx, configureTime+max(spec.Timeout, 30*time.Second))
	defer cancel()
	answer, err := s.v.rpc.Configure(given, request(spec))
	if err != nil {
		return s.failed(ctx, core.PhaseConfigure, err)
	}
	var problems []error
	for _, m := range answer.GetProblems() {
		p := s.v.told(m.Core(), core.PhaseConfigure)
		p.Phase = core.PhaseConfigure
		problems = append(problems, &p)
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	s.types, s.declared = recordTypes(answer.GetRecordTypes())
	return nil
}

func request(spec Spec) *sourcepb.ConfigureRequest {
	req := &sourcepb.ConfigureRequest{System: spec.System, Kind: spec.Kind, ConfigJson: spec.Config,
		Secrets: spec.Secrets, Issuers: map[string]string{}}
	for k, v := range spec.Issuers {
		req.Issuers[string(k)] = v
	}
	for _, k := range spec.Complete {
		req.Complete = append(req.Complete, string(k))
	}
	if spec.Timeout > 0 {
		req.Timeout = durationpb.New(spec.Timeout)
	}
	return req
}

func recordTypes(ms []*sourcepb.RecordType) (types []sdk.RecordType, declared map[string]bool) {
	declared = map[string]bool{}
	for _, m := range ms {
		t := sdk.RecordType{Name: m.GetName(), Fields: m.GetFields()}
		for _, k := range m.GetKeys() {
			key := sdk.Key{Match: sdk.Match(k.GetMatch())}
			for _, kind := range k.GetKinds() {
				key.Kinds = append(key.Kinds, core.Kind(kind))
			}
			t.Keys = append(t.Keys, key)
		}
		types = append(types, t)
		declared[t.Name] = true
	}
	return types, declared
}

// failed makes a problem of a failed call; ctx is the caller's, without the
// bound of the call itself.
func (s *Session) failed(ctx context.Context, phase core.Phase, err error) error {
	return s.v.callProblem(ctx, phase, err)
}

// System gives the catalogue's id of the system.
func (s *Session) System() string { return s.system }

// Description gives what the plugin said of itself.
func (s *Session) Description() Description { return s.description }

// Types gives the record types that the source is mapped to, with their keys.
func (s *Session) Types() []sdk.RecordType { return s.types }

// PID gives the number of the plugin's process.
func (s *Session) PID() int {
	pid, err := strconv.Atoi(s.v.proc.ID())
	if err != nil {
		return 0
	}
	return pid
}

// Check tries the system out step by step. An error means that the plugin
// could not say; a step that failed is none.
func (s *Session) Check(ctx context.Context) ([]Step, error) {
	if err := s.begin(core.PhaseCheck); err != nil {
		return nil, fmt.Errorf("check %s: %w", s.system, err)
	}
	steps, err := s.check(ctx)
	s.end(nil, err)
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", s.system, err)
	}
	return steps, nil
}

func (s *Session) check(ctx context.Context) ([]Step, error) {
	if err := s.v.ready(core.PhaseCheck); err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, s.v.opts.Deadlines.Check)
	defer cancel()
	answer, err := s.v.rpc.Check(bounded, &sourcepb.CheckRequest{})
	if err != nil {
		return nil, s.failed(ctx, core.PhaseCheck, err)
	}
	var steps []Step
	for _, m := range answer.GetSteps() {
		step := Step{Name: s.v.name(m.GetName()), Status: StepFail}
		switch m.GetStatus() {
		case sourcepb.StepStatus_STEP_STATUS_OK:
			step.Status = StepOK
		case sourcepb.StepStatus_STEP_STATUS_WARN:
			step.Status = StepWarn
		}
		if m.GetProblem() != nil {
			p := s.v.told(m.GetProblem().Core(), core.PhaseCheck)
			step.Problem = &p
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// begin notes a call; end must follow when it gives no error.
func (s *Session) begin(phase core.Phase) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return problem(core.ClassCancelled, phase, core.OriginHost, "the plugin is stopped")
	}
	s.active++
	return nil
}

// end notes how a call ended, and reports it: err where it failed, and c where
// it was a search.
func (s *Session) end(c *core.Completion, err error) {
	died := s.v.died()
	cause, faulty := fault(err, died)
	if err == nil && c != nil && c.Result == core.Failed {
		cause, faulty = bugIn(c.Problems)
	}
	s.mu.Lock()
	s.active--
	s.spoilt = s.spoilt || err != nil || faulty
	again := died && s.reported // one death, told by several calls
	s.reported = s.reported || died
	s.mu.Unlock()
	switch {
	case s.ticket == nil || again:
	case faulty:
		s.ticket.failed(cause)
	case c != nil:
		s.ticket.well()
	}
}

// bugIn gives the problem of a failed search that is the plugin's own fault.
func bugIn(problems []core.Problem) (cause string, yes bool) {
	for _, p := range problems {
		if p.Class == core.ClassBug && p.Origin == core.OriginPlugin {
			return p.Message, true
		}
	}
	return "", false
}

// Close ends the session. Its process takes leave and ends, or, when all went
// well and the host keeps processes, lets go of its system and waits for the
// next session of this Spec. A second call does nothing.
func (s *Session) Close(ctx context.Context) error {
	s.once.Do(func() {
		defer s.host.forget(s)
		defer s.ticket.leave()
		s.mu.Lock()
		s.closed = true
		fit := s.active == 0 && !s.spoilt
		w := &warm{v: s.v, description: s.description, searches: s.searches}
		s.mu.Unlock()
		if fit && s.host.pool.wants(s.key, w) && s.v.rest(ctx) && s.host.pool.put(s.key, w) { //nolint:contextcheck // it is ended later than ctx
			return
		}
		if err := s.v.stop(ctx); err != nil {
			s.err = fmt.Errorf("stop source %s: %w", s.system, err)
		}
	})
	return s.err
}
