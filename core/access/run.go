package access

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/store"
)

// ErrUnable marks an error of Sources that is no source's: the installation
// itself cannot go on (its log cannot be written, say). It ends the run; what
// was stored stays.
var ErrUnable = errors.New("the search cannot go on")

// Sources opens the source of a system. It is what this package needs of the
// plugins.
type Sources interface {
	// Open starts and configures the source of a system, which will be asked
	// q; an error is a *core.Problem where the cause is known, or wraps
	// ErrUnable. Every attempt opens it anew. The caller closes what it got.
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
	System string `json:"system"`
	Hop    int    `json:"hop"`
	// Attempt counts the calls of the source; Attempts are the last of them.
	Attempt  int            `json:"attempt"`
	Attempts []core.Attempt `json:"attempts,omitempty"`
	// Round counts how often the question was begun anew. Records of earlier
	// rounds stay until a round has been answered.
	Round int  `json:"round,omitempty"`
	Done  bool `json:"done"`
	// Question is the digest of what was asked, Kinds are the kinds of
	// identifier that left.
	Question string      `json:"question"`
	Kinds    []core.Kind `json:"kinds,omitempty"`
	// Source is the digest of the configuration that was asked.
	Source string `json:"source,omitempty"`
	// Started is when the system was first asked: what it answers is told as
	// of then, also when a later attempt goes on from a checkpoint. Ended is
	// when the last call ended, Took how long all calls took.
	Started time.Time     `json:"started,omitzero"`
	Ended   time.Time     `json:"ended,omitzero"`
	Took    time.Duration `json:"took,omitempty"`
	// Records is how many records came, over all attempts, each once.
	Records int `json:"records"`
	// ByType is how many of them came in this round, by type.
	ByType     map[string]uint64 `json:"by_type,omitempty"`
	Checkpoint core.Checkpoint   `json:"checkpoint,omitzero"`
	// Covered is how many records came before the checkpoint.
	Covered    uint64           `json:"covered,omitempty"`
	Completion *core.Completion `json:"completion,omitempty"`
	Problem    *core.Problem    `json:"problem,omitempty"`
	// NotBefore is until when the system makes us wait. It outlives the
	// process, and so is a time of day.
	NotBefore time.Time `json:"not_before,omitzero"`
	// Notices are the problems that the source met on its way, each once.
	Notices []core.Problem `json:"notices,omitempty"`
}

// Limits bound a run.
type Limits struct {
	// Parallel is how many sources are asked at once.
	Parallel int
	// Timeout bounds one source that names no time of its own: all attempts
	// of one run, and the waits between them.
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
	// Until is when a system that makes us wait is asked again.
	Until time.Time
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
	Waiting   State = "waiting" // the system makes us wait, or could not be reached and is tried again
	Finished  State = "finished"
)

// asks are the questions of one run.
type asks struct {
	file    *store.File
	plan    *Plan
	sources Sources
	limits  Limits
	journal journal
	judges  *judges
	known   map[string]*known
}

// run asks every system of the plan that has not answered yet, at most
// limits.Parallel at once, and streams the answers into the file. A source
// that fails changes its own outcome and nothing else: run returns an error
// only when the store or the log fails or ctx ends, and what was stored stays.
func (r *asks) run(ctx context.Context, progress func(Update)) error {
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
	// A place is taken in the order of the plan, and given back while an ask
	// waits: systems that make us wait hold up no other.
	slots := semaphore.NewWeighted(int64(max(1, r.limits.Parallel)))
	for _, task := range r.plan.Tasks {
		if !task.Asked() {
			continue
		}
		if err := slots.Acquire(ctx, 1); err != nil {
			group.Go(func() error { return context.Cause(ctx) })
			break
		}
		known := knownOf(r.known, task.System)
		group.Go(func() error {
			a := &asking{file: r.file, task: task, sources: r.sources, limits: r.limits, journal: r.journal, progress: serial,
				known: known, queue: queue{slots: slots, held: true}}
			defer a.queue.leave()
			return a.stored(a.run(ctx, r.judges))
		})
	}
	return group.Wait()
}

// queue is an ask's place among those that run at once.
type queue struct {
	slots *semaphore.Weighted
	held  bool
}

func (p *queue) leave() {
	if p.held {
		p.slots.Release(1)
		p.held = false
	}
}

func (p *queue) enter(ctx context.Context) error {
	if err := p.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	p.held = true
	return nil
}
