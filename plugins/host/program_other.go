//go:build !linux

package host

import (
	"errors"
	"os"
	"os/exec"
)

// runsOpened tells that only a path can be run here.
const runsOpened = false

// seal has no sealed memory here.
func seal(*os.File) (*os.File, error) { return nil, errors.ErrUnsupported }

// runOpened gives a command that runs the path.
func runOpened(path string, _ *os.File) *exec.Cmd {
	return exec.Command(path)
}
