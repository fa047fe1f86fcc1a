package access

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/store"
)

// ErrChanged says that the rows of a request are not those that its last run
// left, as the audit log has it.
var ErrChanged = errors.New("the stored data are not those that the last run left")

// journal writes the effects of one run into the audit log, each before it
// happens.
type journal struct {
	log  *audit.Log
	base audit.Entry
}

func (s *Service) journal(file *store.File, r Request) journal {
	return journal{log: s.Log, base: audit.Entry{Request: file.ID(), Purpose: audit.PurposeAccess, Case: s.Log.Digest("case", r.CaseNumber)}}
}

// begin writes the entry of the beginning of an effect on object, a system or
// nothing. The effect must not happen when it fails.
func (j journal) begin(ctx context.Context, verb audit.Verb, object string) (end func(outcome string, counts audit.Counts) error, err error) {
	e := j.base
	e.Verb, e.Object = verb, object
	return j.log.BeginPart(ctx, e)
}

// during makes an effect between the entries of its beginning and its end.
func (j journal) during(ctx context.Context, verb audit.Verb, effect func() (audit.Counts, error)) error {
	end, err := j.begin(ctx, verb, "")
	if err != nil {
		return err
	}
	counts, err := effect()
	return errors.Join(err, end(outcomeOf(err), counts))
}

// answered writes the entry of how a call of a system ended: done, or the class of the
// failure, which tells why it is called again. n counts the calls.
func (j journal) answered(ctx context.Context, system string, n int, failure *core.Problem) error {
	e := j.base
	e.Verb, e.Object, e.Outcome, e.Counts = audit.SourceAnswered, system, audit.Done, audit.Counts{"call": int64(n)}
	if failure != nil {
		e.Outcome = string(failure.Class.Known())
	}
	return j.log.AppendPart(ctx, e)
}

func outcomeOf(err error) string {
	if err != nil {
		return audit.Failed
	}
	return audit.Done
}

// tablePrefix begins the kind of the digests that name tables.
const tablePrefix = "table:"

// covered begins the entry of the coverage that tx is about to store, with a
// keyed digest of every table as it then is. So rows that are changed, removed or put back
// later are noticed, and so is a whole database that is put back. The caller ends it when
// tx is committed: a run that was killed between the two has left no coverage.
func (j journal) covered(ctx context.Context, tx *store.Tx) (end func(outcome string, counts audit.Counts) error, err error) {
	prints, err := tx.Fingerprints(runTables()...)
	if err != nil {
		return nil, err
	}
	e := j.base
	e.Verb = audit.CoverageWritten
	for _, t := range prints.Tables() {
		e.Digests = append(e.Digests, j.log.Keyed(tablePrefix+string(t), prints[t]))
	}
	return j.log.Begin(ctx, e)
}

// countsOf counts the systems of each outcome.
func countsOf(coverage []core.Coverage) audit.Counts {
	counts := audit.Counts{}
	for _, c := range coverage {
		counts[string(c.Outcome)]++
	}
	return counts
}

// runTables are those whose rows a run writes or rests on.
func runTables() []store.Table {
	return []store.Table{tableRequest, tablePlan, tableAsk, tableRecord, tableItem, tableCoverage, tableAside, tableManual, tableScan}
}

