package csvsource

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sinusta/sinusta/core/catalogue"
)

var update = flag.Bool("update", false, "write config.schema.json anew from the types")

// schemaOf makes the JSON Schema of the configuration from its Go types: the
// members from the tags `json`, their words from `doc`, choices from `enum`.
type schemaOf struct{ defs map[string]any }

func (s *schemaOf) of(t reflect.Type) map[string]any {
	switch t {
	case reflect.TypeFor[Columns]():
		one := s.ref("column", func() map[string]any {
			return map[string]any{"oneOf": []any{map[string]any{"type": []string{"string", "number"}}, s.object(reflect.TypeFor[Column]())}}
		})
		return map[string]any{"oneOf": []any{one, map[string]any{"type": "array", "minItems": 1, "items": one}}}
	case reflect.TypeFor[catalogue.Text]():
		text := map[string]any{"type": "string", "minLength": 1}
		return map[string]any{"type": "object", "additionalProperties": false, "minProperties": 1, "properties": map[string]any{"fi": text, "sv": text, "en": text}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Struct:
		return s.ref(strings.ToLower(t.Name()), func() map[string]any { return s.object(t) })
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Float64:
		return map[string]any{"type": "number", "exclusiveMinimum": 0}
	}
	return map[string]any{"type": []string{"string", "number"}}
}

// ref gives a reference to a definition, which may hold itself.
func (s *schemaOf) ref(name string, make func() map[string]any) map[string]any {
	if _, known := s.defs[name]; !known {
		s.defs[name] = nil
		s.defs[name] = make()
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

func (s *schemaOf) object(t reflect.Type) map[string]any {
	properties := map[string]any{}
	var required []string
	s.members(t, properties, &required)
	out := map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func (s *schemaOf) members(t reflect.Type, properties map[string]any, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			s.members(f.Type, properties, required)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.of(f.Type)
		words := f.Tag.Get("enum")
		switch {
		case words != "" && f.Type.Kind() == reflect.Slice:
			p = map[string]any{"type": "array", "items": map[string]any{"enum": choices(words)}}
		case words != "":
			p = map[string]any{"enum": strings.Split(words, ",")}
		}
		p = maps.Clone(p) // definitions are shared
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

func generated(t *testing.T) []byte {
	t.Helper()
	s := &schemaOf{defs: map[string]any{}}
	root := s.object(reflect.TypeFor[Config]())
	root["$schema"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", "Configuration of the source plugin csv", s.defs
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(root); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The committed schema is that of the types; `go test -run Schema -update`
// writes it anew.
func TestSchemaIsCurrent(t *testing.T) {
	want := generated(t)
	if *update {
		if err := os.WriteFile("config.schema.json", want, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal([]byte(configSchema), want) {
		t.Fatal("config.schema.json is not that of the types; run go test ./plugins/csv -run TestSchemaIsCurrent -update")
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		object, ok := v.(map[string]any)
		if !ok {
			return
		}
		properties, _ := object["properties"].(map[string]any)
		for name, p := range properties {
			if q, ok := p.(map[string]any); ok && path != "/text" && q["description"] == "" {
				t.Errorf("%s/%s has no description", path, name)
			}
		}
		for name, below := range object {
			walk(path+"/"+name, below)
		}
	}
	var root map[string]any
	if err := json.Unmarshal(want, &root); err != nil {
		t.Fatal(err)
	}
	walk("", root)
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(configSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("csv.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("csv.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validates(t *testing.T, schema *jsonschema.Schema, data []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(doc)
}
