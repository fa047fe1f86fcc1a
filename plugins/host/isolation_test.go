//go:build linux

package host

import (
	"context"
	"crypto/elliptic"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A plugin has nothing open that the coordinator has, also what somebody
// opened to be inherited: a shell, a service manager, a library in C.
func TestAPluginInheritsNoDescriptor(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "store.db")
	fd, err := syscall.Open(secret, syscall.O_CREAT|syscall.O_RDWR, 0o600) // without O_CLOEXEC
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	h := testHost(t)
	a, b := start(t, h, specOf(nil)), start(t, h, specOf(nil))
	keeper := h.shared.launcher.keeper.cmd.Process.Pid
	host := descriptors(t, os.Getpid())
	if !slices.Contains(host, secret) {
		t.Fatalf("the host has %q open", host)
	}
	for name, c := range map[string]struct{ pid, shared int }{
		"a plugin": {a.PID(), 3}, "another": {b.PID(), 3}, "the keeper": {keeper, 1}} {
		open := descriptors(t, c.pid)
		if len(open) == 0 || slices.Contains(open, secret) {
			t.Errorf("%s has %q open", name, open)
		}
		// Of pipes it shares with the host its standard streams only.
		if got := common(host, open); len(got) > c.shared {
			t.Errorf("%s shares %q with the host", name, got)
		}
	}
	if got := common(descriptors(t, a.PID()), descriptors(t, b.PID())); len(got) > 0 {
		t.Errorf("two plugins share %q", got)
	}
}

// common gives the pipes and sockets that are in both.
func common(a, b []string) []string {
	var out []string
	for _, link := range a {
		if (strings.HasPrefix(link, "pipe:") || strings.HasPrefix(link, "socket:")) && slices.Contains(b, link) && !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	return out
}

func descriptors(t testing.TB, pid int) []string {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	open, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range open {
		if link, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil {
			out = append(out, link)
		}
	}
	return out
}

// What stands in the host's environment stays there.
func TestTheEnvironmentOfAPluginHoldsNothingOfTheHosts(t *testing.T) {
	t.Setenv("TICKETS_DSN", canary)
	t.Setenv("AWS_SECRET_ACCESS_KEY", canary)
	t.Setenv("HTTPS_PROXY", "http://user:"+canary+"@proxy")
	t.Setenv("PLUGIN_CLIENT_CERT", canary) // go-plugin's own names
	t.Setenv("PLUGIN_UNIX_SOCKET_DIR", canary)
	t.Setenv("GOMEMLIMIT", "1")
	t.Setenv("LC_ALL", "fi_FI.UTF-8")
	h := testHost(t)
	s := start(t, h, specOf(nil))
	keeper := h.shared.launcher.keeper.cmd.Process.Pid
	for name, pid := range map[string]int{"the plugin": s.PID(), "the keeper": keeper} {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil || len(raw) == 0 {
			t.Fatalf("environment of %s: %v", name, err)
		}
		env := strings.Split(strings.Trim(string(raw), "\x00"), "\x00")
		if strings.Contains(string(raw), canary) {
			t.Errorf("%s sees %q", name, env)
		}
		names := map[string]bool{}
		for _, kv := range env {
			key, _, _ := strings.Cut(kv, "=")
			if names[key] {
				t.Errorf("%s sees %s twice", name, key)
			}
			names[key] = true
			known := []string{"PATH", "TMPDIR", "LANG", "TZ", "GOCOVERDIR", "GOMEMLIMIT", "GOMAXPROCS", "GORACE", keeperKey,
				"SSL_CERT_FILE", "SSL_CERT_DIR", "SINUSTA_SOURCE_PLUGIN"}
			if !slices.Contains(known, key) && !strings.HasPrefix(key, "LC_") && !strings.HasPrefix(key, "PLUGIN_") {
				t.Errorf("%s sees %s", name, key)
			}
		}
		if pid == s.PID() && (!names["LC_ALL"] || slices.Contains(env, "GOMEMLIMIT=1")) {
			t.Errorf("the plugin sees %q", env)
		}
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil || strings.Contains(string(line), canary) {
			t.Errorf("the arguments of %s are %q, %v", name, line, err)
		}
	}
}

// A plugin's sockets are where the host says, whatever TMPDIR is on either
// side, and are few: no channel goes from the plugin to the host.
func TestAPluginListensInItsFolderOnly(t *testing.T) {
	for name, tmp := range map[string]string{"none": "/nonexistent/tmp", "long": "/tmp/" + strings.Repeat("long", 40)} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", tmp)
			run, err := os.MkdirTemp("/tmp", "hosttest") //nolint:usetesting // a short path: sockets are below it
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(run) })
			t.Setenv("XDG_RUNTIME_DIR", run)
			h := New(Options{Home: run})
			t.Cleanup(func() { _ = h.Close(context.Background()) })
			s := start(t, h, specOf(map[string]any{"records": 2}))
			if g := search(context.Background(), s, query()); g.err != nil || len(g.records) != 2 {
				t.Errorf("%d records, %v", len(g.records), g.err)
			}
			sockets, err := filepath.Glob(filepath.Join(h.shared.folder.path, "*", "*"))
			if err != nil || len(sockets) != 1 || !strings.HasPrefix(s.v.client.ReattachConfig().Addr.String(), run) {
				t.Errorf("sockets %q, %v", sockets, err)
			}
			for _, path := range []string{h.shared.folder.path, filepath.Dir(sockets[0])} {
				if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
					t.Errorf("%s can be entered: %v, %v", path, info.Mode(), err)
				}
			}
		})
	}
}

// Without any folder whose path is short enough there is a problem in words.
func TestWithoutAFolderForSocketsThereIsAProblem(t *testing.T) {
	// Neither can be made: a file is in the way.
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := folderIn(filepath.Join(file, "sinusta")); err == nil {
		t.Error("a folder below a file")
	}
	_, err := folderIn("/tmp/" + strings.Repeat("x", 60))
	if err == nil || !strings.Contains(err.Error(), "too long for sockets") {
		t.Errorf("error %v", err)
	}
}

// The keys are P-256: P-521, as AutoMTLS has it, makes a start several times
// dearer and fails in some libraries.
func TestTheKeysAreCheapAndTheirCertificatesServeOneSide(t *testing.T) {
	id, err := newIdentity(x509.ExtKeyUsageClientAuth)
	if err != nil {
		t.Fatal(err)
	}
	if got := id.leaf.PublicKey.(interface{ Params() *elliptic.CurveParams }).Params().Name; got != elliptic.P256().Params().Name {
		t.Errorf("curve %s", got)
	}
	if id.leaf.IsCA || len(id.leaf.ExtKeyUsage) != 1 {
		t.Errorf("certificate %+v", id.leaf)
	}
}
