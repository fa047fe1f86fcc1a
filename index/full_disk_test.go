//go:build linux || darwin

package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fullPlace makes this test binary a process that may write small files only.
const fullPlace = "SINUSTA_TEST_INDEX_FULL"

// fillDisk builds an index, takes the room away, and goes on.
func fillDisk(p Place) {
	// The system sends a signal at the limit; ignored, writes fail as on a full
	// disk.
	signal.Ignore(syscall.SIGXFSZ)
	limit := func(bytes uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: 1 << 40}); err != nil {
			fmt.Println("no limit:", err)
			os.Exit(5)
		}
	}
	docs := generated(500)
	s := newShelf(docs...)
	follow := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		ix, _, err := Follow(ctx, p, "test", s.entries(), s.load)
		if err == nil {
			err = ix.Close()
		}
		return err
	}
	report := func(step string, err error) {
		_, left := os.Stat(p.Dir)
		fmt.Printf("%s: full=%v left=%v\n", step, errors.Is(err, ErrFull), left == nil)
	}
	if err := follow(); err != nil {
		fmt.Println("with room:", err)
		os.Exit(6)
	}
	for i := range 100 {
		docs[i].Text = passages(strings.Repeat("muuttunut teksti ", 60))
		s.put(docs[i])
	}
	limit(80_000)
	report("update", follow())
	report("build", follow())
	limit(1 << 39)
	report("room again", follow())
	os.Exit(0)
}

// A full disk gives a clear error, leaves nothing half-written, and hangs
// nowhere, though Bleve retries in the background for ever.
func TestAFullDisk(t *testing.T) {
	p := newPlace(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), fullPlace+"="+p.Dir)
	out, err := cmd.CombinedOutput()
	want := "update: full=true left=false\nbuild: full=true left=false\nroom again: full=false left=true\n"
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
}
