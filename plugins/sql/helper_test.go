package sqlsource

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// database is a place where a test can make tables.
type database struct {
	driver string
	// make runs the statements in a new database and gives what a
	// configuration needs to reach it.
	make func(t *testing.T, statements ...string) Config
}

// onEveryDatabase runs a test on SQLite, PostgreSQL and MariaDB.
func onEveryDatabase(t *testing.T, f func(t *testing.T, d database)) {
	t.Run("sqlite", func(t *testing.T) { f(t, database{"sqlite", makeSQLite}) })
	t.Run("postgres", func(t *testing.T) {
		server := sharedPostgres(t)
		f(t, database{"postgres", func(t *testing.T, statements ...string) Config {
			return makePostgres(t, server, statements...)
		}})
	})
	t.Run("mariadb", func(t *testing.T) {
		server := sharedMariaDB(t)
		f(t, database{"mariadb", func(t *testing.T, statements ...string) Config {
			return makeMariaDB(t, server, statements...)
		}})
	})
}

var shared struct {
	server *servers.PostgreSQL
	err    error
	dir    string
	// schemas counts those that tests have made.
	schemas int

	mariaDB    *servers.MariaDB
	mariaErr   error
	mariaDir   string
	mariaMakes int
}

// sharedMariaDB is sharedPostgres for MariaDB.
func sharedMariaDB(t *testing.T) *servers.MariaDB {
	t.Helper()
	if shared.mariaDB == nil && shared.mariaErr == nil {
		if shared.mariaDir, shared.mariaErr = os.MkdirTemp("", "sinusta-sql-test-"); shared.mariaErr == nil { //nolint:usetesting // outlives the test
			shared.mariaDB, shared.mariaErr = servers.StartMariaDB(context.Background(), filepath.Join(shared.mariaDir, "server"))
		}
	}
	serverstest.Require(t, shared.mariaErr)
	return shared.mariaDB
}

// mariaWords are words of the tests' statements that MariaDB has others for.
// A text that is indexed needs a length there.
var mariaWords = []struct {
	word *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`\bTEXT\b`), "VARCHAR(190)"},
	{regexp.MustCompile(`\bTIMESTAMP\b`), "DATETIME"},
	{regexp.MustCompile(`\bBYTEA\b`), "VARBINARY(190)"},
	{regexp.MustCompile(` REFERENCES \w+`), ""},
	{regexp.MustCompile(`ON emp \(num\)`), "ON emp (num(20))"},
}

// makeMariaDB makes the tables in a database of their own.
func makeMariaDB(t *testing.T, server *servers.MariaDB, statements ...string) Config {
	t.Helper()
	shared.mariaMakes++
	name := "m" + strconv.Itoa(shared.mariaMakes)
	if err := server.CreateDatabase(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	var translated []string
	for _, s := range statements {
		if s = strings.TrimSpace(s); !strings.HasPrefix(s, "CREATE ") {
			translated = append(translated, s)
			continue
		}
		for _, w := range mariaWords {
			s = w.word.ReplaceAllString(s, w.with)
		}
		for _, one := range strings.Split(s, ";\n") {
			if one = strings.Trim(one, "; \n"); one != "" {
				translated = append(translated, one)
			}
		}
	}
	execute(t, "mysql", server.DSN(name)+"?sql_mode='ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'", translated)
	return Config{Driver: "mariadb", DSN: sdk.Secret(server.ReaderDSN(name)), CAFile: server.CAFile}
}

// sharedPostgres starts one server for all tests of the package; TestMain
// stops it.
func sharedPostgres(t *testing.T) *servers.PostgreSQL {
	t.Helper()
	if shared.server == nil && shared.err == nil {
		if shared.dir, shared.err = os.MkdirTemp("", "sinusta-sql-test-"); shared.err == nil { //nolint:usetesting // outlives the test
			shared.server, shared.err = servers.StartPostgreSQL(context.Background(), filepath.Join(shared.dir, "server"))
		}
	}
	serverstest.Require(t, shared.err)
	return shared.server
}

// TestMain makes the test binary its own plugin.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "plugin" && os.Args[2] == "serve" {
		if err := sdk.Serve(New()); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	if shared.server != nil {
		shared.server.Stop()
	}
	if shared.mariaDB != nil {
		shared.mariaDB.Stop()
	}
	for _, dir := range []string{shared.dir, shared.mariaDir} {
		if dir != "" {
			_ = os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}

func makeSQLite(t *testing.T, statements ...string) Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data ä#?%.db")
	execute(t, "sqlite", fileURL(path), statements)
	return Config{Driver: "sqlite", Database: path}
}

func fileURL(path string) string {
	u := url.URL{Scheme: "file", Path: path}
	return u.String()
}

// makePostgres makes the tables in a schema of their own.
func makePostgres(t *testing.T, server *servers.PostgreSQL, statements ...string) Config {
	t.Helper()
	if shared.schemas == 0 {
		if err := server.CreateDatabase(t.Context(), testDatabase); err != nil {
			t.Fatal(err)
		}
	}
	shared.schemas++
	name := "s" + strconv.Itoa(shared.schemas)
	statements = append([]string{"CREATE SCHEMA " + name}, statements...)
	execute(t, "pgx", server.DSN(testDatabase)+"&search_path="+name, statements)
	return Config{Driver: "postgres", DSN: sdk.Secret(server.ReaderDSN(testDatabase)), Schema: name}
}

const testDatabase = "tests"

func execute(t testing.TB, driver, dsn string, statements []string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%v\nin: %.200s", err, s)
		}
	}
}

