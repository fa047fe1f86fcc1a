package ldapsource

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
)

func TestServerAndFilesGiveTheSameRecords(t *testing.T) {
	directories := map[string]*instance{
		"server": configured(t, serverConfig(plainServer(t, servers.LDAPOptions{}))),
		"files":  configured(t, filesConfig()),
	}
	tests := []struct {
		name  string
		kind  core.Kind
		value string
		refs  []string
	}{
		{"e-mail, the second value in another case", core.Email, "maija.helena.makinen@VALTORI.example", []string{"1"}},
		{"e-mail of nobody", core.Email, "nobody@valtori.example", nil},
		{"phone in the first attribute", core.Phone, "0295501234", []string{"1"}},
		{"phone in the second, spelled with a hyphen", core.Phone, "+358401234567", []string{"1"}},
		{"phone spelled with a bracketed zero", core.Phone, "040 7654321", []string{"2"}},
		{"phone spelled without a space", core.Phone, "040 111 2223", []string{"6"}},
		{"employee number that the directory pads", core.EmployeeNumber, "104233", []string{"1"}},
		{"employee number that the directory pads more", core.EmployeeNumber, "104237", []string{"6"}},
		{"employee number that the directory does not pad", core.EmployeeNumber, "00104234", []string{"2"}},
		{"user id in another case", core.UserID, "MAKINMA1", []string{"1"}},
		{"name with Finnish letters", core.Name, "Mäkinen, Maija Helena", []string{"1", "3"}},
		{"name of the namesake", core.Name, "Mäkinen, Maija Liisa", []string{"2"}},
		{"name, first name alone, fits all", core.Name, "Mäkinen, Maija", []string{"1", "2", "3"}},
		{"name without Finnish letters", core.Name, "Makinen, Maija Helena", []string{"1", "3"}},
		{"name spelled out", core.Name, "Maekinen, Maija Helena", []string{"1"}},
		{"name with letters in the DN", core.Name, "Åström, Örjan", []string{"4"}},
		{"name folded", core.Name, "Astrom, Orjan", []string{"4"}},
		{"name with sh for š", core.Name, "Shevtsova, Olga", []string{"5"}},
		{"name with š", core.Name, "Ševtsova, Olga", []string{"5"}},
		{"a part of a double name", core.Name, "Niemi, Pekka", []string{"6"}},
		{"a double name the other way round", core.Name, "Niemi-Virtanen, Pekka", []string{"6"}},
		{"another name", core.Name, "Mäkelä, Maija Helena", nil},
		{"a user id that is a filter is a text", core.UserID, "*)(uid=*", []string{"6"}},
		{"a user id with a star finds no other", core.UserID, "makin*", nil},
		{"a user id with brackets", core.UserID, "x)(objectClass=*", nil},
		{"an employee number with a star", core.EmployeeNumber, "10423*", nil},
	}
	if len(tests) == 0 {
		t.Fatal("no tests")
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			given := map[string]*answer{}
			for where, i := range directories {
				a := ask(t, i, by(t, test.kind, test.value))
				given[where] = a
				if d := cmp.Diff(test.refs, a.refs()); d != "" {
					t.Errorf("%s: %s", where, d)
				}
				if len(a.notices) > 0 {
					t.Errorf("%s notices: %v", where, a.notices)
				}
				for _, r := range a.records {
					if len(r.MatchedBy) == 0 || r.MatchedBy[0].Kind != test.kind || r.MatchedBy[0].Slot != "person" || r.MatchedBy[0].Field == "" {
						t.Errorf("%s: matched by %+v", where, r.MatchedBy)
					}
				}
				want := core.TypeCount{Type: "account", Examined: true, Kinds: []core.Kind{test.kind}, Matched: uint64(len(test.refs))}
				if d := cmp.Diff([]core.TypeCount{want}, a.counts); d != "" {
					t.Errorf("%s: %s", where, d)
				}
			}
			if d := cmp.Diff(bytesOf(t, given["files"].records), bytesOf(t, given["server"].records)); d != "" {
				t.Error("the server's records are not those of the files: ", d)
			}
		})
	}
}

