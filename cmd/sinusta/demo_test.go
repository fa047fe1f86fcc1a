package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures"
	"github.com/sinusta/sinusta/fixtures/generate"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
	"github.com/sinusta/sinusta/fixtures/valtori"
	"github.com/sinusta/sinusta/reports"
)

// demoRun is one finished demo, read back from its files.
type demoRun struct {
	demoResult
	dir     string
	stderr  string
	report  reportFile
	html    string
	raw     string
	truth   []truthLine
	persons map[string]map[string]any
}

type reportFile struct {
	Systems []struct {
		ID        string
		Outcome   core.Outcome
		Undecided int
		Official  int
		Items     []itemFile
	}
	Coverage []struct {
		System  string
		Outcome core.Outcome
	}
}

type itemFile struct {
	Ref, System, Type string
	Verdict           core.Verdict
	AlsoIn            []struct {
		System, Ref string
		Fields      []fieldFile
	} `json:"also_in"`
	Fields []fieldFile
}

type fieldFile struct {
	Name, Role string
	Value      any
	Withheld   any
}

type truthLine struct {
	System, Ref, Type, Expected string
	// SourceRef is that of the source, where the report writes another.
	SourceRef       string `json:"source_ref"`
	About, Mentions []string
	Stratum         any
}

type key struct{ system, ref string }

// runDemo runs the demo with the real binary and reads what it wrote. The web
// services of the world run until the test ends. The world has 200 people
// unless the arguments say otherwise.
func runDemo(t testing.TB, args ...string) *demoRun {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo")
	if !slices.Contains(args, "--people") {
		args = append(args, "--people", "200")
	}
	cmd := sinusta(t, append([]string{"demo", "--json", "--wait", "--dir", dir}, args...)...)
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // when the test is over
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Wait() // that the test is over is its error
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("demo %v: exit code %d after the interrupt", args, code)
		}
		_ = stderr.Close()
	})
	line, err := bufio.NewReaderSize(out, 1<<20).ReadString('\n')
	if err != nil {
		t.Fatalf("demo %v: %v\n%s", args, err, read(t, stderr.Name()))
	}
	r := &demoRun{dir: dir, stderr: read(t, stderr.Name()), persons: map[string]map[string]any{}}
	if err := json.Unmarshal([]byte(line), &r.demoResult); err != nil {
		t.Fatalf("the last line is no JSON object: %v\n%s", err, line)
	}
	r.raw, r.html = read(t, r.ReportJSON), read(t, r.ReportHTML)
	if err := json.Unmarshal([]byte(r.raw), &r.report); err != nil {
		t.Fatal(err)
	}
	eachLine(t, r.Truth, func(raw []byte) {
		var line truthLine
		if err := json.Unmarshal(raw, &line); err != nil {
			t.Fatal(err)
		}
		r.truth = append(r.truth, line)
	})
	eachLine(t, r.People, func(raw []byte) {
		person := map[string]any{}
		if err := json.Unmarshal(raw, &person); err != nil {
			t.Fatal(err)
		}
		r.persons[person["id"].(string)] = person
	})
	if len(r.truth) == 0 || len(r.persons) == 0 {
		t.Fatal("the world is empty")
	}
	return r
}

func read(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func eachLine(t testing.TB, path string, f func([]byte)) {
	t.Helper()
	s := bufio.NewScanner(strings.NewReader(read(t, path)))
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		if len(bytes.TrimSpace(s.Bytes())) > 0 {
			f(s.Bytes())
		}
	}
}

// nine are systems of Valtori, databases and the directory, that all have final
// outcomes: what is tested of the program itself needs no more.
const nine = "V1.1,V1.2,V1.3,V2.1,V4.2,V6.1,V6.4,V7.1,staff-directory"

// smallValtori is Valtori with those alone.
func smallValtori(t testing.TB) *generate.Organisation {
	t.Helper()
	org, err := valtori.Organisation().Only(strings.Split(nine, ","))
	if err != nil {
		t.Fatal(err)
	}
	return org
}

// runSmallDemo runs the demo of an organisation that has no more than nine
// systems.
func runSmallDemo(t testing.TB, args ...string) *demoRun {
	t.Helper()
	return runDemo(t, append(args, "--systems", nine)...)
}

