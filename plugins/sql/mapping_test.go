package sqlsource

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sinusta/sinusta/core"
)

func TestMappingErrorsNameTheSetting(t *testing.T) {
	tests := []struct{ name, from, to, path, says string }{
		{"unknown type", "ticket:\n    table", "tickett:\n    table", "types.tickett", `"ticket"`},
		{"unknown field of a party", "email: req_email", "emial: req_email", "types.ticket.parties[0].fields.emial", `"email"`},
		{"unknown field", "title: subject", "titel: subject", "types.ticket.fields.titel", `"title"`},
		{"unknown slot", "slot: assignee", "slot: asignee", "types.ticket.parties[1].slot", `"assignee"`},
		{"no such table", "table: ticket", "table: tikcet", "types.ticket.table", `"ticket"`},
		{"no such column", "email: req_email", "email: req_emial", "types.ticket.parties[0].fields.email", `"req_email"`},
		{"no such key column", "key: [ticket_no]", "key: [ticket_nr]", "types.ticket.key[0]", `"ticket_no"`},
		{"no such time column", "time: opened_at", "time: opened", "types.ticket.time", `"opened_at"`},
		{"no key", "key: [ticket_no]", "key: []", "types.ticket.key", "identify a row"},
		{"one column twice in the key", "key: [ticket_no]", "key: [ticket_no, ticket_no]", "types.ticket.key[1]", "twice"},
		{"join without a table", "slot: assignee,", "slot: assignee, join: {a: b},", "types.ticket.parties[1].table", "name it"},
		{"table without a join", "slot: assignee,", "slot: assignee, table: ticket,", "types.ticket.parties[1].join", "how the tables join"},
		{"party without a slot", "slot: assignee,", "", "types.ticket.parties[1].slot", "assignee"},
		{"slot column without codes", "slot: assignee,", "slot_column: subject,", "types.ticket.parties[1].slots", "which code"},
		{"ignored without a reason", "time: opened_at", "time: opened_at\n    ignore: {subject: ' '}", "types.ticket.ignore.subject", "why"},
		{"mapped and ignored", "time: opened_at", "time: opened_at\n    ignore: {subject: x}", "types.ticket.ignore.subject", "remove one"},
		{"unknown part", "time: opened_at", "time: opened_at\n    parts: [{type: coment, table: ticket, key: [ticket_no]}]", "types.ticket.parts[0].type", `"comment"`},
		{"a quote in a name", "title: subject", `title: "subject\" FROM x; --"`, "types.ticket.fields.title", "no column"},
	}
	onEveryDatabase(t, func(t *testing.T, d database) {
		base := d.make(t, peopleTable)
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				text := strings.Replace(people, test.from, test.to, 1)
				if text == people {
					t.Fatal("the test changes nothing")
				}
				_, err := open(t.Context(), mapping(t, base, text), env("ticketing"))
				p := problem(t, err)
				if p.Class != core.ClassConfig || p.ConfigPath != test.path || !strings.Contains(p.Message, test.says) {
					t.Errorf("problem = %s %s: %s", p.Class, p.ConfigPath, p.Message)
				}
			})
		}
	})
}

func TestMappingWithoutIdentifierIsRefused(t *testing.T) {
	c := makeSQLite(t, "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT)")
	_, err := open(t.Context(), mapping(t, c, "types: {ticket: {table: t, key: [id], fields: {title: s}}}"), env("ticketing"))
	if p := problem(t, err); p.Class != core.ClassConfig || p.ConfigPath != "types.ticket" {
		t.Errorf("problem = %+v", p)
	}
}

