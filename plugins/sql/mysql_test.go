package sqlsource

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func onMariaDB(t *testing.T) database {
	t.Helper()
	server := sharedMariaDB(t)
	return database{"mariadb", func(t *testing.T, s ...string) Config { return makeMariaDB(t, server, s...) }}
}

func TestMariaDBValues(t *testing.T) {
	checkValues(t, onMariaDB(t), []valueCase{
		{"varchar(50)", "'åäö € 😀'", core.TextValue("åäö € 😀")},
		{"varchar(50)", "NULL", core.NullValue()},
		{"varchar(50)", "''", core.TextValue("")},
		{"varchar(50)", "'a' || char(0) || 'b'", core.TextValue("a\x00b")},
		{"char(5)", "'ab'", core.TextValue("ab")},
		{"varchar(20) CHARACTER SET latin1", "'Mäkinen €'", core.TextValue("Mäkinen €")},
		{"varchar(20) CHARACTER SET utf16", "'Mäkinen 😀'", core.TextValue("Mäkinen 😀")},
		{"longtext", "repeat('x', 1048576)", core.TextValue(strings.Repeat("x", 1048576))},
		{"longtext", "repeat('x', 1048577)", withheld(core.WithheldTooLarge, 1048577)},
		{"bigint", "-9223372036854775808", core.IntegerValue(-1 << 63)},
		{"bigint unsigned", "18446744073709551615", core.TextValue("18446744073709551615")},
		{"tinyint(1)", "1", core.FlagValue(true)},
		{"tinyint(1)", "2", core.IntegerValue(2)},
		{"tinyint(4)", "1", core.IntegerValue(1)},
		{"bit(12)", "b'101'", core.IntegerValue(5)},
		{"decimal(30,10)", "12345678901234567890.1000000000", core.DecimalValue("12345678901234567890.1000000000")},
		{"double", "0.1", core.DecimalValue("0.1")},
		{"float", "0.1", core.DecimalValue("0.1")},
		{"date", "'2024-01-02'", newDay},
		{"date", "'0000-00-00'", core.TextValue("0000-00-00")},
		{"datetime(2)", "'2024-07-02 03:04:05.25'", at("2024-07-02T00:04:05.25Z")},
		{"timestamp NULL", "FROM_UNIXTIME(1719880445)", at("2024-07-02T00:34:05Z")},
		{"time", "'-12:00:01'", core.TextValue("-12:00:01")},
		{"year", "1999", core.IntegerValue(1999)},
		{"enum('auki','kiinni')", "'kiinni'", core.TextValue("kiinni")},
		{"set('a','b')", "'a,b'", core.TextValue("a,b")},
		{"json", `'{"a": "ä"}'`, core.TextValue(`{"a": "ä"}`)},
		{"uuid", "'6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B'", core.TextValue("6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b")},
		{"inet6", "'::1'", core.TextValue("::1")},
		{"blob", "x'00ff00'", withheld(core.WithheldBinary, 3)},
		{"varbinary(20)", "'plain'", core.TextValue("plain")},
		{"longblob", "repeat('a', 65536)", core.TextValue(strings.Repeat("a", 65536))},
		{"longblob", "repeat('a', 65537)", withheld(core.WithheldBinary, 65537)},
		{"point", "point(1, 2)", withheld(core.WithheldBinary, 25)},
	})
}

func TestMariaDBKeys(t *testing.T) {
	for typ, want := range map[string][2]string{
		"binary(16)": {"x'00112233445566778899aabbccddeeff'", "00112233445566778899aabbccddeeff;hex"}, "bigint unsigned": {"18446744073709551615", "18446744073709551615"},
		"decimal(10,2)": {"7.50", "7.50"}, "char(8)": {"'ab'", "ab"}, "datetime": {"'2024-01-02 03:04:05'", "2024-01-02%2003:04:05"}, "timestamp NULL": {"'2024-01-02 03:04:05'", ""},
		"enum('red','blue')": {"'red'", "red"}, "uuid": {"'6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B'", "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b"},
		"varchar(40)": {"'Ääkkösiä/%_''😀'", "%C3%84%C3%A4kk%C3%B6si%C3%A4%2F%25_%27%F0%9F%98%80"}, "bit(4)": {"b'11'", "3"}, "double": {"0.1", "0.1"},
	} {
		t.Run(typ, func(t *testing.T) {
			c := onMariaDB(t).make(t, "CREATE TABLE v (k "+typ+", val TEXT, mail TEXT)", "INSERT INTO v VALUES ("+want[0]+", 'a', 'm@example.fi')")
			i := mustOpen(t, mapping(t, c, oneField), "ticketing")
			h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
			if len(h.records) != 1 || len(h.notices) != 0 || want[1] != "" && h.records[0].Ref != "ticket/"+want[1] {
				t.Errorf("refs %q, notices %+v", h.refs(), h.notices)
			}
		})
	}
}

