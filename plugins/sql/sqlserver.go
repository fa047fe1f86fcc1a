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

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func sqlserverDialect() *dialect {
	return &dialect{
		name: "sqlserver", open: openSQLServer,
		begin:       beginSQLServer,
		options:     sqlserverOptions,
		catalogue:   sqlserverCatalogue,
		proof:       sqlserverProof,
		classify:    classifySQLServer,
		quote:       func(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" },
		placeholder: func(n int) string { return "@p" + strconv.Itoa(n) },
		maxArgs:     2100 - 10, // the driver's own call takes some
		reuses:      true,
		limit:       func(n int) (top, end string) { return "TOP " + strconv.Itoa(n) + " ", "" },
		text:        sqlserverText,
		// This collation compares code by code; the others fold accents and
		// pass over characters that they do not know.
		like: func(text, pattern string) string {
			return "UPPER(" + text + ") LIKE UPPER(" + pattern + `) ESCAPE '\'`
		},
		pattern: func(p string) string { return strings.ReplaceAll(p, "[", `\[`) },
		foreign: func(text string, run int) string {
			return text + " LIKE N'%" + strings.Repeat("[^' + NCHAR(1) + N'-' + NCHAR(127) + N']", run) + "%'"
		},
		holds:   sqlserverHolds,
		blobs:   postgresBlobs,
		read:    sqlserverRead,
		blob:    markedBlob,
		value:   sqlserverValue,
		key:     sqlserverKey,
		keyPart: sqlserverKeyPart,
		instant: rfc3339,
	}
}

// openSQLServer makes the handle. The text of a connection string never enters
// an error: it holds the password.
func openSQLServer(c Config) (*sql.DB, error) {
	if c.Database != "" {
		return nil, sdk.ConfigError("database", "driver sqlserver is told its database by the secret `dsn`; remove this setting")
	}
	const form = "sqlserver://reader:password@db.example:1433?database=tickets&encrypt=true"
	if c.DSN == "" {
		return nil, sdk.ConfigError("dsn", "driver sqlserver needs the secret `dsn`, such as %s", form)
	}
	cfg, err := msdsn.Parse(c.DSN.Reveal())
	if err != nil {
		return nil, sdk.ConfigError("dsn", "the secret is no connection string of SQL Server; it has the form %s", form)
	}
	if cfg.Database == "" {
		return nil, sdk.ConfigError("dsn", "the secret names no database; it has the form %s", form)
	}
	cfg.LogFlags = 0 // the driver's log would hold statements with their parameters
	return sql.OpenDB(mssql.NewConnectorConfig(cfg)), nil
}

// sqlserverOptions asks for a snapshot where the database allows one. The
// driver knows no read-only transactions: the account must be one that cannot
// write, and the transaction is always rolled back.
func sqlserverOptions(ctx context.Context, conn *sql.Conn) (sql.TxOptions, error) {
	state := 0
	err := conn.QueryRowContext(ctx, "SELECT CAST(snapshot_isolation_state AS int) FROM sys.databases WHERE database_id = DB_ID()").Scan(&state)
	if err != nil || state != 1 {
		return sql.TxOptions{}, err
	}
	return sql.TxOptions{Isolation: sql.LevelSnapshot}, nil
}

// beginSQLServer bounds the wait for locks; the statements themselves end
// with their context.
func beginSQLServer(ctx context.Context, tx *sql.Tx, timeout time.Duration) error {
	_, err := tx.ExecContext(ctx, "SET NOCOUNT ON; SET DATEFORMAT ymd; SET LOCK_TIMEOUT "+strconv.FormatInt(max(timeout.Milliseconds(), 1), 10))
	return err
}

// sqlserverText gives text in a collation that compares code by code.
func sqlserverText(expr string, c column) string {
	return sqlserverWritten(expr, c) + " COLLATE Latin1_General_BIN2"
}

// sqlserverWritten gives the written form of a value that is no bytes.
func sqlserverWritten(expr string, c column) string {
	switch c.Type {
	case "char", "nchar":
		return "RTRIM(CONVERT(nvarchar(4000), " + expr + "))"
	case "date":
		return "CONVERT(nvarchar(40), " + expr + ", 23)"
	case "datetime", "smalldatetime", "datetime2", "datetimeoffset", "time":
		return "CONVERT(nvarchar(40), " + expr + ", 126)"
	case "money", "smallmoney":
		return "CONVERT(nvarchar(40), " + expr + ", 2)"
	case "float", "real":
		return "CONVERT(nvarchar(60), " + expr + ", 3)"
	case "sql_variant":
		return "CONVERT(nvarchar(4000), " + expr + ")"
	case "hierarchyid", "geometry", "geography":
		return expr + ".ToString()"
	default:
		return "CONVERT(nvarchar(max), " + expr + ")"
	}
}

// sqlserverRead gives bytes as they are and all else in its written form.
func sqlserverRead(expr string, c column) string {
	size := "CHAR(1) + '" + sizePrefix + "' + CONVERT(varchar(20), DATALENGTH(" + expr + "))"
	switch c.Class {
	case classBinary:
		return "CASE WHEN DATALENGTH(" + expr + ") > " + strconv.Itoa(maxBlob) + " THEN CONVERT(varbinary(max), " + size + ") ELSE CONVERT(varbinary(max), " + expr + ") END"
	case classText, classOther:
		if c.Type == "sql_variant" {
			break
		}
		return "CASE WHEN DATALENGTH(" + expr + ") > " + strconv.Itoa(maxText) + " THEN CONVERT(nvarchar(max), " + size + ") ELSE " + sqlserverWritten(expr, c) + " END"
	}
	return sqlserverWritten(expr, c)
}

func sqlserverKey(expr string, c column) string {
	if c.Class == classBinary {
		return "CONVERT(varbinary(max), " + expr + ")"
	}
	return sqlserverWritten(expr, c)
}

func sqlserverKeyPart(raw any, c column) (keyPart, bool) {
	if b, ok := raw.([]byte); ok && c.Class == classBinary {
		return keyPart{Type: keyBytes, Text: b, bind: b}, true
	}
	return writtenKeyPart(raw, c)
}

// sqlserverValue reads a value; a float comes in 17 digits.
func sqlserverValue(raw any, c column, zone *time.Location) core.Value {
	if s, ok := raw.(string); ok && (c.Type == "float" || c.Type == "real") {
		bits := 64
		if c.Type == "real" {
			bits = 32
		}
		if f, err := strconv.ParseFloat(s, bits); err == nil {
			return core.DecimalValue(strconv.FormatFloat(f, 'f', -1, bits))
		}
	}
	return writtenValue(raw, c, zone)
}

func sqlserverHolds(expr string, c column, kind core.Kind) string {
	text := sqlserverWritten(expr, c)
	if c.Class == classBinary {
		text = "CONVERT(nvarchar(max), CONVERT(varchar(max), CONVERT(varbinary(max), " + expr + ")))"
	}
	text = "REPLACE(" + text + ", ' ', '') COLLATE Latin1_General_BIN2 LIKE "
	const digits3, digits6 = "[0-9][0-9][0-9]", "[0-9][0-9][0-9][0-9][0-9][0-9]"
	switch kind {
	case core.PersonalIdentityCode:
		return text + "'%[1-9]%' AND " + text + "'%" + digits6 + "[^0-9]" + digits3 + "[0-9A-Za-z]%'"
	case core.EmployeeNumber, core.BusinessID:
		return text + "'%[1-9]%'"
	default:
		return text + "'%[0-9A-Za-z]%'"
	}
}

// classifySQLServer tells a problem by its number. The server's own message
// may quote values and is left out.
func classifySQLServer(err error) *core.Problem {
	var ms mssql.Error
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &ms):
		return problemOfSQLServer(ms.Number)
	case errors.As(err, &op), errors.As(err, &dns):
		return problemIn(sdk.TransientError("the database server cannot be reached", err))
	case strings.Contains(err.Error(), "TLS Handshake failed"):
		return &core.Problem{Class: core.ClassConfig, Origin: core.OriginSystem, ConfigPath: "dsn",
			Message: "the encrypted connection failed: the server has no certificate that is trusted for its name; name the authority's file as certificate=... in the connection string"}
	default:
		return nil
	}
}

