package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core/catalogue"
)

func (sh *shell) catalogueCommand() *cobra.Command {
	return group("catalogue", "Look at the catalogue of systems, and check it", "  sinusta catalogue lint",
		sh.catalogueLint(), sh.catalogueShow(), sh.catalogueExport(), sh.catalogueImport())
}

func (sh *shell) openCatalogue() (*catalogue.Catalogue, error) {
	a, err := sh.openOffline()
	if err != nil {
		return nil, err
	}
	return a.Catalogue, nil
}

// openOffline opens no more of the installation than its catalogue.
func (sh *shell) openOffline() (*app.App, error) {
	home, err := app.Home(sh.home)
	if err != nil {
		return nil, err
	}
	return app.OpenCatalogue(home)
}

func (sh *shell) catalogueShow() *cobra.Command {
	var lang, kind string
	c := &cobra.Command{Use: "show [SYSTEM]", Short: "List the systems, show one entry, or the profile of a kind",
		Long: `Lists the systems, or shows one entry. With --kind it shows the profile of a
kind of system: the record types, slots and fields that a source's mapping
points its columns at.`,
		Example: "  sinusta catalogue show V6.1 --lang sv\n  sinusta catalogue show --kind crm", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("catalogue show takes one system at the most")
			}
			if !slices.Contains([]string{"fi", "sv", "en"}, lang) {
				return usagef("--lang is fi, sv or en")
			}
			if kind != "" {
				return sh.showProfile(kind, lang)
			}
			cat, err := sh.openCatalogue()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return sh.listSystems(cat, lang)
			}
			system, ok := cat.Entry(args[0])
			if !ok {
				return usagef("the catalogue has no system %q; `sinusta catalogue show` lists them", args[0])
			}
			if sh.json {
				return sh.printEntry(system)
			}
			sh.showSystem(system, lang)
			return nil
		}}
	c.Flags().StringVar(&lang, "lang", "en", "language of the texts: fi, sv or en")
	c.Flags().StringVar(&kind, "kind", "", "show the profile of this kind of system")
	return c
}

// printEntry prints a part of the catalogue as JSON, under the keys of its
// YAML files.
func (sh *shell) printEntry(v any) error {
	raw, err := yaml.Marshal(v)
	if err != nil {
		return err
	}
	if raw, err = yaml.YAMLToJSON(raw); err != nil {
		return err
	}
	_, err = fmt.Fprintln(sh.out, strings.TrimSpace(string(raw)))
	return err
}

// showProfile prints the record types of a kind with their slots and fields.
func (sh *shell) showProfile(kind, lang string) error {
	p, err := catalogue.ProfileFor(kind)
	if err != nil {
		return usagef("there is no kind %q; the kinds are %s", kind, strings.Join(catalogue.Kinds(), ", "))
	}
	if sh.json {
		return sh.printEntry(p)
	}
	person, err := catalogue.PersonFields()
	if err != nil {
		return err
	}
	fmt.Fprintf(sh.out, "%s: %s\n", p.Kind, p.Title.In(lang))
	for _, t := range p.Types {
		sh.showType("", t, len(person), lang)
	}
	fmt.Fprint(sh.out, "\nfields of a person, in every slot\n")
	sh.showFields("", person, lang)
	return nil
}

// showType prints a record type or a part. The first fields of each slot, as
// many as shared says, are those of every person and are left out.
func (sh *shell) showType(indent string, t catalogue.RecordType, shared int, lang string) {
	what := "type"
	if indent != "" {
		what = "part"
	}
	fmt.Fprintf(sh.out, "\n%s%s %s: %s\n", indent, what, t.Name, t.Title.In(lang))
	if !t.Nobody.IsZero() {
		fmt.Fprintf(sh.out, "%s  not identifiable: %s\n", indent, t.Nobody.In(lang))
	}
	if !t.Access.IsZero() {
		fmt.Fprintf(sh.out, "%s  how to get it: %s\n", indent, t.Access.In(lang))
	}
	sh.showFields(indent, t.Fields, lang)
	for _, s := range t.Slots {
		whose := "names somebody else"
		switch {
		case s.Subject:
			whose = "may be the data subject"
		case s.Official:
			whose = "acts for the organisation"
		}
		fmt.Fprintf(sh.out, "%s  slot %s: %s (%s)\n", indent, s.Name, s.Title.In(lang), whose)
		own := s.Fields
		if s.Group != "" {
			own = own[shared:]
		}
		sh.showFields(indent, own, lang)
	}
	for _, part := range t.Parts {
		sh.showType(indent+"  ", part, shared, lang)
	}
}

