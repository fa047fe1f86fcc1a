//go:build unix

package main

import "syscall"

// noDumps keeps the memory of this process, and of every process that it
// starts, out of core files: it holds identifiers and keys in clear.
func noDumps() {
	// Lowering a limit is always allowed; there is nobody to tell if not.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
