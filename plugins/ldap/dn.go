package ldapsource

import (
	"net/url"
	"slices"
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
	rdns := make([]string, len(dn.RDNs))
	for i, rdn := range dn.RDNs {
		var parts []string
		for _, a := range rdn.Attributes {
			parts = append(parts, strings.ToLower(canonical(a.Type))+"="+escapeDN(folded(a.Value)))
		}
		slices.Sort(parts)
		rdns[i] = strings.Join(parts, "+")
	}
	return strings.Join(rdns, ","), true
}

// escapeDN escapes a folded value for a DN (RFC 4514 §2.4). It has no space
// at its ends, since folding takes them off.
func escapeDN(s string) string {
	var b strings.Builder
	for i, r := range s {
		if strings.ContainsRune(`,+"\<>;=`, r) || r == '#' && i == 0 {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// folded gives the form in which two texts are equal for a directory
// (caseIgnoreMatch, RFC 4518).
func folded(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}

// ref gives the record's ref: type/entryUUID, in Active Directory
// type/objectGUID in its usual form, else type/normalised DN.
func ref(recordType string, e entry) string {
	for _, name := range uniqueNames() {
		for _, v := range e.values(describe(name)) {
			if s, ok := v.text(); ok && s != "" {
				return recordType + "/" + url.PathEscape(strings.ToLower(s))
			}
		}
	}
	return refOfDN(recordType, e.dn)
}

// uniqueNames are the attributes by which a server tells its entries apart for
// ever, the best first.
func uniqueNames() []string { return []string{"entryUUID", "objectGUID"} }

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
