package ldapsource

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// maxHops bounds how many servers send a question on.
const maxHops = 10

// reference is where a part of a directory lies (RFC 4516).
type reference struct {
	host   string // in lower case
	port   string
	dn     string
	scope  int // of ldap, -1 when it says none
	narrow bool
}

func parseReference(s string) (reference, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return reference{}, false
	}
	r := reference{host: strings.ToLower(u.Hostname()), port: u.Port(), dn: strings.TrimPrefix(u.Path, "/"), scope: -1}
	parts := strings.Split(u.RawQuery, "?") // attributes, scope, filter, extensions
	if len(parts) > 1 {
		switch strings.ToLower(parts[1]) {
		case "base":
			r.scope = ldap.ScopeBaseObject
		case "one":
			r.scope = ldap.ScopeSingleLevel
		case "sub":
			r.scope = ldap.ScopeWholeSubtree
		}
	}
	r.narrow = len(parts) > 2 && parts[2] != "" && !strings.EqualFold(parts[2], "(objectClass=*)")
	return r, r.host != ""
}

// followed gives the endpoints of the servers to which references are
// followed. The account signs in to these as to the first.
func followed(c Config, e *endpoint) ([]*endpoint, error) {
	var out []*endpoint
	for i, address := range c.FollowReferrals {
		at := listPath("follow_referrals", c.FollowReferrals, i)
		one, encrypted := c, strings.HasPrefix(address, "ldaps:")
		one.URL, one.StartTLS, one.Insecure = address, c.StartTLS && !encrypted, c.Insecure && !encrypted
		if !encrypted && !c.StartTLS {
			one.CAFile = ""
		}
		other, err := parseEndpoint(one, e.timeout)
		var p *core.Problem
		if errors.As(err, &p) {
			return nil, sdk.ConfigError(at, "%s", p.Message)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, other)
	}
	return out, nil
}

// endpointOf gives the server that may be asked for what lies at r, nil for
// none. A reference without a port, or with the standard one, means the host.
func (d *server) endpointOf(r reference) *endpoint {
	for _, e := range d.follow {
		u, err := url.Parse(e.url)
		if err != nil || !strings.EqualFold(u.Hostname(), r.host) {
			continue
		}
		if r.port == "" || r.port == "389" || r.port == "636" || r.port == u.Port() {
			return e
		}
	}
	return nil
}

// refer puts a question to the server that a reference names, where the
// mapping allows it, and tells what was not searched otherwise.
func (d *server) refer(ctx context.Context, written string, q asking, each func(entry) error) (string, error) {
	r, ok := parseReference(written)
	if ok && r.dn != "" && !d.root.holdsPeople(r.dn) {
		return "", nil
	}
	var e *endpoint
	if ok {
		e = d.endpointOf(r)
	}
	if e == nil || r.narrow {
		if !d.ignoreReferrals {
			d.noticed.add(referralNotice())
		}
		return "", nil
	}
	q = q.at(r)
	step := e.url + "/" + strings.ToLower(q.base) + fmt.Sprint("?", q.scope)
	for _, before := range q.trail {
		if before == step {
			return "", nil // it was asked on the way here
		}
	}
	if len(q.trail) >= maxHops {
		d.noticed.add(referralNotice())
		return "", nil
	}
	q.trail = append(append([]string{}, q.trail...), step)
	other, err := d.other(ctx, e)
	limit := ""
	if err == nil {
		limit, err = other.pages(ctx, q, each)
	}
	return limit, d.referProblem(ctx, err)
}

// referProblem keeps what a followed server refuses from ending the search:
// the rest of the directory is searched, and the gap is told.
func (d *server) referProblem(ctx context.Context, err error) error {
	var p *core.Problem
	if err == nil || ctx.Err() != nil || !errors.As(err, &p) {
		return err
	}
	d.noticed.add(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, ConfigPath: "follow_referrals",
		Message: "a server that holds a part of the directory could not be asked: " + p.Message})
	return nil
}

// at gives the question as it is put to the server that a reference names
// (RFC 4511 §4.5.3).
func (q asking) at(r reference) asking {
	if r.dn != "" {
		q.base = r.dn
	}
	switch {
	case r.scope >= 0:
		q.scope = r.scope
	case q.scope == ldap.ScopeSingleLevel:
		q.scope = ldap.ScopeBaseObject
	}
	return q
}

// other gives a signed-in connection to another server, kept for the search.
func (d *server) other(ctx context.Context, e *endpoint) (*server, error) {
	if have, ok := d.others[e.url]; ok {
		return have, nil
	}
	conn, release, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	o := &server{serverSettings: d.serverSettings, conn: conn, release: release, rules: d.rules, root: d.root, noticed: d.noticed, others: d.others}
	if _, err := e.bind(ctx, conn); err != nil {
		release()
		return nil, err
	}
	d.others[e.url] = o
	return o, nil
}

// referrals gives the addresses of an answer that sends the whole question to
// another server, none if it does not.
func referrals(err error) []string {
	var e *ldap.Error
	if !errors.As(err, &e) || e.ResultCode != ldap.LDAPResultReferral || e.Packet == nil || len(e.Packet.Children) < 2 {
		return nil
	}
	var out []string
	for _, part := range e.Packet.Children[1].Children {
		if part.ClassType != ber.ClassContext || part.Tag != 3 {
			continue
		}
		for _, address := range part.Children {
			out = append(out, ber.DecodeString(address.Data.Bytes()))
		}
	}
	return out
}
