package host

import (
	"io"
	"log/slog"
	"os"
	"runtime"
	"time"
)

// Options are the settings of a host. The zero value is a working host.
type Options struct {
	// Executable runs the built-in plugins as `plugin serve <name>`. The
	// default is the running program itself, by /proc/self/exe where there is
	// one, so that an upgrade cannot put another version under us.
	Executable string
	// Home is the working folder of plugins: relative paths of their
	// configurations count from it. The default is the current folder.
	Home string
	// Log takes what plugins log, and what befalls them; the default drops it.
	Log *slog.Logger
	// MaxStarts bounds how many plugins start at the same time; the default
	// is twice the number of processors in use.
	MaxStarts int
	// Builtins are the names that `plugin:` may have; nil skips the check.
	Builtins []string
	// MemoryLimit is each plugin's GOMEMLIMIT in bytes unless its Spec has one
	// of its own; the default is 512 MiB.
	MemoryLimit int64
	// Lock names the programs that may run. With nil any program may, as one
	// that is being written is tried.
	Lock *Lock
	// Idle is how long the process of a session that ended well is kept for
	// the next one of an equal Spec; 0 ends it with its session.
	Idle time.Duration
	// Quarantine says when a plugin that fails is not started any more.
	Quarantine Quarantine
	// Deadlines are the bounds of every wait; a zero member is its default.
	Deadlines Deadlines
	// RawStdout and RawStderr get what plugins write to their standard output
	// and error, as it is. They are for tests of plugins with synthetic people
	// only: what comes there is not blanked. They are written to by several
	// goroutines; nil drops it.
	RawStdout, RawStderr io.Writer

	// clock is changed by tests only.
	clock clock
}

// Deadlines bound the waits for a plugin.
type Deadlines struct {
	Start   time.Duration // from the start of the process to its handshake; 10 s
	Health  time.Duration // for the first answer; 3 s
	Silence time.Duration // the longest silence of a running search; 30 s
	Check   time.Duration // for a check of the system; 5 min
	Close   time.Duration // for the plugin's own farewell; 2 s
	Kill    time.Duration // for the end of the process; 3 s
}

func (o Options) withDefaults() Options {
	if o.Executable == "" {
		o.Executable = self()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxStarts <= 0 {
		o.MaxStarts = 2 * runtime.GOMAXPROCS(0)
	}
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = 512 << 20
	}
	if o.clock.since == nil {
		o.clock = systemClock()
	}
	d := &o.Deadlines
	for _, v := range []struct {
		have  *time.Duration
		usual time.Duration
	}{
		{&d.Start, 10 * time.Second}, {&d.Health, 3 * time.Second}, {&d.Silence, 30 * time.Second},
		{&d.Check, 5 * time.Minute}, {&d.Close, 2 * time.Second}, {&d.Kill, 3 * time.Second},
	} {
		if *v.have <= 0 {
			*v.have = v.usual
		}
	}
	return o
}

// self gives the path of the running program.
func self() string {
	const link = "/proc/self/exe"
	if _, err := os.Readlink(link); err == nil {
		return link
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}
