package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/index"
)

// OpenLog opens the log of an installation. Its entries name the official that
// organisation.yaml gives for the account that runs this; where that file cannot be read, they
// name the account, so that a fault in it keeps nobody from looking or erasing.
func OpenLog(home string) (*audit.Log, error) {
	if err := Installed(home); err != nil {
		return nil, err
	}
	log, err := audit.Open(home)
	if err != nil {
		return nil, err
	}
	organisation, err := catalogue.LoadOrganisation(home)
	if err != nil {
		return log, nil //nolint:nilerr // whoever needs the catalogue says what is wrong with it
	}
	if o, ok := organisation.Officials[log.Account()]; ok {
		if err := log.ActAs(strings.TrimSpace(o.Function), o.Role); err != nil {
			return nil, err
		}
	}
	return log, nil
}

// UnknownAccount is the finding that nobody has named the account that runs this.
func UnknownAccount(home string, o catalogue.Organisation) []catalogue.Finding {
	log, err := audit.Open(home)
	if err != nil {
		return nil // there is no log that it could stand in
	}
	account := log.Account()
	if _, ok := o.Officials[account]; ok {
		return nil
	}
	return []catalogue.Finding{{File: catalogue.OrganisationFile, Severity: catalogue.SeverityWarning, Rule: "official-unknown",
		Message: fmt.Sprintf("officials does not name the account %s: the audit log tells it by the name of the account", account)}}
}

// Logged makes an effect between two entries of the log: one before it, and
// one that tells how it ended. Without the first there is no effect.
func Logged(ctx context.Context, log *audit.Log, e audit.Entry, effect func() error) error {
	return logged(ctx, log.Begin, e, effect)
}

// logged is Logged with one of the ways in which a log begins an effect.
func logged(ctx context.Context, begin func(context.Context, audit.Entry) (func(string, audit.Counts) error, error), e audit.Entry, effect func() error) error {
	end, err := begin(ctx, e)
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

// maxDigests bounds the identifiers that one entry of the log names.
const maxDigests = 60

// digests gives the keyed digests of identifiers, each once.
func (a *App) digests(ids []core.Identifier) []audit.Keyed {
	var out []audit.Keyed
	for _, i := range ids {
		d := a.Log.Keyed(string(i.Kind), i.Value)
		if !slices.Contains(out, d) && len(out) < maxDigests {
			out = append(out, d)
		}
	}
	return out
}

// asker opens the sources for one request: that a system is asked, and with
// whose identifiers (as keyed digests), is in the log before anything leaves
// for it.
type asker struct {
	*App
	entry audit.Entry // what all entries of the request hold
}

// Open starts and configures the source of a system; see access.Sources.
func (a asker) Open(ctx context.Context, system string, q core.Query) (*access.Opened, error) {
	var ids []core.Identifier
	for _, set := range q.AnyOf {
		ids = append(ids, set.AllOf...)
	}
	e := a.entry
	e.Verb, e.Object, e.Digests = audit.SourceAsked, system, a.digests(ids)
	end, err := a.Log.BeginPart(ctx, e)
	if err != nil {
		return nil, unlogged(ctx, err)
	}
	session, err := a.Start(ctx, system)
	if err != nil {
		return nil, errors.Join(err, unlogged(ctx, end(audit.Failed, nil)))
	}
	return &access.Opened{Source: session, MaxRecords: a.Sources.Entries[system].MaxRecords,
		Close: func(ctx context.Context) error {
			return errors.Join(session.Close(ctx), unlogged(ctx, end(audit.Done, nil)))
		}}, nil
}

// unlogged gives the error of the log as one that ends the run: what cannot be
// logged is not done, and that is no source's fault. Where ctx is over, the log
// has refused for that reason.
func unlogged(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("%w: %w", access.ErrUnable, err)
}

// NewRequest opens a request file for r. The log knows its id, its case number and
// its identifiers, the latter two as keyed digests, before the file is there.
func (a *App) NewRequest(ctx context.Context, r access.Request) (file *store.File, err error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	id := store.NewID()
	e := a.Entry(audit.RequestOpened, id, r)
	e.Digests = a.digests(r.Subject.Identifiers)
	err = Logged(ctx, a.Log, e, func() error {
		file, err = access.OpenAs(ctx, a.Store, id, r)
		return err
	})
	return file, err
}

// Erase erases a request for good. Its case number is named in the log as far
// as it can still be known; a request whose key is gone can be erased as well.
func Erase(ctx context.Context, home string, s *store.Store, id string) (err error) {
	log, err := OpenLog(home)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close(ctx)) }()
	e := audit.Entry{Verb: audit.RequestErased, Request: id, Purpose: audit.PurposeMaintenance}
	if file, err := s.File(ctx, id); err == nil {
		if r, err := access.Load(ctx, file); err == nil {
			e.Case = log.Digest("case", r.CaseNumber)
		}
	}
	if e.Case == "" {
		if opened, ok, err := log.Last(ctx, audit.Filter{Request: id, Verb: audit.RequestOpened}); err == nil && ok {
			e.Case = opened.Case
		}
	}
	return Logged(ctx, log, e, func() error { return s.Erase(ctx, id) })
}

