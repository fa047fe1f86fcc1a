package restsource

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/services"
)

func jira() *services.Jira {
	user := func(name, mail, display string) map[string]any {
		return map[string]any{"self": "https://jira/rest/api/2/user", "name": name, "key": "JIRAUSER1", "emailAddress": mail, "displayName": display, "active": true,
			"timeZone": "Europe/Helsinki", "avatarUrls": map[string]any{"48x48": "https://jira/avatar"}}
	}
	one, two := user("maija", maija, "Maija Esimerkki"), user(`sean"o`, "sean.o'brien@example.fi", "Sean O'Brien")
	agent := user("tuki", "tuki@example.fi", "Tuki Henkilö")
	named := func(name string) map[string]any {
		return map[string]any{"self": "https://jira/x", "id": "1", "name": name}
	}
	s := &services.Jira{Account: services.Account{User: "sinusta", Password: "s3cret"}, MaxResults: 7, Files: map[string][]byte{"77/loki ä.txt": []byte("loki")}}
	add := func(n int, reporter map[string]any) {
		s.Issues = append(s.Issues, map[string]any{"id": fmt.Sprint(n), "key": fmt.Sprintf("TUKI-%d", n), "fields": map[string]any{
			"summary": "Tulostin", "description": "Ei toimi", "status": named("Avoin"), "priority": named("Normaali"), "issuetype": named("Vika"), "created": "2024-03-01T10:00:00.000+0200",
			"resolutiondate": nil, "reporter": reporter, "creator": reporter, "assignee": agent,
			"comment": map[string]any{"total": 1, "maxResults": 1, "startAt": 0, "comments": []any{map[string]any{"self": "x", "id": fmt.Sprint(n, "00"), "author": reporter, "body": "Hei",
				"updateAuthor": reporter, "created": "2024-03-01T11:00:00.000+0200", "updated": "2024-03-01T11:00:00.000+0200"}}},
			"attachment": []any{map[string]any{"self": "x", "id": "77", "filename": "loki ä.txt", "author": reporter, "created": "2024-03-01T11:00:00.000+0200", "size": 4, "mimeType": "text/plain", "content": "https://jira/secure/attachment/77/loki"}}}})
	}
	for n := range 30 {
		add(n+1, one)
	}
	add(900, two)
	return s
}

func TestJira(t *testing.T) {
	i, _ := recipe(t, "jira", jira(), func(c *Config) { c.Password = "s3cret" })
	var all []string
	for n := range 30 {
		all = append(all, fmt.Sprintf("ticket/TUKI-%d", n+1))
	}
	h := finds(t, i, "e-mail, with pages smaller than asked for", by(key(t, core.Email, maija)), all...)
	if r := h.records[0]; len(r.Parts) != 2 || len(r.Parties) != 3 || r.Time.IsZero() {
		t.Errorf("%d parts, %d parties, %s", len(r.Parts), len(r.Parties), r.Time)
	}
	at := slices.IndexFunc(h.records[0].Parts, func(p core.Part) bool { return p.Type == "attachment" })
	content, _ := core.First(h.records[0].Parts[at].Fields, "media")
	if got := fetched(t, i, content.Withheld.Ref); string(got) != "loki" || content.Withheld.Size != 4 {
		t.Errorf("%q", got)
	}
	finds(t, i, "an apostrophe", by(key(t, core.Email, "sean.o'brien@example.fi")), "ticket/TUKI-900")
	finds(t, i, "a user name with a quote", by(core.Identifier{Kind: core.UserID, Value: `sean"o`, Status: core.Valid}), "ticket/TUKI-900")
	finds(t, i, "an attack", by(core.Identifier{Kind: core.UserID, Value: `x" OR reporter = "maija`, Status: core.Valid}))
	if list := checked(i); len(list) > 0 {
		t.Errorf("a check complains: %q", list)
	}
}
