package app

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
	"github.com/sinusta/sinusta/core/identifier"
)

// AskIntake asks for an intake at a terminal, question by question. A bad
// answer is asked again with what is wrong with it. The end of input ends it
// with an error.
func AskIntake(in io.Reader, out io.Writer, c *catalogue.Catalogue, now time.Time) (access.Request, error) {
	d := dialogue{in: bufio.NewReader(in), out: out}
	var intake Intake
	d.ask("Diary number of the request: ", func(s string) error {
		intake.CaseNumber = s
		return required(s)
	})
	d.ask("Date of receipt (2026-11-20): ", func(s string) error {
		intake.Received = s
		_, err := time.Parse(time.DateOnly, s)
		return err
	})
	d.ask("Given names: ", func(s string) error { intake.Subject.Names = []IntakeName{{Given: s}}; return required(s) })
	d.ask("Family name: ", func(s string) error {
		if d.err == nil {
			intake.Subject.Names[0].Family = s
		}
		return required(s)
	})
	fmt.Fprintln(out, "Identifiers; leave empty what you do not have. Several of a kind: one after another.")
	for _, kind := range identifier.Known() {
		if kind == core.Name {
			continue
		}
		for {
			more := false
			d.ask(fmt.Sprintf("  %s: ", kind), func(s string) error {
				if s == "" {
					return nil
				}
				if _, err := identifier.Parse(kind, s); err != nil {
					return fmt.Errorf("%s", explain(err))
				}
				more = true
				intake.Subject.Identifiers = append(intake.Subject.Identifiers, IntakeIdentifier{Kind: kind, Value: s})
				return nil
			})
			if !more {
				break
			}
		}
	}
	if d.err != nil {
		return access.Request{}, fmt.Errorf("the intake was not finished: %w", d.err)
	}
	doc := strictyaml.NewDocument("the answers")
	r := intake.request(doc, c, now)
	return r, doc.Err()
}

func required(s string) error {
	if s == "" {
		return fmt.Errorf("this is needed")
	}
	return nil
}

// dialogue asks questions until the input ends.
type dialogue struct {
	in  *bufio.Reader
	out io.Writer
	err error
}

func (d *dialogue) ask(question string, take func(string) error) {
	for d.err == nil {
		fmt.Fprint(d.out, question)
		line, err := d.in.ReadString('\n')
		if err != nil && line == "" {
			d.err = err
			return
		}
		wrong := take(strings.TrimSpace(line))
		if wrong == nil {
			return
		}
		fmt.Fprintf(d.out, "    %v\n", wrong)
	}
}
