//go:build unix

package store

import (
	"encoding/json"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// Root may write everywhere, so the test goes on as nobody then.
func TestFolderThatMayNotBeWritten(t *testing.T) {
	const nobody = 65534
	asRoot := os.Geteuid() == 0
	if asRoot && runtime.GOOS != "linux" {
		t.Skip("run it as somebody who is not root")
	}
	for _, c := range []struct {
		name   string
		filled bool   // a store is there already
		closed string // the folder that may not be written
	}{
		{"new store, home", false, "."},
		{"data of a store", true, "data"},
		{"wrapped keys of a store", true, "keys/requests"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home, err := os.MkdirTemp("", "sinusta-readonly") //nolint:usetesting // nobody may not enter t.TempDir
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(filepath.Join(home, c.closed), 0o700); _ = os.RemoveAll(home) })
			if err := InitKeys(home); err != nil {
				t.Fatal(err)
			}
			if c.filled {
				s, err := Open(t.Context(), home)
				if err != nil {
					t.Fatal(err)
				}
				create(t, s)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := osexec.CommandContext(t.Context(), exe)
			if asRoot {
				giveTo(t, home, nobody)
				cmd.Path = "/proc/self/exe" // nobody may not enter the folder of the test binary
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
				cmd.Dir = "/"
			}
			if err := os.Chmod(filepath.Join(home, c.closed), 0o500); err != nil {
				t.Fatal(err)
			}
			cmd.Env = append(os.Environ(), "SINUSTA_STORE_CHILD=open", "SINUSTA_STORE_HOME="+home)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			var got answer
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
			if !got.ReadOnly || len(got.Errors) != 1 || !strings.Contains(got.Errors[0], "write access") {
				t.Errorf("%+v, want ErrReadOnly with its remedy", got)
			}
		})
	}
}

func giveTo(t *testing.T, home string, uid int) {
	t.Helper()
	err := filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, uid)
	})
	if err != nil {
		t.Fatal(err)
	}
}
