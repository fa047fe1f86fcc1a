//go:build !linux

package sdktest

// networkSockets is not known on this operating system.
func networkSockets(int) (n int, known bool) { return 0, false }

// descriptors is not known on this operating system.
func descriptors(int) (n int, known bool) { return 0, false }

// resident is not known on this operating system.
func resident(int) (n int64, known bool) { return 0, false }
