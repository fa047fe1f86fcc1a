package plugins

import (
	"fmt"
	"os"
	"testing"
)

// TestMain makes the test binary serve the built-in plugins, as the program
// does.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "plugin" && os.Args[2] == "serve" {
		b, ok := Find(os.Args[3])
		if !ok {
			os.Exit(2)
		}
		if err := b.Serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
