//go:build !linux

package host

// renounce does nothing here.
func renounce() {}

// noCore does nothing here.
func noCore(int) {}
