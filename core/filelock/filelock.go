// Package filelock takes the operating system's lock on an open file. The
// system frees it when the file is closed or the process dies, however it
// dies.
package filelock

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// ErrLocked tells that another open file holds the lock.
var ErrLocked = errors.New("locked")

// pause is how long Wait lets a lock be before it tries again.
const pause = 20 * time.Millisecond

// Take locks the file at path, which it makes for its owner alone if need be,
// or gives ErrLocked at once. unlock frees it; a second call does nothing. The
// file stays: removing it would give a lock to two.
func Take(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := Try(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	// Closing frees the lock.
	return sync.OnceFunc(func() { _ = f.Close() }), nil
}

// Wait is Take when the lock comes free. It gives the error of ctx when that
// is done before.
func Wait(ctx context.Context, path string) (unlock func(), err error) {
	for {
		unlock, err := Take(path)
		if !errors.Is(err, ErrLocked) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}
