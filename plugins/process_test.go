package plugins

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/host"
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

// Each built-in comes up as a process of its own and refuses a configuration
// that says nothing, or a key that it does not know, as a fault of the
// configuration.
func TestEveryBuiltinRunsAsAProcess(t *testing.T) {
	h := host.New(host.Options{Home: t.TempDir(), Builtins: Names()})
	defer func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	all := Builtins()
	if len(all) == 0 {
		t.Fatal("no built-in plugins")
	}
	for _, b := range all {
		for _, config := range []string{"{}", `{"no_such_key": 1}`} {
			_, err := h.Start(context.Background(), host.Spec{System: "A", Kind: "ticketing", Plugin: b.Name,
				Config: []byte(config)})
			problems := host.Problems(err)
			if len(problems) == 0 {
				t.Errorf("%s takes %s: %v", b.Name, config, err)
			}
			for _, p := range problems {
				if p.Class != core.ClassConfig || p.Phase != core.PhaseConfigure || p.Message == "" {
					t.Errorf("%s with %s: %+v", b.Name, config, p)
				}
			}
		}
	}
}