// check holds a run against the truth about every record.
func (r *demoRun) check(t *testing.T) {
	t.Helper()
	verdicts := map[key]core.Verdict{}
	for _, s := range r.report.Systems {
		for _, item := range s.Items {
			verdicts[key{item.System, item.Ref}] = item.Verdict
			for _, also := range item.AlsoIn {
				verdicts[key{also.System, also.Ref}] = item.Verdict
			}
		}
	}
	found, about, confirmed := 0, 0, 0
	known, referred := map[key]bool{}, map[string]int{}
	for _, line := range r.truth {
		k := key{line.System, line.Ref}
		known[k] = true
		verdict, seen := verdicts[k]
		hers := slices.Contains(line.About, r.Subject)
		if hers && line.Expected == "item" {
			about++
			if seen {
				found++
			} else {
				t.Errorf("%s %s is about the subject and is no item (stratum %v)", line.System, line.Ref, line.Stratum)
			}
		}
		if line.Expected == "referred" {
			if seen {
				t.Errorf("%s %s is another controller's and is an item", line.System, line.Ref)
			}
			if hers {
				referred[line.System]++
			}
		}
		if verdict == core.Confirmed && hers {
			confirmed++
		}
		if strings.Contains(fmt.Sprint(line.Stratum), "owner-unknown") && seen && verdict != core.Review {
			t.Errorf("%s %s has an owner that nobody can read, and is %s", line.System, line.Ref, verdict)
		}
		if verdict == core.Confirmed && !hers {
			t.Errorf("%s %s is confirmed and is about somebody else (stratum %v)", line.System, line.Ref, line.Stratum)
		}
	}
	for k := range verdicts {
		if !known[k] {
			t.Errorf("item %v: no record stands behind it", k)
		}
	}
	r.checkCoverage(t)
	r.checkReferred(t, referred)
	r.checkNobodyElse(t)
	t.Logf("subject %s: %d records about the subject, %d found, %d confirmed, %d items in all", r.Subject, about, found, confirmed, len(verdicts))
}

func (r *demoRun) checkCoverage(t *testing.T) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range r.report.Coverage {
		if seen[c.System] {
			t.Errorf("%s stands twice in the coverage", c.System)
		}
		seen[c.System] = true
		switch want := r.expected(t)[c.System]; want {
		case "":
			if c.Outcome != core.ManualPending && c.Outcome != core.OtherController { // derived entries: Sinusta itself, Kela
				t.Errorf("%s: outcome %s of a system that the table does not have", c.System, c.Outcome)
			}
		case fixtures.Searched:
			// Who was never in touch has no time of contact to ask by.
			unknown := c.Outcome == core.NeedsMoreIdentifiers && !slices.ContainsFunc(r.truth, func(l truthLine) bool {
				return l.System == c.System && slices.Contains(l.About, r.Subject)
			})
			if c.Outcome != core.Found && c.Outcome != core.NoneFound && !unknown {
				t.Errorf("%s: outcome %s; every source of the demo works", c.System, c.Outcome)
			}
		default:
			if string(c.Outcome) != want {
				t.Errorf("%s: outcome %s, want %s", c.System, c.Outcome, want)
			}
		}
	}
	for id := range r.expected(t) {
		if !seen[id] {
			t.Errorf("%s has no outcome", id)
		}
	}
}

// expected gives what the table of systems expects of each system of the
// organisation, which the id of its first system tells.
func (r *demoRun) expected(t *testing.T) map[string]string {
	t.Helper()
	table, err := fixtures.SystemKeys()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, row := range table {
		switch row.Expected {
		case fixtures.Container, fixtures.LintFinding, fixtures.RecipientOnly:
			continue
		}
		if row.ID[0] == r.truth[0].System[0] && !generate.Inside(row.ID) {
			out[row.ID] = row.Expected
		}
	}
	if len(out) == 0 {
		t.Fatal("the table has no row of the organisation")
	}
	if r.truth[0].System[0] == 'V' {
		out["staff-directory"] = fixtures.Searched
	}
	return out
}

// checkReferred holds the counts of other controllers' records against the
// truth. Auditors see them; the person's report is without them.
func (r *demoRun) checkReferred(t *testing.T, want map[string]int) {
	t.Helper()
	type row struct {
		System            string
		Records, Referred int
	}
	var auditors, person struct{ Coverage []row }
	if err := errors.Join(json.Unmarshal([]byte(read(t, r.CoverageJSON)), &auditors), json.Unmarshal([]byte(r.raw), &person)); err != nil {
		t.Fatal(err)
	}
	if len(auditors.Coverage) == 0 || strings.Contains(r.raw, `"referred`) {
		t.Error("the person's report counts what is another controller's")
	}
	for i, c := range auditors.Coverage {
		if c.Referred < want[c.System] {
			t.Errorf("%s: %d referred; the truth has %d about the subject", c.System, c.Referred, want[c.System])
		}
		if p := person.Coverage[i]; p.System != c.System || p.Records != c.Records-c.Referred {
			t.Errorf("%s: the person is told of %d records; %d came and %d were referred", c.System, p.Records, c.Records, c.Referred)
		}
	}
}

