// Package durable writes files that are on the disk, whole, when a call
// returns. Files are for their owner alone.
package durable

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// WriteNew writes a file that must not exist: errors.Is(err, os.ErrExist)
// when it does. A fault leaves nothing behind.
func WriteNew(path string, data []byte) error {
	if err := write(path, os.O_EXCL, data); err != nil {
		if !errors.Is(err, os.ErrExist) {
			_ = os.Remove(path) // half a file would only be in the way
		}
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// Replace puts a whole file in the place of what is there, if anything. Who
// reads meanwhile sees the one or the other. The caller sees to it that nobody
// else replaces the same file at the same time.
func Replace(path string, data []byte) error {
	beside := path + ".new" // one name, so that a crash leaves one file at the most
	if err := write(beside, os.O_TRUNC, data); err != nil {
		_ = os.Remove(beside)
		return err
	}
	if err := os.Rename(beside, path); err != nil {
		_ = os.Remove(beside)
		return err
	}
	return SyncDir(filepath.Dir(path))
}

func write(path string, how int, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|how, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// SyncDir makes creations, renames and removals in a folder lasting. Windows
// has no such call, and does it by itself.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
