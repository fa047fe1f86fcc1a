package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/store"
)

// Service carries a request from its identifiers to its coverage.
type Service struct {
	Catalogue *catalogue.Catalogue
	// Digest is that of the catalogue, as the function of this name gives it;
	// empty for one that is made for each run.
	Digest  string
	Wiring  Wiring
	Sources Sources
	Limits  Limits
	// Log is where every effect is written down before it happens; there is no
	// run without it.
	Log *audit.Log
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Answer is the state of a request after a run.
type Answer struct {
	Plan     Plan
	Coverage []core.Coverage
}

// Final tells whether every outcome may stand without an exception.
func (a Answer) Final() bool {
	for _, c := range a.Coverage {
		if !c.Outcome.Final() {
			return false
		}
	}
	return len(a.Coverage) > 0
}

// Execute plans, asks, merges and covers the request of a file. A run that
// was stopped goes on from what is stored; systems whose outcome was not
// final are asked anew; with again, all are. Two runs of one request exclude
// each other. When ctx ends, what was received is kept and the coverage says
// what is missing.
func (s *Service) Execute(ctx context.Context, file *store.File, again bool, progress func(Update)) (*Answer, error) {
	unlock, err := file.Lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	request, err := Load(ctx, file)
	if err != nil {
		return nil, err
	}
	j := s.journal(file, request)
	if err := s.begin(ctx, file, j, again); err != nil {
		return nil, err
	}
	judges, err := newJudges(request, s.Catalogue)
	if err != nil {
		return nil, err
	}
	all, err := readKnown(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("read request %s: %w", file.ID(), err)
	}
	plan, err := s.plan(ctx, file, request, again, j, all)
	if err != nil {
		return nil, err
	}
	runErr := (&asks{file: file, plan: plan, sources: s.Sources, limits: s.Limits, journal: j, judges: judges, known: all}).run(ctx, progress)
	// What was received is judged and covered even when the run was stopped,
	// so that the file never claims more than it searched.
	ctx = context.WithoutCancel(ctx)
	var merged map[string]remains
	err = j.during(ctx, audit.Merged, func() (_ audit.Counts, err error) {
		merged, err = merge(ctx, file, judges, all)
		return membersOf(merged), err
	})
	if err != nil {
		return nil, first(runErr, err)
	}
	coverage, err := cover(ctx, file, plan, merged, j)
	if err != nil {
		return nil, first(runErr, err)
	}
	return &Answer{Plan: *plan, Coverage: coverage}, runErr
}

// membersOf counts the records that are in items.
func membersOf(merged map[string]remains) audit.Counts {
	n, systems := int64(0), int64(0)
	for _, m := range merged {
		n += int64(m.items)
		if m.items > 0 {
			systems++
		}
	}
	return audit.Counts{"records-in-items": n, "systems": systems}
}

// first gives the error of the run. Where that is only somebody's stop, what
// went wrong after it is told too; a store that fails fails again.
func first(runErr, after error) error {
	if runErr == nil || errors.Is(runErr, context.Canceled) {
		return errors.Join(runErr, after)
	}
	return runErr
}

// plan makes and stores the plan of this run, and forgets what it does not
// stand on: the outcomes and items of the run before, and the answers of the
// systems that are asked no longer. Systems that are asked anew keep their
// records until they have answered. It is one transaction, so that no reader
// ever sees verdicts of one run beside records of another.
func (s *Service) plan(ctx context.Context, file *store.File, r Request, again bool, j journal, all map[string]*known) (*Plan, error) {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	digest, err := s.Digest, error(nil)
	if digest == "" {
		digest, err = Digest(s.Catalogue)
	}
	if err != nil {
		return nil, err
	}
	plan, err := makePlan(r, s.Catalogue, digest, s.Wiring, now())
	if err != nil {
		return nil, err
	}
	anew, dropped, err := askAnew(ctx, file, plan, again)
	if err != nil {
		return nil, err
	}
	stale, err := staleRows(ctx, file, dropped, all)
	if err != nil {
		return nil, fmt.Errorf("read request %s: %w", file.ID(), err)
	}
	err = j.during(ctx, audit.PlanMade, func() (audit.Counts, error) {
		return audit.Counts{"systems": int64(len(plan.Tasks)), "asked-anew": int64(len(anew))}, file.Update(ctx, func(tx *store.Tx) error {
			if err := deleteAll(tx, stale); err != nil {
				return err
			}
			for _, ask := range anew {
				if err := tx.Put(tableAsk, askRow(ask.Hop, ask.System), ask); err != nil {
					return err
				}
			}
			return tx.Put(tablePlan, onlyRow, plan)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("store the plan: %w", err)
	}
	for system := range dropped {
		delete(all, system)
	}
	return plan, nil
}

// askAnew gives the asks whose answer does not stand, as they are to be asked:
// all of them with again; else those that the plan asks something else or
// through another source, and those without a final outcome. An ask that was
// stopped midway goes on from where it was. dropped are the systems that the
// plan no longer asks.
func askAnew(ctx context.Context, file *store.File, plan *Plan, again bool) (anew []Ask, dropped map[string]bool, err error) {
	tasks := map[string]Task{}
	for _, t := range plan.Tasks {
		if t.Asked() {
			tasks[t.System] = t
		}
	}
	dropped = map[string]bool{}
	err = file.Each(ctx, tableAsk, 0, func(row store.Row) error {
		var ask Ask
		if err := row.Decode(&ask); err != nil {
			return err
		}
		task, planned := tasks[ask.System]
		if !planned {
			dropped[ask.System] = true
			return nil
		}
		question, err := task.digest()
		if err != nil {
			return err
		}
		open := ask.Done && !Grade(task, ask, ask.Records).Outcome.Final()
		switch {
		case open && !again && question == ask.Question && ask.brokeOff():
			ask.Done = false
			anew = append(anew, ask)
		case again || question != ask.Question || open:
			anew = append(anew, ask.anew(task, question))
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the asks of request %s: %w", file.ID(), err)
	}
	return anew, dropped, nil
}

// brokeOff tells whether the ask ended in the middle by no fault of what was
// asked: it goes on from its checkpoint, since a search that begins anew each
// time might never come to its end.
func (a Ask) brokeOff() bool {
	if a.Checkpoint.Cursor == nil || a.Problem == nil {
		return false
	}
	switch a.Problem.Class {
	case core.ClassTransient, core.ClassRateLimited, core.ClassDeadline:
		return true
	default:
		return false
	}
}

// anew gives the ask as it is begun anew. How long the system makes us wait
// holds for the same source, whatever is asked.
func (a Ask) anew(task Task, question string) Ask {
	next := Ask{System: a.System, Hop: a.Hop, Attempt: a.Attempt, Attempts: a.Attempts, Round: a.Round + 1,
		Question: question, Source: task.Source, Kinds: task.Kinds(), Records: a.Records}
	if a.Source == task.Source && !a.NotBefore.IsZero() {
		next.NotBefore, next.Problem = a.NotBefore, a.Problem
	}
	return next
}

// staleRows gives the outcomes and items of the run before, and every row of
// the systems that are dropped.
func staleRows(ctx context.Context, file *store.File, dropped map[string]bool, all map[string]*known) (map[store.Table][]string, error) {
	stale := map[store.Table][]string{}
	for _, table := range []store.Table{tableItem, tableCoverage} {
		rows, err := rowsOf(ctx, file, table)
		if err != nil {
			return nil, err
		}
		stale[table] = rows
	}
	for system := range dropped {
		if k := all[system]; k != nil {
			k.rows(system, stale)
		}
	}
	err := file.Each(ctx, tableAsk, 0, func(row store.Row) error {
		var ask Ask
		err := row.Decode(&ask)
		if dropped[ask.System] {
			stale[tableAsk] = append(stale[tableAsk], row.Name)
		}
		return err
	})
	return stale, err
}

// LoadPlan reads the plan of a file; store.ErrNotFound when it was never run.
func LoadPlan(ctx context.Context, file *store.File) (*Plan, error) {
	var p Plan
	if err := file.Get(ctx, tablePlan, onlyRow, &p); err != nil {
		return nil, fmt.Errorf("read the plan of request %s: %w", file.ID(), err)
	}
	return &p, nil
}

// Searched gives when the systems were asked: from the first question to the
// last answer. It is what the answer speaks of.
func Searched(ctx context.Context, file *store.File) (core.Interval, error) {
	var span core.Interval
	err := file.Each(ctx, tableAsk, 0, func(row store.Row) error {
		var ask Ask
		if err := row.Decode(&ask); err != nil || ask.Started.IsZero() {
			return err
		}
		if span.From.IsZero() || ask.Started.Before(span.From) {
			span.From = ask.Started
		}
		if ask.Ended.After(span.To) {
			span.To = ask.Ended
		}
		return nil
	})
	return span, err
}

// AsideCounts counts, by system, the hits that are no items.
type AsideCounts struct {
	// Officials are those in which the subject acts for the organisation,
	// Others those of other people.
	Officials, Others map[string]int
	// Referred are the records and parts of records that are another
	// controller's, by system and type.
	Referred map[string]map[string]int
}

// Asides counts the hits that are no items.
func Asides(ctx context.Context, file *store.File) (AsideCounts, error) {
	c := AsideCounts{Officials: map[string]int{}, Others: map[string]int{}, Referred: map[string]map[string]int{}}
	err := file.Each(ctx, tableAside, 0, func(row store.Row) error {
		var a Aside
		if err := row.Decode(&a); err != nil {
			return err
		}
		switch {
		case a.Referred:
			if c.Referred[a.System] == nil {
				c.Referred[a.System] = map[string]int{}
			}
			c.Referred[a.System][a.Type]++
		case a.Official:
			c.Officials[a.System]++
		default:
			c.Others[a.System]++
		}
		return nil
	})
	return c, err
}
