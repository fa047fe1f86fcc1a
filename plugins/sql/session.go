package sqlsource

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// grace is how much longer than the database we wait for a statement, so that
// its own time-out comes first and leaves the connection whole.
const grace = 250 * time.Millisecond

// farewell bounds the end of a transaction.
const farewell = 5 * time.Second

// session is one read-only snapshot of the database.
type session struct {
	*instance
	tx   querier // the transaction
	plan *plan
	// schema is what the database's catalogue says in this snapshot.
	schema *schema
	// named are the members of documents that were told to be unmapped.
	named map[string]bool
	// toldBroken are the documents that were told to be broken in some rows.
	toldBroken map[*document]bool
	// statements counts those that were run.
	statements uint64
	// prepared are those that run again with other parameters, by their text;
	// they end with the transaction.
	prepared map[string]*sql.Stmt
}

// maxPrepared bounds the prepared statements of a session.
const maxPrepared = 64

// query runs a statement.
func (s *session) query(ctx context.Context, st *statement) (*sql.Rows, error) {
	tx, ok := s.tx.(*sql.Tx)
	if !ok || !s.dialect.prepares || !st.again {
		return s.tx.QueryContext(ctx, st.text.String(), st.args...)
	}
	text := st.text.String()
	prepared := s.prepared[text]
	if prepared == nil {
		var err error
		if prepared, err = tx.PrepareContext(ctx, text); err != nil {
			return nil, err
		}
		if s.prepared == nil || len(s.prepared) >= maxPrepared {
			for _, old := range s.prepared {
				_ = old.Close()
			}
			s.prepared = map[string]*sql.Stmt{}
		}
		s.prepared[text] = prepared
	}
	return prepared.QueryContext(ctx, st.args...)
}

func (i *instance) reader() reader { return reader{i.dialect, i.zone, i.encoding} }

// snapshot runs f in a read-only transaction, with the mapping bound to the
// tables as they are now.
func (i *instance) snapshot(ctx context.Context, f func(*session) error) error {
	if i.dialect.snapshot != nil {
		return i.connected(ctx, func(conn *sql.Conn) error { return i.atOnce(ctx, conn, f) })
	}
	return i.transaction(ctx, func(s *session) error {
		var err error
		if s.schema, err = s.catalogue(ctx); err != nil {
			return err
		}
		return s.bind(f)
	})
}

// bind compiles the mapping against the schema and runs f.
func (s *session) bind(f func(*session) error) (err error) {
	if s.plan, err = compile(s.config, s.profile, s.schema); err != nil {
		return err
	}
	return f(s)
}

// atOnce is snapshot by the dialect's shorter way.
func (i *instance) atOnce(ctx context.Context, conn *sql.Conn, f func(*session) error) error {
	defer i.rollback(ctx, conn)
	bounded, cancel := context.WithTimeout(ctx, i.timeout+grace)
	found, err := i.dialect.snapshot(bounded, conn, i.timeout, i.config)
	cancel()
	if err != nil {
		return i.classified(ctx, "begin and read the catalogue of the database", err)
	}
	return (&session{instance: i, tx: conn, schema: found}).bind(f)
}

// rollback ends the transaction; nothing was written. A connection that does
// not end it is given up.
func (i *instance) rollback(ctx context.Context, conn *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(i.timeout, farewell))
	defer cancel()
	if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}

// connected runs f with a connection of the pool.
func (i *instance) connected(ctx context.Context, f func(*sql.Conn) error) error {
	connect, cancel := context.WithTimeout(ctx, i.timeout)
	defer cancel()
	conn, err := i.db.Conn(connect)
	if err != nil {
		return i.classified(ctx, "connect", err)
	}
	defer func() { _ = conn.Close() }() // gives it back to the pool
	return f(conn)
}

// transaction connects and runs f in a read-only transaction.
func (i *instance) transaction(ctx context.Context, f func(*session) error) error {
	return i.connected(ctx, func(conn *sql.Conn) error {
		bounded, cancel := context.WithTimeout(ctx, i.timeout)
		defer cancel()
		options, err := i.dialect.options(bounded, conn)
		if err != nil {
			return i.classified(ctx, "begin", err)
		}
		tx, err := conn.BeginTx(ctx, &options)
		if err != nil {
			return i.classified(ctx, "begin", err)
		}
		defer func() { _ = tx.Rollback() }() // nothing was written
		if err := i.dialect.begin(ctx, tx, i.timeout); err != nil {
			return i.classified(ctx, "begin", err)
		}
		return f(&session{instance: i, tx: tx})
	})
}

func (s *session) catalogue(ctx context.Context) (*schema, error) {
	bounded, cancel := context.WithTimeout(ctx, s.timeout+grace)
	defer cancel()
	found, err := s.dialect.catalogue(bounded, s.tx, s.config)
	return found, s.classified(ctx, "read the catalogue of the database", err)
}

// each runs a statement and gives its rows to f, whose slice is reused.
func (s *session) each(ctx context.Context, st *statement, f func(raw []any) error) error {
	s.statements++
	bounded, cancel := context.WithTimeout(ctx, s.timeout+grace)
	defer cancel()
	rows, err := s.query(bounded, st)
	if err != nil {
		return s.classified(ctx, "run a statement", err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return s.classified(ctx, "run a statement", err)
	}
	raw, at := make([]any, len(columns)), make([]any, len(columns))
	for i := range raw {
		at[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(at...); err != nil {
			return s.classified(ctx, "read a row", err)
		}
		if s.dialect.textAsBytes {
			for i := range raw {
				if b, ok := raw[i].([]byte); ok {
					raw[i] = string(b)
				}
			}
		}
		if err := f(raw); err != nil {
			return err
		}
	}
	return s.classified(ctx, "read rows", rows.Err())
}

// classified gives the problem that err is. The text of a driver's error may
// hold values, so none of it is kept. It is nil when err is.
func (i *instance) classified(ctx context.Context, doing string, err error) error {
	var p *core.Problem
	var network net.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &p):
		return p
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return &core.Problem{Class: core.ClassDeadline, Origin: core.OriginSystem,
			Message: fmt.Sprintf("the database did not answer within %s (%s); raise the time-out or mark indexed columns exact", i.timeout, doing)}
	}
	if p := i.dialect.classify(err); p != nil {
		return p
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) {
		return sdk.TransientError("the connection to the database was lost", err)
	}
	return &core.Problem{Class: core.ClassBug, Origin: core.OriginPlugin,
		Message: fmt.Sprintf("the plugin could not %s (%T); report it", doing, err)}
}
