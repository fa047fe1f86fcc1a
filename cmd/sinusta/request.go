package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/store"
)

func (sh *shell) requestCommand() *cobra.Command {
	return group("request", "Open, run and erase access requests", "  sinusta request new intake.yaml",
		sh.requestNew(), sh.requestList(), sh.requestShow(), sh.requestRun(), sh.requestAnswer(), sh.requestFiles(), sh.requestRemove())
}

// opened is an installation with one request file.
type opened struct {
	app  *app.App
	file *store.File
}

// withApp opens the installation for f and closes it after.
func (sh *shell) withApp(ctx context.Context, f func(*app.App) error) (err error) {
	a, err := sh.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close(ctx)) }()
	return f(a)
}

// withStore opens the requests of an installation for f, and nothing else of
// it: a fault in the catalogue must not keep anybody from looking or erasing.
func (sh *shell) withStore(ctx context.Context, f func(*store.Store) error) (err error) {
	home, err := app.Home(sh.home)
	if err != nil {
		return err
	}
	s, err := app.OpenStore(ctx, home)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return f(s)
}

// withFile opens a request for f and closes the installation after.
func (sh *shell) withFile(ctx context.Context, id string, f func(opened) error) error {
	return sh.withApp(ctx, func(a *app.App) error {
		file, err := a.Store.File(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return usagef("there is no request %q; `sinusta request list` lists them", id)
		}
		if err != nil {
			return err
		}
		return f(opened{a, file})
	})
}

func (sh *shell) requestNew() *cobra.Command {
	return &cobra.Command{Use: "new [FILE]", Short: "Open a request",
		Long:    newHelp(),
		Example: "  sinusta request new intake.yaml\n  sinusta request new - < intake.yaml", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("request new takes one file at the most")
			}
			return sh.withApp(c.Context(), func(a *app.App) error {
				r, err := sh.readIntake(c.Context(), a, args)
				if err != nil {
					return err
				}
				file, err := a.NewRequest(c.Context(), r)
				if err != nil {
					return err
				}
				if sh.json {
					return sh.printJSON(map[string]string{"request": file.ID()})
				}
				fmt.Fprintf(sh.err, "The request is open. `sinusta request run %s` searches the systems.\n", file.ID())
				_, err = fmt.Fprintln(sh.out, file.ID())
				return err
			})
		}}
}

// readIntake reads the intake from a file, from standard input, or by asking
// at a terminal.
func (sh *shell) readIntake(ctx context.Context, a *app.App, args []string) (access.Request, error) {
	name := "-"
	if len(args) == 1 {
		name = args[0]
	}
	stdin, isFile := sh.in.(*os.File)
	if len(args) == 0 && isFile && term.IsTerminal(int(stdin.Fd())) {
		r, err := app.AskIntake(ctx, sh.in, sh.err, a.Catalogue, time.Now())
		if errors.Is(err, app.ErrCompany) {
			return access.Request{}, usageError{err}
		}
		return r, err
	}
	var raw []byte
	var err error
	if name == "-" {
		name = "standard input"
		raw, err = io.ReadAll(io.LimitReader(sh.in, 1<<20))
	} else {
		raw, err = os.ReadFile(name)
	}
	if err != nil {
		return access.Request{}, fmt.Errorf("read the intake: %w", err)
	}
	r, err := app.ReadIntake(name, raw, a.Catalogue, time.Now())
	if err != nil {
		return access.Request{}, usageError{err}
	}
	return r, nil
}

// summary is one request as `request list` and `request show` give it. It
// names the kinds of identifier and no value.
type summary struct {
	Request    string      `json:"request"`
	CaseNumber string      `json:"case_number"`
	Received   string      `json:"received"`
	Language   string      `json:"language"`
	Kinds      []core.Kind `json:"kinds"`
	State      string      `json:"state"`
	Open       int         `json:"open_systems"`
	Items      int         `json:"items"`
	Undecided  int         `json:"undecided"`
	Scope      string      `json:"scope,omitempty"`
	Purpose    string      `json:"purpose,omitempty"`
	Requester  string      `json:"requester,omitempty"`
	Official   int         `json:"official"`
}

