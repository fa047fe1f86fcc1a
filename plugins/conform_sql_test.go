package plugins

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

// ticketTypes maps the tables of ticketTables whole.
const ticketTypes = `
types:
  ticket:
    table: ticket
    key: [ticket_no]
    time: opened_at
    fields: {ticket_number: ticket_no, title: subject, description: body, opened: opened_at}
    parties:
      - {slot: requester, fields: {name: req_name, email: {column: req_email, exact: true}, phone: req_phone}}
    parts:
      - type: comment
        table: note
        join: {ticket_no: ticket_no}
        key: [id]
        fields: {time: at, text: body}
        parties:
          - {slot: commenter, fields: {name: author}}
`

var ticketFields = []string{"ticket:ticket_number", "ticket:title", "ticket:description", "ticket:opened", "ticket:requester.name",
	"ticket:requester.email", "ticket:requester.phone", "ticket:comment/time", "ticket:comment/text", "ticket:comment/commenter.name"}

// ticketTables makes the tables; stamp is the type of a time.
func ticketTables(stamp string) []string {
	return []string{
		"CREATE TABLE ticket (ticket_no text PRIMARY KEY, subject text, body text, opened_at " + stamp + ", req_name text, req_email text, req_phone text)",
		"CREATE TABLE note (id integer PRIMARY KEY, ticket_no text, at " + stamp + ", body text, author text)",
		"CREATE INDEX ticket_email ON ticket (req_email)",
		"CREATE INDEX note_ticket ON note (ticket_no)",
	}
}

// tickets fills them with a few people, and with one ticket that has a value
// of 5 MiB.
func tickets() []string {
	row := func(no, subject, opened, name, email string) string {
		return fmt.Sprintf("INSERT INTO ticket VALUES ('%s', '%s', 'Kuvaus: ei toimi', '%s', '%s', '%s', '+358 40 765 4321')", no, subject, opened, name, email)
	}
	out := []string{
		row("T1", "Tulostin ei toimi", "2024-03-01 08:00:00", "Esimerkki Maija", maija),
		row("T2", "Salasana unohtui taas", "2024-03-02 08:00:00", "Esimerkki Maija", maija),
		"INSERT INTO note VALUES (1, 'T1', '2024-03-01 09:00:00', 'Kokeiltu uudestaan', 'Esimerkki Maija')",
		row("N1", "Composed letters", "2024-03-03 08:00:00", composed, "aly1@example.fi"),
		row("N2", "Decomposed letters", "2024-03-03 08:00:00", decomposed, "aly2@example.fi"),
		row("F1", "Opened tomorrow", "2099-12-31 23:59:59", "Esimerkki Tuleva", "tuleva@example.fi"),
		row("L1", "Large", "2024-03-03 08:00:00", "Esimerkki Iso", "iso@example.fi"),
		"UPDATE ticket SET body = '" + strings.Repeat("0123456789abcdef", 5<<16) + "' WHERE ticket_no = 'L1'",
	}
	for n := range manyPekka {
		out = append(out, row(fmt.Sprintf("P%05d", n), "Toistuva vika", "2024-03-04 08:00:00", "Esimerkki Pekka", pekka))
	}
	return out
}

// sqlSuite gives the suite of a database whose configurations config makes.
func sqlSuite(t *testing.T, config func(database string) *sdktest.Setup) sdktest.Suite {
	t.Helper()
	s := suiteOf(t, "ticketing")
	s.Works = config("works")
	s.Fields = ticketFields
	s.Values = []string{"Kuvaus: ei toimi", "+358 40 765 4321"}
	s.Finds = []sdktest.Case{
		{Query: by(t, core.Email, maija), Refs: []string{"ticket/T1", "ticket/T2"}},
		{Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{"ticket/F1"}},
		{Query: by(t, core.Email, pekka), Count: manyPekka},
	}
	s.Empty = &sdktest.Case{Setup: config("empty"), Query: by(t, core.Email, maija)}
	s.One = &sdktest.Case{Query: by(t, core.Email, "tuleva@example.fi"), Count: 1}
	s.Many = &sdktest.Case{Setup: config("many"), Query: by(t, core.Email, everybody), Count: manyRecords}
	s.Stream = &sdktest.Case{Setup: config("stream"), Query: by(t, core.Email, everybody), Count: streamRecords}
	s.LargeValue = &sdktest.ValueCase{Case: sdktest.Case{Query: by(t, core.Email, "iso@example.fi")}, Ref: "ticket/L1", Field: "description", Size: 5 << 20}
	large := sha256.Sum256([]byte(strings.Repeat("0123456789abcdef", 5<<16)))
	s.Attachment = &sdktest.Attachment{Ref: "ticket/L1#description", Size: 5 << 20, SHA256: large[:]}
	both := []string{"ticket/N1", "ticket/N2"}
	s.Composed = &sdktest.Case{Query: by(t, core.Name, composed), Refs: both}
	s.Decomposed = &sdktest.Case{Query: by(t, core.Name, decomposed), Refs: both}
	s.Clock = &sdktest.Case{Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{"ticket/F1"}}
	s.Exempt["rate-limit-waits"] = "a database does not tell anybody to wait: it queues or refuses connections, and the plugin opens four at most"
	return s
}

