package ldapsource

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// mappedType is a record type with its mapping, held against the profile.
type mappedType struct {
	name       string
	filter     string
	takes      predicate // the filter, for entries of LDIF files
	terms      []term    // of the filter
	time       *mappedAttribute
	own        mappedParty   // the record's own fields; its slot is empty
	parties    []mappedParty // in the mapping's order
	ignored    []description
	syntax     map[string]syntax // by attribute, where the mapping says it
	all        []mappedAttribute // every mapped attribute
	mayBeEmpty bool
	hasSubject bool // the profile has a slot of the subject
}

// mappedParty is the fields of one slot, in the profile's order.
type mappedParty struct {
	path    string
	slot    string
	subject bool // the subject may stand in the slot
	fields  []mappedField
}

// mappedField is a field of the profile with the attributes that hold it.
type mappedField struct {
	name       string
	kind       core.Kind
	part       string // given, family or former
	attributes []mappedAttribute
}

// mappedAttribute is an attribute with its place in the configuration.
type mappedAttribute struct {
	description
	path string
}

// compile holds the mapping against the profile of the system's kind. Every
// error names the path in the configuration.
func compile(types map[string]Type, profile *catalogue.Profile) ([]mappedType, error) {
	if len(types) == 0 {
		return nil, sdk.ConfigError("types", "no record type is mapped; map one of %s", typeNames(profile))
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if _, ok := profile.Type(name); !ok {
			return nil, sdk.ConfigError("types."+name, "the kind %s has no record type %q%s", profile.Kind, name, suggest.Names(name, typeNames(profile)))
		}
	}
	var out []mappedType
	for _, t := range profile.Types {
		if c, ok := types[t.Name]; ok {
			m, err := compileType("types."+t.Name, c, &t)
			if err != nil {
				return nil, err
			}
			out = append(out, m)
		}
	}
	return out, nil
}

func compileType(path string, c Type, profile *catalogue.RecordType) (mappedType, error) {
	m := mappedType{name: profile.Name, filter: c.Filter, mayBeEmpty: c.MayBeEmpty,
		hasSubject: slices.ContainsFunc(profile.Slots, func(s catalogue.Slot) bool { return s.Subject })}
	var err error
	if m.takes, m.terms, err = compileFilter(path+".filter", c.Filter); err != nil {
		return m, err
	}
	if m.syntax, err = compileSyntax(path+".syntax", c.Syntax); err != nil {
		return m, err
	}
	if c.Time != "" {
		a, err := mapAttribute(path+".time", c.Time)
		if err != nil {
			return m, err
		}
		m.time = &a
	}
	if m.own.fields, err = compileFields(path+".fields", c.Fields, profile.Fields, "record type "+profile.Name); err != nil {
		return m, err
	}
	for i, p := range c.Parties {
		at := fmt.Sprintf("%s.parties[%d]", path, i)
		slot, ok := profile.Slot(p.Slot)
		if !ok {
			var names []string
			for _, s := range profile.Slots {
				names = append(names, s.Name)
			}
			return m, sdk.ConfigError(at+".slot", "record type %s has no slot %q%s", profile.Name, p.Slot, suggest.Names(p.Slot, names))
		}
		fields, err := compileFields(at+".fields", p.Fields, slot.Fields, "slot "+slot.Name)
		if err != nil {
			return m, err
		}
		if len(fields) == 0 {
			return m, sdk.ConfigError(at+".fields", "no field of the slot is mapped")
		}
		m.parties = append(m.parties, mappedParty{path: at, slot: slot.Name, subject: slot.Subject, fields: fields})
	}
	m.setSyntax()
	m.all = m.attributes()
	if err := m.compileIgnore(path+".ignore", c.Ignore); err != nil {
		return m, err
	}
	if len(m.keys()) == 0 {
		return m, sdk.ConfigError(path, "no mapped field holds an identifier, so nobody can be found; map one such as email or employee_number in parties")
	}
	return m, nil
}

func compileFields(path string, c map[string]List, profile []catalogue.FieldProfile, where string) ([]mappedField, error) {
	names := make([]string, len(profile))
	for i, f := range profile {
		names[i] = f.Name
	}
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if !slices.Contains(names, name) {
			return nil, sdk.ConfigError(path+"."+name, "%s has no field %q%s", where, name, suggest.Names(name, names))
		}
	}
	var out []mappedField
	for _, f := range profile {
		list, ok := c[f.Name]
		if !ok {
			continue
		}
		if len(list) == 0 {
			return nil, sdk.ConfigError(path+"."+f.Name, "name the attribute that holds the field, or leave the field out")
		}
		m := mappedField{name: f.Name, kind: f.Identifier, part: f.NamePart}
		for i, written := range list {
			at := path + "." + f.Name
			if len(list) > 1 {
				at = fmt.Sprintf("%s[%d]", at, i)
			}
			a, err := mapAttribute(at, written)
			if err != nil {
				return nil, err
			}
			m.attributes = append(m.attributes, a)
		}
		out = append(out, m)
	}
	return out, nil
}

func mapAttribute(path, written string) (mappedAttribute, error) {
	if !attributeName(written) {
		return mappedAttribute{}, sdk.ConfigError(path, "%q is no attribute name: letters, digits and hyphens, with options after semicolons", written)
	}
	d := describe(written)
	if credential(d.key) {
		return mappedAttribute{}, sdk.ConfigError(path, "%s holds a secret and is never read; put it under ignore", written)
	}
	return mappedAttribute{d, path}, nil
}

