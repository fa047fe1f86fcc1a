package ldapsource

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const (
	suffix   = "dc=valtori,dc=example"
	people   = "ou=people," + suffix
	reader   = "cn=reader," + suffix
	password = "reader-password"
	staff    = "testdata/staff.ldif"
)

// answer is a sink that keeps what a search gives.
type answer struct {
	records  []core.Record
	notices  []core.Problem
	counts   []core.TypeCount
	progress uint64
}

func (a *answer) Emit(r core.Record) error    { a.records = append(a.records, r); return nil }
func (a *answer) Notice(p core.Problem) error { a.notices = append(a.notices, p); return nil }
func (a *answer) Examined(c core.TypeCount)   { a.counts = append(a.counts, c) }
func (a *answer) Progress(n uint64)           { a.progress = n }

// refs gives the ends of the records' refs.
func (a *answer) refs() []string {
	var out []string
	for _, r := range a.records {
		out = append(out, strings.TrimPrefix(r.Ref, "account/0d9b1c52-0000-4000-8000-00000000000"))
	}
	return out
}

// classes gives the classes of the notices.
func (a *answer) classes() []core.Class {
	var out []core.Class
	for _, p := range a.notices {
		out = append(out, p.Class)
	}
	return out
}

// step is a step of a check.
type step struct {
	name string
	err  error
	warn *core.Problem
}

type steps []step

func (s *steps) Run(name string, f func() error)  { *s = append(*s, step{name: name, err: f()}) }
func (s *steps) Warn(name string, p core.Problem) { *s = append(*s, step{name: name, warn: &p}) }
func (s steps) failed() (failed []string)         { return s.names(func(x step) bool { return x.err != nil }) }
func (s steps) warned() []string                  { return s.names(func(x step) bool { return x.warn != nil }) }
func (s steps) names(pick func(step) bool) (out []string) {
	for _, x := range s {
		if pick(x) {
			out = append(out, x.name)
		}
	}
	return out
}

// mapping is a whole mapping of the staff of testdata.
func mapping() map[string]Type {
	return map[string]Type{"account": {
		Filter: "(objectClass=inetOrgPerson)",
		Time:   "createTimestamp",
		Fields: map[string]List{"status": {"employeeType"}, "picture": {"jpegPhoto"}, "created": {"createTimestamp"}},
		Parties: []Party{{Slot: "person", Fields: map[string]List{
			"name": {"cn"}, "given_name": {"givenName"}, "family_name": {"surname"}, "email": {"mail"},
			"phone": {"telephoneNumber", "mobile"}, "employee_number": {"employeeNumber"}, "user_id": {"uid"},
			"title": {"title"}, "unit": {"ou"}, "manager": {"manager"}, "address": {"postalAddress"},
		}}},
		Ignore: map[string]string{"objectClass": "technical", "userPassword": "secret: never read"},
	}}
}

func environment() sdk.Env {
	return sdk.Env{System: "staff-directory", Kind: "directory",
		Issuers: map[core.Kind]string{core.EmployeeNumber: "kieku", core.UserID: "valtori-ad"}}
}

func serverConfig(s *servers.OpenLDAP) Config {
	return Config{URL: s.URL, BindDN: reader, Password: password, BaseDN: List{people}, PageSize: 3, Types: mapping()}
}

func filesConfig() Config {
	return Config{LDIF: []string{staff}, BaseDN: List{people}, Types: mapping()}
}

func configured(t *testing.T, c Config) *instance {
	t.Helper()
	i, err := configure(c, environment())
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func ask(t *testing.T, i *instance, q core.Query) *answer {
	t.Helper()
	a := &answer{}
	if err := i.search(t.Context(), q, a); err != nil {
		t.Fatal(err)
	}
	return a
}

func checked(ctx context.Context, i *instance) steps {
	var s steps
	i.check(ctx, &s)
	return s
}

// key parses an identifier as the coordinator does.
func key(t *testing.T, kind core.Kind, value string) core.Identifier {
	t.Helper()
	i, err := identifier.Parse(kind, value)
	if err != nil {
		t.Fatal(err)
	}
	i.Issuer = environment().Issuers[kind]
	i.Forms = identifier.Forms(i)
	return i
}

func queryOf(sets ...[]core.Identifier) core.Query {
	q := core.Query{Request: "test"}
	for _, s := range sets {
		q.AnyOf = append(q.AnyOf, core.KeySet{AllOf: s})
	}
	return q
}

func by(t *testing.T, kind core.Kind, value string) core.Query {
	t.Helper()
	return queryOf([]core.Identifier{key(t, kind, value)})
}

// plainServer serves the staff of testdata with more files behind it.
func plainServer(t *testing.T, o servers.LDAPOptions, more ...string) *servers.OpenLDAP {
	t.Helper()
	o.Suffix = suffix
	o.LDIF = append([]string{staff}, more...)
	return serverstest.OpenLDAP(t, o)
}

// file writes an LDIF file.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "more.ldif")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func bytesOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// without gives the mapping with attributes taken out of ignore.
func without(attributes ...string) map[string]Type {
	types := mapping()
	account := types["account"]
	account.Ignore = maps.Clone(account.Ignore)
	maps.DeleteFunc(account.Ignore, func(k, _ string) bool { return slices.Contains(attributes, k) })
	types["account"] = account
	return types
}
