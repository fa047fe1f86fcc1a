package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/sinusta/sinusta/core/filelock"
)

const (
	// schemaVersion is SQLite's user_version of the schema below.
	schemaVersion = 1
	// applicationID marks the file as ours: "SNST".
	applicationID = 0x534e5354
	// busyTimeout is how long SQLite waits for another process by itself.
	busyTimeout = 5 * time.Second
	// busyTries is how often a transaction is begun before ErrBusy.
	busyTries = 12
	// manyRows is how many rows GetMany reads at once.
	manyRows = 64
	// putRows is how many rows one statement of PutAll puts.
	putRows = 32
	// readers is how many reads may go on at once.
	readers = 4
)

// schema holds nothing in clear but what the package comment lists. seq never
// comes again, so that whoever follows a table by it misses nothing.
const schema = `
CREATE TABLE request (
	num INTEGER PRIMARY KEY AUTOINCREMENT,
	id  TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE sealed (
	seq     INTEGER PRIMARY KEY AUTOINCREMENT,
	request INTEGER NOT NULL,
	tab     TEXT NOT NULL,
	id      BLOB NOT NULL,
	blob    BLOB NOT NULL,
	UNIQUE (request, tab, id)
) STRICT;
CREATE INDEX sealed_in_order ON sealed (request, tab, seq);
`

// What a fingerprint is made of.
const (
	blobsOf  = `SELECT seq, id, blob FROM sealed WHERE request = ? AND tab = ? ORDER BY seq`
	tablesOf = `SELECT DISTINCT tab FROM sealed WHERE request = ? ORDER BY tab`
)

// database is the SQLite file. All writing goes through one connection, so
// that goroutines queue in the program and only processes meet in SQLite.
type database struct {
	write, read *sql.DB

	put, putMany, del, clear *sql.Stmt // on write
	get, alive               *sql.Stmt // on write
	page, one, many          *sql.Stmt // on read
	count                    *sql.Stmt // on read
	blobs, tables            *sql.Stmt // on read

	blobsNow, tablesNow *sql.Stmt // on write
}

func openDatabase(ctx context.Context, dir string) (*database, error) {
	path := filepath.Join(dir, "sinusta.db")
	// One process at a time prepares the file.
	unlock, err := filelock.Wait(ctx, filepath.Join(dir, "locks", "store.lock"))
	if err != nil {
		return nil, explain("open the store", err)
	}
	defer unlock()
	// SQLite gives its journals the mode of the database, so it is made here,
	// for the owner alone. An existing file is not opened: closing it would
	// drop the locks that this process may hold on it (POSIX).
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = f.Close()
	} else if errors.Is(err, os.ErrExist) {
		err = nil
	}
	if err != nil {
		return nil, explain("open the store: make the database", err)
	}
	db := &database{}
	if db.write, err = connect(path, 1, "immediate", false); err != nil {
		return nil, explain("open the store", err)
	}
	if db.read, err = connect(path, readers, "deferred", true); err != nil {
		return nil, errors.Join(explain("open the store", err), db.close())
	}
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(explain("open the store", err), db.close())
	}
	return db, nil
}

