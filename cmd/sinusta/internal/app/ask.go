package app

import (
	"bufio"
	"context"
	"errors"
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
func AskIntake(ctx context.Context, in io.Reader, out io.Writer, c *catalogue.Catalogue, now time.Time) (access.Request, error) {
	d := dialogue{ctx: ctx, out: out, lines: make(chan string)}
	go read(ctx, in, d.lines)
	var intake Intake
	d.ask("Diary number of the request: ", func(s string) error {
		intake.CaseNumber = s
		return required(s)
	})
	d.ask("Date of receipt (2026-11-20): ", func(s string) error {
		intake.Received = s
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return errors.New("no date of the form 2026-11-20")
		}
		return nil
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

// dialogue asks questions until the input ends or ctx does.
type dialogue struct {
	ctx   context.Context
	lines chan string
	out   io.Writer
	err   error
}

// read gives the lines of in until it ends. Nobody can stop a read from a
// terminal, so it goes on in the background when ctx ends first.
func read(ctx context.Context, in io.Reader, lines chan<- string) {
	defer close(lines)
	for s := bufio.NewScanner(in); s.Scan(); {
		select {
		case lines <- s.Text():
		case <-ctx.Done():
			return
		}
	}
}

func (d *dialogue) ask(question string, take func(string) error) {
	for d.err == nil {
		fmt.Fprint(d.out, question)
		select {
		case <-d.ctx.Done():
			d.err = d.ctx.Err()
		case line, ok := <-d.lines:
			if !ok {
				d.err = io.ErrUnexpectedEOF
				return
			}
			wrong := take(strings.TrimSpace(line))
			if wrong == nil {
				return
			}
			fmt.Fprintf(d.out, "    %v\n", wrong)
		}
	}
}
