package sqlsource

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

const numbered = `
types:
  ticket:
    table: v
    key: [k]
    fields: {title: val}
    parties: [{slot: requester, fields: {email: mail}}]
`

// numberedTables makes a table with n rows of the person between those of
// others; unique says by what its key is.
func numberedTables(unique string, n int) []string {
	out := []string{"CREATE TABLE v (k INTEGER " + unique + ", val TEXT, mail TEXT)"}
	for k := range 2 * n {
		out = append(out, fmt.Sprintf("INSERT INTO v VALUES (%d, 'title %d', '%s@example.fi')", k, k, []string{"other", "m"}[k%2]))
	}
	return out
}

// TestRowsThatWereFoundAreNotReadAgain holds the number of statements against
// the promise, and the answers of both ways of reading against each other.
func TestRowsThatWereFoundAreNotReadAgain(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		for _, test := range []struct {
			unique             string
			rows               int
			statements, sqlite uint64 // in SQLite a number and a text may share a ref
		}{
			{"PRIMARY KEY", 3, 1, 2}, {"PRIMARY KEY", 250, 1, 2},
			{"PRIMARY KEY", 251, 4, 3}, // one is cut off, then one finds and two read
			{"", 3, 2, 2},
		} {
			if d.driver == "sqlite" {
				test.statements = test.sqlite
			}
			i := mustOpen(t, mapping(t, d.make(t, numberedTables(test.unique, test.rows)...), numbered), "ticketing")
			h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
			var want []string
			for k := range test.rows {
				want = append(want, fmt.Sprintf("ticket/%d title %d", 2*k+1, 2*k+1))
			}
			var got []string
			for _, r := range h.records {
				title, _ := core.First(r.Fields, "title")
				got = append(got, r.Ref+" "+title.Text)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %d: %s", test.unique, test.rows, diff)
			}
			if c := h.counts["ticket"]; c.Statements != test.statements || c.Matched != uint64(test.rows) || len(h.notices) != 0 {
				t.Errorf("%q, %d rows: %d statements, want %d; %d matched, notices %v", test.unique, test.rows, c.Statements, test.statements, c.Matched, h.notices)
			}
		}
	})
}

// TestBothWaysOfReadingGiveTheSame asks tables with keys and the same without,
// with parts, parties of their own, values for Fetch and rows that are found in
// a table that hangs on the record's.
func TestBothWaysOfReadingGiveTheSame(t *testing.T) {
	const hanging = `
types:
  ticket:
    table: v
    key: [k]
    fields: {title: val, description: txt}
    parties:
      - {slot: requester, fields: {email: mail}}
      - {slot: affected, table: person, join: {k: k}, fields: {email: mail}}
    parts: [{type: comment, table: c, join: {k: k}, key: [id], fields: {text: body}, parties: [{slot: commenter, fields: {email: mail}}]}]
`
	long := strings.Repeat("x", 1<<20+1)
	tables := func(d database, key string) []string {
		text := map[string]string{"mariadb": "LONGTEXT"}[d.driver]
		if text == "" {
			text = "TEXT"
		}
		out := numberedTables(key, 3)
		out[0] = "CREATE TABLE v (k INTEGER " + key + ", val TEXT, mail TEXT)"
		return append(out, "ALTER TABLE v ADD COLUMN txt "+text, "UPDATE v SET txt = '"+long+"' WHERE k = 3",
			"CREATE TABLE person (k INTEGER, mail TEXT)", "CREATE TABLE c (id INTEGER, k INTEGER, body TEXT, mail TEXT)",
			"INSERT INTO person VALUES (1, 'third@example.fi'), (4, 'm@example.fi')", "INSERT INTO c VALUES (1, 0, 'mine', 'm@example.fi'), (2, 1, 'theirs', 'x@example.fi')")
	}
	onEveryDatabase(t, func(t *testing.T, d database) {
		var answers [2]*heard
		for n, key := range []string{"PRIMARY KEY", ""} {
			i := mustOpen(t, mapping(t, d.make(t, tables(d, key)...), hanging), "ticketing")
			answers[n] = ask(t, i, one(id(t, core.Email, "m@example.fi")))
		}
		wantRefs(t, answers[0], "ticket/0", "ticket/1", "ticket/3", "ticket/4", "ticket/5")
		if diff := cmp.Diff(answers[1].records, answers[0].records); diff != "" {
			t.Errorf("with a key beside without: %s", diff)
		}
		if diff := cmp.Diff(answers[1].notices, answers[0].notices); diff != "" {
			t.Errorf("notices with a key beside without: %s", diff)
		}
		if v, _ := core.First(answers[0].records[2].Fields, "description"); v.Withheld == nil || v.Withheld.Ref == "" {
			t.Errorf("the large text is %+v", v)
		}
	})
}

// TestATableThatOthersInheritFromHasNoUniqueKey asks a table of PostgreSQL in
// which two rows share a key that its index says is unique.
func TestATableThatOthersInheritFromHasNoUniqueKey(t *testing.T) {
	c := makePostgres(t, sharedPostgres(t), "CREATE TABLE v (k INTEGER PRIMARY KEY, val TEXT, mail TEXT)",
		"INSERT INTO v VALUES (1, 'b', 'm@example.fi')", "CREATE TABLE older () INHERITS (v)", "INSERT INTO older VALUES (1, 'a', 'other@example.fi')")
	i := mustOpen(t, mapping(t, c, numbered+"\nignore_tables: {older: \"shown by the other\"}"), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h, "ticket/1;2")
	wantShared(t, h)
}

// TestAUniqueIndexThatIsBroken asks a table of PostgreSQL whose unique index
// lets two rows share a key, as a new release of the system's collations does.
func TestAUniqueIndexThatIsBroken(t *testing.T) {
	c := makePostgres(t, sharedPostgres(t), "CREATE TABLE v (k INTEGER, val TEXT, mail TEXT)", "CREATE INDEX broken ON v (k)",
		"INSERT INTO v VALUES (1, 'a', 'm@example.fi'), (1, 'b', 'm@example.fi'), (2, 'c', 'm@example.fi')",
		"UPDATE pg_catalog.pg_index SET indisunique = true WHERE indexrelid = 'broken'::regclass")
	i := mustOpen(t, mapping(t, c, numbered), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h, "ticket/1", "ticket/1;2", "ticket/2")
	wantShared(t, h)
}
