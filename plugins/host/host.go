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

	breakers *breakers
	pool     *pool

	stop    context.Context // done when Close begins
	closing context.CancelFunc

	programsMu sync.Mutex
	programs   map[string]*Program // by path

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
	// Plugin is the name of the plugin, as it gives it itself. For a Program
	// it may be empty where nothing depends on who the plugin is.
	Plugin string
	// Program is the executable of an external plugin; nil is the built-in
	// plugin of that name. It must stay open while the plugin runs.
	Program *Program
	// Override lets a Program have the name of a built-in plugin.
	Override bool
	// Transport is how the connection is guarded.
	Transport Transport
	// Memory is the plugin's GOMEMLIMIT in bytes, which programs in Go keep
	// to; 0 is that of the host's options.
	Memory int64
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
	h := &Host{opts: o, starts: make(chan struct{}, o.MaxStarts), sessions: map[*Session]struct{}{},
		breakers: newBreakers(o.Quarantine, o.clock), pool: newPool(o.Idle), programs: map[string]*Program{}}
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
	spec, err := h.allowed(spec)
	if err != nil {
		return nil, err
	}
	if err := h.begin(); err != nil {
		return nil, err
	}
	defer h.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.stop, cancel)() //nolint:contextcheck // two contexts end the start

	ticket, wait, err := h.breakers.admit(spec.source())
	if err != nil {
		return nil, err
	}
	s, err := h.startWith(ctx, spec, ticket, wait)
	if err != nil {
		ticket.leave()
	}
	return s, err
}

// startWith gives a process that waits for this Spec, or starts one.
func (h *Host) startWith(ctx context.Context, spec Spec, t *ticket, wait time.Duration) (*Session, error) {
	if err := sleep(ctx, wait); err != nil {
		return nil, err
	}
	if s, err := h.again(ctx, spec, t); s != nil || err != nil {
		return s, err
	}
	for attempt := 1; ; attempt++ {
		s, err := h.try(ctx, spec, t)
		if err == nil || attempt == startAttempts || !hostsFault(err) {
			return s, err
		}
		if err := sleep(ctx, pause(attempt)); err != nil {
			return nil, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return stopped(core.PhaseStart, ctx.Err())
	case <-timer.C:
		return nil
	}
}

// hostsFault tells whether a start failed for want of something that may be
// there in a moment.
func hostsFault(err error) bool {
	var p *core.Problem
	return errors.As(err, &p) && p.Class == core.ClassTransient && p.Origin == core.OriginHost
}

// again takes a process that has served this Spec before, and configures it
// anew. It gives neither session nor error when a fresh one is to be started.
func (h *Host) again(ctx context.Context, spec Spec, t *ticket) (*Session, error) {
	w := h.pool.take(spec.whole())
	if w == nil {
		return nil, nil
	}
	s := h.session(spec, w.v, t)
	s.searches, s.description = w.searches, w.description
	err := w.v.ready(core.PhaseStart)
	if err == nil {
		err = w.v.health(ctx, h.opts.Deadlines.Health)
	}
	if err == nil {
		err = s.expected(spec)
	}
	if err == nil {
		if err = s.configure(ctx, spec); err == nil {
			h.remember(s)
			return s, nil
		}
		// What the system or its settings refuse a fresh process meets too;
		// an account must not be tried twice.
		for _, p := range Problems(err) {
			if p.Origin == core.OriginSystem || p.Class == core.ClassConfig || p.Class == core.ClassAuth {
				_ = w.v.stop(context.WithoutCancel(ctx))
				return nil, err
			}
		}
	}
	w.v.log.Debug("a plugin that waited is not well; another one is started")
	_ = w.v.stop(context.WithoutCancel(ctx))
	return nil, nil
}

// try makes one attempt, with a process of its own, and reports a failure that
// is the plugin's.
func (h *Host) try(ctx context.Context, spec Spec, t *ticket) (*Session, error) {
	v, err := h.bring(ctx, spec)
	if v == nil {
		return nil, err
	}
	var s *Session
	if err == nil {
		s = h.session(spec, v, t)
		if err = s.describe(ctx, spec); err == nil {
			err = s.configure(ctx, spec)
		}
		if err == nil {
			h.remember(s)
			return s, nil
		}
		_ = v.stop(context.WithoutCancel(ctx))
	}
	if cause, yes := fault(err, v.died()); yes {
		t.failed(cause)
	}
	return nil, err
}

// bring brings a process up, which is gone again when there is an error. It
// gives no supervisor when it came to no process.
func (h *Host) bring(ctx context.Context, spec Spec) (*supervisor, error) {
	transport, err := transportOf(spec)
	if err != nil {
		return nil, problem(core.ClassConfig, core.PhaseStart, core.OriginHost, "%s", err)
	}
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
	if spec.Program != nil && slices.Contains(h.opts.Builtins, spec.Plugin) {
		log.Warn("a program runs in the place of the built-in plugin of this name, as its source says with override",
			"program", spec.Program.Path())
	}
	v := &supervisor{spec: spec, opts: h.opts, host: shared.identity, launcher: shared.launcher,
		folder: shared.folder.path, log: log, blank: blank, lines: newPluginLog(log, blank), transport: transport}
	return v, v.start(ctx)
}

// session makes the session of a process; remember lets the host close it.
func (h *Host) session(spec Spec, v *supervisor, t *ticket) *Session {
	return &Session{system: spec.System, host: h, v: v, ticket: t, key: spec.whole()}
}

func (h *Host) remember(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions[s] = struct{}{}
}

// Describe starts a plugin, asks who it is, and ends it. The plugin gets no
// configuration, no secret and no system.
func (h *Host) Describe(ctx context.Context, spec Spec) (Description, error) {
	spec, err := h.allowed(spec)
	if err != nil {
		return Description{}, err
	}
	if err := h.begin(); err != nil {
		return Description{}, err
	}
	defer h.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.stop, cancel)() //nolint:contextcheck // two contexts end it
	v, err := h.bring(ctx, spec)
	if err != nil {
		return Description{}, fmt.Errorf("describe the plugin: %w", err)
	}
	s := h.session(spec, v, nil)
	err = s.describe(ctx, spec)
	return s.description, errors.Join(err, v.stop(context.WithoutCancel(ctx)))
}

