package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Table names a table of a request file. Names stand in clear in the database
// and hold no personal data; whoever uses the store declares them as constants.
type Table string

// File is the file of one request. It may be used from several goroutines.
type File struct {
	id    string
	num   int64
	store *Store
	seal  *sealer
}

// ID gives the request's random id. It holds no personal data.
func (f *File) ID() string { return f.id }

// Update runs fn in one transaction and commits it when fn gives no error:
// everything in it is stored, or nothing. Updates run one after another, also
// between processes; fn must not call Update and should not wait for anything.
// ErrNotFound: the request was erased meanwhile. ErrFull, ErrReadOnly, ErrBusy.
func (f *File) Update(ctx context.Context, fn func(tx *Tx) error) error {
	var own error // fn's own error is handed back as it is
	err := f.store.db.inTx(ctx, func(stx *sql.Tx) error {
		var one int
		err := stx.StmtContext(ctx, f.store.db.alive).QueryRowContext(ctx, f.num).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("it was erased: %w", ErrNotFound)
		}
		if err != nil {
			return err
		}
		own = fn(newTx(ctx, f, stx))
		return own
	})
	if own != nil {
		return own
	}
	return explain("update request "+f.id, err)
}

// Get decodes the value of a row into v, a pointer. ErrNotFound: there is no
// such row; ErrTampered.
func (f *File) Get(ctx context.Context, table Table, row string, v any) error {
	return f.get(ctx, f.store.db.one, table, row, v)
}

func (f *File) get(ctx context.Context, stmt *sql.Stmt, table Table, row string, v any) error {
	id := f.seal.rowID(table, row)
	var seq int64
	var blob []byte
	err := stmt.QueryRowContext(ctx, f.num, string(table), id).Scan(&seq, &blob)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("request %s, table %s: row %w", f.id, table, ErrNotFound)
	}
	if err != nil {
		return explain("read request "+f.id, err)
	}
	_, value, err := f.seal.open(table, seq, id, blob)
	if err != nil {
		return err
	}
	return decode(f.id, table, seq, value, v)
}

// GetMany gives the rows of those names to fn, in the order of the names, and
// is much faster than Get for each. An error of fn ends it and is returned.
// ErrNotFound: one of them is not there; ErrTampered.
func (f *File) GetMany(ctx context.Context, table Table, rows []string, fn func(i int, row Row) error) error {
	for from := 0; from < len(rows); from += manyRows {
		some := rows[from:min(from+manyRows, len(rows))]
		page, err := f.many(ctx, table, some)
		if err != nil {
			return err
		}
		for i, s := range page {
			page[i] = sealedRow{} // each blob is let go once it was given
			name, value, err := f.seal.open(table, s.seq, s.id, s.blob)
			if err != nil {
				return err
			}
			if err := fn(from+i, Row{Seq: s.seq, Name: name, Version: versionOf(s.blob), request: f.id, table: table, value: value}); err != nil {
				return err
			}
		}
	}
	return nil
}

// many reads at most manyRows rows, in the order of their names.
func (f *File) many(ctx context.Context, table Table, names []string) ([]sealedRow, error) {
	args := []any{f.num, string(table)}
	place := map[string][]int{}
	for i, name := range names {
		id := f.seal.rowID(table, name)
		place[string(id)] = append(place[string(id)], i)
		args = append(args, id)
	}
	for len(args) < manyRows+2 {
		args = append(args, args[len(args)-1]) // the statement has one length
	}
	rows, err := f.store.db.many.QueryContext(ctx, args...)
	if err != nil {
		return nil, explain("read request "+f.id, err)
	}
	defer rows.Close() // rows.Err tells
	page := make([]sealedRow, len(names))
	found := 0
	for rows.Next() {
		var s sealedRow
		if err := rows.Scan(&s.seq, &s.id, &s.blob); err != nil {
			return nil, explain("read request "+f.id, err)
		}
		for _, i := range place[string(s.id)] {
			page[i] = s
			found++
		}
	}
	if err := rows.Err(); err != nil {
		return nil, explain("read request "+f.id, err)
	}
	if found < len(names) {
		return nil, fmt.Errorf("request %s, table %s: row %w", f.id, table, ErrNotFound)
	}
	return page, nil
}

// Row is one row of a table.
type Row struct {
	// Seq is the row's place: later rows have greater numbers, with gaps. A row
	// keeps it when its value changes.
	Seq int64
	// Name is the name under which the row was put.
	Name string
	// Version marks the row's present value: every Put gives another one. It is
	// the nonce of the blob and tells nothing about the value.
	Version string

	request string
	table   Table
	value   []byte
}

// Decode decodes the row's value into v, a pointer.
func (r Row) Decode(v any) error { return decode(r.request, r.table, r.Seq, r.value, v) }

// Size is the length of the row's value in bytes.
func (r Row) Size() int { return len(r.value) }

// Pages of Each: they bound what is held in memory, and no read lasts so long
// that the journal grows behind it.
const (
	pageRows  = 256
	pageBytes = 4 << 20
)

// Each gives the rows of a table whose Seq is greater than after (0: all) to
// fn, in the order of Seq; an error of fn ends it and is returned. fn may use
// the file, also Update it; rows that are added meanwhile come too. ErrTampered
// names the row that cannot be read.
func (f *File) Each(ctx context.Context, table Table, after int64, fn func(row Row) error) error {
	for {
		page, err := f.page(ctx, table, after)
		if err != nil {
			return explain("read request "+f.id, err)
		}
		if len(page) == 0 {
			return nil
		}
		for i, s := range page {
			page[i] = sealedRow{} // each blob is let go once it was given
			name, value, err := f.seal.open(table, s.seq, s.id, s.blob)
			if err != nil {
				return err
			}
			if err := fn(Row{Seq: s.seq, Name: name, Version: versionOf(s.blob), request: f.id, table: table, value: value}); err != nil {
				return err
			}
			after = s.seq
		}
	}
}

type sealedRow struct {
	seq      int64
	id, blob []byte
}

func (f *File) page(ctx context.Context, table Table, after int64) ([]sealedRow, error) {
	rows, err := f.store.db.page.QueryContext(ctx, f.num, string(table), after, pageRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err tells
	var page []sealedRow
	for size := 0; size < pageBytes && rows.Next(); {
		var s sealedRow
		if err := rows.Scan(&s.seq, &s.id, &s.blob); err != nil {
			return nil, err
		}
		size += len(s.blob)
		page = append(page, s)
	}
	return page, rows.Err()
}

// Count gives the number of rows in a table.
func (f *File) Count(ctx context.Context, table Table) (n int, err error) {
	err = f.store.db.count.QueryRowContext(ctx, f.num, string(table)).Scan(&n)
	return n, explain("read request "+f.id, err)
}

// Lock takes the request for this run: two runs of one request exclude each
// other, in one process and between processes. It does not wait: ErrBusy
// says which request is taken. The lock ends with unlock, or with the process.
func (f *File) Lock(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("lock request %s: %w", f.id, err)
	}
	return f.store.lock(f.id)
}
