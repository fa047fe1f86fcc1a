package app

import (
	"context"
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
	"github.com/sinusta/sinusta/core/match"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/reports"
)

// Written are the absolute paths of a written report; a format that was not
// asked for is empty.
type Written struct {
	HTML     string
	JSON     string
	Coverage string
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
	in, err := a.reportInput(ctx, file, now)
	if err != nil {
		return Written{}, err
	}
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
	w := Written{HTML: filepath.Join(dir, "report.html"), JSON: filepath.Join(dir, "report.json"), Coverage: filepath.Join(dir, "coverage.json")}
	for _, out := range []struct {
		path  string
		write func(io.Writer) error
	}{
		{w.HTML, func(to io.Writer) error { return reports.HTML(to, report, lang) }},
		{w.JSON, func(to io.Writer) error { return reports.JSON(to, report, lang) }},
		{w.Coverage, func(to io.Writer) error { return reports.CoverageJSON(to, report) }},
	} {
		if err := writeWhole(out.path, out.write); err != nil {
			return Written{}, fmt.Errorf("write the report: %w", err)
		}
	}
	return w, nil
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

// writeWhole writes a file beside its place and moves it there when it is
// complete, so that a full disk leaves no half report.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".sinusta-*")
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
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
		return reports.Input{}, fmt.Errorf("the last run of request %s was not finished: `sinusta request run %s` goes on", file.ID(), file.ID())
	}
	if in.Officials, in.Others, err = access.Asides(ctx, file); err != nil {
		return reports.Input{}, err
	}
	in.Keys, in.SubjectCodes = keysOf(request, plan)
	in.Items, err = a.reportItems(ctx, file)
	return in, err
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

func (a *App) reportItems(ctx context.Context, file *store.File) ([]reports.Item, error) {
	systems, err := access.Systems(a.Catalogue)
	if err != nil {
		return nil, err
	}
	var items []reports.Item
	err = access.Items(ctx, file, func(item access.Item, records []core.Record) error {
		out := reports.Item{Verdict: item.Verdict, Undecided: item.Undecided()}
		for i, m := range item.Members {
			system, ok := systems[m.System]
			if !ok {
				return fmt.Errorf("system %s of a stored record is no longer in the catalogue: put its entry back", m.System)
			}
			spec, _ := system.Profile.Type(records[i].Type)
			if m.Assessment.Verdict == item.Verdict && out.Explanation.IsZero() {
				out.Explanation = match.Explain(m.Assessment, spec)
			}
			for _, key := range records[i].MatchedBy {
				if !slices.Contains(out.MatchedBy, key) {
					out.MatchedBy = append(out.MatchedBy, key)
				}
			}
			out.Members = append(out.Members, reports.Member{System: m.System, Record: records[i],
				Roles: match.RolesOf(spec, records[i], m.Assessment)})
		}
		items = append(items, out)
		return nil
	})
	return items, err
}
