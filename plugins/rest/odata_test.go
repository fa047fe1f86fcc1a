package restsource

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/services"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// withToken answers /token with a token, and all else by h.
func withToken(token string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			write(w, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600})
			return
		}
		h.ServeHTTP(w, r)
	})
}

// oauth opens a recipe that signs in by OAuth2.
func oauth(t *testing.T, name, kind, prefix string, h http.Handler) *instance {
	t.Helper()
	s := serve(t, withToken("t0k3n", h).ServeHTTP)
	c := Config{Recipe: name, URL: s.URL + prefix, CAFile: s.ca, Auth: &Auth{Type: "oauth2", TokenURL: s.URL + "/token", ClientID: "sinusta"}, ClientSecret: "s3cret"}
	i, err := configure(c, sdk.Env{Kind: kind, Timeout: 5e9})
	if err != nil {
		t.Fatal(err)
	}
	i.endpoint.limiter = nil
	t.Cleanup(func() { _ = i.Close() })
	return i
}

func guid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func dataverse() *services.OData {
	s := &services.OData{Prefix: "/api/data/v9.2/", Token: "t0k3n", PageSize: 10, Sets: map[string][]map[string]any{}}
	add := func(n int, given, family, mail string, phone any) {
		s.Sets["contacts"] = append(s.Sets["contacts"], map[string]any{"contactid": guid(n), "fullname": given + " " + family, "firstname": given, "lastname": family, "emailaddress1": mail,
			"emailaddress2": nil, "telephone1": nil, "mobilephone": phone, "birthdate": "1980-02-01", "jobtitle": nil, "createdon": "2024-03-01T08:00:00Z", "statecode": 0, "secret": "x"})
	}
	for n := range 25 {
		add(n, "Maija", "Esimerkki", maija, "+358477654321")
	}
	add(90, "Sean", "O'Brien", "sean.o'brien@example.fi", nil)
	add(91, "Maija", "Esimerkkinen", "toinen@example.fi", "+358477654000")
	s.Sets["activitypointers"] = []map[string]any{
		{"activityid": guid(500), "_regardingobjectid_value": guid(0), "activitytypecode": "email", "subject": "Kutsu", "description": "Tervetuloa", "createdon": "2024-03-02T08:00:00Z"},
		{"activityid": guid(501), "_regardingobjectid_value": guid(90), "activitytypecode": "email", "subject": "Muun", "description": "x", "createdon": "2024-03-02T08:00:00Z"},
	}
	return s
}

func TestDataverse(t *testing.T) {
	s := dataverse()
	i := oauth(t, "dataverse", "crm", "", s)
	var all []string
	for n := range 25 {
		all = append(all, "contact/"+guid(n))
	}
	h := finds(t, i, "e-mail over three pages", by(key(t, core.Email, maija)), all...)
	if p := h.records[0].Parts; len(p) != 1 || p[0].Ref != "communication/"+guid(500) {
		t.Errorf("parts %v", p)
	}
	finds(t, i, "phone", by(key(t, core.Phone, "047 765 4321")), all...)
	finds(t, i, "an apostrophe", by(key(t, core.Email, "sean.o'brien@example.fi")), "contact/"+guid(90))
	finds(t, i, "a name with an apostrophe", by(key(t, core.Name, "O'Brien, Sean")), "contact/"+guid(90))
	finds(t, i, "another's longer name", by(key(t, core.Name, "Esimerkki, Maija")), all...)
	if list := checked(i); len(list) > 0 {
		t.Errorf("a check complains: %q", list)
	}
	s.Origin = "https://elsewhere.example.invalid"
	got, err := ask(t, i, by(key(t, core.Email, maija)))
	if err != nil || len(got.records) != 10 || !slices.Contains(got.classes(), core.ClassPartial) {
		t.Errorf("a next link elsewhere: %d records, %v, %v", len(got.records), got.problems, err)
	}
	s.Origin, s.Token = "", "another"
	if _, err := ask(t, i, by(key(t, core.Email, maija))); classOf(err) != core.ClassAuth {
		t.Errorf("a refused token: %v", err)
	}
}

