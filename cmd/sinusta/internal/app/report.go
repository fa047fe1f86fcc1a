package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/reports"
)

// Written are the absolute paths of a written report; a format that was not
// asked for is empty.
type Written struct {
	HTML     string
	JSON     string
	Coverage string
	// RefKey keys the digests that stand in the report for refs with personal
	// data in them. It is this report's alone and is kept nowhere.
	RefKey []byte
}

// WriteReport builds the report of a request and writes it into dir: HTML and
// JSON in lang, and the coverage beside them. Files are for their owner only.
// A report stands whole or not at all.
func (a *App) WriteReport(ctx context.Context, file *store.File, dir, lang string, now time.Time) (w Written, err error) {
	err = a.LoggedOn(ctx, audit.ReportWritten, file, func() error {
		w, err = a.writeReport(ctx, file, dir, lang, now)
		return err
	})
	return w, err
}

func (a *App) writeReport(ctx context.Context, file *store.File, dir, lang string, now time.Time) (Written, error) {
	unlock, err := lockForReading(ctx, file)
	if err != nil {
		return Written{}, err
	}
	defer unlock()
	if err := a.filledIn(); err != nil {
		return Written{}, err
	}
	// What the report says of its search must be what the search left, and a log that was
	// rewritten proves nothing.
	finished, err := access.Intact(ctx, file, a.Log)
	if err != nil {
		return Written{}, err
	}
	in, err := a.reportInput(ctx, file, now)
	if err != nil {
		return Written{}, err
	}
	if !finished {
		return Written{}, unfinished(file.ID())
	}
	if in.Checkpoint, err = a.checkpoint(ctx); err != nil {
		return Written{}, err
	}
	in.RefKey = make([]byte, 32)
	rand.Read(in.RefKey) // never fails (documented)
	report, err := reports.Build(in)
	if err != nil {
		return Written{}, fmt.Errorf("build the report: %w", err)
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return Written{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Written{}, fmt.Errorf("make the folder of the report: %w", err)
	}
	sweep(dir)
	w := Written{HTML: filepath.Join(dir, "report.html"), JSON: filepath.Join(dir, "report.json"), Coverage: filepath.Join(dir, "coverage.json"), RefKey: in.RefKey}
	err = writeAll([]string{w.HTML, w.JSON, w.Coverage}, func(to []io.Writer) error {
		if err := reports.Write(report, lang, reports.Forms{HTML: to[0], JSON: to[1]}); err != nil {
			return err
		}
		return reports.CoverageJSON(to[2], report)
	})
	if err != nil {
		return Written{}, fmt.Errorf("write the report: %w", err)
	}
	return w, nil
}

// checkpoint verifies the whole log, signs it as it is, and gives the
// checkpoint as a report has it: it covers the entry of the report itself.
func (a *App) checkpoint(ctx context.Context) (*reports.Checkpoint, error) {
	result, err := audit.Verify(a.Home, nil)
	if err == nil {
		err = result.Err()
	}
	if err != nil {
		return nil, err
	}
	c, err := a.Log.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	return &reports.Checkpoint{Size: c.Size, Root: c.Root, KeyName: a.Log.KeyName(), PublicKey: a.Log.PublicKey(), Time: c.Time, Note: c.Note}, nil
}

// readersWait is how long one reader of a request waits for another.
const readersWait = 3 * time.Second

// lockForReading keeps a run from changing what is read. Readers exclude each
// other too, and so wait a moment for one another.
func lockForReading(ctx context.Context, file *store.File) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, readersWait)
	defer cancel()
	for {
		unlock, err = file.Lock(ctx)
		if !errors.Is(err, store.ErrBusy) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// filledIn refuses a catalogue with placeholders of the templates: they would
// stand in the answer.
func (a *App) filledIn() error {
	for _, f := range catalogue.Lint(a.Catalogue) {
		if strings.HasSuffix(f.Rule, "not-filled-in") {
			return fmt.Errorf("%s: %s: the answer would say so; `sinusta catalogue lint` names every such place", f.File, f.Message)
		}
	}
	return nil
}

// halfWritten is what writeAll calls a file until it is complete.
const halfWritten = ".sinusta-*"

// sweep removes what a report that was killed has left half written.
func sweep(dir string) {
	left, err := filepath.Glob(filepath.Join(dir, halfWritten))
	if err != nil {
		return // a folder with a name that is no pattern keeps them
	}
	for _, path := range left {
		_ = os.Remove(path) // who may not remove it will hear of it when the report is written
	}
}

// writeAll writes files beside their places and moves them there when all are
// complete: a fault or a full disk leaves no half report.
func writeAll(places []string, write func(to []io.Writer) error) (err error) {
	var beside []*os.File
	defer func() {
		for _, f := range beside {
			err = errors.Join(err, ignoreClosed(f.Close()), os.Remove(f.Name()))
		}
	}()
	var to []io.Writer
	for _, path := range places {
		f, err := os.CreateTemp(filepath.Dir(path), halfWritten)
		if err != nil {
			return err
		}
		beside, to = append(beside, f), append(to, f)
	}
	if err := write(to); err != nil {
		return err
	}
	for _, f := range beside {
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	for _, path := range places {
		if err := os.Rename(beside[0].Name(), path); err != nil {
			return err
		}
		beside = beside[1:]
	}
	return nil
}

// ignoreClosed gives err, and nothing for a file that was closed before.
func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

func (a *App) reportInput(ctx context.Context, file *store.File, now time.Time) (reports.Input, error) {
	request, err := access.Load(ctx, file)
	if err != nil {
		return reports.Input{}, err
	}
	plan, err := access.LoadPlan(ctx, file)
	if errors.Is(err, store.ErrNotFound) {
		return reports.Input{}, NotRun(file.ID())
	}
	if err != nil {
		return reports.Input{}, err
	}
	digest, err := access.Digest(a.Catalogue)
	if err != nil {
		return reports.Input{}, err
	}
	if digest != plan.CatalogueDigest {
		return reports.Input{}, fmt.Errorf("the catalogue has changed since request %s was run: `sinusta request run %s` brings it up to date", file.ID(), file.ID())
	}
	span, err := access.Searched(ctx, file)
	if err != nil {
		return reports.Input{}, err
	}
	if span.From.IsZero() {
		span.From = plan.Made // no system was asked
	}
	in := reports.Input{
		Organisation:    a.Catalogue.Organisation,
		Systems:         a.Catalogue.Systems,
		Profile:         catalogue.ProfileFor,
		CatalogueDigest: plan.CatalogueDigest,
		Version:         Version(),
		Request: reports.Request{
			CaseNumber: request.CaseNumber, Purpose: request.Purpose, Requester: requester(request),
			Received: request.Received, Reference: span.From, Answered: now.UTC(), Scope: request.Scope.Words,
			Systems: request.Scope.Systems, Period: request.Scope.Period,
			Test: a.Catalogue.Organisation.ArtificialCodes == catalogue.AnchorArtificial,
		},
		Search: span,
	}
	if in.Coverage, err = access.LoadCoverage(ctx, file); err != nil {
		return reports.Input{}, err
	}
	if len(in.Coverage) == 0 {
		return reports.Input{}, unfinished(file.ID())
	}
	asides, err := access.Asides(ctx, file)
	if err != nil {
		return reports.Input{}, err
	}
	in.Officials, in.Others = asides.Officials, asides.Others
	in.Keys, in.SubjectCodes = keysOf(request, plan)
	heads, err := access.Heads(ctx, file)
	if err != nil {
		return reports.Input{}, err
	}
	for _, h := range heads {
		item := reports.Item{Verdict: h.Verdict, Undecided: h.Undecided()}
		for _, m := range h.Members {
			item.Members = append(item.Members, reports.Member{System: m.System, Record: core.Record{Ref: m.Ref}})
		}
		in.Items = append(in.Items, item)
	}
	systems, err := access.Systems(a.Catalogue)
	if err != nil {
		return reports.Input{}, err
	}
	pages := &itemPages{ctx: ctx, file: file, systems: systems, count: len(heads)}
	in.Read = pages.item
	return in, nil
}

// requester names who asked, where it is somebody else than the subject.
func requester(r access.Request) string {
	if r.Requester == access.Self {
		return ""
	}
	return r.Requester
}

// NotRun is the error of a request whose systems were never searched.
func NotRun(id string) error {
	return fmt.Errorf("request %s has not been run: `sinusta request run %s` searches the systems", id, id)
}

// keysOf gives the identifiers that left for some system, masked, and the
// subject's own personal codes.
func keysOf(r access.Request, plan *access.Plan) ([]reports.UsedKey, []string) {
	var sent []core.Kind
	for _, t := range plan.Tasks {
		sent = append(sent, t.Kinds()...)
	}
	var keys []reports.UsedKey
	var codes []string
	for _, i := range r.Subject.Identifiers {
		if i.Kind == core.PersonalIdentityCode {
			codes = append(codes, i.Value)
		}
		if slices.Contains(sent, i.Kind) {
			keys = append(keys, reports.UsedKey{Kind: i.Kind, Masked: identifier.Mask(i), Former: i.Former(plan.Made)})
		}
	}
	return keys, codes
}
