//go:build unix

package filessource

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// Files and folders that the account may not read are told. Root may read
// everything, so the test goes on as nobody then.
func TestWhatTheAccountMayNotReadIsTold(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	s := newShare(t)
	s.write("a.txt", "tunnus 010190-900P")
	closed := s.write("b.txt", "tunnus 010190-900P")
	s.write("kansio/c.txt", "tunnus 010190-900P")
	for _, path := range []string{closed, filepath.Join(s.dir, "kansio")} {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(path, 0o700)
	}
	a := s.finds(by(t, person, "010190-900P"), "a.txt")
	if !a.tells(core.ClassPartial, "may not read it") || !a.tells(core.ClassPartial, "1 folders could not be listed") {
		t.Errorf("told %+v", a.notices)
	}
}

// asNobody runs the test once more, under an account that file rights bind.
func asNobody(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("run it as somebody who is not root")
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("", "sinusta-rights") //nolint:usetesting // nobody may not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Env, cmd.Dir = append(os.Environ(), "TMPDIR="+dir), "/"
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}
