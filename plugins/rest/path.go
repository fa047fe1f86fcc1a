package restsource

import (
	"errors"
	"slices"
	"strings"
)

// route is a path through an answer: the names of members.
type route []string

var errPath = errors.New(`a path is names with points between them; a name with a point stands in double quotes: fields."reporter.email"`)

// parseRoute reads a path; the empty one is the thing itself.
func parseRoute(s string) (route, error) {
	var out route
	for rest := s; rest != ""; {
		var name string
		if rest[0] == '"' {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return nil, errPath
			}
			name, rest = rest[1:1+end], rest[2+end:]
		} else {
			end := strings.IndexByte(rest, '.')
			if end < 0 {
				end = len(rest)
			}
			name, rest = rest[:end], rest[end:]
		}
		if name == "" || rest != "" && (rest[0] != '.' || len(rest) == 1) {
			return nil, errPath
		}
		out = append(out, name)
		rest = strings.TrimPrefix(rest, ".")
	}
	return out, nil
}

// String writes the path as a mapping does.
func (r route) String() string {
	var words []string
	for _, name := range r {
		if strings.ContainsAny(name, `. "`) {
			name = `"` + name + `"`
		}
		words = append(words, name)
	}
	return strings.Join(words, ".")
}

// below gives the path of other below r.
func (r route) below(other route) route { return append(slices.Clone(r), other...) }

// at gives what stands at the path, each of a list by itself. found is false
// when some step is not there at all.
func (r route) at(node any) (out []any, found bool) {
	if list, ok := node.([]any); ok {
		for _, v := range list {
			more, has := r.at(v)
			out, found = append(out, more...), found || has
		}
		return out, found || len(list) == 0
	}
	if len(r) == 0 {
		return []any{node}, true
	}
	object, ok := node.(map[string]any)
	if !ok {
		return nil, node == nil
	}
	next, ok := object[r[0]]
	if !ok {
		return nil, false
	}
	return r[1:].at(next)
}

// raw gives what stands at the path without going through lists.
func (r route) raw(node any) (any, bool) {
	for _, name := range r {
		object, ok := node.(map[string]any)
		if !ok {
			return nil, false
		}
		if node, ok = object[name]; !ok {
			return nil, false
		}
	}
	return node, true
}

// covers tells whether what stands at other stands at r or below it.
func (r route) covers(other route) bool {
	return len(r) <= len(other) && slices.Equal(r, other[:len(r)])
}

// leaf is a value at the end of a path.
type leaf struct {
	at    route
	value any
}

// leaves gives every value of a tree with its path, in no order of members.
func leaves(node any, at route, out []leaf) []leaf {
	switch v := node.(type) {
	case map[string]any:
		if len(v) == 0 && len(at) > 0 {
			return append(out, leaf{slices.Clone(at), nil})
		}
		for name, below := range v {
			out = leaves(below, append(at[:len(at):len(at)], name), out)
		}
	case []any:
		if len(v) == 0 && len(at) > 0 {
			return append(out, leaf{slices.Clone(at), nil})
		}
		for _, below := range v {
			out = leaves(below, at, out)
		}
	default:
		out = append(out, leaf{slices.Clone(at), v})
	}
	return out
}
