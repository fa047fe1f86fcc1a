package ldapsource

import (
	"slices"
	"strconv"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/plugins/sdk"
)

// predicate tells whether an entry meets a filter.
type predicate func(entry) bool

// term is a comparison in a filter.
type term struct {
	attribute string
	// class is the object class that the attribute is compared with, if so.
	class     string
	equality  bool
	substring bool
}

// compileFilter makes a predicate of a filter for entries of LDIF files. It
// knows and, or, not, equality, presence, substrings, and Active Directory's
// comparison of bits; other parts of the filter language need the schema of a
// server and are refused. Values compare
// without regard to case and repeated white space, DNs as DNs, and object
// classes with the classes above them.
func compileFilter(path, filter string) (predicate, []term, error) {
	if filter == "" {
		return nil, nil, sdk.ConfigError(path, "say which entries are of this type, such as (objectClass=inetOrgPerson)")
	}
	packet, err := ldap.CompileFilter(filter)
	if err != nil {
		return nil, nil, sdk.ConfigError(path, "the filter is not well formed (RFC 4515); write one such as (objectClass=inetOrgPerson)")
	}
	p, ok := compilePacket(packet)
	if !ok {
		return nil, nil, sdk.ConfigError(path, "use only (a=b), (a=b*c), (a=*), &, |, ! and Active Directory's (a:1.2.840.113556.1.4.803:=bits) in the filter of a type")
	}
	return p, terms(packet), nil
}

// terms gives the comparisons of a filter that compilePacket takes.
func terms(p *ber.Packet) []term {
	switch p.Tag {
	case ldap.FilterPresent:
		return []term{{attribute: packetText(p)}}
	case ldap.FilterSubstrings:
		return []term{{attribute: packetText(p.Children[0]), substring: true}}
	case ldap.FilterEqualityMatch:
		t := term{attribute: packetText(p.Children[0]), equality: true}
		if describe(t.attribute).key == "objectclass" {
			t.class = packetText(p.Children[1])
		}
		return []term{t}
	case ldap.FilterExtensibleMatch:
		b, _ := bitsOf(p)
		return []term{{attribute: b.attribute}}
	}
	var out []term
	for _, c := range p.Children {
		out = append(out, terms(c)...)
	}
	return out
}

func compilePacket(p *ber.Packet) (predicate, bool) {
	switch p.Tag {
	case ldap.FilterAnd, ldap.FilterOr, ldap.FilterNot:
		var inner []predicate
		for _, c := range p.Children {
			compiled, ok := compilePacket(c)
			if !ok {
				return nil, false
			}
			inner = append(inner, compiled)
		}
		return combine(int(p.Tag), inner)
	case ldap.FilterEqualityMatch:
		d, want := describe(packetText(p.Children[0])), packetText(p.Children[1])
		return func(e entry) bool { return equals(e, d, want) }, attributeName(d.written)
	case ldap.FilterPresent:
		d := describe(packetText(p))
		return func(e entry) bool {
			return slices.ContainsFunc(e.attributes, func(a attribute) bool { return d.covers(a.description) })
		}, attributeName(d.written)
	case ldap.FilterSubstrings:
		d := describe(packetText(p.Children[0]))
		pieces := p.Children[1].Children
		return func(e entry) bool {
			return slices.ContainsFunc(e.values(d), func(v value) bool { return contains(string(v.raw), pieces) })
		}, attributeName(d.written)
	case ldap.FilterExtensibleMatch:
		b, ok := bitsOf(p)
		return func(e entry) bool { return b.met(e) }, ok && attributeName(describe(b.attribute).written)
	default:
		return nil, false
	}
}

// bits is a comparison of bits ([MS-ADTS] 3.1.1.3.4.4).
type bits struct {
	attribute string
	mask      int64
	any       bool // one of the bits is enough
}

func bitsOf(p *ber.Packet) (b bits, ok bool) {
	rule := ""
	for _, c := range p.Children {
		switch c.Tag {
		case ldap.MatchingRuleAssertionMatchingRule:
			rule = packetText(c)
		case ldap.MatchingRuleAssertionType:
			b.attribute = packetText(c)
		case ldap.MatchingRuleAssertionMatchValue:
			mask, err := strconv.ParseInt(packetText(c), 10, 64)
			b.mask, ok = mask, err == nil
		}
	}
	b.any = rule == "1.2.840.113556.1.4.804"
	return b, ok && (b.any || rule == "1.2.840.113556.1.4.803")
}

func (b bits) met(e entry) bool {
	return slices.ContainsFunc(e.values(describe(b.attribute)), func(v value) bool {
		n, err := strconv.ParseInt(strings.TrimSpace(string(v.raw)), 10, 64)
		if err != nil {
			return false
		}
		return n&b.mask == b.mask || b.any && n&b.mask != 0
	})
}

func combine(operator int, inner []predicate) (predicate, bool) {
	switch {
	case len(inner) == 0:
		return nil, false
	case operator == ldap.FilterNot:
		return func(e entry) bool { return !inner[0](e) }, len(inner) == 1
	case operator == ldap.FilterOr:
		return func(e entry) bool {
			return slices.ContainsFunc(inner, func(p predicate) bool { return p(e) })
		}, true
	default:
		return func(e entry) bool {
			return !slices.ContainsFunc(inner, func(p predicate) bool { return !p(e) })
		}, true
	}
}

func packetText(p *ber.Packet) string { return ber.DecodeString(p.Data.Bytes()) }

func equals(e entry, d description, want string) bool {
	return slices.ContainsFunc(e.values(d), func(v value) bool {
		have := string(v.raw)
		if folded(have) == folded(want) {
			return true
		}
		if d.key == "objectclass" {
			return slices.ContainsFunc(superiors(have), func(s string) bool { return strings.EqualFold(s, want) })
		}
		if d.key == "objectcategory" && !strings.Contains(want, "=") {
			// Active Directory takes the name of a class for the DN of its category.
			category, _, _ := strings.Cut(folded(have), ",")
			return category == "cn="+categoryOf(folded(want))
		}
		a, okA := normalDN(have)
		b, okB := normalDN(want)
		return okA && okB && a == b && strings.Contains(want, "=")
	})
}

// categoryOf gives the category that Active Directory puts the entries of a
// class into.
func categoryOf(class string) string {
	switch class {
	case "user", "contact", "inetorgperson", "organizationalperson":
		return "person"
	}
	return class
}

// contains tells whether the pieces of a substring filter stand in s in
// order.
func contains(s string, pieces []*ber.Packet) bool {
	s = folded(s)
	for _, piece := range pieces {
		want := folded(packetText(piece))
		switch piece.Tag {
		case ldap.FilterSubstringsInitial:
			if !strings.HasPrefix(s, want) {
				return false
			}
			s = s[len(want):]
		case ldap.FilterSubstringsFinal:
			if !strings.HasSuffix(s, want) {
				return false
			}
		default:
			i := strings.Index(s, want)
			if i < 0 {
				return false
			}
			s = s[i+len(want):]
		}
	}
	return true
}

// superiors gives the classes above the object classes of people: a server
// takes an entry of a class for one of each class above it, whether the entry
// names them or not.
func superiors(class string) []string {
	switch strings.ToLower(class) {
	case "inetorgperson":
		return []string{"organizationalPerson", "person", "top"}
	case "organizationalperson", "residentialperson":
		return []string{"person", "top"}
	case "user":
		return []string{"organizationalPerson", "person", "top"}
	default:
		return []string{"top"}
	}
}
