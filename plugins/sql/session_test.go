package sqlsource

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// manyTickets gives n tickets of one requester, in another order than that of
// their numbers.
func manyTickets(n int) []string {
	statements := []string{peopleTable, "CREATE TABLE c (id INTEGER PRIMARY KEY, t TEXT, at TIMESTAMP, body TEXT)"}
	for from := 0; from < n; from += 200 {
		var rows, comments []string
		for i := from; i < min(n, from+200); i++ {
			rows = append(rows, fmt.Sprintf("('T%05d', 'maija@example.fi', '2024-01-01')", (i*7919)%n))
			comments = append(comments, fmt.Sprintf("(%d, 'T%05d', '2024-01-01', 'x')", i, i))
		}
		statements = append(statements, "INSERT INTO ticket (ticket_no, req_email, opened_at) VALUES "+strings.Join(rows, ", "), "INSERT INTO c VALUES "+strings.Join(comments, ", "))
	}
	return statements
}

const withComments = people + `    parts: [{type: comment, table: c, join: {t: ticket_no}, key: [id], fields: {time: at, text: body}}]
`

func TestOrderCheckpointsAndResume(t *testing.T) {
	const n = 601
	onEveryDatabase(t, func(t *testing.T, d database) {
		i := mustOpen(t, mapping(t, d.make(t, manyTickets(n)...), withComments), "ticketing")
		key := one(id(t, core.Email, "maija@example.fi"))
		whole := ask(t, i, key)
		if len(whole.records) != n || len(whole.checkpoints) != (n+chunk-1)/chunk {
			t.Fatalf("%d records, %d checkpoints", len(whole.records), len(whole.checkpoints))
		}
		for x, r := range whole.records {
			if want := fmt.Sprintf("ticket/T%05d", x); r.Ref != want || len(r.Parts) != 1 {
				t.Fatalf("record %d is %s with %d parts", x, r.Ref, len(r.Parts))
			}
		}
		for x, c := range whole.checkpoints {
			q := query(key)
			q.Resume = c
			h := &heard{}
			if err := i.search(t.Context(), q, h); err != nil {
				t.Fatal(err)
			}
			if got, want := len(h.records), n-whole.after[x]; got != want {
				t.Errorf("after checkpoint %d: %d records, want %d", x, got, want)
			}
			if !h.counts["ticket"].Examined {
				t.Error("not examined")
			}
		}
		for _, c := range []core.Checkpoint{{Format: "other", Cursor: whole.checkpoints[1].Cursor}, {Format: cursorFormat, Cursor: []byte("{")}} {
			q := query(key)
			q.Resume = c
			h := &heard{}
			if err := i.search(t.Context(), q, h); err != nil || len(h.records) != n {
				t.Errorf("a foreign cursor: %v, %d records", err, len(h.records))
			}
		}
		h := &heard{stopAt: 300}
		if err := i.search(t.Context(), query(key), h); !errors.Is(err, errStopped) || len(h.checkpoints) != 1 || !h.counts["ticket"].Examined {
			t.Errorf("stopped: %v, %d checkpoints", err, len(h.checkpoints))
		}
	})
}

func TestResumeInALaterType(t *testing.T) {
	const m = `
types:
  contact: {table: a, key: [id], parties: [{slot: contact, fields: {email: mail}}]}
  invoice: {table: b, key: [id], parties: [{slot: payee, fields: {email: mail}}]}
`
	c := makeSQLite(t, "CREATE TABLE a (id INTEGER PRIMARY KEY, mail TEXT)", "CREATE TABLE b (id INTEGER PRIMARY KEY, mail TEXT)",
		"INSERT INTO a VALUES (1, 'm@example.fi'), (2, 'm@example.fi')", "INSERT INTO b VALUES (1, 'm@example.fi')")
	i := mustOpen(t, mapping(t, c, m), "crm")
	key := one(id(t, core.Email, "m@example.fi"))
	whole := ask(t, i, key)
	wantRefs(t, whole, "contact/1", "contact/2", "invoice/1")
	for x, want := range [][]string{{"invoice/1"}, {}} {
		q := query(key)
		q.Resume = whole.checkpoints[x]
		h := &heard{}
		if err := i.search(t.Context(), q, h); err != nil {
			t.Fatal(err)
		}
		wantRefs(t, h, want...)
		if !h.counts["contact"].Examined || !h.counts["invoice"].Examined {
			t.Errorf("counts = %+v", h.counts)
		}
	}
	q := query(key)
	q.Types = []string{"invoice"}
	h := &heard{}
	if err := i.search(t.Context(), q, h); err != nil {
		t.Fatal(err)
	}
	wantRefs(t, h, "invoice/1")
	if len(h.counts) != 1 {
		t.Errorf("counts = %+v", h.counts)
	}
}

