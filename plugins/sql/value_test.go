package sqlsource

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

const oneField = `
types: {ticket: {table: v, key: [k], fields: {title: val}, parties: [{slot: requester, fields: {email: mail}}]}}
`

// valueOf stores one value in a column of a type and gives it as read.
func valuesOf(t *testing.T, c Config) map[string]core.Value {
	t.Helper()
	i := mustOpen(t, mapping(t, c, oneField), "ticketing")
	out := map[string]core.Value{}
	for _, r := range ask(t, i, one(id(t, core.Email, "m@example.fi"))).records {
		unfetchable(r.Fields) // refs have a test of their own
		v, _ := core.First(r.Fields, "title")
		out[strings.TrimPrefix(r.Ref, "ticket/")] = v
	}
	return out
}

func at(s string) core.Value {
	x, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return core.TimeValue(x)
}

// newDay is the day of most tests here.
var newDay = core.Value{Type: core.TypeDate, Text: "2024-01-02"}

func withheld(r core.WithheldReason, size int64) core.Value {
	return core.WithheldValue(core.Withheld{Reason: r, Size: size})
}

type valueCase struct {
	declared, literal string
	want              core.Value
}

func checkValues(t *testing.T, d database, tests []valueCase) {
	t.Helper()
	byType := map[string][]valueCase{}
	for _, test := range tests {
		byType[test.declared] = append(byType[test.declared], test)
	}
	if len(byType) == 0 {
		t.Fatal("no test")
	}
	for declared, tests := range byType {
		statements := []string{"CREATE TABLE v (k INTEGER PRIMARY KEY, val " + declared + ", mail TEXT)"}
		for _, test := range tests {
			statements = append(statements, "INSERT INTO v (k, val, mail) SELECT count(*), "+test.literal+", 'm@example.fi' FROM v")
		}
		got := valuesOf(t, d.make(t, statements...))
		for n, test := range tests {
			v, ok := got[strconv.Itoa(n)]
			if !ok {
				t.Errorf("%s %s: no record", test.declared, test.literal)
			} else if diff := cmp.Diff(test.want, v); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", test.declared, test.literal, diff)
			}
		}
	}
}

func TestSQLiteValues(t *testing.T) {
	checkValues(t, database{"sqlite", makeSQLite}, []valueCase{
		{"TEXT", "'åäö €'", core.TextValue("åäö €")},
		{"TEXT", "NULL", core.NullValue()},
		{"TEXT", "''", core.TextValue("")},
		{"TEXT", "'2024-01-02'", core.TextValue("2024-01-02")},
		{"TEXT", "CAST(x'4de46b69' AS TEXT)", withheld(core.WithheldUnreadable, 4)},
		{"TEXT", "'a' || char(0) || 'b'", core.TextValue("a\x00b")},
		{"INTEGER", "1", core.IntegerValue(1)},
		{"INTEGER", "-9223372036854775808", core.IntegerValue(-1 << 63)},
		{"INTEGER", "'x7'", core.TextValue("x7")},
		{"NUMERIC", "12.50", core.DecimalValue("12.5")},
		{"REAL", "1e21", core.DecimalValue("1000000000000000000000")},
		{"BOOLEAN", "1", core.FlagValue(true)},
		{"BOOLEAN", "0", core.FlagValue(false)},
		{"BOOLEAN", "2", core.IntegerValue(2)},
		{"BOOLEAN", "'true'", core.FlagValue(true)},
		{"DATE", "'2024-01-02'", newDay},
		{"DATE", "'2.1.2024'", newDay},
		{"DATE", "'2024-01-02 00:00:00'", newDay},
		{"DATE", "'soon'", core.TextValue("soon")},
		{"DATE", "20240102", core.IntegerValue(20240102)},
		{"DATETIME", "'2024-01-02 03:04:05'", at("2024-01-02T01:04:05Z")},
		{"DATETIME", "'2024-07-02T03:04:05'", at("2024-07-02T00:04:05Z")},
		{"DATETIME", "'2024-07-02T03:04:05.250Z'", at("2024-07-02T03:04:05.25Z")},
		{"DATETIME", "'2024-07-02 03:04:05+00:00'", at("2024-07-02T03:04:05Z")},
		{"TIMESTAMP", "'2.1.2024 klo 3.04'", at("2024-01-02T01:04:00Z")},
		{"TIMESTAMP", "1704164645", core.IntegerValue(1704164645)},
		{"BLOB", "x'00ff00'", withheld(core.WithheldBinary, 3)},
		{"BLOB", "zeroblob(3000000)", withheld(core.WithheldBinary, 3000000)},
		{"BLOB", "'text'", core.TextValue("text")},
		{"BLOB", "zeroblob(65536)", withheld(core.WithheldBinary, 65536)},
		{"BLOB", "zeroblob(65537)", withheld(core.WithheldBinary, 65537)},
		{"BLOB", "x''", core.TextValue("")},
		{"BLOB", "x'c3a4690a'", core.TextValue("äi\n")},
		{"BLOB", "x'00'", withheld(core.WithheldBinary, 1)},
		{"BLOB", "CAST('x' || char(0) AS BLOB)", withheld(core.WithheldBinary, 2)},
		{"TEXT", "x'73697a653a39'", core.TextValue("size:9")},
		{"TEXT", "x'0173697a653a39'", withheld(core.WithheldBinary, 7)},
		{"TEXT", "x'4de46b69'", withheld(core.WithheldBinary, 4)},
		{"DATE", "CAST('2.1.2024' AS BLOB)", newDay},
		{"TEXT", "zeroblob(3000000)", withheld(core.WithheldBinary, 3000000)},
	})
}

