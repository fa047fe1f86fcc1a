package access

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/store"
)

// Sources opens the source of a system. It is what this package needs of the
// plugins.
type Sources interface {
	// Open starts and configures the source of a system, which will be asked
	// q; an error is a *core.Problem where the cause is known. The caller
	// closes what it got.
	Open(ctx context.Context, system string, q core.Query) (*Opened, error)
}

// Opened is a source that is ready to be asked.
type Opened struct {
	core.Source
	// MaxRecords bounds the answer, 0 for no bound.
	MaxRecords uint64
	// Close ends the source.
	Close func(context.Context) error
}

// Ask is one question to one system, as it is stored: what came of it, and
// where it can go on. A question that is not done is asked again by the next
// run, from its checkpoint.
type Ask struct {
	System  string `json:"system"`
	Hop     int    `json:"hop"`
	Attempt int    `json:"attempt"`
	// Round counts how often the question was begun anew. Records of earlier
	// rounds stay until a round has been answered.
	Round int  `json:"round,omitempty"`
	Done  bool `json:"done"`
	// Question is the digest of what was asked, Kinds are the kinds of
	// identifier that left.
	Question string      `json:"question"`
	Kinds    []core.Kind `json:"kinds,omitempty"`
	// Started is when the system was first asked: what it answers is told as
	// of then, also when a later attempt goes on from a checkpoint.
	Started time.Time     `json:"started,omitzero"`
	Took    time.Duration `json:"took,omitempty"`
	// Records is how many records came, over all attempts, each once.
	Records    int              `json:"records"`
	Checkpoint core.Checkpoint  `json:"checkpoint,omitzero"`
	Completion *core.Completion `json:"completion,omitempty"`
	Problem    *core.Problem    `json:"problem,omitempty"`
	// Notices are the problems that the source met on its way.
	Notices []core.Problem `json:"notices,omitempty"`
}

// stored is one record in the store, with the system it came from.
type stored struct {
	System string
	Round  int
	Record core.Record
}

// originOf gives the system and the round that a row of the table came from.
func originOf(table store.Table, row store.Row) (system string, round int, err error) {
	if table == tableRecord {
		var s stored
		err = row.Decode(&s)
		return s.System, s.Round, err
	}
	var of struct {
		System string `json:"system"`
		Round  int    `json:"round"`
	}
	err = row.Decode(&of)
	return of.System, of.Round, err
}

// AppendBinary appends the binary form of a stored record.
func (s stored) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(s.Round)) //nolint:gosec // counts from 0
	b = binary.AppendUvarint(b, uint64(len(s.System)))
	return s.Record.AppendBinary(append(b, s.System...))
}

// UnmarshalBinary reads what AppendBinary wrote.
func (s *stored) UnmarshalBinary(data []byte) error {
	round, n := binary.Uvarint(data)
	size, m := binary.Uvarint(data[max(0, n):])
	if n <= 0 || m <= 0 || round > math.MaxInt32 || size > uint64(len(data)-n-m) {
		return errors.New("the bytes are no stored record")
	}
	data = data[n+m:]
	s.Round, s.System = int(round), string(data[:size])
	return s.Record.UnmarshalBinary(data[size:])
}

// Limits bound a run.
type Limits struct {
	// Parallel is how many sources are asked at once.
	Parallel int
	// Timeout bounds one source that names no time of its own.
	Timeout time.Duration
	// TimeoutOf gives the bound of one source, 0 for the default.
	TimeoutOf func(system string) time.Duration
}

// Update tells how a run goes on. It holds no personal data.
type Update struct {
	System  string
	State   State
	Records int
	Took    time.Duration
	// Outcome is set when the ask is finished: what it would be if every
	// record were the subject's.
	Outcome core.Outcome
}

// State is where the asking of one system stands.
type State string

// The states of an ask.
const (
	Starting  State = "starting"
	Searching State = "searching"
	Waiting   State = "waiting" // the system makes us wait
	Finished  State = "finished"
)

const (
	batchRecords = 500
	maxNotices   = 50
)

// Run asks every system of the plan that has not answered yet, at most
// limits.Parallel at once, and streams the answers into the file. A source
// that fails changes its own outcome and nothing else: Run returns an error
// only when the store fails or ctx ends, and what was stored stays.
//
// It is one step of Execute, for measuring it alone: only Execute writes into the log.
func Run(ctx context.Context, file *store.File, plan *Plan, sources Sources, limits Limits, progress func(Update)) error {
	return run(ctx, file, plan, sources, limits, journal{}, progress)
}