func TestWhatNobodyMappedIsTold(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := d.make(t, strings.Replace(peopleTable, "subject TEXT", `subject TEXT, "Extra kenttä" TEXT, rowver INTEGER`, 1),
			"CREATE TABLE logs (id INTEGER, note TEXT)", "CREATE TABLE migrations (v INTEGER)", "CREATE VIEW logview AS SELECT * FROM logs")
		m := strings.Replace(people, "time: opened_at", "time: opened_at\n    ignore: {rowver: technical, gone: was once there}", 1) +
			"ignore_tables: {migrations: technical, old_table: was once there}\n"
		i := mustOpen(t, mapping(t, c, m), "ticketing")
		h := ask(t, i, one(id(t, core.Email, "a@example.fi")))
		if len(h.notices) != 2 {
			t.Fatalf("notices = %+v", h.notices)
		}
		for n, want := range []string{`"Extra kenttä"`, `"logs"`} {
			if p := h.notices[n]; p.Class != core.ClassUnmapped || !strings.Contains(p.Message, want) ||
				strings.Contains(p.Message, "rowver") || strings.Contains(p.Message, "logview") || strings.Contains(p.Message, "migrations") {
				t.Errorf("notice %d = %+v", n, p)
			}
		}
		var told checked
		i.check(t.Context(), &told)
		if told.status[stepUnmapped] != "fail" || told.status[stepIgnored] != "warn" || told.status[stepSample] != "ok" {
			t.Errorf("steps = %v", told.status)
		}
		if len(told.problems) != 4 {
			t.Errorf("problems = %+v", told.problems)
		}
	})
}

func TestAColumnAddedLaterIsTold(t *testing.T) {
	c := makeSQLite(t, peopleTable)
	i := mustOpen(t, mapping(t, c, people), "ticketing")
	if h := ask(t, i, one(id(t, core.Email, "a@example.fi"))); len(h.notices) != 0 {
		t.Fatalf("notices = %+v", h.notices)
	}
	execute(t, "sqlite", fileURL(c.Database), []string{"ALTER TABLE ticket ADD COLUMN added TEXT"})
	if h := ask(t, i, one(id(t, core.Email, "a@example.fi"))); len(h.notices) != 1 || h.notices[0].Class != core.ClassUnmapped {
		t.Errorf("notices = %+v", h.notices)
	}
	execute(t, "sqlite", fileURL(c.Database), []string{"ALTER TABLE ticket RENAME COLUMN req_email TO mail"})
	err := i.search(t.Context(), query(one(id(t, core.Email, "a@example.fi"))), &heard{})
	if p := problem(t, err); p.Class != core.ClassConfig || p.ConfigPath != "types.ticket.parties[0].fields.email" {
		t.Errorf("problem = %+v", p)
	}
}

func TestKeysFollowFromTheMapping(t *testing.T) {
	c := makeSQLite(t, graphTables()...)
	i := mustOpen(t, mapping(t, c, strings.ReplaceAll(graph, ", ignore: {through.pid: x}", "")), "case-management")
	var got []string
	for _, k := range i.Types()[0].Keys {
		var kinds []string
		for _, kind := range k.Kinds {
			kinds = append(kinds, string(kind))
		}
		got = append(got, strings.Join(kinds, "+")+" "+string(k.Match))
	}
	want := "diary-number exact, email exact, name terms, personal-identity-code exact, user-id exact"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("keys = %s, want %s", s, want)
	}
	h := ask(t, i, one(id(t, core.Phone, "0401234567")))
	if count := h.counts["case"]; count.Examined || len(count.Needs) != 5 {
		t.Errorf("count = %+v", count)
	}
}

// sample gives the fenced blocks of README.md in a language.
func sample(t *testing.T, language string) string {
	t.Helper()
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(data), "```"+language+"\n")
	block, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("README.md has no %s block", language)
	}
	return block
}

