package ldapsource

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

func TestValuesAreGivenAsWhatTheyAre(t *testing.T) {
	at := func(y, m, d, h, min, s int) core.Value {
		return core.TimeValue(time.Date(y, time.Month(m), d, h, min, s, 0, time.UTC))
	}
	binary := func(n int64) core.Value {
		return core.WithheldValue(core.Withheld{Reason: core.WithheldBinary, Size: n})
	}
	tests := []struct {
		attribute, raw string
		kind           core.Kind
		want           core.Value
	}{
		{"title", "Asiantuntija", "", core.TextValue("Asiantuntija")},
		{"title", " as it is ", "", core.TextValue(" as it is ")},
		{"title", "", "", core.NullValue()},
		{"created", "20240229113000Z", "", at(2024, 2, 29, 11, 30, 0)},
		{"created", "20240229113000.5+0200", "", core.TimeValue(time.Date(2024, 2, 29, 9, 30, 0, 500_000_000, time.UTC))},
		{"created", "20240229113000,25-05", "", core.TimeValue(time.Date(2024, 2, 29, 16, 30, 0, 250_000_000, time.UTC))},
		{"created", "20230229113000Z", "", core.TextValue("20230229113000Z")},
		{"created", "202402291130Z", "", core.TextValue("202402291130Z")},
		{"employeeNumber", "20240229113000Z", core.EmployeeNumber, core.TextValue("20240229113000Z")},
		{"schacDateOfBirth", "19900131", core.DateOfBirth, core.Value{Type: core.TypeDate, Text: "1990-01-31"}},
		{"birth", "31.1.1990", core.DateOfBirth, core.TextValue("31.1.1990")},
		{"birth", "31011990", core.DateOfBirth, core.TextValue("31011990")},
		{"accountExpires", "9223372036854775807", "", core.Value{Type: core.TypeInteger, Integer: never, Meaning: noTime("accountexpires")}},
		{"pwdLastSet", "132539328000000000", "", at(2021, 1, 1, 0, 0, 0)},
		{"pwdLastSet", "132539328000000000", core.EmployeeNumber, core.TextValue("132539328000000000")},
		{"pwdLastSet", "-864000000000", "", core.TextValue("-864000000000")},
		{"pwdLastSet", "soon", "", core.TextValue("soon")},
		{"objectGUID", "short", "", core.TextValue("short")},
		{"objectGUID", guidRaw, "", core.TextValue(guid)},
		{"objectSid", sidRaw, core.UserID, core.TextValue(sid)},
		{"objectSid", sidRaw[:20], "", binary(20)},
		{"proxyAddresses", "sMtP:a@example.fi", core.Email, core.TextValue("a@example.fi")},
		{"proxyAddresses", "smtp:a@example.fi", "", core.TextValue("smtp:a@example.fi")},
		{"proxyAddresses", "x500:/o=a", core.Email, core.TextValue("x500:/o=a")},
		{"title", "bell\a", "", binary(5)},
		{"title", "\xff\xfe", "", binary(2)},
		{"title", "a\x00b", "", binary(3)},
		{"jpegPhoto", "text", "", binary(4)},
		{"description;binary", "text", "", binary(4)},
		{"userPassword", "hunter2", "", core.WithheldValue(core.Withheld{Reason: core.WithheldSecret})},
		{"postalAddress", `Katu 1 A\24$ 00100 Helsinki$`, "", core.TextValue("Katu 1 A$, 00100 Helsinki")},
	}
	for _, test := range tests {
		got := value{describe(test.attribute), []byte(test.raw)}.give(test.kind)
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("%s %q: %s", test.attribute, test.raw, d)
		}
	}
}