func TestMicrosoftGraphUsers(t *testing.T) {
	s := &services.Graph{Token: "t0k3n", PageSize: 2}
	for n, p := range [][3]string{{"Maija", "Esimerkki", maija}, {"Sean", "O'Brien", "sean.o'brien@example.fi"}, {"Maija", "Esimerkkinen", "toinen@example.fi"}, {"Maija", "Esimerkki", "kolmas@example.fi"}, {"M.", "Esimerkki", "neljas@example.fi"}} {
		s.Users = append(s.Users, map[string]any{"id": guid(n), "displayName": p[1] + " " + p[0], "givenName": p[0], "surname": p[1], "mail": p[2], "userPrincipalName": strings.ToUpper(p[2]),
			"mobilePhone": nil, "businessPhones": []string{"+358 47 765 4321"}, "jobTitle": "x", "department": nil, "officeLocation": nil, "employeeId": fmt.Sprint(1000 + n), "accountEnabled": true, "createdDateTime": "2024-03-01T08:00:00Z"})
	}
	i := oauth(t, "graph-users", "directory", "", s)
	h := finds(t, i, "e-mail", by(key(t, core.Email, maija)), "account/"+guid(0))
	if v, _ := core.First(h.records[0].Fields, "status"); !v.Flag || v.Meaning.In("fi") != "käytössä" {
		t.Errorf("%+v", v)
	}
	finds(t, i, "a name over pages", by(key(t, core.Name, "Esimerkki, Maija")), "account/"+guid(0), "account/"+guid(3), "account/"+guid(4))
	finds(t, i, "employee number", by(core.Identifier{Kind: core.EmployeeNumber, Value: "1001", Status: core.Valid}), "account/"+guid(1))
	if list := checked(i); len(list) > 0 {
		t.Errorf("a check complains: %q", list)
	}
}

func TestMatomoIdentifiesNobody(t *testing.T) {
	i, s := recipe(t, "matomo", http.NotFoundHandler(), nil)
	h, err := ask(t, i, by(key(t, core.Email, maija)))
	if err != nil || !slices.Equal(h.classes(), []core.Class{core.ClassUnsupportedKey}) || len(s.asked()) > 0 || !strings.Contains(h.problems[0].Message, "not_identifiable") {
		t.Errorf("%v, %v, %d requests", h.problems, err, len(s.asked()))
	}
	if err := i.reach(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestHelsinkiGDPRAPI(t *testing.T) {
	const own = "65d4015d-1736-4848-9466-25d43a1fe8c7"
	const empty = "65d4015d-1736-4848-9466-25d43a1fe8c8"
	h := &services.GDPRAPI{Tokens: map[string][]string{"t0k3n": {"parking.gdprquery"}}, QueryScope: "parking.gdprquery", Users: map[string]map[string]any{
		own:   {"key": "USER", "children": []any{map[string]any{"key": "FIRST_NAME", "value": "Maija"}}},
		empty: nil,
	}}
	i := oauth(t, "helsinki-gdpr-api", "crm", "/gdpr-api/v1/user", h)
	got, err := ask(t, i, by(core.Identifier{Kind: core.UserID, Value: own, Status: core.Valid}))
	if err != nil || !slices.Equal(got.refs(), []string{"contact/" + own}) {
		t.Fatalf("%v, %v", got.refs(), err)
	}
	if v, _ := core.First(got.records[0].Fields, "children.value"); v.Text != "Maija" || !slices.Contains(got.classes(), core.ClassUnmapped) {
		t.Errorf("what nobody mapped is not told: %v", got.problems)
	}
	if m := got.records[0].MatchedBy; len(m) != 1 || m[0].Slot != "contact" || m[0].Field != "user_id" {
		t.Errorf("matched by %v", m)
	}
	finds(t, i, "nobody", by(core.Identifier{Kind: core.UserID, Value: "00000000-0000-4000-8000-000000000000", Status: core.Valid}))
	finds(t, i, "a profile without data", by(core.Identifier{Kind: core.UserID, Value: empty, Status: core.Valid}))
	h.Tokens["t0k3n"] = []string{"parking.gdprdelete"}
	if _, err := ask(t, i, by(core.Identifier{Kind: core.UserID, Value: own, Status: core.Valid})); classOf(err) != core.ClassAuth {
		t.Errorf("a token without the scope: %v", err)
	}
}
