//go:build !linux

package host

import (
	"errors"
	"net"
)

// ofGroup cannot tell who listens here.
func ofGroup(net.Conn, int) error {
	return errors.New("the transport unix-private works on Linux only")
}
