//go:build linux

package host

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// program gives what the test binary does under the name of an external
// program, nil under its own.
func program(name string) func() error {
	switch name {
	case "acme-crm":
		return func() error { return sdk.Serve(fake("acme-crm")) }
	case "foreign", "foreign-no-tls":
		return func() error { return serveForeign(name) }
	case "liar":
		return serveLiar
	case "proxy":
		return serveProxy
	case "listener":
		return func() error {
			mute(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"))
			time.Sleep(time.Minute)
			return nil
		}
	default:
		return nil
	}
}

// serveForeign speaks the protocol as a plugin in another language does: it
// reads nothing from standard input but its end, and leaves TLS to go-plugin.
func serveForeign(name string) error {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	if name == "foreign-no-tls" { // it has never heard of TLS
		if err := os.Unsetenv("PLUGIN_CLIENT_CERT"); err != nil {
			return err
		}
	}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: goplugin.HandshakeConfig{ProtocolVersion: sourcepb.ProtocolVersion,
			MagicCookieKey: sourcepb.CookieKey, MagicCookieValue: sourcepb.CookieValue},
		VersionedPlugins: map[int]goplugin.PluginSet{sourcepb.ProtocolVersion: {
			sourcepb.PluginName: &sourcepb.GRPCPlugin{Impl: &raw{name: name}}}},
		GRPCServer: goplugin.DefaultGRPCServer,
	})
	return nil
}

// serveLiar shows a certificate and then speaks without TLS.
func serveLiar() error {
	own, err := newIdentity(0)
	if err != nil {
		return err
	}
	path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	fmt.Printf("1|1|unix|%s|grpc|%s\n", path, base64.RawStdEncoding.EncodeToString(own.cert.Certificate[0]))
	return grpc.NewServer().Serve(l)
}

// serveProxy lets a process outside its group listen in its place.
func serveProxy() error {
	dir := os.Getenv("PLUGIN_UNIX_SOCKET_DIR")
	cmd := exec.Command("/proc/self/exe")
	cmd.Args[0] = "listener"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	for {
		// The file is there a moment before anybody listens.
		if conn, err := net.Dial("unix", filepath.Join(dir, "mute")); err == nil {
			_ = conn.Close()
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	fmt.Printf("1|1|unix|%s|grpc|\n", filepath.Join(dir, "mute"))
	return cmd.Wait()
}

// install copies the test binary to dir under a name.
func install(t testing.TB, dir, name string) string {
	t.Helper()
	self, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(f, self)
	if closing := f.Close(); err != nil || closing != nil {
		t.Fatal(err, closing)
	}
	return path
}

// opened opens a program until the end of the test.
func opened(t testing.TB, path string) *Program {
	t.Helper()
	p, err := OpenProgram(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// upgrade is what the test binary does as a coordinator whose own file is
// replaced or deleted under it: it starts a built-in plugin and says who came.
func upgrade(how string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.Remove(self); err != nil {
		return err
	}
	if how == "replace" {
		if err := os.WriteFile(self, []byte("#!/bin/sh\necho I am the next version\n"), 0o700); err != nil { //nolint:gosec // a program
			return err
		}
	}
	h := New(Options{})
	s, err := h.Start(context.Background(), specOf(nil))
	if err != nil {
		return err
	}
	fmt.Println(s.Description().Name, s.Description().Version)
	return h.Close(context.Background())
}
