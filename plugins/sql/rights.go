package sqlsource

import (
	"context"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// writableTables tells which of the mapped tables the account may write to,
// nil for none. remedy is what their owner runs.
func writableTables(p *core.Problem, s *schema, mapped []*table, remedy string) *core.Problem {
	var writable []string
	for _, t := range mapped {
		if t.Writable {
			writable = append(writable, s.display(t))
		}
	}
	if len(writable) == 0 {
		return nil
	}
	p.Message = "the account may write to " + strings.Join(writable, ", ") + "; as the owner run " + remedy
	return p
}

// firstRow gives the values of the first row of a statement to f; there may be
// none.
func firstRow(ctx context.Context, q querier, statement string, f func(values ...any)) error {
	rows, err := q.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	raw, at := make([]any, len(columns)), make([]any, len(columns))
	for i := range raw {
		at[i] = &raw[i]
	}
	if rows.Next() {
		if err := rows.Scan(at...); err != nil {
			return err
		}
		f(raw...)
	}
	return rows.Err()
}
