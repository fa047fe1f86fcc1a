package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/plugins/host"
)

// ran is one finished command.
type ran struct {
	out, err string
	code     int
}

// call runs the binary on an installation.
func call(t testing.TB, home, stdin string, args ...string) ran {
	t.Helper()
	cmd := sinusta(t, append([]string{"--home", home}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	_ = cmd.Run() // the exit code tells
	return ran{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// must is call for a command that has to work.
func must(t testing.TB, home, stdin string, args ...string) string {
	t.Helper()
	r := call(t, home, stdin, args...)
	if r.code != 0 {
		t.Fatalf("%v: exit code %d\n%s%s", args, r.code, r.out, r.err)
	}
	return r.out
}

// entriesOf reads the log through the binary.
func entriesOf(t *testing.T, home string, args ...string) []audit.Entry {
	t.Helper()
	var entries []audit.Entry
	for line := range strings.Lines(must(t, home, "", append([]string{"audit", "show", "--json"}, args...)...)) {
		var e audit.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		t.Fatal("the log is empty")
	}
	return entries
}

// appendTo adds text to a file.
func appendTo(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(read(t, path)+text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// elsewhere are the verbs that this test does not make happen: what they
// stand for does not exist yet, needs a crash, or a system that people search
// (testdata/script/manual.txtar).
var elsewhere = []audit.Verb{audit.RequestChanged, audit.Decided, audit.Approved, audit.ReportDelivered, audit.LogRepaired, audit.AnswerRecorded}

func TestEveryEffectIsInTheLog(t *testing.T) {
	demo := runSmallDemo(t, "--people", "30", "--seed", "12")
	home := filepath.Join(demo.dir, "home")
	must(t, home, "ma*\n", "search", demo.Request)
	if err := os.WriteFile(filepath.Join(home, "sinusta.lock"), []byte(host.EmptyLock+"# looked at\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	appendTo(t, filepath.Join(home, "sources.yaml"), "# looked at again\n")
	must(t, home, "", "sources", "check", "V1.1")
	must(t, home, "", "audit", "export", filepath.Join(demo.dir, "log.zip"))
	must(t, home, "", "request", "rm", demo.Request, "--yes")
	entries := entriesOf(t, home)
	first, count := map[audit.Verb]int{}, map[audit.Verb]int{}
	cases := map[string]bool{}
	stored := map[string]int64{}
	for i, e := range entries {
		if _, seen := first[e.Verb]; !seen {
			first[e.Verb] = i
		}
		count[e.Verb]++
		if e.Actor == "" || e.Account == "" || e.Purpose == "" {
			t.Errorf("entry %d (%s) has no actor, account or purpose", i, e.Verb)
		}
		if e.Request != "" {
			cases[e.Case] = true
		}
		if e.Verb == audit.RecordsStored && e.Phase == audit.End {
			stored[e.Object] += e.Counts["records"]
		}
	}
	for _, v := range audit.Verbs() {
		if count[v] == 0 != slices.Contains(elsewhere, v) {
			t.Errorf("%s stands in the log %d times", v, count[v])
		}
	}
	if len(cases) != 1 || cases[""] {
		t.Errorf("the entries of the one request have %d digests of its case number, an empty one among them: %t", len(cases), cases[""])
	}
	if count[audit.SourcesChanged] != 2 || count[audit.CatalogueChanged] != 1 || count[audit.PluginChanged] != 2 {
		t.Errorf("changes of the files: %v", count)
	}
	order := []audit.Verb{audit.KeysMade, audit.CatalogueChanged, audit.RequestOpened, audit.RequestRun, audit.PlanMade, audit.SourceAsked,
		audit.RecordsStored, audit.Merged, audit.CoverageWritten, audit.ReportWritten, audit.SearchMade, audit.HitViewed, audit.SystemProbed,
		audit.LogExported, audit.RequestErased, audit.LogRead}
	if !slices.IsSortedFunc(order, func(a, b audit.Verb) int { return first[a] - first[b] }) {
		t.Errorf("the effects are out of order: %v", first)
	}
	total := int64(0)
	for _, n := range stored {
		total += n
	}
	if len(stored) < 5 || total < 10 {
		t.Errorf("records stored by system: %v", stored)
	}
	for _, e := range entries {
		if e.Verb == audit.RequestOpened && e.Phase == audit.Begin && len(e.Digests) < 3 {
			t.Errorf("the request was opened with %d digests of identifiers", len(e.Digests))
		}
	}
}

// What the log says of the data of a request is what the data are.
func TestCountsOfTheLogAreThoseOfTheCoverage(t *testing.T) {
	demo := runSmallDemo(t, "--people", "30", "--seed", "12")
	home := filepath.Join(demo.dir, "home")
	var rows []coverageRow
	if err := json.Unmarshal([]byte(must(t, home, "", "coverage", demo.Request, "--json")), &rows); err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	for _, r := range rows {
		if r.Records > 0 {
			want[r.System] = int64(r.Records)
		}
	}
	got := map[string]int64{}
	for _, e := range entriesOf(t, home, "--verb", string(audit.RecordsStored)) {
		if e.Phase == audit.End {
			got[e.Object] = e.Counts["records"]
		}
	}
	if len(want) == 0 || !maps.Equal(want, got) {
		t.Errorf("stored by the log: %v, by the coverage: %v", got, want)
	}
}

// A report's checkpoint proves later that nothing before it was rewritten,
// also against somebody who has the keys.
func TestCheckpointOfAReport(t *testing.T) {
	demo := runSmallDemo(t, "--people", "20", "--seed", "13")
	home := filepath.Join(demo.dir, "home")
	kept := []string{demo.ReportHTML, demo.ReportJSON, demo.CoverageJSON}
	for range 2 {
		for _, file := range kept {
			if out := must(t, home, "", "audit", "verify", "--checkpoint", file); !strings.Contains(out, "Nothing was rewritten") {
				t.Errorf("%s: %s", filepath.Base(file), out)
			}
		}
		must(t, home, "", "sources", "check", "V1.1") // the log grows
	}
	var doc struct {
		Checkpoint struct {
			Size      int
			KeyName   string `json:"key_name"`
			PublicKey string `json:"public_key"`
			Time      string
		} `json:"audit_checkpoint"`
	}
	if err := json.Unmarshal([]byte(demo.raw), &doc); err != nil {
		t.Fatal(err)
	}
	c := doc.Checkpoint
	if c.Size < 30 || c.Time == "" || c.PublicKey != strings.TrimSpace(read(t, filepath.Join(home, "keys", "audit.pub"))) || !strings.HasPrefix(c.PublicKey, c.KeyName+"+") {
		t.Errorf("%+v", c)
	}
	written := entriesOf(t, home, "--verb", string(audit.ReportWritten))
	if int(written[0].Index) >= c.Size {
		t.Errorf("the checkpoint of %d entries does not cover entry %d, in which the report was begun", c.Size, written[0].Index)
	}
	if r := call(t, home, "", "audit", "verify", "--checkpoint", filepath.Join(home, "sources.yaml")); r.code == 0 {
		t.Error("a file without a checkpoint passes")
	}

	rebuild := func(name string, keepLines int, grow int) {
		t.Run(name, func(t *testing.T) {
			other := filepath.Join(t.TempDir(), "home")
			copyAll(t, home, other)
			log := filepath.Join(other, "audit")
			lines := strings.SplitAfter(read(t, filepath.Join(log, "entries.jsonl")), "\n")
			notes := map[string]string{}
			for _, note := range mustGlob(t, filepath.Join(log, "checkpoints", "*.note")) {
				if filepath.Base(note) <= fmt.Sprintf("%012d.note", keepLines) {
					notes[note] = read(t, note)
				}
			}
			if err := os.RemoveAll(log); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(other, "keys", "audit.checkpoint")); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(log, "checkpoints"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(log, "entries.jsonl"), []byte(strings.Join(lines[:keepLines], "")), 0o600); err != nil {
				t.Fatal(err)
			}
			for note, text := range notes {
				if err := os.WriteFile(note, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for range grow {
				must(t, other, "", "audit", "show")
			}
			if out := must(t, other, "", "audit", "verify"); !strings.Contains(out, "Nothing was rewritten") {
				t.Fatalf("who has the keys can rebuild the log, and this one is not: %s", out)
			}
			for _, file := range kept {
				r := call(t, other, "", "audit", "verify", "--checkpoint", file)
				if r.code != 1 || !regexp.MustCompile(`REWRITTEN: .*entr(y|ies) \d+`).MatchString(r.out) {
					t.Errorf("%s: exit code %d\n%s", filepath.Base(file), r.code, r.out)
				}
			}
		})
	}
	rebuild("cut off before the report", 5, 1)
	rebuild("cut off and grown again", 1, c.Size)
	rebuild("made anew", 0, 1)
}

// Each thing that can be done to the lines of the log is named with its entry.
func TestRewrittenLinesAreNamed(t *testing.T) {
	demo := runSmallDemo(t, "--people", "5", "--seed", "14")
	made := filepath.Join(demo.dir, "home")
	good := strings.SplitAfter(strings.TrimSuffix(read(t, filepath.Join(made, "audit", "entries.jsonl")), "\n"), "\n")
	good[len(good)-1] += "\n"
	for _, c := range []struct {
		name   string
		change func(lines []string) []string
		says   string
	}{
		{"changed", func(l []string) []string { l[7] = strings.Replace(l[7], `"actor":"`, `"actor":"x`, 1); return l }, "entry 7 was changed"},
		{"removed", func(l []string) []string { return slices.Delete(l, 7, 8) }, "entry 7 was removed"},
		{"moved", func(l []string) []string {
			line := l[7]
			return slices.Insert(slices.Delete(l, 7, 8), 12, line)
		}, "entry 7 was moved"},
		{"swapped", func(l []string) []string { l[7], l[12] = l[12], l[7]; return l }, "entry (7|12) was moved"},
		{"copied", func(l []string) []string { return slices.Insert(l, 7, l[3]) }, "inserted before entry 7"},
		{"forged", func(l []string) []string {
			return slices.Insert(l, 7, strings.Replace(l[7], `"actor":"`, `"actor":"x`, 1))
		}, "inserted before entry 7"},
		{"cut off", func(l []string) []string { return l[:len(l)-3] }, "the log was cut off: entries %d to %d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := filepath.Join(t.TempDir(), "home")
			copyAll(t, made, home)
			if err := os.WriteFile(filepath.Join(home, "audit", "entries.jsonl"), []byte(strings.Join(c.change(slices.Clone(good)), "")), 0o600); err != nil {
				t.Fatal(err)
			}
			says := c.says
			if strings.Contains(says, "%d") {
				says = fmt.Sprintf(says, len(good)-3, len(good)-1)
			}
			r := call(t, home, "", "audit", "verify", "--checkpoint", demo.ReportJSON)
			if r.code != 1 || !regexp.MustCompile(`REWRITTEN: .*`+says).MatchString(r.out) {
				t.Errorf("exit code %d, want %q\n%s%s", r.code, says, r.out, r.err)
			}
			// No report is made over such a log.
			again := filepath.Join(t.TempDir(), "report")
			if r := call(t, home, "", "report", demo.Request, "--out", again); r.code != 1 || !strings.Contains(r.err, "audit") {
				t.Errorf("a report was made: exit code %d\n%s", r.code, r.err)
			}
			if _, err := os.Stat(again); err == nil {
				t.Error("the folder of the report is there")
			}
		})
	}
}

func TestProofsAreVerifiedWithoutTheLog(t *testing.T) {
	demo := runSmallDemo(t, "--people", "5", "--seed", "14")
	home := filepath.Join(demo.dir, "home")
	key := strings.TrimSpace(read(t, filepath.Join(home, "keys", "audit.pub")))
	file := filepath.Join(t.TempDir(), "proof.json")
	nowhere := t.TempDir()
	verify := func(proof string, want int, says string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(proof), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := call(t, nowhere, "", "audit", "verify", "--proof", file, "--key", key); r.code != want || !strings.Contains(r.out+r.err, says) {
			t.Errorf("exit code %d, want %d with %q\n%s%s", r.code, want, says, r.out, r.err)
		}
	}
	n, inclusion := 0, ""
	for ; !strings.Contains(inclusion, "request-opened"); n++ {
		inclusion = must(t, home, "", "audit", "prove", fmt.Sprint(n)) // fails where the log ends
	}
	n--
	verify(inclusion, 0, fmt.Sprintf("Entry %d is in the log", n))
	for _, forged := range []string{strings.Replace(inclusion, "request-opened", "request-opensd", 1),
		strings.Replace(inclusion, fmt.Sprintf(`"index": %d`, n), fmt.Sprintf(`"index": %d`, n+1), 1)} {
		if forged == inclusion {
			t.Fatal("nothing was forged")
		}
		verify(forged, 1, "not valid")
	}
	verify("{}", 2, "no output")
	var sizes []string
	for _, f := range mustGlob(t, filepath.Join(home, "audit", "checkpoints", "*.note")) {
		sizes = append(sizes, strings.TrimLeft(strings.TrimSuffix(filepath.Base(f), ".note"), "0"))
	}
	if len(sizes) < 3 {
		t.Fatalf("only %d checkpoints", len(sizes))
	}
	for i, older := range sizes {
		for _, newer := range sizes[i:] {
			growth := must(t, home, "", "audit", "prove", "--older", older, "--newer", newer)
			verify(growth, 0, "begins with that of the older one")
		}
	}
	growth := must(t, home, "", "audit", "prove", "--older", sizes[0])
	other := must(t, home, "", "audit", "prove", "--older", sizes[1])
	var a, b struct{ Older, Newer, Path any }
	for text, into := range map[string]any{growth: &a, other: &b} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	a.Path = b.Path
	raw, err := json.Marshal(map[string]any{"older": a.Older, "newer": a.Newer, "path": a.Path})
	if err != nil {
		t.Fatal(err)
	}
	verify(string(raw), 1, "not valid")
	if r := call(t, home, "", "audit", "prove", "--older", "2", "--newer", "3"); r.code != 2 {
		t.Errorf("checkpoints that are not there: exit code %d", r.code)
	}
}

func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file is %s: %v", pattern, err)
	}
	return files
}

// copyAll copies a folder, for the owner alone.
func copyAll(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, raw, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An organisation names its officials by account; nobody can pass for another
// by what the environment says.
func TestWhoActed(t *testing.T) {
	demo := runSmallDemo(t, "--people", "2", "--seed", "15")
	home := filepath.Join(demo.dir, "home")
	t.Setenv("USER", "somebody-else")
	t.Setenv("LOGNAME", "somebody-else")
	t.Setenv("USERNAME", "somebody-else")
	t.Setenv("SUDO_USER", "somebody-else")
	t.Setenv("HOME", t.TempDir())
	entries := entriesOf(t, home)
	account := entries[len(entries)-1].Account
	if account == "" || account == "somebody-else" || entries[len(entries)-1].Actor != account {
		t.Fatalf("%+v", entries[len(entries)-1])
	}
	if out := must(t, home, "", "audit", "show"); strings.Contains(out, "somebody-else") {
		t.Error("the environment tells who acted")
	}
	lint := func() string { return call(t, home, "", "catalogue", "lint").out }
	if !strings.Contains(lint(), "official-unknown") {
		t.Error("lint does not say that nobody named the account")
	}
	organisation := filepath.Join(home, "organisation.yaml")
	good := read(t, organisation)
	appendTo(t, organisation, fmt.Sprintf("\nofficials:\n  %s:\n    function: Registry clerk 1\n    role: handler\n", account))
	if strings.Contains(lint(), "official-unknown") {
		t.Error("lint says that nobody named the account")
	}
	must(t, home, "", "report", demo.Request, "--out", filepath.Join(demo.dir, "again")) // no new run is needed
	last := entriesOf(t, home)
	for _, e := range last[len(last)-2:] {
		named := e.Actor == "Registry clerk 1" && e.Role == "handler"
		if e.Account != account || !named && e.Role != audit.RoleSystem {
			t.Errorf("%+v", e)
		}
	}
	if out := must(t, home, "", "audit", "show", "--actor", "Registry clerk 1"); !strings.Contains(out, "Registry clerk 1 ("+account+")") || strings.Contains(out, "keys-made") {
		t.Error(out)
	}
	for _, wrong := range []string{"    function: Clerk\n    rol: handler\n", "    role: handler\n", "    function: Clerk\n    role: A B\n", "    function: Clerk\n    role: system\n"} {
		if err := os.WriteFile(organisation, []byte(good+"\nofficials:\n  "+account+":\n"+wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := call(t, home, "", "sources", "list"); r.code != 1 || !strings.Contains(r.err, "organisation.yaml:") {
			t.Errorf("%q: exit code %d: %s", wrong, r.code, r.err)
		}
		must(t, home, "", "audit", "verify") // a fault there keeps nobody from looking
		must(t, home, "", "audit", "show")
	}
}
