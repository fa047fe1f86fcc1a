package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sinusta/sinusta/index"
)

func (sh *shell) searchCommand() *cobra.Command {
	only := map[index.Facet]*string{}
	var size int
	c := &cobra.Command{Use: "search REQUEST", Short: "Search the records of a request",
		Long: `Searches the text of the records that a request has found. The words are read
from standard input or asked for, never taken from the command line, since they
may be personal data and command lines are kept in histories.

All words must be there; "quoted words" must follow each other; word* stands for
all words that begin so. Letters match without their marks too: makinen finds
Mäkinen.`,
		Example: "  sinusta search r-4f7k2m\n  echo 'palkka*' | sinusta search r-4f7k2m --system V2.1 --json",
		Args:    exactly(1, "the id of a request"),
		RunE: func(c *cobra.Command, args []string) error {
			filters := map[index.Facet][]string{}
			for facet, value := range only {
				if *value != "" {
					filters[facet] = []string{*value}
				}
			}
			words, err := sh.ask("search for: ")
			if err != nil {
				return err
			}
			return sh.withFile(c.Context(), args[0], func(f opened) (err error) {
				ix, err := f.app.Index(c.Context(), f.file)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, ix.Close()) }()
				result, err := ix.Search(c.Context(), index.Query{Text: words, Size: size, Filters: filters})
				if err != nil {
					return err
				}
				if sh.json {
					return sh.printJSON(result)
				}
				return sh.printHits(result)
			})
		}}
	for facet, usage := range map[index.Facet]string{
		index.FacetSystem:  "only this system",
		index.FacetKind:    "only systems of this kind (ticketing, hr ...)",
		index.FacetType:    "only records of this type",
		index.FacetYear:    "only records of this year",
		index.FacetVerdict: "only hits with this verdict (confirmed, probable, review)",
	} {
		only[facet] = c.Flags().String(string(facet), "", usage)
	}
	c.Flags().IntVar(&size, "size", 20, "how many hits to show")
	return c
}

// ask reads one line: with a prompt from a terminal, else from standard
// input.
func (sh *shell) ask(prompt string) (string, error) {
	if f, ok := sh.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(sh.err, prompt)
	}
	line, err := bufio.NewReader(sh.in).ReadString('\n')
	line = strings.TrimSpace(line)
	if line == "" {
		if err != nil {
			return "", usagef("nothing to search for: give the words on standard input")
		}
		return "", usagef("nothing to search for")
	}
	return line, nil
}

func (sh *shell) printHits(r *index.Result) error {
	bold, plain := "\x1b[1m", "\x1b[0m"
	if f, ok := sh.out.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		bold, plain = "[", "]"
	}
	fmt.Fprintf(sh.out, "%d hits\n", r.Total)
	for _, h := range r.Hits {
		fmt.Fprintf(sh.out, "\n%s  %s  %s\n", h.System, printable(h.Ref), h.Verdict)
		for _, fragment := range h.Fragments {
			var line strings.Builder
			for _, run := range fragment.Runs {
				if run.Marked {
					line.WriteString(bold + printable(run.Text) + plain)
				} else {
					line.WriteString(printable(run.Text))
				}
			}
			fmt.Fprintf(sh.out, "    %s\n", strings.Join(strings.Fields(line.String()), " "))
		}
	}
	for _, facet := range index.Facets() {
		var values []string
		for _, v := range r.Facets[facet] {
			values = append(values, fmt.Sprintf("%s %d", v.Value, v.Count))
		}
		if len(values) > 0 {
			fmt.Fprintf(sh.out, "\n%s: %s", facet, strings.Join(values, ", "))
		}
	}
	_, err := fmt.Fprintln(sh.out)
	return err
}

// printable takes control characters out of a record's text, which must not
// steer the terminal that shows it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, s)
}
