package ldapsource

import (
	"bytes"
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
	aliases         int // how ldap follows them
	pageSize        uint32
	timeout         time.Duration
	types           []mappedType
	ignoreClasses   []string
	ignoreReferrals bool
	ignoreDeleted   bool
	follow          []*endpoint // to which references are followed
	catalogue       bool        // it is a global catalogue
	notInCatalogue  map[string]bool
}

// server is an open, signed-in connection to a directory server.
type server struct {
	serverSettings
	conn    *ldap.Conn
	release func()
	root    *root
	rules   *schema // nil when the schema cannot be read
	noticed *noticeList
	others  map[string]*server // that references led to, by their address
	unpaged bool               // it refuses to give its answers in pages
}

// schemaCache keeps what a server tells of itself from one search to the next.
type schemaCache struct {
	mu        sync.Mutex
	root      *root
	schema    *schema
	catalogue map[string]bool
}

func openServer(ctx context.Context, e *endpoint, s serverSettings, cache *schemaCache, noticed *noticeList) (*server, error) {
	conn, release, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	d := newServer(s, noticed)
	d.conn, d.release = conn, release
	if _, err := e.bind(ctx, conn); err != nil {
		d.close()
		return nil, err
	}
	if err := d.loadSchema(ctx, cache); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func newServer(s serverSettings, noticed *noticeList) *server {
	return &server{serverSettings: s, noticed: noticed, root: &root{}, others: map[string]*server{}}
}

func (d *server) close() {
	for _, o := range d.others {
		o.release()
	}
	d.release()
}

// loadSchema reads what the server tells of itself, or takes it from the
// cache, and holds the mapped attributes against its schema: a filter on an
// attribute that the server does not know finds nothing, silently.
func (d *server) loadSchema(ctx context.Context, cache *schemaCache) error {
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if cache.root == nil {
		r, err := d.readRoot(ctx)
		if err != nil {
			return err
		}
		cache.root = r
	}
	d.root = cache.root
	d.tellDeleted()
	if cache.schema == nil {
		s, err := d.readSchema(ctx)
		if err != nil {
			return err
		}
		cache.schema = s
	}
	if d.catalogue {
		if cache.catalogue == nil {
			held, err := d.readCatalogue(ctx)
			if err != nil {
				return err
			}
			cache.catalogue = held
		}
		d.tellCatalogue(cache.catalogue)
	}
	if d.rules = cache.schema; d.rules == nil {
		d.noticed.add(schemaNotice())
		return nil
	}
	return d.rules.check(d.types)
}

// readSchema gives nil when the account may not read the schema.
func (d *server) readSchema(ctx context.Context) (*schema, error) {
	if d.root.subschema == "" {
		return nil, nil
	}
	found, ok, err := d.one(ctx, d.root.subschema, []string{"attributeTypes", "objectClasses"}, false)
	if err == nil && ok {
		found, err = d.complete(ctx, found)
	}
	if err := schemaError(err); err != nil || !ok {
		return nil, err
	}
	texts := func(name string) []string {
		var out []string
		for _, v := range found.values(describe(name)) {
			out = append(out, string(v.raw))
		}
		return out
	}
	return newSchema(texts("attributeTypes"), texts("objectClasses")), nil
}

// schemaError lets an error through that is not about the schema alone.
func schemaError(err error) error {
	var p *core.Problem
	if errors.As(err, &p) && p.Class == core.ClassAuth {
		return nil
	}
	return err
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
	attributes := append(m.keyAttributes(), uniqueNames()...)
	asked := func(filter string) (string, error) {
		return d.paged(ctx, asking{filter: filter, attributes: attributes}, each)
	}
	limit, err := asked(q.filter(m, d.rule))
	if limit != "" && err == nil {
		limit, err = q.narrow(m, d.rule, limit, asked)
	}
	if limit != "" {
		d.noticed.add(truncatedNotice(m.name, limit))
	}
	return err
}

func (d *server) names(ctx context.Context, m *mappedType, each func(entry)) (string, error) {
	return d.paged(ctx, asking{filter: m.filter, attributes: []string{"*", "+"}, typesOnly: true}, func(e entry) error { each(e); return nil })
}

// asking is one question to a server. The scope is that of ldap.
type asking struct {
	base       string
	scope      int
	filter     string
	attributes []string
	typesOnly  bool
	size       int      // the most entries that are wanted; 0 for all
	trail      []string // the servers that sent the question on
}

// paged puts a question to every base, page by page. It gives the name of the
// server's bound that an answer reached, if any.
func (d *server) paged(ctx context.Context, q asking, each func(entry) error) (reached string, err error) {
	for i, base := range d.bases {
		q.base, q.scope = base, d.scope.ldap()
		limit, err := d.pages(ctx, q, each)
		if err != nil {
			return reached, atBase(err, d.bases, i)
		}
		if limit != "" {
			reached = limit
		}
	}
	return reached, nil
}

// pages puts a question to one base, and to the servers on which parts of it
// lie.
func (d *server) pages(ctx context.Context, q asking, each func(entry) error) (reached string, err error) {
	request := ldap.NewSearchRequest(q.base, q.scope, d.aliases, q.size, d.seconds(), q.typesOnly, q.filter, q.attributes, nil)
	paging := ldap.NewControlPaging(d.pageSize)
	for page := 0; ; page++ {
		request.Controls = nil
		if q.size == 0 && !d.unpaged {
			request.Controls = []ldap.Control{paging}
		}
		result, err := d.search(ctx, request)
		if ctx.Err() != nil {
			return reached, ctx.Err()
		}
		if page == 0 && len(request.Controls) > 0 && pagingRefused(err) {
			d.unpaged = true
			continue
		}
		limit, given := d.take(ctx, result, q, each)
		if limit != "" {
			reached = limit
		}
		if given != nil {
			return reached, given
		}
		if limit, ok := limited(err); ok {
			return limit, nil
		}
		if to := referrals(err); len(to) > 0 && len(d.follow) > 0 {
			return d.refer(ctx, to[0], q, each)
		}
		if err != nil {
			return reached, requestProblem(err)
		}
		next, ok := ldap.FindControl(result.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(next.Cookie) == 0 {
			return reached, nil
		}
		if len(result.Entries) == 0 && bytes.Equal(next.Cookie, paging.Cookie) {
			return "paging", nil // it does not go on
		}
		paging.SetCookie(next.Cookie)
	}
}

// take hands on the entries of an answer and follows its references.
func (d *server) take(ctx context.Context, result *ldap.SearchResult, q asking, each func(entry) error) (reached string, err error) {
	if result == nil {
		return "", nil
	}
	for _, found := range result.Entries {
		e, err := d.complete(ctx, d.convert(found, q.typesOnly))
		if err != nil {
			return "", err
		}
		if err := each(e); err != nil {
			return "", err
		}
	}
	for _, to := range result.Referrals {
		limit, err := d.refer(ctx, to, q, each)
		if err != nil {
			return reached, err
		}
		if limit != "" {
			reached = limit
		}
	}
	return reached, nil
}

// whole asks first for the names of the entry's attributes, then for the
// values of those that may be read.
func (d *server) whole(ctx context.Context, m *mappedType, e entry) (entry, bool, error) {
	if e.at != nil {
		d = e.at
	}
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
	asked := uniqueNames()
	for _, a := range named.attributes {
		if !m.leavesOut(a.description) && !credential(a.key) && (m.maps(a.description) || !bookkeeping(a.key)) {
			asked = append(asked, a.written)
		}
	}
	full, ok, err := d.one(ctx, e.dn, unique(asked), false)
	if !ok || err != nil {
		return entry{}, false, err
	}
	if full, err = d.complete(ctx, full); err != nil {
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
	return d.convert(result.Entries[0], typesOnly), true, nil
}

// maxStrangers is how many entries that no type takes are looked at.
const maxStrangers = 100

// errEnough ends a search that has found what it needs.
var errEnough = errors.New("enough")

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
	q := asking{filter: allOf(filter), attributes: []string{"objectClass"}, size: maxStrangers}
	if slices.Contains(d.bases, "") {
		q.size = 0 // the first hundred would be those of the forest's configuration
	}
	var classes []string
	left := maxStrangers
	_, err := d.paged(ctx, q, func(e entry) error {
		if !d.root.holdsPeople(e.dn) {
			return nil
		}
		if left--; left < 0 {
			return errEnough
		}
		classes = append(classes, e.classes()...)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
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
func (d *server) convert(found *ldap.Entry, typesOnly bool) entry {
	e := entry{dn: found.DN, at: d}
	for _, a := range found.Attributes {
		e.join(attribute{description: describe(a.Name), values: a.ByteValues, unread: typesOnly})
	}
	return e
}
