package sqlsource

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// sqliteBusy is how long a statement waits for a writer's lock.
const sqliteBusy = 5 * time.Second

func sqliteDialect() *dialect {
	return &dialect{
		name: "sqlite", open: openSQLite,
		begin:       func(context.Context, *sql.Tx, time.Duration) error { return nil },
		options:     fixedOptions(sql.TxOptions{ReadOnly: true}),
		catalogue:   sqliteCatalogue,
		proof:       sqliteProof,
		classify:    classifySQLite,
		quote:       quoteDouble,
		placeholder: func(int) string { return "?" },
		maxArgs:     32766,
		limit:       limitRows,
		text:        func(expr string, _ column) string { return "CAST(" + expr + " AS TEXT)" },
		like:        func(text, pattern string) string { return text + " LIKE " + pattern + ` ESCAPE '\'` },
		foreign: func(text string, run int) string {
			return text + " GLOB '*" + strings.Repeat("[^' || char(1) || '-' || char(127) || ']", run) + "*'"
		},
		holds: sqliteHolds, documents: sqliteDocuments(),
		// Bytes are greater than all else, which an index serves.
		blobs: func(expr string, _ column) string { return "unlikely(" + expr + " >= x'')" },
		read:  sqliteRead,
		blob:  markedBlob,
		value: sqliteValue,
		// The sign keeps the value and takes the declared type away, by which
		// the driver would convert it.
		key:     func(expr string, _ column) string { return "+" + expr },
		keyPart: sqliteKeyPart,
		cut: func(expr string, _ column, from, bytes string) string {
			return "substr(CAST(" + expr + " AS BLOB), " + from + ", " + bytes + ")"
		},
		instant:    rfc3339,
		looseTypes: true,
		prepares:   true,
	}
}

// openSQLite opens the file for reading only. SQLite would make a file that is
// missing, so it must be there first.
func openSQLite(c Config) (*sql.DB, error) {
	if c.Database == "" {
		return nil, sdk.ConfigError("database", "driver sqlite needs the database file")
	}
	switch info, err := os.Stat(c.Database); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, sdk.ConfigError("database", "there is no file %s; a relative path counts from the installation folder", c.Database)
	case errors.Is(err, fs.ErrPermission):
		return nil, sdk.AuthError("the database file may not be read by this account", err)
	case err != nil:
		return nil, sdk.ConfigError("database", "the database file cannot be read")
	case info.IsDir():
		return nil, sdk.ConfigError("database", "%s is a folder, not a database file", c.Database)
	}
	path, err := filepath.Abs(c.Database)
	if err != nil {
		return nil, fmt.Errorf("find the database file: %w", err)
	}
	if path = filepath.ToSlash(path); !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&_pragma=query_only(1)&_pragma=busy_timeout(" +
		strconv.FormatInt(sqliteBusy.Milliseconds(), 10) + ")"}
	return sql.Open("sqlite", u.String())
}

// sqliteCatalogue reads tables, views and their columns. Shadow tables belong
// to a virtual table, and hidden columns of virtual tables hold no data. A
// view that no longer works has no columns.
func sqliteCatalogue(ctx context.Context, q querier, _ Config) (*schema, error) {
	s := &schema{FoldCase: true}
	if err := sqliteColumns(ctx, q, s, "t.type IN ('table', 'virtual')", ""); err != nil {
		return nil, err
	}
	views, err := sqliteViews(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		if err := sqliteColumns(ctx, q, s, "t.type = 'view' AND t.name = ?", v); err != nil {
			s.Tables = append(s.Tables, &table{Name: v, View: true})
		}
	}
	return s, sqliteUnique(ctx, q, s)
}

