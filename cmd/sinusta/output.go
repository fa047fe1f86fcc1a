package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// printJSON prints v as one JSON object on one line.
func (sh *shell) printJSON(v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(sh.out, string(raw))
	return err
}

// table prints rows in columns.
func (sh *shell) table(header string, rows [][]string) error {
	return table(sh.out, header, rows)
}

func table(w io.Writer, header string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, strings.ReplaceAll(header, "|", "\t"))
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	return t.Flush()
}

// coverageRow is one system as `coverage --json` gives it.
type coverageRow struct {
	System    string          `json:"system"`
	Outcome   core.Outcome    `json:"outcome"`
	Final     bool            `json:"final"`
	AskedWith []core.Kind     `json:"asked_with"`
	Records   int             `json:"records"`
	TookMS    int64           `json:"took_ms"`
	Reason    core.ReasonCode `json:"reason,omitempty"`
	Details   []string        `json:"details,omitempty"`
	Types     []typeRow       `json:"types,omitempty"`
	LeftOut   []core.LeftOut  `json:"left_out,omitempty"`
	// Problems are what stands behind the details, one by one.
	Problems []problemRow `json:"problems,omitempty"`
	// Stated is what the catalogue says about the outcome.
	Stated []string `json:"stated,omitempty"`
	// Referred counts what is another controller's, by type in ReferredTypes;
	// Due is the last day of a search by hand.
	Referred      int            `json:"referred,omitempty"`
	ReferredTypes map[string]int `json:"referred_types,omitempty"`
	Due           string         `json:"due,omitempty"`
	// RetryAt is when a system that made us wait may be asked again.
	RetryAt *time.Time `json:"retry_at,omitempty"`
	// Manual is what people answered; Overdue that they have not in time.
	Manual  *core.ManualSearch `json:"manual,omitempty"`
	Overdue bool               `json:"overdue,omitempty"`
	// Attempts are the calls of the source.
	Attempts []attemptRow `json:"attempts,omitempty"`
}

// problemRow is a problem as `coverage --json` gives it.
type problemRow struct {
	Class  core.Class  `json:"class"`
	Phase  core.Phase  `json:"phase,omitempty"`
	Origin core.Origin `json:"origin,omitempty"`
	What   string      `json:"what"`
	Remedy string      `json:"remedy"`
	// Detail is what the plugin or the host said of it.
	Detail     string      `json:"detail,omitempty"`
	RecordType string      `json:"record_type,omitempty"`
	Kinds      []core.Kind `json:"kinds,omitempty"`
}

// attemptRow is one call of a source as `coverage --json` gives it.
type attemptRow struct {
	Number  int             `json:"number"`
	Started time.Time       `json:"started"`
	TookMS  int64           `json:"took_ms"`
	Resumed bool            `json:"resumed,omitempty"`
	End     core.AttemptEnd `json:"end"`
	Class   core.Class      `json:"class,omitempty"`
	Origin  core.Origin     `json:"origin,omitempty"`
	WaitMS  int64           `json:"wait_ms,omitempty"`
}

// broken is the end of a call that was going on when the search was killed.
const broken core.AttemptEnd = "broken-off"

func rowsOf(coverage []core.Coverage, words wording) []coverageRow {
	rows := make([]coverageRow, len(coverage))
	for i, c := range coverage {
		rows[i] = coverageRow{System: c.System, Outcome: c.Outcome, Final: c.Outcome.Final(), AskedWith: c.AskedWith,
			Records: c.Records, TookMS: c.Took.Milliseconds(), Reason: c.Reason.Code, Details: detailsOf(c),
			Types: typesOf(c), LeftOut: c.LeftOut, Stated: words.stated(c), Referred: c.Referred, ReferredTypes: c.ReferredTypes,
			Manual: c.Manual, Overdue: c.Overdue(time.Now())}
		if !c.Due.IsZero() {
			rows[i].Due = catalogue.Day(c.Due)
		}
		for _, p := range c.Problems {
			e := p.Explain("en")
			rows[i].Problems = append(rows[i].Problems, problemRow{Class: p.Class, Phase: p.Phase, Origin: p.Origin, What: e.What, Remedy: e.Remedy,
				Detail: p.Error(), RecordType: p.RecordType, Kinds: p.Kinds})
		}
		if !c.RetryAt.IsZero() {
			rows[i].RetryAt = &c.RetryAt
		}
		for _, a := range c.Attempts {
			rows[i].Attempts = append(rows[i].Attempts, attemptRow{Number: a.Number, Started: a.Started, TookMS: a.Took.Milliseconds(), Resumed: a.Resumed,
				End: cmp.Or(a.End, broken), Class: a.Class, Origin: a.Origin, WaitMS: a.Wait.Milliseconds()})
		}
		if rows[i].AskedWith == nil {
			rows[i].AskedWith = []core.Kind{}
		}
	}
	return rows
}

// typeRow is what became of one record type, for programs.
type typeRow struct {
	Type       string      `json:"type"`
	Examined   bool        `json:"examined"`
	Kinds      []core.Kind `json:"kinds,omitempty"`
	Matched    uint64      `json:"matched"`
	Sent       uint64      `json:"sent"`
	Statements uint64      `json:"statements,omitempty"`
	TookMS     int64       `json:"took_ms,omitempty"`
}

func typesOf(c core.Coverage) []typeRow {
	var rows []typeRow
	for _, t := range c.Types {
		rows = append(rows, typeRow{Type: t.Type, Examined: t.Examined, Kinds: t.Kinds, Matched: t.Matched, Sent: t.Sent,
			Statements: t.Statements, TookMS: t.Took.Milliseconds()})
	}
	return rows
}

