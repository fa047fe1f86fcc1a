package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sinusta/sinusta/core"
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
}

func rowsOf(coverage []core.Coverage) []coverageRow {
	rows := make([]coverageRow, len(coverage))
	for i, c := range coverage {
		rows[i] = coverageRow{System: c.System, Outcome: c.Outcome, Final: c.Outcome.Final(), AskedWith: c.AskedWith,
			Records: c.Records, TookMS: c.Took.Milliseconds(), Reason: c.Reason.Code, Details: detailsOf(c)}
		if rows[i].AskedWith == nil {
			rows[i].AskedWith = []core.Kind{}
		}
	}
	return rows
}

// detailsOf says in English what an official can do about an outcome.
func detailsOf(c core.Coverage) []string {
	var out []string
	add := func(s string) {
		for _, have := range out {
			if have == s {
				return
			}
		}
		out = append(out, s)
	}
	if len(c.Reason.Kinds) > 0 && c.Outcome == core.NeedsMoreIdentifiers {
		add("it is searched by " + joinKinds(c.Reason.Kinds))
	}
	if len(c.Reason.Types) > 0 && c.Reason.Code == core.ReasonTypesUnexamined {
		add("not searched: " + strings.Join(c.Reason.Types, ", ") + "; it needs " + joinKinds(c.Reason.Kinds))
	}
	for i := range c.Problems {
		add(c.Problems[i].Error())
	}
	return out
}

func joinKinds(kinds []core.Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
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

// printCoverage prints one line for each system, and below it what stands in
// the way of a final outcome.
func (sh *shell) printCoverage(coverage []core.Coverage) error {
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
		if c.Outcome.Final() {
			continue
		}
		for _, d := range detailsOf(c) {
			fmt.Fprintf(sh.out, "  %s: %s\n", c.System, d)
		}
	}
	return nil
}