func TestARecordHoldsEveryValueInItsSlot(t *testing.T) {
	a := ask(t, configured(t, filesConfig()), by(t, core.UserID, "makinma1"))
	if len(a.records) != 1 {
		t.Fatal(a.refs())
	}
	created := time.Date(2019, 3, 1, 8, 0, 0, 0, time.UTC)
	text := func(name, s string) core.Field { return core.Field{Name: name, Value: core.TextValue(s)} }
	want := core.Record{Type: "account", Ref: "account/0d9b1c52-0000-4000-8000-000000000001", Time: created,
		Fields: []core.Field{text("status", "active"), {Name: "created", Value: core.TimeValue(created)},
			{Name: "picture", Value: core.WithheldValue(core.Withheld{Reason: core.WithheldBinary, Size: 13})}},
		Parties: []core.Party{{Slot: "person", Fields: []core.Field{
			text("name", "Mäkinen Maija Helena"), text("name", "Makinen Maija Helena"), text("given_name", "Maija Helena"), text("family_name", "Mäkinen"),
			text("email", "maija.makinen@valtori.example"), text("email", "Maija.Helena.Makinen@valtori.example"),
			text("phone", "+358 29 550 1234"), text("phone", "040 123-4567"), text("address", "PL 5, 02630 Espoo"),
			text("employee_number", "00104233"), text("user_id", "makinma1"), text("unit", "Tietoturva"), text("title", "Erityisasiantuntija"),
			text("manager", "uid=virtape1,ou=people,dc=valtori,dc=example")}}},
		MatchedBy: []core.Match{{Kind: core.UserID, Issuer: "valtori-ad", Slot: "person", Field: "user_id", Tier: core.TierExact}},
	}
	if d := cmp.Diff(want, a.records[0]); d != "" {
		t.Error(d)
	}
}

func TestIdentifiersOfOneKeySetAgreeTogether(t *testing.T) {
	for where, i := range map[string]*instance{"files": configured(t, filesConfig()),
		"server": configured(t, serverConfig(plainServer(t, servers.LDAPOptions{})))} {
		name, number, other := key(t, core.Name, "Mäkinen, Maija"), key(t, core.EmployeeNumber, "104234"), key(t, core.EmployeeNumber, "104235")
		a := ask(t, i, queryOf([]core.Identifier{name, number}, []core.Identifier{name, other}))
		if d := cmp.Diff([]string{"2"}, a.refs()); d != "" {
			t.Errorf("%s: %s", where, d)
		}
	}
}

func TestAnotherIssuersNumberIsAnotherNumber(t *testing.T) {
	i := configured(t, filesConfig())
	number := key(t, core.EmployeeNumber, "104234")
	number.Issuer = "another-payroll"
	if a := ask(t, i, queryOf([]core.Identifier{number})); len(a.records) > 0 {
		t.Error("found by the number of another issuer")
	}
}

func TestATypeThatNoKeyServesIsNotExamined(t *testing.T) {
	a := ask(t, configured(t, filesConfig()), by(t, core.BusinessID, "2077474-0"))
	if len(a.counts) != 1 || a.counts[0].Examined || len(a.counts[0].Needs) == 0 {
		t.Errorf("%+v", a.counts)
	}
}

func TestUnmappedAttributesAreGivenAndNamed(t *testing.T) {
	more := file(t, `dn: uid=extra,ou=people,dc=valtori,dc=example
objectClass: inetOrgPerson
uid: extra
cn: Extra Person
sn: Person
description: first
description;lang-fi: toinen
carLicense: ABC-1
userPassword: hidden-word
jpegPhoto:: /9j/
entryUUID: 0d9b1c52-0000-4000-8000-000000000009
createTimestamp: 20240101000000Z
`)
	server, files := serverConfig(plainServer(t, servers.LDAPOptions{}, more)), filesConfig()
	files.LDIF = append(files.LDIF, more)
	server.Types, files.Types = without("userPassword"), without("userPassword")
	withheld := func(r core.WithheldReason) core.Value { return core.WithheldValue(core.Withheld{Reason: r}) }
	want := []core.Field{{Name: "carLicense", Value: core.TextValue("ABC-1")}, {Name: "description", Value: core.TextValue("first")},
		{Name: "description;lang-fi", Value: core.TextValue("toinen")}, {Name: "userPassword", Value: withheld(core.WithheldSecret)}}
	for where, c := range map[string]Config{"server": server, "files": files} {
		a := ask(t, configured(t, c), by(t, core.UserID, "extra"))
		if len(a.records) != 1 {
			t.Fatalf("%s: %v", where, a.refs())
		}
		r := a.records[0]
		if d := cmp.Diff(want, r.Fields[2:]); d != "" {
			t.Errorf("%s: %s", where, d)
		}
		if strings.Contains(bytesOf(t, r), "hidden-word") {
			t.Errorf("%s: a password came out", where)
		}
		var named []string
		for _, p := range a.notices {
			if p.Class != core.ClassUnmapped {
				t.Errorf("%s: %v", where, p)
			}
			named = append(named, strings.Fields(p.Message)[2])
		}
		if d := cmp.Diff([]string{"carLicense", "description", "description;lang-fi", "userPassword"}, named); d != "" {
			t.Errorf("%s: %s", where, d)
		}
	}
}