func TestReadmeSampleWorks(t *testing.T) {
	var sources struct {
		Sources map[string]struct {
			Plugin, Timeout string
			Config          map[string]any
		}
	}
	if err := yaml.UnmarshalWithOptions([]byte(sample(t, "yaml")), &sources, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	entry, ok := sources.Sources["V6.1"]
	if !ok || entry.Plugin != pluginName {
		t.Fatalf("sources = %+v", sources)
	}
	text, err := yaml.Marshal(entry.Config)
	if err != nil {
		t.Fatal(err)
	}
	validate(t, string(text), true)
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := d.make(t, sample(t, "sql"),
			"INSERT INTO ticket VALUES ('INC0012345', 'Näyttö', '2024-03-01 10:00:00', 'Maija Mäkinen', 'maija@example.fi', '10423', NULL, '040 1234567', 1)",
			"INSERT INTO person VALUES (7, 'Korhonen', 'Eino', '010101-0101')", "INSERT INTO ticket_person VALUES ('INC0012345', 7, 'user')",
			"INSERT INTO ticket_comment VALUES (1, 'INC0012345', '2024-03-01 11:00:00', 'Hei', 'customer', 'Maija Mäkinen', NULL)")
		place := c
		c = mapping(t, c, string(text))
		c.Driver, c.Database = place.Driver, place.Database
		i := mustOpen(t, c, "ticketing")
		for _, key := range []core.Identifier{id(t, core.TicketNumber, "inc0012345"), id(t, core.Phone, "+358401234567"), id(t, core.PersonalIdentityCode, "010101-0101")} {
			h := ask(t, i, one(key))
			wantRefs(t, h, "ticket/INC0012345")
			if len(h.notices) != 0 || len(h.records) != 1 || len(h.records[0].Parties) != 2 || len(h.records[0].Parts) != 1 {
				t.Errorf("%s: %+v %+v", key.Kind, h.notices, h.records)
			}
		}
	})
}

// validate holds a YAML configuration against the JSON Schema.
func validate(t *testing.T, text string, valid bool) {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(configSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(doc); (err == nil) != valid {
		t.Errorf("valid = %v, want %v: %v", err == nil, valid, err)
	}
}

// TestReadmeNamesEveryOption holds the README's list of options against the
// schema: each that may be set stands in it, and the sample is valid.
func TestReadmeNamesEveryOption(t *testing.T) {
	text := sample(t, "yaml-options")
	validate(t, text, true)
	c := mapping(t, Config{}, text)
	if len(c.Types["ticket"].Parties) != 2 {
		t.Errorf("types = %+v", c.Types)
	}
	var schema struct {
		Properties map[string]any `json:"properties"`
		Defs       map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(configSchema), &schema); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	options := slices.Collect(maps.Keys(schema.Properties))
	for _, d := range schema.Defs {
		options = slices.AppendSeq(options, maps.Keys(d.Properties))
	}
	if len(options) < 20 {
		t.Fatalf("options = %q", options)
	}
	for _, o := range options {
		if !strings.Contains(text, o+":") && !strings.Contains(string(whole), o+":") {
			t.Errorf("the README does not show %q", o)
		}
	}
}

func TestSchemaIsClosed(t *testing.T) {
	validate(t, "driver: sqlite\n"+people, true)
	validate(t, "driver: postgres\n"+graph, true)
	for _, wrong := range []string{"driver: access\n" + people, people, "driver: sqlite\nsql: SELECT 1\n" + people,
		"driver: sqlite\n" + strings.Replace(people, "slot: assignee", "slott: assignee", 1),
		"driver: sqlite\n" + strings.Replace(people, "title: subject", "title: {column: subject, like: x}", 1)} {
		validate(t, wrong, false)
	}
}

func TestConfigSurvivesJSON(t *testing.T) {
	c := mapping(t, Config{Driver: "sqlite"}, strings.Replace(people, "title: subject", "title: [subject, {column: opened_at, exact: true}]", 1))
	text, err := json.Marshal(c.Types)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]Type
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if got := back["ticket"].Fields["title"]; len(got) != 2 || got[0].Name != "subject" || !got[1].Exact {
		t.Errorf("columns = %+v", got)
	}
	for _, wrong := range []string{`{"column":"a","exakt":true}`, `[]`, `3`, `{"column":"a"}{}`, `[["a"]]`} {
		var c Columns
		if err := json.Unmarshal([]byte(wrong), &c); err == nil {
			t.Errorf("%s was taken", wrong)
		}
	}
}
