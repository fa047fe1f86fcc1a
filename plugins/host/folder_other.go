//go:build !unix

package host

import (
	"fmt"
	"os"
)

// private trusts the folder: plugins have no sockets in it here.
func private(string) error { return nil }

// lockFile creates the file, which cannot be deleted while it is open.
func lockFile(path string, _ bool) (*os.File, error) {
	_ = os.Remove(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	return f, nil
}