// TestAKeyThatDoesNotFindItselfIsTold keeps a record from vanishing between
// two statements: no text is a FLOAT's value.
func TestAKeyThatDoesNotFindItselfIsTold(t *testing.T) {
	i := mustOpen(t, mapping(t, onMariaDB(t).make(t, "CREATE TABLE v (k float, val TEXT, mail TEXT)", "INSERT INTO v VALUES (0.1, 'a', 'm@example.fi')"), oneField), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h)
	if len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || h.notices[0].ConfigPath != "types.ticket.key" {
		t.Errorf("notices %+v", h.notices)
	}
}

// TestCollationsNeitherLoseNorInvent asks where the database takes case,
// accents and blanks for equal.
func TestCollationsNeitherLoseNorInvent(t *testing.T) {
	for _, collation := range []string{"utf8mb4_general_ci", "utf8mb4_unicode_520_ci", "utf8mb4_swedish_ci", "utf8mb4_bin", "latin1_swedish_ci", "latin1_bin"} {
		t.Run(collation, func(t *testing.T) {
			charset, _, _ := strings.Cut(collation, "_")
			c := onMariaDB(t).make(t, "CREATE TABLE ticket (ticket_no varchar(40) PRIMARY KEY, n varchar(80), e varchar(80), u varchar(80), p varchar(80), num integer) CHARACTER SET "+charset+" COLLATE "+collation,
				"INSERT INTO ticket VALUES ('1', 'Maija Mäkinen', 'maija@example.fi', 'mäki', NULL, NULL), ('2', 'MAIJA MAKINEN', 'MAIJA@example.fi', 'maki', NULL, NULL), ('3', 'Mäkinen, Maija', 'maija@example.fi ', 'MÄKI', NULL, NULL), ('4', 'Maija Mikinen', 'majja@example.fi', 'mak', NULL, NULL)")
			i := mustOpen(t, mapping(t, c, attackMapping), "ticketing")
			wantRefs(t, ask(t, i, one(id(t, core.Name, "Mäkinen, Maija"))), "ticket/1", "ticket/2", "ticket/3")
			wantRefs(t, ask(t, i, one(id(t, core.UserID, "mäki"))), "ticket/1", "ticket/3")
			wantRefs(t, ask(t, i, one(id(t, core.UserID, "maki"))), "ticket/2")
			for _, r := range ask(t, i, one(id(t, core.Email, "maija@example.fi"))).refs() {
				if r == "ticket/4" {
					t.Error("another address was taken for equal")
				}
			}
			wantRefs(t, ask(t, i, one(id(t, core.Name, "Иванов, Иван"))))
			wantRefs(t, ask(t, i, one(raw(core.Email, "иван😀@example.fi"))))
		})
	}
}

// TestKeysThatACollationTakesForEqual holds that the comments of one record
// stand in no other, though the database joins them to both.
func TestLatin1KeysFindThemselves(t *testing.T) {
	c := onMariaDB(t).make(t, "CREATE TABLE v (k varchar(20) CHARACTER SET latin1 COLLATE latin1_german1_ci PRIMARY KEY, val TEXT, mail TEXT) CHARACTER SET latin1",
		"INSERT INTO v VALUES ('äiti', 'a', 'm@example.fi'), ('öljy €', 'b', 'm@example.fi'), ('plain', 'c', 'm@example.fi')")
	i := mustOpen(t, mapping(t, c, oneField), "ticketing")
	wantRefs(t, ask(t, i, one(id(t, core.Email, "m@example.fi"))), "ticket/plain", "ticket/%C3%A4iti", "ticket/%C3%B6ljy%20%E2%82%AC")
}

func TestKeysThatACollationTakesForEqual(t *testing.T) {
	c := onMariaDB(t).make(t, "CREATE TABLE ticket (ticket_no varchar(20), subject TEXT, opened_at DATETIME, req_name TEXT, req_email TEXT, req_phone TEXT, req_kieku TEXT, req_code TEXT, req_born TEXT, agent_name TEXT, agent_email TEXT) COLLATE utf8mb4_general_ci",
		"CREATE TABLE c (id INTEGER PRIMARY KEY, t TEXT, at DATETIME, body TEXT) COLLATE utf8mb4_general_ci",
		"INSERT INTO ticket (ticket_no, req_email) VALUES ('abc', 'm@example.fi'), ('ABC', 'other@example.fi'), ('äbd', 'm@example.fi'), ('abd', 'm@example.fi'), ('own', 'm@example.fi')",
		"INSERT INTO c VALUES (1, 'ABC', NULL, 'of another'), (2, 'abd', NULL, 'of one'), (3, 'OWN', NULL, 'written otherwise')")
	i := mustOpen(t, mapping(t, c, withComments), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h, "ticket/abc", "ticket/abd", "ticket/own", "ticket/%C3%A4bd")
	for _, r := range h.records {
		if want := map[bool]int{true: 1, false: 0}[r.Ref == "ticket/own"]; len(r.Parts) != want {
			t.Errorf("%s has %d parts, want %d", r.Ref, len(r.Parts), want)
		}
	}
	wantShared(t, h)
}

