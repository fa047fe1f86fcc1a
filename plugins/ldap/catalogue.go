package ldapsource

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// everyOther stands in not_in_catalogue for all attributes that the mapping
// does not name.
const everyOther = "*"

// isCatalogue tells whether the address is that of a global catalogue: by the
// setting, else by the ports that Active Directory gives it.
func isCatalogue(c Config) bool {
	if c.GlobalCatalogue != nil {
		return *c.GlobalCatalogue
	}
	u, err := url.Parse(c.URL)
	return err == nil && (u.Port() == "3268" || u.Port() == "3269")
}

// compileCatalogue reads not_in_catalogue.
func compileCatalogue(c Config) (map[string]bool, error) {
	out := map[string]bool{}
	for _, written := range slices.Sorted(maps.Keys(c.NotInCatalogue)) {
		at := "not_in_catalogue." + written
		switch {
		case !isCatalogue(c):
			return nil, sdk.ConfigError("not_in_catalogue", "this is for a global catalogue, on port 3268 or 3269, or with global_catalogue: true; leave it out")
		case written != everyOther && !attributeName(written):
			return nil, sdk.ConfigError(at, "%q is no attribute name", written)
		case strings.TrimSpace(c.NotInCatalogue[written]) == "":
			return nil, sdk.ConfigError(at, "give the reason why nothing is missed; * stands for all attributes that are not mapped")
		}
		out[describe(written).key] = true
	}
	return out, nil
}

// readCatalogue gives the attributes that a global catalogue holds, in lower
// case; nil when the account may not read that.
func (d *server) readCatalogue(ctx context.Context) (map[string]bool, error) {
	if d.root.schema == "" {
		return nil, nil
	}
	held := map[string]bool{}
	limit, err := d.pages(ctx, asking{base: d.root.schema, scope: ldap.ScopeSingleLevel, filter: "(&(objectClass=attributeSchema)(isMemberOfPartialAttributeSet=TRUE))",
		attributes: []string{"lDAPDisplayName"}}, func(e entry) error {
		for _, v := range e.values(describe("lDAPDisplayName")) {
			held[strings.ToLower(string(v.raw))] = true
		}
		return nil
	})
	var p *core.Problem
	if errors.As(err, &p) && (p.Class == core.ClassAuth || p.Class == core.ClassConfig) {
		return nil, nil
	}
	if err != nil || limit != "" || len(held) == 0 {
		return nil, err
	}
	return held, nil
}

// tellCatalogue tells which mapped attributes a global catalogue does not
// hold: nobody is found by them there, and they are in no record.
func (d *server) tellCatalogue(held map[string]bool) {
	if held == nil {
		d.noticed.add(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, ConfigPath: "url",
			Message: "a global catalogue holds some of the attributes only, and the account may not read which (isMemberOfPartialAttributeSet in the schema); ask each domain as a source of its own"})
		return
	}
	for _, m := range d.types {
		for _, a := range m.all {
			switch {
			case d.notInCatalogue[a.key] || constructed(a.key):
			case a.key == "memberof":
				d.noticed.add(catalogueNotice(m.name, a, "a global catalogue shows of memberOf the universal groups only"))
			case !held[a.key]:
				d.noticed.add(catalogueNotice(m.name, a, "the global catalogue does not hold the attribute "+a.written))
			}
		}
	}
	if !d.notInCatalogue[everyOther] {
		d.noticed.add(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, ConfigPath: "not_in_catalogue",
			Message: `a global catalogue shows some of the attributes only, so what the others hold was not searched; ask each domain as a source of its own, or give the reason under not_in_catalogue: {"*": ...}`})
	}
}

// constructed tells whether a server makes the attribute when it answers, so
// that a global catalogue has it too.
func constructed(key string) bool {
	switch key {
	case "createtimestamp", "modifytimestamp", "canonicalname", "distinguishedname", "objectguid", "objectclass":
		return true
	}
	return false
}

func catalogueNotice(recordType string, a mappedAttribute, what string) core.Problem {
	return core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: recordType, ConfigPath: a.path,
		Message: what + "; ask each domain as a source of its own, or give the reason under not_in_catalogue"}
}