// sqliteColumns adds the tables that the condition picks, with their columns.
func sqliteColumns(ctx context.Context, q querier, s *schema, condition, view string) error {
	var args []any
	if view != "" {
		args = append(args, view)
	}
	rows, err := q.QueryContext(ctx, `SELECT t.name, c.name, c.type
		FROM pragma_table_list AS t JOIN pragma_table_xinfo(t.name) AS c
		WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND c.hidden <> 1 AND `+condition+`
		ORDER BY t.name, c.cid`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, col, declared string
		if err := rows.Scan(&name, &col, &declared); err != nil {
			return err
		}
		if n := len(s.Tables); n == 0 || s.Tables[n-1].Name != name {
			s.Tables = append(s.Tables, &table{Name: name, View: view != ""})
		}
		t := s.Tables[len(s.Tables)-1]
		t.Columns = append(t.Columns, column{Name: col, Class: sqliteClass(declared)})
	}
	return rows.Err()
}

func sqliteViews(ctx context.Context, q querier) ([]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var views []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		views = append(views, name)
	}
	return views, rows.Err()
}

// sqliteUnique adds the unique sets of columns: primary keys and whole unique
// indices.
func sqliteUnique(ctx context.Context, q querier, s *schema) error {
	rows, err := q.QueryContext(ctx, `SELECT t.name, '', c.name FROM pragma_table_list AS t JOIN pragma_table_xinfo(t.name) AS c
		WHERE t.schema = 'main' AND c.pk > 0
		UNION ALL SELECT t.name, i.name, c.name FROM pragma_table_list AS t JOIN pragma_index_list(t.name) AS i
			JOIN pragma_index_info(i.name) AS c
		WHERE t.schema = 'main' AND i."unique" = 1 AND i.partial = 0 AND c.name IS NOT NULL
		ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	defer rows.Close()
	lastTable, lastIndex := "", ""
	for rows.Next() {
		var name, index, col string
		if err := rows.Scan(&name, &index, &col); err != nil {
			return err
		}
		t := s.find(name)
		if t == nil {
			continue
		}
		if len(t.Unique) == 0 || name != lastTable || index != lastIndex {
			t.Unique = append(t.Unique, nil)
		}
		lastTable, lastIndex = name, index
		t.Unique[len(t.Unique)-1] = append(t.Unique[len(t.Unique)-1], col)
	}
	return rows.Err()
}

// sqliteClass follows the declared type. SQLite itself lets any column hold
// anything, so only what values then look like decides.
func sqliteClass(declared string) class {
	d := strings.ToUpper(declared)
	switch {
	case strings.Contains(d, "BOOL"):
		return classFlag
	case strings.Contains(d, "DATETIME"), strings.Contains(d, "TIMESTAMP"):
		return classTime
	case strings.Contains(d, "DATE"):
		return classDate
	case d == "", strings.Contains(d, "BLOB"), strings.Contains(d, "BINARY"), strings.Contains(d, "BYTEA"):
		return classBinary
	default:
		return classText
	}
}

// sizePrefix marks the size of a blob that is not itself read.
const sizePrefix = "size:"

func sqliteHolds(expr string, _ column, kind core.Kind) string {
	text := "REPLACE(CAST(" + expr + " AS TEXT), ' ', '')"
	const digit = "[0-9]"
	number := text + " GLOB '*[1-9]*'"
	switch kind {
	case core.PersonalIdentityCode:
		return number + " AND " + text + " GLOB '*" + strings.Repeat(digit, 6) + "[^0-9]" + strings.Repeat(digit, 3) + "[0-9A-Za-z]*'"
	case core.EmployeeNumber, core.BusinessID:
		return number
	default:
		return text + " GLOB '*[0-9A-Za-z]*'"
	}
}

// sqliteRead gives the size of a long blob as bytes that are no text
// themselves, and of a long text as such a text. Any column may hold one, and
// most values are short: they are told by one look.
func sqliteRead(expr string, _ column) string {
	size := "char(1) || '" + sizePrefix + "' || octet_length(" + expr + ")"
	return "CASE WHEN octet_length(" + expr + ") > " + strconv.Itoa(min(maxBlob, maxText)) +
		" THEN CASE WHEN typeof(" + expr + ") = 'blob' AND length(" + expr + ") > " + strconv.Itoa(maxBlob) + " THEN CAST(" + size + " AS BLOB)" +
		" WHEN typeof(" + expr + ") = 'text' AND octet_length(" + expr + ") > " + strconv.Itoa(maxText) + " THEN " + size + " ELSE " + expr + " END" +
		" ELSE " + expr + " END"
}

// markedBlob reads bytes, or the mark of their size.
func markedBlob(raw any, _ column) (blob, bool) {
	v, ok := raw.([]byte)
	if !ok {
		return blob{}, false
	}
	// A database of UTF-16 has a zero beside each of these characters.
	marked := strings.ReplaceAll(string(v[:min(len(v), 64)]), "\x00", "")
	if digits, ok := strings.CutPrefix(marked, "\x01"+sizePrefix); ok {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n > maxBlob {
			return blob{size: n}, true
		}
	}
	return blob{bytes: v, size: int64(len(v))}, true
}

func sqliteValue(raw any, c column, zone *time.Location) core.Value {
	switch v := raw.(type) {
	case nil:
		return core.NullValue()
	case int64:
		if c.Class == classFlag && (v == 0 || v == 1) {
			return core.FlagValue(v == 1)
		}
		return core.IntegerValue(v)
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return core.TextValue(strconv.FormatFloat(v, 'g', -1, 64))
		}
		return core.DecimalValue(realText(v))
	case string:
		return textValue(v, c.Class, zone)
	default:
		return core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable})
	}
}

func sqliteKeyPart(raw any, _ column) (keyPart, bool) {
	switch v := raw.(type) {
	case int64:
		return keyPart{Type: keyInteger, Number: v, bind: v}, true
	case string:
		return keyPart{Type: keyText, Text: []byte(v), bind: v}, true
	case []byte:
		return keyPart{Type: keyBytes, Text: v, bind: v}, true
	case float64:
		return keyPart{Type: keyReal, Text: []byte(realText(v)), bind: v}, true
	default:
		return keyPart{}, false
	}
}

// sqliteProof asks whether the connection refuses to write.
func sqliteProof(ctx context.Context, q querier, _ *schema, _ []*table) (*core.Problem, error) {
	rows, err := q.QueryContext(ctx, "PRAGMA query_only")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	only := 0
	if rows.Next() {
		if err := rows.Scan(&only); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil || only == 1 {
		return nil, err
	}
	return &core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, ConfigPath: "database",
		Message: "the connection to the file is not read-only; report it"}, nil
}

func classifySQLite(err error) *core.Problem {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	p := &core.Problem{Origin: core.OriginSystem}
	switch code := e.Code() & 0xff; code {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_SCHEMA:
		p.Class, p.Message = core.ClassTransient, "the database file is locked or cannot be read just now; try again"
	case sqlite3.SQLITE_CANTOPEN:
		p.Class, p.ConfigPath = core.ClassConfig, "database"
		p.Message = "SQLite cannot open the file; a database in WAL mode also needs its -wal and -shm files and a folder that may be written"
	case sqlite3.SQLITE_NOTADB:
		p.Class, p.ConfigPath, p.Message = core.ClassConfig, "database", "the file is no SQLite database"
	case sqlite3.SQLITE_CORRUPT:
		p.Class, p.Message = core.ClassNeedsHuman, "the database file is damaged; its owner must repair or restore it"
	case sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY:
		p.Class, p.Message = core.ClassAuth, "the database file may not be read by this account"
	case sqlite3.SQLITE_INTERRUPT:
		p.Class, p.Message = core.ClassDeadline, "a statement took too long; raise the time-out or mark indexed columns exact"
	default:
		p.Class, p.Message = core.ClassBug, fmt.Sprintf("SQLite refused a statement (code %d)", e.Code())
	}
	return p
}
