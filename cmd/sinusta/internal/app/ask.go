package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
	"github.com/sinusta/sinusta/core/identifier"
)

// ErrUnfinished says that the questions of an intake ended before the last answer.
var ErrUnfinished = errors.New("the intake was not finished")

// AskIntake asks for an intake at a terminal, question by question. A bad
// answer is asked again with what is wrong with it. The end of input ends it
// with ErrUnfinished.
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
	d.ask(fmt.Sprintf("Language of the report (%s; empty for %s): ", strings.Join(c.Organisation.Languages, ", "), firstOf(c.Organisation.Languages)), func(s string) error {
		intake.Language = s
		if s != "" && !slices.Contains(c.Organisation.Languages, s) {
			return errors.New("the organisation does not report in that language")
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
	fmt.Fprintln(out, "Verified is what you have checked, stated what the person only says: that finds records, and never confirms that they are this person's.")
	for _, kind := range identifier.Known() {
		if kind == core.Name {
			continue
		}
		for d.askIdentifier(kind, &intake, c) {
			continue
		}
	}
	if d.err != nil {
		return access.Request{}, fmt.Errorf("%w: %w", ErrUnfinished, d.err)
	}
	return intake.open(strictyaml.NewDocument("the answers"), c, now)
}

// askIdentifier asks for one identifier of the kind, and then for what makes
// it more than a number: who gave it, what the person is to the organisation
// that it numbers, from when to when. It tells whether there was one.
func (d *dialogue) askIdentifier(kind core.Kind, intake *Intake, c *catalogue.Catalogue) bool {
	rule, _ := identifier.Rule(kind)
	given := IntakeIdentifier{Kind: kind}
	d.ask(fmt.Sprintf("  %s (%s, such as %s): ", rule.Title.EN, kind, rule.Example), func(s string) error {
		if s == "" {
			return nil
		}
		if _, err := access.House(c.Organisation).Parse(kind, s); err != nil {
			return fmt.Errorf("%s", explain(err, "en"))
		}
		given.Value = s
		return nil
	})
	if given.Value == "" || d.err != nil {
		return false
	}
	d.ask("    verified or stated (v, s): ", func(s string) error {
		switch s {
		case "v", string(core.Verified):
			given.Assurance = core.Verified
		case "s", string(core.Stated):
			given.Assurance = core.Stated
		default:
			return errors.New("write v or s")
		}
		return nil
	})
	if issuers := issuersOf(kind, c); rule.Local && len(issuers) > 1 {
		d.ask(fmt.Sprintf("    issuer (%s; empty if nobody knows): ", strings.Join(issuers, ", ")), func(s string) error {
			given.Issuer = s
			if s != "" && !slices.Contains(issuers, s) {
				return errors.New("no such issuer")
			}
			return nil
		})
	}
	if kind.OfOrganisation() {
		d.ask(fmt.Sprintf("    capacity of the person (%s; empty if the organisation asks about itself): ", capacities()), func(s string) error {
			given.Capacity = core.Capacity(s)
			if s != "" && !slices.Contains(core.Capacities(), given.Capacity) {
				return errors.New("no such capacity")
			}
			return nil
		})
	}
	if rule.Recycled || rule.Local || kind.OfOrganisation() {
		d.askDay("    from (2026-11-20; empty if not known): ", &given.From)
		d.askDay("    to (2026-11-20; empty if still so): ", &given.To)
	}
	intake.Subject.Identifiers = append(intake.Subject.Identifiers, given)
	return d.err == nil
}

// askDay asks for a day that need not be given.
func (d *dialogue) askDay(question string, day *string) {
	d.ask(question, func(s string) error {
		*day = s
		if _, err := time.Parse(time.DateOnly, s); s != "" && err != nil {
			return errors.New("no date of the form 2026-11-20")
		}
		return nil
	})
}

func firstOf(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
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
