package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
)

// Fingerprints are those of the tables of a request file, by table. Equal ones
// mean that the rows are the same ones: none was changed, removed, added, or put
// back as it once was.
type Fingerprints map[Table]string

// Tables gives the tables in order.
func (p Fingerprints) Tables() []Table { return slices.Sorted(maps.Keys(p)) }

// Fingerprints gives the fingerprint of every table that has rows, and of those
// named. A fingerprint is a SHA-256 over the sealed rows, in hexadecimal, and tells
// nothing of what is in them.
func (f *File) Fingerprints(ctx context.Context, tables ...Table) (Fingerprints, error) {
	p, err := fingerprints(ctx, f.num, f.store.db.tables, f.store.db.blobs, tables)
	return p, explain("read request "+f.id, err)
}

// Fingerprints gives those that the file has when this transaction is
// committed and nothing else is put; see File.Fingerprints.
func (t *Tx) Fingerprints(tables ...Table) (Fingerprints, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, explain("read request "+t.file.id, err)
	}
	d := t.file.store.db // what is under way is not interrupted: see exec
	p, err := fingerprints(t.calm, t.file.num, t.tx.StmtContext(t.calm, d.tablesNow), t.tx.StmtContext(t.calm, d.blobsNow), tables)
	return p, explain("read request "+t.file.id, err)
}

func fingerprints(ctx context.Context, num int64, list, blobs *sql.Stmt, tables []Table) (Fingerprints, error) {
	p := Fingerprints{}
	for _, t := range tables {
		p[t] = ""
	}
	rows, err := list.QueryContext(ctx, num)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err tells
	for rows.Next() {
		var t Table
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		p[t] = ""
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for t := range p {
		if p[t], err = fingerprint(ctx, num, blobs, t); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func fingerprint(ctx context.Context, num int64, blobs *sql.Stmt, t Table) (string, error) {
	rows, err := blobs.QueryContext(ctx, num, string(t))
	if err != nil {
		return "", err
	}
	defer rows.Close() // rows.Err tells
	h := sha256.New()
	for rows.Next() {
		var seq int64
		var id, blob sql.RawBytes // good until the next row
		if err := rows.Scan(&seq, &id, &blob); err != nil {
			return "", err
		}
		var head [24]byte
		binary.BigEndian.PutUint64(head[:8], uint64(seq))
		binary.BigEndian.PutUint64(head[8:16], uint64(len(id)))
		binary.BigEndian.PutUint64(head[16:], uint64(len(blob)))
		for _, part := range [][]byte{head[:], id, blob} {
			h.Write(part)
		}
	}
	if err := rows.Err(); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Differ names the first table, in order, whose fingerprint in p is not the
// one of now.
func (p Fingerprints) Differ(now Fingerprints) (Table, bool) {
	for _, t := range p.Tables() {
		if p[t] != now[t] {
			return t, true
		}
	}
	return "", false
}
