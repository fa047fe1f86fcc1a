package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/index"
)

func (sh *shell) searchCommand() *cobra.Command {
	only := map[index.Facet]*string{}
	var size int
	var wholeName bool
	var lang string
	c := &cobra.Command{Use: "search REQUEST", Short: "Search the records of a request",
		Long: `Searches the text of the records that a request has found. The words are read
from standard input or asked for, never taken from the command line, since they
may be personal data and command lines are kept in histories.

All words must be there; "quoted words" must follow each other; word* stands for
all words that begin so, word~ for those in which a letter or two differ. Letters
match without their marks too: makinen finds Mäkinen. Words outside quotation
marks are also found in their forms: virtanen finds Virtaselle.

With --name the words are one person's whole name: a form of a given name must
stand beside a form of the family name, in either order.

Every hit tells why it is one: the word as it stands there, which word that was
typed it is a form of, and in which field.`,
		Example: "  sinusta search r-4f7k2m\n  echo 'palkka*' | sinusta search r-4f7k2m --system V2.1 --json\n  sinusta search r-4f7k2m --name --lang fi < name.txt",
		Args:    exactly(1, "the id of a request"),
		RunE: func(c *cobra.Command, args []string) error {
			filters := map[index.Facet][]string{}
			for facet, value := range only {
				if *value != "" {
					filters[facet] = []string{*value}
				}
			}
			texts, ok := searchTexts[lang]
			if !ok {
				return usagef("--lang takes fi, sv or en")
			}
			words, err := sh.ask("search for: ")
			if err != nil {
				return err
			}
			return sh.withFile(c.Context(), args[0], func(f opened) (err error) {
				if err := knownFacets(f.app.Catalogue, filters); err != nil {
					return err
				}
				var result *index.Result
				err = f.app.LoggedOn(c.Context(), audit.SearchMade, f.file, func() (err error) {
					result, err = f.app.Search(c.Context(), f.file, index.Query{Text: words, Name: wholeName, Size: size, Filters: filters})
					return err
				})
				if errors.Is(err, index.ErrQuery) {
					return usageError{err}
				}
				if err != nil {
					return err
				}
				if err := f.app.LogViewed(c.Context(), f.file, result.Hits); err != nil {
					return err
				}
				if sh.json {
					return sh.printJSON(searchResult(result))
				}
				return sh.printHits(result, lang, texts)
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
	c.Flags().BoolVar(&wholeName, "name", false, "the words are one person's whole name")
	c.Flags().StringVar(&lang, "lang", "en", "language of the explanations: fi, sv or en")
	c.Flags().IntVar(&size, "size", 20, "how many hits to show")
	return c
}

// knownFacets refuses a filter that nothing can meet: no hit would look like
// no record.
func knownFacets(c *catalogue.Catalogue, filters map[index.Facet][]string) error {
	allowed := map[index.Facet][]string{index.FacetKind: catalogue.Kinds(),
		index.FacetVerdict: {string(core.Confirmed), string(core.Probable), string(core.Review)}}
	for _, s := range c.Systems {
		allowed[index.FacetSystem] = append(allowed[index.FacetSystem], s.ID)
		if p, err := catalogue.ProfileFor(s.Kind); err == nil {
			allowed[index.FacetType] = append(allowed[index.FacetType], p.TypeNames()...)
		}
	}
	for facet, values := range filters {
		for _, v := range values {
			if facet == index.FacetYear {
				if _, err := strconv.ParseUint(v, 10, 16); err != nil {
					return usagef("--year takes a year, such as 2024")
				}
				continue
			}
			if !slices.Contains(allowed[facet], v) {
				return usagef("--%s %q is unknown; there are: %s", facet, v, strings.Join(unique(allowed[facet]), ", "))
			}
		}
	}
	return nil
}

func unique(words []string) []string {
	words = slices.Clone(words)
	slices.Sort(words)
	return slices.Compact(words)
}

// hitJSON is a hit as search --json gives it.
type hitJSON struct {
	System    string        `json:"system"`
	Ref       string        `json:"ref"`
	Type      string        `json:"type"`
	Year      int           `json:"year,omitempty"`
	Verdict   core.Verdict  `json:"verdict"`
	Fragments [][]index.Run `json:"fragments"`
	Why       []whyJSON     `json:"why"`
}

// whyJSON is a reason why a hit is one.
type whyJSON struct {
	Field string     `json:"field,omitempty"`
	Word  string     `json:"word,omitempty"`
	Query string     `json:"query"`
	How   index.How  `json:"how"`
	Form  index.Form `json:"form,omitempty"`
	Kind  core.Kind  `json:"kind,omitempty"`
	Times int        `json:"times"`
}

func searchResult(r *index.Result) any {
	hits := []hitJSON{}
	for _, h := range r.Hits {
		hit := hitJSON{System: h.System, Ref: h.Ref, Type: h.Type, Year: h.Year, Verdict: h.Verdict, Fragments: [][]index.Run{}, Why: []whyJSON{}}
		for _, w := range h.Why {
			hit.Why = append(hit.Why, whyJSON(w))
		}
		for _, f := range h.Fragments {
			hit.Fragments = append(hit.Fragments, f.Runs)
		}
		hits = append(hits, hit)
	}
	facets := map[index.Facet]map[string]int{}
	for facet, counts := range r.Facets {
		facets[facet] = map[string]int{}
		for _, c := range counts {
			facets[facet][c.Value] = c.Count
		}
	}
	return map[string]any{"total": r.Total, "hits": hits, "facets": facets}
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
	if !utf8.ValidString(line) {
		return "", usagef("the words are not UTF-8 text")
	}
	return line, nil
}

func (sh *shell) printHits(r *index.Result, lang string, texts searchText) error {
	bold, plain := "\x1b[1m", "\x1b[0m"
	if f, ok := sh.out.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		bold, plain = "[", "]"
	}
	fmt.Fprintln(sh.out, texts.found(r.Total, len(r.Hits)))
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
		for _, why := range texts.reasons(h, lang) {
			fmt.Fprintf(sh.out, "    - %s\n", printable(why))
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
