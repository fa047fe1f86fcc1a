package plugins

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

const (
	suffix         = "dc=conform,dc=example"
	people         = "ou=people," + suffix
	reader         = "cn=reader," + suffix
	readerPassword = "lukijan-salasana-73c1"
)

// accountTypes maps the entries of directory whole.
const accountTypes = `
base_dn: ou=people,dc=conform,dc=example
types:
  account:
    filter: (objectClass=inetOrgPerson)
    may_be_empty: true
    fields: {status: employeeType, picture: jpegPhoto}
    parties:
      - {slot: person, fields: {name: cn, given_name: givenName, family_name: sn, email: mail, phone: telephoneNumber, user_id: uid, title: title}}
    ignore: {objectClass: technical}
`

var accountFields = []string{"account:status", "account:picture", "account:person.name", "account:person.given_name", "account:person.family_name",
	"account:person.email", "account:person.phone", "account:person.user_id", "account:person.title"}

// top is what every directory of the suites begins with.
const top = `dn: ` + suffix + `
objectClass: domain
dc: conform

dn: ` + reader + `
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ` + readerPassword + `

dn: ` + people + `
objectClass: organizationalUnit
ou: people

`

// uuid gives the entryUUID of person n.
func uuid(n int) string { return fmt.Sprintf("0d9b1c52-0000-4000-8000-%012d", n) }

func account(n int) string { return "account/" + uuid(n) }

// person gives the LDIF of person n, with more lines at its end.
func person(n int, uid, family, given, mail string, more ...string) string {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return fmt.Sprintf("dn: uid=%s,%s\nobjectClass: inetOrgPerson\nuid: %s\nentryUUID: %s\ncn:: %s\nsn:: %s\ngivenName:: %s\nmail: %s\n%s\n", uid, people, uid,
		uuid(n), b64(family+" "+given), b64(family), b64(given), mail, strings.Join(append(more, ""), "\n"))
}

// accounts are the people of the suites. A server holds one more spelling
// than files do: it refuses what is no UTF-8.
func accounts() string {
	split := func(name string) (family, given string) {
		family, given, _ = strings.Cut(name, ", ")
		return family, given
	}
	f1, g1 := split(composed)
	f2, g2 := split(decomposed)
	var b strings.Builder
	b.WriteString(top)
	b.WriteString(person(1, "maija", "Esimerkki", "Maija", maija, "telephoneNumber: +358 40 765 4321", "employeeType: active",
		"title: Erityisasiantuntija", "jpegPhoto:: /9j/4AAQSkZJRgABAQ=="))
	b.WriteString(person(2, "tuleva", "Esimerkki", "Tuleva", "tuleva@example.fi"))
	b.WriteString(person(3, "aly1", f1, g1, "aly1@example.fi"))
	b.WriteString(person(4, "aly2", f2, g2, "aly2@example.fi"))
	for n := range manyPekka {
		b.WriteString(person(100+n, fmt.Sprintf("pekka%05d", n), "Esimerkki", "Pekka", pekka))
	}
	return b.String()
}

// large is a person with a value of 5 MiB.
func large() string {
	return person(5, "iso", "Esimerkki", "Iso", "iso@example.fi", "title: "+strings.Repeat("0123456789abcdef", 5<<16))
}

// crowd gives a directory of n people who share one mailbox.
func crowd(n int) string {
	var b strings.Builder
	b.WriteString(top)
	for i := range n {
		b.WriteString(person(i, fmt.Sprintf("m%06d", i), "Esimerkki", "Kaikki", everybody))
	}
	return b.String()
}