func TestOptionsBelongToTheNearestMapping(t *testing.T) {
	account := mapping()["account"]
	account.Parties[0].Fields["name"] = List{"cn"}
	account.Parties[0].Fields["title"] = List{"title;lang-fi"}
	account.Fields["groups"] = List{"cn;lang-sv"}
	account.Ignore["cn;lang-en"] = "a translation"
	c := filesConfig()
	c.Types = map[string]Type{"account": account}
	m := &configured(t, c).types[0]
	e := entry{dn: "uid=x", attributes: []attribute{text("CN;LANG-SV", "sv"), text("commonName", "plain"), text("cn;lang-en", "en"),
		text("cn;lang-fi", "fi"), text("cn;lang-fi;x-short", "short"), text("title", "plain title"), text("title;lang-fi", "otsikko")}}
	r, unmapped, err := m.record(e, "account/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, f := range append(r.Fields, r.Parties[0].Fields...) {
		got[f.Name] = append(got[f.Name], f.Value.Text)
	}
	want := map[string][]string{"groups": {"sv"}, "name": {"plain", "fi", "short"}, "title": {"otsikko", "plain title"}}
	want["title"] = []string{"plain title", "otsikko"} // the unmapped one stands under the attribute's own name, which is the same word
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"title"}, unmapped); d != "" {
		t.Error(d)
	}
}

func TestNormalDNs(t *testing.T) {
	tests := map[string]string{
		"UID=Makinma1, OU=People,DC=Example": "uid=makinma1,ou=people,dc=example",
		"userid=a+CN=B,dc=x":                 "cn=b+uid=a,dc=x",
		"cn=Mäkinen\\, Maija  Helena ,dc=x":  "cn=mäkinen\\, maija helena,dc=x",
		"cn=M\\C3\\84kinen,dc=x":             "cn=mäkinen,dc=x",
		"cn=\\#1\\+\\\"\\\\\\<\\>\\;,dc=x":   "cn=\\#1\\+\\\"\\\\\\<\\>\\;,dc=x",
	}
	for in, want := range tests {
		got, ok := normalDN(in)
		if !ok || got != want {
			t.Errorf("%s gives %s", in, got)
		}
		if again, ok := normalDN(got); !ok || again != got {
			t.Errorf("%s is not normal: %s", got, again)
		}
	}
	if _, ok := normalDN("no dn"); ok {
		t.Error("a text that is no DN")
	}
}

func TestFiltersOfFilesMeanWhatServersMean(t *testing.T) {
	e := entry{attributes: []attribute{text("objectClass", "inetOrgPerson"), text("cn", "Mäkinen  Maija"), text("employeeType", "Active"),
		text("memberOf", "cn=Staff,dc=Example"), text("userAccountControl", "514"), text("objectCategory", "CN=Person,CN=Schema,CN=Configuration,DC=x")}}
	tests := map[string]bool{
		"(objectClass=inetorgperson)": true, "(objectClass=person)": true, "(objectClass=top)": true, "(objectClass=account)": false,
		"(cn=mäkinen maija)": true, "(commonName=MÄKINEN*)": true, "(cn=*nen*maija)": true, "(cn=*maija*nen)": false, "(cn=maija*)": false,
		"(employeeType=*)": true, "(title=*)": false, "(!(title=x))": true, "(&(cn=*)(employeeType=active))": true,
		"(|(title=*)(employeeType=active))": true, "(&(title=*)(employeeType=active))": false, "(memberOf=CN=staff, DC=example)": true,
		"(memberOf=cn=other,dc=example)": false, "(cn=m\\c3\\a4kinen\\20maija)": true,
	}
	for filter, want := range tests {
		takes, _, err := compileFilter("f", filter)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if takes(e) != want {
			t.Errorf("%s gives %v", filter, !want)
		}
	}
}

func TestSchemaDefinitionsAreRead(t *testing.T) {
	s := newSchema([]string{
		"( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
		"( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519: SUP (not this), NAME nor that' SUP name )",
		"( 0.9.2342.19200300.100.1.60 NAME 'jpegPhoto' SYNTAX 1.3.6.1.4.1.1466.115.121.1.28 )",
		"( 1.1 NAME 'exactOne' EQUALITY caseExactMatch )", "broken",
	}, []string{"( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) )"})
	tests := map[string]rule{"commonname": {equality: true, substring: true}, "2.5.4.3": {equality: true, substring: true},
		"jpegphoto": {}, "exactone": {equality: true, exact: true}}
	for key, want := range tests {
		if got, known := s.rule(key); !known || got != want {
			t.Errorf("%s: %+v %v", key, got, known)
		}
	}
	if _, known := s.rule("nosuch"); known || !s.classes["person"] {
		t.Error("what is known and what is not")
	}
}
