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

	ora "github.com/sijms/go-ora/v2"
	"github.com/sijms/go-ora/v2/configurations"
	"github.com/sijms/go-ora/v2/network"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func oracleDialect() *dialect {
	return &dialect{
		name: "oracle", open: openOracle,
		begin:       beginOracle,
		options:     fixedOptions(sql.TxOptions{}), // the driver takes none
		catalogue:   oracleCatalogue,
		proof:       oracleProof,
		classify:    classifyOracle,
		quote:       quoteDouble,
		placeholder: func(n int) string { return ":" + strconv.Itoa(n) },
		maxArgs:     65535,
		limit:       func(n int) (top, end string) { return "", " FETCH FIRST " + strconv.Itoa(n) + " ROWS ONLY" },
		parameter:   oracleParameter,
		text:        oracleText,
		like:        func(text, pattern string) string { return "UPPER(" + text + ") LIKE UPPER(" + pattern + `) ESCAPE '\'` },
		foreign: func(text string, run int) string {
			return "REGEXP_LIKE(" + text + ", '[^' || CHR(1) || '-' || CHR(127) || ']{" + strconv.Itoa(run) + "}')"
		},
		holds:          oracleHolds,
		blobs:          oracleBlobs,
		read:           oracleRead,
		blob:           markedBlob,
		value:          writtenValue,
		key:            oracleKey,
		keyPart:        sqlserverKeyPart,
		instant:        func(t time.Time) string { return t.Format("2006-01-02 15:04:05 -07:00") },
		datesHaveTimes: true,
	}
}

// openOracle makes the handle. The text of a connection string never enters an
// error: it holds the password.
func openOracle(c Config) (*sql.DB, error) {
	if c.Database != "" {
		return nil, sdk.ConfigError("database", "driver oracle is told its database by the secret `dsn`; remove this setting")
	}
	const form = "oracle://reader:password@db.example:1521/service"
	if c.DSN == "" {
		return nil, sdk.ConfigError("dsn", "driver oracle needs the secret `dsn`, such as %s", form)
	}
	cfg, err := configurations.ParseConfig(c.DSN.Reveal())
	if err != nil || cfg.UserID == "" || len(cfg.Servers) == 0 {
		return nil, sdk.ConfigError("dsn", "the secret is no connection string of Oracle; it has the form %s", form)
	}
	if cfg.TraceFilePath != "" {
		return nil, sdk.ConfigError("dsn", "the connection string asks for a trace file, which would hold data; remove TRACE FILE")
	}
	return sql.OpenDB(ora.NewConnector(c.DSN.Reveal())), nil
}