func TestAnAttributeThatNoHitHasIsNamedToo(t *testing.T) {
	more := file(t, "dn: uid=extra,"+people+"\nobjectClass: inetOrgPerson\nuid: extra\ncn: E\nsn: E\npager: 0401234567\n")
	server, files := serverConfig(plainServer(t, servers.LDAPOptions{}, more)), filesConfig()
	files.LDIF = append(files.LDIF, more)
	for where, c := range map[string]Config{"server": server, "files": files} {
		a := ask(t, configured(t, c), by(t, core.UserID, "makinma1"))
		if d := cmp.Diff([]core.Problem{unmappedNotice("account", "pager")}, a.notices); d != "" {
			t.Errorf("%s: %s", where, d)
		}
	}
}

func TestAPartOnAnotherServerIsNoHitAndIsTold(t *testing.T) {
	more := file(t, `dn: ou=archive,ou=people,dc=valtori,dc=example
objectClass: referral
objectClass: extensibleObject
ou: archive
ref: ldap://192.0.2.1/ou=archive,dc=valtori,dc=example
`)
	server, files := serverConfig(plainServer(t, servers.LDAPOptions{}, more)), filesConfig()
	files.LDIF = append(files.LDIF, more)
	for where, c := range map[string]Config{"server": server, "files": files} {
		a := ask(t, configured(t, c), by(t, core.UserID, "makinma1"))
		if d := cmp.Diff([]core.Problem{referralNotice()}, a.notices); d != "" || len(a.records) != 1 {
			t.Errorf("%s: %v %s", where, a.refs(), d)
		}
		if strings.Contains(fmt.Sprint(a.notices), "192.0.2.1") {
			t.Errorf("%s shows the address", where)
		}
		c.IgnoreReferrals = "the archive is empty"
		if a := ask(t, configured(t, c), by(t, core.UserID, "makinma1")); len(a.notices) > 0 {
			t.Errorf("%s: ignored, and yet %v", where, a.notices)
		}
	}
}

func TestEntriesThatNoTypeTakesAreTold(t *testing.T) {
	more := file(t, `dn: uid=unix1,ou=people,dc=valtori,dc=example
objectClass: account
uid: unix1
`)
	server, files := serverConfig(plainServer(t, servers.LDAPOptions{}, more)), filesConfig()
	files.LDIF = append(files.LDIF, more)
	for where, c := range map[string]Config{"server": server, "files": files} {
		a := ask(t, configured(t, c), by(t, core.UserID, "makinma1"))
		if d := cmp.Diff([]core.Problem{classesNotice("account")}, a.notices); d != "" {
			t.Errorf("%s: %s", where, d)
		}
		c.IgnoreClasses = map[string]string{"account": "machines", "noSuchClass": "not here"}
		if a := ask(t, configured(t, c), by(t, core.UserID, "makinma1")); len(a.notices) > 0 {
			t.Errorf("%s: ignored, and yet %v", where, a.notices)
		}
	}
}

// crowd gives n accounts of one given and family name.
func crowd(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "dn: uid=crowd%d,%s\nobjectClass: inetOrgPerson\nuid: crowd%d\ncn: Korhonen Aino\nsn: Korhonen\ngivenName: Aino\n"+
			"entryUUID: 1d9b1c52-0000-4000-8000-%012d\ncreateTimestamp: 20240101000000Z\n\n", i, people, i, i)
	}
	return b.String()
}

func TestPagesAreReadToTheEnd(t *testing.T) {
	c := serverConfig(plainServer(t, servers.LDAPOptions{}, file(t, crowd(450))))
	c.PageSize = 100
	a := ask(t, configured(t, c), by(t, core.Name, "Korhonen, Aino"))
	if len(a.records) != 450 || len(a.notices) > 0 || a.progress < 450 {
		t.Errorf("%d records, %d examined, %v", len(a.records), a.progress, a.notices)
	}
}

