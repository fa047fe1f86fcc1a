//go:build unix && !linux

package host

import "errors"

// The tests of external programs run on Linux.

func program(string) func() error { return nil }

func upgrade(string) error { return errors.ErrUnsupported }