// connect makes a pool of connections. Erased pages are overwritten, nothing
// is sorted in temporary files, and a commit is on the disk when it returns.
func connect(path string, conns int, txlock string, readOnly bool) (*sql.DB, error) {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/...
	}
	pragmas := []string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"secure_delete(on)", "temp_store(memory)", "synchronous(full)",
	}
	if readOnly {
		pragmas = append(pragmas, "query_only(on)")
	}
	dsn := url.URL{Scheme: "file", Path: slashed, RawQuery: url.Values{"_txlock": {txlock}, "_pragma": pragmas}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// prepare makes or checks the schema, and prepares the statements.
func (d *database) prepare(ctx context.Context) error {
	if err := d.migrate(ctx); err != nil {
		return err
	}
	for _, s := range []struct {
		to  **sql.Stmt
		db  *sql.DB
		sql string
	}{
		{&d.put, d.write, putting(1)},
		{&d.putMany, d.write, putting(putRows)},
		{&d.del, d.write, `DELETE FROM sealed WHERE request = ? AND tab = ? AND id = ?`},
		{&d.clear, d.write, `DELETE FROM sealed WHERE request = ? AND tab = ?`},
		{&d.get, d.write, `SELECT seq, blob FROM sealed WHERE request = ? AND tab = ? AND id = ?`},
		{&d.alive, d.write, `SELECT 1 FROM request WHERE num = ?`},
		{&d.one, d.read, `SELECT seq, blob FROM sealed WHERE request = ? AND tab = ? AND id = ?`},
		{&d.page, d.read, `SELECT seq, id, blob FROM sealed WHERE request = ? AND tab = ? AND seq > ? ORDER BY seq LIMIT ?`},
		{&d.many, d.read, `SELECT seq, id, blob FROM sealed WHERE request = ? AND tab = ? AND id IN (?` +
			strings.Repeat(", ?", manyRows-1) + `)`},
		{&d.blobs, d.read, blobsOf},
		{&d.tables, d.read, tablesOf},
		{&d.blobsNow, d.write, blobsOf},
		{&d.tablesNow, d.write, tablesOf},
		{&d.count, d.read, `SELECT count(*) FROM sealed WHERE request = ? AND tab = ?`},
	} {
		stmt, err := s.db.PrepareContext(ctx, s.sql)
		if err != nil {
			return err
		}
		*s.to = stmt
	}
	return nil
}

// putting gives the statement that puts so many rows of one table.
func putting(rows int) string {
	return `INSERT INTO sealed (request, tab, id, blob) VALUES (?1, ?2, ?, ?)` + strings.Repeat(`, (?1, ?2, ?, ?)`, rows-1) +
		` ON CONFLICT (request, tab, id) DO UPDATE SET blob = excluded.blob`
}

// migrate brings an empty file to the schema, and refuses one that is newer or
// not ours.
func (d *database) migrate(ctx context.Context) error {
	var version, app, tables int
	for pragma, to := range map[string]*int{"PRAGMA user_version": &version, "PRAGMA application_id": &app,
		"SELECT count(*) FROM sqlite_schema": &tables} {
		if err := d.write.QueryRowContext(ctx, pragma).Scan(to); err != nil {
			return err
		}
	}
	switch {
	case version > schemaVersion:
		return fmt.Errorf("data/sinusta.db has schema %d, this version knows %d: %w: update the program",
			version, schemaVersion, ErrNewer)
	case version == schemaVersion && app == applicationID:
		return nil
	case version != 0 || app != 0 || tables != 0:
		return fmt.Errorf("data/sinusta.db: %w: it is not a database of Sinusta", ErrTampered)
	}
	// The journal's mode cannot change inside a transaction; it stays in the file.
	if _, err := d.write.ExecContext(ctx, `PRAGMA journal_mode = wal`); err != nil {
		return err
	}
	return d.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, schema+
			fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, schemaVersion))
		return err
	})
}

// inTx runs f in one immediate transaction and commits it if f gives no
// error.
func (d *database) inTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := d.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit there is nothing to roll back
	if err := f(tx); err != nil {
		return stopped(ctx, err)
	}
	return stopped(ctx, tx.Commit())
}

// begin begins a transaction, and waits as long for other processes as ctx
// allows, a minute at most.
func (d *database) begin(ctx context.Context) (*sql.Tx, error) {
	for try := 1; ; try++ {
		tx, err := d.write.BeginTx(ctx, nil)
		if err == nil || !isBusy(err) || try == busyTries || ctx.Err() != nil {
			return tx, err
		}
	}
}

func addRequest(ctx context.Context, tx *sql.Tx, id string) (num int64, err error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO request (id) VALUES (?)`, id)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

func (d *database) requestNumber(ctx context.Context, id string) (num int64, err error) {
	err = d.read.QueryRowContext(ctx, `SELECT num FROM request WHERE id = ?`, id).Scan(&num)
	return num, err
}

func (d *database) requests(ctx context.Context) (ids []string, err error) {
	rows, err := d.read.QueryContext(ctx, `SELECT id FROM request ORDER BY num`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err tells
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// removeRequest removes the rows of a request. The pages in the database are
// overwritten; older ones go from the journal too unless somebody reads just
// now, and then at the next checkpoint.
func (d *database) removeRequest(ctx context.Context, id string) error {
	err := d.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sealed WHERE request = (SELECT num FROM request WHERE id = ?)`, id)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM request WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return err
	}
	// A reader in the way only puts it off (the result is a row, not an error).
	_, _ = d.write.ExecContext(ctx, `PRAGMA wal_checkpoint(truncate)`)
	return nil
}

func (d *database) close() error {
	var errs []error
	for _, db := range []*sql.DB{d.read, d.write} { // the writer last: it folds the journal in
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
