package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/reports"
)

func (sh *shell) coverageCommand() *cobra.Command {
	lang := "en"
	c := &cobra.Command{Use: "coverage REQUEST", Short: "Show what became of every system in a request",
		Long: `Shows for each system of the catalogue whether it was asked, with which kinds of
identifier, with what outcome, and whether it was called more than once; for one
that is not searched also why, whom the person turns to, and who searches by hand.
With --json also each call, each record type with the statements sent to the
system, and what the mapping leaves out with the reason. Exit code 3: some
outcome is not final, or the catalogue has a system that the last run did not
know.`,
		Example: "  sinusta coverage r-4f7k2m --json", Args: exactly(1, "the id of a request"),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(reports.Languages(), lang) {
				return usagef("the catalogue says nothing in %q; its languages are %s", lang, strings.Join(reports.Languages(), ", "))
			}
			return sh.withFile(c.Context(), args[0], func(f opened) error {
				coverage, err := f.app.Coverage(c.Context(), f.file)
				if err != nil {
					return err
				}
				err = sh.showCoverage(c.Context(), f, coverage, lang)
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
	c.Flags().StringVar(&lang, "lang", lang, "language of what the catalogue says of an outcome: fi, sv or en")
	return c
}
