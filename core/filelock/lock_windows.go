package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// Try locks f for this open file alone, without waiting. It gives ErrLocked
// when another open file holds the lock, of this process or another.
func Try(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return ErrLocked
	}
	return err
}
