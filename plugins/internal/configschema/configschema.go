// Package configschema makes the JSON Schema of a plugin's configuration from
// its Go types, for the tests that hold the committed schema against them.
// Editors check and complete sources.yaml by it.
package configschema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// File is the name of the committed schema in a plugin's folder.
const File = "config.schema.json"

// Schema describes how types become a schema: members by their tags `json`,
// their words from `doc`, choices from `enum`, and `need` for what must be there.
type Schema struct {
	// Title is the title of the whole.
	Title string
	// Config is the type of the configuration.
	Config reflect.Type
	// Special gives the schema of a type that YAML writes in another way than
	// Go does; false for all others.
	Special func(*Schema, reflect.Type) (map[string]any, bool)
	// Adjust changes the schema of one member; nil leaves all as they are.
	Adjust func(name string, p map[string]any) map[string]any

	defs map[string]any
}

// Of gives the schema of a type.
func (s *Schema) Of(t reflect.Type) map[string]any {
	if p, ok := s.Special(s, t); ok {
		return p
	}
	if t == reflect.TypeFor[catalogue.Text]() {
		text := map[string]any{"type": "string", "minLength": 1}
		return map[string]any{"type": "object", "additionalProperties": false, "minProperties": 1, "properties": map[string]any{"fi": text, "sv": text, "en": text}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.Of(t.Elem())
	case reflect.Struct:
		return s.Ref(strings.ToLower(t.Name()), func() map[string]any { return s.Object(t) })
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.Of(t.Elem())}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.Of(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Float64:
		return map[string]any{"type": "number", "exclusiveMinimum": 0}
	}
	return map[string]any{"type": []string{"string", "number"}}
}

// Ref gives a reference to a definition, which may hold itself.
func (s *Schema) Ref(name string, make func() map[string]any) map[string]any {
	if _, known := s.defs[name]; !known {
		s.defs[name] = nil
		s.defs[name] = make()
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

// Object gives the schema of a struct's members. Secrets have their own place
// in sources.yaml and are none.
func (s *Schema) Object(t reflect.Type) map[string]any {
	properties := map[string]any{}
	var required []string
	s.members(t, properties, &required)
	out := map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func (s *Schema) members(t reflect.Type, properties map[string]any, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			s.members(f.Type, properties, required)
			continue
		}
		if f.Type == reflect.TypeFor[sdk.Secret]() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.Of(f.Type)
		words := f.Tag.Get("enum")
		switch {
		case words != "" && f.Type.Kind() == reflect.Slice:
			p = map[string]any{"type": "array", "items": map[string]any{"enum": choices(words)}}
		case words != "":
			p = map[string]any{"enum": strings.Split(words, ",")}
		}
		p = maps.Clone(p) // definitions are shared
		if s.Adjust != nil {
			p = s.Adjust(name, p)
		}
		p["description"] = f.Tag.Get("doc")
		properties[name] = p
		if f.Tag.Get("need") != "" {
			*required = append(*required, name)
		}
	}
}

// choices gives the words of a choice, and as numbers those that YAML reads as
// numbers (404).
func choices(words string) []any {
	var out []any
	for _, w := range strings.Split(words, ",") {
		out = append(out, w)
		if n, err := strconv.Atoi(w); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// Make gives the whole schema as it is committed.
func (s *Schema) Make() ([]byte, error) {
	s.defs = map[string]any{}
	root := s.Object(s.Config)
	root["$schema"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", s.Title, s.defs
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(root)
	return b.Bytes(), err
}

// Check fails the test when the committed schema is not that of the types, or
// a member has no description. With update it writes the file anew instead.
func (s *Schema) Check(t *testing.T, committed string, update bool) {
	t.Helper()
	want, err := s.Make()
	if err != nil {
		t.Fatal(err)
	}
	if update {
		if err := os.WriteFile(File, want, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if committed != string(want) {
		t.Fatalf("%s is not that of the types; run go test -run %s -update in its folder", File, t.Name())
	}
	var root map[string]any
	if err := json.Unmarshal(want, &root); err != nil {
		t.Fatal(err)
	}
	for _, path := range undescribed("", root) {
		t.Errorf("%s has no description", path)
	}
}

func undescribed(path string, v any) []string {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	var out []string
	properties, _ := object["properties"].(map[string]any)
	for name, p := range properties {
		if q, ok := p.(map[string]any); ok && properties["fi"] == nil && q["description"] == "" {
			out = append(out, path+"/"+name)
		}
	}
	for name, below := range object {
		out = append(out, undescribed(path+"/"+name, below)...)
	}
	return out
}

// Validate holds a configuration in JSON against a committed schema.
func Validate(committed string, config []byte) error {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(committed))
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(File, doc); err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	schema, err := c.Compile(File)
	if err != nil {
		return fmt.Errorf("compile the schema: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	return schema.Validate(value)
}
