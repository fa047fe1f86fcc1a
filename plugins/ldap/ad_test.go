package ldapsource

import (
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

// The GUID 3f2504e0-4f89-11d3-9a0c-0305e82c3301 and the SID
// S-1-5-21-3623811015-3361044348-30300820-1013 as their bytes.
const (
	guidRaw = "\xe0\x04\x25\x3f\x89\x4f\xd3\x11\x9a\x0c\x03\x05\xe8\x2c\x33\x01"
	guid    = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
	sidRaw  = "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\xc7\xf7\xfe\xd7\x7c\x77\x55\xc8\x94\x5a\xce\x01\xf5\x03\x00\x00"
	sid     = "S-1-5-21-3623811015-3361044348-30300820-1013"
)

func adPeople() string { return "OU=Staff," + domain }

// adUser is a user as Active Directory keeps it, with more or other values.
func adUser(n int, cn string, more map[string][]string) adEntry {
	e := adEntry{dn: "CN=" + cn + "," + adPeople(), values: map[string][]string{
		"objectClass":    {"top", "person", "organizationalPerson", "user"},
		"objectCategory": {"CN=Person,CN=Schema,CN=Configuration," + domain},
		"cn":             {cn}, "name": {cn}, "distinguishedName": {"CN=" + cn + "," + adPeople()},
		"sAMAccountName": {fmt.Sprintf("user%d", n)}, "userPrincipalName": {fmt.Sprintf("user%d@corp.example", n)},
		"objectGUID": {fmt.Sprintf("%015d\x01", n)}, "whenCreated": {"20190301080000.0Z"}, "uSNChanged": {"4711"}, "instanceType": {"4"},
		"userAccountControl": {"512"}}}
	maps.Copy(e.values, more)
	return e
}

func maija() adEntry {
	groups := make([]string, 4000)
	for n := range groups {
		groups[n] = fmt.Sprintf("CN=G%04d,OU=Groups,%s", n, domain)
	}
	return adUser(1, "Mäkinen Maija", map[string][]string{
		"objectGUID": {guidRaw}, "objectSid": {sidRaw}, "sn": {"Mäkinen"}, "givenName": {"Maija"}, "sAMAccountName": {"makinma1"},
		"mail":               {"maija.makinen@corp.example"},
		"proxyAddresses":     {"SMTP:maija.makinen@corp.example", "smtp:maija.virtanen@corp.example", "X500:/o=Corp/cn=makinma1", "SIP:maija@chat.corp.example"},
		"userAccountControl": {"66050"}, "accountExpires": {"9223372036854775807"}, "lastLogonTimestamp": {"132539328000000000"},
		"pwdLastSet": {"0"}, "memberOf": groups, "thumbnailPhoto": {"\xff\xd8\xff\xe0\x00"}, "telephoneNumber": {"+358 29 550 1234"},
		"streetAddress": {"Lintulahdenkuja 2"}, "employeeNumber": {"104233"}})
}

// adEntries are a forest: the root entry, the schema, and people.
func adEntries(people ...adEntry) []adEntry {
	aggregate := "CN=Aggregate,CN=Schema,CN=Configuration," + domain
	text, number, bytes, dn := "1.3.6.1.4.1.1466.115.121.1.15", "1.2.840.113556.1.4.906", "1.3.6.1.4.1.1466.115.121.1.40", "1.3.6.1.4.1.1466.115.121.1.12"
	syntax := map[string]string{"objectGUID": bytes, "objectSid": bytes, "thumbnailPhoto": bytes, "memberOf": dn, "objectCategory": dn, "distinguishedName": dn, "manager": dn,
		"accountExpires": number, "lastLogonTimestamp": number, "pwdLastSet": number, "userAccountControl": "1.3.6.1.4.1.1466.115.121.1.27",
		"whenCreated": "1.3.6.1.4.1.1466.115.121.1.24", "objectClass": "1.3.6.1.4.1.1466.115.121.1.38"}
	for _, name := range []string{"cn", "sn", "givenName", "name", "mail", "proxyAddresses", "sAMAccountName", "userPrincipalName", "telephoneNumber",
		"streetAddress", "street", "employeeNumber", "uSNChanged", "instanceType", "extensionAttribute1"} {
		syntax[name] = text
	}
	var types []string
	out := []adEntry{
		{dn: "", values: map[string][]string{"subschemaSubentry": {aggregate}, "supportedCapabilities": {capabilityAD, "1.2.840.113556.1.4.1670"},
			"namingContexts":                {domain, "CN=Configuration," + domain, "CN=Schema,CN=Configuration," + domain, "DC=DomainDnsZones," + domain},
			"configurationNamingContext":    {"CN=Configuration," + domain},
			"schemaNamingContext":           {"CN=Schema,CN=Configuration," + domain},
			"supportedSASLMechanisms":       {"GSSAPI", "GSS-SPNEGO"},
			"supportedLDAPPolicies":         {"MaxPageSize"},
			"domainControllerFunctionality": {"7"}}},
		{dn: domain, values: map[string][]string{"objectClass": {"top", "domain", "domainDNS"}, "allowedAttributes": {"cn"}}},
		{dn: adPeople(), values: map[string][]string{"objectClass": {"top", "organizationalUnit"}, "allowedAttributes": {"cn"}}},
	}
	inCatalogue := []string{"cn", "sn", "givenName", "name", "mail", "proxyAddresses", "sAMAccountName", "userPrincipalName", "objectGUID",
		"objectSid", "objectClass", "objectCategory", "memberOf", "userAccountControl", "whenCreated", "telephoneNumber", "lastLogonTimestamp"}
	for _, name := range inCatalogue {
		out = append(out, adEntry{dn: "CN=" + name + ",CN=Schema,CN=Configuration," + domain, values: map[string][]string{
			"objectClass": {"attributeSchema"}, "lDAPDisplayName": {name}, "isMemberOfPartialAttributeSet": {"TRUE"}}})
	}
	for name, oid := range syntax {
		types = append(types, fmt.Sprintf("( 1.2.%d NAME '%s' SYNTAX '%s' SINGLE-VALUE )", len(types), name, oid))
	}
	classes := []string{}
	for n, name := range []string{"top", "person", "organizationalPerson", "user", "computer", "group", "contact", "container", "organizationalUnit", "domain"} {
		classes = append(classes, fmt.Sprintf("( 1.3.%d NAME '%s' SUP top STRUCTURAL )", n, name))
	}
	out = append(out, adEntry{dn: aggregate, values: map[string][]string{"objectClass": {"subSchema"}, "attributeTypes": types, "objectClasses": classes}})
	for _, p := range people {
		p.values = maps.Clone(p.values)
		p.values["allowedAttributes"] = []string{"cn", "telephoneNumber"}
		out = append(out, p)
	}
	return out
}

func adTypes() map[string]Type {
	return map[string]Type{"account": {
		Filter: "(&(objectCategory=person)(objectClass=user))",
		Time:   "whenCreated",
		Fields: map[string]List{"status": {"userAccountControl", "accountExpires", "lastLogonTimestamp", "pwdLastSet"}, "created": {"whenCreated"},
			"groups": {"memberOf"}, "picture": {"thumbnailPhoto"}},
		Parties: []Party{{Slot: "person", Fields: map[string]List{"name": {"cn"}, "given_name": {"givenName"}, "family_name": {"sn"},
			"email": {"mail", "proxyAddresses"}, "user_id": {"sAMAccountName", "userPrincipalName", "objectSid"}, "phone": {"telephoneNumber"},
			"address": {"streetAddress"}, "employee_number": {"employeeNumber"}}}},
		Ignore: map[string]string{"objectClass": "technical", "name": "the name, which cn holds"},
	}}
}

func adConfig(s *adServer) Config {
	return Config{URL: s.url, BindDN: "lukija@corp.example", Password: password, BaseDN: List{domain}, Types: adTypes(),
		IgnoreDeleted: "accounts are deleted a year after they are closed, on the register's own schedule"}
}

func TestActiveDirectorysValuesAreReadAsPeopleWriteThem(t *testing.T) {
	s := serveAD(t, &adServer{password: password, entries: adEntries(maija())})
	a := ask(t, configured(t, adConfig(s)), by(t, core.UserID, "makinma1"))
	if len(a.records) != 1 || len(a.notices) > 0 {
		t.Fatalf("%d records, %v", len(a.records), a.notices)
	}
	r := a.records[0]
	if r.Ref != "account/"+guid || !r.Time.Equal(time.Date(2019, 3, 1, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("%s at %v", r.Ref, r.Time)
	}
	meaning := func(v core.Value, fi, sv, en string) core.Value {
		v.Meaning = &core.Meaning{FI: fi, SV: sv, EN: en}
		return v
	}
	var groups int
	got := map[string][]core.Value{}
	for _, f := range append(r.Fields, r.Parties[0].Fields...) {
		if f.Name == "groups" {
			groups++
			continue
		}
		got[f.Name] = append(got[f.Name], f.Value)
	}
	if groups != 4000 {
		t.Errorf("%d groups of 4000", groups)
	}
	want := map[string][]core.Value{
		"status": {meaning(core.IntegerValue(66050), "suljettu; salasana ei vanhene", "stängt; lösenordet upphör inte att gälla", "disabled; the password does not expire"),
			meaning(core.IntegerValue(never), "ei vanhene", "upphör inte att gälla", "does not expire"),
			core.TimeValue(time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)),
			meaning(core.IntegerValue(0), "salasana on vaihdettava seuraavalla kirjautumisella", "lösenordet ska bytas vid nästa inloggning", "the password must be changed at the next sign-in")},
		"created": {core.TimeValue(time.Date(2019, 3, 1, 8, 0, 0, 0, time.UTC))},
		"picture": {core.WithheldValue(core.Withheld{Reason: core.WithheldBinary, Size: 5})},
		"name":    {core.TextValue("Mäkinen Maija")}, "given_name": {core.TextValue("Maija")}, "family_name": {core.TextValue("Mäkinen")},
		"email": {core.TextValue("maija.makinen@corp.example"), core.TextValue("maija.virtanen@corp.example"),
			core.TextValue("X500:/o=Corp/cn=makinma1"), core.TextValue("maija@chat.corp.example")},
		"user_id": {core.TextValue("makinma1"), core.TextValue("user1@corp.example"), core.TextValue(sid)},
		"phone":   {core.TextValue("+358 29 550 1234")}, "address": {core.TextValue("Lintulahdenkuja 2")}, "employee_number": {core.TextValue("104233")},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestActiveDirectoryIsAskedByEachKey(t *testing.T) {
	computer := adUser(2, "PC1", map[string][]string{"objectClass": {"top", "person", "organizationalPerson", "user", "computer"},
		"objectCategory": {"CN=Computer,CN=Schema,CN=Configuration," + domain}, "sAMAccountName": {"PC1$"}, "mail": {"maija.makinen@corp.example"}})
	group := adUser(3, "G", map[string][]string{"objectClass": {"top", "group"}, "objectCategory": {"CN=Group,CN=Schema,CN=Configuration," + domain}, "mail": {"maija.makinen@corp.example"}})
	s := serveAD(t, &adServer{password: password, entries: adEntries(maija(), computer, group, adUser(4, "Virtanen Pekka", map[string][]string{"sn": {"Virtanen"}, "givenName": {"Pekka"}}))})
	c := adConfig(s)
	c.IgnoreClasses = map[string]string{"computer": "machines", "group": "named at their members"}
	for _, test := range []struct {
		kind  core.Kind
		value string
		hits  int
	}{
		{core.Email, "Maija.Virtanen@corp.example", 1}, {core.Email, "maija@chat.corp.example", 1}, {core.Email, "maija.makinen@corp.example", 1},
		{core.Email, "nobody@corp.example", 0}, {core.UserID, "MAKINMA1", 1}, {core.UserID, "user1@CORP.example", 1}, {core.UserID, strings.ToLower(sid), 1},
		{core.UserID, "pc1$", 0}, {core.EmployeeNumber, "00104233", 1}, {core.Phone, "0295501234", 1}, {core.Name, "Mäkinen, Maija", 1}, {core.Name, "Makinen, Maija", 1},
	} {
		a := ask(t, configured(t, c), by(t, test.kind, test.value))
		if len(a.records) != test.hits || len(a.notices) > 0 {
			t.Errorf("%s %s: %d records, want %d; %v", test.kind, test.value, len(a.records), test.hits, a.notices)
		}
	}
	for _, op := range s.operations("search") {
		if strings.Contains(op.text, "(mail=*)") {
			t.Errorf("everybody was asked for: %s", op.text)
		}
	}
	c.IgnoreClasses = nil
	if a := ask(t, configured(t, c), by(t, core.UserID, "makinma1")); len(a.notices) != 1 || !strings.Contains(a.notices[0].Message, "computer") || !strings.Contains(a.notices[0].Message, "group") {
		t.Errorf("computers and groups are taken by no type, and it is said: %v", a.notices)
	}
}

func TestDeletedAccountsAreSaidNotToBeSearched(t *testing.T) {
	s := serveAD(t, &adServer{password: password, entries: adEntries(maija())})
	c := adConfig(s)
	c.IgnoreDeleted = ""
	a := ask(t, configured(t, c), by(t, core.UserID, "makinma1"))
	if len(a.records) != 1 || len(a.notices) != 1 || a.notices[0].Class != core.ClassPartial || a.notices[0].ConfigPath != "ignore_deleted" {
		t.Errorf("%v", a.notices)
	}
}

func TestPagesBoundedByTheServerAreReadToTheEnd(t *testing.T) {
	var people []adEntry
	for n := range 1200 {
		people = append(people, adUser(n+10, fmt.Sprintf("Korhonen Aino %d", n), map[string][]string{"sn": {"Korhonen"}, "givenName": {"Aino"},
			"mail": {"shared@corp.example"}}))
	}
	s := serveAD(t, &adServer{password: password, entries: adEntries(people...)})
	c := adConfig(s)
	c.PageSize = 5000 // above MaxPageSize, which is 1000
	a := ask(t, configured(t, c), by(t, core.Email, "shared@corp.example"))
	if len(a.records) != 1200 || len(a.notices) > 0 {
		t.Errorf("%d records, %v", len(a.records), a.notices)
	}
}

func TestAServerWithoutPagesIsAskedMoreNarrowly(t *testing.T) {
	var people []adEntry
	for n := range 30 {
		people = append(people, adUser(n+10, fmt.Sprintf("Korhonen Aino %d", n), map[string][]string{"sn": {"Korhonen"}, "givenName": {"Aino"},
			"mail": {"shared@corp.example"}, "proxyAddresses": {"smtp:other@corp.example"}}))
	}
	people = append(people, maija())
	for _, how := range []string{"ignored", "refused"} {
		// Ten entries at a time: too few for all, enough for one.
		s := serveAD(t, &adServer{password: password, entries: adEntries(people...), maxPage: 10, noPaging: how})
		i := configured(t, adConfig(s))
		a := ask(t, i, by(t, core.UserID, "makinma1"))
		if len(a.records) != 1 || len(a.notices) > 0 {
			t.Errorf("%s: %d records, %v", how, len(a.records), a.notices)
		}
		a = ask(t, i, by(t, core.Email, "shared@corp.example"))
		if d := cmp.Diff([]core.Class{core.ClassTruncated}, a.classes()); d != "" || len(a.records) != 10 {
			t.Errorf("%s: %d records, %s", how, len(a.records), d)
		}
	}
	// An attribute that nobody mapped is found though the entries cannot all be read.
	people[29].values["extensionAttribute1"] = []string{"104299"}
	s := serveAD(t, &adServer{password: password, entries: adEntries(people...), maxPage: 10, noPaging: "refused"})
	a := ask(t, configured(t, adConfig(s)), by(t, core.UserID, "makinma1"))
	if d := cmp.Diff([]core.Problem{unmappedNotice("account", "extensionAttribute1")}, a.notices); d != "" {
		t.Error(d)
	}
}

func TestNarrowerQuestionsFindWhatABroadOneDoesNot(t *testing.T) {
	var people []adEntry
	for n := range 8 {
		people = append(people, adUser(n+10, fmt.Sprintf("A %d", n), map[string][]string{"mail": {"shared@corp.example"}}),
			adUser(n+50, fmt.Sprintf("B %d", n), map[string][]string{"proxyAddresses": {"smtp:shared@corp.example"}}))
	}
	s := serveAD(t, &adServer{password: password, entries: adEntries(people...), maxPage: 10, noPaging: "refused"})
	a := ask(t, configured(t, adConfig(s)), by(t, core.Email, "shared@corp.example"))
	if len(a.records) != 16 || len(a.notices) > 0 {
		t.Errorf("%d records of 16, %v", len(a.records), a.notices)
	}
}

func TestReferencesAreFollowedWhereTheMappingSaysSo(t *testing.T) {
	child := serveAD(t, &adServer{password: password, entries: []adEntry{{dn: "dc=child," + domain, values: map[string][]string{"objectClass": {"domain"}}},
		func() adEntry {
			e := adUser(77, "Mäkinen Maija", map[string][]string{"objectGUID": {"0123456789abcdef"}, "sAMAccountName": {"makinma1"}, "telephoneNumber": {"0401112222"}})
			e.dn = "CN=Mäkinen Maija,dc=child," + domain
			return e
		}()}})
	host := strings.TrimPrefix(child.url, "ldap://")
	dns := []string{"ldap://ForestDnsZones.corp.example/DC=ForestDnsZones," + domain, "ldap://corp.example/CN=Configuration," + domain, "ldap://DomainDnsZones.corp.example/DC=DomainDnsZones," + domain}
	s := serveAD(t, &adServer{password: password, entries: adEntries(maija()), references: append(dns, "ldap://"+host+"/dc=child,"+domain)})
	c := adConfig(s)
	a := ask(t, configured(t, c), by(t, core.UserID, "makinma1"))
	if d := cmp.Diff([]core.Problem{referralNotice()}, a.notices); d != "" || len(a.records) != 1 || len(child.operations("bind")) > 0 {
		t.Fatalf("not allowed: %d records, %s", len(a.records), d)
	}
	c.FollowReferrals = List{child.url}
	a = ask(t, configured(t, c), by(t, core.UserID, "makinma1"))
	if len(a.records) != 2 || len(a.notices) > 0 {
		t.Fatalf("allowed: %d records, %v", len(a.records), a.notices)
	}
	if v, _ := core.First(a.records[0].Parties[0].Fields, "phone"); v.Text != "0401112222" && len(a.records[1].Parties) == 1 {
		t.Errorf("the record of the other server was not read there: %v", bytesOf(t, a.records[0]))
	}
	// The parts without people need no word.
	s.references = dns
	c.FollowReferrals = nil
	if a := ask(t, configured(t, c), by(t, core.UserID, "makinma1")); len(a.notices) > 0 {
		t.Error(a.notices)
	}
	// Two servers that send the question to each other end.
	child.references, s.references = []string{s.url + "/" + domain}, []string{child.url + "/" + domain}
	child.entries = append(child.entries, adEntry{dn: domain, values: map[string][]string{"objectClass": {"domain"}}})
	c.FollowReferrals = List{child.url, s.url}
	if a := ask(t, configured(t, c), by(t, core.UserID, "makinma1")); len(a.records) != 2 {
		t.Errorf("%d records, %v", len(a.records), a.notices)
	}
}

func TestAFollowedServerThatFailsLeavesAGap(t *testing.T) {
	child := serveAD(t, &adServer{password: "another", entries: []adEntry{}})
	s := serveAD(t, &adServer{password: password, entries: adEntries(maija()), references: []string{child.url + "/dc=child," + domain}})
	c := adConfig(s)
	c.FollowReferrals = List{child.url}
	a := ask(t, configured(t, c), by(t, core.UserID, "makinma1"))
	if len(a.records) != 1 || len(a.notices) != 1 || a.notices[0].Class != core.ClassPartial || a.notices[0].ConfigPath != "follow_referrals" {
		t.Errorf("%d records, %v", len(a.records), a.notices)
	}
}

func TestABaseOnAnotherServerIsFollowedOrRefused(t *testing.T) {
	real := serveAD(t, &adServer{password: password, entries: adEntries(maija())})
	s := serveAD(t, &adServer{password: password, entries: adEntries(), refuse: func(op adOperation) (int, string) {
		if op.kind == "search" && strings.EqualFold(op.base, domain) {
			return 10, real.url + "/" + domain
		}
		return 0, ""
	}})
	c := adConfig(s)
	wantProblem(t, "not allowed", configured(t, c).search(t.Context(), by(t, core.UserID, "makinma1"), &answer{}), core.ClassConfig, "base_dn")
	c.FollowReferrals = List{real.url}
	if a := ask(t, configured(t, c), by(t, core.UserID, "makinma1")); len(a.records) != 1 {
		t.Errorf("%d records, %v", len(a.records), a.notices)
	}
}

func TestWhatAGlobalCatalogueDoesNotHoldIsTold(t *testing.T) {
	held := map[string]bool{}
	entries := adEntries(maija())
	for _, e := range entries {
		for _, name := range e.values["lDAPDisplayName"] {
			held[name] = true
		}
	}
	s := serveAD(t, &adServer{password: password, entries: entries, hides: func(name string) bool {
		return !held[name] && name != "attributeTypes" && name != "objectClasses" && name != "lDAPDisplayName"
	}})
	c := adConfig(s)
	yes := true
	c.GlobalCatalogue, c.BaseDN = &yes, List{""}
	a := ask(t, configured(t, c), by(t, core.UserID, "makinma1"))
	said := map[string]bool{}
	for _, p := range a.notices {
		said[p.ConfigPath] = true
		if p.Class != core.ClassPartial {
			t.Errorf("%+v", p)
		}
	}
	want := map[string]bool{"not_in_catalogue": true, "types.account.parties[0].fields.address": true, "types.account.parties[0].fields.employee_number": true,
		"types.account.fields.status[1]": true, "types.account.fields.status[3]": true, "types.account.fields.picture": true, "types.account.fields.groups": true}
	if d := cmp.Diff(want, said); d != "" || len(a.records) != 1 {
		t.Errorf("%d records: %s", len(a.records), d)
	}
	c.NotInCatalogue = map[string]string{"*": "the source ad-corp has them"}
	for _, name := range []string{"streetAddress", "employeeNumber", "accountExpires", "pwdLastSet", "thumbnailPhoto", "memberOf"} {
		c.NotInCatalogue[name] = "the source ad-corp has it"
	}
	if a := ask(t, configured(t, c), by(t, core.UserID, "makinma1")); len(a.notices) > 0 || len(a.records) != 1 {
		t.Errorf("declared, and yet %v", a.notices)
	}
	for address, want := range map[string]bool{"ldaps://x:3269": true, "ldap://x:3268": true, "ldaps://x": false, "ldaps://x:636": false} {
		if isCatalogue(Config{URL: address}) != want {
			t.Errorf("%s: %v", address, !want)
		}
	}
}

func TestARefusedAccountIsToldWhyAndWhatToDo(t *testing.T) {
	data := func(code string) string {
		return "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data " + code + ", v3839 for makinma1"
	}
	tests := []struct {
		name, words string
		code        int
		on          string
		class       core.Class
		path, says  string
	}{
		{"wrong password", data("52e"), 49, "bind", core.ClassAuth, "", "refuses the account or its password"},
		{"no such account", data("525"), 49, "bind", core.ClassAuth, "", "no such account"},
		{"expired password", data("532"), 49, "bind", core.ClassAuth, "", "password of the account has expired"},
		{"disabled", data("533"), 49, "bind", core.ClassAuth, "", "disabled"},
		{"expired account", data("701"), 49, "bind", core.ClassAuth, "", "account has expired"},
		{"must change", data("773"), 49, "bind", core.ClassAuth, "", "must be changed"},
		{"locked", data("775"), 49, "bind", core.ClassAuth, "", "locked"},
		{"hours", data("530"), 49, "bind", core.ClassAuth, "", "at this hour"},
		{"machine", data("531"), 49, "bind", core.ClassAuth, "", "from this machine"},
		{"channel binding", data("80090346"), 49, "bind", core.ClassAuth, "", "encrypted channel"},
		{"unknown reason", data("999"), 49, "bind", core.ClassAuth, "", "refuses the account"},
		{"signing", "00002028: LdapErr: DSID-0C090202, comment: The server requires binds to turn on integrity checking if SSL\\TLS are not already active on the connection, data 0, v3839", 8, "bind", core.ClassConfig, "start_tls", "ldaps://"},
		{"signing, at the search", "00002028: LdapErr", 8, "search", core.ClassConfig, "start_tls", "ldaps://"},
		{"not signed in", "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v3839", 1, "search", core.ClassAuth, "", "bind_dn"},
		{"busy", "", 51, "search", core.ClassTransient, "", "Busy"},
		{"unavailable", "", 52, "search", core.ClassTransient, "", "Unavailable"},
		{"busy at the bind", "", 51, "bind", core.ClassTransient, "", ""},
		{"unwilling", "", 53, "search", core.ClassAuth, "", "own rules"},
		{"denied", "", 50, "search", core.ClassAuth, "", "reading rights"},
		{"alias in a circle", "", 36, "search", core.ClassConfig, "aliases", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serveAD(t, &adServer{entries: adEntries(maija()), refuse: func(op adOperation) (int, string) {
				if op.kind == test.on && (op.kind == "bind" || strings.EqualFold(op.base, domain)) {
					return test.code, test.words
				}
				return 0, ""
			}})
			err := configured(t, adConfig(s)).search(t.Context(), by(t, core.UserID, "makinma1"), &answer{})
			wantProblem(t, "search", err, test.class, test.path)
			if err != nil && (!strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "makinma1") || strings.Contains(err.Error(), "DSID")) {
				t.Error(err)
			}
		})
	}
}

func TestABrokenConnectionIsTransient(t *testing.T) {
	for name, words := range map[string]string{"dropped": "", "notice of disconnection": "the server goes down"} {
		for _, after := range []int{0, 1} {
			pages := 0
			s := serveAD(t, &adServer{password: password, entries: adEntries(maija(), adUser(2, "Mäkinen Maija Liisa", map[string][]string{"mail": {"maija.makinen@corp.example"}})),
				maxPage: 1, refuse: func(op adOperation) (int, string) {
					if op.kind == "search" && strings.Contains(op.text, "maija.makinen") {
						if pages++; pages > after {
							return -1, words
						}
					}
					return 0, ""
				}})
			a := &answer{}
			err := configured(t, adConfig(s)).search(t.Context(), by(t, core.Email, "maija.makinen@corp.example"), a)
			wantProblem(t, name, err, core.ClassTransient, "")
			if len(a.records) > 0 || len(a.counts) > 0 {
				t.Errorf("%s: %d records, counts %v of an answer that broke", name, len(a.records), a.counts)
			}
		}
	}
}

func TestLimitsOfTimeAndAdministrationAreNeverComplete(t *testing.T) {
	for _, code := range []int{3, 4, 11} {
		s := serveAD(t, &adServer{password: password, entries: adEntries(maija()), refuse: func(op adOperation) (int, string) {
			if op.kind == "search" && strings.Contains(op.text, "makinma1") {
				return code, ""
			}
			return 0, ""
		}})
		a := ask(t, configured(t, adConfig(s)), by(t, core.UserID, "makinma1"))
		if d := cmp.Diff([]core.Class{core.ClassTruncated}, a.classes()); d != "" {
			t.Errorf("%d: %s", code, d)
		}
	}
}

func TestValuesThatAServerDoesNotGiveOutAreMissed(t *testing.T) {
	s := serveAD(t, &adServer{password: password, entries: adEntries(maija()), refuse: func(op adOperation) (int, string) {
		if op.kind == "search" && len(op.wanted) == 1 && strings.HasPrefix(op.wanted[0], "memberOf;range=3000") {
			return 32, ""
		}
		return 0, ""
	}})
	a := ask(t, configured(t, adConfig(s)), by(t, core.UserID, "makinma1"))
	if d := cmp.Diff([]core.Problem{rangeNotice("memberOf")}, a.notices); d != "" || len(a.records) != 1 {
		t.Fatal(d)
	}
	if v := a.records[0].Fields; !strings.Contains(bytesOf(t, v), string(core.WithheldUnreadable)) {
		t.Error("the record does not say that groups are missing")
	}
}

func TestActiveDirectoryProvesWhatTheAccountMayChange(t *testing.T) {
	entries := adEntries(maija())
	s := serveAD(t, &adServer{password: password, entries: entries})
	got := checked(t.Context(), configured(t, adConfig(s)))
	if failed := got.failed(); len(failed) > 0 {
		t.Errorf("%+v", got)
	}
	if d := cmp.Diff([]string{"encryption"}, got.warned()); d != "" {
		t.Error(d)
	}
	entries[len(entries)-1].values["allowedAttributesEffective"] = []string{"telephoneNumber"}
	got = checked(t.Context(), configured(t, adConfig(s)))
	if d := cmp.Diff([]string{"encryption", "read-only"}, got.warned()); d != "" {
		t.Error(d)
	}
	for _, x := range got {
		if x.name == stepReadOnly && (x.warn == nil || !strings.Contains(x.warn.Message, "may change telephoneNumber")) {
			t.Errorf("%+v", x)
		}
	}
}

// ldifde gives entries as ldifde -u writes them: UTF-16, every entry a change
// record that adds it.
func ldifde(entries ...adEntry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "dn:: %s\r\nchangetype: add\r\n", base64.StdEncoding.EncodeToString([]byte(e.dn)))
		for _, name := range sortedKeys(e.values) {
			for _, v := range e.values[name] {
				if strings.HasPrefix(name, "allowed") {
					continue
				}
				line := name + ":: " + base64.StdEncoding.EncodeToString([]byte(v))
				for ; len(line) > 76; line = " " + line[76:] {
					b.WriteString(line[:76] + "\r\n")
				}
				b.WriteString(line + "\r\n")
			}
		}
		b.WriteString("\r\n")
	}
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(b.String())) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

func TestAnExportOfActiveDirectoryGivesTheSameRecords(t *testing.T) {
	domainEntry := adEntry{dn: domain, values: map[string][]string{"objectClass": {"top", "domain"}}}
	s := serveAD(t, &adServer{password: password, entries: adEntries(maija())})
	server := adConfig(s)
	export := Config{LDIF: []string{file(t, ldifde(domainEntry, maija()))}, BaseDN: List{domain}, Types: adTypes()}
	for _, q := range []core.Query{by(t, core.UserID, "makinma1"), by(t, core.Email, "maija.virtanen@corp.example"), by(t, core.Email, "nobody@corp.example")} {
		a, b := ask(t, configured(t, server), q), ask(t, configured(t, export), q)
		if d := cmp.Diff(bytesOf(t, a.records), bytesOf(t, b.records)); d != "" || len(b.notices) > 0 {
			t.Error(d, b.notices)
		}
	}
}
