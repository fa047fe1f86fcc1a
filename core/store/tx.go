package store

import (
	"context"
	"database/sql"
)

// Tx is one transaction of Update. It is for the goroutine that got it, and
// ends with the function that got it.
type Tx struct {
	ctx           context.Context // of the call within which it lives
	calm          context.Context // the same, but never over: see exec
	file          *File
	tx            *sql.Tx
	put, del, get *sql.Stmt
}

func newTx(ctx context.Context, f *File, tx *sql.Tx) *Tx {
	d := f.store.db
	calm := context.WithoutCancel(ctx)
	return &Tx{ctx: ctx, calm: calm, file: f, tx: tx, put: tx.StmtContext(calm, d.put), del: tx.StmtContext(calm, d.del), get: tx.StmtContext(calm, d.get)}
}

// Put stores v as the row of that name: as JSON, or in its own binary form
// where it is an encoding.BinaryAppender. A row that is there is replaced and
// keeps its Seq.
func (t *Tx) Put(table Table, row string, v any) error {
	id := t.file.seal.rowID(table, row)
	blob, err := t.file.seal.seal(table, row, id, v)
	if err != nil {
		return err
	}
	return t.exec(t.put, t.file.num, string(table), id, blob)
}

// PutAll is Put for n rows of a table, and much faster than Put for each: row
// gives the name and the value of each. No name may come twice.
func (t *Tx) PutAll(table Table, n int, row func(i int) (name string, v any)) error {
	args := make([]any, 0, 2+2*putRows)
	for from := 0; from < n; {
		some := 1 // the statements have two lengths
		if n-from >= putRows {
			some = putRows
		}
		args = append(args[:0], t.file.num, string(table))
		for i := range some {
			name, v := row(from + i)
			id := t.file.seal.rowID(table, name)
			blob, err := t.file.seal.seal(table, name, id, v)
			if err != nil {
				return err
			}
			args = append(args, id, blob)
		}
		put := t.put
		if some > 1 {
			put = t.tx.StmtContext(t.calm, t.file.store.db.putMany)
		}
		if err := t.exec(put, args...); err != nil {
			return err
		}
		from += some
	}
	return nil
}

// exec runs a statement. What is under way is not interrupted: SQLite would
// undo the whole transaction, which others may share, and the driver would start
// a goroutine for each statement that waits for the end of ctx.
func (t *Tx) exec(stmt *sql.Stmt, args ...any) error {
	err := t.ctx.Err()
	if err == nil {
		_, err = stmt.ExecContext(t.calm, args...)
	}
	return explain("write request "+t.file.id, stopped(t.ctx, err))
}

// Delete removes a row; one that is not there is no error.
func (t *Tx) Delete(table Table, row string) error {
	return t.exec(t.del, t.file.num, string(table), t.file.seal.rowID(table, row))
}

// Clear removes every row of a table, also those that nobody can open.
func (t *Tx) Clear(table Table) error {
	return t.exec(t.tx.StmtContext(t.calm, t.file.store.db.clear), t.file.num, string(table))
}

// Get decodes the value of a row into v, a pointer, as this transaction sees
// it. ErrNotFound: there is no such row; ErrTampered.
func (t *Tx) Get(table Table, row string, v any) error {
	return stopped(t.ctx, t.file.get(t.calm, t.get, table, row, v))
}
