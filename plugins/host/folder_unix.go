//go:build unix

package host

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// private refuses a folder that somebody else has made or can enter.
func private(path string) error {
	var s unix.Stat_t
	if err := unix.Lstat(path, &s); err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if s.Mode&unix.S_IFMT != unix.S_IFDIR || int(s.Uid) != os.Getuid() || s.Mode&0o077 != 0 {
		return fmt.Errorf("%s is no folder of this user alone; remove it", path)
	}
	return nil
}

// lockFile opens and locks the file; when somebody else holds it, it waits or
// fails.
func lockFile(path string, wait bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	how := unix.LOCK_EX
	if !wait {
		how |= unix.LOCK_NB
	}
	if err := unix.Flock(int(f.Fd()), how); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}
