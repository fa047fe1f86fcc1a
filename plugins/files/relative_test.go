package filessource

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sinusta/sinusta/plugins/sdk"
)

// A relative root counts from the folder in which the plugin runs, that of the
// installation, wherever it is afterwards.
func TestARelativeRootCountsFromTheInstallation(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "jako"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(home)
	i, err := configure(Config{Roots: map[string]Root{"jako": {Path: "../" + filepath.Base(home) + "/jako"}}}, sdk.Env{Kind: "documents"})
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	want, err := os.Stat(filepath.Join(home, "jako"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.Stat(i.roots[0].path); err != nil || !os.SameFile(got, want) {
		t.Errorf("the root is another folder: %v", err)
	}
}
