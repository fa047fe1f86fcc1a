package ldapsource

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const promisedHead = `dn: dc=valtori,dc=example
objectClass: domain
dc: valtori

dn: cn=reader,dc=valtori,dc=example
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: reader-password

dn: ou=people,dc=valtori,dc=example
objectClass: organizationalUnit
ou: people
`

// promisedEntry gives an entry with more lines.
func promisedEntry(uid string, lines ...string) string {
	return "\ndn: uid=" + uid + ",ou=people,dc=valtori,dc=example\nobjectClass: inetOrgPerson\nuid: " + uid +
		"\ncn: Maija Makinen\nsn: Makinen\n" + strings.Join(lines, "\n") + "\n"
}

func TestAKeyThatIsPromisedInEveryRecordIsLookedFor(t *testing.T) {
	whole := promisedEntry("makinma1", "employeeNumber: 104233") + promisedEntry("makinma2", "employeeNumber:: IA==", "departmentNumber: 104234")
	field := "types.account.parties[0].fields.employee_number"
	one, two := map[string]List{"employee_number": {"employeeNumber"}}, map[string]List{"employee_number": {"employeeNumber", "departmentNumber"}}
	hidden := []string{"to attrs=userPassword by anonymous auth by * none", "to attrs=employeeNumber by * none", "to * by * read"}
	tests := []struct {
		name, ldif string
		fields     map[string]List
		complete   []core.Kind
		access     []string
		files      []string // where an LDIF file is told of
		server     []string // where a server is told of
	}{
		{name: "kept", ldif: whole, fields: two, complete: []core.Kind{core.EmployeeNumber, core.UserID}},
		{name: "absent", ldif: whole + promisedEntry("makinma3"), fields: two, complete: []core.Kind{core.UserID, core.EmployeeNumber},
			files: []string{field + "[0]"}, server: []string{field + "[0]"}},
		{name: "blank", ldif: whole, fields: one, complete: []core.Kind{core.EmployeeNumber}, files: []string{field}, server: []string{field}},
		{name: "a sign", ldif: promisedEntry("makinma1", "employeeNumber: -"), fields: one, complete: []core.Kind{core.EmployeeNumber},
			files: []string{field}, server: []string{field}},
		{name: "not promised", ldif: whole + promisedEntry("makinma3"), fields: one, complete: []core.Kind{core.UserID}},
		{name: "hidden from the account", ldif: promisedEntry("makinma1", "employeeNumber: 104233"), fields: one, access: hidden,
			complete: []core.Kind{core.EmployeeNumber}, server: []string{field}},
		{name: "not mapped", ldif: whole, complete: []core.Kind{core.EmployeeNumber}, files: []string{"types.account"}, server: []string{"types.account"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := file(t, promisedHead+test.ldif)
			s := serverstest.OpenLDAP(t, servers.LDAPOptions{Suffix: suffix, LDIF: []string{path}, Access: test.access})
			fields := map[string]List{"name": {"cn"}, "family_name": {"sn"}, "user_id": {"uid"}}
			for name, attributes := range test.fields {
				fields[name] = attributes
			}
			types := map[string]Type{"account": {Filter: "(objectClass=inetOrgPerson)", Parties: []Party{{Slot: "person", Fields: fields}},
				Ignore: map[string]string{"objectClass": "technical", "employeeNumber": "as the test has it", "departmentNumber": "as the test has it"}}}
			for _, a := range test.fields["employee_number"] {
				delete(types["account"].Ignore, a)
			}
			wantPromises(t, "files", Config{LDIF: []string{path}, BaseDN: List{people}, Types: types}, test.complete, test.files)
			wantPromises(t, "server", Config{URL: s.URL, BindDN: reader, Password: password, BaseDN: List{people}, Types: types}, test.complete, test.server)
		})
	}
}

// wantPromises fails the test if a search and a check do not tell of exactly
// the places where entries lack what was promised.
func wantPromises(t *testing.T, where string, c Config, complete []core.Kind, want []string) {
	t.Helper()
	e := environment()
	e.Complete = complete
	i, err := configure(c, e)
	if err != nil {
		t.Fatal(err)
	}
	var told, failed []string
	for _, p := range ask(t, i, by(t, core.UserID, "makinma1")).notices {
		told = append(told, p.ConfigPath)
		if p.Class != core.ClassPartial || p.RecordType != "account" || len(p.Kinds) != 1 || !strings.Contains(p.Message, "every_record") {
			t.Errorf("%s: notice %+v", where, p)
		}
	}
	if !slices.Equal(told, want) {
		t.Errorf("%s: a search tells of %q, want %q", where, told, want)
	}
	steps := checked(context.Background(), i)
	if failed = steps.failed(); len(failed) != len(want) {
		t.Errorf("%s: a check tells of %q, want %q", where, failed, want)
	}
	for _, kind := range complete {
		if !slices.ContainsFunc(steps, func(s step) bool { return s.name == sdk.CompleteStep(kind) }) {
			t.Errorf("%s: no step %q", where, sdk.CompleteStep(kind))
		}
	}
}

func TestABrokenPromiseTakesNoRecordAway(t *testing.T) {
	e := environment()
	e.Complete = []core.Kind{core.EmployeeNumber}
	i, err := configure(filesConfig(), e)
	if err != nil {
		t.Fatal(err)
	}
	a := ask(t, i, by(t, core.EmployeeNumber, "104233"))
	if len(a.records) != 1 || !slices.Equal(a.classes(), []core.Class{core.ClassPartial}) {
		t.Errorf("%d records, %v", len(a.records), a.notices)
	}
	// A type that the query leaves out is not looked through.
	q := by(t, core.EmployeeNumber, "104233")
	q.Types = []string{"other"}
	if a := ask(t, i, q); len(a.notices) > 0 {
		t.Errorf("%v", a.notices)
	}
}
