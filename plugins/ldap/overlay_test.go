package ldapsource

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
)

const (
	groups = "ou=groups," + suffix
	first  = "uid=makinma1," + people
)

// policyServer gives a server whose reader's account is as the lines say.
func policyServer(t *testing.T, lines ...string) *servers.OpenLDAP {
	t.Helper()
	account := "dn: ou=policies," + suffix + "\nobjectClass: organizationalUnit\nou: policies\n\n" +
		"dn: cn=default,ou=policies," + suffix + "\nobjectClass: device\nobjectClass: pwdPolicy\ncn: default\npwdAttribute: userPassword\npwdMaxAge: 86400\npwdLockout: TRUE\npwdMustChange: TRUE\npwdExpireWarning: 80000\n\n" +
		"dn: cn=policied," + suffix + "\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: policied\nuserPassword: " + password + "\n" +
		strings.Join(append(lines, ""), "\n")
	return plainServer(t, servers.LDAPOptions{Overlays: []servers.LDAPOverlay{{Name: "ppolicy",
		Settings: []string{"objectClass: olcPPolicyConfig", "olcPPolicyDefault: cn=default,ou=policies," + suffix, "olcPPolicyUseLockout: TRUE"}}}}, file(t, account))
}

func TestAPasswordPolicyIsToldWithWhatToDo(t *testing.T) {
	now := time.Now().UTC()
	at := func(ago time.Duration) string { return now.Add(-ago).Format("20060102150405Z") }
	tests := []struct {
		name, line, says string
		warns            bool
	}{
		{"expired", "pwdChangedTime: " + at(48*time.Hour), "has expired", false},
		{"locked", "pwdAccountLockedTime: 000001010000Z", "locked", false},
		{"to be changed", "pwdChangedTime: " + at(time.Hour) + "\npwdReset: TRUE", "must be changed", false},
		{"soon to expire", "pwdChangedTime: " + at(23*time.Hour), "expires soon", true},
		{"good", "pwdChangedTime: " + at(-time.Minute), "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := serverConfig(policyServer(t, test.line))
			c.BindDN = "cn=policied," + suffix
			i := configured(t, c)
			a := &answer{}
			err := i.search(t.Context(), by(t, core.UserID, "makinma1"), a)
			got := checked(t.Context(), i)
			if test.says == "" || test.warns {
				if err != nil || len(a.records) != 1 {
					t.Error(err)
				}
				said := false
				for _, x := range got {
					said = said || x.name == "sign in" && x.warn != nil && strings.Contains(x.warn.Message, test.says)
				}
				if said != test.warns {
					t.Errorf("%+v", got)
				}
				return
			}
			wantProblem(t, "search", err, core.ClassAuth, "")
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Error(err)
			}
			if d := cmp.Diff([]string{"sign in"}, got.failed()); d != "" {
				t.Error(d)
			}
		})
	}
}

func groupsLDIF() string {
	return "dn: " + groups + "\nobjectClass: organizationalUnit\nou: groups\n\ndn: cn=static," + groups + "\nobjectClass: groupOfNames\ncn: static\nmember: " + first +
		"\n\ndn: cn=dynamic," + groups + "\nobjectClass: groupOfURLs\ncn: dynamic\nmemberURL: ldap:///" + people + "??sub?(employeeType=active)\n"
}

