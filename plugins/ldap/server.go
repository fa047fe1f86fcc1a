package ldapsource

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
)

// serverSettings is what a search of a server needs beside the connection.
type serverSettings struct {
	bases           List
	scope           scope
	pageSize        uint32
	timeout         time.Duration
	types           []mappedType
	ignoreClasses   []string
	ignoreReferrals bool
}

// server is an open, signed-in connection to a directory server.
type server struct {
	serverSettings
	conn    *ldap.Conn
	release func()
	rules   *schema // nil when the schema cannot be read
	noticed *noticeList
}

// schemaCache keeps a server's schema from one search to the next.
type schemaCache struct {
	mu     sync.Mutex
	schema *schema
}

func openServer(ctx context.Context, e *endpoint, s serverSettings, cache *schemaCache, noticed *noticeList) (*server, error) {
	conn, release, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	d := &server{serverSettings: s, conn: conn, release: release, noticed: noticed}
	if err := e.bind(ctx, conn); err != nil {
		d.close()
		return nil, err
	}
	if err := d.loadSchema(ctx, cache); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *server) close() { d.release() }

// loadSchema reads the schema, from the server or from the cache, and holds
// the mapped attributes against it: a filter on an attribute that the server
// does not know finds nothing, silently.
func (d *server) loadSchema(ctx context.Context, cache *schemaCache) error {
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if cache.schema == nil {
		s, err := d.readSchema(ctx)
		if err != nil {
			return err
		}
		cache.schema = s
	}
	if d.rules = cache.schema; d.rules == nil {
		d.noticed.add(schemaNotice())
		return nil
	}
	return d.rules.check(d.types)
}

// readSchema gives nil when the account may not read the schema.
func (d *server) readSchema(ctx context.Context) (*schema, error) {
	root, err := d.search(ctx, ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, d.seconds(), false,
		"(objectClass=*)", []string{"subschemaSubentry"}, nil))
	if err != nil || len(root.Entries) == 0 {
		return nil, schemaError(err)
	}
	dn := root.Entries[0].GetEqualFoldAttributeValue("subschemaSubentry")
	if dn == "" {
		return nil, nil
	}
	sub, err := d.search(ctx, ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, d.seconds(), false,
		"(objectClass=*)", []string{"attributeTypes", "objectClasses"}, nil))
	if err != nil || len(sub.Entries) == 0 {
		return nil, schemaError(err)
	}
	found := sub.Entries[0]
	return newSchema(found.GetEqualFoldAttributeValues("attributeTypes"), found.GetEqualFoldAttributeValues("objectClasses")), nil
}

// schemaError lets an error through that is not about the schema alone.
func schemaError(err error) error {
	if ldap.IsErrorAnyOf(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultOperationsError) {
		return nil
	}
	return requestProblem(err)
}

// rule gives how the server compares an attribute. Without a schema the
// attributes are taken to compare as the standards have them.
func (d *server) rule(a mappedAttribute) rule {
	if d.rules == nil {
		return rule{equality: true, substring: true}
	}
	r, _ := d.rules.rule(a.key)
	return r
}

func (d *server) find(ctx context.Context, m *mappedType, q question, each func(entry) error) error {
	attributes := append(m.keyAttributes(), "entryUUID")
	limit, err := d.paged(ctx, q.filter(m, d.rule), attributes, false, each)
	if limit != "" {
		d.noticed.add(truncatedNotice(m.name, limit))
	}
	return err
}

func (d *server) names(ctx context.Context, m *mappedType, each func(entry)) (string, error) {
	return d.paged(ctx, m.filter, []string{"*", "+"}, true, func(e entry) error { each(e); return nil })
}

