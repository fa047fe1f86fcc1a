package host

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/scrub"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// state is where a plugin process stands.
type state int

const (
	stateStarting state = iota
	stateReady
	stateBroken   // it ended by itself, or never came up
	stateDraining // told to stop
	stateStopped
)

// supervisor brings one plugin process up and down. It serves for one run: a
// go-plugin client that has failed cannot start again, so every attempt is a
// new supervisor.
type supervisor struct {
	spec      Spec
	opts      Options
	host      *identity
	launcher  *launcher
	folder    string
	log       *slog.Logger
	blank     *scrub.Live
	lines     *pluginLog
	transport Transport

	proc   *process
	client *goplugin.Client
	addr   net.Addr // where the plugin listens
	rpc    sourcepb.SourceClient
	conn   *grpc.ClientConn
	peer   atomic.Pointer[error] // of the last connection that was refused

	mu    sync.Mutex
	state state
	dead  bool // the process ended without our doing
	once  sync.Once
	err   error // of stop
}

// start starts the process, connects, and asks whether it is well. What it
// started is gone when it fails.
func (v *supervisor) start(ctx context.Context) error {
	if err := v.bringUp(ctx); err != nil {
		v.set(stateBroken)
		_ = v.end(0)
		return err
	}
	v.set(stateReady)
	return nil
}

func (v *supervisor) bringUp(ctx context.Context) error {
	cmd, err := v.command()
	if err != nil {
		return programProblem(v.spec.Program.path, err)
	}
	config, err := v.config(cmd)
	if err != nil {
		return problem(core.ClassBug, core.PhaseStart, core.OriginHost, "%s", err)
	}
	v.client = goplugin.NewClient(config)
	// go-plugin's Start takes no context.
	if took, err := v.bounded(ctx, v.opts.Deadlines.Start+v.opts.Deadlines.Kill, func() (err error) {
		v.addr, err = v.client.Start()
		return err
	}); err != nil {
		return v.startProblem(ctx, took, err)
	}
	if line, _ := v.proc.handshake.said(); v.transport == TransportAutoMTLS && !offersCertificate(line) {
		return problem(core.ClassBug, core.PhaseStart, core.OriginPlugin, "the plugin's handshake offers no certificate: "+
			"it does not know AutoMTLS; make it do so, or register it with the transport %s", TransportUnixPrivate)
	}
	took, err := v.bounded(ctx, v.opts.Deadlines.Health, func() error {
		c, err := v.client.Client()
		if err != nil {
			return err
		}
		g, ok := c.(*goplugin.GRPCClient)
		if !ok {
			return errors.New("the plugin does not speak gRPC")
		}
		v.conn = g.Conn
		return nil
	})
	if err == nil {
		// A nil error of Client proves nothing; only an answer does.
		err = v.health(ctx, v.opts.Deadlines.Health-took)
	}
	if err != nil {
		return v.connectProblem(ctx, err)
	}
	v.rpc = sourcepb.NewSourceClient(v.conn)
	return nil
}

// bounded runs f, and kills the process when f takes longer than limit or ctx
// ends; f returns soon after that. It gives the time that f took.
func (v *supervisor) bounded(ctx context.Context, limit time.Duration, f func() error) (time.Duration, error) {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		err = f()
	}()
	select {
	case <-done:
		return time.Since(begin), err
	case <-ctx.Done():
		if v.proc != nil {
			v.proc.kill()
		}
		select {
		case <-done:
		case <-time.After(v.opts.Deadlines.Kill):
		}
		return time.Since(begin), ctx.Err()
	}
}

// health asks the plugin whether it is well, and waits no longer than limit.
func (v *supervisor) health(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := grpc_health_v1.NewHealthClient(v.conn).Check(ctx,
		&grpc_health_v1.HealthCheckRequest{Service: goplugin.GRPCServiceName})
	if err != nil {
		return err
	}
	if answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		return errors.New("the plugin says that it is not serving")
	}
	return nil
}

