package audit

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

func entriesPath(home string) string     { return filepath.Join(home, "audit", "entries.jsonl") }
func hashesPath(home string) string      { return filepath.Join(home, "audit", "hashes") }
func checkpointsPath(home string) string { return filepath.Join(home, "audit", "checkpoints") }

// anchorPath is a copy of the newest checkpoint outside audit/, so that cutting
// off the log together with its checkpoints is seen.
func anchorPath(home string) string { return filepath.Join(home, "keys", "audit.checkpoint") }

func logLockPath(home string) string { return filepath.Join(home, "audit", "lock") }

// readSmall reads a key or a note: a file that is never large.
func readSmall(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() // only read
	data, err := io.ReadAll(io.LimitReader(f, 1<<16))
	return string(data), err
}

// writeNew writes a file that must not exist, readable for the owner alone,
// and returns when it is on the disk.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := fill(f, data); err != nil {
		_ = os.Remove(path) // half a file would only be in the way
		return err
	}
	return syncDir(filepath.Dir(path))
}

// replace puts a whole file in place at once.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	err = fill(f, data)
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return syncDir(filepath.Dir(path))
}

func fill(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes creations and removals in a folder lasting. Windows has no
// such call, and does it by itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
