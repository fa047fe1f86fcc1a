package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/generate"
	"github.com/sinusta/sinusta/reports"
)

// demoOptions are the flags of the demo.
type demoOptions struct {
	org     string
	dir     string
	seed    uint64
	people  int
	lang    string
	subject string
	servers bool
	wait    bool
	// systems are those that the organisation has, all if there is none.
	systems []string
}

func (sh *shell) demoCommand() *cobra.Command {
	var o demoOptions
	c := &cobra.Command{Use: "demo", Short: "Answer a whole request in a synthetic organisation",
		Long: `Makes a synthetic organisation with made-up people, fills its systems, searches
them through real plugin processes for one person, and writes the report.
Everything is in one folder: world/ (the systems and the truth about every
record), home/ (the installation) and report/. With --org all there is such a
folder for each organisation. Web services, and the servers of --servers, run
as long as the demo does: keep them with --wait to go on with the installation.`,
		Example: "  sinusta demo\n  sinusta demo --org palkkaturva --lang sv --people 5000 --seed 42\n  sinusta demo --servers --json",
		Args:    exactly(0, "no argument"),
		RunE:    func(c *cobra.Command, _ []string) error { return sh.demo(c.Context(), o) }}
	c.Flags().StringVar(&o.org, "org", "valtori", "organisation to make: valtori, te-service, palkkaturva, te-offices, hameenlinna, or all, each with a request of its own")
	c.Flags().StringVar(&o.dir, "dir", "", "folder for everything (default: sinusta-demo in the working folder)")
	c.Flags().Uint64Var(&o.seed, "seed", 1, "seed of the world: the same seed makes the same world")
	c.Flags().IntVar(&o.people, "people", generate.DefaultPeople, "how many people live in the world, up to 1,000,000")
	c.Flags().StringVar(&o.lang, "lang", "en", "language of the report: fi, sv or en")
	c.Flags().StringVar(&o.subject, "subject", "", "id of the person who asks, such as p000017 (default: one with much to find)")
	c.Flags().BoolVar(&o.servers, "servers", false, "use PostgreSQL, MariaDB, OpenLDAP and Dovecot, started for the occasion, instead of files")
	c.Flags().StringSliceVar(&o.systems, "systems", nil, "ids of the only systems that the organisation shall have, such as V2.1,V6.1 (default: all)")
	c.Flags().BoolVar(&o.wait, "wait", false, "keep the web services, and the servers of --servers, until it is interrupted, so that the installation can ask them again")
	return c
}

// allOrganisations is the --org that makes every organisation.
const allOrganisations = "all"

// chosen gives the organisations that --org names.
func chosen(org string) ([]*generate.Organisation, error) {
	all := organisations()
	if org == allOrganisations {
		return all, nil
	}
	var names []string
	for _, o := range all {
		if o.ID == org {
			return []*generate.Organisation{o}, nil
		}
		names = append(names, o.ID)
	}
	return nil, usagef("there is no organisation %q; the organisations are %s, and %s for each of them", org, strings.Join(names, ", "), allOrganisations)
}

// errStopped ends a demo that somebody stopped.
var errStopped = errors.New("the demo was stopped: start it again with another --dir, or remove the folder")

var subjectForm = regexp.MustCompile(`^p[0-9]{6}$`)

// demoResult is the last line of `demo --json`.
type demoResult struct {
	Subject      string `json:"subject"`
	Request      string `json:"request"`
	ReportHTML   string `json:"report_html"`
	ReportJSON   string `json:"report_json"`
	CoverageJSON string `json:"coverage_json"`
	Truth        string `json:"truth"`
	People       string `json:"people"`
}

func (sh *shell) demo(ctx context.Context, o demoOptions) (err error) {
	finished := false
	defer func() {
		if ctx.Err() != nil && !finished {
			err = errStopped
		}
	}()
	orgs, err := chosen(o.org)
	if err != nil {
		return err
	}
	if !slices.Contains(reports.Languages(), o.lang) {
		return usagef("there is no report in %q; the languages are %s", o.lang, strings.Join(reports.Languages(), ", "))
	}
	if o.people < 1 || o.people > generate.MaximumPeople {
		return usagef("--people takes a number from 1 to %d", generate.MaximumPeople)
	}
	if o.subject != "" && !subjectForm.MatchString(o.subject) {
		return usagef("--subject takes the id of a person, such as p000017")
	}
	if len(o.systems) > 0 {
		if o.org == allOrganisations {
			return usagef("--systems names systems of one organisation: name it with --org")
		}
		if orgs[0], err = orgs[0].Only(o.systems); err != nil {
			return usagef("--systems: %w", err)
		}
	}
	dir, err := demoFolder(o.dir)
	if err != nil {
		return err
	}
	results := map[string]demoResult{}
	for _, org := range orgs {
		below := dir
		if o.org == allOrganisations {
			below = filepath.Join(dir, org.ID)
		}
		result, stop, err := sh.demoOf(ctx, below, org, o)
		defer stop()
		if err != nil {
			return fmt.Errorf("%s: %w", org.ID, err)
		}
		results[org.ID] = result
	}
	if err := sh.tellResults(results, o); err != nil || !o.wait {
		return err
	}
	finished = true
	fmt.Fprintln(sh.err, "The web services and servers run until this command is interrupted (Ctrl-C).")
	<-ctx.Done()
	return nil
}