// config makes the process of a command and what go-plugin needs to run it.
func (v *supervisor) config(own *exec.Cmd) (*goplugin.ClientConfig, error) {
	v.proc = &process{rawStdout: v.opts.RawStdout, rawStderr: v.opts.RawStderr, launcher: v.launcher, ownTLS: v.transport == TransportSDK, gone: make(chan struct{}),
		handshake: newFirstLine(v.transport == TransportSDK), onLine: v.lines.line,
		onNoise: func() { v.log.Debug("the plugin writes to its standard output; that is dropped") }}
	var clientTLS *tls.Config
	if v.transport == TransportSDK {
		own, err := newIdentity(x509.ExtKeyUsageServerAuth)
		if err != nil {
			return nil, err
		}
		if v.proc.hello, err = hello(v.host, own); err != nil {
			return nil, err
		}
		clientTLS = clientConfig(v.host, own)
	}
	return &goplugin.ClientConfig{
		HandshakeConfig: goplugin.HandshakeConfig{ProtocolVersion: sourcepb.ProtocolVersion,
			MagicCookieKey: sourcepb.CookieKey, MagicCookieValue: sourcepb.CookieValue},
		VersionedPlugins: map[int]goplugin.PluginSet{sourcepb.ProtocolVersion: {
			sourcepb.PluginName: &sourcepb.GRPCPlugin{}}},
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, dir string) (runner.Runner, error) {
			v.proc.socketDir = dir
			own.Dir = v.opts.Home
			own.Env = environment(cmd.Env, cmp.Or(v.spec.Memory, v.opts.MemoryLimit))
			v.proc.cmd = own
			return v.proc, nil
		},
		TLSConfig: clientTLS, AutoMTLS: v.transport == TransportAutoMTLS, SkipHostEnv: true,
		// What a plugin prints by way of go-plugin's own stream of output.
		SyncStdout: v.opts.RawStderr, SyncStderr: v.opts.RawStderr,
		StartTimeout: v.opts.Deadlines.Start, AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		Logger: hclog.NewNullLogger(), UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: v.folder},
		GRPCDialOptions: append(v.dialOptions(), grpc.WithDefaultCallOptions(
			grpc.ForceCodecV2(sourcepb.Frugal()),
			grpc.MaxCallRecvMsgSize(sourcepb.MaxMessage), grpc.MaxCallSendMsgSize(sourcepb.MaxMessage))),
	}, nil
}

// command gives the command that is the plugin. It fails for a program only.
func (v *supervisor) command() (*exec.Cmd, error) {
	if v.spec.Program != nil {
		return v.spec.Program.command()
	}
	cmd := exec.Command(v.opts.Executable, "plugin", "serve", v.spec.Plugin) //nolint:gosec // our own program
	cmd.Args[0] = "sinusta"
	return cmd, nil
}

// startProblem says why there was no handshake after a start that took so long.
func (v *supervisor) startProblem(ctx context.Context, took time.Duration, err error) error {
	if cause := ctx.Err(); cause != nil {
		return stopped(core.PhaseStart, cause)
	}
	line, long := v.proc.handshake.said()
	switch {
	case v.proc.cmd == nil: // not even tried
		return problem(core.ClassTransient, core.PhaseStart, core.OriginHost, "the plugin cannot be started: %s", err)
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.ENOMEM):
		return problem(core.ClassTransient, core.PhaseStart, core.OriginHost,
			"the machine cannot start another process now")
	case errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ENOEXEC):
		return problem(core.ClassConfig, core.PhaseStart, core.OriginHost, "the plugin cannot be started: %s", err)
	case long:
		return problem(core.ClassBug, core.PhaseStart, core.OriginPlugin,
			"the plugin printed more than %d bytes before its handshake", maxHandshake)
	case line != "" && !isHandshake(line):
		return problem(core.ClassBug, core.PhaseStart, core.OriginPlugin,
			"the plugin printed %q before its handshake; only the handshake may go to standard output", v.short(line))
	case line != "":
		return problem(core.ClassBug, core.PhaseStart, core.OriginPlugin,
			"the plugin's handshake is not accepted: %s", v.short(err.Error()))
	case v.proc.endedItself():
		return problem(core.ClassBug, core.PhaseStart, core.OriginPlugin,
			"the plugin ended before its handshake (%s); its log tells more", v.exit())
	case took < v.opts.Deadlines.Start: // a program on its way out may close it first
		return problem(core.ClassBug, core.PhaseStart, core.OriginPlugin,
			"the plugin closed its standard output before its handshake; its log tells more")
	default:
		return problem(core.ClassDeadline, core.PhaseStart, core.OriginPlugin,
			"the plugin gave no handshake within %s", v.opts.Deadlines.Start)
	}
}

