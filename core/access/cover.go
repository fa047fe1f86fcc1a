package access

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/store"
)

// cover gives every system of the plan exactly one outcome and stores it.
// merged tells what of each system remains after matching.
func cover(ctx context.Context, file *store.File, plan *Plan, merged map[string]remains, j journal) ([]core.Coverage, error) {
	asides, err := Asides(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("count what was put aside: %w", err)
	}
	var all []core.Coverage
	answers, err := manualAnswers(ctx, file)
	if err != nil {
		return nil, err
	}
	for _, task := range plan.Tasks {
		if !task.Asked() {
			c := dueOf(task, core.Coverage{System: task.System, Outcome: task.Outcome, Reason: task.Reason})
			all = append(all, byHand(c, answers, merged[task.System].items))
			continue
		}
		var ask Ask
		if err := file.Get(ctx, tableAsk, askRow(0, task.System), &ask); err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		c := owned(Grade(task, ask, merged[task.System].items), merged[task.System].untold, asides.Referred[task.System])
		all = append(all, byHand(dueOf(task, c), answers, merged[task.System].items))
	}
	old, err := rowsOf(ctx, file, tableCoverage)
	if err != nil {
		return nil, fmt.Errorf("read the coverage: %w", err)
	}
	var end func(outcome string, counts audit.Counts) error
	err = file.Update(ctx, func(tx *store.Tx) (err error) {
		// A system that left the catalogue leaves the coverage too.
		for _, row := range old {
			if err := tx.Delete(tableCoverage, row); err != nil {
				return err
			}
		}
		put := func(i int) (string, any) { return all[i].System, placed{Place: i, Coverage: all[i]} }
		if err := tx.PutAll(tableCoverage, len(all), put); err != nil {
			return err
		}
		end, err = j.covered(ctx, tx)
		return err
	})
	if end != nil {
		err = errors.Join(err, end(outcomeOf(err), countsOf(all)))
	}
	if err != nil {
		return nil, fmt.Errorf("store the coverage: %w", err)
	}
	return all, nil
}

// dueOf adds the last day of a search that somebody has yet to make.
func dueOf(task Task, c core.Coverage) core.Coverage {
	if c.Outcome == core.ManualPending {
		c.Due = task.Due
	}
	return c
}

// owned adds to a graded outcome what is known of the owners of a mixed system:
// what is another controller's, and that of these types nobody knows.
func owned(c core.Coverage, untold []string, referred map[string]int) core.Coverage {
	for _, n := range referred {
		c.Referred += n
	}
	if len(referred) > 0 {
		c.ReferredTypes = referred
	}
	if len(untold) > 0 && c.Outcome.Final() {
		c.Outcome, c.Reason = core.Partial, core.Reason{Code: core.ReasonOwnerUntold, Types: untold}
	}
	return c
}

// placed keeps the order of the plan, whatever order rows were written in.
type placed struct {
	Place    int           `json:"place"`
	Coverage core.Coverage `json:"coverage"`
}

// Grade makes the outcome of one asked system. A source does not grade
// itself: what it says happened, what it says it examined, and what really
// arrived decide, and the worst of them counts. items is how many items
// remain after matching.
func Grade(task Task, ask Ask, items int) core.Coverage {
	c := core.Coverage{System: task.System, AskedWith: ask.Kinds, Asked: ask.Started, Records: ask.Records, Took: ask.Took,
		Attempts: ask.Attempts, RetryAt: ask.NotBefore}
	c.Problems = each(c.Problems, ask.Notices...)
	if ask.Problem != nil {
		c.Problems = each(c.Problems, *ask.Problem)
	}
	done := ask.Completion
	if done == nil {
		c.Outcome, c.Reason = unanswered(ask)
		return c
	}
	c.Types, c.LeftOut = done.Searched, done.LeftOut
	c.Problems = each(c.Problems, done.Problems...)
	switch done.Result {
	case core.Deferred:
		c.Outcome = core.ManualPending
		return c
	case core.Failed:
		c.Outcome, c.Reason = failed(ask, worst(c.Problems))
		return c
	}
	var skipped []string
	var needs []core.Kind
	examined := 0
	for _, t := range done.Searched {
		if t.Examined {
			examined++
			continue
		}
		skipped = append(skipped, t.Type)
		for _, k := range t.Needs {
			if !slices.Contains(needs, k) {
				needs = append(needs, k)
			}
		}
	}
	gap, partial := gapOf(done.Result, c.Problems)
	switch {
	case examined == 0:
		c.Outcome, c.Reason = core.NeedsMoreIdentifiers, core.Reason{Code: core.ReasonNoUsableKey, Kinds: needs}
	case partial:
		c.Outcome, c.Reason = core.Partial, gap
	case len(skipped) > 0:
		c.Outcome, c.Reason = core.Partial, core.Reason{Code: core.ReasonTypesUnexamined, Types: skipped, Kinds: needs}
	case items > 0:
		c.Outcome = core.Found
	default:
		c.Outcome = core.NoneFound
	}
	return c
}