func sqliteSuite(t *testing.T) sdktest.Suite {
	dir := t.TempDir()
	path := func(database string) string { return filepath.Join(dir, database+".db") }
	for database, rows := range map[string][]string{
		"works": append(tickets(), "INSERT INTO ticket VALUES ('X1', 'Other encoding', 'x', '2024-03-03 08:00:00', CAST(x'4DE46B656CE4204C6174696E61' AS TEXT), 'latin@example.fi', NULL)"),
		"empty": nil,
		"many":  sqliteCrowd(manyRecords), "stream": sqliteCrowd(streamRecords),
	} {
		u := url.URL{Scheme: "file", Path: path(database)}
		execute(t, "sqlite", u.String(), append(append(ticketTables("text"), "BEGIN"), append(rows, "COMMIT")...))
	}
	s := sqlSuite(t, func(database string) *sdktest.Setup {
		return setup(t, "driver: sqlite\ndatabase: "+path(database)+ticketTypes, nil)
	})
	s.Absent = setup(t, "driver: sqlite\ndatabase: "+path("no-such")+ticketTypes, nil)
	s.Encoded = &sdktest.ValueCase{Case: sdktest.Case{Query: by(t, core.Email, "latin@example.fi")}, Ref: "ticket/X1", Field: "requester.name", Text: "Mäkelä Latina"}
	s.Exempt["bad-secret-auth"] = "an SQLite file has no account; postgres shows it"
	s.Exempt["secrets-hidden"] = "an SQLite file has no secret; postgres shows it"
	return s
}

func postgresSuite(t *testing.T) sdktest.Suite {
	server := serverstest.PostgreSQL(t)
	for database, rows := range map[string][]string{
		"works": append(tickets(), "INSERT INTO ticket VALUES ('X1', 'Other encoding', 'x', '2024-03-03 08:00:00', 'Mäkelä Latina', 'latin@example.fi', NULL)"),
		"empty": nil,
		"many":  postgresCrowd(manyRecords), "stream": postgresCrowd(streamRecords),
	} {
		if err := server.CreateDatabase(t.Context(), database); err != nil {
			t.Fatal(err)
		}
		execute(t, "pgx", server.DSN(database), append(ticketTables("timestamp"), rows...))
	}
	latinDatabase(t, server)
	config := func(dsn string) *sdktest.Setup {
		return setup(t, "driver: postgres"+ticketTypes, map[string]string{"dsn": dsn})
	}
	s := sqlSuite(t, func(database string) *sdktest.Setup { return config(server.ReaderDSN(database)) })
	u, err := url.Parse(server.ReaderDSN("works"))
	if err != nil {
		t.Fatal(err)
	}
	s.BadSecret = config(server.DSNFor(u.User.Username(), "kelvoton-salasana-51d9", "works"))
	u.Host = "{listener}"
	s.Absent = config(strings.ReplaceAll(u.String(), "%7Blistener%7D", "{listener}"))
	s.Encoded = &sdktest.ValueCase{Case: sdktest.Case{Setup: config(server.ReaderDSN("latin")), Query: by(t, core.Email, "latin@example.fi")},
		Ref: "ticket/X1", Field: "requester.name", Text: "Mäkelä Latina"}
	s.Sessions = func() (int, error) { return sessionsOf(server, u.User.Username()) }
	return s
}

