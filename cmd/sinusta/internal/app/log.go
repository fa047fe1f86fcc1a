package app

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/store"
)

// Logged makes an effect between two entries of the log: one before it, and
// one that tells how it ended. Without the first there is no effect.
func Logged(ctx context.Context, log *audit.Log, e audit.Entry, effect func() error) error {
	end, err := log.Begin(ctx, e)
	if err != nil {
		return err
	}
	outcome := audit.Done
	err = effect()
	if err != nil {
		outcome = audit.Failed
	}
	return errors.Join(err, end(outcome, nil))
}

// Entry begins an entry about a request: its id, and its case number as a
// keyed digest.
func (a *App) Entry(verb audit.Verb, id string, r access.Request) audit.Entry {
	return audit.Entry{Verb: verb, Request: id, Case: a.Log.Digest("case", r.CaseNumber), Purpose: audit.PurposeAccess}
}

// entryOf is Entry for a request file.
func (a *App) entryOf(ctx context.Context, verb audit.Verb, file *store.File) (audit.Entry, error) {
	r, err := access.Load(ctx, file)
	if err != nil {
		return audit.Entry{}, err
	}
	return a.Entry(verb, file.ID(), r), nil
}

// LoggedOn is Logged for an effect on a request file.
func (a *App) LoggedOn(ctx context.Context, verb audit.Verb, file *store.File, effect func() error) error {
	e, err := a.entryOf(ctx, verb, file)
	if err != nil {
		return err
	}
	return Logged(ctx, a.Log, e, effect)
}

// PublicKeyPath gives the file with the key that the log's checkpoints are
// verified with.
func PublicKeyPath(home string) string { return filepath.Join(home, "keys", "audit.pub") }
