package sdk

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// decodeConfig decodes raw, the JSON of `config:`, strictly into c: an unknown
// or doubled key and a value of the wrong type are errors that name their
// path. Keys must be spelled as the json tags are. A number where a text is
// wanted becomes the text of its own digits, since YAML writes both alike.
// Members of type Secret are then filled from secrets by their JSON names.
func decodeConfig(raw []byte, secrets map[string]string, c any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	tree, err := parseTree(raw)
	if err != nil {
		return err
	}
	if tree == nil { // `config:` with nothing below it
		tree = map[string]any{}
	}
	target := reflect.ValueOf(c).Elem()
	tree, err = conform("", tree, target.Type())
	if err != nil {
		return err
	}
	fit, err := json.Marshal(tree)
	if err != nil {
		return ConfigError("", "the configuration cannot be read")
	}
	if err := json.Unmarshal(fit, c); err != nil {
		// conform has looked at every type, so only a type that decodes
		// itself can still refuse; its error is the plugin's own text.
		return ConfigError("", "%s", err)
	}
	return fillSecrets(target, secrets)
}

// parseTree decodes JSON into maps, slices and json.Numbers, and refuses a key
// that stands twice.
func parseTree(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	tree, err := parseNode(d, "")
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, ConfigError("", "there is something after the end of the configuration")
	}
	return tree, nil
}

func parseNode(d *json.Decoder, path string) (any, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, ConfigError(path, "the configuration is no valid JSON")
	}
	switch tok {
	case json.Delim('{'):
		return parseObject(d, path)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := parseNode(d, fmt.Sprintf("%s[%d]", path, len(list)))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, closing(d, path)
	default:
		return tok, nil
	}
}

func parseObject(d *json.Decoder, path string) (any, error) {
	object := map[string]any{}
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return nil, ConfigError(path, "the configuration is no valid JSON")
		}
		key, _ := tok.(string)
		at := join(path, key)
		if _, twice := object[key]; twice {
			return nil, ConfigError(at, "this key stands twice")
		}
		if object[key], err = parseNode(d, at); err != nil {
			return nil, err
		}
	}
	return object, closing(d, path)
}

func closing(d *json.Decoder, path string) error {
	if _, err := d.Token(); err != nil {
		return ConfigError(path, "the configuration is no valid JSON")
	}
	return nil
}

