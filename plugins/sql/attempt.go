package sqlsource

import (
	"context"

	"github.com/sinusta/sinusta/core"
)

// attemptWrite tries to delete no row of each mapped table, and gives the
// table of the first attempt that went through, "" for none. It is made only
// after the rights have shown that it must fail: rights that nobody thought of
// would show here.
func (i *instance) attemptWrite(ctx context.Context, mapped []*table) (string, error) {
	for _, t := range mapped {
		if t.View {
			continue
		}
		went, err := i.attempt(ctx, t)
		if err != nil || went {
			return t.Name, err
		}
	}
	return "", nil
}

// attempt tries one table, in a transaction that would let it, and that is
// rolled back: a read-only one would hide what the account may do.
func (i *instance) attempt(ctx context.Context, t *table) (went bool, err error) {
	bounded, cancel := context.WithTimeout(ctx, i.timeout+grace)
	defer cancel()
	tx, err := i.db.BeginTx(bounded, nil)
	if err != nil {
		return false, i.classified(ctx, "begin", err)
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to keep
	_, err = tx.ExecContext(bounded, "DELETE FROM "+t.quoted(i.dialect.quote)+" WHERE 1 = 0")
	if err == nil {
		return true, nil
	}
	err = i.classified(ctx, "try to write", err)
	switch p := problemIn(err); {
	case p == nil:
		return false, err
	case p.Class == core.ClassTransient, p.Class == core.ClassDeadline:
		return false, p // proves nothing
	default:
		return false, nil
	}
}
