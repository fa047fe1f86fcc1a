package host

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// KeeperName is what the host's own program is called with, as
// `plugin serve -keeper`, to become a keeper: it calls [Keep]. No plugin can
// have that name.
const KeeperName = "-keeper"

// The cookie tells a keeper from a program that somebody started by hand.
const (
	keeperKey   = "SINUSTA_PLUGIN_KEEPER"
	keeperValue = "b1f0f3a6c3"
)

// keeperWait bounds the wait for the end of a keeper that has nothing to do.
const keeperWait = 2 * time.Second

// ErrNoHost is returned by Keep when no host has started the process.
var ErrNoHost = errors.New("this is an inner part of sinusta, which the program starts itself")

// Keep ends what a killed host leaves. The kernel's parent-death signal ends a
// plugin and not what the plugin has started; this small process outlives
// the host, learns that it is gone when standard input ends, and kills the
// process group of every plugin that the host had not seen the end of, and
// what these have started outside of it.
// Called without a host it returns ErrNoHost.
func Keep() error {
	if os.Getenv(keeperKey) != keeperValue {
		return ErrNoHost
	}
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	keep(os.Stdin, killGroup, killStrays)
	return nil
}

// keep reads lines "+group" and "-group" to the end of r and then calls kill
// for each group that is left. If there was one, it calls strays with the
// host's folder, which the line "@folder" names.
func keep(r io.Reader, kill func(group int), strays func(folder string)) {
	groups := map[int]struct{}{}
	folder := ""
	for lines := bufio.NewScanner(r); lines.Scan(); {
		line := lines.Text()
		if at, ok := strings.CutPrefix(line, "@"); ok {
			folder = at
			continue
		}
		group, err := strconv.Atoi(strings.TrimLeft(line, "+-"))
		switch {
		case err != nil || group <= 1: // -1 would be everybody
		case line[0] == '+':
			groups[group] = struct{}{}
		default:
			delete(groups, group)
		}
	}
	for group := range groups {
		kill(group)
	}
	if len(groups) > 0 {
		strays(folder)
	}
}

// keeper is the host's end of the process that runs Keep. Without one, when it
// cannot be started, plugins still end with the host; what they have started
// may stay.
type keeper struct {
	executable string
	folder     string // of the host

	mu     sync.Mutex
	cmd    *exec.Cmd
	pipe   *os.File
	groups map[int]struct{}
}

// add tells the keeper of a new group, and starts it for the first one. The
// caller is the thread that may start processes.
func (k *keeper) add(group int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.groups[group] = struct{}{}
	if k.tell('+', group) {
		return
	}
	k.end() // somebody has killed it, or there was none
	if k.start() != nil {
		return
	}
	for g := range k.groups {
		k.tell('+', g)
	}
}

// drop tells the keeper that a group has ended. The caller has not reaped its
// leader yet, so that the number is not another's.
func (k *keeper) drop(group int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.groups, group)
	k.tell('-', group)
}

func (k *keeper) tell(sign rune, group int) bool {
	if k.pipe == nil {
		return false
	}
	_, err := fmt.Fprintf(k.pipe, "%c%d\n", sign, group)
	return err == nil
}

func (k *keeper) start() error {
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make the keeper's life line: %w", err)
	}
	defer r.Close()
	cmd := exec.Command(k.executable, "plugin", "serve", KeeperName) //nolint:gosec // our own program
	cmd.Args[0] = "sinusta"
	cmd.Stdin, cmd.Dir = r, string(filepath.Separator)
	cmd.Env = []string{keeperKey + "=" + keeperValue, "GOMAXPROCS=1"}
	detach(cmd)
	if err := cmd.Start(); err != nil {
		_ = w.Close()
		return fmt.Errorf("start the keeper: %w", err)
	}
	k.cmd, k.pipe = cmd, w
	if _, err := fmt.Fprintf(w, "@%s\n", k.folder); err != nil {
		return fmt.Errorf("tell the keeper its folder: %w", err)
	}
	return nil
}

// end lets the keeper go, which kills the groups that it still knows.
func (k *keeper) end() {
	if k.cmd == nil {
		return
	}
	_ = k.pipe.Close()
	force := time.AfterFunc(keeperWait, func() { _ = k.cmd.Process.Kill() })
	_ = k.cmd.Wait() // how it ended changes nothing
	force.Stop()
	k.cmd, k.pipe = nil, nil
}

func (k *keeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.end()
}
