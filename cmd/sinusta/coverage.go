package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (sh *shell) coverageCommand() *cobra.Command {
	return &cobra.Command{Use: "coverage REQUEST", Short: "Show what became of every system in a request",
		Long: `Shows for each system of the catalogue whether it was asked, with which kinds of
identifier, with what outcome, and whether it was called more than once.
With --json also each call, each record type with the statements sent to the
system, and what the mapping leaves out with the reason. Exit code 3: some
outcome is not final, or the catalogue has a system that the last run did not
know.`,
		Example: "  sinusta coverage r-4f7k2m --json", Args: exactly(1, "the id of a request"),
		RunE: func(c *cobra.Command, args []string) error {
			return sh.withFile(c.Context(), args[0], func(f opened) error {
				coverage, err := f.app.Coverage(c.Context(), f.file)
				if err != nil {
					return err
				}
				err = sh.showCoverage(f.app, coverage)
				if !sh.json {
					sh.printAsked(coverage)
					sh.printLeftOut(coverage)
				}
				if unasked := f.app.Unasked(f.file.ID(), coverage); unasked != nil && (err == nil || errors.Is(err, errNotFinal)) {
					return fmt.Errorf("%w\n%w", unasked, errNotFinal)
				}
				return err
			})
		}}
}
