package sdk_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/plugins/host"
	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

// The plugin of the README is built as the program that an integrator ships,
// and keeps the rules of the protocol.
func TestThePluginOfTheREADME(t *testing.T) {
	dir, err := os.MkdirTemp("", "rm") //nolint:usetesting // sockets need a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	program := filepath.Join(dir, "csv-tickets")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./testdata/tickets")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("tickets.csv", "1,maija.esimerkki@example.fi,Tulostin ei toimi\n2,Maija.Esimerkki@example.fi,Salasana unohtui taas\n"+
		"3,pekka.esimerkki@example.fi,Uusi työasema\n4,iso@example.fi,"+strings.Repeat("0123456789abcdef", 5<<16)+"\n"+
		"5,latin@example.fi,\xc4killinen vika\n")
	write("empty.csv", "")
	var crowd strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&crowd, "%d,kaikki@example.fi,Yhteinen\n", i)
	}
	write("crowd.csv", crowd.String())
	suite, err := os.ReadFile("testdata/tickets/suite.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write("suite.yaml", string(suite))
	s, err := sdktest.ReadSuite(t.Context(), filepath.Join(dir, "suite.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Program, err = host.OpenProgram(program); err != nil {
		t.Fatal(err)
	}
	defer s.Program.Close()
	s.Strict = true
	sdktest.Run(t, s)
}

// The README shows the program that is tested, to the letter.
func TestTheREADMEShowsThePlugin(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"main.go", "suite.yaml"} {
		code, err := os.ReadFile(filepath.Join("testdata", "tickets", file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(readme), "\n"+strings.TrimSpace(string(code))+"\n```\n") {
			t.Errorf("the README does not show testdata/tickets/%s as it is", file)
		}
	}
}
