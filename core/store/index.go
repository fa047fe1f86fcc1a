package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/sinusta/sinusta/core/filelock"
)

// IndexPlace is where the search index of a request may lie on disk, below
// data/index, and the key under which everything in it is sealed. Erase removes
// the folder; without the request's key no copy of it can be read.
type IndexPlace struct {
	Dir string
	// Key is 32 bytes, derived from the request's key for this purpose alone.
	Key []byte
}

// IndexPlace gives the place of the request's search index. The folder need
// not exist.
func (f *File) IndexPlace() IndexPlace {
	return IndexPlace{Dir: f.store.indexDir(f.id), Key: slices.Clone(f.seal.indexKey)}
}

// LockIndex takes the index of the request for this process, and waits for it
// until ctx is done: ErrBusy. The lock ends with unlock, or with the process.
func (f *File) LockIndex(ctx context.Context) (unlock func(), err error) {
	unlock, err = filelock.Wait(ctx, f.store.indexLockPath(f.id))
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("the search index of request %s is %w", f.id, ErrBusy)
	}
	return unlock, explain("lock the search index of request "+f.id, err)
}

func (s *Store) indexDir(request string) string {
	return filepath.Join(s.home, "data", "index", request)
}

func (s *Store) indexLockPath(request string) string {
	return filepath.Join(s.home, "data", "locks", request+".index.lock")
}

// removeIndex removes the search index of a request.
func (s *Store) removeIndex(request string) error {
	err := os.RemoveAll(s.indexDir(request))
	_ = os.Remove(s.indexLockPath(request)) // empty, and made again when it is wanted
	return err
}

// nonceSize is the length of the random nonce at the beginning of a blob
// (cipher.NewGCMWithRandomNonce).
const nonceSize = 12

func versionOf(blob []byte) string { return string(blob[:min(nonceSize, len(blob))]) }