func TestTheServersSizeLimitIsTold(t *testing.T) {
	c := serverConfig(plainServer(t, servers.LDAPOptions{SizeLimit: 20}, file(t, crowd(60))))
	c.PageSize = 15
	a := ask(t, configured(t, c), by(t, core.Name, "Korhonen, Aino"))
	if d := cmp.Diff([]core.Class{core.ClassTruncated}, a.classes()); d != "" {
		t.Errorf("%s with %d records", d, len(a.records))
	}
	if len(a.records) == 0 || len(a.records) >= 60 {
		t.Errorf("%d records", len(a.records))
	}
}

func TestSeveralBasesGiveEachEntryOnce(t *testing.T) {
	more := file(t, "dn: ou=other,dc=valtori,dc=example\nobjectClass: organizationalUnit\nou: other\n\n"+
		"dn: uid=makinma9,ou=other,dc=valtori,dc=example\nobjectClass: inetOrgPerson\nuid: makinma9\ncn: Makinen Maija\nsn: Makinen\nmail: maija.makinen@valtori.example\n"+
		"entryUUID: 0d9b1c52-0000-4000-8000-000000000009\ncreateTimestamp: 20240101000000Z\n")
	server, files := serverConfig(plainServer(t, servers.LDAPOptions{}, more)), filesConfig()
	files.LDIF = append(files.LDIF, more)
	for where, c := range map[string]Config{"server": server, "files": files} {
		for _, test := range []struct {
			bases List
			scope string
			refs  []string
		}{
			{List{people}, "", []string{"1"}},
			{List{people, "ou=other," + suffix, people}, "", []string{"1", "9"}},
			{List{"OU=Other, DC=valtori, DC=example"}, "one", []string{"9"}},
			{List{people}, "base", nil},
			{List{"uid=makinma9,ou=other," + suffix}, "base", []string{"9"}},
			{List{"dc=VALTORI,dc=example"}, "one", nil},
		} {
			c.BaseDN, c.Scope = test.bases, test.scope
			c.IgnoreClasses = map[string]string{"organizationalRole": "the reading account"}
			a := ask(t, configured(t, c), by(t, core.Email, "maija.makinen@valtori.example"))
			if d := cmp.Diff(test.refs, a.refs()); d != "" {
				t.Errorf("%s, %v %s: %s", where, test.bases, test.scope, d)
			}
		}
	}
}

func TestAWrongBaseIsAConfigurationError(t *testing.T) {
	s := plainServer(t, servers.LDAPOptions{})
	server, files := serverConfig(s), filesConfig()
	server.BaseDN, files.BaseDN = List{people, "ou=nobody," + suffix}, List{people, "ou=nobody," + suffix}
	for where, c := range map[string]Config{"server": server, "files": files} {
		err := configured(t, c).search(t.Context(), by(t, core.UserID, "x"), &answer{})
		wantProblem(t, where, err, core.ClassConfig, "base_dn[1]")
	}
}

func TestAnEntryWithoutUUIDGoesByItsNormalDN(t *testing.T) {
	dn := base64.StdEncoding.EncodeToString([]byte("UID=Ääkkönen\\, A , OU=People,dc=valtori,DC=example"))
	c := filesConfig()
	c.LDIF = []string{file(t, "dn: "+people+"\nobjectClass: organizationalUnit\nou: people\n\ndn:: "+dn+
		"\nobjectClass: inetOrgPerson\nuid: aa1\ncn: A\nsn: A\n")}
	a := ask(t, configured(t, c), by(t, core.UserID, "aa1"))
	if len(a.records) != 1 || a.records[0].Ref != "account/uid=%C3%A4%C3%A4kk%C3%B6nen%5C%2C%20a%2Cou=people%2Cdc=valtori%2Cdc=example" {
		t.Errorf("%q", a.records[0].Ref)
	}
}

func TestTwoEntriesOfOneUUIDAreBothGiven(t *testing.T) {
	one := "dn: uid=%s,ou=people,dc=valtori,dc=example\nobjectClass: inetOrgPerson\nuid: same\ncn: S\nsn: S\nentryUUID: 0d9b1c52-0000-4000-8000-000000000009\n\n"
	c := filesConfig()
	c.LDIF = append(c.LDIF, file(t, fmt.Sprintf(one, "a")+fmt.Sprintf(one, "b")+fmt.Sprintf(one, "B")))
	a := ask(t, configured(t, c), by(t, core.UserID, "same"))
	if len(a.records) != 2 || a.records[0].Ref == a.records[1].Ref {
		t.Errorf("%v", a.refs())
	}
	if d := cmp.Diff([]core.Class{core.ClassData}, a.classes()); d != "" {
		t.Error(d)
	}
}