// Intact compares the rows of a file with what the log says that its last run
// left. finished is false where the log has no finished run of the file's plan:
// then there is nothing to compare with, and no coverage to believe. ErrChanged names the
// table that is not as it was left; audit.ErrDamaged is that of the log.
func Intact(ctx context.Context, file *store.File, log *audit.Log) (finished bool, err error) {
	filter := audit.Filter{Request: file.ID(), Verb: audit.CoverageWritten}
	covered, ok, err := log.Last(ctx, filter)
	if err != nil || !ok || covered.Phase != audit.End || covered.Outcome != audit.Done {
		// Without an end, nobody knows whether it was stored: the run was killed.
		return false, err
	}
	filter.To = *covered.Of + 1
	if covered, ok, err = log.Last(ctx, filter); err != nil || !ok {
		return false, err
	}
	if begun, err := planAfter(ctx, file.ID(), log, covered.Index); err != nil || begun {
		return false, err
	}
	prints, err := file.Fingerprints(ctx, runTables()...)
	if err != nil {
		return false, err
	}
	seen := 0
	for _, d := range covered.Digests {
		table, ok := strings.CutPrefix(d.Kind, tablePrefix)
		if !ok {
			continue
		}
		seen++
		if log.Digest(d.Kind, prints[store.Table(table)]) != d.Digest {
			return false, changed(file.ID(), store.Table(table))
		}
	}
	return seen > 0, nil
}

// planAfter tells whether a plan was stored after an entry, or may have been: one whose
// storing failed was not.
func planAfter(ctx context.Context, id string, log *audit.Log, after int64) (bool, error) {
	filter := audit.Filter{Request: id, Verb: audit.PlanMade}
	for {
		planned, ok, err := log.Last(ctx, filter)
		if err != nil || !ok || planned.Index < after {
			return false, err
		}
		if planned.Phase != audit.End || planned.Outcome != audit.Failed {
			return true, nil
		}
		filter.To = *planned.Of
		if filter.To == 0 {
			return false, nil
		}
	}
}

func changed(id string, table store.Table) error {
	what := fmt.Sprintf("run `sinusta request run %s --again`, which asks every system anew", id)
	if table == tableRequest {
		what = "erase the request and open it anew"
	}
	return fmt.Errorf("request %s, table %s: %w: rows were changed, removed or put back, or data/ comes from an older copy: "+
		"restore the newest data/, or %s", id, table, ErrChanged, what)
}

// begin refuses to go on from rows that the last run did not leave. With
// again, when every system is asked anew, it drops them; the request itself must be the
// one that was opened in any case.
func (s *Service) begin(ctx context.Context, file *store.File, j journal, again bool) error {
	_, err := Intact(ctx, file, j.log)
	if !errors.Is(err, ErrChanged) || !again {
		return err
	}
	prints, ferr := file.Fingerprints(ctx)
	if ferr != nil {
		return ferr
	}
	if err := j.sameRequest(ctx, prints); err != nil {
		return err
	}
	return j.during(ctx, audit.PlanMade, func() (audit.Counts, error) {
		return nil, file.Update(ctx, func(tx *store.Tx) error {
			for _, t := range prints.Tables() {
				if t == tableRequest {
					continue
				}
				if err := tx.Clear(t); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// sameRequest gives ErrChanged if the request itself is not the one that the
// last run was made for.
func (j journal) sameRequest(ctx context.Context, prints store.Fingerprints) error {
	kind := tablePrefix + string(tableRequest)
	covered, ok, err := j.log.Last(ctx, audit.Filter{Request: j.base.Request, Verb: audit.CoverageWritten, Kind: kind})
	if err != nil || !ok {
		return err
	}
	for _, d := range covered.Digests {
		if d.Kind == kind && d.Digest != j.log.Digest(kind, prints[tableRequest]) {
			return changed(j.base.Request, tableRequest)
		}
	}
	return nil
}

// logStoring writes the entry of the storing of an answer, before the first
// of it is stored or replaced. What the log was to tell before an ask is done is written in any case.
func (a *asking) logStoring(ctx context.Context, stores bool) (err error) {
	if stores && a.endStored == nil {
		a.endStored, err = a.journal.begin(ctx, audit.RecordsStored, a.task.System)
		return err
	}
	if a.ask.Done {
		return a.journal.log.Flush(ctx)
	}
	return nil
}

// stored writes the entry of its end. err is that of the ask.
func (a *asking) stored(err error) error {
	if a.endStored == nil {
		return err
	}
	return errors.Join(err, a.endStored(outcomeOf(err), audit.Counts{"records": int64(a.written), "dropped": int64(a.dropped)}))
}
