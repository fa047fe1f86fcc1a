package sqlsource

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// documentType gives the type of a column of JSON.
func documentType(d database) string {
	if d.driver == "postgres" {
		return "JSONB"
	}
	return "JSON" // a text in SQLite and MariaDB
}

// documentTable makes tickets whose requester stands in a document.
func documentTable(t *testing.T, d database, typ string, documents ...string) Config {
	t.Helper()
	statements := []string{"CREATE TABLE ticket (ticket_no VARCHAR(40) PRIMARY KEY, data " + typ + ")"}
	for i, doc := range documents {
		statements = append(statements, fmt.Sprintf("INSERT INTO ticket VALUES ('%d', %s)", i+1, quotedText(doc)))
	}
	return d.make(t, statements...)
}

func quotedText(s string) string {
	if s == "NULL" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

const documentMapping = `
types:
  ticket:
    table: ticket
    key: [ticket_no]
    fields: {ticket_number: ticket_no, title: {column: data, path: [title]}}
    parties:
      - slot: requester
        fields:
          name: {column: data, path: [who, name]}
          email: {column: data, path: [who, contact, email]}
          phone: {column: data, path: [who, phones, number]}
          employee_number: {column: data, path: [who, id]}
`

func field(r core.Record, name string) []string {
	var out []string
	for _, f := range r.Fields {
		if f.Name == name && f.Value.Type != core.TypeNull {
			out = append(out, f.Value.Plain())
		}
	}
	for _, p := range r.Parties {
		for _, f := range p.Fields {
			if f.Name == name && f.Value.Type != core.TypeNull {
				out = append(out, f.Value.Plain())
			}
		}
	}
	return out
}

func TestMembersOfDocumentsAreFoundAndGiven(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := documentTable(t, d, documentType(d),
			`{"title": "Näyttö rikki", "who": {"name": "Maija Mäkinen", "contact": {"email": "Maija@example.fi"}, "phones": [{"number": "040 123 4567"}, {"number": "09 123456"}], "id": 10423}}`,
			`{"title": "Hiiri", "who": {"name": "M\u00e4kinen, Maija", "contact": {"email": ["x@example.fi", "maija@example.fi"]}, "phones": [], "id": "10424"}}`,
			`{"title": "Näppäimistö", "who": [{"name": "Matti Meik\u00e4l\u00e4inen", "contact": [{"email": "matti@example.fi"}]}, {"name": "Liisa Lahti", "phones": [[{"number": "+358401234567"}]]}]}`,
			`{"title": "maija@example.fi kirjoitti", "who": {"name": null, "contact": {}}}`,
			"NULL", `{"who": {"contact": {"email": "\u006daija@esc.example"}, "name": "M\u00e4kel\u00e4, Mik\u00e4"}}`)
		i := mustOpen(t, mapping(t, c, documentMapping), "ticketing")
		for what, w := range map[string]struct {
			id   core.Identifier
			refs []string
		}{
			"e-mail":                    {id(t, core.Email, "maija@example.fi"), []string{"ticket/1", "ticket/2"}},
			"e-mail in an array":        {id(t, core.Email, "matti@example.fi"), []string{"ticket/3"}},
			"telephone":                 {id(t, core.Phone, "0401234567"), []string{"ticket/1", "ticket/3"}},
			"a number kept as a number": {id(t, core.EmployeeNumber, "10423"), []string{"ticket/1"}},
			"a number kept as a text":   {id(t, core.EmployeeNumber, "10424"), []string{"ticket/2"}},
			"a name":                    {id(t, core.Name, "Mäkinen, Maija"), []string{"ticket/1", "ticket/2"}},
			"a name in an array":        {id(t, core.Name, "Meikäläinen, Matti"), []string{"ticket/3"}},
			"an escaped letter":         {id(t, core.Email, "maija@esc.example"), []string{"ticket/6"}},
			"nobody":                    {id(t, core.Email, "kukaan@example.fi"), nil},
		} {
			h := ask(t, i, one(w.id))
			if !slices.Equal(h.refs(), append([]string{}, w.refs...)) || len(h.notices) != 0 {
				t.Errorf("%s: %q, want %q; notices %+v", what, h.refs(), w.refs, h.notices)
			}
		}
		r := ask(t, i, one(id(t, core.Email, "maija@example.fi"))).records
		if len(r) != 2 || !slices.Equal(field(r[0], "phone"), []string{"040 123 4567", "09 123456"}) || !slices.Equal(field(r[0], "title"), []string{"Näyttö rikki"}) ||
			!slices.Equal(field(r[0], "employee_number"), []string{"10423"}) || !slices.Equal(field(r[1], "email"), []string{"x@example.fi", "maija@example.fi"}) {
			t.Errorf("records %+v", r)
		}
		checkOK(t, i)
	})
}