// values calls f for every text in a JSON value.
func values(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, e := range v {
			values(e, f)
		}
	case map[string]any:
		for _, e := range v {
			values(e, f)
		}
	}
}

func TestDemoHoldsAgainstTheTruth(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"--seed", "2", "--people", "60", "--lang", "sv"},
		{"--seed", "90017", "--people", "1200", "--lang", "fi"},
		{"--seed", "5", "--people", "200", "--subject", "p000123"},
		{"--seed", "11", "--people", "1"},
		{"--seed", "1", "--subject", "p000010"}, // of a customer organisation
		{"--org", "te-service", "--seed", "6"},
		{"--org", "palkkaturva", "--seed", "7", "--lang", "fi"},
		{"--org", "te-offices", "--seed", "8", "--lang", "sv"},
		{"--org", "hameenlinna", "--seed", "9", "--lang", "fi"},
		{"--org", "te-offices", "--seed", "34", "--people", "120", "--subject", "p000036"}, // whom a sole trader employed
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			r := runDemo(t, args...)
			r.check(t)
			r.checkSchema(t)
		})
	}
}

// `demo --org all` makes each organisation with a request of its own, on the day
// on which its controller stood, and no organisation knows another's systems.
func TestDemoOfAllOrganisations(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	out, err := sinusta(t, "demo", "--org", "all", "--people", "40", "--json", "--dir", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Orgs map[string]demoResult }
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	received := map[string]string{"valtori": "", "te-service": "2024-06-03", "palkkaturva": "2025-06-02", "te-offices": "2024-06-03", "hameenlinna": ""}
	if len(all.Orgs) != len(received) {
		t.Fatalf("%d organisations", len(all.Orgs))
	}
	letters := map[string]string{}
	for id, result := range all.Orgs {
		var report struct {
			Document struct{ Received string }
			Coverage []struct{ System string }
		}
		if err := json.Unmarshal([]byte(read(t, result.ReportJSON)), &report); err != nil {
			t.Fatal(err)
		}
		if want, ok := received[id]; !ok || want != "" && report.Document.Received != want {
			t.Errorf("%s: received %q", id, report.Document.Received)
		}
		for _, c := range report.Coverage {
			if c.System == "sinusta" || c.System == "staff-directory" {
				continue
			}
			if other := letters[c.System[:1]]; other != "" && other != id {
				t.Errorf("%s has the system %s, which is of %s", id, c.System, other)
			}
			letters[c.System[:1]] = id
		}
	}
	if len(letters) != len(received) {
		t.Errorf("systems of %d organisations", len(letters))
	}
}

func TestDemoOnRealServers(t *testing.T) {
	probe, err := servers.StartPostgreSQL(t.Context(), filepath.Join(t.TempDir(), "probe"))
	serverstest.Require(t, err)
	probe.Stop()
	maria, err := servers.StartMariaDB(t.Context(), filepath.Join(t.TempDir(), "probe"))
	serverstest.Require(t, err)
	maria.Stop()
	r := runDemo(t, "--servers", "--seed", "3")
	r.check(t)
	files := runDemo(t, "--seed", "3")
	if a, b := outline(r), outline(files); a != b {
		t.Errorf("servers and files give different answers:\n%s\n%s", a, b)
	}
}

// outline is what two runs of one world must agree in. What a report writes for
// a ref that may tell of somebody is another in each run.
func outline(r *demoRun) string {
	sources := map[key]string{}
	for _, l := range r.truth {
		if l.SourceRef != "" {
			sources[key{l.System, l.Ref}] = l.SourceRef
		}
	}
	var lines []string
	for _, s := range r.report.Systems {
		for _, item := range s.Items {
			ref := cmp.Or(sources[key{item.System, item.Ref}], item.Ref)
			lines = append(lines, fmt.Sprint(item.System, ref, item.Verdict, len(item.Fields), len(item.AlsoIn)))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (r *demoRun) checkSchema(t *testing.T) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(reports.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("report.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(r.raw))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(instance); err != nil {
		t.Errorf("report.json breaks its schema: %v", err)
	}
}
