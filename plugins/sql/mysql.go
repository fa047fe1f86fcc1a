package sqlsource

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// mysqlDialect serves MariaDB and MySQL. What only one of them understands
// stands in comments that only that one runs.
func mysqlDialect(name string) *dialect {
	return &dialect{
		name: name, open: openMySQL,
		begin:       beginMySQL,
		options:     fixedOptions(sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}),
		catalogue:   mysqlCatalogue,
		proof:       mysqlProof,
		classify:    classifyMySQL,
		quote:       mysqlQuote,
		placeholder: func(int) string { return "?" },
		maxArgs:     65535,
		limit:       limitRows,
		parameter:   mysqlParameter,
		// Every character set becomes this one without loss, and in this
		// collation nothing is equal but itself.
		text: func(expr string, _ column) string { return "CONVERT(" + expr + " USING utf8mb4) COLLATE utf8mb4_bin" },
		like: func(text, pattern string) string {
			return "LOWER(" + text + ") LIKE LOWER(" + pattern + `) ESCAPE '\'`
		},
		foreign: func(text string, run int) string {
			return text + ` REGEXP '[^\x01-\x7f]{` + strconv.Itoa(run) + "}'"
		},
		holds:       mysqlHolds,
		documents:   mysqlDocuments(),
		blobs:       postgresBlobs,
		read:        mysqlRead,
		blob:        hexBlob,
		value:       mysqlValue,
		key:         mysqlKey,
		keyPart:     mysqlKeyPart,
		textAsBytes: true,
		cut: func(expr string, c column, from, bytes string) string {
			if c.Class != classBinary {
				expr = "CONVERT(" + expr + " USING utf8mb4)"
			}
			return "SUBSTRING(CAST(" + expr + " AS BINARY), " + from + ", " + bytes + ")"
		},
		instant: func(t time.Time) string { return t.UTC().Format(time.DateTime) },
	}
}

func mysqlQuote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// mysqlParameter compares in the character set of the column, so that its
// index serves and the server need not reconcile several. What has no place in
// that set becomes a question mark, and the rows with one are compared here.
func mysqlParameter(mark string, c column) string {
	charset, _, _ := strings.Cut(c.Collation, "_")
	if c.Class != classText || charset == "" || charset == "utf8mb4" {
		return mark
	}
	return "CONVERT(" + mark + " USING " + charset + ") COLLATE " + c.Collation
}

// openMySQL makes the handle. The text of a connection string never enters an
// error: it holds the password.
func openMySQL(c Config) (*sql.DB, error) {
	if c.Database != "" {
		return nil, sdk.ConfigError("database", "driver %s is told its database by the secret `dsn`; remove this setting", c.Driver)
	}
	const form = "reader:password@tcp(db.example:3306)/tickets?tls=true"
	if c.DSN == "" {
		return nil, sdk.ConfigError("dsn", "driver %s needs the secret `dsn`, such as %s", c.Driver, form)
	}
	cfg, err := mysql.ParseDSN(c.DSN.Reveal())
	if err != nil {
		return nil, sdk.ConfigError("dsn", "the secret is no connection string of MariaDB or MySQL; it has the form %s", form)
	}
	if cfg.DBName == "" {
		return nil, sdk.ConfigError("dsn", "the secret names no database; it has the form %s", form)
	}
	if err := cfg.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, err
	}
	cfg.ParseTime, cfg.Loc, cfg.InterpolateParams, cfg.MultiStatements = false, time.UTC, false, false
	cfg.AllowAllFiles, cfg.Logger = false, silentLogger{}
	if c.CAFile != "" {
		if cfg.TLS, err = trusting(c.CAFile, cfg.Addr); err != nil {
			return nil, err
		}
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, sdk.ConfigError("dsn", "the secret is no connection string of MariaDB or MySQL; it has the form %s", form)
	}
	return sql.OpenDB(connector), nil
}

// trusting gives the settings of TLS for a server whose certificate the
// authority in the file has signed.
func trusting(file, address string) (*tls.Config, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, sdk.ConfigError("ca_file", "the file cannot be read; a relative path counts from the installation folder")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, sdk.ConfigError("ca_file", "the file holds no certificate in PEM form")
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	return &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}, nil
}

// silentLogger keeps the driver from writing about connections: what happens
// to them is told as a problem.
type silentLogger struct{}

func (silentLogger) Print(...any) {}

// beginMySQL bounds every statement, and fixes the forms in which values are
// written and patterns read.
func beginMySQL(ctx context.Context, tx *sql.Tx, timeout time.Duration) error {
	ms := max(timeout.Milliseconds(), 1)
	_, err := tx.ExecContext(ctx, fmt.Sprintf("SET SESSION time_zone = '+00:00', sql_mode = 'NO_BACKSLASH_ESCAPES'"+
		" /*M! , max_statement_time = %d.%03d */ /*!50708 , max_execution_time = %d */", ms/1000, ms%1000, ms))
	return err
}

// mysqlRead reads through text; bytes in hexadecimal digits.
func mysqlRead(expr string, c column) string {
	switch {
	case c.Class == classBinary:
		return "CASE WHEN OCTET_LENGTH(" + expr + ") > " + strconv.Itoa(maxBlob) + " THEN CONCAT('" + sizePrefix + "', OCTET_LENGTH(" + expr + ")) ELSE HEX(" + expr + ") END"
	case c.Type == "bit":
		return "CONVERT(" + expr + " + 0 USING utf8mb4)"
	case c.Class == classText, c.Class == classOther:
		return "CASE WHEN OCTET_LENGTH(" + expr + ") > " + strconv.Itoa(maxText) + " THEN CONCAT(CHAR(1 USING utf8mb4), '" + sizePrefix + "', OCTET_LENGTH(" + expr +
			")) ELSE CONVERT(" + expr + " USING utf8mb4) END"
	default:
		return "CONVERT(" + expr + " USING utf8mb4)"
	}
}

