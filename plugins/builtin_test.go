package plugins

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"testing"

	"github.com/sinusta/sinusta/plugins/sdk"
)

// Every built-in has what a list of plugins shows, and a name that the sources
// file and the command line can hold.
func TestEveryBuiltinIsWhole(t *testing.T) {
	all := Builtins()
	if len(all) == 0 {
		t.Fatal("no built-in plugins")
	}
	if !slices.IsSorted(Names()) {
		t.Errorf("the names are not in order: %v", Names())
	}
	name := regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	for i, b := range all {
		if !name.MatchString(b.Name) || slices.Contains(Names()[:i], b.Name) {
			t.Errorf("name %q", b.Name)
		}
		if b.Version == "" || b.Title.FI == "" || b.Title.SV == "" || b.Title.EN == "" {
			t.Errorf("%s: version %q, title %+v", b.Name, b.Version, b.Title)
		}
		if !json.Valid([]byte(b.Config)) {
			t.Errorf("%s: its configuration's schema is no JSON", b.Name)
		}
		if err := b.Serve(); !errors.Is(err, sdk.ErrByHand) {
			t.Errorf("%s: served without a host: %v", b.Name, err)
		}
		if found, ok := Find(b.Name); !ok || found.Name != b.Name {
			t.Errorf("%s is not found", b.Name)
		}
	}
	if _, ok := Find("no-such-plugin"); ok {
		t.Error("a plugin that is not there is found")
	}
}
