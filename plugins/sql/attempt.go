package sqlsource

import (
	"context"

	"github.com/sinusta/sinusta/core"
)

// attemptWrite tries to delete no row of each mapped table, each in a
// transaction of its own that is rolled back, and gives the table of the first
// attempt that went through, "" for none. It is made only after the rights
// have shown that it must fail: rights that nobody thought of would show here.
func (i *instance) attemptWrite(ctx context.Context, mapped []*table) (string, error) {
	for _, t := range mapped {
		if t.View {
			continue
		}
		went := false
		err := i.transaction(ctx, func(s *session) error {
			bounded, cancel := context.WithTimeout(ctx, s.timeout+grace)
			defer cancel()
			_, err := s.tx.ExecContext(bounded, "DELETE FROM "+t.quoted(i.dialect.quote)+" WHERE 1 = 0")
			went = err == nil
			if p := i.dialect.classify(err); p != nil && (p.Class == core.ClassTransient || p.Class == core.ClassDeadline) {
				return p // proves nothing
			}
			return nil
		})
		if err != nil {
			return "", err
		}
		if went {
			return t.Name, nil
		}
	}
	return "", nil
}
