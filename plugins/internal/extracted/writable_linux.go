package extracted

import "golang.org/x/sys/unix"

// Writable tells whether the account may write to a place, and whether that can
// be told here.
func Writable(path string) (may, told bool) { return unix.Access(path, unix.W_OK) == nil, true }