func summarise(ctx context.Context, file *store.File) (summary, error) {
	r, err := access.Load(ctx, file)
	if err != nil {
		return summary{}, err
	}
	s := summary{Request: file.ID(), CaseNumber: r.CaseNumber, Received: r.Received.Format(time.DateOnly), Language: r.Language,
		Kinds: r.Subject.Kinds(), State: "new", Scope: r.Scope.Words, Purpose: r.Purpose, Requester: r.Requester}
	coverage, err := access.LoadCoverage(ctx, file)
	if err != nil {
		return summary{}, err
	}
	switch _, err := access.LoadPlan(ctx, file); {
	case err == nil:
		s.State = "unfinished" // a run was killed, or goes on
	case !errors.Is(err, store.ErrNotFound):
		return summary{}, err
	}
	for _, c := range coverage {
		s.State = "searched"
		if !c.Outcome.Final() {
			s.Open++
		}
	}
	if s.Open > 0 {
		s.State = "open"
	}
	if s.Items, s.Undecided, err = access.CountItems(ctx, file); err != nil {
		return summary{}, err
	}
	asides, err := access.Asides(ctx, file)
	for _, n := range asides.Officials {
		s.Official += n
	}
	return s, err
}

func (sh *shell) requestList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the requests", Example: "  sinusta request list --json", Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			return sh.withStore(c.Context(), func(requests *store.Store) error {
				ids, err := requests.Requests(c.Context())
				if err != nil {
					return err
				}
				unreadable := 0
				list := []summary{}
				var rows [][]string
				for _, id := range ids {
					file, err := requests.File(c.Context(), id)
					var s summary
					if err == nil {
						s, err = summarise(c.Context(), file)
					}
					if err != nil {
						// One damaged request must not hide the others.
						if !strings.Contains(err.Error(), id) {
							err = fmt.Errorf("request %s: %w", id, err)
						}
						fmt.Fprintln(sh.err, "sinusta:", err)
						unreadable++
						continue
					}
					list = append(list, s)
					rows = append(rows, []string{s.Request, s.CaseNumber, s.Received, s.State, fmt.Sprint(s.Items), fmt.Sprint(s.Undecided)})
				}
				if sh.json {
					err = sh.printJSON(list)
				} else {
					err = sh.table("REQUEST|CASE|RECEIVED|STATE|ITEMS|UNDECIDED", rows)
				}
				if err == nil && unreadable > 0 {
					err = fmt.Errorf("%s cannot be read", counted(unreadable, "request"))
				}
				return err
			})
		}}
}

func (sh *shell) requestShow() *cobra.Command {
	return &cobra.Command{Use: "show REQUEST", Short: "Show one request, without values", Example: "  sinusta request show r-4f7k2m",
		Args: exactly(1, "the id of a request"),
		RunE: func(c *cobra.Command, args []string) error {
			return sh.withFile(c.Context(), args[0], func(f opened) error {
				s, err := summarise(c.Context(), f.file)
				if err != nil {
					return err
				}
				if sh.json {
					return sh.printJSON(s)
				}
				fmt.Fprintf(sh.out, "request     %s\ncase        %s\nreceived    %s\nlanguage    %s\nknown by    %s\nstate       %s\nitems       %d, of which %d undecided; %d more as an official\n",
					s.Request, s.CaseNumber, s.Received, s.Language, joined(s.Kinds), s.State, s.Items, s.Undecided, s.Official)
				coverage, err := access.LoadCoverage(c.Context(), f.file)
				if err != nil || len(coverage) == 0 {
					return err
				}
				words, err := f.wording(c.Context(), "en")
				if err != nil {
					return err
				}
				fmt.Fprintln(sh.out)
				if err := sh.printCoverage(coverage, words); err != nil {
					return err
				}
				sh.printAsked(coverage)
				return nil
			})
		}}
}

