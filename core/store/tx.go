package store

import (
	"context"
	"database/sql"
)

// Tx is one transaction of Update. It is for the goroutine that got it, and
// ends with the function that got it.
type Tx struct {
	ctx           context.Context // a Tx lives within one call
	file          *File
	tx            *sql.Tx
	put, del, get *sql.Stmt
}

func newTx(ctx context.Context, f *File, tx *sql.Tx) *Tx {
	d := f.store.db
	return &Tx{ctx: ctx, file: f, tx: tx, put: tx.StmtContext(ctx, d.put), del: tx.StmtContext(ctx, d.del), get: tx.StmtContext(ctx, d.get)}
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
	_, err = t.put.ExecContext(t.ctx, t.file.num, string(table), id, blob)
	return explain("write request "+t.file.id, err)
}

// Delete removes a row; one that is not there is no error.
func (t *Tx) Delete(table Table, row string) error {
	_, err := t.del.ExecContext(t.ctx, t.file.num, string(table), t.file.seal.rowID(table, row))
	return explain("write request "+t.file.id, err)
}

// Clear removes every row of a table, also those that nobody can open.
func (t *Tx) Clear(table Table) error {
	_, err := t.tx.ExecContext(t.ctx, `DELETE FROM sealed WHERE request = ? AND tab = ?`, t.file.num, string(table))
	return explain("write request "+t.file.id, err)
}

// Get decodes the value of a row into v, a pointer, as this transaction sees
// it. ErrNotFound: there is no such row; ErrTampered.
func (t *Tx) Get(table Table, row string, v any) error {
	return t.file.get(t.ctx, t.get, table, row, v)
}
