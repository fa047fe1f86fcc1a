package csvsource

import (
	"flag"
	"reflect"
	"testing"

	"github.com/sinusta/sinusta/plugins/internal/configschema"
)

var update = flag.Bool("update", false, "write config.schema.json anew from the types")

// The committed schema is that of the types; `go test -run Schema -update`
// writes it anew.
func TestSchemaIsCurrent(t *testing.T) {
	s := &configschema.Schema{Title: "Configuration of the source plugin csv", Config: reflect.TypeFor[Config](),
		Special: func(s *configschema.Schema, t reflect.Type) (map[string]any, bool) {
			if t != reflect.TypeFor[Columns]() {
				return nil, false
			}
			one := s.Ref("column", func() map[string]any {
				return map[string]any{"oneOf": []any{map[string]any{"type": []string{"string", "number"}}, s.Object(reflect.TypeFor[Column]())}}
			})
			return map[string]any{"oneOf": []any{one, map[string]any{"type": "array", "minItems": 1, "items": one}}}, true
		}}
	s.Check(t, configSchema, *update)
}