func (sh *shell) requestRun() *cobra.Command {
	var again bool
	c := &cobra.Command{Use: "run REQUEST", Short: "Search every system for a request",
		Long: `Asks every system, judges the hits and gives each system its outcome. A run that
was stopped goes on where it was; a system without a final outcome is asked
anew. Within the time of its source, a system that cannot be reached is tried
again, and one that asks to wait is waited for. Ctrl-C stops the run in good
order, a second one at once; either way nothing that was received is lost.
Exit code 3: finished, but some outcome is not final.`,
		Example: "  sinusta request run r-4f7k2m", Args: exactly(1, "the id of a request"),
		RunE: func(c *cobra.Command, args []string) error {
			return sh.withFile(c.Context(), args[0], func(f opened) error {
				if n := lintErrors(catalogue.Lint(f.app.Catalogue)); n > 0 {
					fmt.Fprintf(sh.err, "sinusta: the catalogue has %s; `sinusta catalogue lint` names them\n", counted(n, "error"))
				}
				coverage, err := sh.execute(c.Context(), f, again)
				if err != nil {
					return err
				}
				return sh.showCoverage(c.Context(), f, coverage, "en")
			})
		}}
	c.Flags().BoolVar(&again, "again", false, "ask every system anew, also those that have answered")
	return c
}

// execute runs a request with a progress display on standard error.
func (sh *shell) execute(ctx context.Context, f opened, again bool) ([]core.Coverage, error) {
	p := newProgress(sh.err, f.app.Catalogue, "en")
	answer, err := f.app.Run(ctx, f.file, again, p.update)
	p.done()
	if err != nil {
		return nil, err
	}
	return answer.Coverage, nil
}

// showCoverage prints the coverage and tells by the error whether all of it
// is final. lang is that of what the catalogue says.
func (sh *shell) showCoverage(ctx context.Context, f opened, coverage []core.Coverage, lang string) error {
	words, err := f.wording(ctx, lang)
	if err != nil {
		return err
	}
	for i := range coverage {
		for j, p := range coverage[i].Problems {
			coverage[i].Problems[j] = f.app.Placed(coverage[i].System, p)
		}
	}
	if sh.json {
		err = sh.printJSON(rowsOf(coverage, words))
	} else {
		err = sh.printCoverage(coverage, words)
	}
	if err != nil {
		return err
	}
	for _, c := range coverage {
		if !c.Outcome.Final() {
			return errNotFinal
		}
	}
	return nil
}

func (sh *shell) requestRemove() *cobra.Command {
	var yes bool
	c := &cobra.Command{Use: "rm REQUEST", Short: "Erase a request for good",
		Long: `Erases a request: first its key, which makes every copy of its data unreadable,
then the data. It cannot be undone.

A copy of keys/requests in a backup undoes it: delete the file of the request
there too. Copies of data/ and of audit/ may stay; nobody can read the request
in them any more, and the log keeps keyed digests only.`,
		Example: "  sinusta request rm r-4f7k2m --yes", Args: exactly(1, "the id of a request"),
		RunE: func(c *cobra.Command, args []string) error {
			if !yes {
				return usagef("erasing a request cannot be undone: say --yes")
			}
			return sh.withStore(c.Context(), func(s *store.Store) error {
				ids, err := s.Requests(c.Context())
				if err != nil {
					return err
				}
				if !slices.Contains(ids, args[0]) {
					return usagef("there is no request %q; `sinusta request list` lists them", args[0])
				}
				home, err := app.Home(sh.home)
				if err != nil {
					return err
				}
				if err := app.Erase(c.Context(), home, s, args[0]); err != nil {
					return err
				}
				if sh.json {
					return sh.printJSON(map[string]string{"erased": args[0]})
				}
				_, err = fmt.Fprintf(sh.out, "%s is erased.\n", args[0])
				return err
			})
		}}
	c.Flags().BoolVar(&yes, "yes", false, "say that you mean it")
	return c
}
