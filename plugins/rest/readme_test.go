package restsource

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/plugins/internal/configschema"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// What the README shows can be used, and its list of recipes is whole.
func TestTheREADMEIsRight(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(sources:.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) < 2 {
		t.Fatalf("%d samples", len(blocks))
	}
	for _, block := range blocks {
		data, err := yaml.YAMLToJSON([]byte(block[1]))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Sources map[string]struct{ Config json.RawMessage }
		}
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		for system, entry := range file.Sources {
			if err := configschema.Validate(configSchema, entry.Config); err != nil {
				t.Errorf("%s: %v", system, err)
			}
			var c Config
			if err := strict(entry.Config, &c); err != nil {
				t.Fatalf("%s: %v", system, err)
			}
			c.Password = "s3cret"
			if _, err := configure(c, sdk.Env{Kind: "ticketing"}); err != nil {
				t.Errorf("%s: %v", system, err)
			}
		}
	}
	var shown []string
	for _, m := range regexp.MustCompile(`\(recipes/([a-z-]+)\.yaml\)`).FindAllStringSubmatch(string(readme), -1) {
		shown = append(shown, m[1])
	}
	slices.Sort(shown)
	if !slices.Equal(shown, recipeNames()) {
		t.Errorf("the README lists %v, there are %v", shown, recipeNames())
	}
}
