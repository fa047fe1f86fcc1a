package restsource

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/sinusta/sinusta/plugins/sdk"
)

// Path is a path behind the service's address, by segments.
type Path []Value

// Node is a piece of a JSON body: a constant, a value, a list or an object.
type Node struct {
	Constant any // text, json.Number, bool or nil
	Value    *Value
	List     []Node
	Object   map[string]Node
	kind     byte // 'c', 'v', 'l' or 'o'
}

// strict decodes data into v, and refuses unknown members.
func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the value")
	}
	return nil
}

func first(data []byte) byte {
	if data = bytes.TrimSpace(data); len(data) > 0 {
		return data[0]
	}
	return 0
}

// scalar gives a text, number or flag as the text of a constant.
func scalar(data []byte) (string, bool) {
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return "", false
	}
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	}
	return "", false
}

// UnmarshalJSON reads a text, or one of the forms of a value.
func (v *Value) UnmarshalJSON(data []byte) error {
	if s, ok := scalar(data); ok {
		*v = Value{Constant: &s}
		return nil
	}
	type plain Value
	var p plain
	if err := strict(data, &p); err != nil {
		return err
	}
	if set := count(p.Constant != nil, p.Identifier != "", p.Filter != nil, p.Key != nil, p.PartKey != nil); set != 1 {
		return errors.New("a value is a text, or one of {identifier: KIND}, {filter: ...}, {key: 0}, {part_key: 0}")
	}
	*v = Value(p)
	return nil
}

// MarshalJSON writes the value as it may stand in the mapping.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.Constant != nil {
		return json.Marshal(*v.Constant)
	}
	type plain Value
	return json.Marshal(plain(v))
}

func count(set ...bool) int {
	n := 0
	for _, s := range set {
		if s {
			n++
		}
	}
	return n
}

// UnmarshalJSON reads a text with slashes, or a list of segments.
func (p *Path) UnmarshalJSON(data []byte) error {
	if first(data) == '[' {
		var list []Value
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
		*p = list
		return nil
	}
	s, ok := scalar(data)
	if !ok {
		return errors.New("want a path such as /api/tickets, or a list of its segments")
	}
	*p = nil
	for _, segment := range strings.Split(strings.Trim(s, "/"), "/") {
		if segment != "" {
			*p = append(*p, Value{Constant: &segment})
		}
	}
	return nil
}

// UnmarshalJSON reads a path, or a member with more.
func (m *Member) UnmarshalJSON(data []byte) error {
	if first(data) == '"' {
		return json.Unmarshal(data, &m.Path)
	}
	type plain Member
	var p plain
	if err := strict(data, &p); err != nil {
		return err
	}
	*m = Member(p)
	return nil
}

// UnmarshalJSON reads a member or a list of them.
func (m *Members) UnmarshalJSON(data []byte) error {
	if first(data) != '[' {
		var one Member
		if err := json.Unmarshal(data, &one); err != nil {
			return err
		}
		*m = Members{one}
		return nil
	}
	var list []Member
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("the list of members is empty")
	}
	*m = list
	return nil
}

// UnmarshalJSON reads any JSON; an object with the member identifier, key or
// filter alone (and as) is a value.
func (n *Node) UnmarshalJSON(data []byte) error {
	switch first(data) {
	case '[':
		n.kind = 'l'
		return json.Unmarshal(data, &n.List)
	case '{':
		var members map[string]json.RawMessage
		if err := json.Unmarshal(data, &members); err != nil {
			return err
		}
		for _, word := range []string{"identifier", "filter", "key", "part_key"} {
			if _, ok := members[word]; ok {
				n.kind, n.Value = 'v', &Value{}
				return json.Unmarshal(data, n.Value)
			}
		}
		n.kind = 'o'
		return json.Unmarshal(data, &n.Object)
	}
	n.kind = 'c'
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(&n.Constant)
}

// MarshalJSON writes the node as it may stand in the mapping.
func (n Node) MarshalJSON() ([]byte, error) {
	switch n.kind {
	case 'l':
		return json.Marshal(n.List)
	case 'v':
		return json.Marshal(n.Value)
	case 'o':
		return json.Marshal(n.Object)
	}
	return json.Marshal(n.Constant)
}

// fill decodes a tree of settings strictly into a configuration.
func fill(tree map[string]any) (Config, error) {
	var c Config
	data, err := json.Marshal(tree)
	if err == nil {
		err = strict(data, &c)
	}
	if err != nil {
		return c, sdk.ConfigError("recipe", "the configuration does not fit over the recipe: %s", err)
	}
	return c, nil
}