// showFields prints fields with what they hold, and the codes that they know.
func (sh *shell) showFields(indent string, fields []catalogue.FieldProfile, lang string) {
	for _, f := range fields {
		note := string(f.Role)
		if f.Identifier != "" {
			note += " " + string(f.Identifier)
		}
		if f.Own {
			note += ", own number"
		}
		if f.Special {
			note += ", special"
		}
		line := fmt.Sprintf("%s    %-24s %-36s %s", indent, f.Name, f.Label.In(lang), strings.TrimSpace(note))
		fmt.Fprintln(sh.out, strings.TrimRight(line, " "))
		if len(f.Codes) > 0 {
			fmt.Fprintf(sh.out, "%s      codes: %s\n", indent, strings.Join(slices.Sorted(maps.Keys(f.Codes)), " "))
		}
	}
}

func (sh *shell) listSystems(c *catalogue.Catalogue, lang string) error {
	if sh.json {
		return sh.printEntry(c.Systems)
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
	texts := func(list []catalogue.Fact) string {
		words := make([]string, len(list))
		for i, t := range list {
			words[i] = t.In(lang)
		}
		return strings.Join(words, "; ")
	}
	line("system", s.ID+"  "+s.Name.In(lang))
	line("level", string(s.Level))
	line("kind", s.Kind)
	line("parent", strings.TrimSpace(s.Parent+"  "+strings.Join(s.Types, ", ")))
	for _, sub := range s.SubRegisters {
		line("sub-register", sub.ID+"  "+sub.Name.In(lang))
	}
	line("store", strings.TrimSpace(s.Store.ID+"  "+s.Store.Name.In(lang)))
	line("origin", string(s.Origin))
	for _, c := range s.Controllers {
		line(string(c.Role), strings.Join(slices.DeleteFunc([]string{c.Name.In(lang), c.Scope.In(lang), c.From + "/" + c.To}, func(w string) bool { return w == "" || w == "/" }), "  "))
	}
	line("purposes", texts(s.Purposes))
	for _, b := range s.LegalBasis {
		line("legal basis", strings.TrimSpace(b.Article+"  "+b.Text.In(lang)+"  "+strings.Join(b.Statutes, ", ")))
	}
	for _, g := range s.DataGroups {
		line("data group", g.Name.In(lang))
	}
	for _, g := range s.DataSubjects {
		line("data subjects", g.In(lang))
	}
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
	line("listen or view", s.Procedure.Media.In(lang))
	line("self-service", s.Procedure.SelfService.In(lang))
	line("paper", strings.TrimSpace(s.Paper.Held+"  "+s.Paper.Text.In(lang)))
	line("outcome", strings.TrimSpace(string(s.Outcome)+"  "+s.OutcomeReason.In(lang)))
	line("referred to", strings.TrimSpace(s.Referral.Controller.In(lang)+"  "+s.Referral.Text.In(lang)))
	for _, l := range s.LaterReferrals {
		line("from "+l.From, strings.TrimSpace(l.Controller.In(lang)+"  "+l.Text.In(lang)))
	}
	if s.Manual.DueDays > 0 {
		line("searched by", fmt.Sprintf("%s, in %s", s.Manual.Owner.In(lang), counted(s.Manual.DueDays, "day")))
	}
	if s.Ownership.Field != "" {
		line("owner", s.Ownership.Field+": "+strings.Join(s.Ownership.Own, ", "))
	}
	for _, p := range s.Published {
		line("published", p.Key+": "+p.Sentence)
	}
}