// mariaSuite serves MySQL too, whose protocol and dialect it shares.
func mariaSuite(t *testing.T) sdktest.Suite {
	server := serverstest.MariaDB(t)
	tables := ticketTables("datetime")
	tables[0] = strings.NewReplacer("ticket_no text", "ticket_no varchar(20)", "body text", "body longtext", "req_email text", "req_email varchar(100)").Replace(tables[0])
	tables[1] = strings.Replace(tables[1], "ticket_no text", "ticket_no varchar(20)", 1)
	latin := strings.Replace(tables[0], "req_name text", "req_name varchar(100) CHARACTER SET latin1", 1)
	for database, statements := range map[string][]string{
		"works":  append(tables, tickets()...),
		"latin":  {latin, tables[1], "INSERT INTO ticket VALUES ('X1', 'Other encoding', 'x', '2024-03-03 08:00:00', 'Mäkelä Latina', 'latin@example.fi', NULL)"},
		"empty":  tables,
		"many":   append(tables[:len(tables):len(tables)], mariaCrowd(manyRecords)),
		"stream": append(tables[:len(tables):len(tables)], mariaCrowd(streamRecords)),
	} {
		if err := server.CreateDatabase(t.Context(), database); err != nil {
			t.Fatal(err)
		}
		execute(t, "mysql", server.DSN(database), statements)
	}
	config := func(dsn string) *sdktest.Setup {
		return setup(t, "driver: mariadb\nca_file: "+server.CAFile+ticketTypes, map[string]string{"dsn": dsn})
	}
	s := sqlSuite(t, func(database string) *sdktest.Setup { return config(server.ReaderDSN(database)) })
	s.BadSecret = config(server.DSNFor(server.Reader, "kelvoton-salasana-51d9", "works"))
	s.Absent = config(strings.Replace(server.ReaderDSN("works"), net.JoinHostPort(server.Host, strconv.Itoa(server.Port)), "{listener}", 1))
	s.Encoded = &sdktest.ValueCase{Case: sdktest.Case{Setup: config(server.ReaderDSN("latin")), Query: by(t, core.Email, "latin@example.fi")},
		Ref: "ticket/X1", Field: "requester.name", Text: "Mäkelä Latina"}
	s.Sessions = func() (int, error) { return busyOf(server) }
	return s
}

// mariaCrowd gives n tickets of one mailbox.
func mariaCrowd(n int) string {
	return fmt.Sprintf(`INSERT INTO ticket SELECT CONCAT('M', LPAD(seq, 6, '0')), 'Yhteinen', 'Kuvaus', '2024-03-04 08:00:00', 'Esimerkki Kaikki', '%s', ''
		FROM seq_1_to_%d`, everybody, n)
}

// busyOf counts the sessions of the reading account that run a statement.
func busyOf(server *servers.MariaDB) (n int, err error) {
	db, err := sql.Open("mysql", server.DSN(""))
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(context.Background(), "SELECT count(*) FROM information_schema.PROCESSLIST WHERE USER = ? AND COMMAND <> 'Sleep'", server.Reader).Scan(&n)
	return n, err
}

// sqliteCrowd gives n tickets of one mailbox.
func sqliteCrowd(n int) []string {
	return []string{fmt.Sprintf(`INSERT INTO ticket WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < %d)
		SELECT printf('M%%06d', i), 'Yhteinen', 'Kuvaus', '2024-03-04 08:00:00', 'Esimerkki Kaikki', '%s', '' FROM n`, n, everybody)}
}

// postgresCrowd gives n tickets of one mailbox.
func postgresCrowd(n int) []string {
	return []string{fmt.Sprintf(`INSERT INTO ticket SELECT 'M' || lpad(i::text, 6, '0'), 'Yhteinen', 'Kuvaus', '2024-03-04 08:00:00', 'Esimerkki Kaikki', '%s', ''
		FROM generate_series(1, %d) i`, everybody, n)}
}

// latinDatabase makes a database that holds its texts in Latin-1.
func latinDatabase(t *testing.T, server *servers.PostgreSQL) {
	t.Helper()
	execute(t, "pgx", server.DSN("works"), []string{"CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"})
	u, err := url.Parse(server.ReaderDSN("latin"))
	if err != nil {
		t.Fatal(err)
	}
	// Without the encoding of the client its bytes would be taken for Latin-1.
	execute(t, "pgx", server.DSN("latin")+"&client_encoding=UTF8", append(ticketTables("timestamp"),
		"INSERT INTO ticket VALUES ('X1', 'Other encoding', 'x', '2024-03-03 08:00:00', 'Mäkelä Latina', 'latin@example.fi', NULL)",
		"GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+u.User.Username()))
}

// sessionsOf counts the sessions of an account that run a statement or hold a
// transaction open.
func sessionsOf(server *servers.PostgreSQL, account string) (n int, err error) {
	db, err := sql.Open("pgx", server.DSN("works"))
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(context.Background(),
		"SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state <> 'idle'", account).Scan(&n)
	return n, err
}

func execute(t *testing.T, driver, dsn string, statements []string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // transactions are statements here
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%v\nin: %.200s", err, s)
		}
	}
}
