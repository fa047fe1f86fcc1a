package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

func (sh *shell) requestAnswer() *cobra.Command {
	return &cobra.Command{Use: "answer REQUEST SYSTEM [FILE]", Short: "Hand in what people found in a system by hand",
		Long: `Some systems are searched by people: a paper archive, an old diary, the system of
somebody else. Without FILE the empty form is printed, with who searches, how
and by when. With a form that was filled in (- is standard input) the answer is
stored: nothing found, or every record with its scanned files. It is judged like
the answer of any system. An answer that is handed in again replaces the one
before; a search of the request keeps it.
Exit code 3: stored, but some outcome of the request is not final.`,
		Example: "  sinusta request answer r-4f7k2m V1.5 > answer.yaml\n  sinusta request answer r-4f7k2m V1.5 answer.yaml", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) > 3 {
				return usagef("request answer takes the id of a request, the id of a system, and the file with the answer")
			}
			return sh.withFile(c.Context(), args[0], func(f opened) error {
				system, ok := f.app.Catalogue.System(args[1])
				if !ok {
					return usagef("the catalogue has no system %q; `sinusta catalogue show` lists them", args[1])
				}
				if _, err := f.app.Coverage(c.Context(), f.file); err != nil {
					return err
				}
				if _, err := access.ManualDue(c.Context(), f.file, system.ID); errors.Is(err, access.ErrNotManual) {
					return usagef("system %s: %s", system.ID, err)
				}
				if len(args) == 2 {
					return f.app.PrintForm(c.Context(), sh.out, f.file, system)
				}
				name, raw, err := sh.readAnswer(args[2])
				if err != nil {
					return err
				}
				answer, err := app.ReadForm(name, raw, system, time.Now())
				if err != nil {
					return usageError{err}
				}
				coverage, err := f.app.Answer(c.Context(), f.file, answer)
				if err != nil {
					return err
				}
				fmt.Fprintf(sh.err, "The answer is stored: %s, %s.\n", counted(len(answer.Records), "record"), counted(len(answer.Scans), "file"))
				return sh.showCoverage(c.Context(), f, coverage, "en")
			})
		}}
}

// readAnswer reads a form.
func (sh *shell) readAnswer(name string) (string, []byte, error) {
	in := sh.in
	if name == "-" {
		name = "standard input"
	} else {
		file, err := os.Open(name)
		if err != nil {
			return "", nil, fmt.Errorf("read the answer: %w", err)
		}
		defer file.Close()
		in = file
	}
	raw, err := io.ReadAll(io.LimitReader(in, strictyaml.MaxSize+1))
	if err != nil {
		return "", nil, fmt.Errorf("read the answer: %w", err)
	}
	return name, raw, nil
}
