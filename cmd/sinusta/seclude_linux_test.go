package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The environment of the search holds the secrets of all systems. A plugin
// gets its own only, and must not find the others below /proc: it has the
// same account.
func TestNobodyReadsTheEnvironmentOfTheSearch(t *testing.T) {
	const canary = "sinusta-test-canary"
	other := os.Getuid()
	if other == 0 {
		other = 65534 // root can read everything
	}
	as := func(cmd *exec.Cmd) *exec.Cmd {
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(other), Gid: uint32(other), NoSetGroups: true}}
		}
		return cmd
	}
	self, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	// A command that writes more than a pipe takes, and so waits for us.
	cmd := as(sinusta(t, "completion", "bash"))
	cmd.Path, cmd.ExtraFiles = "/proc/self/fd/3", []*os.File{self} // whoever may enter the folder of the tests
	cmd.Dir = "/"
	cmd.Env = append(cmd.Env, "OTHER_DSN="+canary, "HOME=/")
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := unix.FcntlInt(in.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = in
	err = cmd.Start()
	_ = in.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	// It runs its command once it writes, and then waits for the reader.
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"environ", "maps", "mem"} {
		path := fmt.Sprintf("/proc/%d/%s", cmd.Process.Pid, file)
		reader := as(exec.CommandContext(t.Context(), "/bin/head", "-c", "100000", path))
		reader.Dir = "/"
		raw, err := reader.CombinedOutput()
		if err == nil || strings.Contains(string(raw), canary) || !strings.Contains(string(raw), "denied") {
			t.Errorf("a process of the same account reads %s: %v", path, err)
		}
	}
}
