//go:build linux

package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
)

// sixTables are three systems with six tables, and how many rows of each are
// the person's: 13 in all, among many of other people.
var sixTables = []struct {
	system, recordType, table, slot string
	rows                            int
}{
	{"V1.1", "case", "case_file", "party", 3},
	{"V1.1", "contract", "case_contract", "counterparty", 2},
	{"V1.1", "journal_entry", "journal", "party", 2},
	{"V6.4", "contact", "contact", "contact", 2},
	{"V6.4", "invoice", "invoice", "payee", 2},
	{"V1.3", "contract", "contract", "counterparty", 2},
}

// fillSixTables makes the tables in one database.
func fillSixTables(b *testing.B, dsn string, demo *demoRun, code string, others int) {
	b.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for _, t := range sixTables {
		for _, statement := range []string{
			fmt.Sprintf(`CREATE TABLE %s (id bigint PRIMARY KEY, title text, name text, code text, email text)`, t.table),
			fmt.Sprintf(`INSERT INTO %s SELECT n, 'Asia ' || n, 'Testinen Tuuli ' || n, NULL, 'asiakas' || n || '@posti.example' FROM generate_series(1, %d) n`, t.table, others),
			fmt.Sprintf(`INSERT INTO %s SELECT %d + n, 'Oma ' || n, '%s', '%s', '%s' FROM generate_series(1, %d) n`,
				t.table, others, demo.text(b, "name"), code, demo.text(b, "emails"), t.rows),
			fmt.Sprintf(`CREATE INDEX ON %s (code)`, t.table), fmt.Sprintf(`CREATE INDEX ON %s (lower(code))`, t.table),
			fmt.Sprintf(`CREATE INDEX ON %s (email)`, t.table), fmt.Sprintf(`CREATE INDEX ON %s (lower(email))`, t.table),
			fmt.Sprintf(`ANALYZE %s`, t.table), fmt.Sprintf(`GRANT SELECT ON %s TO PUBLIC`, t.table),
		} {
			if _, err := db.ExecContext(b.Context(), statement); err != nil {
				b.Fatalf("%s: %v", statement, err)
			}
		}
	}
}

// wireSixTables writes a sources file that has the tables and nothing else.
func wireSixTables(b *testing.B, home, dsn string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(home, "keys", "six"), []byte(dsn), 0o600); err != nil {
		b.Fatal(err)
	}
	var out strings.Builder
	out.WriteString("sources:\n")
	last := ""
	for _, t := range sixTables {
		if t.system != last {
			last = t.system
			tables := `"*": "another system's"`
			fmt.Fprintf(&out, "  %s:\n    plugin: sql\n    secrets: {dsn: {file: keys/six}}\n    config:\n      driver: postgres\n      ignore_tables: {%s}\n      types:\n", t.system, tables)
		}
		fmt.Fprintf(&out, "        %s:\n          table: %s\n          key: [id]\n          ignore: {title: \"not needed here\"}\n          parties:\n"+
			"            - {slot: %s, fields: {name: name, personal_identity_code: {column: code, exact: true}, email: {column: email, exact: true}}}\n", t.recordType, t.table, t.slot)
	}
	if err := os.WriteFile(filepath.Join(home, app.SourcesFile), []byte(out.String()), 0o600); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSixTables asks six indexed tables of a PostgreSQL server about one
// person among ever more others, with processes that are warm, and prints the
// processor time of the coordinator and of the plugins and the number of
// statements. They must not grow with the number of people.
func BenchmarkSixTables(b *testing.B) {
	for _, people := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) { sixTablesOf(b, people) })
	}
}

func sixTablesOf(b *testing.B, people int) {
	ctx := b.Context()
	server := serverstest.PostgreSQL(b)
	if err := server.CreateDatabase(ctx, "six"); err != nil {
		b.Fatal(err)
	}
	demo, home := demoOfStaff(b)
	a, err := app.Open(ctx, home, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	file, err := a.Store.File(ctx, demo.Request)
	if err != nil {
		b.Fatal(err)
	}
	request, err := access.Load(ctx, file)
	if err != nil {
		b.Fatal(err)
	}
	if err := a.Close(ctx); err != nil {
		b.Fatal(err)
	}
	fillSixTables(b, server.DSN("six"), demo, request.Subject.Of("personal-identity-code")[0].Value, people)
	wireSixTables(b, home, server.ReaderDSN("six"))
	if a, err = app.Open(ctx, home, io.Discard); err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := a.Close(context.WithoutCancel(ctx)); err != nil {
			b.Error(err)
		}
	}()
	request.Scope.Systems = []string{"V1.1", "V6.4", "V1.3"}
	ask := func() (statements uint64, records int) {
		file, err := a.NewRequest(ctx, request)
		if err != nil {
			b.Fatal(err)
		}
		answer, err := a.Run(ctx, file, false, nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range answer.Coverage {
			records += c.Records
			for _, t := range c.Types {
				statements += t.Statements
			}
		}
		return statements, records
	}
	if _, records := ask(); records < 13 { // the processes are warm after it
		b.Fatalf("%d records were found, want 13", records)
	}
	var statements uint64
	own, plugins := cpuOfSelf(), cpuOfChildren(b)
	for b.Loop() {
		statements, _ = ask()
	}
	n := float64(b.N)
	coordinator, others := (cpuOfSelf()-own).Seconds()*1000/n, (cpuOfChildren(b)-plugins).Seconds()*1000/n
	b.ReportMetric(coordinator, "coordinator-cpu-ms")
	b.ReportMetric(others, "plugins-cpu-ms")
	b.ReportMetric(coordinator+others, "cpu-ms")
	b.ReportMetric(30, "cpu-ms-aim")
	b.ReportMetric(float64(statements), "statements")
	b.ReportMetric(float64(len(sixTables)), "statements-aim")
}

// cpuOfSelf gives the processor time that this process has taken.
func cpuOfSelf() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cpuOfChildren gives the processor time of the plugin processes that run.
func cpuOfChildren(tb testing.TB) time.Duration {
	tb.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		tb.Fatal(err)
	}
	total := time.Duration(0)
	for _, list := range lists {
		raw, err := os.ReadFile(list)
		if err != nil {
			continue // the thread is gone
		}
		for _, pid := range strings.Fields(string(raw)) {
			if name, err := os.ReadFile("/proc/" + pid + "/cmdline"); err != nil || !strings.Contains(string(name), "serve") {
				continue
			}
			threads, err := filepath.Glob("/proc/" + pid + "/task/*/schedstat")
			if err != nil {
				tb.Fatal(err)
			}
			for _, t := range threads {
				if raw, err := os.ReadFile(t); err == nil {
					first, _, _ := strings.Cut(string(raw), " ")
					if ns, err := strconv.ParseInt(first, 10, 64); err == nil {
						total += time.Duration(ns)
					}
				}
			}
		}
	}
	return total
}
