package audit

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// An account without a name is told by its number, whatever the environment
// says.
func TestEnvironmentNamesNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("SINUSTA_REQUIRE_ROOT") == "1" {
			t.Fatal("only root can act as another account")
		}
		t.Skip("only root can act as another account")
	}
	const unnamed = 54321
	home, err := os.MkdirTemp("", "sinusta-account") //nolint:usetesting // the account may not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	if err := InitKeys(home); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, unnamed, unnamed)
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.CommandContext(t.Context(), "/proc/self/exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: unnamed, Gid: unnamed}}
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "SINUSTA_AUDIT_CHILD=account", "SINUSTA_AUDIT_HOME="+home, "USER=root", "LOGNAME=root", "USERNAME=root", "HOME=/root")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil || strings.TrimSpace(string(out)) != "uid-54321" {
		t.Errorf("the account is %s (%v)", out, err)
	}
}

func TestNameOfAnAccount(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/bash\n#old:x:7:7::/:\nclerk:x:7:7:Testi Testinen:/home/clerk:/bin/sh\nbroken\n"
	for uid, want := range map[string]string{"0": "root", "7": "clerk", "8": ""} {
		if got := nameIn(strings.NewReader(passwd), uid); got != want {
			t.Errorf("%s is %q, want %q", uid, got, want)
		}
	}
}
