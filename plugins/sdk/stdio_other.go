//go:build !unix

package sdk

import "os"

// takeStdio gives standard input and output as they are: descriptors cannot be
// moved here. What goes through os.Stdout later is caught by go-plugin.
func takeStdio() (lifeline, handshake *os.File, err error) { return os.Stdin, os.Stdout, nil }
