package sqlsource

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// errFound ends a statement when one row is answer enough.
var errFound = errors.New("found")

// verify looks, for each record type in scope, whether the catalogue keeps its
// promise of keys in every record (sdk.Env.Complete). It comes last in a
// search: a statement that fails ends the transaction.
func (r *run) verify(ctx context.Context) error {
	for _, t := range r.plan.types {
		if len(r.query.Types) > 0 && !slices.Contains(r.query.Types, t.profile.Name) {
			continue
		}
		began, before := time.Now(), r.statements
		for _, kind := range r.complete {
			problems, err := r.incomplete(ctx, t, kind)
			for _, p := range problems {
				if err := r.tellOnce(p); err != nil {
					return err
				}
			}
			if p := problemIn(err); p != nil && p.Class == core.ClassDeadline {
				return r.tellOnce(sdk.Unverified(t.profile.Name, t.path, kind)) // the records were found all the same
			}
			if err != nil {
				return err
			}
		}
		if count, ok := r.counts[t.profile.Name]; ok && r.statements > before {
			count.Statements, count.Took = count.Statements+r.statements-before, count.Took+time.Since(began)
			r.out.Examined(count)
		}
	}
	return nil
}

// checkComplete is verify for a check.
func (s *session) checkComplete(ctx context.Context, out steps) {
	for _, kind := range s.complete {
		told := false
		fail := func(err error) {
			told = true
			out.Run(sdk.CompleteStep(kind), func() error { return err })
		}
		for _, t := range s.plan.types {
			problems, err := s.incomplete(ctx, t, kind)
			for _, p := range problems {
				fail(&p)
			}
			if err != nil {
				fail(err)
				return // the transaction is over
			}
		}
		if !told {
			out.Run(sdk.CompleteStep(kind), func() error { return nil })
		}
	}
}

// incomplete gives the places of a type's records where the subject may stand
// without an identifier of the kind, in the record and in its parts: the plan
// leaves the name out for both.
func (s *session) incomplete(ctx context.Context, t *typePlan, kind core.Kind) ([]core.Problem, error) {
	var problems []core.Problem
	add := func(path string) { problems = append(problems, sdk.Incomplete(t.profile.Name, path, kind)) }
	mapped := false
	for _, set := range t.sets {
		for _, p := range set.parties {
			if !p.subject() {
				continue
			}
			fields := slices.DeleteFunc(slices.Clone(p.fields), func(f boundField) bool { return identifies(f.profile) != kind })
			if len(fields) == 0 {
				if p.held[core.Name] { // found by name alone
					add(join(p.path, "fields"))
				}
				continue
			}
			mapped = true
			lacks, err := s.lacks(ctx, set, p, fields)
			if err != nil {
				return problems, err
			}
			if lacks {
				add(join(join(p.path, "fields"), fields[0].profile.Name))
			}
		}
	}
	if !mapped && slices.ContainsFunc(t.profile.Slots, func(c catalogue.Slot) bool { return c.Subject }) {
		return []core.Problem{sdk.Incomplete(t.profile.Name, t.path, kind)}, nil
	}
	return problems, nil
}

// lacks tells whether in some row of a record the party may be the subject and
// none of the fields holds an identifier.
func (s *session) lacks(ctx context.Context, set *rowset, p *boundParty, fields []boundField) (bool, error) {
	st := lackingStatement(s.dialect, set, p, fields)
	read := s.reader()
	err := s.each(ctx, st, func(raw []any) error {
		if p.slotAt >= 0 {
			slot, known := p.slot(read.row(raw, set, []int{p.slotAt}))
			if known && !slot.Subject {
				return nil
			}
		}
		return errFound
	})
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

// lackingStatement gives one row if some row of the set holds no identifier in
// the fields, or, where a column tells the slot, each code of such rows.
func lackingStatement(d *dialect, set *rowset, p *boundParty, fields []boundField) *statement {
	s := &statement{dialect: d}
	top, end := d.limit(1)
	if p.slotAt < 0 {
		s.write("SELECT ", top, "1")
	} else {
		code := set.columns[p.slotAt]
		s.write("SELECT DISTINCT ", d.read(s.expr(set, code), code.column))
	}
	s.down(set)
	var terms []string
	for _, f := range fields {
		for _, at := range f.at {
			c := set.columns[at]
			holds := ""
			if c.path != nil {
				holds = d.holdsMember(s, s.expr(set, c), c, identifies(f.profile))
			} else {
				holds = d.holds(s.expr(set, c), c.column, identifies(f.profile))
			}
			terms = append(terms, "CASE WHEN "+holds+" THEN 1 ELSE 0 END = 0")
		}
	}
	s.write(" WHERE ", strings.Join(terms, " AND "))
	if p.slotAt < 0 {
		s.write(end)
	}
	return s
}

// subject tells whether the subject may stand in the party.
func (p *boundParty) subject() bool {
	for _, slot := range p.slots {
		if slot.Subject {
			return true
		}
	}
	return false
}
