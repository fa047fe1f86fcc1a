package sqlsource

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// makeEncoded makes a database of PostgreSQL in an encoding.
func makeEncoded(t *testing.T, encoding string, statements ...string) Config {
	t.Helper()
	server := sharedPostgres(t)
	makePostgres(t, server) // for a number of its own
	name := strings.ToLower(encoding) + strconv.Itoa(shared.schemas)
	execute(t, "pgx", server.DSN("postgres"), []string{"CREATE DATABASE " + name + " ENCODING '" + encoding + "' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"})
	dsn := server.DSN(name)
	if encoding != "SQL_ASCII" {
		dsn += "&client_encoding=UTF8" // else the client is taken to write in the database's own
	}
	execute(t, "pgx", dsn, statements)
	return Config{Driver: "postgres", DSN: sdk.Secret(server.ReaderDSN(name))}
}

const encodedTable = "CREATE TABLE ticket (ticket_no TEXT PRIMARY KEY, n TEXT, e TEXT, u TEXT, p TEXT, num INTEGER)"

func TestADatabaseOfLatin1IsSearchedWhole(t *testing.T) {
	c := makeEncoded(t, "LATIN1", encodedTable,
		"INSERT INTO ticket VALUES ('äiti', 'Maija Mäkinen', 'mäki@example.fi', 'mäki', NULL, NULL), ('2', 'Ivan Ivanov', 'x@example.fi', 'x', NULL, NULL)")
	i := mustOpen(t, mapping(t, c, attackMapping), "ticketing")
	wantRefs(t, ask(t, i, one(id(t, core.Name, "Mäkinen, Maija"))), "ticket/%C3%A4iti")
	wantRefs(t, ask(t, i, one(id(t, core.UserID, "mäki"))), "ticket/%C3%A4iti")
	wantRefs(t, ask(t, i, one(raw(core.Email, "mäki@example.fi"))), "ticket/%C3%A4iti")
	// What the database has no place for is nowhere in it, and no failure.
	wantRefs(t, ask(t, i, one(raw(core.Email, "иван😀@example.fi"))))
	wantRefs(t, ask(t, i, one(id(t, core.Name, "Иванов, Иван"))), "ticket/2")
}

func TestADatabaseThatDoesNotKnowItsEncoding(t *testing.T) {
	c := makeEncoded(t, "SQL_ASCII", encodedTable,
		`INSERT INTO ticket VALUES (E'\xe4iti', E'Maija M\xe4kinen', E'm\xe4ki@example.fi', E'm\xe4ki', NULL, NULL), ('utf8', 'Maija Mäkinen', 'mäki@example.fi', 'mäki', NULL, NULL)`)
	both := []string{"ticket/utf8", "ticket/%E4iti"}
	for _, encoding := range []string{"", "windows-1252"} {
		c.Encoding = encoding
		i := mustOpen(t, mapping(t, c, attackMapping), "ticketing")
		for _, asked := range []core.Identifier{id(t, core.Name, "Mäkinen, Maija"), id(t, core.UserID, "mäki"), raw(core.Email, "mäki@example.fi")} {
			h := ask(t, i, one(asked))
			wantRefs(t, h, both...)
			if len(h.records) != 2 {
				continue
			}
			v, _ := core.First(h.records[1].Parties[0].Fields, "name")
			want := core.TextValue("Maija Mäkinen")
			if encoding == "" {
				want = withheld(core.WithheldUnreadable, 13)
			}
			if diff := cmp.Diff(want, v); diff != "" {
				t.Error(diff)
			}
		}
	}
	c.Encoding = "utf-7"
	if _, err := open(t.Context(), mapping(t, c, attackMapping), env("ticketing")); problem(t, err).ConfigPath != "encoding" {
		t.Error(err)
	}
}

func TestAFileOfLatin1TextIsReadWhenSomebodyTells(t *testing.T) {
	c := makeSQLite(t, encodedTable, "INSERT INTO ticket VALUES ('1', CAST(x'4d61696a61204de46b696e656e' AS TEXT), CAST(x'6de46b69406578616d706c652e6669' AS TEXT), NULL, NULL, NULL)")
	c.Encoding = "iso-8859-15"
	i := mustOpen(t, mapping(t, c, attackMapping), "ticketing")
	for _, asked := range []core.Identifier{id(t, core.Name, "Mäkinen, Maija"), raw(core.Email, "mäki@example.fi")} {
		h := ask(t, i, one(asked))
		wantRefs(t, h, "ticket/1")
		if v, _ := core.First(h.records[0].Parties[0].Fields, "name"); v != core.TextValue("Maija Mäkinen") {
			t.Errorf("name = %+v", v)
		}
	}
}

// TestTimesOfNoZone keeps the hour that no clock shows in spring, and the one
// that it shows twice in autumn.
func TestTimesOfNoZone(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := d.make(t, "CREATE TABLE v (k INTEGER PRIMARY KEY, val TIMESTAMP, mail TEXT)",
			"INSERT INTO v VALUES (1, '2024-03-31 03:30:00', 'm@example.fi'), (2, '2024-10-27 03:30:00', 'm@example.fi'), (3, '2024-07-01 12:00:00', 'm@example.fi')")
		for zone, want := range map[string][]string{"": {"2024-03-31T01:30:00Z", "2024-10-27T01:30:00Z", "2024-07-01T09:00:00Z"}, "UTC": {"2024-03-31T03:30:00Z", "2024-10-27T03:30:00Z", "2024-07-01T12:00:00Z"}} {
			c.TimeZone = zone
			got := valuesOf(t, c)
			for n, w := range want {
				v := got[strconv.Itoa(n+1)]
				if v.Type != core.TypeTime || n != 0 && v.Plain() != w {
					t.Errorf("zone %q: value %d is %s %s, want %s", zone, n+1, v.Type, v.Plain(), w)
				}
			}
		}
	})
}