func TestGroupsThatOverlaysKeepOrComputeAreRead(t *testing.T) {
	withGroups := func(c Config) Config {
		account := mapping()["account"]
		account.Fields["groups"] = List{"memberOf"}
		c.Types = map[string]Type{"account": account}
		return c
	}
	found := func(t *testing.T, o servers.LDAPOptions, more ...string) []string {
		a := ask(t, configured(t, withGroups(serverConfig(plainServer(t, o, more...)))), by(t, core.UserID, "makinma1"))
		if len(a.records) != 1 || len(a.notices) > 0 {
			t.Fatalf("%v %v", a.refs(), a.notices)
		}
		var out []string
		for _, f := range a.records[0].Fields {
			if f.Name == "groups" {
				out = append(out, f.Value.Text)
			}
		}
		slices.Sort(out)
		return out
	}
	kept := groupsLDIF()
	dynlist := servers.LDAPOverlay{Name: "dynlist", Settings: []string{"objectClass: olcDynListConfig", "olcDynListAttrSet: groupOfURLs memberURL member+memberOf@groupOfNames"}}
	o := servers.LDAPOptions{Schemas: []string{"dyngroup"}, Overlays: []servers.LDAPOverlay{dynlist}}
	if d := cmp.Diff([]string{"cn=dynamic," + groups, "cn=static," + groups}, found(t, o, file(t, kept))); d != "" {
		t.Error("dynlist: ", d)
	}
	// slapadd does not run overlays, so the value that memberof keeps is loaded with the entry.
	o = servers.LDAPOptions{Schemas: []string{"dyngroup"}, Overlays: []servers.LDAPOverlay{{Name: "memberof", Settings: []string{"objectClass: olcMemberOfConfig"}},
		{Name: "refint", Settings: []string{"objectClass: olcRefintConfig", "olcRefintAttribute: member manager"}}}}
	member := strings.ReplaceAll(kept, "member: "+first, "member: uid=kept,"+people)
	a := ask(t, configured(t, withGroups(serverConfig(plainServer(t, o, file(t, member+"\ndn: uid=kept,"+people+"\nobjectClass: inetOrgPerson\nuid: kept\ncn: K\nsn: K\nmemberOf: cn=static,"+groups+"\n"))))),
		by(t, core.UserID, "kept"))
	if len(a.records) != 1 || !strings.Contains(bytesOf(t, a.records), "cn=static,"+groups) {
		t.Errorf("memberof: %v", bytesOf(t, a.records))
	}
}

func TestOperationalAttributesAreReadWhereTheyAreMapped(t *testing.T) {
	c := serverConfig(policyServer(t))
	account := mapping()["account"]
	account.Fields["created"] = List{"createTimestamp", "modifyTimestamp"}
	account.Fields["status"] = List{"employeeType", "pwdChangedTime", "entryUUID"}
	c.Types = map[string]Type{"account": account}
	a := ask(t, configured(t, c), by(t, core.UserID, "makinma1"))
	if len(a.records) != 1 || len(a.notices) > 0 {
		t.Fatalf("%v %v", a.refs(), a.notices)
	}
	names := map[string]int{}
	for _, f := range a.records[0].Fields {
		names[f.Name]++
	}
	if names["created"] != 2 || names["status"] != 2 {
		t.Errorf("%v", bytesOf(t, a.records[0].Fields))
	}
}

func TestOtherDatabasesAreSearchedWhenTheyAreGluedAndNamedWhenNot(t *testing.T) {
	below := file(t, "dn: ou=contractors,"+people+"\nobjectClass: organizationalUnit\nou: contractors\n\ndn: uid=makinma9,ou=contractors,"+people+
		"\nobjectClass: inetOrgPerson\nuid: makinma9\ncn: Makinen Maija\nsn: Makinen\nmail: maija.makinen@valtori.example\nentryUUID: 0d9b1c52-0000-4000-8000-000000000009\n")
	log := file(t, "dn: cn=accesslog\nobjectClass: auditContainer\ncn: accesslog\n")
	s := plainServer(t, servers.LDAPOptions{Databases: []servers.LDAPDatabase{{Suffix: "ou=contractors," + people, LDIF: []string{below}, Subordinate: true},
		{Suffix: "cn=accesslog", LDIF: []string{log}}}, Overlays: []servers.LDAPOverlay{{Name: "accesslog",
		Settings: []string{"objectClass: olcAccessLogConfig", "olcAccessLogDB: cn=accesslog", "olcAccessLogOps: writes"}}}})
	i := configured(t, serverConfig(s))
	a := ask(t, i, by(t, core.Email, "maija.makinen@valtori.example"))
	if d := cmp.Diff([]string{"1", "9"}, a.refs()); d != "" || len(a.notices) > 0 {
		t.Error(d, a.notices)
	}
	said := ""
	for _, x := range checked(t.Context(), i) {
		if x.name == "naming contexts" {
			said = x.warn.Message
		}
	}
	if !strings.Contains(said, "cn=accesslog") || strings.Contains(said, "contractors") {
		t.Errorf("naming contexts: %q", said)
	}
}

