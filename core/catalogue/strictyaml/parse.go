package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxSize is the size in bytes of the largest file that is read. A larger one
// is no configuration that a person wrote.
const MaxSize = 1 << 20

// Decode reads src into the struct that into points at. Its faults are those
// of the document that it gives; file names it in them. What was good is in
// into even when there are faults.
func Decode(file string, src []byte, into any) *Document {
	d := NewDocument(file)
	if root := d.parse(src); root != nil {
		d.value("", root, reflect.ValueOf(into).Elem())
	}
	return d
}

// DecodePrivate is Decode for a file with personal data: its faults tell
// where they are and what is wanted there, and quote nothing of the file.
func DecodePrivate(file string, src []byte, into any) *Document {
	d := NewDocument(file)
	d.private = true
	if root := d.parse(src); root != nil {
		d.value("", root, reflect.ValueOf(into).Elem())
	}
	return d
}

// parse gives the one value of the file, nil when there is none.
func (d *Document) parse(src []byte) ast.Node {
	if len(src) > MaxSize {
		d.fault(Position{}, "the file is larger than %d bytes", MaxSize)
		return nil
	}
	if at, ok := invalidUTF8(src); ok {
		d.fault(at, "the file is not UTF-8 text; save it as UTF-8")
		return nil
	}
	tree, err := parseTree(bytes.TrimPrefix(src, []byte("\uFEFF")))
	if err != nil {
		d.syntax(err)
		return nil
	}
	var bodies []ast.Node
	for _, doc := range tree.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	switch {
	case len(bodies) == 0:
		d.fault(Position{1, 1}, "the file is empty")
		return nil
	case len(bodies) > 1:
		d.fault(place(bodies[1]), "a second document begins here; write one document in a file")
		return nil
	}
	return bodies[0]
}

// parseTree parses src. A panic of the parser on a file that it cannot take
// becomes an error: one bad file must not hide the faults of the others.
func parseTree(src []byte) (tree *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the file cannot be read as YAML: %v", r)
		}
	}()
	return parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
}

// syntax notes an error of the YAML parser.
func (d *Document) syntax(err error) {
	var located interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &located) && located.GetToken() != nil {
		p := located.GetToken().Position
		d.fault(Position{p.Line, p.Column}, "no valid YAML%s", d.said(": "+located.GetMessage()))
		return
	}
	d.fault(Position{}, "no valid YAML%s", d.said(": "+err.Error()))
}

// place gives where a node begins: a mapping at its first key.
func place(n ast.Node) Position {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return place(m.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return place(m.Key)
	}
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return Position{}
	}
	return Position{t.Position.Line, t.Position.Column}
}

// invalidUTF8 finds the first byte that is no UTF-8.
func invalidUTF8(src []byte) (Position, bool) {
	p := Position{1, 1}
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		if r == utf8.RuneError && n == 1 {
			return p, true
		}
		p.Column++
		if r == '\n' {
			p = Position{p.Line + 1, 1}
		}
		src = src[n:]
	}
	return Position{}, false
}
