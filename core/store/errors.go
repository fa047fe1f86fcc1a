package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The errors that callers tell apart with errors.Is.
var (
	// ErrNotFound: there is no such request or row.
	ErrNotFound = errors.New("not found")
	// ErrBusy: another process has the request or the database.
	ErrBusy = errors.New("in use by another process")
	// ErrTampered: a blob or a wrapped key is not what was written: damaged,
	// shortened, or taken from another place.
	ErrTampered = errors.New("the stored data were changed or damaged")
	// ErrKeyGone: the request's wrapped key is not there: the request was
	// erased, or keys/requests was not restored.
	ErrKeyGone = errors.New("the key of the request is gone")
	// ErrWrongKey: the organisation's key does not open the request's key.
	ErrWrongKey = errors.New("the organisation's key does not fit")
	// ErrNoKey: the organisation's key is missing, damaged or open to others.
	ErrNoKey = errors.New("the organisation's key cannot be used")
	// ErrNewer: a newer version of the program made the database.
	ErrNewer = errors.New("the database was made by a newer version of Sinusta")
	// ErrFull: the disk is full; nothing of the transaction was stored.
	ErrFull = errors.New("the disk is full")
	// ErrReadOnly: the folder or file may not be written.
	ErrReadOnly = errors.New("not writable")
)

// stopped gives the error of ctx where that has ended a transaction.
func stopped(ctx context.Context, err error) error {
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// explain turns an error of SQLite or of the file system into one that says
// what to do. SQLite's own texts name tables and columns, never values.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	var se *sqlite.Error
	if errors.As(err, &se) {
		return explainSQLite(doing, se)
	}
	if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%s: %w: give this account write access to the folder: %w", doing, ErrReadOnly, err)
	}
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%s: %w: make room and run it again", doing, ErrFull)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func explainSQLite(doing string, err *sqlite.Error) error {
	if err.Code() == sqlite3.SQLITE_IOERR_SHMSIZE {
		// SQLite makes the index of its journal before it reads or writes.
		return fmt.Errorf("%s: %w: nothing of this step was stored; make room and run it again", doing, ErrFull)
	}
	switch err.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%s: %w: nothing of this step was stored; make room and run it again", doing, ErrFull)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%s: %w: give this account write access to data/ and the files in it: %w", doing, ErrReadOnly, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%s: the database is %w: wait until it is done and try again", doing, ErrBusy)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%s: data/sinusta.db: %w: restore data/ from a backup: %w", doing, ErrTampered, err)
	case sqlite3.SQLITE_INTERRUPT:
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%s: data/sinusta.db cannot be read or written, look at the disk; nothing of this step was stored: %w",
			doing, err)
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
}

func isBusy(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && se.Code()&0xff == sqlite3.SQLITE_BUSY
}
