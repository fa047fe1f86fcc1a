//go:build !unix

package main

// noDumps does nothing: this platform writes no core files by itself.
func noDumps() {}
