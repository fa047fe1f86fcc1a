package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
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

// Update runs fn in a transaction and commits it when fn gives no error:
// everything in it is stored, or nothing. Updates run one after another, also
// between processes, and those of goroutines that come at the same time share a
// transaction; fn must not call Update and should not wait for anything.
// ErrNotFound: the request was erased meanwhile. ErrFull, ErrReadOnly, ErrBusy.
func (f *File) Update(ctx context.Context, fn func(tx *Tx) error) error {
	var own error // fn's own error is handed back as it is
	err := f.store.together.inTx(ctx, f.store.db, func(stx *sql.Tx) error {
		var one int
		err := stx.StmtContext(ctx, f.store.db.alive).QueryRowContext(context.WithoutCancel(ctx), f.num).Scan(&one)
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
	_, value, err := f.seal.open(nil, table, seq, id, blob)
	if err != nil {
		return err
	}
	return decode(f.id, table, seq, value, v)
}

// GetMany gives the rows of those names to fn, in the order of the names, and
// is much faster than Get for each. A row is good until fn returns. An error of
// fn ends it and is returned. ErrNotFound: one of them is not there; ErrTampered.
func (f *File) GetMany(ctx context.Context, table Table, rows []string, fn func(i int, row Row) error) error {
	var p page
	for from := 0; from < len(rows); from += manyRows {
		order, err := f.many(ctx, &p, table, rows[from:min(from+manyRows, len(rows))])
		if err != nil {
			return err
		}
		for i, at := range order {
			row, err := f.row(&p, table, at)
			if err != nil {
				return err
			}
			if err := fn(from+i, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// many reads at most manyRows rows into p, and tells for each name which row
// of p it is.
func (f *File) many(ctx context.Context, p *page, table Table, names []string) (order []int, err error) {
	args := make([]any, 0, manyRows+2)
	args = append(args, f.num, string(table))
	place := make(map[[rowIDSize]byte][]int, len(names))
	for i, name := range names {
		id := f.seal.rowID(table, name)
		place[[rowIDSize]byte(id)] = append(place[[rowIDSize]byte(id)], i)
		args = append(args, id)
	}
	for len(args) < manyRows+2 {
		args = append(args, args[len(args)-1]) // the statement has one length
	}
	rows, err := f.store.db.many.QueryContext(ctx, args...)
	if err != nil {
		return nil, explain("read request "+f.id, err)
	}
	if err := p.read(rows, math.MaxInt); err != nil {
		return nil, explain("read request "+f.id, err)
	}
	order = make([]int, len(names))
	found := 0
	for at, r := range p.rows {
		id := p.id(r)
		if len(id) != rowIDSize {
			continue
		}
		for _, i := range place[[rowIDSize]byte(id)] {
			order[i] = at
			found++
		}
	}
	if found < len(names) {
		return nil, fmt.Errorf("request %s, table %s: row %w", f.id, table, ErrNotFound)
	}
	return order, nil
}

// Row is one row of a table, as Each and GetMany give it.
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
	pageBytes = 1 << 20
)

// Each gives the rows of a table whose Seq is greater than after (0: all) to
// fn, in the order of Seq; an error of fn ends it and is returned. A row is good
// until fn returns. fn may use the file, also Update it; rows that are added
// meanwhile come too. ErrTampered names the row that cannot be read.
func (f *File) Each(ctx context.Context, table Table, after int64, fn func(row Row) error) error {
	var p page
	for {
		if err := f.page(ctx, &p, table, after); err != nil {
			return explain("read request "+f.id, err)
		}
		if len(p.rows) == 0 {
			return nil
		}
		for at := range p.rows {
			row, err := f.row(&p, table, at)
			if err != nil {
				return err
			}
			if err := fn(row); err != nil {
				return err
			}
			after = row.Seq
		}
	}
}

// page reads the next rows of a table into p.
func (f *File) page(ctx context.Context, p *page, table Table, after int64) error {
	rows, err := f.store.db.page.QueryContext(ctx, f.num, string(table), after, pageRows)
	if err != nil {
		return err
	}
	return p.read(rows, pageBytes)
}

// page is some sealed rows, in memory that the next ones take over.
type page struct {
	rows  []placedRow
	blobs []byte // id and blob of each, one behind the other
	plain []byte // of the row that was opened last
}

// placedRow tells where a row lies in its page.
type placedRow struct {
	seq              int64
	start, blob, end int
}

func (p *page) id(r placedRow) []byte { return p.blobs[r.start:r.blob] }

// read reads rows until their blobs have so many bytes, and closes them.
func (p *page) read(rows *sql.Rows, bytes int) error {
	defer rows.Close() // rows.Err tells
	p.rows, p.blobs = p.rows[:0], p.blobs[:0]
	for len(p.blobs) < bytes && rows.Next() {
		r := placedRow{start: len(p.blobs)}
		var id, blob sql.RawBytes // good until the next row
		if err := rows.Scan(&r.seq, &id, &blob); err != nil {
			return err
		}
		p.blobs = append(p.blobs, id...)
		r.blob = len(p.blobs)
		p.blobs = append(p.blobs, blob...)
		r.end = len(p.blobs)
		p.rows = append(p.rows, r)
	}
	return rows.Err()
}

// row opens one row of a page.
func (f *File) row(p *page, table Table, at int) (Row, error) {
	r := p.rows[at]
	blob := p.blobs[r.blob:r.end]
	p.plain = slices.Grow(p.plain[:0], len(blob))
	name, value, err := f.seal.open(p.plain, table, r.seq, p.id(r), blob)
	return Row{Seq: r.seq, Name: name, Version: versionOf(blob), request: f.id, table: table, value: value}, err
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
