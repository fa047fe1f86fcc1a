package ldapsource

import (
	"maps"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// rule says how a server compares the values of an attribute.
type rule struct {
	equality  bool // values can be compared
	exact     bool // upper and lower case differ, or values are no text
	substring bool // parts of values can be looked for
}

// attributeType is an attribute type of a server's schema (RFC 4512 §4.1.2).
type attributeType struct {
	names                         []string
	superior, equality, substring string
	syntax                        string // its OID
}

// schema is what a server knows, by every name and OID in lower case.
type schema struct {
	types   map[string]*attributeType
	classes map[string]bool
	// bySyntax tells that the server names no rules of comparison, as Active
	// Directory does not: there the syntax decides ([MS-ADTS] 3.1.1.2.2.4).
	bySyntax bool
}

// newSchema reads the values attributeTypes and objectClasses of a subschema
// entry. A definition that cannot be read is left out, so that what it defines
// counts as unknown. It gives nil when there is no attribute type.
func newSchema(attributeTypes, objectClasses []string) *schema {
	s := &schema{types: map[string]*attributeType{}, classes: map[string]bool{}, bySyntax: true}
	for _, definition := range attributeTypes {
		oid, t := parseDefinition(definition)
		for _, n := range append(t.names, oid) {
			s.types[strings.ToLower(n)] = &t
		}
		if t.equality != "" {
			s.bySyntax = false
		}
	}
	for _, definition := range objectClasses {
		oid, t := parseDefinition(definition)
		for _, n := range append(t.names, oid) {
			s.classes[strings.ToLower(n)] = true
		}
	}
	if len(s.types) == 0 {
		return nil
	}
	return s
}

func parseDefinition(definition string) (oid string, t attributeType) {
	tokens := tokenise(definition)
	if len(tokens) < 3 || tokens[0] != "(" {
		return "", t
	}
	for i := 2; i < len(tokens)-1; i++ {
		switch tokens[i] {
		case "NAME":
			t.names = quoted(tokens[i+1:])
		case "SUP":
			t.superior = strings.ToLower(tokens[i+1])
		case "EQUALITY":
			t.equality = tokens[i+1]
		case "SUBSTR":
			t.substring = tokens[i+1]
		case "SYNTAX":
			t.syntax, _, _ = strings.Cut(strings.Trim(tokens[i+1], "'"), "{")
		}
	}
	return tokens[1], t
}

// tokenise splits a definition into words, brackets and quoted texts (with
// their opening quote).
func tokenise(s string) []string {
	var out []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		switch s[0] {
		case '(', ')':
			out, s = append(out, s[:1]), s[1:]
		case '\'':
			text, rest, _ := strings.Cut(s[1:], "'")
			out, s = append(out, "'"+text), rest
		default:
			end := strings.IndexAny(s, " ()'")
			if end < 0 {
				end = len(s)
			}
			out, s = append(out, s[:end]), s[end:]
		}
	}
	return out
}

// quoted gives the one text, or the texts in brackets, with which the tokens
// begin.
func quoted(tokens []string) []string {
	var out []string
	for i, t := range tokens {
		switch {
		case t == "(" && i == 0:
		case strings.HasPrefix(t, "'"):
			out = append(out, t[1:])
			if i == 0 {
				return out
			}
		default:
			return out
		}
	}
	return out
}

// check holds the mapping against the schema: a filter on something that the
// server does not know, or cannot compare, finds nothing, silently.
func (s *schema) check(types []mappedType) error {
	for _, m := range types {
		at := "types." + m.name + ".filter"
		for _, t := range m.terms {
			r, known := s.rule(describe(t.attribute).key)
			switch {
			case !known:
				return sdk.ConfigError(at, "the directory knows no attribute %s%s", t.attribute, suggest.Names(t.attribute, s.names()))
			case t.class != "" && !s.classes[strings.ToLower(t.class)]:
				return sdk.ConfigError(at, "the directory knows no object class %s%s", t.class, suggest.Names(t.class, slices.Collect(maps.Keys(s.classes))))
			case t.equality && !r.equality || t.substring && !r.substring:
				return sdk.ConfigError(at, "the directory cannot compare %s in this way; use another attribute", t.attribute)
			}
		}
		for _, a := range m.all {
			t, known := s.types[a.key]
			if !known {
				return sdk.ConfigError(a.path, "the directory knows no attribute %s%s", a.written, suggest.Names(a.written, s.names()))
			}
			if len(t.names) > 0 && !strings.EqualFold(canonical(t.names[0]), strings.Split(a.written, ";")[0]) {
				return sdk.ConfigError(a.path, "the directory calls the attribute %s by the name %s; write that", a.written, t.names[0])
			}
		}
	}
	return nil
}

// rule gives how the attribute is compared, and whether it is known.
func (s *schema) rule(key string) (rule, bool) {
	t, ok := s.types[key]
	if !ok {
		return rule{}, false
	}
	if s.bySyntax {
		return ruleOfSyntax(t.syntax), true
	}
	equality, substring := t.equality, t.substring
	for depth := 0; t.superior != "" && depth < 10; depth++ {
		if t, ok = s.types[t.superior]; !ok {
			break
		}
		if equality == "" {
			equality = t.equality
		}
		if substring == "" {
			substring = t.substring
		}
	}
	lower := strings.ToLower(equality)
	return rule{
		equality:  equality != "",
		exact:     strings.Contains(lower, "exact") || strings.Contains(lower, "octet"),
		substring: substring != "",
	}, true
}

// ruleOfSyntax gives how Active Directory compares values of a syntax.
func ruleOfSyntax(oid string) rule {
	switch oid {
	case "1.3.6.1.4.1.1466.115.121.1.15", "1.2.840.113556.1.4.905": // texts
		return rule{equality: true, substring: true}
	case "1.3.6.1.4.1.1466.115.121.1.26", "1.3.6.1.4.1.1466.115.121.1.44", "1.3.6.1.4.1.1466.115.121.1.36", "1.2.840.113556.1.4.1362":
		return rule{equality: true, substring: true, exact: true} // texts in which case matters
	case "1.3.6.1.4.1.1466.115.121.1.40":
		return rule{equality: true, exact: true}
	case "1.2.840.113556.1.4.907", "1.2.840.113556.1.4.903", "1.2.840.113556.1.4.904":
		return rule{}
	}
	return rule{equality: true} // numbers, times, flags, OIDs and DNs
}

// leaves gives the names of the attribute types from which no other is
// derived, sorted.
func (s *schema) leaves() []string {
	parents := map[*attributeType]bool{}
	for _, t := range s.types {
		if p, ok := s.types[t.superior]; ok {
			parents[p] = true
		}
	}
	var out []string
	for _, t := range s.types {
		if len(t.names) > 0 && !parents[t] {
			out = append(out, t.names[0])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// names gives the first name of every attribute type, sorted.
func (s *schema) names() []string {
	var out []string
	for _, t := range s.types {
		if len(t.names) > 0 {
			out = append(out, t.names[0])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
