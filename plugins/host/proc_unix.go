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

// awaitExit does not wait here, and says so: the caller's Wait does.
func awaitExit(int) bool { return false }

func killGroup(pid int) { _ = unix.Kill(-pid, unix.SIGKILL) }
