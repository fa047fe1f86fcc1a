package sqlsource

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func postgresDialect() *dialect {
	return &dialect{
		name: "postgres", open: openPostgres,
		begin:       beginPostgres,
		options:     fixedOptions(sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}),
		catalogue:   postgresCatalogue,
		proof:       postgresProof,
		classify:    classifyPostgres,
		quote:       quoteDouble,
		placeholder: func(n int) string { return "$" + strconv.Itoa(n) },
		maxArgs:     65535,
		limit:       limitRows,
		// The C collation compares bytes whatever the column's collation is,
		// and allows LIKE where a nondeterministic one forbids it.
		text:    func(expr string, _ column) string { return "(CAST(" + expr + ` AS text) COLLATE "C")` },
		like:    func(text, pattern string) string { return text + " ILIKE " + pattern + ` ESCAPE '\'` },
		foreign: func(text string, run int) string { return text + " ~ '" + strings.Repeat(`[^\x01-\x7f]`, run) + "'" },
		holds:   postgresHolds,
		blobs:   postgresBlobs,
		read:    postgresRead,
		blob:    hexBlob,
		value:   writtenValue,
		key:     func(expr string, _ column) string { return "CAST(" + expr + " AS text)" },
		keyPart: writtenKeyPart,
		instant: rfc3339,
		cut: func(expr string, c column, from, bytes string) string {
			if c.Class != classBinary {
				expr = "convert_to(CAST(" + expr + " AS text), 'UTF8')"
			}
			return "substring(" + expr + " FROM " + from + " FOR " + bytes + ")"
		},
	}
}

// openPostgres makes the handle. The text of a connection string never enters
// an error: it holds the password.
func openPostgres(c Config) (*sql.DB, error) {
	if c.Database != "" {
		return nil, sdk.ConfigError("database", "driver postgres is told its database by the secret `dsn`; remove this setting")
	}
	if c.DSN == "" {
		return nil, sdk.ConfigError("dsn", "driver postgres needs the secret `dsn`, such as host=db.example port=5432 dbname=tickets user=reader password=... sslmode=verify-full")
	}
	cfg, err := pgx.ParseConfig(c.DSN.Reveal())
	if err != nil {
		return nil, sdk.ConfigError("dsn", "the secret is no PostgreSQL connection string; it has the form host=db.example port=5432 dbname=tickets user=reader password=... sslmode=verify-full")
	}
	// Nothing is prepared: a changed table must not be read by an old
	// description, and a connection pooler may stand between. Every parameter
	// is text, so that the server finds its type, and one round trip is enough.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	return stdlib.OpenDB(*cfg), nil
}

