package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sinusta/sinusta/core/filelock"
)

func (s *Store) lockPath(request string) string {
	return filepath.Join(s.home, "data", "locks", request+".lock")
}

func (s *Store) lock(request string) (unlock func(), err error) {
	unlock, err = lockPath(s.lockPath(request))
	if errors.Is(err, ErrBusy) {
		return nil, fmt.Errorf("request %s is %w: another command runs it or reads it; wait until it is done", request, err)
	}
	return unlock, explain("lock request "+request, err)
}

// lockPath takes the operating system's lock on a file, which it makes if need
// be, or gives ErrBusy at once. The system frees the lock when the process
// dies, however it dies.
func lockPath(path string) (unlock func(), err error) {
	unlock, err = filelock.Take(path)
	if errors.Is(err, filelock.ErrLocked) {
		return nil, ErrBusy
	}
	return unlock, err
}

// Exclusive takes a lock of the installation in home that only those know who
// use its name: for changes of files outside the store. It waits until ctx is
// done. The system frees the lock when the process dies.
func Exclusive(ctx context.Context, home, name string) (unlock func(), err error) {
	path := filepath.Join(home, "data", "locks", name+".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil { // before the first request there is none
		return nil, explain("make the folder of locks", err)
	}
	unlock, err = filelock.Wait(ctx, path)
	return unlock, explain("lock "+name, err)
}
