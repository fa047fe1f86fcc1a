package sqlsource

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresSettings bounds every statement and fixes the forms in which values
// are written and patterns read. A database that does not know its encoding
// gives bytes as they are, and takes them so.
const postgresSettings = `SELECT set_config('statement_timeout', $1, true), set_config('datestyle', 'ISO, YMD', true),
		set_config('intervalstyle', 'iso_8601', true), set_config('timezone', 'UTC', true),
		set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true),
		set_config('standard_conforming_strings', 'on', true),
		set_config('client_encoding', CASE WHEN pg_catalog.getdatabaseencoding() = 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, true)`

func milliseconds(timeout time.Duration) string {
	return strconv.FormatInt(max(timeout.Milliseconds(), 1), 10)
}

// beginPostgres makes the settings of a transaction.
func beginPostgres(ctx context.Context, tx *sql.Tx, timeout time.Duration) error {
	rows, err := tx.QueryContext(ctx, postgresSettings, milliseconds(timeout))
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

const postgresEncoding = "SELECT pg_catalog.getdatabaseencoding()"

// postgresIndices reads the unique sets of columns: whole unique indices over
// plain columns. A table that others inherit from shows their rows too, which
// its indices do not cover.
const postgresIndices = `SELECT n.nspname, c.relname, i.indexrelid::bigint, a.attname
	FROM pg_catalog.pg_index i
		JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
	WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid
		AND NOT (c.relkind = 'r' AND c.relhassubclass) AND n.nspname IN (`

// postgresReading reads the catalogue: three statements with the parameters
// args, whose answers its methods take in this order.
type postgresReading struct {
	schema     *schema
	statements [3]string
	args       [3][]any
}

// answered are the rows of a statement.
type answered interface {
	Next() bool
	Scan(into ...any) error
	Err() error
}

func newPostgresReading(config Config) *postgresReading {
	r := &postgresReading{schema: &schema{Default: config.Schema}}
	if r.schema.Default == "" {
		r.schema.Default = "public"
	}
	st := &statement{dialect: postgresDialect()}
	schemas := schemasOf(config, r.schema.Default)
	marks := make([]string, len(schemas))
	for i, name := range schemas {
		marks[i] = st.bind(name)
	}
	in := strings.Join(marks, ", ") + ")"
	r.statements = [3]string{postgresTables + in + " ORDER BY n.nspname, c.relname, a.attnum", postgresEncoding, postgresIndices + in + " ORDER BY 1, 2, 3"}
	r.args = [3][]any{st.args, nil, st.args}
	return r
}

// take takes the answer of the nth statement.
func (r *postgresReading) take(n int, rows answered) error {
	return [...]func(answered) error{r.tables, r.encoding, r.unique}[n](rows)
}

// postgresCatalogue reads the tables of the schemas that the mapping may touch,
// also those that the account may not read, so that none is overlooked.
func postgresCatalogue(ctx context.Context, q querier, config Config) (*schema, error) {
	r := newPostgresReading(config)
	for n, text := range r.statements {
		rows, err := q.QueryContext(ctx, text, r.args[n]...)
		if err != nil {
			return nil, err
		}
		err = r.take(n, rows)
		_ = rows.Close() // take has read to the end or failed
		if err != nil {
			return nil, err
		}
	}
	return r.schema, nil
}

// postgresSnapshot begins a read-only transaction on one snapshot, makes its
// settings and reads the catalogue, in one round trip.
func postgresSnapshot(ctx context.Context, conn *sql.Conn, timeout time.Duration, config Config) (*schema, error) {
	r := newPostgresReading(config)
	err := conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("a connection of %T", driver)
		}
		batch := &pgx.Batch{}
		batch.Queue("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
		batch.Queue(postgresSettings, milliseconds(timeout))
		for n, text := range r.statements {
			batch.Queue(text, r.args[n]...)
		}
		answers := c.Conn().SendBatch(ctx, batch)
		return errors.Join(r.answers(answers), answers.Close())
	})
	if err != nil {
		return nil, err
	}
	return r.schema, nil
}

func (r *postgresReading) answers(all pgx.BatchResults) error {
	for range 2 { // BEGIN and the settings
		if _, err := all.Exec(); err != nil {
			return err
		}
	}
	for n := range r.statements {
		rows, err := all.Query()
		if err != nil {
			return err
		}
		err = r.take(n, rows)
		rows.Close()
		if err := errors.Join(err, rows.Err()); err != nil {
			return err
		}
	}
	return nil
}

func (r *postgresReading) tables(rows answered) error {
	s := r.schema
	for rows.Next() {
		var t table
		var col, typ, kind string
		var folds, readable bool
		if err := rows.Scan(&t.Schema, &t.Name, &t.View, &t.Filtered, &t.Writable, &col, &typ, &kind, &folds, &readable); err != nil {
			return err
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
	return rows.Err()
}

// encoding notes in which encoding the database keeps text.
func (r *postgresReading) encoding(rows answered) error {
	for rows.Next() {
		var encoding string
		if err := rows.Scan(&encoding); err != nil {
			return err
		}
		for _, t := range r.schema.Tables {
			for i := range t.Columns {
				t.Columns[i].Encoding = encoding
			}
		}
	}
	return rows.Err()
}

func (r *postgresReading) unique(rows answered) error {
	last := int64(-1)
	for rows.Next() {
		var space, name, col string
		var index int64
		if err := rows.Scan(&space, &name, &index, &col); err != nil {
			return err
		}
		t := r.schema.find(space + "." + name)
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