// checkOK runs a check and wants nothing to be said of the mapping.
func checkOK(t *testing.T, i *instance) {
	t.Helper()
	told := &checked{}
	i.check(t.Context(), told)
	for _, p := range told.problems {
		if p.Class != core.ClassAuth {
			t.Errorf("check: %s: %s", p.ConfigPath, p.Message)
		}
	}
	if told.status[stepSample] != "ok" {
		t.Errorf("check: %v", told.status)
	}
}

// Members that nobody mapped are named, and what they hold of a record is
// given under a name that no profile has.
func TestMembersThatNobodyMappedAreTold(t *testing.T) {
	documents := []string{
		`{"title": "a", "who": {"contact": {"email": "maija@example.fi", "fax": "09 1"}}, "note": "salainen", "empty": {}, "tags": ["x", "y"], "010190-900P": {"0401234567": 1}}`,
		`{"title": "b", "who": "maija@example.fi"}`,
	}
	names := []string{`"ticket.data.note"`, `"ticket.data.tags"`, `"ticket.data.who.contact.fax"`, `"ticket.data.*.*"`, `"ticket.data.empty"`, `"ticket.data.who"`}
	const ignoring = "    ignore: {"
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := documentTable(t, d, documentType(d), documents...)
		for what, w := range map[string]struct {
			ignore string
			told   []string
		}{
			"nothing is said":        {"", names},
			"one is left out":        {ignoring + `data.note: "technical", data.who.contact: "no"}`, []string{`"ticket.data.tags"`, `"ticket.data.*.*"`, `"ticket.data.empty"`, `"ticket.data.who"`}},
			"the rest is left out":   {ignoring + `data: "technical"}`, nil},
			"the whole is given too": {"", nil},
		} {
			text := documentMapping + w.ignore
			if strings.HasPrefix(what, "the whole") {
				text = strings.Replace(text, "title: {column", "description: data, title: {column", 1)
			}
			i := mustOpen(t, mapping(t, c, text), "ticketing")
			h := ask(t, i, one(id(t, core.Email, "maija@example.fi")))
			wantRefs(t, h, "ticket/1")
			told := ""
			for _, n := range h.notices {
				if told += n.Message; n.Class != core.ClassUnmapped {
					t.Errorf("%s: %+v", what, n)
				}
			}
			check := &checked{}
			i.check(t.Context(), check)
			for _, n := range names {
				want := slices.Contains(w.told, n)
				if strings.Contains(told, n) != want {
					t.Errorf("%s: search tells %s: %v", what, n, !want)
				}
				if got := slices.ContainsFunc(check.problems, func(p core.Problem) bool { return strings.Contains(p.Message, n) }); got != want {
					t.Errorf("%s: check tells %s: %v", what, n, got)
				}
			}
			if len(w.told) > 0 && (!strings.Contains(told, "in the first 2 rows") || strings.Contains(told, "010190")) {
				t.Errorf("%s: told %q", what, told)
			}
			given := field(h.records[0], "ticket.data.note")
			if slices.Contains(w.told, names[0]) != slices.Equal(given, []string{"salainen"}) {
				t.Errorf("%s: the record holds %q", what, given)
			}
			if w.ignore != "" && len(h.leftOut) == 0 {
				t.Errorf("%s: what is left out is not listed", what)
			}
		}
	})
}

// Text that is no JSON could not be searched, wherever it stands.
func TestDocumentsThatAreBrokenAreTold(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		if d.driver == "postgres" {
			t.Skip("its types hold no broken JSON")
		}
		c := documentTable(t, d, "TEXT", `{"title": "a", "who": {"contact": {"email": "maija@example.fi"}}}`, `{"title": "b", "who": {"contact": {"email": "mai`,
			"", "   ", `{"title": "c", "who": {"contact": {"email": "x@example.fi"}}}`)
		i := mustOpen(t, mapping(t, c, documentMapping), "ticketing")
		h := ask(t, i, one(id(t, core.Email, "maija@example.fi")))
		wantRefs(t, h, "ticket/1")
		if len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || !strings.Contains(h.notices[0].Message, "no whole JSON") {
			t.Errorf("notices %+v", h.notices)
		}
		h = ask(t, i, one(id(t, core.TicketNumber, "2")))
		if len(h.records) != 1 || len(field(h.records[0], "ticket.data")) != 1 {
			t.Errorf("a broken document is given as %+v", h.records)
		}
		check := &checked{}
		i.check(t.Context(), check)
		if check.status[stepMembers] != "fail" || !strings.Contains(check.problems[0].Message, "in 1 of the first 3 rows") {
			t.Errorf("check %v %+v", check.status, check.problems)
		}
	})
}