func run(ctx context.Context, file *store.File, plan *Plan, sources Sources, limits Limits, j journal, progress func(Update)) error {
	if progress == nil {
		progress = func(Update) {}
	}
	var mu sync.Mutex
	serial := func(u Update) {
		mu.Lock()
		defer mu.Unlock()
		progress(u)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, limits.Parallel))
	for _, task := range plan.Tasks {
		if !task.Asked() {
			continue
		}
		group.Go(func() error {
			a := &asking{file: file, task: task, sources: sources, limits: limits, journal: j, progress: serial}
			return a.stored(a.run(ctx))
		})
	}
	return group.Wait()
}

// asking is the state of one ask while it runs.
type asking struct {
	file     *store.File
	task     Task
	sources  Sources
	limits   Limits
	journal  journal
	progress func(Update)

	ask     Ask
	pending []core.Record

	// The entry of what is stored, once there is something: see journal.
	endStored        func(outcome string, counts audit.Counts) error
	written, dropped int
}

func askRow(hop int, system string) string { return fmt.Sprintf("%d/%s", hop, system) }

// recordRow names a record in the store: the same record gets the same row in
// every attempt.
func recordRow(system, ref string) string { return system + "\x00" + ref }

func (a *asking) run(ctx context.Context) error {
	row := askRow(0, a.task.System)
	err := a.file.Get(ctx, tableAsk, row, &a.ask)
	switch {
	case errors.Is(err, store.ErrNotFound):
		question, err := a.task.digest()
		if err != nil {
			return err
		}
		a.ask = Ask{System: a.task.System, Question: question, Kinds: a.task.Kinds()}
	case err != nil:
		return err
	case a.ask.Done:
		a.finished()
		return nil
	}
	a.ask.Attempt++
	a.ask.Completion, a.ask.Problem = nil, nil
	if a.ask.Checkpoint.Cursor == nil {
		// From the beginning. Otherwise the notices of the part that is not
		// searched again stay.
		a.ask.Started, a.ask.Notices = time.Now().UTC(), nil
	}
	if err := a.commit(ctx, nil); err != nil {
		return err
	}
	a.progress(Update{System: a.task.System, State: Starting})
	began := time.Now()
	storeErr, searchErr := a.search(ctx)
	a.ask.Took = time.Since(began)
	if storeErr != nil {
		return storeErr
	}
	if ctx.Err() != nil {
		// Stopped by a person or by a failing store: the ask stays open. What
		// was received is kept; the context is gone, so a fresh one writes it.
		return errors.Join(a.commit(context.WithoutCancel(ctx), nil), context.Cause(ctx))
	}
	a.ask.Problem = problemOf(searchErr)
	a.ask.Done = true
	if Grade(a.task, a.ask, a.ask.Records).Outcome.Final() {
		if err := a.dropEarlier(ctx); err != nil {
			return err
		}
	}
	if err := a.commit(ctx, nil); err != nil {
		return err
	}
	a.finished()
	return nil
}

// finished tells how the ask ended, as far as that is known before matching.
func (a *asking) finished() {
	a.progress(Update{System: a.task.System, State: Finished, Records: a.ask.Records, Took: a.ask.Took,
		Outcome: Grade(a.task, a.ask, a.ask.Records).Outcome})
}

