package ldapsource

import (
	"net/url"
	"strings"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/text/unicode/norm"
)

// normalDN gives the normal form of a DN: canonical attribute names and values
// in lower case, white space collapsed, Unicode composed, escaped in one way.
// It gives false for a text that is no DN.
func normalDN(s string) (string, bool) {
	dn, err := ldap.ParseDN(s)
	if err != nil {
		return "", false
	}
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			a.Type = strings.ToLower(canonical(a.Type))
			a.Value = folded(a.Value)
		}
	}
	return dn.String(), true
}

// folded gives the form in which two texts are equal for a directory
// (caseIgnoreMatch, RFC 4518).
func folded(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}

// ref gives the record's ref: type/entryUUID, else type/normalised DN.
func ref(recordType string, e entry) string {
	for _, v := range e.values(describe("entryUUID")) {
		if s, ok := v.text(); ok && s != "" {
			return recordType + "/" + url.PathEscape(strings.ToLower(s))
		}
	}
	return refOfDN(recordType, e.dn)
}

func refOfDN(recordType, dn string) string {
	if n, ok := normalDN(dn); ok {
		dn = n
	}
	return recordType + "/" + url.PathEscape(dn)
}

// scope is which entries a search reaches from its bases.
type scope int

const (
	scopeSub scope = iota
	scopeOne
	scopeBase
)

// ldap gives the scope as the protocol numbers it.
func (s scope) ldap() int {
	return [...]int{scopeSub: ldap.ScopeWholeSubtree, scopeOne: ldap.ScopeSingleLevel, scopeBase: ldap.ScopeBaseObject}[s]
}

// reaches tells whether dn lies in the scope of base. Both are parsed.
func (s scope) reaches(base, dn *ldap.DN) bool {
	switch s {
	case scopeBase:
		return base.EqualFold(dn)
	case scopeOne:
		return len(dn.RDNs) == len(base.RDNs)+1 && base.AncestorOfFold(dn)
	default:
		return base.EqualFold(dn) || base.AncestorOfFold(dn)
	}
}