// Program gives the executable at path, opened once for this host and closed
// with it; see OpenProgram. All plugins of one path share it. It is the way of
// an installation, so it fails on a host without a lock file: what is named in
// a sources file never runs unless it is registered.
func (h *Host) Program(path string) (*Program, error) {
	if h.opts.Lock == nil {
		return nil, problem(core.ClassBug, core.PhaseStart, core.OriginHost,
			"the program %s may not run: this host was made without a lock file", path)
	}
	if err := h.begin(); err != nil {
		return nil, err
	}
	defer h.running.Done()
	h.programsMu.Lock()
	defer h.programsMu.Unlock()
	if p := h.programs[path]; p != nil {
		return p, nil
	}
	p, err := OpenProgram(path)
	if err != nil {
		return nil, err
	}
	h.programs[path] = p
	return p, nil
}

// allowed refuses a plugin that this host may not run. It gives the Spec with
// the transport that the lock file says.
func (h *Host) allowed(spec Spec) (Spec, error) {
	refuse := func(format string, args ...any) (Spec, error) {
		return spec, problem(core.ClassConfig, core.PhaseStart, core.OriginHost, format, args...)
	}
	name := spec.Plugin
	builtin := slices.Contains(h.opts.Builtins, name)
	if spec.Program == nil {
		switch {
		case name == "" || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, "-"):
			return refuse("%q is no name of a built-in plugin; for a program of your own, write `program:` with its path beside it", name)
		case h.opts.Builtins != nil && !builtin:
			return refuse("there is no plugin %q; there are: %s; for a program of your own, write `program:` with its path as well",
				name, strings.Join(h.opts.Builtins, ", "))
		}
		return spec, nil
	}
	if builtin && !spec.Override {
		return refuse("%s is the name of a built-in plugin; to run the program %s in its place, say `override: true`; "+
			"to run the built-in, leave `program:` out", name, spec.Program.Path())
	}
	if h.opts.Lock != nil {
		if err := h.opts.Lock.Check(name, spec.System, spec.Program); err != nil {
			return spec, err
		}
		spec.Transport = h.opts.Lock.Plugins[name].Transport
	}
	return spec, nil
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
	h.shared = &shared{identity: identity, folder: folder, launcher: newLauncher(h.opts.Executable, folder.path)}
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
	waiting := h.pool.close()

	h.mu.Lock()
	var open []*Session
	for s := range h.sessions {
		open = append(open, s)
	}
	h.mu.Unlock()
	errs := make([]error, len(open)+len(waiting), len(open)+len(waiting)+1+len(h.programs))
	var stops sync.WaitGroup
	for i, s := range open {
		stops.Go(func() { errs[i] = s.Close(ctx) })
	}
	for i, w := range waiting {
		stops.Go(func() { errs[len(open)+i] = w.v.stop(ctx) })
	}
	stops.Wait()
	h.pool.ending.Wait()
	if h.shared != nil {
		h.shared.launcher.close()
		errs = append(errs, h.shared.folder.remove())
	}
	for _, p := range h.programs {
		errs = append(errs, p.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stop the plugins: %w", err)
	}
	return nil
}
