package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
)

// A question that is put again to a system finds the process of the one before.
func TestARetryStartsNoNewProcess(t *testing.T) {
	dir := t.TempDir()
	if code := run([]string{"demo", "--dir", dir, "--people", "20"}, strings.NewReader(""), io.Discard, os.Stderr); code != exitDone {
		t.Fatalf("demo: exit code %d", code)
	}
	a, err := app.Open(context.Background(), filepath.Join(dir, "home"), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(context.Background())
	pids := map[int]bool{}
	for range 3 {
		s, err := a.Start(context.Background(), "V6.1")
		if err != nil {
			t.Fatal(err)
		}
		pids[s.PID()] = true
		if _, err := s.Check(context.Background()); err != nil {
			t.Error(err)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if len(pids) != 1 {
		t.Errorf("%d processes", len(pids))
	}
}
