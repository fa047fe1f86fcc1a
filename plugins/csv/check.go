package csvsource

import (
	"context"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// Check looks through the folder, reads every export that a search would read,
// and tells what is wrong with it: one that is missing or old, columns that
// nobody mapped, rows that cannot be read, keys that the catalogue promises and
// rows lack.
func (i *Instance) Check(ctx context.Context, steps *sdk.Steps) {
	var files exports
	var problems []core.Problem
	steps.Run("folder", func() (err error) {
		files, problems, err = i.survey(ctx)
		return err
	})
	steps.Run("read-only", func() error { return nil }) // no code here opens a file for writing
	if files == nil {
		return
	}
	for _, p := range problems {
		steps.Warn("exports", p)
	}
	for _, f := range i.files {
		if list := files[f]; len(list) > 0 {
			newest := list[len(list)-1]
			if newest.made.After(i.now()) {
				steps.Warn("exports", notice(core.ClassData, f.path, "%s is from the future: a clock is wrong, so nobody is told when exports stop coming", nameOf(f, newest)))
			}
		}
	}
	s := i.newSearch(telling{func(p core.Problem) error {
		steps.Warn("files", p)
		return nil
	}}, core.Query{})
	s.files = files
	for _, t := range i.plans {
		y := &typeSearch{search: s, t: t}
		steps.Run("exports of "+t.profile.Name, func() error {
			for _, p := range t.rows() {
				err := s.eachRow(ctx, p, files[p.file], func(_ export, c cells) error {
					y.verify(c)
					if _, ok := c.keyOf(); !ok {
						return errKeyless
					}
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		for _, kind := range i.complete {
			i.checkComplete(steps, y, kind)
		}
	}
}

func (i *Instance) checkComplete(steps *sdk.Steps, y *typeSearch, kind core.Kind) {
	problems := y.incomplete(kind)
	if len(problems) == 0 {
		steps.Run(sdk.CompleteStep(kind), func() error { return nil })
	}
	for _, p := range problems {
		steps.Run(sdk.CompleteStep(kind), func() error { return &p })
	}
}
