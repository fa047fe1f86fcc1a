package host

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// number is what YAML and JSON read alike. Everything else that YAML takes for
// a number (010190, 0x1F, 1_000, .inf) stays the text that was written: a
// plugin that wants a number there says so, and one that wants a text has it
// whole.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// json writes n as JSON. Numbers keep their digits (1.10 stays 1.10), dates
// are texts, keys are texts.
func (r *reader) json(b *strings.Builder, n ast.Node) {
	switch v := n.(type) {
	case nil, *ast.NullNode:
		b.WriteString("null")
	case *ast.BoolNode:
		if v.Value {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
	case *ast.StringNode:
		writeText(b, v.Value)
	case *ast.LiteralNode:
		writeText(b, v.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		if s := v.GetToken().Value; number.MatchString(s) {
			b.WriteString(s)
		} else {
			writeText(b, s)
		}
	case *ast.MappingNode:
		r.object(b, v)
	case *ast.SequenceNode:
		b.WriteByte('[')
		for i, e := range v.Values {
			if i > 0 {
				b.WriteByte(',')
			}
			r.json(b, e)
		}
		b.WriteByte(']')
	default:
		r.fail(n, "anchors, aliases, merges and tags are not understood; write the value out")
		b.WriteString("null")
	}
}

func (r *reader) object(b *strings.Builder, m *ast.MappingNode) {
	b.WriteByte('{')
	first := true
	for key, n := range r.keys(m) {
		if !first {
			b.WriteByte(',')
		}
		first = false
		writeText(b, key)
		b.WriteByte(':')
		r.json(b, n.Value)
	}
	b.WriteByte('}')
}

func writeText(b *strings.Builder, s string) {
	out, _ := json.Marshal(s) //nolint:errchkjson // a text always marshals
	b.Write(out)
}

// YAMLToJSON gives a YAML file as JSON by the rules of the sources file: it is
// one document, no key stands twice, there are no anchors, aliases and tags,
// and a number that JSON would change stays the text that was written. Errors
// begin with name and position.
func YAMLToJSON(name string, data []byte) (json.RawMessage, error) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	r := &reader{file: name}
	root := r.document(tree, "the file holds a second document")
	var b strings.Builder
	r.json(&b, root)
	if err := errors.Join(r.errs...); err != nil {
		return nil, err
	}
	return json.RawMessage(b.String()), nil
}
