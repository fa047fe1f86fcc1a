package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"regexp"
	"strconv"
	"strings"
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
			return sh.withLog(c.Context(), func(log *audit.Log) error {
				if _, err := log.Append(c.Context(), audit.Entry{Verb: audit.LogRead, Request: filter.Request, Purpose: audit.PurposeOversight}); err != nil {
					return err
				}
				var rows [][]string
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
					rows = append(rows, []string{strconv.FormatInt(e.Index, 10), e.Time.Format(time.RFC3339), whoOf(e), string(e.Verb), string(e.Phase), e.Request, e.Object, e.Outcome})
				}
				if sh.json {
					return nil
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

// whoOf names who made an entry: the official, and the account beside it.
func whoOf(e audit.Entry) string {
	if e.Account == "" || e.Account == e.Actor {
		return e.Actor
	}
	return fmt.Sprintf("%s (%s)", e.Actor, e.Account)
}

func (sh *shell) auditVerify() *cobra.Command {
	var kept, bundle, key string
	c := &cobra.Command{Use: "verify", Short: "Verify that no entry was changed, removed, reordered or inserted",
		Long: `Verifies every entry, the tree over them and every signed checkpoint. With
--checkpoint it also verifies that the log is a continuation of a checkpoint that
was kept elsewhere: a report (report.html, report.json, coverage.json) or the
signed text alone. That also shows a log that was made anew by somebody who has
the keys. With --bundle and --key it verifies an exported log without the
installation. Exit code 1: something was rewritten; it is named.`,
		Example: "  sinusta audit verify --checkpoint report.json\n  sinusta audit verify --bundle log.zip --key \"$(cat audit.pub)\"", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			if (bundle == "") != (key == "") {
				return usagef("--bundle and --key go together")
			}
			result, err := sh.verify(kept, bundle, key)
			if err != nil {
				return err
			}
			if sh.json {
				if err := sh.printJSON(result); err != nil {
					return err
				}
				return result.Err()
			}
			fmt.Fprintf(sh.out, "%d entries, %d checkpoints, covered to entry %d\n", result.Entries, result.Checkpoints, result.Covered)
			for _, f := range result.Faults {
				fmt.Fprintf(sh.out, "REWRITTEN: %s\n", f)
			}
			for _, f := range result.Unfinished {
				fmt.Fprintf(sh.out, "left by a crash, harmless: %s\n", f)
			}
			if n := len(result.Open) + result.OpenMore; n > 0 {
				fmt.Fprintf(sh.out, "%d effects began and have no end: they go on, or a crash stopped them\n", n)
			}
			if result.OK() {
				fmt.Fprintln(sh.out, "Nothing was rewritten.")
			}
			return result.Err()
		}}
	c.Flags().StringVar(&kept, "checkpoint", "", "file with a checkpoint that the log must continue, such as a report")
	c.Flags().StringVar(&bundle, "bundle", "", "verify this exported log instead of the installation's")
	c.Flags().StringVar(&key, "key", "", "public key of the exported log")
	return c
}

// verify verifies the installation's log, or an exported one.
func (sh *shell) verify(kept, bundle, key string) (audit.Result, error) {
	home, err := app.Home(sh.home)
	if err != nil {
		return audit.Result{}, err
	}
	if bundle == "" {
		if err := app.Installed(home); err != nil {
			return audit.Result{}, err
		}
		raw, err := os.ReadFile(app.PublicKeyPath(home))
		if err != nil && kept != "" {
			return audit.Result{}, fmt.Errorf("read the public key of the log: %w", err)
		}
		key = string(raw)
	}
	var anchor *audit.Checkpoint
	if kept != "" {
		raw, err := os.ReadFile(kept)
		if err != nil {
			return audit.Result{}, fmt.Errorf("read the checkpoint: %w", err)
		}
		text, err := noteIn(raw)
		if err != nil {
			return audit.Result{}, err
		}
		c, err := audit.ParseCheckpoint(text, strings.TrimSpace(key))
		if err != nil {
			return audit.Result{}, err
		}
		anchor = &c
	}
	if bundle == "" {
		return audit.Verify(home, anchor)
	}
	f, err := os.Open(bundle)
	if err != nil {
		return audit.Result{}, fmt.Errorf("open the exported log: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return audit.Result{}, fmt.Errorf("open the exported log: %w", err)
	}
	return audit.VerifyBundle(f, info.Size(), strings.TrimSpace(key), anchor)
}

// noteInPage is the signed text in the page of a report.
var noteInPage = regexp.MustCompile(`(?s)<pre id="checkpoint"[^>]*>\n?(.*?)</pre>`)

// noteIn gives the signed text of a checkpoint from what was kept: a report in any
// form, or the text itself.
func noteIn(raw []byte) (string, error) {
	var report struct {
		Checkpoint *struct{ Note string } `json:"audit_checkpoint"`
	}
	if json.Valid(raw) {
		if err := json.Unmarshal(raw, &report); err != nil || report.Checkpoint == nil {
			return "", errors.New("the file holds no checkpoint: take report.json, coverage.json or report.html of a report")
		}
		return report.Checkpoint.Note, nil
	}
	if found := noteInPage.FindSubmatch(raw); found != nil {
		return html.UnescapeString(string(found[1])), nil
	}
	return strings.ReplaceAll(string(raw), "\r\n", "\n"), nil
}

func (sh *shell) auditProve() *cobra.Command {
	return &cobra.Command{Use: "prove N", Short: "Prove that an entry is in the log",
		Long: `Prints a proof that entry N is in the log, with the signed checkpoint that it
holds against. Whoever has the public key can verify it without the log.`,
		Example: "  sinusta audit prove 42 > proof.json", Args: exactly(1, "the number of an entry"),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || n < 0 {
				return usagef("the number of an entry is a whole number; `sinusta audit show` lists them")
			}
			return sh.withLog(c.Context(), func(log *audit.Log) error {
				proof, err := log.Prove(c.Context(), n)
				if err != nil {
					return err
				}
				raw, err := json.MarshalIndent(proof, "", "  ")
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(sh.out, string(raw))
				return err
			})
		}}
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