// beginOracle makes the transaction a read-only snapshot, and fixes the forms
// in which values are written and texts compared. Oracle bounds no statement
// by itself: it ends with its context.
func beginOracle(ctx context.Context, tx *sql.Tx, _ time.Duration) error {
	for _, statement := range []string{"SET TRANSACTION READ ONLY", `ALTER SESSION SET NLS_COMP = BINARY NLS_SORT = BINARY NLS_NUMERIC_CHARACTERS = '.,'
		NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS' NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9' NLS_TIMESTAMP_TZ_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM' TIME_ZONE = '+00:00'`} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// oracleParameter compares as the column's type does: CHAR is filled up with
// blanks, days and times are no text.
func oracleParameter(mark string, c column) string {
	switch {
	case c.Type == "CHAR":
		return "CAST(" + mark + " AS CHAR(2000))"
	case c.Type == "NCHAR":
		return "CAST(" + mark + " AS NCHAR(1000))"
	case c.Class == classDate:
		return "TO_DATE(" + mark + ", 'YYYY-MM-DD HH24:MI:SS')"
	case c.Class == classTime:
		return "TO_TIMESTAMP(" + mark + ", 'YYYY-MM-DD HH24:MI:SS.FF9')"
	case c.Class == classZoned:
		return "TO_TIMESTAMP_TZ(" + mark + ", 'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM')"
	default:
		return mark
	}
}

// oracleText gives the written form of a value that is no bytes.
func oracleText(expr string, c column) string {
	switch c.Class {
	case classText:
		if c.Type == "CHAR" || c.Type == "NCHAR" {
			return "RTRIM(" + expr + ")"
		}
		return expr
	case classDecimal:
		if strings.HasPrefix(c.Type, "BINARY_") {
			return "TO_CHAR(" + expr + ")"
		}
		return "TO_CHAR(" + expr + ", 'TM9')"
	case classDate:
		return "TO_CHAR(" + expr + ", 'YYYY-MM-DD HH24:MI:SS')"
	case classTime:
		return "TO_CHAR(" + expr + ", 'YYYY-MM-DD HH24:MI:SS.FF9')"
	case classZoned:
		return "TO_CHAR(" + expr + `, 'YYYY-MM-DD"T"HH24:MI:SS.FF9TZH:TZM')`
	}
	if c.Type == "XMLTYPE" {
		return "XMLSERIALIZE(CONTENT " + expr + " AS CLOB)"
	}
	if c.Type == "CLOB" || c.Type == "NCLOB" {
		return expr
	}
	return "TO_CHAR(" + expr + ")"
}

// oracleOpaque tells whether the type is one that no expression can read.
func oracleOpaque(c column) bool {
	switch c.Type {
	case "LONG", "LONG RAW", "BFILE", "ANYDATA", "SDO_GEOMETRY", "REF", "VECTOR", "OBJECT":
		return true
	}
	return false
}

// oracleRead gives bytes as they are and all else in its written form; of a
// type that it cannot read, a mark of bytes.
func oracleRead(expr string, c column) string {
	size := "CHR(1) || '" + sizePrefix + "' || DBMS_LOB.GETLENGTH(" + expr + ")"
	switch {
	case oracleOpaque(c):
		return "CASE WHEN " + expr + " IS NULL THEN NULL ELSE UTL_RAW.CAST_TO_RAW(CHR(0)) END"
	case c.Type == "RAW":
		return expr
	case c.Type == "BLOB":
		return "CASE WHEN DBMS_LOB.GETLENGTH(" + expr + ") > " + strconv.Itoa(maxBlob) + " THEN TO_BLOB(UTL_RAW.CAST_TO_RAW(" + size + ")) ELSE " + expr + " END"
	case c.Type == "CLOB", c.Type == "NCLOB":
		return "CASE WHEN DBMS_LOB.GETLENGTH(" + expr + ") > " + strconv.Itoa(maxText) + " THEN TO_" + c.Type + "(" + size + ") ELSE " + expr + " END"
	default:
		return oracleText(expr, c)
	}
}

func oracleBlobs(expr string, c column) string {
	if c.Class == classBinary {
		return expr + " IS NOT NULL"
	}
	return ""
}

func oracleKey(expr string, c column) string {
	if c.Class == classBinary {
		return expr
	}
	return oracleText(expr, c)
}

func oracleHolds(expr string, c column, kind core.Kind) string {
	text := oracleText(expr, c)
	if c.Class == classBinary {
		text = "UTL_RAW.CAST_TO_VARCHAR2(" + expr + ")"
		if c.Type != "RAW" {
			text = "UTL_RAW.CAST_TO_VARCHAR2(DBMS_LOB.SUBSTR(" + expr + ", 2000, 1))"
		}
	}
	text = "REGEXP_LIKE(REPLACE(" + text + ", ' ', ''), "
	switch kind {
	case core.PersonalIdentityCode:
		return text + `'[1-9]') AND ` + text + `'[0-9]{6}[^0-9][0-9]{3}[0-9A-Za-z]')`
	case core.EmployeeNumber, core.BusinessID:
		return text + `'[1-9]')`
	default:
		return text + `'[0-9A-Za-z]')`
	}
}

// classifyOracle tells a problem by its number. The server's own message may
// quote values and is left out.
func classifyOracle(err error) *core.Problem {
	var o *network.OracleError
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &o):
		return problemOfOracle(o.ErrCode)
	case errors.As(err, &op), errors.As(err, &dns):
		return problemIn(sdk.TransientError("the database server cannot be reached", err))
	default:
		return nil
	}
}

func problemOfOracle(number int) *core.Problem {
	p := &core.Problem{Origin: core.OriginSystem}
	switch number {
	case 1005, 1017, 1045, 28000, 28001, 28002, 28003, 28009, 28040, 28007, 1035:
		p.Class, p.ConfigPath, p.Message = core.ClassAuth, "dsn", "the database server refuses the account or its password"
	case 1031, 1720, 41900:
		p.Class, p.Message = core.ClassAuth, "the account may not read a mapped table; as the owner run GRANT READ on it"
	case 12154, 12504, 12505, 12514, 12521, 12541:
		p.Class, p.ConfigPath, p.Message = core.ClassConfig, "dsn", "the server has no service of that name"
	case 942, 904, 4043, 980, 1775:
		p.Class, p.Message = core.ClassConfig, "a mapped table or column is no longer there, or the account may not read it; run `sources check`"
	case 1013, 30006, 51, 40, 3136:
		p.Class, p.Message = core.ClassDeadline, "a statement took too long; raise the time-out or mark indexed columns exact"
	case 54, 60, 1033, 1034, 1089, 1090, 1092, 18, 20, 28, 1555, 3113, 3114, 3135, 12170, 12516, 12518, 12519, 12520, 12528, 12537, 12547, 12570, 12571, 25408, 4030, 4031, 4068, 8177, 1652, 4036:
		p.Class, p.Message = core.ClassTransient, "the database server cannot answer just now"
	case 1722, 1830, 1839, 1841, 1843, 1847, 1858, 1861, 6502, 22835, 22921, 29275, 12703:
		p.Class, p.Message = core.ClassData, "the database holds a value that it cannot itself convert"
	case 1578, 1110, 1115, 8103, 600, 7445:
		p.Class, p.Message = core.ClassNeedsHuman, "the database is damaged; its owner must repair it"
	default:
		p.Class, p.Message = core.ClassBug, "the database server refused a statement"
	}
	p.Message += fmt.Sprintf(" (ORA-%05d)", number)
	return p
}