// mysqlKey gives bytes in hexadecimal digits and all else as text.
func mysqlKey(expr string, c column) string {
	switch {
	case c.Class == classBinary:
		return "HEX(" + expr + ")"
	case c.Type == "bit":
		return "CONVERT(" + expr + " + 0 USING utf8mb4)"
	default:
		return "CONVERT(" + expr + " USING utf8mb4)"
	}
}

// mysqlKeyPart binds whole numbers as such: a text is no value of BIT.
func mysqlKeyPart(raw any, c column) (keyPart, bool) {
	p, ok := writtenKeyPart(raw, c)
	if p.Type == keyInteger {
		p.bind = p.Number
	}
	return p, ok
}

// mysqlValue reads a value; one of TIMESTAMP is in UTC, as the session is.
func mysqlValue(raw any, c column, zone *time.Location) core.Value {
	if s, ok := raw.(string); ok && c.Class == classZoned && !strings.HasPrefix(s, "0000") {
		raw = s + "Z"
	}
	return writtenValue(raw, c, zone)
}

func mysqlHolds(expr string, c column, kind core.Kind) string {
	text := "REPLACE(CONVERT(" + expr + " USING utf8mb4), ' ', '')"
	if c.Class == classBinary {
		text = "REPLACE(CONVERT(" + expr + " USING latin1), ' ', '')"
	}
	text = "CONVERT(" + text + " USING utf8mb4) COLLATE utf8mb4_bin REGEXP "
	switch kind {
	case core.PersonalIdentityCode:
		return text + `'[1-9]' AND ` + text + `'[0-9]{6}[^0-9][0-9]{3}[0-9A-Za-z]'`
	case core.EmployeeNumber, core.BusinessID:
		return text + `'[1-9]'`
	default:
		return text + `'[0-9A-Za-z]'`
	}
}

// classifyMySQL tells a problem by its number. The server's own message may
// quote values and is left out.
func classifyMySQL(err error) *core.Problem {
	var my *mysql.MySQLError
	var op *net.OpError
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &my):
		return problemOfMySQL(my.Number)
	case errors.As(err, &certificate), errors.Is(err, mysql.ErrNoTLS):
		return &core.Problem{Class: core.ClassConfig, Origin: core.OriginSystem, ConfigPath: "ca_file",
			Message: "the encrypted connection failed: the server has no certificate that is trusted for its name; set ca_file to the certificate of its authority"}
	case errors.As(err, &op), errors.As(err, &dns):
		return problemIn(sdk.TransientError("the database server cannot be reached", err))
	case errors.Is(err, mysql.ErrInvalidConn):
		return problemIn(sdk.TransientError("the connection to the database server was lost", err))
	case errors.Is(err, mysql.ErrCleartextPassword), errors.Is(err, mysql.ErrNativePassword), errors.Is(err, mysql.ErrOldPassword), errors.Is(err, mysql.ErrUnknownPlugin):
		return &core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, ConfigPath: "dsn",
			Message: "the server wants to check the password in a way that the connection string does not allow"}
	default:
		return nil
	}
}

func problemOfMySQL(number uint16) *core.Problem {
	p := &core.Problem{Origin: core.OriginSystem}
	switch number {
	case 1045, 1698, 1044, 1130, 1820, 1862, 3118, 4151:
		p.Class, p.ConfigPath = core.ClassAuth, "dsn"
		p.Message = "the database server refuses the account or its password"
	case 1142, 1143, 1227, 1370, 1356, 1449:
		p.Class, p.Message = core.ClassAuth, "the account may not read a mapped table; as the owner run GRANT SELECT on the database"
	case 1049:
		p.Class, p.ConfigPath, p.Message = core.ClassConfig, "dsn", "the server has no database of that name"
	case 3159:
		p.Class, p.ConfigPath, p.Message = core.ClassConfig, "dsn", "the server demands an encrypted connection; add tls=true to the connection string or set ca_file"
	case 1146, 1054, 1051:
		p.Class, p.Message = core.ClassConfig, "a mapped table or column is no longer there; run `sources check`"
	case 1969, 3024, 1317, 1028:
		p.Class, p.Message = core.ClassDeadline, "a statement took too long; raise the time-out or mark indexed columns exact"
	case 1040, 1203, 1226, 1205, 1213, 1053, 1927, 1158, 1159, 1160, 1161, 1184, 1129, 1015, 1021, 1030, 1037, 1038, 1041, 1114, 1077, 1412:
		p.Class, p.Message = core.ClassTransient, "the database server cannot answer just now"
	case 1264, 1292, 1300, 1366, 1406, 1690, 3140, 3141, 3144, 4038, 1977:
		p.Class, p.Message = core.ClassData, "the database holds a value that it cannot itself convert"
	case 126, 127, 144, 145, 1034, 1194, 1195, 1877:
		p.Class, p.Message = core.ClassNeedsHuman, "a table of the database is damaged; its owner must repair it"
	default:
		p.Class, p.Message = core.ClassBug, "the database server refused a statement"
	}
	p.Message += fmt.Sprintf(" (error %d)", number)
	return p
}
