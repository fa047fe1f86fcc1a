package host

import (
	"os/exec"
	"runtime"
	"sync"
)

// launcher starts processes from one thread that lives as long as the host.
// The kernel sends a child its parent-death signal when the thread that forked
// it ends, not the process (golang/go#27505); the threads of other goroutines
// come and go.
type launcher struct {
	jobs   chan launch
	once   sync.Once
	done   chan struct{}
	keeper *keeper
}

type launch struct {
	cmd    *exec.Cmd
	result chan<- error
}

// newLauncher gives a launcher whose keeper is run by executable. folder is
// that of the host.
func newLauncher(executable, folder string) *launcher {
	l := &launcher{jobs: make(chan launch), done: make(chan struct{}),
		keeper: &keeper{executable: executable, folder: folder, groups: map[int]struct{}{}}}
	go func() {
		defer close(l.done)
		// Never unlocked: when the loop ends the thread does, and what the
		// host could not end ends with it.
		runtime.LockOSThread()
		renounce()
		for j := range l.jobs {
			sealDescriptors()
			err := j.cmd.Start()
			if err == nil {
				noCore(j.cmd.Process.Pid)
				l.keeper.add(j.cmd.Process.Pid)
			}
			j.result <- err
		}
	}()
	return l
}

// start starts cmd. It must not be called after close.
func (l *launcher) start(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	l.jobs <- launch{cmd, result}
	return <-result
}

func (l *launcher) close() {
	l.once.Do(func() { close(l.jobs) })
	<-l.done
	l.keeper.close()
}
