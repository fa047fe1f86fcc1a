package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/reports"
)

func (sh *shell) reportCommand() *cobra.Command {
	var out, lang string
	var force bool
	c := &cobra.Command{Use: "report REQUEST", Short: "Write the access report of a request",
		Long: `Writes the report of a request as an accessible HTML page and as JSON, and the
coverage beside them. The files hold personal data and are for their owner only.`,
		Example: "  sinusta report r-4f7k2m --lang sv --out answer", Args: exactly(1, "the id of a request"),
		RunE: func(c *cobra.Command, args []string) error {
			return sh.withFile(c.Context(), args[0], func(f opened) error {
				request, err := access.Load(c.Context(), f.file)
				if err != nil {
					return err
				}
				if lang == "" {
					lang = request.Language
				}
				if !slices.Contains(reports.Languages(), lang) {
					return usagef("there is no report in %q; the languages are %s", lang, strings.Join(reports.Languages(), ", "))
				}
				if out == "" {
					out = filepath.Join(".", "report-"+f.file.ID())
				}
				if _, err := os.Stat(filepath.Join(out, "report.html")); err == nil && !force {
					return usagef("%s holds a report already: name another folder with --out, or say --force", out)
				}
				w, err := f.app.WriteReport(c.Context(), f.file, out, lang, time.Now())
				if err != nil {
					return err
				}
				if sh.json {
					return sh.printJSON(map[string]string{"report_html": w.HTML, "report_json": w.JSON, "coverage_json": w.Coverage})
				}
				_, err = fmt.Fprintf(sh.out, "%s\n%s\n%s\n", w.HTML, w.JSON, w.Coverage)
				return err
			})
		}}
	c.Flags().StringVar(&out, "out", "", "folder to write to (default: report-REQUEST in the working folder)")
	c.Flags().BoolVar(&force, "force", false, "write over a report that is there")
	c.Flags().StringVar(&lang, "lang", "", "language of the report: fi, sv or en (default: the request's)")
	return c
}