func problemOfSQLServer(number int32) *core.Problem {
	p := &core.Problem{Origin: core.OriginSystem}
	switch number {
	case 18456, 18452, 18450, 18470, 18486, 18487, 18488, 916, 4064:
		p.Class, p.ConfigPath, p.Message = core.ClassAuth, "dsn", "the database server refuses the account or its password"
	case 229, 230, 262, 297, 300, 371:
		p.Class, p.Message = core.ClassAuth, "the account may not read a mapped table; as the owner run GRANT SELECT on its schema"
	case 911, 4060:
		p.Class, p.ConfigPath, p.Message = core.ClassConfig, "dsn", "the server has no database of that name, or does not open it to the account"
	case 208, 207, 4121, 4413:
		p.Class, p.Message = core.ClassConfig, "a mapped table or column is no longer there; run `sources check`"
	case 1222, -2:
		p.Class, p.Message = core.ClassDeadline, "a statement took too long, or waited for a lock; raise the time-out or mark indexed columns exact"
	case 1205, 3960, 3961, 17142, 17197, 17830, 40197, 40501, 40540, 40544, 40549, 40550, 40551, 40552, 40553, 40613, 40615, 10053, 10054, 10060, 10928, 10929, 233, 64, 701, 845, 596, 927, 942, 983, 6005, 1204, 8645, 8651:
		p.Class, p.Message = core.ClassTransient, "the database server cannot answer just now"
	case 220, 241, 242, 244, 245, 248, 293, 295, 8114, 8115, 8152, 9402, 9420, 6522:
		p.Class, p.Message = core.ClassData, "the database holds a value that it cannot itself convert"
	case 823, 824, 825:
		p.Class, p.Message = core.ClassNeedsHuman, "the database is damaged; its owner must repair it"
	default:
		p.Class, p.Message = core.ClassBug, "the database server refused a statement"
	}
	p.Message += fmt.Sprintf(" (error %d)", number)
	return p
}
