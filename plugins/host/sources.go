package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Sources is the sources file: the wiring of systems to plugins.
type Sources struct {
	// Entries are the sources by the catalogue's id of their system.
	Entries map[string]Entry

	file  string // its name, for positions
	nodes map[string]*ast.MappingValueNode
}

// Entry is the source of one system.
type Entry struct {
	// System is the catalogue's id of the system, and Plugin the name of a
	// plugin.
	System, Plugin string
	// Program is the executable of an external plugin, "" for a built-in one;
	// a relative path counts from the installation folder. It runs when the
	// lock file allows it.
	Program string
	// Override lets the program have the name of a built-in plugin.
	Override bool
	// Memory is the plugin's GOMEMLIMIT in bytes, 0 for the default.
	Memory int64
	// Disabled switches the source off; the outcome of its system says so.
	Disabled bool
	// Timeout bounds one statement or request to the system; 0 leaves it to
	// the plugin.
	Timeout time.Duration
	// MaxRecords bounds one answer; 0 is no bound.
	MaxRecords uint64
	Secrets    map[string]SecretRef
	// Config is what stands under `config:`, as JSON; the plugin alone knows
	// what it means.
	Config json.RawMessage
	// Line is where the entry begins, counted from 1.
	Line int
}

// LoadSources reads the sources file at path. It is strict: an unknown or
// doubled key, a value of the wrong type, anchors, tags and a second document
// are errors, each with file:line:column, all of the file at once. What stands
// under `config:` is not looked into beyond its form.
func LoadSources(path string) (*Sources, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no sources file %s; `sinusta init` makes one: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the sources file: %w", err)
	}
	return parseSources(filepath.Base(path), data)
}

func parseSources(file string, data []byte) (*Sources, error) {
	s := &Sources{Entries: map[string]Entry{}, file: file, nodes: map[string]*ast.MappingValueNode{}}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	r := &reader{file: file}
	root := r.document(tree, "the file holds a second document; put everything under one `sources:`")
	if !empty(root) {
		r.mapping(root, "the sources file", map[string]func(*ast.MappingValueNode){
			"sources": func(n *ast.MappingValueNode) { s.entries(r, n.Value) },
		})
	}
	if err := errors.Join(r.errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// document gives the one document of a file, nil for none; second is the fault
// of a file with more.
func (r *reader) document(tree *ast.File, second string) (root ast.Node) {
	for i, doc := range tree.Docs {
		switch {
		case i == 0:
			root = doc.Body
		case doc.Body != nil:
			r.fail(doc.Body, "%s", second)
		}
	}
	return root
}

func (s *Sources) entries(r *reader, node ast.Node) {
	if empty(node) {
		return
	}
	m, ok := node.(*ast.MappingNode)
	if !ok {
		r.fail(node, "`sources:` wants a mapping of system ids to sources")
		return
	}
	for system, n := range r.keys(m) {
		s.nodes[system] = n
		s.Entries[system] = entry(r, system, n)
	}
}

func entry(r *reader, system string, n *ast.MappingValueNode) Entry {
	e := Entry{System: system, Line: n.Key.GetToken().Position.Line}
	seen := r.mapping(n.Value, "the source "+system, map[string]func(*ast.MappingValueNode){
		"plugin":      func(n *ast.MappingValueNode) { e.Plugin, _ = r.text(n) },
		"program":     func(n *ast.MappingValueNode) { e.Program = r.path(n) },
		"override":    func(n *ast.MappingValueNode) { e.Override = r.flag(n) },
		"memory":      func(n *ast.MappingValueNode) { e.Memory = r.size(n) },
		"disabled":    func(n *ast.MappingValueNode) { e.Disabled = r.flag(n) },
		"timeout":     func(n *ast.MappingValueNode) { e.Timeout = r.duration(n) },
		"max_records": func(n *ast.MappingValueNode) { e.MaxRecords = r.count(n) },
		"secrets":     func(n *ast.MappingValueNode) { e.Secrets = secretRefs(r, n) },
		"config":      func(n *ast.MappingValueNode) { e.Config = r.config(n) },
	})
	if seen && e.Plugin == "" {
		r.fail(n.Key, "the source %s names no plugin; add `plugin: sql` or another", system)
	}
	if e.Override && e.Program == "" {
		r.fail(n.Key, "the source %s says `override: true` without `program:`; remove it, or name the program", system)
	}
	return e
}

// reader collects the errors of one file, each with its place.
type reader struct {
	file string
	errs []error
}

func (r *reader) fail(n ast.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s: %s", at(r.file, n.GetToken()), fmt.Sprintf(format, args...)))
}

// mapping gives each key of node to its function. It gives false when node is
// no mapping.
func (r *reader) mapping(node ast.Node, what string, known map[string]func(*ast.MappingValueNode)) bool {
	m, ok := node.(*ast.MappingNode)
	if !ok {
		r.fail(node, "%s wants a mapping here", what)
		return false
	}
	for key, n := range r.keys(m) {
		f := known[key]
		if f == nil {
			r.fail(n.Key, "unknown key %q in %s; known here: %s", key, what, strings.Join(sortedKeys(known), ", "))
			continue
		}
		f(n)
	}
	return true
}

// keys walks m in order and fails keys that are no texts or stand twice.
func (r *reader) keys(m *ast.MappingNode) iter.Seq2[string, *ast.MappingValueNode] {
	return func(yield func(string, *ast.MappingValueNode) bool) {
		seen := map[string]bool{}
		for _, n := range m.Values {
			key, ok := r.key(n)
			if ok && seen[key] {
				r.fail(n.Key, "the key %q stands twice", key)
				continue
			}
			seen[key] = true
			if ok && !yield(key, n) {
				return
			}
		}
	}
}

// key gives the text of a key, as it is written.
func (r *reader) key(n *ast.MappingValueNode) (string, bool) {
	switch k := n.Key.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return k.GetToken().Value, true
	default:
		r.fail(n.Key, "want a plain text as the key; merges, anchors and tags are not understood")
		return "", false
	}
}

func (r *reader) text(n *ast.MappingValueNode) (string, bool) {
	switch v := n.Value.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		return v.GetToken().Value, true
	default:
		r.fail(n.Value, "`%s:` wants a text", n.Key.GetToken().Value)
		return "", false
	}
}

