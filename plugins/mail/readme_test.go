package mailsource

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/plugins/internal/configschema"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// What the README shows can be used.
func TestTheREADMEIsRight(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(sources:.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) == 0 {
		t.Fatal("no sample")
	}
	for _, block := range blocks {
		data, err := yaml.YAMLToJSON([]byte(block[1]))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Sources map[string]struct{ Config json.RawMessage }
		}
		if err := json.Unmarshal(data, &file); err != nil || len(file.Sources) == 0 {
			t.Fatalf("%d sources, %v", len(file.Sources), err)
		}
		for system, entry := range file.Sources {
			if err := configschema.Validate(configSchema, entry.Config); err != nil {
				t.Errorf("%s: %v", system, err)
			}
			var c Config
			d := json.NewDecoder(bytes.NewReader(entry.Config))
			d.DisallowUnknownFields()
			if err := d.Decode(&c); err != nil {
				t.Fatalf("%s: %v", system, err)
			}
			c.Password = "s3cret"
			if _, err := configure(c, sdk.Env{Kind: "mail"}); err != nil {
				t.Errorf("%s: %v", system, err)
			}
		}
	}
}
