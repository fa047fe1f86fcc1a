package restsource

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/services"
)

const spring = int64(1709276400000) // 2024-03-01T07:00:00Z

func cmisObject(id, typ, name, by string, more map[string]any) map[string]any {
	o := map[string]any{"cmis:objectId": id, "cmis:objectTypeId": typ, "cmis:name": name, "cmis:createdBy": by, "cmis:lastModifiedBy": by,
		"cmis:creationDate": spring, "cmis:lastModificationDate": spring + 1000}
	for k, v := range more {
		o[k] = v
	}
	return o
}

func cmisDocument(id, typ, name, by string, size int) map[string]any {
	return cmisObject(id, typ, name, by, map[string]any{"cmis:contentStreamLength": int64(size), "cmis:contentStreamMimeType": "text/plain", "cmis:contentStreamFileName": name, "cmis:versionLabel": "1.0"})
}

// cmisRepository holds 230 documents of one account, some of others, and cases.
func cmisRepository() *services.CMIS {
	s := &services.CMIS{Account: services.Account{User: "sinusta", Password: "s3cret"}, Prefix: "/browser", MaxItems: 90,
		Types: map[string]services.CMISType{"asia:case": {Parent: "cmis:folder", Many: []string{"asia:partyName"},
			Properties: []string{"asia:diaryNumber", "asia:status", "asia:received", "asia:initiatorName", "asia:initiatorCode", "asia:partyName", "asia:handler"}}},
		Children: map[string][]string{}, Files: map[string][]byte{}}
	for n := range 230 {
		id := fmt.Sprintf("d%03d", n)
		s.Objects = append(s.Objects, cmisDocument(id, "cmis:document", "Muistio "+id, "maija", 6))
		s.Files[id] = []byte("teksti")
	}
	s.Objects = append(s.Objects, cmisObject("leer", "cmis:document", "Tyhjä", "sean", nil))
	return s
}

// cmisCase adds a case with one document.
func cmisCase(s *services.CMIS, number, initiator, code string, parties ...string) {
	s.Objects = append(s.Objects, cmisObject("c"+number, "asia:case", "Asia "+number, "kirjaamo", map[string]any{"asia:diaryNumber": number, "asia:status": "pending", "asia:received": spring,
		"asia:initiatorName": initiator, "asia:initiatorCode": code, "asia:partyName": parties, "asia:handler": "kasittelija"}),
		cmisDocument("a"+number, "cmis:document", "Hakemus", "kirjaamo", 7))
	s.Children["c"+number] = []string{"a" + number}
	s.Files["a"+number] = []byte("hakemus")
}

func TestCMISDocuments(t *testing.T) {
	s := cmisRepository()
	i, _ := recipeOf(t, "cmis", "documents", s, func(c *Config) { c.URL += "/browser"; c.Password = "s3cret" })
	account := func(name string) core.Query {
		return by(core.Identifier{Kind: core.UserID, Value: name, Status: core.Valid})
	}
	var all []string
	for n := range 230 {
		all = append(all, fmt.Sprintf("document/d%03d", n))
	}
	for _, uncounted := range []bool{false, true} {
		s.Uncounted = uncounted
		h := finds(t, i, "documents over three pages", account("maija"), all...)
		media, _ := core.First(h.records[0].Fields, "media")
		if media.Withheld == nil || media.Withheld.Size != 6 || h.records[0].Time.UnixMilli() != spring {
			t.Fatalf("%+v, %s", media, h.records[0].Time)
		}
		if got := fetched(t, i, media.Withheld.Ref); string(got) != "teksti" {
			t.Errorf("%q", got)
		}
	}
	h := finds(t, i, "a document without bytes", account("sean"), "document/leer")
	if _, has := core.First(h.records[0].Fields, "media"); has {
		t.Error("a document without bytes has some")
	}
	for _, ref := range []string{"document/none#", "document/leer#x", "document#", "document/a/b#", "case/d001#", "document/..#"} {
		if _, err := i.Fetch(t.Context(), ref); err == nil {
			t.Errorf("%s was given", ref)
		}
	}
	if list := checked(i); len(list) > 0 {
		t.Errorf("a check complains: %q", list)
	}
	s.Account.Password = "another"
	if _, err := ask(t, i, account("maija")); classOf(err) != core.ClassAuth {
		t.Errorf("a wrong password: %v", err)
	}
}

func cmisCases(t *testing.T, s *services.CMIS) *instance {
	t.Helper()
	i, _ := recipeOf(t, "cmis-cases", "case-management", s, func(c *Config) { c.URL += "/browser"; c.Password = "s3cret" })
	return i
}