// dropEarlier deletes what earlier rounds of the ask brought and this one did
// not: the system has answered whole, and no longer holds it.
func (a *asking) dropEarlier(ctx context.Context) error {
	if a.ask.Round == 0 {
		return nil
	}
	stale := map[store.Table][]string{}
	kept := 0
	for _, table := range []store.Table{tableRecord, tableAside} {
		err := a.file.Each(ctx, table, 0, func(row store.Row) error {
			system, round, err := originOf(table, row)
			switch {
			case err != nil || system != a.task.System:
			case round == a.ask.Round:
				kept++
			default:
				stale[table] = append(stale[table], row.Name)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("read the records of %s: %w", a.task.System, err)
		}
	}
	a.ask.Records = kept
	a.dropped = len(stale[tableRecord]) + len(stale[tableAside])
	if a.dropped > 0 {
		if err := a.logStoring(ctx); err != nil {
			return err
		}
	}
	return a.file.Update(ctx, func(tx *store.Tx) error { return deleteAll(tx, stale) })
}

func deleteAll(tx *store.Tx, rows map[store.Table][]string) error {
	for table, names := range rows {
		for _, name := range names {
			if err := tx.Delete(table, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// search opens the source and takes its answer. The first error is the
// store's, the second the source's.
func (a *asking) search(ctx context.Context) (storeErr, searchErr error) {
	timeout := a.limits.Timeout
	if a.limits.TimeoutOf != nil {
		if own := a.limits.TimeoutOf(a.task.System); own > 0 {
			timeout = own
		}
	}
	bounded := ctx
	if timeout > 0 {
		var cancel context.CancelFunc
		bounded, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	query := core.Query{Request: a.file.ID(), AnyOf: a.task.AnyOf, Period: a.task.Period, Resume: a.ask.Checkpoint}
	source, err := a.sources.Open(bounded, a.task.System, query)
	if err != nil {
		return nil, deadline(bounded, err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := source.Close(closing); err != nil && searchErr == nil && a.ask.Completion == nil {
			searchErr = err
		}
	}()
	a.progress(Update{System: a.task.System, State: Searching, Records: a.ask.Records})
	query.MaxRecords = source.MaxRecords
	completion, err := source.Search(bounded, query, func(e core.Event) error {
		storeErr = a.take(ctx, e)
		return storeErr
	})
	if storeErr != nil {
		return storeErr, nil
	}
	if len(a.pending) > 0 {
		if storeErr = a.commit(context.WithoutCancel(ctx), nil); storeErr != nil {
			return storeErr, nil
		}
	}
	a.ask.Completion = completion
	if err != nil {
		err = deadline(bounded, err)
	}
	return nil, err
}

// take stores one event: records gather to a batch, which is written with the
// checkpoint that covers it.
func (a *asking) take(ctx context.Context, e core.Event) error {
	switch {
	case e.Checkpoint != nil:
		return a.commit(ctx, e.Checkpoint)
	case e.Notice != nil:
		if len(a.ask.Notices) < maxNotices {
			a.ask.Notices = append(a.ask.Notices, *e.Notice)
		}
	case e.Progress != nil:
		state := Searching
		if time.Now().Before(e.Progress.WaitUntil) {
			state = Waiting
		}
		a.progress(Update{System: a.task.System, State: state, Records: a.ask.Records + len(a.pending)})
	default:
		a.pending = append(a.pending, e.Records...)
		a.progress(Update{System: a.task.System, State: Searching, Records: a.ask.Records + len(a.pending)})
		if len(a.pending) >= batchRecords {
			return a.commit(ctx, nil)
		}
	}
	return nil
}

// commit writes the gathered records and the state of the ask in one
// transaction, with the checkpoint if there is one.
func (a *asking) commit(ctx context.Context, c *core.Checkpoint) error {
	if c != nil {
		a.ask.Checkpoint = *c
	}
	if len(a.pending) > 0 {
		if err := a.logStoring(ctx); err != nil {
			return err
		}
	}
	next := a.ask
	err := a.file.Update(ctx, func(tx *store.Tx) error {
		for _, r := range a.pending {
			row := recordRow(a.task.System, r.Ref)
			var old stored
			switch err := tx.Get(tableRecord, row, &old); {
			case errors.Is(err, store.ErrNotFound):
				known, err := a.putAside(tx, row)
				if err != nil {
					return err
				}
				if !known {
					next.Records++
				} else if err := tx.Delete(tableAside, digestOf(row)); err != nil {
					return err
				}
			case err != nil:
				return err
			case old.Round == next.Round:
				r.MatchedBy = unite(old.Record.MatchedBy, r.MatchedBy)
			}
			if err := tx.Put(tableRecord, row, stored{System: a.task.System, Round: next.Round, Record: r}); err != nil {
				return err
			}
		}
		return tx.Put(tableAsk, askRow(next.Hop, next.System), next)
	})
	if err != nil {
		return fmt.Errorf("store the answer of %s: %w", a.task.System, err)
	}
	a.ask = next
	a.written += len(a.pending)
	a.pending = a.pending[:0]
	return nil
}

// putAside tells whether an earlier attempt brought the record, which was then
// put aside as somebody else's: it is counted already.
func (a *asking) putAside(tx *store.Tx, row string) (bool, error) {
	if a.ask.Round == 0 && a.ask.Attempt <= 1 {
		return false, nil
	}
	var aside Aside
	err := tx.Get(tableAside, digestOf(row), &aside)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// unite gives the keys of both lists, each once.
func unite(a, b []core.Match) []core.Match {
	seen := map[core.Match]bool{}
	var out []core.Match
	for _, m := range append(append([]core.Match{}, a...), b...) {
		if !seen[m] {
			seen[m] = true
			out = append(out, m)
		}
	}
	return out
}

// deadline makes a deadline problem of an error that came after the source's
// time was up.
func deadline(ctx context.Context, err error) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	return &core.Problem{Class: core.ClassDeadline, Phase: core.PhaseSearch, Origin: core.OriginHost,
		Message: "the source did not finish in its time: raise `timeout` in the sources file, or look at the system"}
}

// problemOf gives an error as a problem; nil stays nil.
func problemOf(err error) *core.Problem {
	if err == nil {
		return nil
	}
	var p *core.Problem
	if errors.As(err, &p) {
		return p
	}
	return &core.Problem{Class: core.ClassBug, Origin: core.OriginHost, Phase: core.PhaseSearch,
		Message: strings.ToValidUTF8(err.Error(), "?")}
}
