package filessource

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/sinusta/sinusta/plugins/internal/extracted"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// Check tries the folders and the index out, and reads one file.
func (i *instance) Check(ctx context.Context, steps *sdk.Steps) {
	var list *listing
	steps.Run("list the folders", func() (err error) {
		list, err = i.list(ctx, func(uint64) {})
		return err
	})
	if list == nil {
		return
	}
	t := newTally()
	t.listing(list, i)
	for _, p := range t.notes {
		steps.Warn("everything can be listed", p)
	}
	places := map[string]string{}
	for _, r := range i.roots {
		places[r.name] = r.path
	}
	extracted.CheckReadOnly(steps, i.profile.Name, places)
	if len(list.files) > 0 {
		steps.Run("read a file", func() error {
			l, err := i.examine(ctx, list.files[0], freetext.New(nil, nil), false)
			if err != nil {
				return err
			}
			for _, one := range l.troubles {
				if one.Reason == extracted.ReasonNoPermission {
					return sdk.AuthError("the account lists the files and may not read them; give it the right to read", os.ErrPermission)
				}
			}
			return nil
		})
	}
	if i.standing != nil {
		steps.Run("write the index", i.tryIndex)
	}
	for _, kind := range i.complete {
		steps.Run(sdk.CompleteStep(kind), func() error {
			for _, p := range i.promises() {
				if p.Kinds[0] == kind {
					return &p
				}
			}
			return nil
		})
	}
}

// tryIndex looks whether the folder of the index can be written to.
func (i *instance) tryIndex() error {
	dir := i.standing.dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return sdk.ConfigError("index", "the folder of the index cannot be made; see that the account may write there")
	}
	probe := filepath.Join(dir, "probe")
	err := os.WriteFile(probe, nil, 0o600)
	if err = errors.Join(err, os.Remove(probe)); err != nil {
		return sdk.ConfigError("index", "the folder of the index cannot be written to; see that the account may write there")
	}
	return nil
}
