package restsource

import (
	"flag"
	"reflect"
	"testing"

	"github.com/sinusta/sinusta/plugins/internal/configschema"
)

var update = flag.Bool("update", false, "write config.schema.json anew from the types")

// special gives the types that YAML may write in a shorter way.
func special(s *configschema.Schema, t reflect.Type) (map[string]any, bool) {
	oneOf := func(ways ...any) map[string]any { return map[string]any{"oneOf": ways} }
	text := map[string]any{"type": "string"}
	switch t {
	case reflect.TypeFor[Value]():
		return s.Ref("value", func() map[string]any {
			return oneOf(map[string]any{"type": []string{"string", "number", "boolean"}}, s.Object(t))
		}), true
	case reflect.TypeFor[Member]():
		return s.Ref("member", func() map[string]any { return oneOf(text, s.Object(t)) }), true
	case reflect.TypeFor[Path]():
		return s.Ref("path", func() map[string]any {
			return oneOf(text, map[string]any{"type": "array", "items": s.Of(reflect.TypeFor[Value]())})
		}), true
	case reflect.TypeFor[Members]():
		one := s.Of(reflect.TypeFor[Member]())
		return oneOf(one, map[string]any{"type": "array", "minItems": 1, "items": one}), true
	case reflect.TypeFor[Node]():
		return map[string]any{}, true
	}
	return nil, false
}

// The committed schema is that of the types; `go test -run Schema -update`
// writes it anew.
func TestSchemaIsCurrent(t *testing.T) {
	s := &configschema.Schema{Title: "Configuration of the source plugin rest", Config: reflect.TypeFor[Config](), Special: special,
		Adjust: func(name string, p map[string]any) map[string]any {
			switch name {
			case "recipe":
				return map[string]any{"enum": recipeNames()}
			case "types":
				p["additionalProperties"] = map[string]any{"oneOf": []any{p["additionalProperties"], map[string]any{"type": "null"}}}
			}
			return p
		}}
	s.Check(t, configSchema, *update)
}