// tellResults writes the last line of `demo --json`.
func (sh *shell) tellResults(results map[string]demoResult, o demoOptions) error {
	switch {
	case !sh.json:
		return nil
	case o.org == allOrganisations:
		return sh.printJSON(map[string]any{"orgs": results})
	default:
		return sh.printJSON(results[o.org])
	}
}

// demoOf makes one organisation below dir and answers the request of one
// person there. Nothing of it is known to another's. The caller stops what
// serves the world.
func (sh *shell) demoOf(ctx context.Context, dir string, org *generate.Organisation, o demoOptions) (result demoResult, stop func(), err error) {
	if !sh.json {
		fmt.Fprintf(sh.out, "Making %s, a synthetic organisation with %d people, in %s\n", org.ID, o.people, dir)
	}
	world, stop, err := makeWorld(ctx, dir, org, o)
	if err != nil {
		return demoResult{}, stop, err
	}
	home := filepath.Join(dir, "home")
	if err := app.InitWith(ctx, home, org.Catalogue, world.sources); err != nil {
		return demoResult{}, stop, err
	}
	a, err := app.Open(ctx, home, sh.err)
	if err != nil {
		return demoResult{}, stop, err
	}
	defer func() { err = errors.Join(err, a.Close(ctx)) }()
	result, coverage, err := sh.answer(ctx, a, dir, world, o)
	if err != nil || sh.json {
		return result, stop, err
	}
	err = sh.tellDemo(result, coverage, wordingOf(a.Catalogue, "en", time.Now()), dir)
	if world.serves && !o.wait {
		fmt.Fprintln(sh.out, "The web services of the world stop now; with --wait they stay and can be asked again.")
	}
	return result, stop, err
}

// demoFolder makes the folder of a demo: the one named, which must be empty
// or new, else the first free sinusta-demo in the working folder.
func demoFolder(named string) (string, error) {
	if named != "" {
		dir, err := filepath.Abs(named)
		if err != nil {
			return "", err
		}
		entries, err := os.ReadDir(dir)
		if err == nil && len(entries) > 0 {
			return "", usagef("%s is not empty: name another folder with --dir", dir)
		}
		return dir, os.MkdirAll(dir, 0o700)
	}
	for n := 1; ; n++ {
		name := "sinusta-demo"
		if n > 1 {
			name = fmt.Sprintf("sinusta-demo-%d", n)
		}
		dir, err := filepath.Abs(name)
		if err != nil {
			return "", err
		}
		err = os.Mkdir(dir, 0o700)
		if err == nil || !errors.Is(err, os.ErrExist) {
			return dir, err
		}
	}
}

// answer opens the request, runs it and writes the report.
func (sh *shell) answer(ctx context.Context, a *app.App, dir string, w *demoWorld, o demoOptions) (demoResult, []core.Coverage, error) {
	request, err := app.ReadIntake("the demo's intake", []byte(w.intake), a.Catalogue, time.Now())
	if err != nil {
		return demoResult{}, nil, fmt.Errorf("the intake of the demo: %w", err)
	}
	request.Language = o.lang
	file, err := a.NewRequest(ctx, request)
	if err != nil {
		return demoResult{}, nil, err
	}
	coverage, err := sh.execute(ctx, opened{a, file}, false)
	if err != nil {
		return demoResult{}, nil, err
	}
	written, err := a.WriteReport(ctx, file, filepath.Join(dir, "report"), o.lang, time.Now())
	if err != nil {
		return demoResult{}, nil, err
	}
	if err := tellShownRefs(filepath.Join(dir, "world", "truth.jsonl"), written); err != nil {
		return demoResult{}, nil, err
	}
	return demoResult{Subject: w.subject, Request: file.ID(), ReportHTML: written.HTML, ReportJSON: written.JSON,
		CoverageJSON: written.Coverage, Truth: filepath.Join(dir, "world", "truth.jsonl"),
		People: filepath.Join(dir, "world", "people.jsonl")}, coverage, nil
}

func (sh *shell) tellDemo(r demoResult, coverage []core.Coverage, words wording, dir string) error {
	fmt.Fprintln(sh.out)
	if err := sh.printCoverage(coverage, words); err != nil {
		return err
	}
	_, err := fmt.Fprintf(sh.out, `
The person who asks is %s. Read the report in a browser:
  %s
As JSON:      %s
Coverage:     %s
The truth:    %s
Go on with the installation:
  sinusta --home %s search %s
`, r.Subject, r.ReportHTML, r.ReportJSON, r.CoverageJSON, r.Truth, filepath.Join(dir, "home"), r.Request)
	return err
}
