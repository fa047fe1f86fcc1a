//go:build unix

package filelock

import (
	"errors"
	"os"
	"syscall"
)

// Try locks f for this open file alone, without waiting. It gives ErrLocked
// when another open file holds the lock, of this process or another.
func Try(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return ErrLocked
		default:
			return err
		}
	}
}
