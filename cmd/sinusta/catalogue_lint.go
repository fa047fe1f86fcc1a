package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core/catalogue"
)

func (sh *shell) catalogueLint() *cobra.Command {
	return &cobra.Command{Use: "lint", Short: "Check the catalogue against the law and against itself",
		Long: `Checks every entry, and what the published documents say. An error is something
that the law asks for and the catalogue lacks; a warning is something to look
at; a finding marked "published" is about a published document: the catalogue
is right to say so, and the document is to mend. Exit code 1: there is an
error; anything else is exit code 0.`,
		Example: "  sinusta catalogue lint --json", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			a, err := sh.openOffline()
			if err != nil {
				return err
			}
			findings := slices.Concat([]catalogue.Finding{}, app.UnknownAccount(a.Home, a.Catalogue.Organisation), catalogue.Lint(a.Catalogue))
			if sh.json {
				err = sh.printJSON(findings)
			} else {
				err = sh.printFindings(a.Catalogue, findings)
			}
			if err != nil {
				return err
			}
			if n := lintErrors(findings); n > 0 {
				return fmt.Errorf("the catalogue has %s", counted(n, "error"))
			}
			return nil
		}}
}

// lintErrors counts the findings that are errors.
func lintErrors(findings []catalogue.Finding) int {
	return withSeverity(findings, catalogue.SeverityError)
}

func withSeverity(findings []catalogue.Finding, severity catalogue.Severity) int {
	n := 0
	for _, f := range findings {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// printFindings prints what is to mend in the catalogue before what is to mend
// in the documents: on a terminal by file and wrapped, elsewhere one in a line.
func (sh *shell) printFindings(c *catalogue.Catalogue, findings []catalogue.Finding) error {
	width, terminal := sh.terminalWidth()
	ofDocuments := func(f catalogue.Finding) bool { return f.Severity == catalogue.SeverityPublished }
	mend := slices.DeleteFunc(slices.Clone(findings), ofDocuments)
	published := slices.DeleteFunc(slices.Clone(findings), func(f catalogue.Finding) bool { return !ofDocuments(f) })
	for _, part := range []struct {
		title string
		list  []catalogue.Finding
	}{{"In the catalogue", mend}, {"In the published documents", published}} {
		if len(part.list) == 0 {
			continue
		}
		if !terminal {
			for _, f := range part.list {
				fmt.Fprintf(sh.out, "%s: %s: %s (%s)\n", f.File, f.Severity, f.Message, f.Rule)
			}
			continue
		}
		fmt.Fprintf(sh.out, "%s\n", part.title)
		file := ""
		for _, f := range part.list {
			if f.File != file {
				file = f.File
				fmt.Fprintf(sh.out, "  %s\n", file)
			}
			mark := ""
			if f.Severity == catalogue.SeverityError {
				mark = "ERROR "
			}
			fmt.Fprintf(sh.out, "    - %s\n", strings.Join(wrapped(mark+f.Message+" ("+f.Rule+")", width-6), "\n      "))
		}
		fmt.Fprintln(sh.out)
	}
	_, err := fmt.Fprintf(sh.out, "%s, %s, %s, %s of published documents\n", counted(len(c.Systems), "system"), counted(lintErrors(findings), "error"),
		counted(withSeverity(findings, catalogue.SeverityWarning), "warning"), counted(len(published), "finding"))
	return err
}

// terminalWidth gives how many characters a line of the terminal has, and
// whether the output is one.
func (sh *shell) terminalWidth() (int, bool) {
	f, ok := sh.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 40 {
		width = 80
	}
	return min(width, 120), true
}

// wrapped breaks a text into lines of at most width characters, at blanks.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