// However an export orders its entries, it gives the same answer.
func TestTheOrderOfAnExportChangesNothing(t *testing.T) {
	entry := "dn: uid=%s,ou=people,dc=valtori,dc=example\nobjectClass: inetOrgPerson\nuid: same\ncn: S\nsn: S\nentryUUID: 0d9b1c52-0000-4000-8000-00000000000%d\n\n"
	entries := []string{fmt.Sprintf(entry, "a", 9), fmt.Sprintf(entry, "b", 9), fmt.Sprintf(entry, "c", 8), fmt.Sprintf(entry, "B", 9), fmt.Sprintf(entry, "d", 9)}
	var first []core.Record
	for n := range entries {
		c := filesConfig()
		c.LDIF = append(c.LDIF, file(t, strings.Join(append(slices.Clone(entries[n:]), entries[:n]...), "")))
		a := ask(t, configured(t, c), by(t, core.UserID, "same"))
		if n == 0 {
			first = a.records
		}
		if len(a.records) != 4 || a.records[0].Ref != "account/0d9b1c52-0000-4000-8000-000000000008" || len(a.notices) != 1 {
			t.Fatalf("%q, %v", a.refs(), a.notices)
		}
		for i, r := range a.records {
			if r.Ref != first[i].Ref {
				t.Errorf("order %d gives %q, the first %q", n, r.Ref, first[i].Ref)
			}
		}
	}
}

// An entry that is no longer where it was found is told, and none stands in
// its place.
func TestAnExportThatChangesWhileItIsReadIsTold(t *testing.T) {
	path := file(t, crowd(3))
	c := filesConfig()
	c.LDIF = append(c.LDIF, path)
	a := &answer{}
	changing := &changingAnswer{answer: a, change: func() {
		if err := os.WriteFile(path, []byte("# changed\n"+crowd(2)), 0o600); err != nil {
			t.Error(err)
		}
	}}
	if err := configured(t, c).search(t.Context(), by(t, core.Name, "Korhonen, Aino"), changing); err != nil {
		t.Fatal(err)
	}
	if len(a.records) != 1 || !slices.ContainsFunc(a.notices, func(p core.Problem) bool {
		return p.Class == core.ClassPartial && strings.Contains(p.Message, "went away")
	}) {
		t.Errorf("%d records, %v", len(a.records), a.notices)
	}
}

// changingAnswer changes something when the first record has come.
type changingAnswer struct {
	*answer
	change func()
}

func (c *changingAnswer) Emit(r core.Record) error {
	if len(c.records) == 0 {
		c.change()
	}
	return c.answer.Emit(r)
}

func TestABrokenFileIsToldByItsLine(t *testing.T) {
	c := filesConfig()
	c.LDIF = append(c.LDIF, file(t, "dn: uid=x,"+people+"\nuid: makinma1\nno colon here\n\ndn: =,\nuid: y\n"))
	a := ask(t, configured(t, c), by(t, core.UserID, "makinma1"))
	if d := cmp.Diff([]core.Class{core.ClassPartial, core.ClassPartial}, a.classes()); d != "" || len(a.records) != 1 {
		t.Fatal(d, a.refs())
	}
	for n, want := range []string{"more.ldif:3: there is no colon", "more.ldif:5: what follows dn: is no DN"} {
		if p := a.notices[n]; !strings.Contains(p.Message, want) || p.ConfigPath != "ldif[1]" {
			t.Errorf("%+v", p)
		}
	}
}

func TestARecordThatBeganAfterThePeriodIsLeftOut(t *testing.T) {
	q := by(t, core.Name, "Mäkinen, Maija")
	q.Period = core.Interval{From: time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	if d := cmp.Diff([]string{"1", "3"}, ask(t, configured(t, filesConfig()), q).refs()); d != "" {
		t.Error(d)
	}
}

func wantProblem(t *testing.T, where string, err error, class core.Class, path string) {
	t.Helper()
	var p *core.Problem
	if !errors.As(err, &p) || p.Class != class || p.ConfigPath != path || p.Message == "" {
		t.Errorf("%s: got %#v (%v), want class %s at %q", where, p, err, class, path)
	}
}