// attributeName tells whether s is an attribute description by name.
func attributeName(s string) bool {
	for _, part := range strings.Split(s, ";") {
		if part == "" || strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

func (m *mappedType) compileIgnore(path string, c map[string]string) error {
	for _, written := range slices.Sorted(maps.Keys(c)) {
		at := path + "." + written
		if !attributeName(written) {
			return sdk.ConfigError(at, "%q is no attribute name", written)
		}
		if strings.TrimSpace(c[written]) == "" {
			return sdk.ConfigError(at, "give the reason why the attribute is left out")
		}
		d := describe(written)
		for _, a := range m.all {
			if a.id() == d.id() {
				return sdk.ConfigError(at, "the attribute is ignored and mapped, at %s; take one of them out", a.path)
			}
		}
		m.ignored = append(m.ignored, d)
	}
	return nil
}

// setSyntax gives the mapped attributes the syntax that the mapping says.
func (m *mappedType) setSyntax() {
	if m.time != nil {
		m.time.syntax = m.syntaxOf(m.time.description)
	}
	for _, g := range m.groups() {
		for _, f := range g.fields {
			for n := range f.attributes {
				f.attributes[n].syntax = m.syntaxOf(f.attributes[n].description)
			}
		}
	}
}

// syntaxOf gives the syntax of an attribute: the mapping's, else that of its
// name.
func (m *mappedType) syntaxOf(d description) syntax {
	if s, ok := m.syntax[d.key]; ok {
		return s
	}
	return d.syntax
}

// groups gives the record's own fields and those of each party.
func (m *mappedType) groups() []mappedParty {
	return append([]mappedParty{m.own}, m.parties...)
}

// attributes gives every mapped attribute, with its place.
func (m *mappedType) attributes() []mappedAttribute {
	var out []mappedAttribute
	if m.time != nil {
		out = append(out, *m.time)
	}
	for _, g := range m.groups() {
		for _, f := range g.fields {
			out = append(out, f.attributes...)
		}
	}
	return out
}

// keyAttributes gives the names of the attributes that may hold identifiers,
// each once.
func (m *mappedType) keyAttributes() []string {
	var out []string
	for _, g := range m.groups() {
		for _, f := range g.fields {
			for _, a := range f.attributes {
				if f.kind != "" && !slices.Contains(out, a.written) {
					out = append(out, a.written)
				}
			}
		}
	}
	return out
}

// maps tells whether a value under d is a value of a mapped attribute.
func (m *mappedType) maps(d description) bool {
	return slices.ContainsFunc(m.all, func(a mappedAttribute) bool { return a.covers(d) })
}

// leavesOut tells whether d is ignored. A mapping of the same or a longer
// description wins over ignoring a shorter one (cn;lang-sv over cn).
func (m *mappedType) leavesOut(d description) bool {
	longest := func(covering int, has bool, options int) int {
		if has && options+1 > covering {
			return options + 1
		}
		return covering
	}
	ignored, mapped := 0, 0
	for _, i := range m.ignored {
		ignored = longest(ignored, i.covers(d), len(i.options))
	}
	for _, a := range m.all {
		mapped = longest(mapped, a.covers(d), len(a.options))
	}
	return ignored > mapped
}

// keys gives what entries of the type can be searched by. A date of birth
// finds a person together with a name only: alone it names a crowd.
func (m *mappedType) keys() []sdk.Key {
	var out []sdk.Key
	add := func(match sdk.Match, kinds ...core.Kind) {
		if !slices.ContainsFunc(out, func(k sdk.Key) bool { return slices.Equal(k.Kinds, kinds) }) {
			out = append(out, sdk.Key{Kinds: kinds, Match: match})
		}
	}
	for _, g := range m.groups() {
		named := g.named()
		if named {
			add(sdk.MatchTerms, core.Name)
		}
		for _, f := range g.fields {
			switch f.kind {
			case "", core.Name:
			case core.DateOfBirth:
				if named {
					add(sdk.MatchTerms, core.Name, core.DateOfBirth)
				}
			case core.Phone:
				add(sdk.MatchTerms, f.kind)
			default:
				add(sdk.MatchExact, f.kind)
			}
		}
	}
	return out
}

// named tells whether the group holds whole names: in one field, or in a
// field for given names and one for the family name.
func (p mappedParty) named() bool {
	given, family := false, false
	for _, f := range p.fields {
		switch {
		case f.kind != core.Name:
		case f.part == "given":
			given = true
		case f.part == "family":
			family = true
		case f.part == "":
			return true
		}
	}
	return given && family
}

func typeNames(p *catalogue.Profile) []string {
	names := make([]string, len(p.Types))
	for i, t := range p.Types {
		names[i] = t.Name
	}
	return names
}

// parseBases parses the DNs under which people are searched. The empty one,
// above all, is what a global catalogue may be asked for.
func parseBases(list List, catalogue bool) ([]*ldap.DN, error) {
	var out []*ldap.DN
	for i, s := range list {
		dn, err := ldap.ParseDN(s)
		if err != nil || len(dn.RDNs) == 0 && !catalogue {
			return nil, sdk.ConfigError(listPath("base_dn", list, i), "%q is no DN; write one such as ou=people,dc=example,dc=fi", s)
		}
		for _, rdn := range dn.RDNs {
			for _, a := range rdn.Attributes {
				a.Type = canonical(a.Type)
			}
		}
		out = append(out, dn)
	}
	return out, nil
}

// listPath gives the path of the i-th element of a list that may be written
// as one text.
func listPath(path string, list List, i int) string {
	if len(list) == 1 {
		return path
	}
	return fmt.Sprintf("%s[%d]", path, i)
}