// path gives the path of a file.
func (r *reader) path(n *ast.MappingValueNode) string {
	s, ok := r.text(n)
	if ok && (strings.TrimSpace(s) == "" || strings.ContainsRune(s, 0)) {
		r.fail(n.Value, "`%s:` wants the path of a file", n.Key.GetToken().Value)
		return ""
	}
	return s
}

// The units of a size in bytes, and the least and the greatest that a plugin
// can be given.
var sizeUnits = map[string]int64{"MiB": 1 << 20, "GiB": 1 << 30}

const (
	minMemory = 32 << 20
	maxMemory = 1 << 40
)

// size gives a size in bytes.
func (r *reader) size(n *ast.MappingValueNode) int64 {
	s, ok := r.text(n)
	if !ok {
		return 0
	}
	number := strings.TrimRight(s, "MGiB")
	unit := sizeUnits[s[len(number):]]
	v, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || unit == 0 || v <= 0 || v > maxMemory/unit || v*unit < minMemory {
		r.fail(n.Value, "`%s:` wants a size from 32MiB with its unit, such as 512MiB or 2GiB", n.Key.GetToken().Value)
		return 0
	}
	return v * unit
}

func (r *reader) flag(n *ast.MappingValueNode) bool {
	b, ok := n.Value.(*ast.BoolNode)
	if !ok {
		r.fail(n.Value, "`%s:` wants true or false", n.Key.GetToken().Value)
		return false
	}
	return b.Value
}

func (r *reader) duration(n *ast.MappingValueNode) time.Duration {
	s, ok := r.text(n)
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		r.fail(n.Value, "`%s:` wants a time above 0 with its unit, such as 90s or 2m", n.Key.GetToken().Value)
		return 0
	}
	return d
}

func (r *reader) count(n *ast.MappingValueNode) uint64 {
	i, ok := n.Value.(*ast.IntegerNode)
	if ok {
		if v, err := strconv.ParseUint(i.GetToken().Value, 10, 63); err == nil {
			return v
		}
	}
	r.fail(n.Value, "`%s:` wants a whole number, not negative", n.Key.GetToken().Value)
	return 0
}

// config gives the value as JSON.
func (r *reader) config(n *ast.MappingValueNode) json.RawMessage {
	if _, ok := n.Value.(*ast.MappingNode); !ok && !empty(n.Value) {
		r.fail(n.Value, "`config:` wants a mapping")
		return nil
	}
	var b strings.Builder
	r.json(&b, n.Value)
	return json.RawMessage(b.String())
}

func empty(n ast.Node) bool {
	if n == nil {
		return true
	}
	_, null := n.(*ast.NullNode)
	return null
}

func at(file string, t *token.Token) string {
	if t == nil || t.Position == nil {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, t.Position.Line, t.Position.Column)
}

// syntaxError gives the place and the message of a parser's error, without the
// piece of the file that the parser would print.
func syntaxError(file string, err error) error {
	var s interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if errors.As(err, &s) {
		return fmt.Errorf("%s: %s", at(file, s.GetToken()), s.GetMessage())
	}
	return fmt.Errorf("%s: the file is no valid YAML", file)
}