func TestRightsOfMariaDBAreProved(t *testing.T) {
	server := sharedMariaDB(t)
	for n, test := range []struct {
		grants []string
		status string
		says   string
		hidden bool
	}{
		{[]string{"GRANT SELECT, SHOW VIEW ON DB.* TO USER"}, "ok", "", false},
		{[]string{"GRANT SELECT ON DB.ticket TO USER"}, "ok", "", true},
		{[]string{"GRANT SELECT ON DB.* TO USER", "GRANT UPDATE (subject) ON DB.ticket TO USER"}, "warn", "UPDATE", false},
		{[]string{"GRANT ALL PRIVILEGES ON DB.* TO USER"}, "warn", "ALL PRIVILEGES", false},
		{[]string{"CREATE ROLE roleDB", "GRANT SELECT, INSERT ON DB.* TO roleDB", "GRANT roleDB TO USER", "GRANT SELECT ON DB.* TO USER"}, "warn", "INSERT", false},
		{[]string{"CREATE ROLE innerDB", "CREATE ROLE outerDB", "GRANT DELETE ON *.* TO innerDB", "GRANT innerDB TO outerDB", "GRANT outerDB TO USER", "GRANT SELECT ON DB.* TO USER"}, "warn", "DELETE", false},
		{[]string{"GRANT SELECT, FILE ON *.* TO USER"}, "warn", "FILE", false},
	} {
		c := makeMariaDB(t, server, peopleTable, "CREATE TABLE other (id INTEGER)")
		name, user := databaseName(t, c), "u"+strconv.Itoa(n)
		statements := []string{"CREATE USER " + user + "@'127.0.0.1' IDENTIFIED BY 'open'"}
		for _, g := range test.grants {
			statements = append(statements, strings.ReplaceAll(strings.ReplaceAll(g, "DB", name), "USER", user+"@'127.0.0.1'"))
		}
		execute(t, "mysql", server.DSN(name), statements)
		c.DSN = sdk.Secret(server.DSNFor(user, "open", name))
		m := people + "ignore_tables: {other: nobody}\n"
		i := mustOpen(t, mapping(t, c, m), "ticketing")
		var told checked
		i.check(t.Context(), &told)
		text := ""
		for _, p := range told.problems {
			text += p.Message + "\n"
		}
		if told.status[stepReadOnly] != test.status || !strings.Contains(text, test.says) {
			t.Errorf("%v: %v %s", test.grants, told.status, text)
		}
		h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
		if hidden := slices.ContainsFunc(h.notices, func(p core.Problem) bool { return strings.Contains(p.Message, "hides other tables") }); hidden != test.hidden {
			t.Errorf("%v: notices %+v", test.grants, h.notices)
		}
		if test.hidden {
			i := mustOpen(t, mapping(t, c, people+"ignore_tables: {'*': only tickets are of people}\n"), "ticketing")
			if h := ask(t, i, one(id(t, core.Email, "m@example.fi"))); len(h.notices) != 0 {
				t.Errorf("notices %+v", h.notices)
			}
		}
	}
}

func TestGrantsOfMySQLAreRead(t *testing.T) {
	got, roles := parseGrants([]string{
		"GRANT USAGE ON *.* TO `reader`@`%` IDENTIFIED BY PASSWORD '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19'",
		"GRANT SELECT, SHOW VIEW ON `hr\\_db`.* TO `reader`@`%`",
		"GRANT SELECT (`a`, `b,c`), UPDATE (`d`) ON `hr`.`o``dd` TO `reader`@`%`",
		"GRANT `clerk`@`%`,`scribe`@`localhost` TO `reader`@`%`",
		"GRANT PROXY ON ``@`` TO `reader`@`%` WITH GRANT OPTION",
		"GRANT EXECUTE ON PROCEDURE `hr`.`p` TO `reader`@`%`",
		"GRANT BACKUP_ADMIN,SYSTEM_VARIABLES_ADMIN ON *.* TO `reader`@`%`",
		"SET DEFAULT ROLE `clerk` FOR `reader`@`%`",
		"REVOKE INSERT ON `mysql`.* FROM `reader`@`%`",
		"something that nobody has seen",
	})
	want := []string{"UPDATE (hr.o`dd)", "PROXY (*.routine)", "EXECUTE (*.routine)", "BACKUP_ADMIN (*.*)", "SYSTEM_VARIABLES_ADMIN (*.*)", "UNKNOWN (*.*)"}
	if diff := cmp.Diff(want, got.writing()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"`clerk`@`%`", "`scribe`@`localhost`"}, roles); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]bool{"hr_db": true, "HR_DB": true, "hrxdb": false, "hr": false} {
		if got.sees(name) != want {
			t.Errorf("sees %s: %v", name, !want)
		}
	}
}

