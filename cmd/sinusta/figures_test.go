//go:build linux

package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to fill a database

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/store"
)

// demoOfStaff runs a demo for its default subject, of the staff, who stands in every
// system, and gives the home with it.
func demoOfStaff(tb testing.TB) (demo *demoRun, home string) {
	tb.Helper()
	demo = runDemo(tb)
	return demo, filepath.Join(demo.dir, "home")
}

// moreTickets gives the person who asked n tickets more, each with a number and
// a text of its own.
func moreTickets(tb testing.TB, demo *demoRun, n int) {
	tb.Helper()
	db, err := sql.Open("sqlite", filepath.Join(demo.dir, "world", "tickets.db"))
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		tb.Fatal(err)
	}
	rows, err := tx.QueryContext(ctx, "SELECT name FROM pragma_table_info('ticket')")
	if err != nil {
		tb.Fatal(err)
	}
	var columns, values []string
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			tb.Fatal(err)
		}
		columns = append(columns, c)
		switch c {
		case "ticket_no":
			values = append(values, "printf('INC9%06d', n.i)")
		case "body":
			values = append(values, "printf('%d: ', n.i) || body")
		case "req_name":
			values = append(values, "?1")
		case "req_email":
			values = append(values, "?2")
		case "req_kieku":
			values = append(values, "?3")
		case "req_phone", "req_user", "req_virtu":
			values = append(values, "NULL")
		default:
			values = append(values, c)
		}
	}
	if err := rows.Close(); err != nil {
		tb.Fatal(err)
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < %d)
		INSERT INTO ticket (%s) SELECT %s FROM (SELECT * FROM ticket LIMIT 1), n`, n, strings.Join(columns, ", "), strings.Join(values, ", ")), demo.text(tb, "name"), demo.text(tb, "emails"), demo.text(tb, "employee_number"))
	if err != nil {
		tb.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		tb.Fatal(err)
	}
}

// text gives a text of the person who asked: a member, or the first value of
// a list.
func (r *demoRun) text(tb testing.TB, member string) string {
	tb.Helper()
	switch v := r.persons[r.Subject][member].(type) {
	case string:
		return v
	case []any:
		if first, ok := v[0].(map[string]any); ok {
			return first["value"].(string)
		}
	}
	tb.Fatalf("the person has no %s", member)
	return ""
}

// spent is what a command and the processes below it took.
type spent struct {
	wall, cpu time.Duration
	peak      int64 // KiB of PSS, all processes together
}

// measure runs the program and looks at the memory of it and its plugins
// every few milliseconds. The program reads input.
func measure(tb testing.TB, home, input string, args ...string) spent {
	tb.Helper()
	cmd := exec.Command(program(tb), append([]string{"--home", home}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var s spent
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			s.wall = time.Since(began)
			s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			if code := cmd.ProcessState.ExitCode(); code != 0 && code != 3 {
				tb.Fatalf("%v: %v\n%s", args, err, out.String())
			}
			return s
		case <-tick.C:
			s.peak = max(s.peak, familyPSS(cmd.Process.Pid))
		}
	}
}

// familyPSS gives the proportional set size of a process and its children, in
// KiB.
func familyPSS(pid int) int64 {
	total := pss(pid)
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return total
	}
	for _, file := range tasks {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, child := range strings.Fields(string(raw)) {
			if n, err := strconv.Atoi(child); err == nil {
				total += familyPSS(n)
			}
		}
	}
	return total
}

func pss(pid int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Pss:" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}

// BenchmarkOnePersonsTickets answers a person with ever more tickets, from
// the stored request to the written report, and prints what that takes; beside
// it what the search index takes that an official may want as well, built by
// the first search. The cost of a ticket must not grow with their number.
func BenchmarkOnePersonsTickets(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1_000, 10_000, 20_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			demo, home := demoOfStaff(b)
			without := answered(b, demo, home)
			moreTickets(b, demo, n)
			for b.Loop() {
				with := answered(b, demo, home)
				b.ReportMetric(with.cpu.Seconds(), "cpu-s")
				b.ReportMetric(with.search.cpu.Seconds(), "search-cpu-s")
				b.ReportMetric(with.report.cpu.Seconds(), "report-cpu-s")
				b.ReportMetric((with.cpu-without.cpu).Seconds()*1000/float64(n), "cpu-ms/ticket")
				b.ReportMetric((with.search.wall + with.report.wall).Seconds(), "wall-s")
				b.ReportMetric(float64(with.search.peak)/1024, "search-MiB")
				b.ReportMetric(float64(with.report.peak)/1024, "report-MiB")
				index := measure(b, home, demo.text(b, "name"), "search", demo.Request, "--json")
				b.ReportMetric(index.cpu.Seconds(), "index-cpu-s")
				b.ReportMetric(float64(index.peak)/1024, "index-MiB")
				if n == 20_000 {
					b.ReportMetric(2, "cpu-s-aim")
					b.ReportMetric(150, "MiB-aim")
				}
			}
			if info, err := os.Stat(filepath.Join(demo.dir, "out", "report.json")); err == nil {
				b.ReportMetric(float64(info.Size())/1e6, "json-MB")
			}
		})
	}
}

// answer is what one whole answer took: the search and the report.
type answer struct {
	search, report spent
	cpu            time.Duration
}

// answered searches again for the person who asked, and writes the report.
func answered(b *testing.B, demo *demoRun, home string) answer {
	b.Helper()
	a := answer{
		search: measure(b, home, "", "request", "run", demo.Request, "--again"),
		report: measure(b, home, "", "report", demo.Request, "--out", filepath.Join(demo.dir, "out"), "--force"),
	}
	a.cpu = a.search.cpu + a.report.cpu
	return a
}

// BenchmarkRecords reads a person's tickets through one plugin process:
// without keeping them; through the whole run with log, sealed store and
// matching; and with the search index built after it.
func BenchmarkRecords(b *testing.B) {
	const tickets, system = 20_000, "V6.1"
	demo, home := demoOfStaff(b)
	moreTickets(b, demo, tickets)
	id := demo.Request
	ctx := b.Context()
	a, err := app.Open(ctx, home, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := a.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	file, err := a.Store.File(ctx, id)
	if err != nil {
		b.Fatal(err)
	}
	request, err := access.Load(ctx, file)
	if err != nil {
		b.Fatal(err)
	}
	plan, err := access.MakePlan(request, a.Catalogue, a.Wiring(), time.Now())
	if err != nil {
		b.Fatal(err)
	}
	plan.Tasks = slices.DeleteFunc(plan.Tasks, func(t access.Task) bool { return t.System != system })
	if len(plan.Tasks) != 1 {
		b.Fatalf("the plan does not ask %s", system)
	}
	perSecond := func(b *testing.B, records int) {
		if records < tickets {
			b.Fatalf("%d records came, want %d and more", records, tickets)
		}
		b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	}
	b.Run("bare", func(b *testing.B) {
		records := 0
		for b.Loop() {
			records = 0
			q := core.Query{Request: id, AnyOf: plan.Tasks[0].AnyOf}
			source, err := a.Start(ctx, system)
			if err != nil {
				b.Fatal(err)
			}
			_, err = source.Search(ctx, q, func(e core.Event) error { records += len(e.Records); return nil })
			if err := errors.Join(err, source.Close(ctx)); err != nil {
				b.Fatal(err)
			}
		}
		perSecond(b, records)
	})
	request.Scope.Systems = []string{system}
	answer := func(b *testing.B) (file *store.File, records int) {
		file, err := a.NewRequest(ctx, request)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := a.Run(ctx, file, false, func(u access.Update) { records = max(records, u.Records) }); err != nil {
			b.Fatal(err)
		}
		return file, records
	}
	b.Run("store", func(b *testing.B) {
		records := 0
		for b.Loop() {
			_, records = answer(b)
		}
		perSecond(b, records)
	})
	b.Run("store-and-index", func(b *testing.B) {
		records := 0
		for b.Loop() {
			var file *store.File
			file, records = answer(b)
			ix, err := a.Index(ctx, file)
			if err != nil {
				b.Fatal(err)
			}
			if err := ix.Close(); err != nil {
				b.Fatal(err)
			}
		}
		perSecond(b, records)
	})
}
