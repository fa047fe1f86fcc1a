package sdk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/scrub"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// defaultTimeout bounds one request to the system when the host names none.
const defaultTimeout = 30 * time.Second

// service answers the verbs of the protocol for one plugin.
type service struct {
	sourcepb.UnimplementedSourceServer
	describe *sourcepb.DescribeResponse
	// open decodes a configuration and, unless only that is wanted, connects.
	open func(ctx context.Context, req *sourcepb.ConfigureRequest, env Env, only bool) (Instance, error)
	log  *slog.Logger
	// blank knows the secrets and the identifiers of the searches that run.
	blank *scrub.Live

	mu  sync.RWMutex
	now *configured // nil before the configuration and after the end
}

// Describe tells who the plugin is.
func (s *service) Describe(context.Context, *sourcepb.DescribeRequest) (*sourcepb.DescribeResponse, error) {
	return s.describe, nil
}

// Configure connects the plugin to its system. A second call replaces the
// first.
func (s *service) Configure(ctx context.Context, req *sourcepb.ConfigureRequest) (*sourcepb.ConfigureResponse, error) {
	for _, v := range req.GetSecrets() {
		s.blank.Secrets(v)
	}
	var inst Instance
	var types []RecordType
	err := guard(func() (err error) {
		if inst, err = s.open(ctx, req, s.env(req), req.GetValidateOnly()); err != nil || inst == nil {
			return err
		}
		types = inst.Types()
		return s.able(inst)
	})
	if err != nil {
		if inst != nil {
			_ = guard(inst.Close)
		}
		return &sourcepb.ConfigureResponse{Problems: s.problems(err, core.PhaseConfigure)}, nil
	}
	if inst == nil {
		return &sourcepb.ConfigureResponse{}, nil
	}
	s.mu.Lock()
	old := s.now
	s.now = newConfigured(inst, types)
	s.mu.Unlock()
	if old != nil {
		_ = old.close(callWait)
	}
	return &sourcepb.ConfigureResponse{RecordTypes: recordTypes(types)}, nil
}

// able tells whether inst has the methods of the capabilities that the plugin
// declares.
func (s *service) able(inst Instance) error {
	for _, c := range s.describe.GetCapabilities() {
		has := false
		switch Capability(c) {
		case CanDiscover:
			_, has = inst.(Discoverer)
		case CanFetch:
			_, has = inst.(Fetcher)
		}
		if !has {
			return &core.Problem{Class: core.ClassBug, Origin: core.OriginPlugin,
				Message: "the plugin declares the capability " + c + ", and its instance has no such method"}
		}
	}
	return nil
}

func (s *service) env(req *sourcepb.ConfigureRequest) Env {
	env := Env{System: req.GetSystem(), Kind: req.GetKind(), Issuers: map[core.Kind]string{},
		Timeout: req.GetTimeout().AsDuration(), Log: s.log}
	if env.Timeout <= 0 {
		env.Timeout = defaultTimeout
	}
	for k, v := range req.GetIssuers() {
		env.Issuers[core.Kind(k)] = v
	}
	for _, k := range req.GetComplete() {
		env.Complete = append(env.Complete, core.Kind(k))
	}
	return env
}

// problems gives every problem in err, which may be joined of several.
func (s *service) problems(err error, phase core.Phase) []*sourcepb.Problem {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var out []*sourcepb.Problem
		for _, e := range joined.Unwrap() {
			out = append(out, s.problems(e, phase)...)
		}
		return out
	}
	p := problemOf(err)
	p.Phase = phase
	p.Message = s.blank.Text(p.Message)
	p.ConfigPath, p.RecordType = valid(p.ConfigPath), valid(p.RecordType)
	return []*sourcepb.Problem{sourcepb.FromProblem(*p)}
}

// Check tries the system out.
func (s *service) Check(ctx context.Context, _ *sourcepb.CheckRequest) (*sourcepb.CheckResponse, error) {
	c, ctx, done, err := s.begin(ctx, core.PhaseCheck)
	if err != nil {
		return nil, err
	}
	defer done()
	steps := &Steps{blank: s.blank}
	if err := guard(func() error { c.inst.Check(ctx, steps); return nil }); err != nil {
		steps.add("check", sourcepb.StepStatus_STEP_STATUS_FAIL, problemOf(err))
	}
	return &sourcepb.CheckResponse{Steps: steps.steps}, nil
}

// Search asks the system about one person.
func (s *service) Search(req *sourcepb.SearchRequest, stream grpc.ServerStreamingServer[sourcepb.SearchEvent]) error {
	now, ctx, done, err := s.begin(stream.Context(), core.PhaseSearch)
	if err != nil {
		return err
	}
	defer done()
	q := req.Query()
	defer s.blank.Search(q)()
	out := newOut(ctx, q, now.types, s.blank, stream.Send)
	c, err := runSearch(ctx, now.inst, now.types, q, out)
	if err != nil {
		return sourcepb.Status(out.clean(*problemOf(err)))
	}
	return stream.Send(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Completion{
		Completion: sourcepb.FromCompletion(c, out.digest.Sum())}})
}

// Close releases the connections. A second call does nothing.
func (s *service) Close(context.Context, *sourcepb.CloseRequest) (*sourcepb.CloseResponse, error) {
	if err := s.shut(); err != nil {
		p := problemOf(err)
		p.Message = s.blank.Text(p.Message)
		return nil, sourcepb.Status(*p)
	}
	return &sourcepb.CloseResponse{}, nil
}

// shut closes the instance, once the calls that run are cancelled and over.
func (s *service) shut() error {
	s.mu.Lock()
	now := s.now
	s.now = nil
	s.mu.Unlock()
	if now == nil {
		return nil
	}
	return now.close(callWait)
}

// begin begins a call on the instance; the caller calls done when it is over.
func (s *service) begin(ctx context.Context, phase core.Phase) (now *configured, call context.Context, done func(), err error) {
	s.mu.RLock()
	now = s.now
	s.mu.RUnlock()
	if now != nil {
		if call, done, ok := now.begin(ctx); ok {
			return now, call, done, nil
		}
	}
	return nil, nil, nil, sourcepb.Status(core.Problem{Class: core.ClassBug, Phase: phase, Origin: core.OriginHost,
		Message: "the plugin is asked before it is configured, or after it is closed"})
}

func recordTypes(types []RecordType) []*sourcepb.RecordType {
	var out []*sourcepb.RecordType
	for _, t := range types {
		m := &sourcepb.RecordType{Name: t.Name, Fields: t.Fields}
		for _, k := range t.Keys {
			key := &sourcepb.Key{Match: string(k.Match)}
			for _, kind := range k.Kinds {
				key.Kinds = append(key.Kinds, string(kind))
			}
			m.Keys = append(m.Keys, key)
		}
		out = append(out, m)
	}
	return out
}

func describe[C any](p Plugin[C]) *sourcepb.DescribeResponse {
	d := &sourcepb.DescribeResponse{
		Name: p.Name, Version: p.Version, ConfigSchema: p.Config,
		Title: &sourcepb.Text{Fi: p.Title.FI, Sv: p.Title.SV, En: p.Title.EN},
		Limits: &sourcepb.Limits{BatchRecords: batchRecords, BatchBytes: batchBytes, ValueBytes: maxValue,
			Heartbeat: durationpb.New(heartbeat)},
	}
	for _, c := range p.Capabilities {
		d.Capabilities = append(d.Capabilities, string(c))
	}
	return d
}
