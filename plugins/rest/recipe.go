package restsource

import (
	"embed"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

//go:embed recipes
var recipes embed.FS

// recipeNames gives the names of the ready configurations, sorted.
func recipeNames() []string {
	entries, _ := fs.ReadDir(recipes, "recipes")
	var out []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			out = append(out, name)
		}
	}
	slices.Sort(out) // the folder sorts with the endings
	return out
}

// withRecipe gives the configuration laid over its recipe.
func withRecipe(c Config) (Config, error) {
	if c.Recipe == "" {
		return c, nil
	}
	text, err := recipes.ReadFile("recipes/" + c.Recipe + ".yaml")
	if err != nil || strings.ContainsAny(c.Recipe, "/\\") {
		return c, sdk.ConfigError("recipe", "there is no recipe %q%s", c.Recipe, suggest.Names(c.Recipe, recipeNames()))
	}
	base, err := tree(text)
	if err != nil {
		return c, sdk.ConfigError("recipe", "the recipe cannot be read: %s", err)
	}
	own := c
	own.Password, own.Token, own.ClientSecret, own.APIKey, own.ClientKey = "", "", "", "", ""
	data, err := json.Marshal(own)
	if err != nil {
		return c, sdk.ConfigError("", "the configuration cannot be read")
	}
	over, err := tree(data)
	if err != nil {
		return c, sdk.ConfigError("", "the configuration cannot be read")
	}
	out, err := fill(overlay(base, over))
	out.Password, out.Token, out.ClientSecret, out.APIKey, out.ClientKey = c.Password, c.Token, c.ClientSecret, c.APIKey, c.ClientKey
	return out, err
}

// tree reads YAML, of which JSON is a part, with the digits of numbers kept.
func tree(text []byte) (map[string]any, error) {
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	return out, d.Decode(&out)
}

// overlay lays over upon base: mappings are merged, null takes away, all else
// replaces.
func overlay(base, over map[string]any) map[string]any {
	for k, v := range over {
		below, isMap := base[k].(map[string]any)
		above, overMap := v.(map[string]any)
		switch {
		case v == nil:
			delete(base, k)
		case isMap && overMap:
			base[k] = overlay(below, above)
		default:
			base[k] = v
		}
	}
	return base
}