func TestPostgresValues(t *testing.T) {
	server := sharedPostgres(t)
	d := database{"postgres", func(t *testing.T, s ...string) Config { return makePostgres(t, server, s...) }}
	checkValues(t, d, []valueCase{
		{"text", "'åäö €'", core.TextValue("åäö €")},
		{"text", "NULL", core.NullValue()},
		{"char(5)", "'ab'", core.TextValue("ab")},
		{"bigint", "9223372036854775807", core.IntegerValue(1<<63 - 1)},
		{"numeric(30,10)", "12345678901234567890.1000000000", core.DecimalValue("12345678901234567890.1000000000")},
		{"numeric(30,10)", "'NaN'", core.TextValue("NaN")},
		{"double precision", "0.1", core.DecimalValue("0.1")},
		{"double precision", "'-Infinity'", core.TextValue("-Infinity")},
		{"boolean", "false", core.FlagValue(false)},
		{"date", "'2024-01-02'", newDay},
		{"date", "'infinity'", core.TextValue("infinity")},
		{"date", "'0044-03-15 BC'", core.TextValue("0044-03-15 BC")},
		{"timestamp", "'2024-07-02 03:04:05.25'", at("2024-07-02T00:04:05.25Z")},
		{"timestamp", "'infinity'", core.TextValue("infinity")},
		{"timestamptz", "'2024-07-02 03:04:05+03'", at("2024-07-02T00:04:05Z")},
		{"timestamptz", "'1910-07-02 03:04:05+01:39:49'", at("1910-07-02T01:24:16Z")},
		{"bytea", `'\x00ff'::bytea`, withheld(core.WithheldBinary, 2)},
		{"bytea", "'plain'::bytea", core.TextValue("plain")},
		{"bytea", "''::bytea", core.TextValue("")},
		{"bytea", "decode(repeat('61', 65536), 'hex')", core.TextValue(strings.Repeat("a", 65536))},
		{"bytea", "decode(repeat('61', 65537), 'hex')", withheld(core.WithheldBinary, 65537)},
		{"uuid", "'6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b'::uuid", core.TextValue("6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b")},
		{"jsonb", `'{"a": 1}'::jsonb`, core.TextValue(`{"a": 1}`)},
	})
}

