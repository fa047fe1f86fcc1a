package sqlsource

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

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
		snapshot:    postgresSnapshot,
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
		holds:   postgresHolds, documents: postgresDocuments(),
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
	case "json", "jsonb":
		c.Type = typ
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