func TestCMISCases(t *testing.T) {
	s := cmisRepository()
	cmisCase(s, "VALT/1/2024", "Esimerkki Maija", "010190-999W", "Virtanen Pekka")
	cmisCase(s, "VALT/2/2024", "Esimerkkinen Maija", "010190-998V", "Esimerkki Maija", "Toinen Taneli")
	cmisCase(s, "VALT/3/2024", "O'Brien Sean", "")
	i := cmisCases(t, s)
	refs := func(numbers ...string) (out []string) {
		for _, n := range numbers {
			out = append(out, "case/cVALT%2F"+n+"%2F2024")
		}
		return out
	}
	h := finds(t, i, "a name, as initiator and as one of several parties", by(key(t, core.Name, "Esimerkki, Maija")), refs("1", "2")...)
	second := h.records[slices.IndexFunc(h.records, func(r core.Record) bool { return strings.Contains(r.Ref, "%2F2%2F") })]
	if n := len(second.Parties); n != 4 || len(second.Parts) != 1 || second.Parts[0].Type != "document" {
		t.Errorf("%d parties, parts %v", n, second.Parts)
	}
	media, _ := core.First(second.Parts[0].Fields, "media")
	if got := fetched(t, i, media.Withheld.Ref); string(got) != "hakemus" {
		t.Errorf("%q", got)
	}
	finds(t, i, "diary number", by(core.Identifier{Kind: core.DiaryNumber, Value: "VALT/3/2024", Status: core.Valid}), refs("3")...)
	finds(t, i, "a code", by(core.Identifier{Kind: core.PersonalIdentityCode, Value: "010190-999W", Status: core.Valid}), refs("1")...)
	finds(t, i, "an apostrophe", by(key(t, core.Name, "O'Brien, Sean")), refs("3")...)
	finds(t, i, "nobody", by(key(t, core.Name, "Olematon, Olli")))
	if list := checked(i); len(list) > 0 {
		t.Errorf("a check complains: %q", list)
	}
	// A property that the repository does not know is the integrator's to correct.
	s.Types["asia:case"] = services.CMISType{Parent: "cmis:folder", Properties: []string{"asia:diaryNumber"}}
	if _, err := ask(t, i, by(key(t, core.Name, "Esimerkki, Maija"))); classOf(err) != core.ClassConfig {
		t.Errorf("an unknown property: %v", err)
	}
}

// Names that attack the query language, or hold its wildcards, find their own
// cases alone; and the cases of others do not come to them.
func TestHostileNamesStayInTheirLiteralOfCMIS(t *testing.T) {
	s := cmisRepository()
	cmisCase(s, "OTHER/1", "Virtanen Pekka", "", "Toinen Taneli")
	cmisCase(s, "OTHER/2", "xAy z", "")
	var asked []string
	for n, v := range hostile() {
		if controls(v) {
			continue
		}
		number := fmt.Sprintf("H/%d", n)
		cmisCase(s, number, "Matti "+v, "")
		asked = append(asked, number)
	}
	if len(asked) == 0 {
		t.Fatal("no hostile names")
	}
	i := cmisCases(t, s)
	c := &call{}
	for n, v := range hostile() {
		for _, as := range []string{"is", "contains"} {
			w := filterWriter{language: "cmis-sql"}
			text, ok := w.comparison(Condition{Field: "asia:initiatorName"}, as, "Matti "+v)
			if ok == controls(v) {
				t.Errorf("%q: %v", v, ok)
			}
			if !ok {
				continue
			}
			out, err := (&asker{instance: i}).ask(t.Context(), cmisCall(i, c, "SELECT * FROM asia:case WHERE "+text))
			if err != nil {
				t.Errorf("%s %q: %s: %v", as, v, text, err)
				continue
			}
			list, err := (&asker{instance: i}).records(out)
			want := "H/" + itoa(n)
			own := func(node any) bool {
				number, _ := (route{"succinctProperties", "asia:diaryNumber"}).raw(node)
				name, _ := (route{"succinctProperties", "asia:initiatorName"}).raw(node)
				return number == want || as == "contains" && strings.Contains(strings.ToLower(fmt.Sprint(name)), strings.ToLower("Matti "+v))
			}
			if err != nil || len(list) == 0 || !slices.ContainsFunc(list, own) || slices.ContainsFunc(list, func(node any) bool { return !own(node) }) {
				t.Errorf("%s %q: %d cases, %v", as, v, len(list), err)
			}
		}
		// Through the whole plugin, nobody else's case comes.
		h, err := ask(t, i, by(core.Identifier{Kind: core.DiaryNumber, Value: v, Status: core.Valid}))
		if err != nil || len(h.records) > 0 {
			t.Errorf("%q as a number: %v, %v", v, h.refs(), err)
		}
	}
}

// cmisCall gives a query as the recipe sends it.
func cmisCall(i *instance, c *call, statement string) *call {
	c.plan = i.plans[0].searches[0].requestPlan
	c.method, c.url = "GET", i.endpoint.base.JoinPath()
	q := c.url.Query()
	q.Set("cmisselector", "query")
	q.Set("succinct", "true")
	q.Set("q", statement)
	c.url.RawQuery = q.Encode()
	return c
}

func TestARepositoryThatSaysMoreAndGivesNothing(t *testing.T) {
	s := serve(t, endlessCMIS)
	c := Config{Recipe: "cmis", URL: s.URL, CAFile: s.ca, Password: "s3cret"}
	i := openedAs(t, c, "documents")
	h, err := ask(t, i, by(core.Identifier{Kind: core.UserID, Value: "maija", Status: core.Valid}))
	if err != nil || !slices.ContainsFunc(h.problems, func(p core.Problem) bool {
		return p.Class == core.ClassPartial && strings.Contains(p.Message, "empty page")
	}) {
		t.Errorf("%v, %v", h.problems, err)
	}
}

func endlessCMIS(w http.ResponseWriter, _ *http.Request) {
	write(w, map[string]any{"results": []any{}, "hasMoreItems": true})
}