func TestAliasesLeadOnWhereTheMappingSaysSo(t *testing.T) {
	more := file(t, "dn: ou=other,"+suffix+"\nobjectClass: organizationalUnit\nou: other\n\ndn: uid=makinma9,ou=other,"+suffix+
		"\nobjectClass: inetOrgPerson\nuid: makinma9\ncn: Makinen Maija\nsn: Makinen\nmail: maija.makinen@valtori.example\nentryUUID: 0d9b1c52-0000-4000-8000-000000000009\ncreateTimestamp: 20240101000000Z\n\n"+
		"dn: uid=alias,"+people+"\nobjectClass: alias\nobjectClass: extensibleObject\nuid: alias\naliasedObjectName: uid=makinma9,ou=other,"+suffix+"\n")
	server, files := serverConfig(plainServer(t, servers.LDAPOptions{}, more)), filesConfig()
	files.LDIF = append(files.LDIF, more)
	for where, c := range map[string]Config{"server": server, "files": files} {
		a := ask(t, configured(t, c), by(t, core.Email, "maija.makinen@valtori.example"))
		if d := cmp.Diff([]string{"1"}, a.refs()); d != "" || len(a.notices) != 1 || !strings.Contains(a.notices[0].Message, "alias") {
			t.Errorf("%s, never: %s %v", where, d, a.notices)
		}
		c.Aliases = "always"
		a = ask(t, configured(t, c), by(t, core.Email, "maija.makinen@valtori.example"))
		if d := cmp.Diff([]string{"1", "9"}, a.refs()); d != "" || len(a.notices) > 0 {
			t.Errorf("%s, always: %s %v", where, d, a.notices)
		}
	}
}

func TestARealServerThatRefusesPagesIsAskedWithoutThem(t *testing.T) {
	for limits, complete := range map[string]bool{"olcLimits: * size.prtotal=disabled": true, "olcLimits: * size.pr=2 size.soft=500": true,
		"olcLimits: * size.prtotal=disabled size.soft=20 size.hard=20": false} {
		c := serverConfig(plainServer(t, servers.LDAPOptions{Settings: []string{limits}}, file(t, crowd(60))))
		c.PageSize = 15
		i := configured(t, c)
		a := ask(t, i, by(t, core.UserID, "makinma1"))
		if d := cmp.Diff([]string{"1"}, a.refs()); d != "" || len(a.notices) > 0 {
			t.Errorf("%s: %s %v", limits, d, a.notices)
		}
		a = ask(t, i, by(t, core.Name, "Korhonen, Aino"))
		if complete != (len(a.records) == 60 && len(a.notices) == 0) {
			t.Errorf("%s: %d records, %v", limits, len(a.records), a.classes())
		}
		if !complete && cmp.Diff([]core.Class{core.ClassTruncated}, a.classes()) != "" {
			t.Errorf("%s: %v", limits, a.notices)
		}
	}
}

