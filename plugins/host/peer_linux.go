package host

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// errForeignPeer is the answer of a process that the host has not started.
var errForeignPeer = errors.New("another process than the plugin listens on the plugin's socket")

// ofGroup makes sure that the process that listens at the other end of conn is
// in the process group. The kernel notes it when the socket begins to listen.
func ofGroup(conn net.Conn, group int) error {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return errors.New("the connection to the plugin is no Unix socket")
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return fmt.Errorf("look who listens: %w", err)
	}
	var peer *unix.Ucred
	var bad error
	if err := raw.Control(func(fd uintptr) {
		peer, bad = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil || bad != nil {
		return fmt.Errorf("look who listens: %w", errors.Join(err, bad))
	}
	if group <= 0 || peer.Pid <= 0 {
		return errForeignPeer
	}
	if int(peer.Pid) == group {
		return nil
	}
	if of, err := unix.Getpgid(int(peer.Pid)); err != nil || of != group {
		return errForeignPeer
	}
	return nil
}
