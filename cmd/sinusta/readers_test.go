package main

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Several people may read a request at once.
func TestReadersWaitForOneAnother(t *testing.T) {
	demo := runSmallDemo(t, "--people", "30", "--seed", "9")
	home := filepath.Join(demo.dir, "home")
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			cmd := sinusta(t, "--home", home, "report", demo.Request, "--out", filepath.Join(demo.dir, "copy", string(rune('a'+i))))
			if i%2 == 1 {
				cmd = sinusta(t, "--home", home, "search", demo.Request)
				cmd.Stdin = strings.NewReader("ma*\n")
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("reader %d: %v\n%s", i, err, out)
			}
		})
	}
	group.Wait()
}
