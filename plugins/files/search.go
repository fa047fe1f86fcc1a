package filessource

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/index"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const (
	// A generation of the index is made when this much was learned: what was
	// read is then kept, also when the search ends early.
	commitFiles = 4000
	commitBytes = 64 << 20
	// commitTime bounds the writing of the index behind a search whose time is
	// over.
	commitTime = 2 * time.Minute
	mostAtOnce = 4
)

// sink takes what a search finds; it is what *sdk.Out does.
type sink interface {
	Emit(core.Record) error
	Notice(core.Problem) error
	Examined(core.TypeCount)
	Progress(examined uint64)
	LeftOut([]core.LeftOut)
}

// Search gives the files that any key set of q finds, in the order of their
// refs.
func (i *instance) Search(ctx context.Context, q core.Query, out *sdk.Out) error {
	return i.search(ctx, q, out)
}

func (i *instance) search(ctx context.Context, q core.Query, out sink) error {
	out.LeftOut(i.leftOut())
	types := i.Types()
	sets, needs := types[0].Usable(q)
	if len(q.Types) > 0 && !slices.Contains(q.Types, i.profile.Name) {
		return nil
	}
	if len(sets) == 0 {
		out.Examined(core.TypeCount{Type: i.profile.Name, Needs: needs})
		return nil
	}
	question := freetext.New(sets, index.Inflections)
	s := &searching{instance: i, query: q, question: question, out: out, told: newTally(), learned: &changes{entries: map[string]*entry{}}}
	s.count = core.TypeCount{Type: i.profile.Name, Examined: true, Kinds: core.Query{AnyOf: sets}.Kinds()}
	err := s.run(ctx)
	out.Examined(s.count)
	return errors.Join(err, s.tell())
}

func (i *instance) leftOut() []core.LeftOut {
	var out []core.LeftOut
	for _, r := range i.roots {
		for _, l := range i.rules.leftOut {
			l.Table = r.name
			out = append(out, l)
		}
	}
	return out
}

// searching is one search.
type searching struct {
	*instance
	query    core.Query
	question *freetext.Question
	out      sink
	count    core.TypeCount
	told     *tally
	learned  *changes
	deadline time.Time
	// broken is why no index could be written; nothing more is tried then.
	broken error
}

// task is one file that is looked at.
type task struct {
	file
	known *entry // what the index remembers, nil for nothing
	// candidate tells that the index does not rule the file out.
	candidate bool
	done      chan answer
}

// answer is what became of a task.
type answer struct {
	look *look
	// entry is what the index shall remember, of a file that is as it was.
	entry   *entry
	skipped bool // no time was left
	err     error
}

func (s *searching) run(ctx context.Context) error {
	s.deadline = time.Now().Add(s.time)
	list, err := s.list(ctx, s.out.Progress)
	if err != nil {
		return err
	}
	s.told.listing(list, s.instance)
	g, err := s.generation(ctx)
	if err != nil {
		return err
	}
	var tasks []*task
	if g != nil {
		tasks, err = s.tasks(ctx, list, g)
		s.standing.release(g)
		if err != nil {
			return err
		}
	} else {
		for _, f := range list.files {
			tasks = append(tasks, &task{file: f, candidate: true})
		}
	}
	if err := s.work(ctx, tasks); err != nil {
		return err
	}
	return s.keep(ctx)
}

// generation gives the index to search in, nil for none.
func (s *searching) generation(ctx context.Context) (*generation, error) {
	if s.standing == nil {
		return nil, nil
	}
	g, err := s.standing.use(ctx)
	switch {
	case err == nil:
		return g, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !errors.Is(err, index.ErrNoStanding):
		s.broken = err
	}
	return nil, nil
}

// tasks gives the files to look at: those that the index does not know as they
// are now, and those of the others that it does not rule out. What could not be
// read of the rest is told.
func (s *searching) tasks(ctx context.Context, list *listing, g *generation) ([]*task, error) {
	candidates, err := candidatesOf(ctx, g, s.question)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.standing.forget(g)
		candidates, g = nil, &generation{} // every file is looked at
	}
	now := make(map[string]bool, len(list.files))
	var tasks []*task
	for _, f := range list.files {
		id := f.id()
		now[id] = true
		t := &task{file: f, known: g.entries[id], candidate: candidates[id]}
		if t.known != nil && t.known.same(f.info) && !t.candidate {
			s.told.file(t.known.Troubles)
			continue
		}
		tasks = append(tasks, t)
	}
	for id := range g.entries {
		if !now[id] && !list.cut {
			s.learned.gone = append(s.learned.gone, id)
		}
	}
	return tasks, nil
}

