//go:build unix

package filessource

import (
	"os"
	"syscall"
)

// openFlags open a file for reading, and do not wait where a pipe has taken its
// place.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK | syscall.O_NOFOLLOW
