package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/catalogue/workbook"
	"github.com/sinusta/sinusta/core/durable"
)

func (sh *shell) catalogueExport() *cobra.Command {
	return &cobra.Command{Use: "export FILE.xlsx", Short: "Write the catalogue as a workbook, with the findings at the cells",
		Long: `Writes every entry of the catalogue to an Excel workbook: one sheet for what an
entry has once, one for each of its lists. What lint found is a comment at the
cell. Change the workbook, then read it back with catalogue import. The file
must not be there yet. organisation.yaml is not in the workbook.`,
		Example: "  sinusta catalogue export catalogue.xlsx", Args: exactly(1, "the workbook to write"),
		RunE: func(_ *cobra.Command, args []string) error {
			a, err := sh.openOffline()
			if err != nil {
				return err
			}
			if !strings.EqualFold(filepath.Ext(args[0]), ".xlsx") {
				return usagef("the name of the workbook must end in .xlsx")
			}
			var book bytes.Buffer
			if err := workbook.Export(os.DirFS(a.Home), catalogue.Lint(a.Catalogue), &book); err != nil {
				return err
			}
			err = durable.WriteNew(args[0], book.Bytes())
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s is there already: name another file, or move that one away", args[0])
			}
			if err != nil {
				return fmt.Errorf("write the workbook: %w", err)
			}
			if sh.json {
				return sh.printJSON(map[string]any{"file": args[0], "systems": len(a.Catalogue.Systems), "stores": len(a.Catalogue.Stores)})
			}
			_, err = fmt.Fprintf(sh.out, "%s: %s, %s\n", args[0], counted(len(a.Catalogue.Systems), "system"), counted(len(a.Catalogue.Stores), "store"))
			return err
		}}
}

func (sh *shell) catalogueImport() *cobra.Command {
	var dry bool
	c := &cobra.Command{Use: "import FILE.xlsx", Short: "Read a workbook back into the catalogue",
		Long: `Reads a workbook that catalogue export wrote, and changes in catalogue/ what
changed in the workbook. What did not change keeps its place and its comments.
A fault is named with sheet and cell, and then nothing is changed at all.
Formulas and macros are refused. Nothing is deleted: an entry without a row is a
fault.`,
		Example: "  sinusta catalogue import catalogue.xlsx --dry-run", Args: exactly(1, "the workbook to read"),
		RunE: func(_ *cobra.Command, args []string) error {
			home, err := app.Home(sh.home)
			if err != nil {
				return err
			}
			changes, err := changesOf(args[0], home)
			if err != nil {
				return err
			}
			if !dry {
				if err := writeChanges(home, changes); err != nil {
					return err
				}
			}
			return sh.printChanges(changes, dry)
		}}
	c.Flags().BoolVar(&dry, "dry-run", false, "only say what would change")
	return c
}

func changesOf(name, home string) ([]workbook.Change, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: `sinusta catalogue export` makes a workbook", name)
	}
	if err != nil {
		return nil, fmt.Errorf("open the workbook: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open the workbook: %w", err)
	}
	changes, err := workbook.Import(f, info.Size(), os.DirFS(home))
	if err != nil {
		return nil, fmt.Errorf("%s: nothing was changed:\n%w", name, err)
	}
	return changes, nil
}

func writeChanges(home string, changes []workbook.Change) error {
	for _, c := range changes {
		write := durable.Replace
		if c.New {
			write = durable.WriteNew
		}
		if err := write(filepath.Join(home, filepath.FromSlash(c.File)), c.Text); err != nil {
			return fmt.Errorf("write %s: %w", c.File, err)
		}
	}
	return nil
}

func (sh *shell) printChanges(changes []workbook.Change, dry bool) error {
	if sh.json {
		out := []map[string]any{}
		for _, c := range changes {
			out = append(out, map[string]any{"file": c.File, "new": c.New, "written": !dry})
		}
		return sh.printJSON(out)
	}
	for _, c := range changes {
		what := "changed"
		if c.New {
			what = "new"
		}
		fmt.Fprintf(sh.out, "%s: %s\n", c.File, what)
	}
	word := "written"
	if dry {
		word = "to write"
	}
	_, err := fmt.Fprintf(sh.out, "%s %s\n", counted(len(changes), "file"), word)
	return err
}
