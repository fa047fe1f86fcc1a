package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func (sh *shell) sourcesCommand() *cobra.Command {
	return group("sources", "Look at the connections to the systems, and try them", "  sinusta sources check",
		sh.sourcesList(), sh.sourcesCheck())
}

// sourceRow is one system as `sources list` gives it.
type sourceRow struct {
	System string `json:"system"`
	Kind   string `json:"kind"`
	State  string `json:"state"`
	Plugin string `json:"plugin,omitempty"`
	Name   string `json:"name"`
}

func (sh *shell) sourcesList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the systems and how each is reached", Example: "  sinusta sources list --json", Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			return sh.withApp(c.Context(), func(a *app.App) error {
				wiring := a.Wiring()
				var list []sourceRow
				var rows [][]string
				for _, s := range a.Catalogue.Systems {
					row := sourceRow{System: s.ID, Kind: s.Kind, State: "not connected", Plugin: a.Sources.Entries[s.ID].Plugin, Name: s.Name.In("en")}
					switch {
					case s.Outcome != "":
						row.State = string(s.Outcome)
					case wiring[s.ID].Connection == access.Connected:
						row.State = "connected"
					case wiring[s.ID].Connection == access.SwitchedOff:
						row.State = "disabled"
					}
					list = append(list, row)
					rows = append(rows, []string{row.System, row.Kind, row.State, row.Plugin, row.Name})
				}
				if sh.json {
					return sh.printJSON(list)
				}
				return sh.table("SYSTEM|KIND|STATE|PLUGIN|NAME", rows)
			})
		}}
}

// checkStep is one thing that was tried at a source.
type checkStep struct {
	System  string `json:"system"`
	Step    string `json:"step"`
	State   string `json:"state"` // ok, warn or fail
	Message string `json:"message,omitempty"`
}

func (sh *shell) sourcesCheck() *cobra.Command {
	return &cobra.Command{Use: "check [SYSTEM...]", Short: "Try the connections to the systems",
		Long: `Starts the plugin of each system and tries it: connection, account, tables and
columns, that the account only reads, and a sample search. Exit code 1: some
step failed.`,
		Example: "  sinusta sources check V6.1 V7.1", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			return sh.withApp(c.Context(), func(a *app.App) error {
				for _, id := range args {
					if _, ok := a.Sources.Entries[id]; !ok {
						return usagef("system %q has no source; `sinusta sources list` lists them", id)
					}
				}
				steps, err := checkAll(c.Context(), a, args)
				if err != nil {
					return err
				}
				failed := slices.ContainsFunc(steps, func(s checkStep) bool { return s.State == "fail" })
				if sh.json {
					err = sh.printJSON(steps)
				} else {
					var rows [][]string
					for _, s := range steps {
						rows = append(rows, []string{s.System, s.State, s.Step, s.Message})
					}
					err = sh.table("SYSTEM|STATE|STEP|MESSAGE", rows)
				}
				if err == nil && failed {
					err = errors.New("some sources do not work")
				}
				return err
			})
		}}
}

// checkAll tries the sources of the systems named, or all, and gives the
// steps in the order of the systems.
func checkAll(ctx context.Context, a *app.App, only []string) ([]checkStep, error) {
	var ids []string
	var unconnected []checkStep
	wiring := a.Wiring()
	for _, s := range a.Catalogue.Systems {
		switch {
		case len(only) > 0 && !slices.Contains(only, s.ID):
		case wiring[s.ID].Connection == access.Connected:
			ids = append(ids, s.ID)
		case wiring[s.ID].Connection == access.SwitchedOff:
			unconnected = append(unconnected, checkStep{s.ID, "connection", "warn", "the source is disabled: requests report the system as disabled"})
		case s.Outcome == "":
			unconnected = append(unconnected, checkStep{s.ID, "connection", "warn", "the system has no source: requests report it as not searchable"})
		}
	}
	results := make([][]checkStep, len(ids))
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, id := range ids {
		group.Go(func() error {
			steps := checkOne(ctx, a, id)
			mu.Lock()
			defer mu.Unlock()
			results[i] = steps
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := append(slices.Concat(results...), unconnected...)
	slices.SortStableFunc(all, func(x, y checkStep) int { return catalogue.CompareIDs(x.System, y.System) })
	return all, nil
}

func checkOne(ctx context.Context, a *app.App, id string) (out []checkStep) {
	if _, err := a.Log.Append(ctx, audit.Entry{Verb: audit.SystemProbed, Object: id, Purpose: audit.PurposeMaintenance}); err != nil {
		return []checkStep{{id, "log", "fail", err.Error()}}
	}
	session, err := a.Start(ctx, id)
	if err != nil {
		return []checkStep{{id, "start", "fail", err.Error()}}
	}
	defer func() {
		if err := session.Close(context.WithoutCancel(ctx)); err != nil {
			out = append(out, checkStep{id, "end", "warn", err.Error()})
		}
	}()
	steps, err := session.Check(ctx)
	if err != nil {
		return []checkStep{{id, "check", "fail", err.Error()}}
	}
	if len(steps) == 0 {
		out = append(out, checkStep{id, "check", "fail", "the plugin tried nothing: nobody knows whether the source works; its maker adds steps to its check"})
	}
	for _, s := range steps {
		step := checkStep{System: id, Step: s.Name, State: strings.ToLower(string(s.Status))}
		if s.Problem != nil {
			step.Message = a.Describe(id, s.Problem)
		}
		out = append(out, step)
	}
	return append(out, keysHeld(a, id, session.Types())...)
}

// keysHeld compares the kinds that the catalogue promises with those that the
// source can search by.
func keysHeld(a *app.App, id string, types []sdk.RecordType) []checkStep {
	system, _ := a.Catalogue.System(id)
	var missing []string
	for _, key := range system.SearchKeys {
		held := slices.ContainsFunc(types, func(t sdk.RecordType) bool {
			return slices.ContainsFunc(t.Keys, func(k sdk.Key) bool { return slices.Contains(k.Kinds, key.Kind) })
		})
		if !held && !slices.Contains(missing, string(key.Kind)) {
			missing = append(missing, string(key.Kind))
		}
	}
	if len(missing) == 0 {
		return []checkStep{{id, "search keys of the catalogue", "ok", ""}}
	}
	return []checkStep{{id, "search keys of the catalogue", "fail", fmt.Sprintf("the catalogue says that the system is searched by %s, and no field is mapped to it: map it, or correct the catalogue",
		strings.Join(missing, ", "))}}
}