// each adds problems to a list, each once, in the classes of this version: a
// notice stands in the closing message too.
func each(list []core.Problem, more ...core.Problem) []core.Problem {
	for _, p := range more {
		p.Class = p.Class.Known()
		if !slices.ContainsFunc(list, p.Equal) {
			list = append(list, p)
		}
	}
	return list
}

// unanswered grades an ask whose answer had no closing message, or that never
// ended.
func unanswered(ask Ask) (core.Outcome, core.Reason) {
	if ask.Problem == nil {
		code := core.ReasonNoCompletion
		if !ask.Done {
			code = core.ReasonCancelled
		}
		if ask.Records > 0 {
			return core.Partial, core.Reason{Code: code}
		}
		return core.SearchFailed, core.Reason{Code: code}
	}
	return failed(ask, ask.Problem)
}

func failed(ask Ask, p *core.Problem) (core.Outcome, core.Reason) {
	reason := core.Reason{Code: core.ReasonSource}
	if p != nil {
		reason.Code = codeOf(p.Class)
	}
	switch {
	case ask.Records > 0:
		return core.Partial, reason
	case p != nil && p.Class == core.ClassDeadline:
		return core.TimedOut, reason
	default:
		return core.SearchFailed, reason
	}
}

// gapOf tells whether something was not examined, and what.
func gapOf(result core.Result, problems []core.Problem) (core.Reason, bool) {
	p := worst(problems)
	if p == nil {
		return core.Reason{Code: core.ReasonSource}, result != core.Complete
	}
	reason := core.Reason{Code: codeOf(p.Class), Kinds: p.Kinds}
	if p.RecordType != "" {
		reason.Types = []string{p.RecordType}
	}
	return reason, true
}

// severity orders the classes of problem by what they say of completeness,
// the gravest first. A class that is not here takes nothing away.
var severity = []core.Class{core.ClassBug, core.ClassDeadline, core.ClassAuth, core.ClassConfig, core.ClassTransient,
	core.ClassRateLimited, core.ClassCancelled, core.ClassTruncated, core.ClassPartial, core.ClassUnsupportedKey,
	core.ClassUnmapped, core.ClassNeedsHuman}

func worst(problems []core.Problem) *core.Problem {
	for _, class := range severity {
		for i := range problems {
			if problems[i].Class == class {
				return &problems[i]
			}
		}
	}
	return nil
}

// gravest gives the worst problem, of those that take nothing away the first;
// nil if there is none.
func gravest(problems []core.Problem) *core.Problem {
	if p := worst(problems); p != nil || len(problems) == 0 {
		return p
	}
	return &problems[0]
}

func codeOf(c core.Class) core.ReasonCode {
	switch c {
	case core.ClassConfig:
		return core.ReasonConfig
	case core.ClassAuth:
		return core.ReasonAuth
	case core.ClassTransient:
		return core.ReasonUnavailable
	case core.ClassRateLimited:
		return core.ReasonRateLimited
	case core.ClassDeadline:
		return core.ReasonTimeout
	case core.ClassPartial:
		return core.ReasonIncomplete
	case core.ClassTruncated:
		return core.ReasonTruncated
	case core.ClassUnsupportedKey:
		return core.ReasonKeysNotCovered
	case core.ClassUnmapped:
		return core.ReasonUnmapped
	case core.ClassCancelled:
		return core.ReasonCancelled
	case core.ClassBug:
		return core.ReasonBug
	default:
		return core.ReasonSource
	}
}

// LoadCoverage reads the coverage of a file, in the order of the plan.
func LoadCoverage(ctx context.Context, file *store.File) ([]core.Coverage, error) {
	var rows []placed
	err := file.Each(ctx, tableCoverage, 0, func(r store.Row) error {
		var p placed
		if err := r.Decode(&p); err != nil {
			return err
		}
		rows = append(rows, p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the coverage: %w", err)
	}
	slices.SortFunc(rows, func(a, b placed) int { return a.Place - b.Place })
	out := make([]core.Coverage, len(rows))
	for i, r := range rows {
		out[i] = r.Coverage
	}
	return out, nil
}
