package sqlsource

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

const coded7 = `
types:
  ticket:
    table: v
    key: [k]
    fields:
      status: {column: st, codes: {P: {fi: Odottaa, sv: Väntar, en: Pending}, "1": {fi: Auki}}}
      priority: {column: prio, code_table: {table: choice, code: value, labels: {fi: label_fi, en: label_en}, where: {"ele'ment": prio'rity, lang: '1'}, ignore: {sort: technical}}}
    parties: [{slot: requester, fields: {email: mail}}]
    ignore: {secret: "kept for the auditors"}
ignore_tables: {log: "technical: logs"}
`

func codedTables() []string {
	return []string{`CREATE TABLE v (k INTEGER PRIMARY KEY, st TEXT, prio INTEGER, mail TEXT, secret TEXT)`,
		`CREATE TABLE choice ("ele'ment" TEXT, lang INTEGER, value INTEGER, label_fi TEXT, label_en TEXT, sort INTEGER)`, "CREATE TABLE log (id INTEGER)",
		"INSERT INTO v VALUES (1, 'P', 3, 'm@example.fi', 'x'), (2, ' 1 ', 4, 'm@example.fi', 'x'), (3, 'Q', NULL, 'm@example.fi', 'x')",
		"INSERT INTO choice VALUES ('prio''rity', 1, 3, 'Kiireellinen', 'Urgent', 1), ('prio''rity', 1, 4, 'Tavallinen', NULL, 2), ('other', 1, 4, 'Väärä', 'Wrong', 2), ('prio''rity', 2, 3, 'Väärä', 'Wrong', 2)"}
}

func TestCodesCarryTheirMeaning(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		i := mustOpen(t, mapping(t, d.make(t, codedTables()...), coded7), "ticketing")
		h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
		wantRefs(t, h, "ticket/1", "ticket/2", "ticket/3")
		var got []string
		for _, r := range h.records {
			for _, name := range []string{"status", "priority"} {
				v, _ := core.First(r.Fields, name)
				got = append(got, v.Plain()+"="+v.Meaning.In("fi")+"/"+v.Meaning.In("en"))
			}
		}
		if diff := cmp.Diff([]string{"P=Odottaa/Pending", "3=Kiireellinen/Urgent", " 1 =Auki/Auki", "4=Tavallinen/Tavallinen", "Q=/", "=/"}, got); diff != "" {
			t.Error(diff)
		}
		if len(h.notices) != 0 {
			t.Errorf("notices %+v", h.notices)
		}
		want := []core.LeftOut{{Table: "choice", Column: "sort", Reason: "technical"}, {Table: "v", Column: "secret", Reason: "kept for the auditors"}, {Table: "log", Reason: "technical: logs"}}
		if diff := cmp.Diff(want, h.leftOut); diff != "" {
			t.Error(diff)
		}
		statements := map[string]uint64{"sqlite": 2}[d.driver] // one elsewhere: the key is unique
		if c := h.counts["ticket"]; c.Statements != max(1, statements) || c.Took <= 0 {
			t.Errorf("count %+v", c)
		}
	})
}

func TestCodesThatAreMappedWrongly(t *testing.T) {
	c := makeSQLite(t, codedTables()...)
	for wrong, path := range map[string]string{
		strings.Replace(coded7, "{fi: Auki}", "{}", 1):                            "types.ticket.fields.status.codes.1",
		strings.Replace(coded7, "table: choice", "table: choise", 1):              "types.ticket.fields.priority.code_table.table",
		strings.Replace(coded7, "code: value", "code: valeu", 1):                  "types.ticket.fields.priority.code_table.code",
		strings.Replace(coded7, "en: label_en", "de: label_en", 1):                "types.ticket.fields.priority.code_table.labels.de",
		strings.Replace(coded7, "lang: '1'", "'lang\"; DROP TABLE v --': '1'", 1): "types.ticket.fields.priority.code_table.where.lang\"; DROP TABLE v --",
		strings.Replace(coded7, "sort: technical", "sort: ''", 1):                 "types.ticket.fields.priority.code_table.ignore.sort",
	} {
		_, err := open(t.Context(), mapping(t, c, wrong), env("ticketing"))
		if p := problem(t, err); p.Class != core.ClassConfig || p.ConfigPath != path {
			t.Errorf("problem %+v, want %s", p, path)
		}
	}
	validate(t, "driver: sqlite\n"+coded7, true)
	validate(t, "driver: sqlite\n"+strings.Replace(coded7, "labels:", "lables:", 1), false)
	validate(t, "driver: sqlite\n"+strings.Replace(coded7, "fi: Auki", "de: Auf", 1), false)
}

func TestHostileNamesInMappingsReachNoStatement(t *testing.T) {
	for _, hostile := range []string{`v"; DROP TABLE v; --`, "v`; DROP TABLE v; --", "v]; DROP TABLE v; --", "v WHERE 1=1", "(SELECT mail FROM v)", "*", "v\x00"} {
		onEveryDatabase(t, func(t *testing.T, d database) {
			c := d.make(t, codedTables()...)
			for _, place := range []string{"table: v\n", "key: [k]", "email: mail", "column: st"} {
				name := strings.Trim(place[strings.Index(place, ":")+1:], " []\n")
				quoted := "'" + strings.ReplaceAll(strings.ReplaceAll(hostile, "'", "''"), "\x00", "") + "x'"
				at := strings.LastIndex(place, name)
				m := strings.Replace(coded7, place, place[:at]+quoted+place[at+len(name):], 1)
				_, err := open(t.Context(), mapping(t, c, m), env("ticketing"))
				if p := problem(t, err); p.Class != core.ClassConfig || !strings.HasPrefix(p.ConfigPath, "types.ticket") {
					t.Errorf("%q as %s: %+v", hostile, place, p)
				}
			}
		})
	}
}