// connectProblem says why there was no answer after the handshake.
func (v *supervisor) connectProblem(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return problem(core.ClassDeadline, core.PhaseStart, core.OriginPlugin,
			"the plugin gave its handshake but no answer within %s", v.opts.Deadlines.Health)
	}
	if refused := v.peer.Load(); refused != nil {
		return problem(core.ClassBug, core.PhaseStart, core.OriginPlugin, "%s", *refused)
	}
	// The words of gRPC's transport, for which it has no type.
	if text := status.Convert(err).Message(); ctx.Err() == nil && strings.Contains(text, "authentication handshake failed") {
		return problem(core.ClassBug, core.PhaseStart, core.OriginPlugin,
			"the plugin does not speak the TLS of its transport %s: %s", v.transport, v.blank.Text(text))
	}
	return v.callProblem(ctx, core.PhaseStart, err)
}

// ended gives a problem when the process is gone, nil while it lives. A broken
// connection is often noticed before the end of the process.
func (v *supervisor) ended(phase core.Phase) *core.Problem {
	if v.proc == nil {
		return nil
	}
	select {
	case <-v.proc.gone:
	case <-time.After(pipeGrace):
		return nil
	}
	class := core.ClassBug
	var exit *exec.ExitError
	if errors.As(v.proc.waitErr, &exit) && exit.ExitCode() < 0 { // by a signal: somebody or the kernel killed it
		class = core.ClassTransient
	}
	v.set(stateBroken)
	v.mu.Lock()
	v.dead = true
	v.mu.Unlock()
	return problem(class, phase, core.OriginPlugin, "the plugin's process ended in the middle (%s); its log tells more", v.exit())
}

func (v *supervisor) exit() string {
	if err := v.proc.waitErr; err != nil {
		return err.Error()
	}
	return "exit status 0"
}

// stop takes leave of the plugin and ends the process. Only the first call
// does anything; all give its error. It is bounded by the deadlines whatever
// ctx says.
func (v *supervisor) stop(ctx context.Context) error {
	v.once.Do(func() {
		v.set(stateDraining)
		if v.rpc != nil && !v.proc.exited() {
			ctx, cancel := context.WithTimeout(ctx, v.opts.Deadlines.Close)
			_, err := v.rpc.Close(ctx, &sourcepb.CloseRequest{})
			cancel()
			if err != nil {
				v.log.Debug("the plugin did not take leave; its process is ended")
			}
		}
		v.err = v.end(v.opts.Deadlines.Close)
		v.set(stateStopped)
	})
	return v.err
}

// end ends the process, after grace by force, and waits until it is gone. It
// gives an error when even force did not help.
func (v *supervisor) end(grace time.Duration) error {
	if v.client == nil || v.proc == nil {
		return nil
	}
	// go-plugin leaves the folder when the process did not even start.
	defer func() { _ = os.RemoveAll(v.proc.socketDir) }()
	if grace == 0 {
		v.proc.kill()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.client.Kill()
	}()
	select {
	case <-done:
	case <-time.After(grace):
		v.proc.kill()
		select {
		case <-done:
		case <-time.After(v.opts.Deadlines.Kill):
			v.lines.end()
			return problem(core.ClassBug, "", core.OriginHost, "the plugin's process does not end")
		}
	}
	v.lines.end()
	return nil
}

// died tells whether the process was found dead in the middle of a call.
func (v *supervisor) died() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.dead
}

func (v *supervisor) set(s state) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.state = max(v.state, s)
}

// ready gives a problem unless calls can be made.
func (v *supervisor) ready(phase core.Phase) error {
	v.mu.Lock()
	now := v.state
	v.mu.Unlock()
	switch {
	case now == stateReady && !v.proc.exited():
		return nil
	case now >= stateDraining:
		return problem(core.ClassCancelled, phase, core.OriginHost, "the plugin is stopped")
	}
	if p := v.ended(phase); p != nil {
		return p
	}
	return problem(core.ClassTransient, phase, core.OriginHost, "the plugin is not running")
}

// short gives the first bytes of what a plugin said, blanked. No personal data
// has gone to it yet.
func (v *supervisor) short(s string) string {
	return v.words(s, 120)
}

func isHandshake(line string) bool {
	var core, app int
	n, _ := fmt.Sscanf(line, "%d|%d|", &core, &app)
	return n == 2
}
