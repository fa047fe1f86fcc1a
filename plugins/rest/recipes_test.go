package restsource

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/services"
	"github.com/sinusta/sinusta/plugins/internal/configschema"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// recipe opens a ready configuration on a look-alike of its product.
func recipe(t *testing.T, name string, h http.Handler, change func(*Config)) (*instance, *service) {
	t.Helper()
	return recipeOf(t, name, "ticketing", h, change)
}

// recipeOf opens one for a system of another kind.
func recipeOf(t *testing.T, name, kind string, h http.Handler, change func(*Config)) (*instance, *service) {
	t.Helper()
	s := serve(t, h.ServeHTTP)
	c := Config{Recipe: name, URL: s.URL, CAFile: s.ca}
	if change != nil {
		change(&c)
	}
	i, err := configure(c, sdk.Env{Kind: kind, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	i.endpoint.limiter = nil // the rate is for a real product
	t.Cleanup(func() { _ = i.Close() })
	return i, s
}

// checked gives what a check of the configuration complains of.
func checked(i *instance) []string {
	c := &complaints{}
	i.check(context.Background(), c)
	return c.list
}

type complaints struct{ list []string }

func (c *complaints) Run(name string, f func() error) {
	if err := f(); err != nil {
		c.list = append(c.list, name+": "+err.Error())
	}
}

func (c *complaints) Warn(name string, p core.Problem) {
	if name != "read-only" {
		c.list = append(c.list, name+": "+p.Message)
	}
}

// finds demands exactly the refs, and no problem.
func finds(t *testing.T, i *instance, what string, q core.Query, refs ...string) *heard {
	t.Helper()
	h, err := ask(t, i, q)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	slices.Sort(refs)
	if got := h.refs(); !slices.Equal(got, refs) {
		t.Errorf("%s: %v, want %v", what, got, refs)
	}
	if len(h.problems) > 0 {
		t.Errorf("%s: %v", what, h.problems)
	}
	return h
}

// Every recipe is a configuration that editors take, too.
func TestEveryRecipeFitsTheSchema(t *testing.T) {
	if len(recipeNames()) == 0 {
		t.Fatal("no recipes")
	}
	for _, name := range recipeNames() {
		text, err := recipes.ReadFile("recipes/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		data, err := yaml.YAMLToJSON(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := configschema.Validate(configSchema, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var c Config
		if err := strict(data, &c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := json.Marshal(c); err != nil || !strings.HasPrefix(string(text), "#") {
			t.Errorf("%s: it does not begin with what it is for (%v)", name, err)
		}
	}
}

func fetched(t *testing.T, i *instance, ref string) []byte {
	t.Helper()
	r, err := i.Fetch(context.Background(), ref)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// snowInstance is an instance with n incidents of Maija, and some of others
// whose names attack the query language.
func snowInstance(n int) *services.ServiceNow {
	s := &services.ServiceNow{Account: services.Account{User: "sinusta", Password: "s3cret"},
		References: map[string]string{"incident.caller_id": "sys_user", "incident.opened_by": "sys_user", "incident.assigned_to": "sys_user"},
		Files:      map[string][]byte{"a1": bytes.Repeat([]byte("loki\n"), 1000)},
		Tables: map[string][]map[string]string{
			"sys_user": {
				{"sys_id": "u1", "name": "Maija Esimerkki", "email": maija, "phone": "+358 47 765 4321"},
				{"sys_id": "u2", "name": "Sean O'Brien", "email": "sean.o'brien@example.fi", "phone": ""},
				{"sys_id": "u3", "name": "Kalle ^ORnumberISNOTEMPTY", "email": "kalle@example.fi", "phone": ""},
				{"sys_id": "u4", "name": "Tuki Henkilö", "email": "tuki@example.fi", "phone": ""},
			},
			"sys_journal_field": {
				{"sys_id": "j1", "element_id": "i0000", "name": "incident", "element": "comments", "value": "Kiitos!", "sys_created_on": "2024-03-01 10:00:00", "sys_created_by": "maija"},
				{"sys_id": "j2", "element_id": "i0000", "name": "incident", "element": "work_notes", "value": "Soitettu", "sys_created_on": "2024-03-01 11:00:00", "sys_created_by": "tuki"},
				{"sys_id": "j3", "element_id": "x1", "name": "incident", "element": "comments", "value": "Muun asia", "sys_created_on": "2024-03-01 11:00:00", "sys_created_by": "sean"},
			},
			"sys_attachment": {{"sys_id": "a1", "table_name": "incident", "table_sys_id": "i0000", "file_name": "loki.txt", "content_type": "text/plain", "size_bytes": "5000"}},
		}}
	add := func(id, caller string) {
		s.Tables["incident"] = append(s.Tables["incident"], map[string]string{"sys_id": id, "number": "INC" + fmt.Sprintf("%07d", 1000+len(s.Tables["incident"])), "short_description": "Tulostin", "description": "Ei toimi", "state": "2",
			"priority": "3", "category": "laitteet", "opened_at": "2024-03-01 08:00:00", "closed_at": "", "close_notes": "", "caller_id": caller, "opened_by": caller, "assigned_to": "u4"})
	}
	for k := range n {
		add(fmt.Sprintf("i%04d", k), "u1")
	}
	add("x1", "u2")
	add("x2", "u3")
	return s
}

func TestServiceNow(t *testing.T) {
	const n = 450 // three pages
	i, _ := recipe(t, "servicenow", snowInstance(n), func(c *Config) { c.Password = "s3cret" })
	h := finds(t, i, "e-mail", by(key(t, core.Email, maija)), func() (out []string) {
		for k := range n {
			out = append(out, fmt.Sprintf("ticket/i%04d", k))
		}
		return out
	}()...)
	r := h.records[0]
	state, _ := core.First(r.Fields, "status")
	if len(r.Parts) != 3 || state.Meaning.In("fi") != "käsittelyssä" || !r.Time.Equal(time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("%d parts, state %+v, %s", len(r.Parts), state, r.Time)
	}
	if got := fetched(t, i, "ticket/i0000#attachment/a1"); len(got) != 5000 {
		t.Errorf("%d bytes", len(got))
	}
	finds(t, i, "an apostrophe", by(key(t, core.Email, "sean.o'brien@example.fi")), "ticket/x1")
	finds(t, i, "a name", by(key(t, core.Name, "O'Brien, Sean")), "ticket/x1")
	finds(t, i, "number", by(core.Identifier{Kind: core.TicketNumber, Value: "INC0001450", Status: core.Valid}), "ticket/x1")
	finds(t, i, "an attack", by(core.Identifier{Kind: core.TicketNumber, Value: "x^ORnumberISNOTEMPTY", Status: core.Valid}))
	finds(t, i, "nobody", by(key(t, core.Email, "ei.kukaan@example.fi")))
	if list := checked(i); len(list) > 0 {
		t.Errorf("a check complains: %q", list)
	}
	i, _ = recipe(t, "servicenow", snowInstance(1), func(c *Config) { c.Password = "wrong" })
	if _, err := ask(t, i, by(key(t, core.Email, maija))); classOf(err) != core.ClassAuth {
		t.Errorf("a wrong password: %v", err)
	}
	// The instance passes over members that it does not know: what it then
	// gives is everybody's.
	s := snowInstance(3)
	for _, u := range s.Tables["sys_user"] {
		u["mail"] = u["email"]
		delete(u, "email")
	}
	i, _ = recipe(t, "servicenow", s, func(c *Config) { c.Password = "s3cret" })
	got, err := ask(t, i, by(key(t, core.Email, maija)))
	if err != nil || len(got.records) > 0 || !slices.Contains(got.classes(), core.ClassPartial) {
		t.Errorf("%d records, %v, %v", len(got.records), got.problems, err)
	}
}
