package host

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Position gives the place of a setting as "sources.yaml:12:7". configPath is
// a path below `config:` of the system's source, such as
// types.ticket.parties[0].fields.email, or the name of a secret. A setting
// that is not there has the place of the nearest one above it; a system that
// is not there has the file's name.
func (s *Sources) Position(system, configPath string) string {
	node := s.nodes[system]
	if node == nil {
		return s.file
	}
	path := splitPath(configPath)
	best, whole := node.Key.(ast.Node), false
	if config := child(node.Value, "config"); config != nil {
		best, whole = follow(config, path)
	}
	if !whole && len(path) > 0 {
		if path[0] == "secrets" {
			path = path[1:]
		}
		if secrets := child(node.Value, "secrets"); secrets != nil {
			if n, whole := follow(secrets, path); whole {
				best = n
			}
		}
	}
	return at(s.file, best.GetToken())
}

// PositionOf gives the place of a key of the source itself, such as program or
// timeout, or of the source when it does not have the key.
func (s *Sources) PositionOf(system, key string) string {
	node := s.nodes[system]
	if node == nil {
		return s.file
	}
	if n := child(node.Value, key); n != nil {
		return at(s.file, n.Key.GetToken())
	}
	return at(s.file, node.Key.GetToken())
}

// follow goes down from n by path as far as it can. It gives the node that
// people should look at and whether the whole path is there.
func follow(n *ast.MappingValueNode, path []string) (ast.Node, bool) {
	var place ast.Node = n.Key
	value := n.Value
	for _, step := range path {
		if list, ok := value.(*ast.SequenceNode); ok {
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(list.Values) {
				return place, false
			}
			value = list.Values[i]
			place = value
			if m, ok := value.(*ast.MappingNode); ok && len(m.Values) > 0 {
				place = m.Values[0].Key
			}
			continue
		}
		next := child(value, step)
		if next == nil {
			return place, false
		}
		place, value = next.Key, next.Value
	}
	return place, true
}

func child(n ast.Node, key string) *ast.MappingValueNode {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return nil
	}
	for _, v := range m.Values {
		if text, ok := (&reader{}).key(v); ok && text == key {
			return v
		}
	}
	return nil
}

// splitPath gives the steps of a path such as types."a.b".parties[0].
func splitPath(path string) []string {
	var steps []string
	for path != "" {
		switch path[0] {
		case '.':
			path = path[1:]
		case '[':
			index, rest, _ := strings.Cut(path[1:], "]")
			steps = append(steps, index)
			path = rest
		case '"':
			quoted, err := strconv.QuotedPrefix(path)
			if err != nil {
				return append(steps, path)
			}
			text, _ := strconv.Unquote(quoted) // a quoted prefix always unquotes
			steps = append(steps, text)
			path = path[len(quoted):]
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			steps = append(steps, path[:end])
			path = path[end:]
		}
	}
	return steps
}