func TestFailuresOfMariaDB(t *testing.T) {
	server := sharedMariaDB(t)
	const secret = "hunter2-0123"
	c := makeMariaDB(t, server, peopleTable)
	name := databaseName(t, c)
	for _, test := range []struct {
		dsn, ca string
		class   core.Class
	}{
		{server.DSNFor(server.Reader, secret, name), "", core.ClassAuth},
		{server.DSNFor("nobody", secret, name), server.CAFile, core.ClassAuth},
		{server.DSNFor(server.Reader, server.ReaderPassword, "nosuch"), "", core.ClassConfig},
		{server.DSNFor(server.Reader, server.ReaderPassword, ""), "", core.ClassConfig},
		{(&servers.MariaDB{Host: "127.0.0.1", Port: 1}).DSNFor("x", secret, name), "", core.ClassTransient},
		{server.ReaderDSN(name) + "?tls=true", "", core.ClassConfig},
		{server.ReaderDSN(name), "nosuch.pem", core.ClassConfig},
		{server.ReaderDSN(name), "mysql_test.go", core.ClassConfig},
	} {
		_, err := open(t.Context(), mapping(t, Config{Driver: "mariadb", DSN: sdk.Secret(test.dsn), CAFile: test.ca}, people), env("ticketing"))
		if p := problem(t, err); p.Class != test.class || strings.Contains(p.Error(), secret) || strings.Contains(p.Error(), server.ReaderPassword) {
			t.Errorf("%s, want %s", p.Error(), test.class)
		}
	}
	execute(t, "mysql", server.DSN(name), []string{"CREATE USER blind@'127.0.0.1' IDENTIFIED BY 'open'", "GRANT SELECT (ticket_no, subject) ON " + name + ".ticket TO blind@'127.0.0.1'"})
	_, err := open(t.Context(), mapping(t, Config{Driver: "mysql", DSN: sdk.Secret(server.DSNFor("blind", "open", name))}, people), env("ticketing"))
	if p := problem(t, err); p.Class != core.ClassConfig && p.Class != core.ClassAuth {
		t.Errorf("problem = %+v", p)
	}
}

// TestTheOrderOfKeysIsThatOfTheirBytes resumes from each checkpoint where the
// database itself would order the keys otherwise.
func TestTheOrderOfKeysIsThatOfTheirBytes(t *testing.T) {
	odd := []string{"a", "B", "ä", "å", "Z", "ö", "_", "-", "10", "9", "😀", "ß", "ss", "é", "''"}
	onEveryDatabase(t, func(t *testing.T, d database) {
		var rows []string
		for n := range 2*chunk + 40 {
			rows = append(rows, "('"+strings.ReplaceAll(odd[n%len(odd)], "''", "x''x")+strconv.Itoa(n/len(odd))+"', "+strconv.Itoa(n%7)+", 't', 'm@example.fi')")
		}
		c := d.make(t, "CREATE TABLE v (a TEXT, b INTEGER, val TEXT, mail TEXT, PRIMARY KEY (a, b))", "INSERT INTO v VALUES "+strings.Join(rows, ", "))
		i := mustOpen(t, mapping(t, c, strings.Replace(oneField, "[k]", "[a, b]", 1)), "ticketing")
		asked := one(id(t, core.Email, "m@example.fi"))
		whole := ask(t, i, asked)
		if len(whole.records) != len(rows) || len(whole.checkpoints) < 3 {
			t.Fatalf("%d of %d records, %d checkpoints, notices %+v", len(whole.records), len(rows), len(whole.checkpoints), whole.notices)
		}
		for x, c := range whole.checkpoints {
			q := query(asked)
			q.Resume = c
			rest := &heard{}
			if err := i.search(t.Context(), q, rest); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(rest.refs(), append([]string{}, whole.refs()[whole.after[x]:]...)) {
				t.Errorf("after checkpoint %d: %d records, want %d", x, len(rest.records), len(rows)-whole.after[x])
			}
		}
	})
}