// paged searches every base, page by page. It gives the name of the server's
// bound that an answer reached, if any.
func (d *server) paged(ctx context.Context, filter string, attributes []string, typesOnly bool, each func(entry) error) (reached string, err error) {
	for i, base := range d.bases {
		request := ldap.NewSearchRequest(base, d.scope.ldap(), ldap.NeverDerefAliases, 0, d.seconds(), typesOnly, filter, attributes, nil)
		paging := ldap.NewControlPaging(d.pageSize)
		for {
			request.Controls = []ldap.Control{paging}
			result, err := d.search(ctx, request)
			if ctx.Err() != nil {
				return reached, ctx.Err()
			}
			if result != nil {
				if len(result.Referrals) > 0 && !d.ignoreReferrals {
					d.noticed.add(referralNotice())
				}
				for _, found := range result.Entries {
					if err := each(convert(found, typesOnly)); err != nil {
						return reached, err
					}
				}
			}
			if limit, ok := limited(err); ok {
				reached = limit
				break
			}
			if err != nil {
				return reached, atBase(requestProblem(err), d.bases, i)
			}
			next, ok := ldap.FindControl(result.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
			if !ok || len(next.Cookie) == 0 {
				break
			}
			paging.SetCookie(next.Cookie)
		}
	}
	return reached, nil
}

// whole asks first for the names of the entry's attributes, then for the
// values of those that may be read.
func (d *server) whole(ctx context.Context, m *mappedType, e entry) (entry, bool, error) {
	named, ok, err := d.one(ctx, e.dn, []string{"*", "+"}, true)
	if !ok || err != nil {
		return entry{}, false, err
	}
	// Attributes that are computed come by name only.
	for _, a := range m.all {
		if !slices.ContainsFunc(named.attributes, func(have attribute) bool { return a.covers(have.description) }) {
			named.attributes = append(named.attributes, attribute{description: a.description})
		}
	}
	asked := []string{"entryUUID"}
	for _, a := range named.attributes {
		if !m.leavesOut(a.description) && !credential(a.key) && (m.maps(a.description) || !bookkeeping(a.key)) {
			asked = append(asked, a.written)
		}
	}
	full, ok, err := d.one(ctx, e.dn, unique(asked), false)
	if !ok || err != nil {
		return entry{}, false, err
	}
	for _, a := range named.attributes {
		has := slices.ContainsFunc(full.attributes, func(have attribute) bool { return have.id() == a.id() })
		if a.unread && !has && !m.leavesOut(a.description) && !bookkeeping(a.key) {
			full.attributes = append(full.attributes, a)
		}
	}
	return full, true, nil
}

// one reads one entry by its DN.
func (d *server) one(ctx context.Context, dn string, attributes []string, typesOnly bool) (entry, bool, error) {
	result, err := d.search(ctx, ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, d.seconds(), typesOnly,
		"(objectClass=*)", attributes, nil))
	switch {
	case ctx.Err() != nil:
		return entry{}, false, ctx.Err()
	case ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject):
		return entry{}, false, nil
	case err != nil:
		return entry{}, false, requestProblem(err)
	case len(result.Entries) == 0:
		return entry{}, false, nil
	}
	return convert(result.Entries[0], typesOnly), true, nil
}

func (d *server) strangers(ctx context.Context) ([]string, error) {
	filter := []string{"(objectClass=*)"}
	for _, m := range d.types {
		filter = append(filter, "(!"+m.filter+")")
	}
	for _, class := range slices.Concat(containers(), d.ignoreClasses) {
		if d.rules != nil && !d.rules.classes[strings.ToLower(class)] {
			continue // undefined in a filter, and no entry is of it
		}
		filter = append(filter, "(!(objectClass="+ldap.EscapeFilter(class)+"))")
	}
	var classes []string
	for i, base := range d.bases {
		request := ldap.NewSearchRequest(base, d.scope.ldap(), ldap.NeverDerefAliases, 100, d.seconds(), false, allOf(filter), []string{"objectClass"}, nil)
		result, err := d.search(ctx, request)
		if _, ok := limited(err); err != nil && !ok {
			return nil, atBase(orContext(ctx, requestProblem(err)), d.bases, i)
		}
		for _, found := range result.Entries {
			classes = append(classes, convert(found, false).classes()...)
		}
	}
	slices.Sort(classes)
	return slices.Compact(classes), nil
}

// search sends one request. The answer may hold entries beside the error.
func (d *server) search(ctx context.Context, request *ldap.SearchRequest) (*ldap.SearchResult, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return d.conn.Search(request)
}

// seconds gives the bound of one request, as the protocol wants it.
func (d *server) seconds() int { return max(1, int(d.timeout/time.Second)) }

// atBase gives an error about base_dn the place in a list of bases.
func atBase(err error, bases List, i int) error {
	var p *core.Problem
	if errors.As(err, &p) && p.ConfigPath == "base_dn" {
		p.ConfigPath = listPath("base_dn", bases, i)
	}
	return err
}

// convert makes an entry of go-ldap's.
func convert(found *ldap.Entry, typesOnly bool) entry {
	e := entry{dn: found.DN}
	for _, a := range found.Attributes {
		e.attributes = append(e.attributes, attribute{description: describe(a.Name), values: a.ByteValues, unread: typesOnly})
	}
	return e
}