// conform holds node against t and gives what json.Unmarshal will take.
func conform(path string, node any, t reflect.Type) (any, error) {
	if t == reflect.TypeFor[Secret]() {
		return nil, ConfigError(path, "a secret does not belong in the configuration; name where it comes from under `secrets:`")
	}
	if node == nil || t == reflect.TypeFor[json.RawMessage]() {
		return node, nil
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return conformOwn(path, node, t)
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		text, err := conformText(path, node)
		if err != nil {
			return nil, err
		}
		return conformOwn(path, text, t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return conform(path, node, t.Elem())
	case reflect.Struct:
		return conformStruct(path, node, t)
	case reflect.Map:
		return conformMap(path, node, t)
	case reflect.Slice, reflect.Array:
		return conformList(path, node, t)
	case reflect.String:
		return conformText(path, node)
	case reflect.Interface:
		return node, nil
	default:
		return conformScalar(path, node, t)
	}
}

// conformOwn lets a type that decodes itself try, so that its error gets the
// path.
func conformOwn(path string, node any, t reflect.Type) (any, error) {
	raw, err := json.Marshal(node)
	if err != nil {
		return nil, ConfigError(path, "the value cannot be read")
	}
	if err := json.Unmarshal(raw, reflect.New(t).Interface()); err != nil {
		if p := problemOf(err); p.Class == core.ClassConfig {
			p.ConfigPath = joinPath(path, p.ConfigPath)
			return nil, p
		}
		return nil, ConfigError(path, "%s", err)
	}
	return node, nil
}

func conformStruct(path string, node any, t reflect.Type) (any, error) {
	object, ok := node.(map[string]any)
	if !ok {
		return nil, wrongType(path, "a mapping", node)
	}
	fields := jsonFields(t)
	out := make(map[string]any, len(object))
	for _, key := range sortedKeys(object) {
		f, ok := fields[key]
		if !ok {
			return nil, ConfigError(join(path, key), "unknown key; known here: %s", knownKeys(fields))
		}
		v, err := conform(join(path, key), object[key], f)
		if err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

func conformMap(path string, node any, t reflect.Type) (any, error) {
	object, ok := node.(map[string]any)
	if !ok {
		return nil, wrongType(path, "a mapping", node)
	}
	out := make(map[string]any, len(object))
	for _, key := range sortedKeys(object) {
		v, err := conform(join(path, key), object[key], t.Elem())
		if err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

func conformList(path string, node any, t reflect.Type) (any, error) {
	list, ok := node.([]any)
	if !ok {
		return nil, wrongType(path, "a list", node)
	}
	out := make([]any, len(list))
	for i, e := range list {
		v, err := conform(fmt.Sprintf("%s[%d]", path, i), e, t.Elem())
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func conformText(path string, node any) (any, error) {
	switch v := node.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	default:
		return nil, wrongType(path, "a text", node)
	}
}

func conformScalar(path string, node any, t reflect.Type) (any, error) {
	n, isNumber := node.(json.Number)
	switch k := t.Kind(); {
	case k == reflect.Bool:
		if _, ok := node.(bool); !ok {
			return nil, wrongType(path, "true or false", node)
		}
	case k >= reflect.Int && k <= reflect.Int64:
		if _, err := strconv.ParseInt(n.String(), 10, t.Bits()); !isNumber || err != nil {
			return nil, wrongType(path, "a whole number", node)
		}
	case k >= reflect.Uint && k <= reflect.Uint64:
		if _, err := strconv.ParseUint(n.String(), 10, t.Bits()); !isNumber || err != nil {
			return nil, wrongType(path, "a whole number, not negative", node)
		}
	default:
		if !isNumber {
			return nil, wrongType(path, "a number", node)
		}
	}
	return node, nil
}

func wrongType(path, want string, node any) error {
	have := "nothing"
	switch v := node.(type) {
	case map[string]any:
		have = "a mapping"
	case []any:
		have = "a list"
	case string:
		have = "a text"
	case json.Number:
		have = "a number"
	case bool:
		have = strconv.FormatBool(v)
	}
	hint := ""
	if _, ok := node.(bool); ok && want == "a text" {
		hint = "; put it in quotes"
	}
	return ConfigError(path, "want %s here, have %s%s", want, have, hint)
}

// jsonFields gives the types of t's members by their JSON names, those of
// embedded structs included.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, skip := jsonName(f)
		switch {
		case skip:
		case f.Anonymous && name == "" && indirect(f.Type).Kind() == reflect.Struct:
			for k, v := range jsonFields(indirect(f.Type)) {
				fields[k] = v
			}
		case name != "":
			fields[name] = f.Type
		default:
			fields[f.Name] = f.Type
		}
	}
	return fields
}

func jsonName(f reflect.StructField) (name string, skip bool) {
	tag := f.Tag.Get("json")
	if tag == "-" || !f.IsExported() && !f.Anonymous {
		return "", true
	}
	name, _, _ = strings.Cut(tag, ",")
	return name, false
}

func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

func knownKeys(fields map[string]reflect.Type) string {
	var names []string
	for _, k := range sortedKeys(fields) {
		if fields[k] != reflect.TypeFor[Secret]() {
			names = append(names, k)
		}
	}
	return strings.Join(names, ", ")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// join gives the path of key below path. A key that holds a dot or a bracket
// is quoted, so that the host finds it again.
func join(path, key string) string {
	if key == "" || strings.ContainsAny(key, `.[]"`) {
		key = strconv.Quote(key)
	}
	return joinPath(path, key)
}

func joinPath(path, rest string) string {
	if path == "" || rest == "" || rest[0] == '[' {
		return path + rest
	}
	return path + "." + rest
}
