//go:build unix

package sdk

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// takeStdio moves standard input and output to descriptors of our own, so that
// no library can read from the life line or print into the handshake. What is
// left at 0 is empty, and what is printed to 1 goes to standard error.
func takeStdio() (lifeline, handshake *os.File, err error) {
	in, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, nil, fmt.Errorf("move standard input: %w", err)
	}
	out, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, nil, fmt.Errorf("move standard output: %w", err)
	}
	empty, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, fmt.Errorf("empty standard input: %w", err)
	}
	defer empty.Close()
	if err := unix.Dup2(int(empty.Fd()), 0); err != nil {
		return nil, nil, fmt.Errorf("empty standard input: %w", err)
	}
	if err := unix.Dup2(2, 1); err != nil {
		return nil, nil, fmt.Errorf("join standard output with standard error: %w", err)
	}
	return os.NewFile(uintptr(in), "lifeline"), os.NewFile(uintptr(out), "handshake"), nil
}
