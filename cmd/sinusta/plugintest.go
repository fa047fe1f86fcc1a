package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/plugins"
	"github.com/sinusta/sinusta/plugins/host"
	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

// errNotConform ends a test in which some check failed.
var errNotConform = errors.New("the plugin does not keep the rules of the protocol")

func (sh *shell) pluginTest() *cobra.Command {
	var suiteFile, transport string
	var strict bool
	c := &cobra.Command{Use: "test PATH|NAME", Short: "Test whether a plugin keeps the rules of the protocol",
		Long: `Runs the conformance test on a program, in any language, or on the built-in
plugin of that name. The program is run as the host runs it: test only what you
would run.

Without a suite, only what needs no configuration is tried. A suite is a YAML file
with configurations that work and questions with the records that they must find.
Questions stand in the file, never on the command line. This is one:

` + indent(sdktest.Sample) + `
Exit code 0: no check failed. 1: some did, or with --strict was not tried.`,
		Example: "  sinusta plugin test ./visitors --suite suite.yaml\n  sinusta plugin test sql --suite suite.yaml --strict --json",
		Args:    exactly(1, "one program, or the name of a built-in plugin"),
		RunE: func(c *cobra.Command, args []string) error {
			var s sdktest.Suite
			if suiteFile != "" {
				var err error
				if s, err = sdktest.ReadSuite(c.Context(), suiteFile); err != nil {
					return usageError{err}
				}
			}
			if transport != "" {
				s.Transport = host.Transport(transport)
			}
			if s.Transport != "" && !slices.Contains(host.Transports(), s.Transport) {
				return usagef("there is no transport %q; there are: %s", s.Transport, transportNames())
			}
			report, err := conforms(c.Context(), args[0], s)
			if err != nil {
				return err
			}
			return sh.conformance(report, strict)
		}}
	c.Flags().StringVar(&suiteFile, "suite", "", "file with configurations and questions")
	c.Flags().StringVar(&transport, "transport", "", "how a program's connection is guarded: "+transportNames())
	c.Flags().BoolVar(&strict, "strict", false, "fail also on what was not tried")
	return c
}

// conforms tests the built-in plugin of that name, or the program at that path.
func conforms(ctx context.Context, plugin string, s sdktest.Suite) (report sdktest.Report, err error) {
	if _, builtin := plugins.Find(plugin); builtin {
		s.Plugin, s.Transport = plugin, ""
		return sdktest.Test(ctx, s)
	}
	if s.Program, err = host.OpenProgram(plugin); err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, s.Program.Close()) }()
	return sdktest.Test(ctx, s)
}

// conformance prints a report and gives the error that it ends with.
func (sh *shell) conformance(report sdktest.Report, strict bool) error {
	if sh.json {
		if err := sh.printJSON(report); err != nil {
			return err
		}
	} else {
		var rows [][]string
		for _, r := range report.Results {
			rows = append(rows, []string{string(r.State), r.ID, r.Evidence})
		}
		if err := sh.table("RESULT|CHECK|SEEN", rows); err != nil {
			return err
		}
		for _, r := range report.Results {
			if r.State == sdktest.Failed {
				fmt.Fprintf(sh.out, "\n%s: %s.\n  Why: %s.\n", r.ID, r.Demand, r.Lesson)
			}
		}
		fmt.Fprintf(sh.out, "\n%s %s: %s\n", report.Plugin, report.Version, report.Summary())
	}
	switch {
	case report.Count(sdktest.Failed) > 0:
		return errNotConform
	case strict && report.Count(sdktest.NotTried) > 0:
		return fmt.Errorf("%d checks were not tried", report.Count(sdktest.NotTried))
	}
	return nil
}

func transportNames() string {
	var names []string
	for _, t := range host.Transports() {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

// indent puts a text in by four spaces.
func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    ") + "\n"
}
