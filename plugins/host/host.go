package host

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/scrub"
)

// startAttempts bounds how often a start is tried when the machine, not the
// plugin, is at fault.
const startAttempts = 3

// Host starts plugins and stops them. It is made with New and ended with
// Close; between them its methods may be called from any goroutine.
type Host struct {
	opts   Options
	starts chan struct{} // one element for each plugin that is starting

	stop    context.Context // done when Close begins
	closing context.CancelFunc

	mu       sync.Mutex
	closed   bool
	shared   *shared
	running  sync.WaitGroup // the starts under way
	sessions map[*Session]struct{}
}

// shared is what all plugins of a host need, made for the first of them.
type shared struct {
	identity *identity
	folder   *folder
	launcher *launcher
}

// Spec is one plugin for one system.
type Spec struct {
	// System and Kind are the catalogue's id and kind of the system.
	System, Kind string
	// Plugin is the name of a built-in plugin.
	Plugin string
	// Config is what stands under `config:`, as JSON.
	Config  json.RawMessage
	Secrets map[string]string
	// Issuers gives the issuer of each local kind of identifier.
	Issuers map[core.Kind]string
	// Complete are the kinds of identifier that every record of the system
	// holds, as the catalogue has it; the plugin verifies it in each search.
	Complete []core.Kind
	// Timeout bounds one statement or request to the system; 0 leaves it to
	// the plugin.
	Timeout time.Duration
}

// New gives a host. Nothing is started or made before the first Start.
func New(o Options) *Host {
	o = o.withDefaults()
	h := &Host{opts: o, starts: make(chan struct{}, o.MaxStarts), sessions: map[*Session]struct{}{}}
	h.stop, h.closing = context.WithCancel(context.Background())
	return h
}

// Start starts a plugin, sees that it is well, and configures it. It waits
// while too many others start. An error holds one or several *core.Problem
// (see Problems); then nothing is left running.
func (h *Host) Start(ctx context.Context, spec Spec) (*Session, error) {
	s, err := h.startAny(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("start source %s: %w", spec.System, err)
	}
	return s, nil
}

func (h *Host) startAny(ctx context.Context, spec Spec) (*Session, error) {
	if err := h.known(spec.Plugin); err != nil {
		return nil, err
	}
	if err := h.begin(); err != nil {
		return nil, err
	}
	defer h.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.stop, cancel)() //nolint:contextcheck // two contexts end the start

	for attempt := 1; ; attempt++ {
		s, err := h.try(ctx, spec)
		if err == nil || attempt == startAttempts || !hostsFault(err) {
			return s, err
		}
		select {
		case <-ctx.Done():
			return nil, stopped(core.PhaseStart, ctx.Err())
		case <-time.After(time.Duration(attempt) * 100 * time.Millisecond):
		}
	}
}

// hostsFault tells whether a start failed for want of something that may be
// there in a moment.
func hostsFault(err error) bool {
	var p *core.Problem
	return errors.As(err, &p) && p.Class == core.ClassTransient && p.Origin == core.OriginHost
}

// try makes one attempt, with a process of its own.
func (h *Host) try(ctx context.Context, spec Spec) (*Session, error) {
	select {
	case h.starts <- struct{}{}:
		defer func() { <-h.starts }()
	case <-ctx.Done():
		return nil, stopped(core.PhaseStart, ctx.Err())
	}
	shared, err := h.share()
	if err != nil {
		return nil, err
	}
	blank := &scrub.Live{}
	for _, v := range spec.Secrets {
		blank.Secrets(v)
	}
	log := h.opts.Log.With("system", spec.System, "plugin", spec.Plugin)
	v := &supervisor{plugin: spec.Plugin, opts: h.opts, host: shared.identity, launcher: shared.launcher,
		folder: shared.folder.path, log: log, blank: blank, lines: newPluginLog(log, blank),
		transport: h.opts.transport}
	if err := v.start(ctx); err != nil {
		return nil, err
	}
	s := &Session{system: spec.System, host: h, v: v}
	if err := s.configure(ctx, spec); err != nil {
		_ = v.stop(context.WithoutCancel(ctx))
		return nil, err
	}
	h.mu.Lock()
	h.sessions[s] = struct{}{}
	h.mu.Unlock()
	return s, nil
}

// known refuses a plugin that this host cannot run.
func (h *Host) known(name string) error {
	switch {
	case name == "" || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, "-"):
		return problem(core.ClassConfig, core.PhaseStart, core.OriginHost,
			"%q is no name of a built-in plugin; programs of one's own cannot be named here yet", name)
	case h.opts.Builtins != nil && !slices.Contains(h.opts.Builtins, name):
		return problem(core.ClassConfig, core.PhaseStart, core.OriginHost,
			"there is no plugin %q; there are: %s", name, strings.Join(h.opts.Builtins, ", "))
	default:
		return nil
	}
}

func (h *Host) begin() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return problem(core.ClassCancelled, core.PhaseStart, core.OriginHost, "the host of plugins is closed")
	}
	h.running.Add(1)
	return nil
}

// share gives what all plugins need, and makes it for the first one.
func (h *Host) share() (*shared, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shared != nil {
		return h.shared, nil
	}
	identity, err := newIdentity(x509.ExtKeyUsageClientAuth)
	if err != nil {
		return nil, problem(core.ClassBug, core.PhaseStart, core.OriginHost, "%s", err)
	}
	folder, err := newFolder()
	if err != nil {
		return nil, problem(core.ClassConfig, core.PhaseStart, core.OriginHost, "%s", err)
	}
	h.shared = &shared{identity: identity, folder: folder, launcher: newLauncher()}
	return h.shared, nil
}

func (h *Host) forget(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, s)
}

// Close stops every plugin and removes the socket folder. It waits for their
// farewell as long as ctx and the deadlines allow, and then uses force. A
// second call does nothing.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	h.mu.Unlock()
	h.closing()
	h.running.Wait() // each start is bounded, and now cancelled

	h.mu.Lock()
	var open []*Session
	for s := range h.sessions {
		open = append(open, s)
	}
	h.mu.Unlock()
	errs := make([]error, len(open)+1)
	var stops sync.WaitGroup
	for i, s := range open {
		stops.Go(func() { errs[i] = s.Close(ctx) })
	}
	stops.Wait()
	if h.shared != nil {
		h.shared.launcher.close()
		errs[len(open)] = h.shared.folder.remove()
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stop the plugins: %w", err)
	}
	return nil
}