// beginPostgres bounds every statement and fixes the forms in which values
// are written and patterns read. A database that does not know its encoding
// gives bytes as they are, and takes them so.
func beginPostgres(ctx context.Context, tx *sql.Tx, timeout time.Duration) error {
	ms := strconv.FormatInt(max(timeout.Milliseconds(), 1), 10)
	rows, err := tx.QueryContext(ctx, `SELECT set_config('statement_timeout', $1, true), set_config('datestyle', 'ISO, YMD', true),
		set_config('intervalstyle', 'iso_8601', true), set_config('timezone', 'UTC', true),
		set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true),
		set_config('standard_conforming_strings', 'on', true),
		set_config('client_encoding', CASE WHEN pg_catalog.getdatabaseencoding() = 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, true)`, ms)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

const postgresTables = `SELECT n.nspname, c.relname, c.relkind IN ('v'), row_security_active(c.oid),
		has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE')
			OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE'),
		a.attname, COALESCE(b.typname, y.typname), COALESCE(b.typtype, y.typtype)::text,
		COALESCE(b.typname, y.typname) = 'citext' OR NOT COALESCE(l.collisdeterministic, true),
		has_column_privilege(c.oid, a.attnum, 'SELECT')
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
		LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
		LEFT JOIN pg_catalog.pg_type b ON y.typtype = 'd' AND b.oid = y.typbasetype
	WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v') AND NOT c.relispartition
		AND n.nspname IN (`

// postgresCatalogue reads the tables of the schemas that the mapping may touch,
// also those that the account may not read, so that none is overlooked.
func postgresCatalogue(ctx context.Context, q querier, config Config) (*schema, error) {
	defaultSchema := config.Schema
	if defaultSchema == "" {
		defaultSchema = "public"
	}
	schemas := schemasOf(config, defaultSchema)
	st := &statement{dialect: postgresDialect()}
	marks := make([]string, len(schemas))
	for i, name := range schemas {
		marks[i] = st.bind(name)
	}
	in := strings.Join(marks, ", ") + ")"
	rows, err := q.QueryContext(ctx, postgresTables+in+" ORDER BY n.nspname, c.relname, a.attnum", st.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	s := &schema{Default: defaultSchema}
	for rows.Next() {
		var t table
		var col, typ, kind string
		var folds, readable bool
		if err := rows.Scan(&t.Schema, &t.Name, &t.View, &t.Filtered, &t.Writable, &col, &typ, &kind, &folds, &readable); err != nil {
			return nil, err
		}
		if n := len(s.Tables); n == 0 || s.Tables[n-1].Name != t.Name || s.Tables[n-1].Schema != t.Schema {
			s.Tables = append(s.Tables, &t)
		}
		last := s.Tables[len(s.Tables)-1]
		c := postgresColumn(col, typ, kind)
		c.Unreadable = !readable
		if folds {
			c.Folds = foldsLetters
		}
		last.Columns = append(last.Columns, c)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if err := firstRow(ctx, q, "SELECT pg_catalog.getdatabaseencoding()", func(values ...any) {
		encoding, _ := written(values[0])
		for _, t := range s.Tables {
			for i := range t.Columns {
				t.Columns[i].Encoding = encoding
			}
		}
	}); err != nil {
		return nil, err
	}
	return s, postgresUnique(ctx, q, s, in, st.args)
}

// postgresUnique adds the unique sets of columns: whole unique indices over
// plain columns. A table that others inherit from shows their rows too, which
// its indices do not cover.
func postgresUnique(ctx context.Context, q querier, s *schema, in string, schemas []any) error {
	rows, err := q.QueryContext(ctx, `SELECT n.nspname, c.relname, i.indexrelid::bigint, a.attname
		FROM pg_catalog.pg_index i
			JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
			JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
		WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid
			AND NOT (c.relkind = 'r' AND c.relhassubclass) AND n.nspname IN (`+in+" ORDER BY 1, 2, 3", schemas...)
	if err != nil {
		return err
	}
	defer rows.Close()
	last := int64(-1)
	for rows.Next() {
		var space, name, col string
		var index int64
		if err := rows.Scan(&space, &name, &index, &col); err != nil {
			return err
		}
		t := s.find(space + "." + name)
		if t == nil {
			continue
		}
		if index != last {
			t.Unique = append(t.Unique, nil)
		}
		last = index
		t.Unique[len(t.Unique)-1] = append(t.Unique[len(t.Unique)-1], col)
	}
	return rows.Err()
}

// postgresColumn follows the type; a domain has that of its base.
func postgresColumn(name, typ, kind string) column {
	c := column{Name: name}
	if strings.HasPrefix(typ, "_") && kind == "b" {
		c.Class, c.Element = classList, postgresColumn("", typ[1:], kind).Class
		return c
	}
	if kind != "b" {
		return c // enumerations, composites, ranges: through their text
	}
	switch typ {
	case "text", "varchar", "bpchar", "citext", "name":
		c.Class = classText
	case "int2":
		c.Class, c.Bits = classInteger, 16
	case "int4":
		c.Class, c.Bits = classInteger, 32
	case "int8":
		c.Class, c.Bits = classInteger, 64
	case "numeric", "float4", "float8":
		c.Class = classDecimal
	case "bool":
		c.Class = classFlag
	case "date":
		c.Class = classDate
	case "timestamp":
		c.Class = classTime
	case "timestamptz":
		c.Class = classZoned
	case "bytea":
		c.Class = classBinary
	}
	return c
}

// postgresRead reads through text, which every value has: infinite dates and
// unknown types included, which the driver would fail on.
func postgresRead(expr string, c column) string {
	switch c.Class {
	case classBinary:
		return "CASE WHEN octet_length(" + expr + ") > " + strconv.Itoa(maxBlob) + " THEN '" + sizePrefix + "' || octet_length(" + expr + ") ELSE encode(" + expr + ", 'hex') END"
	case classList:
		return "CAST(array_to_json(" + expr + ") AS text)"
	case classText, classOther:
		text := "CAST(" + expr + " AS text)"
		return "CASE WHEN octet_length(" + text + ") > " + strconv.Itoa(maxText) + " THEN chr(1) || '" + sizePrefix + "' || octet_length(" + text + ") ELSE " + text + " END"
	default:
		return "CAST(" + expr + " AS text)"
	}
}

// postgresHolds reads bytes without the x that their text begins with.
func postgresHolds(expr string, c column, kind core.Kind) string {
	text := "CAST(" + expr + " AS text)"
	if c.Class == classBinary {
		text = "encode(" + expr + ", 'escape')"
	}
	text = "REPLACE(" + text + `, ' ', '') COLLATE "C" ~ `
	switch kind {
	case core.PersonalIdentityCode:
		return text + `'[1-9]' AND ` + text + `'[0-9]{6}[^0-9][0-9]{3}[0-9A-Za-z]'`
	case core.EmployeeNumber, core.BusinessID:
		return text + `'[1-9]'`
	default:
		return text + `'[0-9A-Za-z]'`
	}
}

// postgresBlobs takes every value of a bytea column, since the database
// compares bytes with no pattern.
func postgresBlobs(expr string, c column) string {
	if c.Class != classBinary {
		return ""
	}
	return expr + " IS NOT NULL"
}

// postgresProof asks whether the account may write. The transaction refuses
// to, but an account that cannot is the better lock.
func postgresProof(ctx context.Context, q querier, s *schema, mapped []*table) (*core.Problem, error) {
	super := false
	err := firstRow(ctx, q, "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", func(values ...any) { super = values[0] == true })
	if err != nil {
		return nil, err
	}
	p := &core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, ConfigPath: "dsn"}
	if super {
		p.Message = "the account is a superuser and may write; use an account that has only CONNECT, USAGE on the schema and SELECT on the mapped tables"
		return p, nil
	}
	return writableTables(p, s, mapped, "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON these tables FROM the account"), nil
}

// classifyPostgres tells a problem by its SQLSTATE. The server's own message
// may quote values and is left out.
func classifyPostgres(err error) *core.Problem {
	var pg *pgconn.PgError
	var op *net.OpError
	var dns *net.DNSError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &pg):
		return problemOfState(pg)
	case errors.As(err, &op), errors.As(err, &dns):
		return problemIn(sdk.TransientError("the database server cannot be reached", err))
	case pgconn.Timeout(err):
		return &core.Problem{Class: core.ClassDeadline, Origin: core.OriginSystem, Message: "the database server did not answer in time"}
	case errors.As(err, &connect):
		return problemIn(sdk.TransientError("the connection to the database server failed; if this lasts, check host, port and sslmode of the secret `dsn`", err))
	case pgconn.SafeToRetry(err):
		return problemIn(sdk.TransientError("the connection to the database server was lost", err))
	default:
		return nil
	}
}

