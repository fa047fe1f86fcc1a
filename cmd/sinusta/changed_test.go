package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What was answered through one connection is no answer through another: who
// turns a source to another database, or gives it another account, by its
// secret alone, has the system asked anew by the next run.
func TestAnotherSecretIsAskedAnew(t *testing.T) {
	const system = fakeSystem
	demo := runSmallDemo(t, "--people", "20", "--seed", "4")
	home := filepath.Join(demo.dir, "home")
	if err := os.WriteFile(filepath.Join(home, fakeMarker), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	put := func(name, value string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(home, name), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("first", "one")
	put("second", "one")
	from := func(name string) {
		t.Helper()
		rewire(t, home, func(s map[string]entry) {
			s[system]["config"] = map[string]any{"do": "transient", "times": 1} // it answers, after the first call
			s[system]["secrets"] = map[string]any{"password": map[string]any{"file": name}}
		})
	}
	asked := func(when string, want bool) {
		t.Helper()
		before := asks(t, home, system)
		if out, err := sinusta(t, "--home", home, "request", "run", demo.Request).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", when, err, out)
		}
		if got := asks(t, home, system) > before; got != want {
			t.Errorf("%s the system is asked: %t, want %t", when, got, want)
		}
	}
	from("first")
	asked("with a secret for the first time", true)
	asked("with nothing changed", false)
	put("first", "two")
	asked("with another value", true)
	asked("with nothing changed", false)
	put("second", "two")
	from("second")
	asked("with a secret from another place", true)
	asked("with nothing changed", false)
}

// asks counts the questions to a system, as the log has them.
func asks(t *testing.T, home, system string) (n int) {
	t.Helper()
	for line := range strings.Lines(read(t, filepath.Join(home, "audit", "entries.jsonl"))) {
		if strings.Contains(line, `"verb":"source-asked"`) && strings.Contains(line, `"object":"`+system+`"`) {
			n++
		}
	}
	if n == 0 {
		t.Fatalf("the log holds no question to %s", system)
	}
	return n
}

// A system that the catalogue got after the last run was asked by nobody: no
// coverage that lacks it says that everything was searched.
func TestCoverageOfAnotherCatalogue(t *testing.T) {
	demo := runSmallDemo(t, "--people", "20", "--seed", "4")
	home := filepath.Join(demo.dir, "home")
	coverage := func() (string, int) {
		cmd := sinusta(t, "--home", home, "coverage", demo.Request)
		out, _ := cmd.CombinedOutput() // the exit code is judged
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := coverage(); code != exitDone {
		t.Fatalf("exit code %d before any change:\n%s", code, out)
	}
	old := read(t, filepath.Join(home, "catalogue", "V2.1.yaml"))
	added := strings.Replace(old, `id: "V2.1"`, `id: "V2.9"`, 1)
	if added == old {
		t.Fatal("the catalogue has another form")
	}
	if err := os.WriteFile(filepath.Join(home, "catalogue", "V2.9.yaml"), []byte(added), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := coverage(); code != exitNotFinal || !strings.Contains(out, "request run") {
		t.Errorf("exit code %d with a system that nobody asked, and no word of the run that asks it:\n%s", code, out)
	}
}
