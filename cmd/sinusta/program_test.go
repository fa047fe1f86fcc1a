package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// program builds the program as users have it, without the race detector.
func program(tb testing.TB) string {
	tb.Helper()
	built, err := buildProgram()
	if err != nil {
		tb.Fatal(err)
	}
	return built
}

// programFolder is where it stands; TestMain removes it.
var programFolder = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "sinusta-program") })

var buildProgram = sync.OnceValues(func() (string, error) {
	dir, err := programFolder()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "sinusta")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// tests runs the tests and removes the program that was built for them.
type tests struct{ m *testing.M }

func (t tests) Run() int {
	code := t.m.Run()
	if dir, err := programFolder(); err == nil {
		_ = os.RemoveAll(dir)
	}
	return code
}
