package catalogue_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sinusta/sinusta/core/catalogue"
)

// filled gives a new installation whose expert wrote something everywhere and
// made an entry of each sample; fill is what was written.
func filled(t *testing.T, fill string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for from, to := range map[string]string{"organisation.yaml": "organisation.yaml", "catalogue/example.yaml.sample": "catalogue/example.yaml",
		"catalogue/sinusta.yaml.sample": "catalogue/sinusta.yaml"} {
		src, err := fs.ReadFile(catalogue.Templates(), from)
		if err != nil {
			t.Fatal(err)
		}
		out[to] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(src), catalogue.FillIn, fill))}
	}
	return out
}

func TestTemplatesLoadOnceFilled(t *testing.T) {
	c, err := catalogue.LoadFS(filled(t, "Something"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Systems) != 2 || c.Organisation.ArtificialCodes != catalogue.IgnoreArtificial {
		t.Fatalf("loaded %d systems, artificial codes %q", len(c.Systems), c.Organisation.ArtificialCodes)
	}
	for _, f := range catalogue.LintAt(c, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)) {
		if f.Rule != "paper-unknown" { // the sample says unknown
			t.Errorf("%s: %s: %s", f.File, f.Rule, f.Message)
		}
	}
}

func TestTemplatesAreNoStatementUntilFilled(t *testing.T) {
	c, err := catalogue.LoadFS(filled(t, catalogue.FillIn))
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]int{}
	for _, f := range catalogue.Lint(c) {
		if f.Severity == catalogue.SeverityError {
			rules[f.Rule]++
		}
	}
	if rules["organisation-not-filled-in"] < 5 || rules["not-filled-in"] < 20 {
		t.Errorf("errors found: %v", rules)
	}
}

// The sample itself is no entry: a new installation has none yet.
func TestTemplatesGiveAnEmptyCatalogue(t *testing.T) {
	c, err := catalogue.LoadFS(catalogue.Templates())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Systems) != 0 {
		t.Errorf("%d systems", len(c.Systems))
	}
}