func ldif(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "directory.ldif")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ldapSuite gives the suite of a directory with its configurations.
func ldapSuite(t *testing.T, works, empty, stream *sdktest.Setup) sdktest.Suite {
	t.Helper()
	s := suiteOf(t, "directory")
	s.Issuers = map[core.Kind]string{core.UserID: "conform"}
	s.Works, s.Fields = works, accountFields
	s.Values = []string{"Erityisasiantuntija", "+358 40 765 4321"}
	s.Finds = []sdktest.Case{
		{Query: by(t, core.Email, maija), Refs: []string{account(1)}},
		{Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{account(2)}},
		{Query: by(t, core.Email, pekka), Count: manyPekka},
	}
	s.Empty = &sdktest.Case{Setup: empty, Query: by(t, core.Email, maija)}
	s.One = &sdktest.Case{Query: by(t, core.Email, maija), Count: 1}
	s.Stream = &sdktest.Case{Setup: stream, Query: by(t, core.Email, everybody), Count: streamRecords}
	s.LargeValue = &sdktest.ValueCase{Case: sdktest.Case{Query: by(t, core.Email, "iso@example.fi")}, Ref: account(5), Field: "person.title", Size: 5 << 20}
	s.Composed = &sdktest.Case{Query: by(t, core.Name, composed), Refs: []string{account(3), account(4)}}
	s.Decomposed = &sdktest.Case{Query: by(t, core.Name, decomposed), Refs: []string{account(3), account(4)}}
	s.Exempt["rate-limit-waits"] = "a directory does not tell anybody to wait: it refuses (busy, unavailable), which is a transient problem"
	s.Exempt["clock-skew"] = "no question and no answer depends on the clock of a directory"
	s.Exempt["resume-every-checkpoint"] = "a directory has no order to go on in: a search that was killed begins anew, as kill-resume shows"
	return s
}

func ldifSuite(t *testing.T) sdktest.Suite {
	config := func(text string) *sdktest.Setup {
		return setup(t, "ldif: ["+ldif(t, text)+"]"+accountTypes, nil)
	}
	latinName := "Mäkelä Latina"
	works := accounts() + person(9, "latin", latin("Mäkelä"), "Latina", "latin@example.fi")
	s := ldapSuite(t, config(works), config(top), config(crowd(streamRecords)))
	s.LargeValue.Setup = config(top + person(1, "maija", "Esimerkki", "Maija", maija) + large())
	s.Many = &sdktest.Case{Setup: config(crowd(manyRecords)), Query: by(t, core.Email, everybody), Count: manyRecords}
	s.Encoded = &sdktest.ValueCase{Case: sdktest.Case{Query: by(t, core.Email, "latin@example.fi")},
		Ref: account(9), Field: "person.name", Text: latinName}
	s.Absent = setup(t, "ldif: ["+filepath.Join(t.TempDir(), "none.ldif")+"]"+accountTypes, nil)
	s.Exempt["bad-secret-auth"] = "files have no account; openldap shows it"
	s.Exempt["secrets-hidden"] = "files have no secret; openldap shows it"
	return s
}

func openldapSuite(t *testing.T) sdktest.Suite {
	serve := func(text string) (*servers.OpenLDAP, *sdktest.Setup) {
		server := serverstest.OpenLDAP(t, servers.LDAPOptions{Suffix: suffix, LDIF: []string{ldif(t, text)}, SizeLimit: 2 * manyRecords})
		return server, setup(t, "url: "+server.URL+"\nbind_dn: "+reader+accountTypes, map[string]string{"password": readerPassword})
	}
	server, works := serve(accounts() + large())
	_, empty := serve(top)
	_, stream := serve(crowd(streamRecords))
	s := ldapSuite(t, works, empty, stream)
	s.BadSecret = setup(t, "url: "+server.URL+"\nbind_dn: "+reader+accountTypes, map[string]string{"password": "kelvoton-salasana-51d9"})
	s.Absent = setup(t, "url: ldap://{listener}\nbind_dn: "+reader+accountTypes, map[string]string{"password": readerPassword})
	s.Exempt["many-records"] = "the plugin asks a server for each hit by itself, 10,000 here; 100,000 are tried on files"
	s.Exempt["other-encoding"] = "an LDAP server refuses what is no UTF-8 (RFC 4519); files show it"
	return s
}