// A document behind those of the sample is told where a search meets it.
func TestABrokenDocumentBehindTheSampleIsTold(t *testing.T) {
	documents := make([]string, sampled, sampled+1)
	for n := range documents {
		documents[n] = `{"title": "a"}`
	}
	c := documentTable(t, database{"sqlite", makeSQLite}, "TEXT", append(documents, `{"title`)...)
	i := mustOpen(t, mapping(t, c, documentMapping), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "maija@example.fi")))
	if len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || h.notices[0].RecordType != "ticket" {
		t.Errorf("notices %+v", h.notices)
	}
}

// A document that is too long to be read is told, and nothing of it passes for
// empty.
func TestADocumentThatIsTooLongIsTold(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		long := strings.Repeat("x", maxText)
		c := documentTable(t, d, documentType(d), `{"title": "a", "who": {"contact": {"email": "maija@example.fi"}}, "note": "`+long+`"}`)
		i := mustOpen(t, mapping(t, c, documentMapping+`    ignore: {data.note: "technical"}`), "ticketing")
		h := ask(t, i, one(id(t, core.Email, "maija@example.fi")))
		if wantRefs(t, h); len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || !strings.Contains(h.notices[0].Message, "too long") {
			t.Errorf("notices %+v", h.notices)
		}
		h = ask(t, i, one(id(t, core.TicketNumber, "1")))
		if len(h.records) != 1 {
			t.Fatalf("%d records", len(h.records))
		}
		for _, f := range h.records[0].Fields {
			if f.Name == "title" && (f.Value.Withheld == nil || f.Value.Withheld.Reason != core.WithheldTooLarge || f.Value.Withheld.Ref != "") {
				t.Errorf("title %+v", f.Value)
			}
		}
	})
}

// An object where a value was expected is given as its text, and the search
// says that it could not be compared.
func TestAMemberOfAnotherTypeIsTold(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := documentTable(t, d, documentType(d), `{"title": {"fi": "Hiiri"}, "who": {"contact": {"email": {"home": "maija@example.fi"}}}}`,
			`{"title": true, "who": {"contact": {"email": "maija@example.fi"}}}`)
		i := mustOpen(t, mapping(t, c, documentMapping), "ticketing")
		h := ask(t, i, one(id(t, core.Email, "maija@example.fi")))
		wantRefs(t, h, "ticket/2")
		if len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || !strings.Contains(h.notices[0].Message, "ticket.data.who.contact.email") {
			t.Errorf("notices %+v", h.notices)
		}
		h = ask(t, i, one(id(t, core.TicketNumber, "1")))
		if got := field(h.records[0], "title"); len(got) != 1 || strings.ReplaceAll(got[0], " ", "") != `{"fi":"Hiiri"}` {
			t.Errorf("title %q", got)
		}
	})
}

func TestDocumentsThatCannotBeSearchedAreRefused(t *testing.T) {
	var server database
	onEveryDatabase(t, func(_ *testing.T, d database) {
		if d.driver == "postgres" {
			server = d
		}
	})
	if server.make == nil {
		t.Skip("no PostgreSQL")
	}
	c := documentTable(t, server, "TEXT", `{}`)
	_, err := open(t.Context(), mapping(t, c, documentMapping), env("ticketing"))
	if p := problem(t, err); p.Class != core.ClassConfig || !strings.Contains(p.Message, "cannot be searched by a member") || !strings.HasSuffix(p.ConfigPath, "fields.name.path") {
		t.Errorf("%+v", p)
	}
	for _, driver := range []string{"sqlserver", "oracle"} {
		profile, err := catalogue.ProfileFor("ticketing")
		if err != nil {
			t.Fatal(err)
		}
		_, err = compile(mapping(t, Config{Driver: driver}, documentMapping), profile, nil)
		if p := problem(t, err); !strings.Contains(p.Message, "driver "+driver+" cannot be searched by a member") {
			t.Errorf("%+v", p)
		}
	}
	onlyFields := `
types:
  ticket: {table: ticket, key: [ticket_no], fields: {ticket_number: ticket_no, title: {column: data, path: [title]}}}
`
	mustOpen(t, mapping(t, c, onlyFields), "ticketing")
}

func TestJSONOfPostgresIsSearchedAsItIsWritten(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		if d.driver != "postgres" {
			return
		}
		c := documentTable(t, d, "JSON", `{"who": {"contact": {"email": "maija@example.fi"}}, "title": "\u0000"}`, `{"who": {"contact": {"email": "a@example.fi"}}, "who": {"contact": {"email": "maija@example.fi"}}}`)
		i := mustOpen(t, mapping(t, c, documentMapping), "ticketing")
		h := ask(t, i, one(id(t, core.Email, "maija@example.fi")))
		wantRefs(t, h, "ticket/1", "ticket/2")
		if got := field(h.records[1], "email"); !slices.Equal(got, []string{"a@example.fi", "maija@example.fi"}) {
			t.Errorf("a name that stands twice gives %q", got)
		}
	})
}

