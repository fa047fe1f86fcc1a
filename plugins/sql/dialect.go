package sqlsource

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
)

// dialect is what differs between databases. A new database adds one value of
// it, in a file of its own, and its name to dialects.
type dialect struct {
	name string
	// open makes the handle; it need not connect.
	open func(c Config) (*sql.DB, error)
	// options gives those of a search's transaction: read-only and one
	// snapshot where the driver and the database have such.
	options func(ctx context.Context, conn *sql.Conn) (sql.TxOptions, error)
	// begin bounds what runs in tx, and fixes the forms in which values are
	// written and patterns read.
	begin func(ctx context.Context, tx *sql.Tx, timeout time.Duration) error
	// catalogue reads the tables and columns from the database's own
	// catalogue.
	catalogue func(ctx context.Context, q querier, c Config) (*schema, error)
	// snapshot, where there is one, does what options, begin and catalogue do,
	// at less cost.
	snapshot func(ctx context.Context, conn *sql.Conn, timeout time.Duration, c Config) (*schema, error)
	// proof tells why the account or the handle could write, or "".
	proof func(ctx context.Context, q querier, s *schema, mapped []*table) (*core.Problem, error)
	// classify makes an error of the driver a problem without values.
	classify func(err error) *core.Problem

	quote       func(name string) string
	placeholder func(n int) string
	// maxArgs bounds the parameters of a statement. Where reuses is true, one
	// parameter may stand in several places of a statement.
	maxArgs int
	reuses  bool
	// limit gives what bounds a statement to n rows: what stands after SELECT,
	// and what stands at the end.
	limit func(n int) (top, end string)
	// parameter gives a placeholder as what compares with the column; nil for
	// the placeholder itself.
	parameter func(mark string, c column) string
	// text gives a column as text that compares byte by byte.
	text func(expr string, c column) string
	// like compares a text expression with a pattern, A to Z in any case; the
	// escape character is a backslash. pattern escapes what else the dialect
	// takes for a sign; nil for nothing.
	like    func(text, pattern string) string
	pattern func(p string) string
	// foreign is true for a text expression that holds run characters beyond
	// ASCII in a row.
	foreign func(text string, run int) string
	// holds is true for a value that may be an identifier of the kind, as
	// sdk.HoldsKey tells; false or null for others.
	holds func(expr string, c column, kind core.Kind) string
	// documents is how columns of JSON are looked into; nil where the database
	// has no function for it whose path may be a parameter.
	documents *documents
	// blobs is true for a value that is bytes; "" where the column holds none.
	blobs func(expr string, c column) string
	// read gives the expression whose result blob and value understand, and
	// key the one that keyPart understands. blob is false for what is no
	// bytes. A value above maxBlob or maxText gives its size alone.
	read    func(expr string, c column) string
	blob    func(raw any, c column) (blob, bool)
	value   func(raw any, c column, zone *time.Location) core.Value
	key     func(expr string, c column) string
	keyPart func(raw any, c column) (keyPart, bool)
	// textAsBytes is true where the driver gives text as bytes.
	textAsBytes bool
	// cut gives a number of bytes of a large value, from one on that counts
	// from 1; a text in UTF-8. nil reads the value whole.
	cut func(expr string, c column, from, bytes string) string
	// instant writes a time for a comparison with a column of classZoned.
	instant func(t time.Time) string
	// looseTypes is true where any column holds any value, and a text may be
	// compared with it.
	looseTypes bool
	// prepares is true where a statement that runs again need not be parsed
	// again, at no cost for those that run once.
	prepares bool
	// datesHaveTimes is true where a column of days also holds a time.
	datesHaveTimes bool
}

// dialects gives the dialects by the name of the driver in a configuration.
func dialects() map[string]*dialect {
	return map[string]*dialect{"sqlite": sqliteDialect(), "postgres": postgresDialect(), "mariadb": mysqlDialect("mariadb"), "mysql": mysqlDialect("mysql"),
		"sqlserver": sqlserverDialect(), "oracle": oracleDialect()}
}

// keysAtOnce gives how many keys of that many columns one statement takes.
func (d *dialect) keysAtOnce(columns int) int {
	const readings = 4 // of one value, where types are loose
	return max(1, min(chunk, d.maxArgs/(readings*max(1, columns))))
}

// fixedOptions gives the same options for every transaction.
func fixedOptions(o sql.TxOptions) func(context.Context, *sql.Conn) (sql.TxOptions, error) {
	return func(context.Context, *sql.Conn) (sql.TxOptions, error) { return o, nil }
}

// limitRows bounds a statement as most databases have it.
func limitRows(n int) (top, end string) { return "", " LIMIT " + strconv.Itoa(n) }

// rfc3339 writes a time with its zone.
func rfc3339(t time.Time) string { return t.Format(time.RFC3339) }

// quoteDouble quotes a name as the SQL standard has it.
func quoteDouble(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
