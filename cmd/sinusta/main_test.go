package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary stand for sinusta: for its plugin processes,
// and for the scripts.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "plugin" && os.Args[2] == "serve" {
		if code, done := serveFake(os.Args[len(os.Args)-1]); done {
			os.Exit(code)
		}
	}
	if len(os.Args) > 2 && os.Args[1] == "plugin" && os.Args[2] == "serve" || os.Getenv("SINUSTA_TEST_AS_BINARY") == "1" {
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	testscript.Main(tests{m}, map[string]func(){"sinusta": func() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"acme-crm": func() { serveAcme("acme-crm", "1.4.0") }, "acme-crm-2": func() { serveAcme("acme-crm", "2.0.0") },
		"acme-sql": func() { serveAcme("sql", "9.0.0") }})
}

func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SINUSTA_HOME", filepath.Join(env.WorkDir, "home"))
			// Sockets need a short path.
			env.Setenv("TMPDIR", os.TempDir())
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exit": exitCode, "appendfile": appendFile, "replace": replace, "envfile": envFile,
			"install": install, "sign": sign},
	})
}

// exitCode runs a command and demands its exit code: `exit 2 sinusta foo`.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		// testscript hides the error's type behind its own.
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("%s: exit code %s, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// appendFile adds a line to a file: `appendfile FILE LINE`.
func appendFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: appendfile FILE LINE")
	}
	path := ts.MkAbs(args[0])
	raw, err := os.ReadFile(path)
	ts.Check(err)
	ts.Check(os.WriteFile(path, append(raw, "\n"+args[1]+"\n"...), 0o600))
}

// envFile sets a variable to the only line of a file: `envfile NAME FILE`.
func envFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: envfile NAME FILE")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

// replace changes the first of a text in a file: `replace FILE OLD NEW`.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	path := ts.MkAbs(args[0])
	raw, err := os.ReadFile(path)
	ts.Check(err)
	if !strings.Contains(string(raw), args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, []byte(strings.Replace(string(raw), args[1], args[2], 1)), 0o600))
}

// sinusta gives a command that runs the binary with args.
func sinusta(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "SINUSTA_TEST_AS_BINARY=1")
	return cmd
}

// lacks ends a test for which the machine lacks something: on a laptop it is
// skipped, and where the environment demands it, as CI does, it fails.
func lacks(t testing.TB, demand, what string) {
	t.Helper()
	if os.Getenv(demand) == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// What CI demands: that servers and a browser are installed, and that the
// tests may mount disks and give files away.
const (
	requireServers = "SINUSTA_REQUIRE_SERVERS"
	requireRoot    = "SINUSTA_REQUIRE_ROOT"
)