// databaseName gives the database of MariaDB that makeMariaDB has made.
func databaseName(t *testing.T, c Config) string {
	t.Helper()
	cfg, err := mysql.ParseDSN(c.DSN.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return cfg.DBName
}

// mapping adds the types of a YAML mapping to a configuration.
func mapping(t testing.TB, c Config, text string) Config {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

func env(kind string) sdk.Env {
	return sdk.Env{System: "T1", Kind: kind, Timeout: 20 * time.Second, Log: slog.New(slog.DiscardHandler),
		Issuers: map[core.Kind]string{core.EmployeeNumber: "kieku", core.TicketNumber: "T1", core.UserID: "ad", core.DiaryNumber: "valtori"}}
}

func mustOpen(t testing.TB, c Config, kind string) *instance {
	t.Helper()
	i, err := open(t.Context(), c, env(kind))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = i.Close() })
	return i
}

// heard is a sink that keeps what a search tells.
type heard struct {
	records     []core.Record
	checkpoints []core.Checkpoint
	after       []int // how many records stood before each checkpoint
	notices     []core.Problem
	counts      map[string]core.TypeCount
	leftOut     []core.LeftOut
	stopAt      int // fail the emission of this record, 0 for never
}

var errStopped = errors.New("stopped")

func (h *heard) Emit(r core.Record) error {
	if h.stopAt > 0 && len(h.records) >= h.stopAt {
		return errStopped
	}
	h.records = append(h.records, r)
	return nil
}

func (h *heard) Checkpoint(c core.Checkpoint) error {
	h.checkpoints, h.after = append(h.checkpoints, c), append(h.after, len(h.records))
	return nil
}

func (h *heard) Notice(p core.Problem) error { h.notices = append(h.notices, p); return nil }

func (h *heard) Examined(c core.TypeCount) {
	if h.counts == nil {
		h.counts = map[string]core.TypeCount{}
	}
	h.counts[c.Type] = c
}

func (h *heard) LeftOut(l []core.LeftOut) { h.leftOut = l }

func (h *heard) Progress(uint64) {}

func (h *heard) refs() []string {
	out := []string{}
	for _, r := range h.records {
		out = append(out, r.Ref)
	}
	return out
}

// ask searches by alternatives, each a list of identifiers that belong
// together.
func ask(t *testing.T, i *instance, sets ...[]core.Identifier) *heard {
	t.Helper()
	h := &heard{}
	if err := i.search(t.Context(), query(sets...), h); err != nil {
		t.Fatalf("search: %v", err)
	}
	return h
}

func query(sets ...[]core.Identifier) core.Query {
	q := core.Query{Request: "test"}
	for _, s := range sets {
		q.AnyOf = append(q.AnyOf, core.KeySet{AllOf: s})
	}
	return q
}

// id gives an identifier as the coordinator sends it.
func id(t testing.TB, k core.Kind, raw string) core.Identifier {
	t.Helper()
	i, err := identifier.Parse(k, raw)
	if err != nil {
		t.Fatalf("parse %s: %v", k, err)
	}
	i.Issuer = env("").Issuers[k]
	i.Forms = identifier.Forms(i)
	return i
}

func one(ids ...core.Identifier) []core.Identifier { return ids }

func wantRefs(t *testing.T, h *heard, want ...string) {
	t.Helper()
	got := h.refs()
	if !slices.Equal(got, append([]string{}, want...)) {
		t.Errorf("refs = %q, want %q", got, want)
	}
}

func problem(t *testing.T, err error) *core.Problem {
	t.Helper()
	var p *core.Problem
	if !errors.As(err, &p) {
		t.Fatalf("error is no problem: %v", err)
	}
	return p
}

// checked is what a check tells.
type checked struct {
	status   map[string]string
	problems []core.Problem
}

func (c *checked) Run(name string, f func() error) {
	if c.status == nil {
		c.status = map[string]string{}
	}
	c.status[name] = "ok"
	if err := f(); err != nil {
		c.status[name] = "fail"
		var p *core.Problem
		if errors.As(err, &p) {
			c.problems = append(c.problems, *p)
		}
	}
}

func (c *checked) Warn(name string, p core.Problem) {
	c.status[name] = "warn"
	c.problems = append(c.problems, p)
}