func TestPeriod(t *testing.T) {
	c := makeSQLite(t, peopleTable, "CREATE TABLE c (id INTEGER PRIMARY KEY, t TEXT, at TIMESTAMP, body TEXT)",
		"INSERT INTO ticket (ticket_no, req_email, opened_at) VALUES ('in', 'm@example.fi', '2024-06-01'), ('out', 'm@example.fi', '2022-06-01'), ('unknown', 'm@example.fi', NULL), ('late', 'm@example.fi', '2022-06-01')",
		"INSERT INTO c VALUES (1, 'late', '2024-02-01 10:00:00', 'x'), (2, 'out', '2022-07-01 10:00:00', 'x')")
	i := mustOpen(t, mapping(t, c, withComments), "ticketing")
	q := query(one(id(t, core.Email, "m@example.fi")))
	q.Period = core.Interval{From: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	h := &heard{}
	if err := i.search(t.Context(), q, h); err != nil {
		t.Fatal(err)
	}
	wantRefs(t, h, "ticket/in", "ticket/late", "ticket/unknown")
}

func TestNothingIsWritten(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		i := mustOpen(t, mapping(t, d.make(t, peopleTable), people), "ticketing")
		err := i.snapshot(t.Context(), func(s *session) error {
			return s.each(t.Context(), statementOf(s.dialect, "INSERT INTO ticket (ticket_no) VALUES ('x') RETURNING ticket_no"), func([]any) error { return nil })
		})
		if err == nil {
			t.Fatal("an insertion went through")
		}
		var told checked
		i.check(t.Context(), &told)
		for _, step := range []string{stepConnect, stepSignIn, stepTables, stepUnmapped, stepReadOnly, stepSample} {
			if told.status[step] != "ok" {
				t.Errorf("step %s: %s %+v", step, told.status[step], told.problems)
			}
		}
	})
}

func statementOf(d *dialect, text string) *statement {
	s := &statement{dialect: d}
	s.write(text)
	return s
}

func TestAnAccountThatMayWriteIsTold(t *testing.T) {
	server := sharedPostgres(t)
	c := makePostgres(t, server, peopleTable)
	scribe := account(t, server, c, "SELECT, UPDATE")
	for dsn, says := range map[sdk.Secret]string{sdk.Secret(server.DSN(testDatabase)): "superuser", scribe: "REVOKE"} {
		c.DSN = dsn
		i := mustOpen(t, mapping(t, c, people), "ticketing")
		var told checked
		i.check(t.Context(), &told)
		if told.status[stepReadOnly] != "warn" || len(told.problems) != 1 || !strings.Contains(told.problems[0].Message, says) {
			t.Errorf("%v %+v", told.status, told.problems)
		}
	}
}