func problemOfState(pg *pgconn.PgError) *core.Problem {
	p := &core.Problem{Origin: core.OriginSystem}
	state := pg.Code
	switch {
	case strings.HasPrefix(state, "28"):
		p.Class, p.ConfigPath = core.ClassAuth, "dsn"
		p.Message = "the database server refuses the account or its password"
	case state == "42501":
		p.Class, p.Message = core.ClassAuth, "the account may not read a mapped table; as the owner run GRANT SELECT on it"
	case state == "3D000":
		p.Class, p.ConfigPath, p.Message = core.ClassConfig, "dsn", "the server has no database of that name"
	case state == "42P01", state == "42703", state == "3F000":
		p.Class, p.Message = core.ClassConfig, "a mapped table or column is no longer there; run `sources check`"
	case state == "57014":
		p.Class, p.Message = core.ClassDeadline, "a statement took too long; raise the time-out or mark indexed columns exact"
	case strings.HasPrefix(state, "08"), strings.HasPrefix(state, "53"), strings.HasPrefix(state, "57"),
		strings.HasPrefix(state, "40"), strings.HasPrefix(state, "55"), strings.HasPrefix(state, "58"):
		p.Class, p.Message = core.ClassTransient, "the database server cannot answer just now"
	case strings.HasPrefix(state, "22"):
		p.Class, p.Message = core.ClassData, "the database holds a value that it cannot itself convert"
	default:
		p.Class, p.Message = core.ClassBug, "the database server refused a statement"
	}
	p.Message += fmt.Sprintf(" (SQLSTATE %s)", state)
	return p
}

func problemIn(err error) *core.Problem {
	var p *core.Problem
	if errors.As(err, &p) {
		return p
	}
	return nil
}