// The kinds of the digests of files, in the log.
const (
	kindCatalogue = "catalogue-files"
	kindSources   = "sources-file"
	kindPlugins   = "plugin-lock-file"
)

// logChanges writes an entry for the catalogue, the sources file and the lock file of
// plugins where they are not as the log last knew them, before they are used.
func (a *App) logChanges(ctx context.Context) error {
	entries, err := filepath.Glob(filepath.Join(a.Home, catalogue.Folder, "*.yaml"))
	if err != nil {
		return fmt.Errorf("list the catalogue: %w", err)
	}
	var changes []audit.Entry
	for _, c := range []struct {
		verb  audit.Verb
		kind  string
		files []string
	}{
		{audit.CatalogueChanged, kindCatalogue, append([]string{filepath.Join(a.Home, catalogue.OrganisationFile)}, entries...)},
		{audit.SourcesChanged, kindSources, []string{filepath.Join(a.Home, SourcesFile)}},
		{audit.PluginChanged, kindPlugins, []string{filepath.Join(a.Home, LockFile)}},
	} {
		sum, count, err := digestOfFiles(c.files)
		if err != nil {
			return err
		}
		now := a.Log.Keyed(c.kind, sum)
		last, known, err := a.Log.Last(ctx, audit.Filter{Verb: c.verb, Kind: c.kind})
		if err != nil {
			return err
		}
		if known && slices.Contains(last.Digests, now) || !known && count == 0 {
			continue
		}
		outcome := "changed"
		if !known {
			outcome = "first-seen"
		}
		changes = append(changes, audit.Entry{Verb: c.verb, Purpose: audit.PurposeMaintenance, Object: c.kind, Outcome: outcome,
			Counts: audit.Counts{"files": int64(count)}, Digests: []audit.Keyed{now}})
	}
	return a.Log.AppendAll(ctx, changes...)
}

// digestOfFiles gives a digest over the names and contents of those files that are
// there, and their number.
func digestOfFiles(paths []string) (sum string, count int, err error) {
	h := sha256.New()
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", 0, fmt.Errorf("digest of the installation's files: %w", err)
		}
		count++
		fmt.Fprintf(h, "%s\x00%d\x00", filepath.Base(path), len(raw))
		h.Write(raw)
	}
	return hex.EncodeToString(h.Sum(nil)), count, nil
}

// Run searches every system for a request; see access.Service.Execute. Every
// change that it makes has an entry of its own in the log.
func (a *App) Run(ctx context.Context, file *store.File, again bool, progress func(access.Update)) (answer *access.Answer, err error) {
	e, err := a.entryOf(ctx, audit.RequestRun, file)
	if err != nil {
		return nil, err
	}
	err = logged(ctx, a.Log.BeginWhole, e, func() error {
		answer, err = a.service(asker{a, e}).Execute(ctx, file, again, progress)
		return err
	})
	return answer, err
}

// Coverage gives the coverage of a request as its last run left it; an error
// says that there is none, or that somebody changed it.
func (a *App) Coverage(ctx context.Context, file *store.File) ([]core.Coverage, error) {
	finished, err := access.Intact(ctx, file, a.Log)
	coverage, loadErr := access.LoadCoverage(ctx, file)
	if loadErr == nil && len(coverage) == 0 {
		return nil, NotRun(file.ID()) // also when a run began just now
	}
	if err := errors.Join(err, loadErr); err != nil {
		return nil, err
	}
	if !finished {
		return nil, unfinished(file.ID())
	}
	return coverage, nil
}

// Unasked tells by its error that the catalogue has systems without an outcome:
// they came into it after the last run, so nobody asked them.
func (a *App) Unasked(id string, coverage []core.Coverage) error {
	var lacking []string
	for _, s := range a.Catalogue.Systems {
		if !slices.ContainsFunc(coverage, func(c core.Coverage) bool { return c.System == s.ID }) {
			lacking = append(lacking, s.ID)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return fmt.Errorf("nobody asked %s, which came into the catalogue after the last run of request %s: `sinusta request run %s` does",
		strings.Join(lacking, ", "), id, id)
}

// viewedAtOnce bounds the entries that one search writes.
const viewedAtOnce = 200

// LogViewed writes down which hits of a search are shown, before anybody sees them: for
// each system how many, with keyed digests of their refs.
func (a *App) LogViewed(ctx context.Context, file *store.File, hits []index.Hit) error {
	e, err := a.entryOf(ctx, audit.HitViewed, file)
	if err != nil {
		return err
	}
	bySystem := map[string][]audit.Keyed{}
	for _, h := range hits {
		bySystem[h.System] = append(bySystem[h.System], a.Log.Keyed("record", h.System+"\x00"+h.Ref))
	}
	var entries []audit.Entry
	for _, system := range slices.Sorted(maps.Keys(bySystem)) {
		for some := range slices.Chunk(bySystem[system], maxDigests) {
			one := e
			one.Object, one.Outcome, one.Counts, one.Digests = system, audit.Done, audit.Counts{"records": int64(len(some))}, some
			entries = append(entries, one)
		}
	}
	for some := range slices.Chunk(entries, viewedAtOnce) {
		if err := a.Log.AppendAll(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}

func unfinished(id string) error {
	return fmt.Errorf("the last run of request %s was not finished: `sinusta request run %s` goes on", id, id)
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
