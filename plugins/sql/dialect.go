package sqlsource

import (
	"context"
	"database/sql"
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
	// begin makes tx a bounded read-only snapshot.
	begin func(ctx context.Context, tx *sql.Tx, timeout time.Duration) error
	// options of the transaction of a search.
	options sql.TxOptions
	// catalogue reads the tables and columns from the database's own
	// catalogue.
	catalogue func(ctx context.Context, q querier, c Config) (*schema, error)
	// proof tells why the account or the handle could write, or "".
	proof func(ctx context.Context, q querier, s *schema, mapped []*table) (*core.Problem, error)
	// classify makes an error of the driver a problem without values.
	classify func(err error) *core.Problem

	quote       func(name string) string
	placeholder func(n int) string
	// text gives an expression as text that compares byte by byte.
	text func(expr string) string
	// like compares a text expression with a pattern, A to Z in any case; the
	// escape character is a backslash.
	like func(text, pattern string) string
	// foreign is true for a text expression that holds run characters beyond
	// ASCII in a row.
	foreign func(text string, run int) string
	// holds is true for a value that may be an identifier of the kind, as
	// sdk.HoldsKey tells; false or null for others.
	holds func(expr string, c column, kind core.Kind) string
	// blobs is true for a value that is bytes; "" where the column holds none.
	blobs func(expr string, c column) string
	// read gives the expression whose result blob and value understand, and
	// key the one that keyPart understands. blob is false for what is no
	// bytes.
	read    func(expr string, c column) string
	blob    func(raw any, c column) (blob, bool)
	value   func(raw any, c column, zone *time.Location) core.Value
	key     func(expr string) string
	keyPart func(raw any, c column) (keyPart, bool)
	// looseTypes is true where any column holds any value, and a text may be
	// compared with it.
	looseTypes bool
}

func dialects() map[string]*dialect {
	return map[string]*dialect{"sqlite": sqliteDialect(), "postgres": postgresDialect()}
}

// quoteDouble quotes a name as the SQL standard has it.
func quoteDouble(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
