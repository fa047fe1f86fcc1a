package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/fixtures"
	"github.com/sinusta/sinusta/fixtures/generate"
	"github.com/sinusta/sinusta/fixtures/servers"
)

// keysPerKind is how many planted records of each type of a system are looked
// for by each kind of identifier.
const keysPerKind = 4

// Every row of the table of systems: what is searched finds, by each of its
// search keys alone, the records that were planted for that key, through the
// plan, a real plugin process and, where they are installed, real servers; what
// is not searched has the outcome that the table tells. The table is printed.
func TestEverySearchKeyFindsItsRecord(t *testing.T) {
	table, err := fixtures.SystemKeys()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]provenRow{}
	var mu sync.Mutex
	t.Run("organisations", func(t *testing.T) { // which is over when all of them are
		for _, org := range organisations() {
			t.Run(org.ID, func(t *testing.T) {
				t.Parallel()
				proven := proveKeys(t, org)
				mu.Lock()
				defer mu.Unlock()
				maps.Copy(rows, proven)
			})
		}
	})
	var printed strings.Builder
	w := tabwriter.NewWriter(&printed, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "row\tkind\tplugin\tkeys proved\toutcome")
	seen := map[string]bool{}
	proved := 0
	for _, key := range table {
		holder, own := rows[key.ID]
		if !own { // a part of the records of another row
			holder = rows[generate.Holder(key.ID)]
		}
		if key.Expected == fixtures.Searched && key.Identifier != fixtures.NotAPersonKey {
			if holder.proved[key.Identifier] == 0 {
				t.Errorf("%s: the key %q (%s) was not proved", key.ID, key.Key, key.Identifier)
			}
			proved += holder.proved[key.Identifier]
		}
		if seen[key.ID] {
			continue
		}
		seen[key.ID] = true
		outcome := string(holder.outcome)
		switch key.Expected {
		case fixtures.Container, fixtures.LintFinding, fixtures.RecipientOnly:
			outcome = key.Expected
		case fixtures.Searched:
			if holder.outcome != core.Found && holder.outcome != core.NoneFound {
				t.Errorf("%s: outcome %q, want found or none", key.ID, holder.outcome)
			}
		default:
			if outcome != key.Expected {
				t.Errorf("%s: outcome %q, want %s", key.ID, outcome, key.Expected)
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", key.ID, key.Kind, holder.plugin, holder.keys(), outcome)
	}
	_ = w.Flush() // into memory
	t.Log(printed.String())
	if len(seen) != 81 || proved < 300 {
		t.Errorf("%d rows and %d proofs", len(seen), proved)
	}
}

// provenRow is what was seen of one system.
type provenRow struct {
	plugin  string
	outcome core.Outcome
	proved  map[string]int // records found, by kind of identifier
}

func (r provenRow) keys() string {
	var out []string
	for kind, n := range r.proved {
		out = append(out, fmt.Sprintf("%s %d", kind, n))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// proveKeys makes the world of an organisation, answers the request of a lead,
// and asks each system by each of its keys alone.
func proveKeys(t *testing.T, org *generate.Organisation) map[string]provenRow {
	dir := t.TempDir()
	options := demoOptions{seed: 31, people: 400, servers: true}
	world, stop, err := makeWorld(t.Context(), dir, org, options)
	if errors.Is(err, servers.ErrMissing) && os.Getenv("SINUSTA_REQUIRE_SERVERS") != "1" {
		stop()
		options.servers = false
		world, stop, err = makeWorld(t.Context(), dir, org, options)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	home := filepath.Join(dir, "home")
	if err := app.InitWith(t.Context(), home, org.Catalogue, world.sources); err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), home, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(context.Background())
	out := outcomesOf(t, a, world)
	planted := plantedKeys(t, filepath.Join(dir, "world", "truth.jsonl"))
	for _, system := range a.Catalogue.Systems {
		if entry, ok := a.Sources.Entries[system.ID]; ok {
			row := out[system.ID]
			found := findPlanted(t, a, org, system.ID, planted[system.ID])
			row.plugin, row.proved = entry.Plugin, found.of()
			out[system.ID] = row
			for _, sub := range system.SubRegisters {
				if slices.ContainsFunc(sub.Types, func(typ string) bool { return found.types[typ] }) { // else they are parts of records
					row.proved = found.of(sub.Types...)
					out[sub.ID] = row
				}
			}
		}
	}
	return out
}

// outcomesOf answers the request of the world's subject.
func outcomesOf(t *testing.T, a *app.App, world *demoWorld) map[string]provenRow {
	t.Helper()
	request, err := app.ReadIntake("intake", []byte(world.intake), a.Catalogue, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	file, err := a.NewRequest(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.Run(t.Context(), file, false, func(access.Update) {})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]provenRow{}
	for _, c := range answer.Coverage {
		out[c.System] = provenRow{outcome: c.Outcome}
		if c.Outcome == core.Partial || c.Outcome == core.SearchFailed {
			for _, p := range c.Problems {
				t.Logf("%s: %s", c.System, p.Message)
			}
		}
	}
	return out
}

// plantedKey is a key with the record that it finds.
type plantedKey struct {
	generate.Key
	ref string
}

// plantedKeys reads the keys from the truth, by system.
func plantedKeys(t *testing.T, truth string) map[string][]plantedKey {
	t.Helper()
	f, err := os.Open(truth)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, count := map[string][]plantedKey{}, map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			System, Ref string
			FoundBy     []generate.Key `json:"found_by"`
			Stratum     []string
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		for _, k := range line.FoundBy {
			typ, _, _ := strings.Cut(line.Ref, "/")
			n := line.System + " " + typ + " " + k.Kind
			if slices.Contains(line.Stratum, "name-in-text") {
				n += " in text" // proved apart: another way of searching
			}
			if count[n] < keysPerKind {
				count[n]++
				out[line.System] = append(out[line.System], plantedKey{k, line.Ref})
			}
		}
	}
	return out
}

// proofs are the kinds of identifier by which records were found, by the
// record's type. types are those of all planted records.
type proofs struct {
	kinds map[[2]string]int
	types map[string]bool
}

// of counts the records of some types by kind, those of all if it is given none.
func (p proofs) of(types ...string) map[string]int {
	out := map[string]int{}
	for k, n := range p.kinds {
		if len(types) == 0 || slices.Contains(types, k[0]) {
			out[k[1]] += n
		}
	}
	return out
}

// findPlanted asks the system by each key alone and gives what was found.
func findPlanted(t *testing.T, a *app.App, org *generate.Organisation, system string, keys []plantedKey) proofs {
	t.Helper()
	session, err := a.Start(t.Context(), system)
	if err != nil {
		t.Errorf("%s: %v", system, err)
		return proofs{}
	}
	defer session.Close(context.Background())
	found := proofs{map[[2]string]int{}, map[string]bool{}}
	entry, _ := a.Catalogue.System(system)
	for _, k := range keys {
		if !slices.ContainsFunc(entry.SearchKeys, func(key catalogue.SearchKey) bool { return string(key.Kind) == k.Kind }) {
			continue // it stands in the record, and the system cannot be searched by it
		}
		typ, _, _ := strings.Cut(k.ref, "/")
		found.types[typ] = true
		sets := askedWith(t, a, org, system, k.Key)
		if len(sets) == 0 {
			t.Errorf("%s: the plan asks nothing by %s", system, k.Kind)
			continue
		}
		var refs []string
		done, err := session.Search(t.Context(), core.Query{Request: "r-proof", AnyOf: sets}, func(e core.Event) error {
			for _, r := range e.Records {
				refs = append(refs, r.Ref)
			}
			return nil
		})
		if err != nil || done == nil {
			t.Errorf("%s: ask by %s: %v", system, k.Kind, err)
			return found
		}
		if !slices.Contains(refs, k.ref) {
			t.Errorf("%s: %s is not found by its %s; %d others are: %v", system, k.ref, k.Kind, len(refs), refs[:min(3, len(refs))])
			continue
		}
		found.kinds[[2]string{typ, k.Kind}]++
	}
	return found
}

// askedWith gives what the plan asks a system about somebody of whom nothing
// but the key is known. A name alone is no key: it comes with an address that
// stands nowhere.
func askedWith(t *testing.T, a *app.App, org *generate.Organisation, system string, k generate.Key) []core.KeySet {
	t.Helper()
	in := generate.Intake{Language: "fi", Identifiers: []generate.Identifier{{Kind: k.Kind, Issuer: k.Issuer, Value: k.Value, SoleTrader: k.Kind == string(core.BusinessID)}}}
	if k.Kind == string(core.Name) {
		in.Identifiers = append(in.Identifiers, generate.Identifier{Kind: string(core.Email), Value: "nobody@nowhere.example"})
	}
	text, err := intakeOf(org, in)
	if err != nil {
		t.Fatal(err)
	}
	request, err := app.ReadIntake("intake", []byte(text), a.Catalogue, time.Now())
	if err != nil {
		t.Errorf("%s: a person known by %s alone: %v", system, k.Kind, err)
		return nil
	}
	plan, err := access.MakePlan(request, a.Catalogue, a.Wiring(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range plan.Tasks {
		if task.System == system {
			return task.AnyOf
		}
	}
	return nil
}