// TestAnAttemptToWriteShowsWhatTheAccountMay tries as the owner and as the
// reader, and sees that nothing is gone.
func TestAnAttemptToWriteShowsWhatTheAccountMay(t *testing.T) {
	for _, place := range []struct {
		c     Config
		owner sdk.Secret
	}{
		{makePostgres(t, sharedPostgres(t), peopleTable, ticketWith("1", "req_email", "m@example.fi")), sdk.Secret(sharedPostgres(t).DSN(testDatabase))},
		{makeMariaDB(t, sharedMariaDB(t), peopleTable, ticketWith("1", "req_email", "m@example.fi")), ""},
		{makeSQLite(t, peopleTable, ticketWith("1", "req_email", "m@example.fi")), ""},
	} {
		if place.c.Driver == "mariadb" {
			place.owner = sdk.Secret(sharedMariaDB(t).DSN(databaseName(t, place.c)))
		}
		for dsn, want := range map[sdk.Secret]string{place.c.DSN: "", place.owner: "ticket"} {
			if place.c.Driver == "sqlite" {
				want = "" // no account of a file may write
			}
			c := place.c
			c.DSN = dsn
			i := mustOpen(t, mapping(t, c, people), "ticketing")
			err := i.snapshot(t.Context(), func(s *session) error {
				got, err := s.attemptWrite(t.Context(), s.plan.mapped)
				if got != want {
					t.Errorf("%s: the attempt went through on %q, want %q", c.Driver, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			wantRefs(t, ask(t, i, one(id(t, core.Email, "m@example.fi"))), "ticket/1")
		}
	}
}

// account makes an account with rights on the table of tickets.
func account(t *testing.T, server *servers.PostgreSQL, c Config, rights string) sdk.Secret {
	t.Helper()
	name := "account_" + c.Schema
	execute(t, "pgx", server.DSN(testDatabase), []string{"CREATE ROLE " + name + " LOGIN PASSWORD 'open'", "GRANT USAGE ON SCHEMA " + c.Schema + " TO " + name,
		"GRANT " + rights + " ON " + c.Schema + ".ticket TO " + name})
	return sdk.Secret(server.DSNFor(name, "open", testDatabase))
}

func TestRowsHiddenByAPolicyAreTold(t *testing.T) {
	server := sharedPostgres(t)
	c := makePostgres(t, server, peopleTable, ticketWith("1", "req_email", "m@example.fi"), "ALTER TABLE ticket ENABLE ROW LEVEL SECURITY")
	i := mustOpen(t, mapping(t, c, people), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	if len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || !strings.Contains(h.notices[0].Message, "row-level security") {
		t.Errorf("notices = %+v", h.notices)
	}
}

func TestColumnsTheAccountMayNotRead(t *testing.T) {
	server := sharedPostgres(t)
	c := makePostgres(t, server, peopleTable)
	c.DSN = account(t, server, c, "SELECT (ticket_no, subject)")
	_, err := open(t.Context(), mapping(t, c, people), env("ticketing"))
	if p := problem(t, err); p.Class != core.ClassAuth || !strings.HasPrefix(p.ConfigPath, "types.ticket.") {
		t.Errorf("problem = %+v", p)
	}
}

func TestTablesOfOtherSchemas(t *testing.T) {
	server := sharedPostgres(t)
	makePostgres(t, server) // for a number of its own
	name := fmt.Sprintf("schemas%d", shared.schemas)
	if err := server.CreateDatabase(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	execute(t, "pgx", server.DSN(name), []string{"CREATE SCHEMA hr", `CREATE SCHEMA "Toinen Skeema"`, strings.Replace(peopleTable, "ticket (", `"Toinen Skeema"."Tiketit" (`, 1),
		"CREATE TABLE hr.secret (id int)", "CREATE TABLE notes (id int)", `CREATE TABLE "Toinen Skeema".extra (id int)`,
		`INSERT INTO "Toinen Skeema"."Tiketit" (ticket_no, req_email) VALUES ('1', 'm@example.fi')`})
	c := Config{Driver: "postgres", DSN: sdk.Secret(server.ReaderDSN(name))}
	i := mustOpen(t, mapping(t, c, strings.Replace(people, "table: ticket", "table: Toinen Skeema.Tiketit", 1)), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h, "ticket/1")
	if len(h.notices) != 1 || !strings.Contains(h.notices[0].Message, `"Toinen Skeema.extra", "notes"`) {
		t.Errorf("notices = %+v", h.notices)
	}
	c.Schema = "Toinen Skeema"
	i = mustOpen(t, mapping(t, c, strings.Replace(people, "table: ticket", "table: Tiketit", 1)), "ticketing")
	h = ask(t, i, one(id(t, core.Email, "m@example.fi")))
	if len(h.notices) != 1 || !strings.Contains(h.notices[0].Message, `"extra";`) {
		t.Errorf("notices = %+v", h.notices)
	}
}

func TestFailuresOfSQLite(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{filepath.Join(dir, "missing.db"): "no file", dir: "folder", text: "no SQLite database", "": "needs the database file"} {
		_, err := open(t.Context(), mapping(t, Config{Driver: "sqlite", Database: path}, people), env("ticketing"))
		if p := problem(t, err); p.Class != core.ClassConfig || p.ConfigPath != "database" || !strings.Contains(p.Message, says) {
			t.Errorf("problem = %+v, want %q", p, says)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "missing.db")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a missing file was made")
	}
}

func TestFailuresOfPostgres(t *testing.T) {
	server := sharedPostgres(t)
	const secret = "hunter2-0123"
	for dsn, class := range map[string]core.Class{
		server.DSNFor(server.Reader, secret, testDatabase):                                  core.ClassAuth,
		server.DSNFor("nobody", secret, testDatabase):                                       core.ClassAuth,
		server.DSNFor(server.Reader, server.ReaderPassword, "nosuch"):                       core.ClassConfig,
		(&servers.PostgreSQL{Host: "127.0.0.1", Port: 1}).DSNFor("x", secret, testDatabase): core.ClassTransient,
		"postgres://x:" + secret + "@[::1":                                                  core.ClassConfig,
		"host=127.0.0.1 password=" + secret + " sslmode=nonsense":                           core.ClassConfig,
		"": core.ClassConfig,
	} {
		c := mapping(t, Config{Driver: "postgres", DSN: sdk.Secret(dsn)}, people)
		_, err := open(t.Context(), c, env("ticketing"))
		p := problem(t, err)
		if p.Class != class {
			t.Errorf("class = %s, want %s: %s", p.Class, class, p.Message)
		}
		for _, hidden := range []string{secret, server.ReaderPassword} {
			if strings.Contains(p.Error(), hidden) {
				t.Errorf("the message holds the password: %s", p.Class)
			}
		}
	}
}

func TestCheckTellsWhichStepFailed(t *testing.T) {
	server := sharedPostgres(t)
	c := makePostgres(t, server, peopleTable)
	i := mustOpen(t, mapping(t, c, people), "ticketing")
	_ = i.db.Close()
	for dsn, step := range map[string]string{server.DSNFor(server.Reader, "wrong", "postgres"): stepSignIn, (&servers.PostgreSQL{Host: "127.0.0.1", Port: 1}).DSN("x"): stepConnect} {
		c.DSN = sdk.Secret(dsn)
		db, err := openPostgres(c)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		i.db = db
		var told checked
		i.check(t.Context(), &told)
		if told.status[step] != "fail" {
			t.Errorf("steps = %v, want %s to fail", told.status, step)
		}
	}
}

func TestASlowStatementIsEnded(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		slow := "CREATE VIEW slow AS SELECT 1 AS id, 'm@example.fi' AS mail, (SELECT count(*) FROM generate_series(1, 100000000000)) AS n"
		switch d.driver {
		case "mariadb":
			slow = "CREATE VIEW slow AS SELECT 1 AS id, 'm@example.fi' AS mail, (SELECT count(*) FROM seq_1_to_100000000 a, seq_1_to_100000000 b WHERE a.seq <> b.seq) AS n"
		case "sqlite":
			slow = "CREATE VIEW slow AS SELECT 1 AS id, 'm@example.fi' AS mail, (WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM x) SELECT max(i) FROM x) AS n"
		}
		i := mustOpen(t, mapping(t, d.make(t, slow), "types: {ticket: {table: slow, key: [id], fields: {title: n}, parties: [{slot: requester, fields: {email: mail}}]}}"), "ticketing")
		i.timeout = 300 * time.Millisecond
		err := i.search(t.Context(), query(one(id(t, core.Email, "m@example.fi"))), &heard{})
		if p := problem(t, err); p.Class != core.ClassDeadline {
			t.Errorf("problem = %+v", p)
		}
		ctx, cancel := context.WithCancel(t.Context())
		i.timeout = time.Minute
		time.AfterFunc(100*time.Millisecond, cancel)
		if err := i.search(ctx, query(one(id(t, core.Email, "m@example.fi"))), &heard{}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}

func TestASearchSeesOneSnapshot(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		statements := append([]string{}, manyTickets(chunk+1)...)
		if d.driver == "sqlite" {
			statements = append([]string{"PRAGMA journal_mode=WAL"}, statements...)
		}
		c := d.make(t, statements...)
		i := mustOpen(t, mapping(t, c, withComments), "ticketing")
		h := &heard{}
		changed := false
		s := &onFirst{heard: h, do: func() {
			changed = true
			switch d.driver {
			case "sqlite":
				execute(t, "sqlite", fileURL(c.Database), []string{"DELETE FROM ticket"})
			case "mariadb":
				execute(t, "mysql", sharedMariaDB(t).DSN(databaseName(t, c)), []string{"DELETE FROM ticket"})
			default:
				execute(t, "pgx", sharedPostgres(t).DSN(testDatabase), []string{"DELETE FROM " + c.Schema + ".ticket"})
			}
		}}
		if err := i.search(t.Context(), query(one(id(t, core.Email, "maija@example.fi"))), s); err != nil {
			t.Fatal(err)
		}
		if len(h.records) != chunk+1 || !changed {
			t.Errorf("%d records", len(h.records))
		}
	})
}

// onFirst does something at the first record.
type onFirst struct {
	*heard
	do func()
}

func (o *onFirst) Emit(r core.Record) error {
	if len(o.records) == 0 {
		o.do()
	}
	return o.heard.Emit(r)
}

func TestPlanOfStatementsDoesNotGrowWithRecords(t *testing.T) {
	c := makeSQLite(t, manyTickets(chunk)...)
	i := mustOpen(t, mapping(t, c, withComments), "ticketing")
	p, err := compile(i.config, i.profile, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := newMatcher(p.types[0], []core.KeySet{{AllOf: one(id(t, core.Email, "maija@example.fi"))}}, i.issuers, i.zone)
	finds := 0
	for _, set := range p.types[0].sets {
		if m.findStatements(i.dialect, p.types[0].root(), set) != nil {
			finds++
		}
	}
	if finds != 1 || len(p.types[0].sets) != 2 {
		t.Errorf("%d find statements, %d sets", finds, len(p.types[0].sets))
	}
}

func TestExactColumnsUseTheIndex(t *testing.T) {
	c := makeSQLite(t, peopleTable, "CREATE INDEX by_mail ON ticket (req_email)", ticketWith("1", "req_email", "maija@example.fi"), ticketWith("2", "req_email", "MAIJA@example.fi"))
	i := mustOpen(t, mapping(t, c, strings.Replace(people, "email: req_email", "email: {column: req_email, exact: true}", 1)), "ticketing")
	key := id(t, core.Email, "maija@example.fi")
	wantRefs(t, ask(t, i, one(key)), "ticket/1")
	err := i.snapshot(t.Context(), func(s *session) error {
		typ := s.plan.types[0]
		only := *typ.root()
		only.parties = only.parties[:1] // the assignee's column is not exact
		m := newMatcher(typ, []core.KeySet{{AllOf: one(key)}}, i.issuers, i.zone)
		st := m.findStatements(s.dialect, typ.root(), &only)[0]
		explain := statementOf(s.dialect, "EXPLAIN QUERY PLAN "+st.text.String())
		explain.args = st.args
		var plan []string
		err := s.each(t.Context(), explain, func(raw []any) error { plan = append(plan, fmt.Sprint(raw[3])); return nil })
		if !strings.Contains(strings.Join(plan, "\n"), "by_mail") {
			t.Errorf("plan = %q", plan)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
