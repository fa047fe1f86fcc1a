package recordings

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
	csvsource "github.com/sinusta/sinusta/plugins/csv"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// outlet is what a search tells: *sdk.Out.
type outlet interface {
	csvsource.Sink
	Checkpoint(c core.Checkpoint) error
}

// sink stands between the metadata and the host: it puts the recordings into
// the records.
type sink struct {
	outlet
	own  *instance
	told map[string]bool
}

// Search asks the metadata, and looks for the recordings of what they find.
func (i *instance) Search(ctx context.Context, q core.Query, out *sdk.Out) error {
	return i.searchInto(ctx, q, out)
}

func (i *instance) searchInto(ctx context.Context, q core.Query, out outlet) error {
	s := &sink{outlet: out, own: i, told: map[string]bool{}}
	if err := i.search(ctx, q, s); err != nil || i.root == nil || i.config.WithoutRow != "" {
		return err
	}
	p, err := i.strays(ctx)
	if err != nil || p == nil {
		return err
	}
	return s.tell(*p)
}

// strays tells of recordings that stand beside no row.
func (i *instance) strays(ctx context.Context) (*core.Problem, error) {
	count, more, err := i.withoutRow(ctx, func(core.Problem) error { return nil })
	switch {
	case err != nil:
		return nil, err
	case more:
		return told(core.ClassTruncated, "not every recording in media.folder could be compared with the rows: there are too many, or folders that may not be read"), nil
	case count > 0:
		return told(core.ClassPartial, strconv.Itoa(count)+" recordings in media.folder are named by no row, so nobody can say whose they are; find their rows, or give the reason under media.without_row"), nil
	}
	return nil, nil //nolint:nilnil // nothing is wrong
}

// Emit implements outlet.
func (s *sink) Emit(r core.Record) error {
	if err := s.fill(r.Ref, r.Fields); err != nil {
		return err
	}
	for _, p := range r.Parts {
		if err := s.fill(r.Ref, p.Fields); err != nil {
			return err
		}
	}
	return s.outlet.Emit(r)
}

func (s *sink) fill(ref string, fields []core.Field) error {
	for n, f := range fields {
		if f.Name != mediaField || f.Value.Type != core.TypeText || strings.TrimSpace(f.Value.Text) == "" || s.own.root == nil {
			continue
		}
		v, problem := s.own.recording(ref, f.Value.Text)
		fields[n].Value = v
		if problem != nil {
			if err := s.tell(*problem); err != nil {
				return err
			}
		}
	}
	return nil
}

// LeftOut implements outlet.
func (s *sink) LeftOut(list []core.LeftOut) {
	list = slices.Concat(list, s.own.unread)
	if reason := s.own.config.WithoutRow; reason != "" {
		list = append(list, core.LeftOut{Table: "media", Reason: reason})
	}
	s.outlet.LeftOut(list)
}

// tell gives a notice once.
func (s *sink) tell(p core.Problem) error {
	if s.told[p.Message] {
		return nil
	}
	s.told[p.Message] = true
	return s.Notice(p)
}

// Check checks the metadata, then that every recording has its row and every
// row its recording.
func (i *instance) Check(ctx context.Context, steps *sdk.Steps) {
	i.metadata.Check(ctx, steps)
	if p := i.unreadProblem(); p != nil {
		steps.Warn("texts", *p)
	}
	if i.root == nil {
		return
	}
	named, missing := 0, map[string]int{}
	steps.Run("recordings", func() error {
		return i.Values(ctx, mediaField, func(core.Problem) error { return nil }, func(text string) error {
			named++
			if _, problem := i.recording("check", text); problem != nil {
				missing[problem.Message]++
			}
			return ctx.Err()
		})
	})
	for message, n := range missing {
		steps.Warn("recordings", *told(core.ClassPartial, strconv.Itoa(n)+" of "+strconv.Itoa(named)+": "+message))
	}
	var stray *core.Problem
	steps.Run("recordings without a row", func() (err error) {
		if i.config.WithoutRow == "" {
			stray, err = i.strays(ctx)
		}
		return err
	})
	if stray != nil {
		steps.Warn("recordings without a row", *stray)
	}
}