func TestArraysAreSeveralValues(t *testing.T) {
	c := makePostgres(t, sharedPostgres(t), "CREATE TABLE v (k int PRIMARY KEY, val timestamp[], mail text[], names text[])",
		`INSERT INTO v VALUES (1, '{{2024-07-02 03:04:05,NULL},{2024-07-02 00:00:00,2024-01-02 12:00:00}}', '{"a,b\"c@example.fi",m@example.fi,NULL}', '{"Mäkinen, Maija",Eino Aho}'), (2, '{}', '{other@example.fi}', '{}'), (3, NULL, NULL, '{Maija Mäkinen}')`)
	i := mustOpen(t, mapping(t, c, "types: {ticket: {table: v, key: [k], fields: {title: val}, parties: [{slot: requester, fields: {email: {column: mail, exact: true}, name: names}}]}}"), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h, "ticket/1")
	var got []string
	for _, f := range append(h.records[0].Fields, h.records[0].Parties[0].Fields...) {
		got = append(got, f.Name+" "+string(f.Value.Type)+" "+f.Value.Plain())
	}
	want := []string{"title time 2024-07-02T00:04:05Z", "title time 2024-07-01T21:00:00Z", "title time 2024-01-02T10:00:00Z",
		"name text Mäkinen, Maija", "name text Eino Aho", `email text a,b"c@example.fi`, "email text m@example.fi"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantRefs(t, ask(t, i, one(id(t, core.Name, "Mäkinen, Maija"))), "ticket/1", "ticket/3")
	wantRefs(t, ask(t, i, one(id(t, core.Name, "Aho, Eino"), id(t, core.Email, "m@example.fi"))), "ticket/1")
}

func TestTimeZoneOption(t *testing.T) {
	c := makeSQLite(t, "CREATE TABLE v (k TEXT PRIMARY KEY, val DATETIME, mail TEXT)", "INSERT INTO v VALUES ('0', '2024-07-02 03:04:05', 'm@example.fi')")
	c.TimeZone = "UTC"
	if diff := cmp.Diff(at("2024-07-02T03:04:05Z"), valuesOf(t, c)["0"]); diff != "" {
		t.Error(diff)
	}
	c.TimeZone = "Europe/Helsingfors"
	if _, err := open(t.Context(), mapping(t, c, oneField), env("ticketing")); problem(t, err).ConfigPath != "time_zone" {
		t.Error(err)
	}
}

func TestLatin1TextIsComparedAndWithheld(t *testing.T) {
	c := makeSQLite(t, peopleTable, "INSERT INTO ticket (ticket_no, req_name) VALUES ('1', CAST(x'4d61696a61204de46b696e656e' AS TEXT)), ('2', CAST(x'4d61696a61204de46b656ce4' AS TEXT))")
	i := mustOpen(t, mapping(t, c, people), "ticketing")
	h := ask(t, i, one(id(t, core.Name, "Mäkinen, Maija")))
	wantRefs(t, h, "ticket/1")
	v, _ := core.First(h.records[0].Parties[0].Fields, "name")
	if diff := cmp.Diff(withheld(core.WithheldUnreadable, 13), v); diff != "" {
		t.Error(diff)
	}
}

func TestKeysOfEveryType(t *testing.T) {
	c := makeSQLite(t, "CREATE TABLE v (k, val TEXT, mail TEXT)",
		"INSERT INTO v VALUES (10, 'a', 'm@example.fi'), (9, 'b', 'm@example.fi'), ('x/y %', 'c', 'm@example.fi'), (x'00ff', 'd', 'm@example.fi'), (1.5, 'e', 'm@example.fi'), (NULL, 'f', 'm@example.fi'), ('Ä', 'g', 'm@example.fi')")
	i := mustOpen(t, mapping(t, c, oneField), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h, "ticket/9", "ticket/10", "ticket/1.5", "ticket/x%2Fy%20%25", "ticket/%C3%84", "ticket/00ff;hex")
	if len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || !strings.Contains(h.notices[0].Message, "empty key") {
		t.Errorf("notices = %+v", h.notices)
	}
}

func TestPostgresKeys(t *testing.T) {
	server := sharedPostgres(t)
	for typ, want := range map[string][2]string{
		"uuid": {"'6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B'", "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b"}, "bigint": {"7", "7"}, "numeric": {"7.50", "7.50"},
		"char(8)": {"'ab'", "ab"}, "date": {"'2024-01-02'", "2024-01-02"}, "bytea": {`'\x00ff'`, "00ff;hex"}, "boolean": {"true", "true"},
		"timestamptz": {"'2024-01-02 03:04:05+02'", "2024-01-02%2001:04:05+00"}, "color": {"'red'", "red"},
	} {
		c := makePostgres(t, server, "CREATE TYPE color AS ENUM ('red')", "CREATE TABLE v (k "+typ+" PRIMARY KEY, val TEXT, mail TEXT)", "INSERT INTO v VALUES ("+want[0]+", 'a', 'm@example.fi')")
		i := mustOpen(t, mapping(t, c, oneField), "ticketing")
		t.Run(typ, func(t *testing.T) {
			wantRefs(t, ask(t, i, one(id(t, core.Email, "m@example.fi"))), "ticket/"+want[1])
		})
	}
}
