package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// maxFolder bounds the path of a host's folder: the path of a socket may have
// 103 bytes, and go-plugin adds up to 42.
const maxFolder = 60

// folder is a host's own folder for sockets. It is locked while the host
// lives, so that a later host can tell it from one that a killed host left.
type folder struct {
	path string
	lock *os.File
	// parent is set when it was made for this folder alone.
	parent string
}

// newFolder makes a folder that only this user can enter, and removes those
// that dead hosts of this user have left.
func newFolder() (*folder, error) {
	var errs []error
	for _, parent := range parents() {
		f, err := folderIn(parent)
		if err == nil {
			return f, nil
		}
		errs = append(errs, err)
	}
	// Somebody may sit on every known name.
	if parent, err := os.MkdirTemp(os.TempDir(), "sinusta-"); err == nil {
		f, err := folderIn(parent)
		if err == nil {
			f.parent = parent
			return f, nil
		}
		errs = append(errs, err, os.RemoveAll(parent))
	}
	return nil, fmt.Errorf("make a folder for sockets; set TMPDIR to a short path that can be written: %w",
		errors.Join(errs...))
}

// parents gives the places to try, the best first.
func parents() []string {
	var out []string
	if run := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(run) {
		out = append(out, filepath.Join(run, "sinusta"))
	}
	mine := "sinusta-" + strconv.Itoa(os.Getuid())
	return append(out, filepath.Join(os.TempDir(), mine), filepath.Join("/tmp", mine))
}

func folderIn(parent string) (*folder, error) {
	if len(parent)+len("/4194304-1234567890") > maxFolder {
		return nil, fmt.Errorf("the path %s is too long for sockets", parent)
	}
	if err := os.Mkdir(parent, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("make %s: %w", parent, err)
	}
	if err := private(parent); err != nil {
		return nil, err
	}
	// One host at a time makes and sweeps, so that no folder is swept between
	// being made and being locked.
	gate, err := lockFile(filepath.Join(parent, "lock"), true)
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	sweep(parent)
	path, err := os.MkdirTemp(parent, strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, fmt.Errorf("make a folder in %s: %w", parent, err)
	}
	lock, err := lockFile(filepath.Join(path, "lock"), false)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &folder{path: path, lock: lock}, nil
}

// sweep removes the folders in parent that nobody holds. It removes nothing
// that does not look like a host's folder.
func sweep(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		at := filepath.Join(parent, e.Name(), "lock")
		if _, err := os.Lstat(at); !e.IsDir() || err != nil {
			continue
		}
		lock, err := lockFile(at, false)
		if err != nil {
			continue // its host lives
		}
		_ = os.RemoveAll(filepath.Dir(at))
		_ = lock.Close()
	}
}

// remove removes the folder with everything in it.
func (f *folder) remove() error {
	err := os.RemoveAll(f.path)
	if f.parent != "" {
		err = errors.Join(err, os.RemoveAll(f.parent))
	}
	if err := errors.Join(err, f.lock.Close()); err != nil {
		return fmt.Errorf("remove the folder for sockets: %w", err)
	}
	return nil
}