func TestAnonymousSearchesThatSeeNothingAreNotNobody(t *testing.T) {
	s := plainServer(t, servers.LDAPOptions{Access: []string{"to attrs=userPassword by anonymous auth by * none", "to dn.exact=\"" + people + "\" by * read", "to * by users read by * none"}})
	c := serverConfig(s)
	c.BindDN, c.Password = "", ""
	a := &answer{}
	err := configured(t, c).search(t.Context(), by(t, core.UserID, "makinma1"), a)
	if err == nil {
		if d := cmp.Diff([]core.Class{core.ClassPartial}, a.classes()); d != "" {
			t.Error(d)
		}
	}
	if got := checked(t.Context(), configured(t, c)).failed(); len(got) == 0 {
		t.Error("a check of an account that sees nothing went well")
	}
}

func TestAnExportOfOpenLDAPGivesTheSameRecords(t *testing.T) {
	search, err := exec.LookPath("ldapsearch")
	if err != nil {
		t.Skip("ldapsearch is not installed; on Debian run: apt-get install ldap-utils")
	}
	s := plainServer(t, servers.LDAPOptions{})
	out, err := exec.CommandContext(t.Context(), search, "-x", "-LLL", "-H", s.URL, "-D", s.RootDN, "-w", s.RootPassword, "-b", suffix, "*", "+").Output()
	if err != nil {
		t.Fatal(err)
	}
	cut, err := exec.CommandContext(t.Context(), search, "-x", "-z", "2", "-H", s.URL, "-D", s.RootDN, "-w", s.RootPassword, "-b", suffix, "*", "+").Output()
	if err == nil {
		t.Fatal("ldapsearch says nothing of a limit")
	}
	server, files := serverConfig(s), filesConfig()
	files.LDIF = []string{file(t, string(out))}
	for _, q := range []core.Query{by(t, core.UserID, "makinma1"), by(t, core.Name, "Åström, Örjan")} {
		a, b := ask(t, configured(t, server), q), ask(t, configured(t, files), q)
		if d := cmp.Diff(bytesOf(t, a.records), bytesOf(t, b.records)); d != "" || len(b.notices) > 0 || len(b.records) != 1 {
			t.Error(d, b.notices)
		}
	}
	files.LDIF, files.BaseDN = []string{file(t, string(cut))}, nil
	files.IgnoreClasses = map[string]string{"organizationalRole": "the reading account"}
	a := ask(t, configured(t, files), by(t, core.UserID, "makinma1"))
	if len(a.notices) == 0 || a.notices[0].Class != core.ClassTruncated || !strings.Contains(a.notices[0].Message, "result 4") {
		t.Errorf("an export that ended at a limit: %v", a.notices)
	}
}

func TestAnExportTellsWhatItLeavesOut(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	text := fmt.Sprintf("dn: uid=x,%s\nchangetype: add\nobjectClass: inetOrgPerson\nuid: x\ncn: X\nsn: X\njpegPhoto:< file://%s\nmail;range=0-1: x@example.fi\n\n", people, outside) +
		"dn: uid=y," + people + "\nchangetype: modify\nreplace: mail\nmail: y@example.fi\n-\n\n# refldap://other.example/ou=more," + suffix + "\n# refldap://ForestDnsZones.x/DC=ForestDnsZones,DC=x\n"
	c := filesConfig()
	c.LDIF = append(c.LDIF, file(t, text))
	a := ask(t, configured(t, c), by(t, core.UserID, "x"))
	if len(a.records) != 1 || !strings.Contains(bytesOf(t, a.records[0]), string(core.WithheldUnreadable)) {
		t.Errorf("%v", bytesOf(t, a.records))
	}
	all := ""
	for _, p := range a.notices {
		all += p.ConfigPath + " " + p.Message + "\n"
		if p.Class != core.ClassPartial || strings.Contains(p.Message, outside) {
			t.Errorf("%+v", p)
		}
	}
	for _, want := range []string{"jpegPhoto stands in another file", "some values of the attribute mail", "a change record", "lies on other servers"} {
		if strings.Count(all, want) != 1 {
			t.Errorf("%q is not said once in\n%s", want, all)
		}
	}
}
