//go:build unix

package audit

import (
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
	for _, name := range []string{"new log", "log"} {
		t.Run(name, func(t *testing.T) {
			home, err := os.MkdirTemp("", "sinusta-readonly") //nolint:usetesting // nobody may not enter t.TempDir
			if err != nil {
				t.Fatal(err)
			}
			closed := home
			t.Cleanup(func() { _ = os.Chmod(closed, 0o700); _ = os.RemoveAll(home) })
			if err := InitKeys(home); err != nil {
				t.Fatal(err)
			}
			if name == "log" {
				fillLog(t, open(t, home), 3)
				closed = filepath.Join(home, "audit")
				for _, path := range []string{entriesPath(home), hashesPath(home), logLockPath(home)} {
					if err := os.Chmod(path, 0o400); err != nil {
						t.Fatal(err)
					}
				}
			}
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := osexec.CommandContext(t.Context(), exe)
			if asRoot {
				err := filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
					if err != nil {
						return err
					}
					return os.Chown(path, nobody, nobody)
				})
				if err != nil {
					t.Fatal(err)
				}
				cmd.Path = "/proc/self/exe" // nobody may not enter the folder of the test binary
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
				cmd.Dir = "/"
			}
			if err := os.Chmod(closed, 0o500); err != nil {
				t.Fatal(err)
			}
			cmd.Env = append(os.Environ(), "SINUSTA_AUDIT_CHILD=open", "SINUSTA_AUDIT_HOME="+home)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(out), "true ") || !strings.Contains(string(out), "write access") {
				t.Errorf("%s, want ErrReadOnly with its remedy", out)
			}
		})
	}
}
