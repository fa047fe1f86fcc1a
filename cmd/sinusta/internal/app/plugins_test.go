package app

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sinusta/sinusta/plugins/host"
)

// Two people who register plugins at the same time both get theirs.
func TestRegistrationsAtOnceAreAllKept(t *testing.T) {
	home := t.TempDir()
	if err := Init(t.Context(), home); err != nil {
		t.Fatal(err)
	}
	const n = 12
	sum := strings.Repeat("0a", 32)
	var changes sync.WaitGroup
	for i := range n {
		changes.Go(func() {
			name := fmt.Sprintf("acme-%d", i)
			err := change(t.Context(), home, name, sum, func(l *host.Lock) error {
				return l.Register(host.Registration{Name: name, Version: "1.0.0", SHA256: sum})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	changes.Wait()
	lock, err := host.LoadLock(filepath.Join(home, LockFile))
	if err != nil || len(lock.Plugins) != n {
		t.Errorf("%d plugins are registered, want %d: %v", len(lock.Plugins), n, err)
	}
}