func TestPathsThatAreMappedWrongly(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := d.make(t, "CREATE TABLE ticket (ticket_no VARCHAR(40) PRIMARY KEY, n INTEGER, data "+documentType(d)+")")
		for what, w := range map[string]struct{ text, path string }{
			"exact":             {`{ticket_number: ticket_no, title: {column: data, path: [a], exact: true}}`, "types.ticket.fields.title.path"},
			"a quotation mark":  {`{ticket_number: ticket_no, title: {column: data, path: ['a"b']}}`, "types.ticket.fields.title.path[0]"},
			"an empty name":     {`{ticket_number: ticket_no, title: {column: data, path: ['']}}`, "types.ticket.fields.title.path[0]"},
			"an unknown column": {`{ticket_number: ticket_no, title: {column: date, path: [a]}}`, "types.ticket.fields.title"},
		} {
			_, err := open(t.Context(), mapping(t, c, "types: {ticket: {table: ticket, key: [ticket_no], fields: "+w.text+"}}"), env("ticketing"))
			if p := problem(t, err); p.Class != core.ClassConfig || p.ConfigPath != w.path {
				t.Errorf("%s: %+v", what, p)
			}
		}
	})
}

// No name of a member and no value leaves its parameter.
func TestHostileMembersReachNoStatement(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		for _, name := range []string{"a'); DROP TABLE ticket; --", "$.x", "a.b", "*", "[0]", "?", "$1", "ä ö", "%"} {
			doc, err := json.Marshal(map[string]any{name: map[string]string{"e": "maija@example.fi"}})
			if err != nil {
				t.Fatal(err)
			}
			c := documentTable(t, d, documentType(d), string(doc), `{"other": {"e": "maija@example.fi"}}`)
			text, err := json.Marshal(map[string]any{"types": map[string]any{"ticket": map[string]any{"table": "ticket", "key": []string{"ticket_no"},
				"parties": []any{map[string]any{"slot": "requester", "fields": map[string]any{"email": map[string]any{"column": "data", "path": []string{name, "e"}}}}}, "ignore": map[string]string{"data": "rest"}}}})
			if err != nil {
				t.Fatal(err)
			}
			i := mustOpen(t, mapping(t, c, string(text)), "ticketing")
			wantRefs(t, ask(t, i, one(id(t, core.Email, "maija@example.fi"))), "ticket/1")
		}
	})
}

// A promise that every record holds a key is looked for in members too.
func TestAPromiseIsLookedForInMembers(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		whole := `{"who": {"name": "x", "contact": {"email": "maija@example.fi"}}}`
		for what, w := range map[string]struct {
			second string
			lacks  bool
		}{"it is there": {`{"who": {"name": "y", "contact": {"email": ["matti@example.fi"]}}}`, false}, "it is in an object of the same name": {`{"who": {"contact": {"x": {"email": "a@example.fi"}}}}`, true}, "it is elsewhere": {`{"title": "a@example.fi", "who": {"name": "y"}}`, true}} {
			c := documentTable(t, d, documentType(d), whole, w.second)
			e := env("ticketing")
			e.Complete = []core.Kind{core.Email}
			i, err := open(t.Context(), mapping(t, c, `
types:
  ticket:
    table: ticket
    key: [ticket_no]
    parties: [{slot: requester, fields: {email: {column: data, path: [who, contact, email]}}}]
    ignore: {data: rest}`), e)
			if err != nil {
				t.Fatal(err)
			}
			h := ask(t, i, one(id(t, core.Email, "maija@example.fi")))
			got := slices.ContainsFunc(h.notices, func(p core.Problem) bool { return strings.Contains(p.Message, "every_record") })
			if err := i.Close(); err != nil || got != w.lacks {
				t.Errorf("%s: told %v, %v", what, got, err)
			}
		}
	})
}

func FuzzLeaves(f *testing.F) {
	f.Add(`{"a": [{"b": 1}, {"b": "x"}], "c": {"d": null}}`)
	f.Add(`[[[1.5e3, true]]]`)
	f.Add(strings.Repeat("[", 3000) + strings.Repeat("]", 3000))
	f.Fuzz(func(t *testing.T, text string) {
		all, err := leaves(text, [][]string{{"c"}}, nil)
		if err != nil {
			return
		}
		d := &document{mapped: [][]string{{"c"}}}
		for _, l := range all {
			if !d.covers(l.path) && slices.Equal(l.path, []string{"c"}) {
				t.Fatal("a mapped member is not covered")
			}
			memberName(l.path)
		}
		if !json.Valid([]byte(strings.TrimPrefix(text, "\ufeff"))) {
			t.Fatal("read what is no JSON")
		}
	})
}