// detailsOf says in English what stands behind an outcome, without who acts.
func detailsOf(c core.Coverage) []string {
	out := reasonsOf(c)
	for i := range c.Problems {
		if d := c.Problems[i].Error(); !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// reasonsOf says in English what an official can do about an outcome that no
// problem explains.
func reasonsOf(c core.Coverage) []string {
	var out []string
	if len(c.Reason.Kinds) > 0 && c.Outcome == core.NeedsMoreIdentifiers {
		out = append(out, "it is searched by "+joined(c.Reason.Kinds))
	}
	if len(c.Reason.Types) > 0 && c.Reason.Code == core.ReasonTypesUnexamined {
		out = append(out, "not searched: "+strings.Join(c.Reason.Types, ", ")+"; it needs "+joined(c.Reason.Kinds))
	}
	if !c.RetryAt.IsZero() {
		out = append(out, "the system lets itself be asked again at "+clock(c.RetryAt)+"; run the request again then")
	}
	return out
}

// counted gives a number with its noun: 1 record, 2 records.
func counted(n int, noun string) string { return fmt.Sprintf("%d %s", n, plural(n, noun)) }

// plural gives the noun in the form that n takes.
func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// clock gives a moment in the zone of the reader, with its day unless that is
// today.
func clock(t time.Time) string {
	t = t.Local()
	if t.Format(time.DateOnly) == time.Now().Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

// explained gives the lines about one problem: what happened, who does what
// about it, what the plugin or the host said, and of which kinds of identifier.
func explained(p core.Problem) []string {
	e := p.Explain("en")
	lines := []string{e.What + " [" + string(p.Class) + "]"}
	if d := p.Error(); d != "" {
		lines = append(lines, "  detail: "+d)
	}
	if len(p.Kinds) > 0 {
		lines = append(lines, "  kinds:  "+joined(p.Kinds))
	}
	return append(lines, "  to do:  "+e.Remedy)
}

// triedAgain tells how a source was called, where once was not enough. That it
// was asked anew by somebody who wanted to is not told.
func triedAgain(c core.Coverage) string {
	failed := func(a core.Attempt) bool { return a.End != core.AttemptAnswered }
	if len(c.Attempts) < 2 || !slices.ContainsFunc(c.Attempts, failed) {
		return ""
	}
	words := make([]string, len(c.Attempts))
	for i, a := range c.Attempts {
		words[i] = string(cmp.Or(a.End, broken))
		if a.Class != "" {
			words[i] = string(a.Class)
		}
	}
	return fmt.Sprintf("called %d times: %s", c.Attempts[len(c.Attempts)-1].Number, strings.Join(words, ", "))
}

// joined lists codes.
func joined[T ~string](codes []T) string {
	words := make([]string, len(codes))
	for i, c := range codes {
		words[i] = string(c)
	}
	return strings.Join(words, ", ")
}

// printAsked prints with which kinds of identifier each system was asked.
func (sh *shell) printAsked(coverage []core.Coverage) {
	fmt.Fprintln(sh.out, "\nAsked with:")
	for _, c := range coverage {
		line := fmt.Sprintf("  %-16s", c.System)
		if len(c.AskedWith) == 0 {
			line += " nothing"
		}
		for i, k := range c.AskedWith {
			word := " " + string(k)
			if i < len(c.AskedWith)-1 {
				word += ","
			}
			if len(line)+len(word) > 78 {
				fmt.Fprintln(sh.out, line)
				line = strings.Repeat(" ", 18)
			}
			line += word
		}
		fmt.Fprintln(sh.out, line)
	}
}

// printLeftOut tells how much the mappings leave out: what it is, and why, is
// too long for a page.
func (sh *shell) printLeftOut(coverage []core.Coverage) {
	n, systems := 0, 0
	for _, c := range coverage {
		n += len(c.LeftOut)
		if len(c.LeftOut) > 0 {
			systems++
		}
	}
	if n > 0 {
		fmt.Fprintf(sh.out, "\nThe mappings of %s leave out %d columns and tables, each with a reason: --json names them.\n",
			counted(systems, "system"), n)
	}
}

// printCoverage prints one line for each system, and below what stands in the
// way of a final outcome, which systems were called more than once, and what the
// catalogue says.
func (sh *shell) printCoverage(coverage []core.Coverage, words wording) error {
	var rows [][]string
	for _, c := range coverage {
		mark := "ok"
		if !c.Outcome.Final() {
			mark = "OPEN"
		}
		rows = append(rows, []string{mark, c.System, string(c.Outcome), fmt.Sprint(c.Records), c.Took.Round(time.Millisecond).String(),
			string(c.Reason.Code)})
	}
	if err := sh.table("|SYSTEM|OUTCOME|RECORDS|TIME|REASON", rows); err != nil {
		return err
	}
	for _, c := range coverage {
		lines := words.stated(c)
		if !c.Outcome.Final() {
			lines = append(lines, reasonsOf(c)...)
			for _, p := range c.Problems {
				lines = append(lines, explained(p)...)
			}
		}
		if again := triedAgain(c); again != "" {
			lines = append(lines, again)
		}
		if len(lines) > 0 {
			fmt.Fprintf(sh.out, "\n%s:\n", called(c.System, words.names))
		}
		for _, l := range lines {
			fmt.Fprintln(sh.out, "  "+l)
		}
	}
	return nil
}

// called gives a system by its id and, where it is known, its name.
func called(id string, names map[string]string) string {
	if n := names[id]; n != "" {
		return id + " (" + n + ")"
	}
	return id
}