func candidatesOf(ctx context.Context, g *generation, q *freetext.Question) (map[string]bool, error) {
	ids, err := g.index.Holding(ctx, needOf(q.Need()))
	if err != nil {
		return nil, err
	}
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, nil
}

func needOf(n freetext.Need) index.Need {
	out := index.Need{Term: n.Term}
	for _, one := range n.Any {
		out.Any = append(out.Any, needOf(one))
	}
	for _, one := range n.All {
		out.All = append(out.All, needOf(one))
	}
	return out
}

// work looks at the files, several at once, and takes the answers in order.
func (s *searching) work(ctx context.Context, tasks []*task) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := max(1, min(mostAtOnce, runtime.GOMAXPROCS(0)))
	queue, order := make(chan *task), make(chan *task, 4*workers)
	go func() {
		defer close(queue)
		defer close(order)
		for _, t := range tasks {
			t.done = make(chan answer, 1)
			for _, to := range []chan *task{order, queue} {
				select {
				case to <- t:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	for range workers {
		go func() {
			for t := range queue {
				t.done <- s.answer(ctx, t)
			}
		}()
	}
	examined := uint64(0)
	for t := range order {
		var a answer
		select {
		case a = <-t.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if examined++; examined%100 == 0 {
			s.out.Progress(examined)
		}
		if err := s.take(ctx, t, a); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// answer looks at one file.
func (s *searching) answer(ctx context.Context, t *task) answer {
	if time.Now().After(s.deadline) {
		return answer{skipped: true}
	}
	if t.known != nil && !t.candidate {
		if e := s.unchanged(ctx, t); e != nil {
			return answer{entry: e}
		}
	}
	wantTerms := s.standing != nil && (t.known == nil || !t.known.same(t.info))
	l, err := s.examine(ctx, t.file, s.question, wantTerms)
	return answer{look: l, err: err}
}

// unchanged gives the new entry of a file whose times tell nothing and whose
// content is as the index knows it; nil of any other.
func (s *searching) unchanged(ctx context.Context, t *task) *entry {
	if t.known.Size != t.info.Size() || t.known.Digest == "" {
		return nil
	}
	at := time.Now()
	open, err := openFile(t.file)
	if err != nil {
		return nil
	}
	defer open.Close() // only read
	info, err := open.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	sum, err := digestOf(open, ctx.Err)
	if err != nil || sum != t.known.Digest {
		return nil
	}
	e := *t.known
	e.Stat = statOf(info, at)
	return &e
}

// take takes the answer on one file, in the order of the files.
func (s *searching) take(ctx context.Context, t *task, a answer) error {
	switch {
	case a.err != nil:
		return a.err
	case a.skipped:
		s.told.late++
		return nil
	case a.entry != nil:
		s.told.file(a.entry.Troubles)
		if t.known == nil || a.entry.Stat != t.known.Stat {
			s.learned.entries[t.id()] = a.entry
		}
		return nil
	}
	s.told.file(a.look.troubles)
	s.learn(t, a.look)
	if s.learned.full() {
		if err := s.keep(ctx); err != nil {
			return err
		}
	}
	if len(a.look.matches) == 0 || !a.look.within(s.query.Period) {
		return nil
	}
	if a.look.dropped > 0 {
		s.told.crowded++
	}
	s.count.Matched++
	return s.out.Emit(s.record(a.look))
}

// learn notes what the index shall remember of a file.
func (s *searching) learn(t *task, l *look) {
	if s.standing == nil || l.terms == nil {
		return
	}
	id := t.id()
	e, ok := l.entry()
	if !ok {
		if t.known != nil { // it would not be found by what it holds now
			s.learned.gone = append(s.learned.gone, id)
		}
		return
	}
	d := index.Document{ID: id, Terms: l.terms}
	for _, term := range l.terms {
		s.learned.bytes += len(term)
	}
	s.learned.docs = append(s.learned.docs, d)
	s.learned.entries[id] = e
}

func (c *changes) full() bool { return len(c.docs) >= commitFiles || c.bytes >= commitBytes }

// keep writes what was learned into the next generation of the index.
func (s *searching) keep(ctx context.Context) error {
	if s.standing == nil || s.broken != nil || s.learned.empty() {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, commitTime)
	defer cancel()
	err := s.standing.commit(bounded, s.learned)
	s.learned = &changes{entries: map[string]*entry{}}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.broken = err
	return nil
}
