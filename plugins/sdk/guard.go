package sdk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/sinusta/sinusta/core"
)

// guard calls f and makes a panic an error of ClassBug, and so runtime.Goexit,
// which would leave the caller waiting for ever: f runs in a goroutine of its
// own. What was panicked with may hold anything and is dropped; the stack
// stays, as places in the code and as a hash by which two reports of one bug
// are told to be the same.
func guard(f func() error) error {
	result := make(chan error, 1)
	go func() {
		returned := false
		defer func() {
			switch {
			case recover() != nil:
				hash, places := stack()
				result <- broken("the plugin panicked (stack %s, at %s); what it panicked with is left out, since it may hold values",
					hash, places)
			case !returned:
				result <- broken("the plugin ended the goroutine of the call (runtime.Goexit)")
			}
		}()
		err := f()
		returned = true
		result <- err
	}()
	return <-result
}

func broken(format string, args ...any) error {
	return &core.Problem{Class: core.ClassBug, Origin: core.OriginPlugin, Message: fmt.Sprintf(format, args...)}
}

// stack gives a hash of the stack that panicked and its first places.
func stack() (hash, places string) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	sum := sha256.New()
	for n := 0; ; {
		f, more := frames.Next()
		fmt.Fprintf(sum, "%s:%d\n", f.Function, f.Line)
		if n < 3 && filepath.Base(filepath.Dir(f.File)) != "runtime" {
			places += fmt.Sprintf(" %s:%d", filepath.Base(f.File), f.Line)
			n++
		}
		if !more {
			break
		}
	}
	if places != "" {
		places = places[1:]
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], places
}
