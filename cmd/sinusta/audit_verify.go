package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core/audit"
)

func (sh *shell) auditVerify() *cobra.Command {
	var kept, bundle, key, proof string
	c := &cobra.Command{Use: "verify", Short: "Verify that no entry was changed, removed, reordered or inserted",
		Long: `Verifies every entry, the tree over them and every signed checkpoint. With
--checkpoint it also verifies that the log is a continuation of a checkpoint that
was kept elsewhere: a report (report.html, report.json, coverage.json) or the
signed text alone. That also shows a log that was made anew by somebody who has
the keys. With --bundle and --key it verifies an exported log without the
installation; --proof verifies what "audit prove" printed, with --key or the
installation's own key. Exit code 1: something was rewritten; it is named.`,
		Example: "  sinusta audit verify --checkpoint report.json\n  sinusta audit verify --bundle log.zip --key audit.pub", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			key := keyText(key)
			if proof != "" {
				return sh.verifyProof(proof, key)
			}
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
			fmt.Fprintf(sh.out, "%d entries, %s, covered to entry %d\n", result.Entries, counted(result.Checkpoints, "checkpoint"), result.Covered)
			for _, f := range result.Faults {
				fmt.Fprintf(sh.out, "REWRITTEN: %s\n", f)
			}
			for _, f := range result.Unfinished {
				fmt.Fprintf(sh.out, "left by a crash, harmless: %s\n", f)
			}
			if n := len(result.Open) + result.OpenMore; n > 0 {
				fmt.Fprintf(sh.out, "effects without an end: %d; they go on, or a crash stopped them (begun in %s)\n", n, firstOf(result.Open))
			}
			if result.OK() {
				fmt.Fprintln(sh.out, "Nothing was rewritten.")
			}
			return result.Err()
		}}
	c.Flags().StringVar(&kept, "checkpoint", "", "file with a checkpoint that the log must continue, such as a report")
	c.Flags().StringVar(&bundle, "bundle", "", "verify this exported log instead of the installation's")
	c.Flags().StringVar(&key, "key", "", "public key of the exported log, or of the proof, or a file with it")
	c.Flags().StringVar(&proof, "proof", "", "verify this output of audit prove")
	return c
}

// firstOf lists indexes, and no more of them than one can read.
func firstOf(indexes []int64) string {
	const most = 10
	var words []string
	for _, n := range indexes[:min(len(indexes), most)] {
		words = append(words, strconv.FormatInt(n, 10))
	}
	if len(indexes) > most {
		words = append(words, "...")
	}
	return strings.Join(words, ", ")
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
	var older, newer int64
	c := &cobra.Command{Use: "prove [N]", Short: "Prove that an entry is in the log, or that the log only grew",
		Long: `Prints a proof that entry N is in the log, with the signed checkpoint that it
holds against. With --older and --newer, the sizes of two checkpoints, it prints
a proof that the log of the newer one begins with that of the older one. Whoever
has the public key can verify both without the log, by "audit verify --proof".`,
		Example: "  sinusta audit prove 42 > proof.json\n  sinusta audit prove --older 21 --newer 54", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			grew := c.Flags().Changed("older") || c.Flags().Changed("newer")
			if grew == (len(args) > 0) || len(args) > 1 {
				return usagef("audit prove takes the number of an entry, or --older and --newer; `sinusta audit show` lists the entries")
			}
			return sh.withLog(c.Context(), func(log *audit.Log) error {
				if grew {
					return sh.proveGrowth(log, older, newer)
				}
				n, err := strconv.ParseInt(args[0], 10, 64)
				if err != nil || n < 0 {
					return usagef("the number of an entry is a whole number; `sinusta audit show` lists them")
				}
				if _, err := log.Append(c.Context(), audit.Entry{Verb: audit.LogRead, Purpose: audit.PurposeOversight}); err != nil {
					return err
				}
				proof, err := log.Prove(c.Context(), n)
				if err != nil {
					return err
				}
				return sh.printProof(proof)
			})
		}}
	c.Flags().Int64Var(&older, "older", 0, "entries of the older checkpoint")
	c.Flags().Int64Var(&newer, "newer", 0, "entries of the newer checkpoint (default: the newest)")
	return c
}

func (sh *shell) printProof(proof any) error {
	raw, err := json.MarshalIndent(proof, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(sh.out, string(raw))
	return err
}

// proveGrowth proves that the log of one checkpoint begins with that of
// another.
func (sh *shell) proveGrowth(log *audit.Log, older, newer int64) error {
	sizes, err := log.Checkpoints()
	if err != nil {
		return err
	}
	if newer == 0 && len(sizes) > 0 {
		newer = sizes[len(sizes)-1]
	}
	var both [2]audit.Checkpoint
	for i, size := range []int64{older, newer} {
		if !slices.Contains(sizes, size) {
			return usagef("there is no checkpoint of %d entries; there are: %s", size, firstOf(sizes))
		}
		if both[i], err = log.CheckpointOf(size); err != nil {
			return err
		}
	}
	if older > newer {
		return usagef("the older checkpoint has more entries than the newer one")
	}
	proof, err := log.ProveConsistency(both[0], both[1])
	if err != nil {
		return err
	}
	return sh.printProof(proof)
}

// verifyProof verifies what `audit prove` printed.
func (sh *shell) verifyProof(path, key string) error {
	if key == "" {
		var err error
		if key, err = sh.publicKey(); err != nil {
			return err
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the proof: %w", err)
	}
	var inclusion audit.Proof
	var growth audit.Consistency
	if json.Unmarshal(raw, &inclusion) == nil && inclusion.Line != "" {
		e, err := audit.VerifyProof(inclusion, key)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sh.out, "Entry %d is in the log: %s %s %s %s %s\n", e.Index, e.Time.Format(time.RFC3339), whoOf(e), e.Verb, e.Request, e.Object)
		return err
	}
	if json.Unmarshal(raw, &growth) == nil && growth.Older != "" {
		if err := audit.VerifyConsistency(growth, key); err != nil {
			return err
		}
		_, err := fmt.Fprintln(sh.out, "The log of the newer checkpoint begins with that of the older one.")
		return err
	}
	return usagef("%s is no output of `sinusta audit prove`", path)
}

// keyText gives a public key that was given as text, or as a file that holds
// it.
func keyText(key string) string {
	if raw, err := os.ReadFile(key); err == nil {
		key = string(raw)
	}
	return strings.TrimSpace(key)
}

// publicKey reads the public key of the installation's log.
func (sh *shell) publicKey() (string, error) {
	home, err := app.Home(sh.home)
	if err != nil {
		return "", err
	}
	if err := app.Installed(home); err != nil {
		return "", err
	}
	raw, err := os.ReadFile(app.PublicKeyPath(home))
	if err != nil {
		return "", fmt.Errorf("read the public key of the log: %w: name the key with --key", err)
	}
	return strings.TrimSpace(string(raw)), nil
}
