// Package keyfile holds a file with a secret key against what other accounts
// may do with it.
package keyfile

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Check gives an error that says what is wrong and what to do, when others
// than the owner may read the file or replace it, or when it belongs to somebody else than
// this account or root. info is that of the file. Windows has no such bits; there the
// folder's access list decides.
func Check(path string, info os.FileInfo) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	if m := info.Mode().Perm(); m&0o077 != 0 {
		return fmt.Errorf("others may read %s (mode %04o): run `chmod 600 %s`", path, m, path)
	}
	dir := filepath.Dir(path)
	di, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if m := di.Mode().Perm(); m&0o022 != 0 {
		return fmt.Errorf("others may replace files in %s (mode %04o): run `chmod 700 %s`", dir, m, dir)
	}
	for _, f := range []struct {
		path string
		info os.FileInfo
	}{{path, info}, {dir, di}} {
		if owner, ok := foreign(f.info); ok {
			return fmt.Errorf("%s belongs to account %d, who may replace it: run Sinusta as that account, or `chown` the installation to the one that runs it",
				f.path, owner)
		}
	}
	return nil
}
