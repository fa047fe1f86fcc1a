package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core/audit"
)

func (sh *shell) auditCommand() *cobra.Command {
	return group("audit", "Look at the log, and verify that nobody rewrote it", "  sinusta audit verify",
		sh.auditShow(), sh.auditVerify(), sh.auditProve(), sh.auditExport())
}

// withLog opens the log of an installation for f and closes it after.
func (sh *shell) withLog(ctx context.Context, f func(*audit.Log) error) (err error) {
	home, err := app.Home(sh.home)
	if err != nil {
		return err
	}
	log, err := app.OpenLog(home)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close(ctx)) }()
	return f(log)
}

func (sh *shell) auditShow() *cobra.Command {
	var filter audit.Filter
	var verb string
	c := &cobra.Command{Use: "show", Short: "Show the entries of the log",
		Long: `Shows who did what, when, on which request and system. Identifiers and case
numbers stand in the log as keyed digests only. Looking is logged too.`,
		Example: "  sinusta audit show --request r-4f7k2m\n  sinusta audit show --json", Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			filter.Verb = audit.Verb(verb)
			if verb != "" && !slices.Contains(audit.Verbs(), filter.Verb) {
				return usagef("the log knows no action %q; there are: %s", verb, joined(audit.Verbs()))
			}
			return sh.withLog(c.Context(), func(log *audit.Log) error {
				if _, err := log.Append(c.Context(), audit.Entry{Verb: audit.LogRead, Request: filter.Request, Purpose: audit.PurposeOversight}); err != nil {
					return err
				}
				var rows [][]string
				open := map[int64]int{} // row of each beginning whose end has not come
				for e, err := range log.Entries(c.Context(), filter) {
					if err != nil {
						return err
					}
					if sh.json {
						if err := sh.printJSON(e); err != nil {
							return err
						}
						continue
					}
					switch {
					case e.Phase == audit.Begin:
						open[e.Index] = len(rows)
					case e.Of != nil:
						delete(open, *e.Of)
					}
					rows = append(rows, []string{strconv.FormatInt(e.Index, 10), e.Time.Format(time.RFC3339), whoOf(e), string(e.Verb), string(e.Phase), e.Request, e.Object, e.Outcome})
				}
				if sh.json {
					return nil
				}
				for _, row := range open {
					rows[row][len(rows[row])-1] = noEnd
				}
				if len(rows) == 0 {
					_, err := fmt.Fprintln(sh.err, "sinusta: the log has no such entry")
					return err
				}
				return sh.table("N|TIME|WHO|WHAT|PHASE|REQUEST|OBJECT|OUTCOME", rows)
			})
		}}
	c.Flags().StringVar(&filter.Request, "request", "", "only this request")
	c.Flags().StringVar(&filter.Object, "system", "", "only this system")
	c.Flags().StringVar(&filter.Actor, "actor", "", "only this official or account")
	c.Flags().StringVar(&verb, "verb", "", "only this action, such as source-asked")
	return c
}

// noEnd stands in place of the outcome of an effect that goes on, or that a
// crash stopped.
const noEnd = "NO END"

// whoOf names who made an entry: the official, and the account beside it.
func whoOf(e audit.Entry) string {
	if e.Account == "" || e.Account == e.Actor {
		return e.Actor
	}
	return fmt.Sprintf("%s (%s)", e.Actor, e.Account)
}

func (sh *shell) auditExport() *cobra.Command {
	return &cobra.Command{Use: "export FILE", Short: "Write the log with all that is needed to verify it",
		Long: `Writes a zip archive with the entries, the checkpoints and the public key, and a
text that says how to verify them. It holds the names of officials.`,
		Example: "  sinusta audit export log.zip", Args: exactly(1, "the file to write"),
		RunE: func(c *cobra.Command, args []string) error {
			return sh.withLog(c.Context(), func(log *audit.Log) error {
				return app.Logged(c.Context(), log, audit.Entry{Verb: audit.LogExported, Purpose: audit.PurposeOversight}, func() error {
					f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
					if err != nil {
						return fmt.Errorf("write the exported log: %w", err)
					}
					err = errors.Join(log.Export(c.Context(), f), f.Sync(), f.Close())
					if err != nil {
						return errors.Join(err, os.Remove(args[0]))
					}
					return nil
				})
			})
		}}
}
