package strictyaml

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// decimal is what counts as an integer: no octal, hexadecimal or underscores.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// said gives what quotes the file, and nothing where the file is private.
func (d *Document) said(quote string) string {
	if d.private {
		return ""
	}
	return quote
}

// value puts the node into v and notes its faults.
func (d *Document) value(path string, n ast.Node, v reflect.Value) {
	d.positions[path] = place(n)
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.fault(place(n), "anchors (&), aliases (*) and tags (!) are not used here; write the value itself")
		return
	case *ast.NullNode:
		d.fault(place(n), "%s has no value; write one, or leave the key out", title(path))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(path, n, v)
	case reflect.Map:
		d.mapping(path, n, v)
	case reflect.Slice:
		d.sequence(path, n, v)
	case reflect.String:
		d.text(path, n, v)
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			v.SetBool(b.Value)
			return
		}
		d.wrongType(path, "true or false", n)
	case reflect.Int, reflect.Int64:
		d.integer(path, n, v)
	default:
		panic("strictyaml: no rule for the Go type " + v.Type().String())
	}
}

func (d *Document) text(path string, n ast.Node, v reflect.Value) {
	switch s := n.(type) {
	case *ast.StringNode:
		v.SetString(s.Value)
	case *ast.LiteralNode:
		v.SetString(s.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		raw := strings.TrimSpace(n.GetToken().Value)
		d.fault(place(n), "%s must be text, and this is %s; put it in quotes%s", title(path), describe(n), d.said(fmt.Sprintf(": %q", raw)))
	default:
		d.wrongType(path, "text", n)
	}
}

func (d *Document) integer(path string, n ast.Node, v reflect.Value) {
	if _, ok := n.(*ast.IntegerNode); !ok {
		d.wrongType(path, "a whole number", n)
		return
	}
	raw := n.GetToken().Value
	number, err := strconv.ParseInt(raw, 10, v.Type().Bits())
	if err != nil || !decimal.MatchString(raw) {
		d.fault(place(n), "%s must be a whole number in decimal digits", title(path))
		return
	}
	v.SetInt(number)
}

func (d *Document) sequence(path string, n ast.Node, v reflect.Value) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		d.wrongType(path, "a list (lines that begin with -)", n)
		return
	}
	out := reflect.MakeSlice(v.Type(), len(list.Values), len(list.Values))
	for i, item := range list.Values {
		d.value(path+"["+strconv.Itoa(i)+"]", item, out.Index(i))
	}
	v.Set(out)
}

func (d *Document) mapping(path string, n ast.Node, v reflect.Value) {
	pairs, ok := d.pairs(path, n)
	if !ok {
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(pairs))
	for _, p := range pairs {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(join(path, p.key), p.value, item)
		out.SetMapIndex(reflect.ValueOf(p.key).Convert(v.Type().Key()), item)
	}
	v.Set(out)
}

func (d *Document) structure(path string, n ast.Node, v reflect.Value) {
	pairs, ok := d.pairs(path, n)
	if !ok {
		return
	}
	for _, p := range pairs {
		i, known := member(v.Type(), p.key)
		if !known {
			d.fault(p.at, "unknown key%s; known keys here: %s", d.said(fmt.Sprintf(" %q", p.key)), strings.Join(keys(v.Type()), ", "))
			continue
		}
		d.value(join(path, p.key), p.value, v.FieldByIndex(i))
	}
}

// pair is one line of a mapping.
type pair struct {
	key   string
	at    Position // of the key
	value ast.Node
}

// pairs gives the lines of a mapping whose keys are text, each once.
func (d *Document) pairs(path string, n ast.Node) ([]pair, bool) {
	m, ok := n.(ast.MapNode)
	if !ok {
		d.wrongType(path, "keys with values (key: value)", n)
		return nil, false
	}
	first := map[string]int{}
	var out []pair
	for it := m.MapRange(); it.Next(); {
		at := place(it.Key())
		key, ok := it.Key().(*ast.StringNode)
		if !ok {
			d.fault(at, "a key must be plain text; put it in quotes if it is a number or a word like true")
			continue
		}
		if line, twice := first[key.Value]; twice {
			d.fault(at, "the key%s stands twice; the first is on line %d", d.said(fmt.Sprintf(" %q", key.Value)), line)
			continue
		}
		first[key.Value] = at.Line
		out = append(out, pair{key.Value, at, it.Value()})
	}
	return out, true
}

func (d *Document) wrongType(path, want string, n ast.Node) {
	d.fault(place(n), "%s must be %s, and this is %s", title(path), want, describe(n))
}

// Key gives the key of a struct's field in YAML, "" for a field that is none.
// A field with the tag `yaml:",inline"` is none: its own fields have keys.
func Key(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// Inline tells whether the keys of the field's own fields stand among those of
// the struct around it.
func Inline(f reflect.StructField) bool { return f.Tag.Get("yaml") == ",inline" }

// member gives where the struct's field with the key is, for FieldByIndex.
func member(t reflect.Type, key string) ([]int, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if Inline(f) {
			if inner, ok := member(f.Type, key); ok {
				return append([]int{i}, inner...), true
			}
		}
		if name := Key(f); name == key && name != "" {
			return []int{i}, true
		}
	}
	return nil, false
}

func keys(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if f := t.Field(i); Inline(f) {
			out = append(out, keys(f.Type)...)
		} else if name := Key(f); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func title(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

// describe names what a node is, in words of somebody who writes YAML.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	default:
		return fmt.Sprintf("something else (%s)", n.Type())
	}
}
