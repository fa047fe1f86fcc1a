package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core/catalogue"
)

func (sh *shell) catalogueCommand() *cobra.Command {
	return group("catalogue", "Look at the catalogue of systems, and check it", "  sinusta catalogue lint",
		sh.catalogueLint(), sh.catalogueShow())
}

func (sh *shell) openCatalogue() (*catalogue.Catalogue, error) {
	home, err := app.Home(sh.home)
	if err != nil {
		return nil, err
	}
	a, err := app.OpenCatalogue(home)
	if err != nil {
		return nil, err
	}
	return a.Catalogue, nil
}

func (sh *shell) catalogueLint() *cobra.Command {
	return &cobra.Command{Use: "lint", Short: "Check the catalogue against the law and against itself",
		Long:    "Checks every entry. Exit code 1: there is an error; warnings alone are exit code 0.",
		Example: "  sinusta catalogue lint --json", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			c, err := sh.openCatalogue()
			if err != nil {
				return err
			}
			findings := catalogue.Lint(c)
			errors := 0
			for _, f := range findings {
				if f.Severity == catalogue.SeverityError {
					errors++
				}
			}
			if sh.json {
				if err := sh.printJSON(findings); err != nil {
					return err
				}
			} else {
				for _, f := range findings {
					fmt.Fprintf(sh.out, "%s: %s: %s (%s)\n", f.File, f.Severity, f.Message, f.Rule)
				}
				fmt.Fprintf(sh.out, "%d systems, %d errors, %d warnings\n", len(c.Systems), errors, len(findings)-errors)
			}
			if errors > 0 {
				return fmt.Errorf("the catalogue has %d errors", errors)
			}
			return nil
		}}
}

func (sh *shell) catalogueShow() *cobra.Command {
	var lang string
	c := &cobra.Command{Use: "show [SYSTEM]", Short: "List the systems, or show one entry",
		Example: "  sinusta catalogue show V6.1 --lang sv", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("catalogue show takes one system at the most")
			}
			cat, err := sh.openCatalogue()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return sh.listSystems(cat, lang)
			}
			system, ok := cat.System(args[0])
			if !ok {
				return usagef("the catalogue has no system %q; `sinusta catalogue show` lists them", args[0])
			}
			if sh.json {
				return sh.printJSON(system)
			}
			sh.showSystem(system, lang)
			return nil
		}}
	c.Flags().StringVar(&lang, "lang", "en", "language of the texts: fi, sv or en")
	return c
}

func (sh *shell) listSystems(c *catalogue.Catalogue, lang string) error {
	if sh.json {
		return sh.printJSON(c.Systems)
	}
	var rows [][]string
	for _, s := range c.Systems {
		rows = append(rows, []string{s.ID, s.Kind, string(s.Origin), s.Name.In(lang)})
	}
	return sh.table("SYSTEM|KIND|ORIGIN|NAME", rows)
}

func (sh *shell) showSystem(s catalogue.System, lang string) {
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(sh.out, "%-16s %s\n", label, text)
		}
	}
	texts := func(list []catalogue.Text) string {
		words := make([]string, len(list))
		for i, t := range list {
			words[i] = t.In(lang)
		}
		return strings.Join(words, "; ")
	}
	line("system", s.ID+"  "+s.Name.In(lang))
	line("kind", s.Kind)
	line("store", strings.TrimSpace(s.Store.ID+"  "+s.Store.Name.In(lang)))
	line("origin", string(s.Origin))
	for _, c := range s.Controllers {
		line(string(c.Role), strings.TrimSpace(c.Name.In(lang)+"  "+c.Scope.In(lang)))
	}
	line("purposes", texts(s.Purposes))
	for _, b := range s.LegalBasis {
		line("legal basis", strings.TrimSpace(b.Article+"  "+b.Text.In(lang)+"  "+strings.Join(b.Statutes, ", ")))
	}
	for _, g := range s.DataGroups {
		line("data group", g.Name.In(lang))
	}
	line("data subjects", texts(s.DataSubjects))
	line("sources", texts(s.DataSources))
	line("recipients", texts(s.Recipients))
	for _, r := range s.Retention {
		line("retention", r.Text.In(lang))
	}
	for _, x := range s.Secrecy {
		line("secrecy", strings.TrimSpace(x.Statute+" "+x.Section+"  "+x.Text.In(lang)))
	}
	for _, k := range s.SearchKeys {
		issuer := ""
		if k.Issuer != "" {
			issuer = " of " + k.Issuer
		}
		line("search key", string(k.Kind)+issuer)
	}
	line("decides", s.DisclosureAuthority.In(lang))
	line("procedure", s.Procedure.Text.In(lang))
	line("paper", strings.TrimSpace(s.Paper.Held+"  "+s.Paper.Text.In(lang)))
	line("outcome", strings.TrimSpace(string(s.Outcome)+"  "+s.OutcomeReason.In(lang)))
	for _, p := range s.Published {
		line("published", p.Document+": "+p.Sentence)
	}
}
