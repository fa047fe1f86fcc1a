//go:build !unix

package host

import (
	"os"
	"os/exec"
)

// confine does nothing: the life line alone ends a plugin whose host died.
func confine(*exec.Cmd) {}

// detach does nothing: there is no signal that would reach a child.
func detach(*exec.Cmd) {}

// sealDescriptors has nothing to do: handles are inherited by name only.
func sealDescriptors() {}

// awaitExit does not wait here, and says so: the caller's Wait does.
func awaitExit(int) bool { return false }

func killGroup(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
