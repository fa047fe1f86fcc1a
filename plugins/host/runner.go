package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// pipeGrace is how long output is still read after the process has ended. A
// grandchild that has left the group, and is not found either, may hold the
// pipes for ever.
const pipeGrace = 300 * time.Millisecond

// process is one run of a plugin's program. It is go-plugin's runner, which
// alone lets standard input be ours.
type process struct {
	cmd       *exec.Cmd
	launcher  *launcher
	hello     sourcepb.Hello
	socketDir string
	ownTLS    bool
	onLine    func(line []byte, cut bool) // each line of standard error
	onNoise   func()                      // output on standard output after the handshake

	rawStdout, rawStderr io.Writer // nil, or what a test of a plugin reads

	handshake *firstLine
	gone      chan struct{} // closed when the process is reaped and its output read
	waitErr   error         // after gone

	mu       sync.Mutex
	pid      int
	lifeline *os.File
	killed   bool
}

// Start starts the process and hands it its key.
func (p *process) Start(context.Context) error {
	stdinR, stdinW, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make the life line: %w", err)
	}
	stdoutR, stdoutW, err := os.Pipe()
	if err != nil {
		return errors.Join(fmt.Errorf("make the pipe of standard output: %w", err), stdinR.Close(), stdinW.Close())
	}
	stderrR, stderrW, err := os.Pipe()
	if err != nil {
		return errors.Join(fmt.Errorf("make the pipe of standard error: %w", err), stdinR.Close(), stdinW.Close(),
			stdoutR.Close(), stdoutW.Close())
	}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdinR, stdoutW, stderrW
	confine(p.cmd)
	err = p.launcher.start(p.cmd)
	_ = errors.Join(stdinR.Close(), stdoutW.Close(), stderrW.Close())
	if err != nil {
		_ = errors.Join(stdinW.Close(), stdoutR.Close(), stderrR.Close())
		// go-plugin removes the socket folder of a process that started.
		_ = os.RemoveAll(p.socketDir)
		close(p.gone)
		p.handshake.end()
		return fmt.Errorf("start the process: %w", err)
	}
	p.mu.Lock()
	p.pid, p.lifeline = p.cmd.Process.Pid, stdinW
	if p.killed { // while it started
		killGroup(p.pid)
	}
	p.mu.Unlock()
	go p.reap(stdoutR, stderrR)
	if err := p.hello.Write(stdinW); err != nil {
		p.kill()
		return err
	}
	return nil
}

// reap reads the output of the process, waits for its end, and ends whatever
// it leaves in its group.
func (p *process) reap(stdout, stderr *os.File) {
	read := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() { p.handshake.pump(tapped(stdout, p.rawStdout), p.onNoise) })
	readers.Go(func() { readLines(tapped(stderr, p.rawStderr), p.onLine) })
	go func() {
		readers.Wait()
		close(read)
	}()
	unreaped := awaitExit(p.cmd.Process.Pid)
	var err error
	if !unreaped {
		err = p.cmd.Wait()
	}
	p.mu.Lock()
	killGroup(p.pid)
	p.launcher.keeper.drop(p.pid)
	if unreaped {
		err = p.cmd.Wait()
	}
	p.pid = -p.pid // no signal may reach the number again
	_ = p.lifeline.Close()
	p.mu.Unlock()
	killStrays(p.socketDir)
	select {
	case <-read:
	case <-time.After(pipeGrace):
	}
	_ = errors.Join(stdout.Close(), stderr.Close())
	<-read
	p.waitErr = err
	close(p.gone)
}

// tapped gives r, and lets w see what is read from it.
func tapped(r io.Reader, w io.Writer) io.Reader {
	if w == nil {
		return r
	}
	return io.TeeReader(r, w)
}

// endLifeline closes the process's standard input, as the end of the host
// would.
func (p *process) endLifeline() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lifeline != nil {
		_ = p.lifeline.Close()
	}
}

// kill ends the process and its group now. It waits for nothing.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed = true
	if p.pid > 0 {
		killGroup(p.pid)
	}
}

// exited tells whether the process has ended.
func (p *process) exited() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// endedItself tells whether the process has ended, or is about to, without
// our doing.
func (p *process) endedItself() bool {
	select {
	case <-p.gone:
	case <-time.After(2 * pipeGrace):
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var exit *exec.ExitError
	return !p.killed || !errors.As(p.waitErr, &exit) || exit.ExitCode() >= 0
}

// Wait waits until the process has ended.
func (p *process) Wait(context.Context) error {
	<-p.gone
	return p.waitErr
}

// Kill ends the process and its group.
func (p *process) Kill(context.Context) error {
	p.kill()
	return nil
}

// Stdout gives the first line and then nothing until the process ends, so that
// no later output can block go-plugin's reader.
func (p *process) Stdout() io.ReadCloser { return p.handshake.r }

// Stderr gives nothing until the process ends: its lines go to our own log.
func (p *process) Stderr() io.ReadCloser { return io.NopCloser(endOf(p.gone)) }

// Name gives the name of the program.
func (p *process) Name() string { return filepath.Base(p.cmd.Path) }

// ID gives the number of the process, "" before it started.
func (p *process) ID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pid == 0 {
		return ""
	}
	return strconv.Itoa(max(p.pid, -p.pid))
}

// Diagnose adds nothing: the supervisor makes the error.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost lets the plugin listen in its own socket folder only.
func (p *process) PluginToHost(network, addr string) (string, string, error) {
	if runtime.GOOS == "windows" {
		return network, addr, nil
	}
	if network != "unix" || filepath.Dir(filepath.Clean(addr)) != filepath.Clean(p.socketDir) {
		return "", "", errors.New("the plugin listens outside its socket folder")
	}
	return network, addr, nil
}

// HostToPlugin is not used: no call goes from plugin to host.
func (p *process) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}

// endOf is a reader that ends when the channel is closed.
type endOf chan struct{}

func (c endOf) Read([]byte) (int, error) {
	<-c
	return 0, io.EOF
}
