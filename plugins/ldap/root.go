package ldapsource

import (
	"context"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
)

// root is what a server tells of itself in its root entry (RFC 4512 §5.1).
type root struct {
	subschema     string
	capabilities  []string
	controls      []string
	contexts      []string // the DNs of its databases
	configuration string   // of Active Directory's forest
	schema        string   // of Active Directory's attributes
	own           string   // OpenLDAP's own configuration
}

// The capabilities by which Active Directory and its lightweight edition tell
// themselves ([MS-ADTS] 3.1.1.3.4.3).
const (
	capabilityAD   = "1.2.840.113556.1.4.800"
	capabilityADAM = "1.2.840.113556.1.4.1851"
)

// activeDirectory tells whether the server is one, or behaves as one.
func (r *root) activeDirectory() bool {
	return slices.Contains(r.capabilities, capabilityAD) || slices.Contains(r.capabilities, capabilityADAM)
}

// readRoot gives an empty root when the account may not read it.
func (d *server) readRoot(ctx context.Context) (*root, error) {
	found, ok, err := d.one(ctx, "", []string{"subschemaSubentry", "supportedCapabilities", "supportedControl", "namingContexts",
		"configurationNamingContext", "schemaNamingContext", "configContext"}, false)
	if err := schemaError(err); err != nil || !ok {
		return &root{}, err
	}
	all := func(name string) []string {
		var out []string
		for _, v := range found.values(describe(name)) {
			out = append(out, string(v.raw))
		}
		return out
	}
	first := func(name string) string { return strings.Join(all(name)[:min(1, len(all(name)))], "") }
	return &root{subschema: first("subschemaSubentry"), capabilities: all("supportedCapabilities"), controls: all("supportedControl"),
		contexts: all("namingContexts"), configuration: first("configurationNamingContext"), schema: first("schemaNamingContext"),
		own: first("configContext")}, nil
}

// holdsPeople tells whether a part of a directory may hold people. Of Active
// Directory the configuration of the forest and the partitions of its name
// service hold none by definition ([MS-ADTS] 3.1.1.1.5).
func (r *root) holdsPeople(dn string) bool {
	normal, ok := normalDN(dn)
	if !ok || !r.activeDirectory() {
		return true
	}
	if configuration, _ := normalDN(r.configuration); configuration != "" &&
		(normal == configuration || strings.HasSuffix(normal, ","+configuration)) {
		return false
	}
	return !strings.HasPrefix(normal, "dc=forestdnszones,") && !strings.HasPrefix(normal, "dc=domaindnszones,")
}

// unsearched gives the DNs of the server's databases that neither hold a base
// nor lie below one.
func (r *root) unsearched(bases []*ldap.DN) []string {
	var out []string
	for _, context := range r.contexts {
		dn, err := ldap.ParseDN(context)
		if err != nil || !r.holdsPeople(context) {
			continue
		}
		for _, rdn := range dn.RDNs {
			for _, a := range rdn.Attributes {
				a.Type = canonical(a.Type)
			}
		}
		if !slices.ContainsFunc(bases, func(b *ldap.DN) bool { return scopeSub.reaches(dn, b) || scopeSub.reaches(b, dn) }) {
			out = append(out, context)
		}
	}
	return out
}

// tellDeleted tells that what was deleted in Active Directory is kept for a
// while, out of sight of every search.
func (d *server) tellDeleted() {
	if d.root.activeDirectory() && !d.ignoreDeleted {
		d.noticed.add(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, ConfigPath: "ignore_deleted",
			Message: "Active Directory keeps deleted accounts for months (tombstones, recycle bin), and they were not searched; say under ignore_deleted why they need not be"})
	}
}
