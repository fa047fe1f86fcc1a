//go:build unix && !linux

package host

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// confine gives the process a group of its own, to be killed with whatever it
// starts. The life line alone ends it when the host dies.
func confine(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// detach gives the process a session of its own, out of reach of the signals
// that end the host.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// sealDescriptors relies on Go, which opens everything so that no child has it.
func sealDescriptors() {}

// awaitExit does not wait here, and says so: the caller's Wait does.
func awaitExit(int) bool { return false }

func killGroup(pid int) { _ = unix.Kill(-pid, unix.SIGKILL) }
