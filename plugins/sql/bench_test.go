package sqlsource

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// ticketMapping maps a ticketing system as they are: a wide table with three
// parties in it, and three tables that hang on it.
const ticketMapping = `
types:
  ticket:
    table: ticket
    key: [ticket_no]
    time: opened_at
    fields: {ticket_number: ticket_no, title: subject, description: body, category: category, status: status, priority: priority, opened: opened_at, closed: closed_at, resolution: resolution, diary_number: diary_ref}
    parties:
      - {slot: requester, fields: {name: req_name, email: req_email, phone: req_phone, employee_number: req_kieku, user_id: req_user, organisation: req_org, unit: req_unit, location: req_location, title: req_title}}
      - {slot: affected, table: ticket_person, join: {ticket_no: ticket_no}, fields: {name: name, email: email, phone: phone}, ignore: {id: "running number"}}
      - {slot: assignee, fields: {name: assignee_name, user_id: assignee_user}}
    parts:
      - {type: comment, table: ticket_comment, join: {ticket_no: ticket_no}, key: [id], fields: {time: written_at, text: body}, parties: [{slot_column: author_kind, slots: {customer: commenter, agent: agent}, fields: {name: author_name, email: author_email}}]}
      - {type: attachment, table: ticket_file, join: {ticket_no: ticket_no}, key: [id], fields: {name: file_name, media_type: media_type, size: byte_size}}
`

// ticketTables makes n tickets of one person.
func ticketTables(n int) []string {
	return []string{
		`CREATE TABLE ticket (ticket_no TEXT PRIMARY KEY, subject TEXT, body TEXT, category TEXT, status TEXT, priority TEXT, opened_at TEXT, closed_at TEXT, resolution TEXT, diary_ref TEXT,
			req_name TEXT, req_email TEXT, req_phone TEXT, req_kieku TEXT, req_user TEXT, req_org TEXT, req_unit TEXT, req_location TEXT, req_title TEXT, assignee_name TEXT, assignee_user TEXT)`,
		`CREATE TABLE ticket_person (id INTEGER PRIMARY KEY, ticket_no TEXT, name TEXT, email TEXT, phone TEXT)`,
		`CREATE TABLE ticket_comment (id INTEGER PRIMARY KEY, ticket_no TEXT, written_at TEXT, author_kind TEXT, author_name TEXT, author_email TEXT, body TEXT)`,
		`CREATE TABLE ticket_file (id INTEGER PRIMARY KEY, ticket_no TEXT, file_name TEXT, media_type TEXT, byte_size INTEGER)`,
		`CREATE INDEX person_ticket ON ticket_person (ticket_no)`, `CREATE INDEX comment_ticket ON ticket_comment (ticket_no)`, `CREATE INDEX file_ticket ON ticket_file (ticket_no)`,
		`CREATE INDEX ticket_kieku ON ticket (req_kieku)`,
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < %d)
			INSERT INTO ticket SELECT printf('INC9%%06d', i), 'Työaseman näyttö vilkkuu', i || ': Näyttö vilkkuu aamuisin, kun työasema käynnistetään telakassa. Vaihdoin jo johdon.', 'incident', 'closed', '3',
			'2025-03-0' || (1 + i %% 9) || 'T10:15:00+02:00', '2025-04-01T08:00:00+03:00', 'Johto vaihdettiin', 'VALTORI/' || i || '/2025', 'Mäkinen Maija', 'maija.makinen@posti.example', NULL, '104233', NULL,
			'Palvelukeskus', 'Tukipalvelut', 'Hämeenlinna', 'asiantuntija', 'Virtanen Ville', 'vvirtane' FROM n`, n),
	}
}

// subject is who the benchmarks ask about, by every key that she has.
func subject(tb testing.TB) core.Query {
	tb.Helper()
	return query(one(id(tb, core.EmployeeNumber, "104233")), one(id(tb, core.Email, "maija.makinen@posti.example")),
		one(id(tb, core.Phone, "+358 40 123 4567")), one(id(tb, core.Name, "Mäkinen, Maija Liisa")))
}

// BenchmarkTickets reads one person's 20,000 tickets from an SQLite file in
// this process, without the protocol.
func BenchmarkTickets(b *testing.B) {
	const n = 20_000
	path := filepath.Join(b.TempDir(), "tickets.db")
	execute(b, "sqlite", fileURL(path), ticketTables(n))
	i := mustOpen(b, mapping(b, Config{Driver: "sqlite", Database: path}, ticketMapping), "ticketing")
	q := subject(b)
	for b.Loop() {
		var got counted
		if err := i.search(b.Context(), q, &got); err != nil || got.records != n {
			b.Fatal(got.records, err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// counted is a sink that counts records only.
type counted struct {
	silent
	records int
}

func (c *counted) Emit(core.Record) error { c.records++; return nil }

// BenchmarkOneTable asks an indexed PostgreSQL table of 100,000 people about
// one of them, in this process and over a connection that is open.
func BenchmarkOneTable(b *testing.B) {
	server := serverstest.PostgreSQL(b)
	if err := server.CreateDatabase(b.Context(), "one"); err != nil {
		b.Fatal(err)
	}
	execute(b, "pgx", server.DSN("one"), []string{
		`CREATE TABLE contact (id bigint PRIMARY KEY, name text, code text, email text)`,
		`INSERT INTO contact SELECT n, 'Testinen Tuuli ' || n, NULL, 'asiakas' || n || '@posti.example' FROM generate_series(1, 100000) n`,
		`INSERT INTO contact SELECT 100000 + n, 'Mäkinen Maija', '131052-308T', 'maija.makinen@posti.example' FROM generate_series(1, 3) n`,
		`CREATE INDEX ON contact (code)`, `CREATE INDEX ON contact (email)`, `ANALYZE contact`, `GRANT SELECT ON contact TO PUBLIC`,
	})
	i := mustOpen(b, mapping(b, Config{Driver: "postgres", DSN: sdk.Secret(server.ReaderDSN("one"))}, `
types:
  contact:
    table: contact
    key: [id]
    parties: [{slot: contact, fields: {name: name, personal_identity_code: {column: code, exact: true}, email: {column: email, exact: true}}}]
`), "crm")
	q := query(one(id(b, core.PersonalIdentityCode, "131052-308T")), one(id(b, core.Email, "maija.makinen@posti.example")))
	var h heard
	for b.Loop() {
		h = heard{}
		if err := i.search(context.Background(), q, &h); err != nil || len(h.records) != 3 {
			b.Fatal(len(h.records), err)
		}
	}
	b.ReportMetric(float64(h.counts["contact"].Statements), "statements")
}
