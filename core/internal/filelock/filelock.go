// Package filelock takes the operating system's lock on an open file. The
// system frees it when the file is closed or the process dies, however it
// dies.
package filelock

import "errors"

// ErrLocked tells that another open file holds the lock.
var ErrLocked = errors.New("locked")
