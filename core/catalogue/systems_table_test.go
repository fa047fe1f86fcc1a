package catalogue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/fixtures"
)

// organisations are the folders of the seed organisations in fixtures, by the
// letter that the ids of their systems begin with.
var organisations = map[string]string{"V": "valtori", "K": "teservice", "P": "palkkaturva", "T": "teoffices", "H": "hameenlinna"}

// namedElsewhere says where a row that is no system is named all the same: in
// a finding of lint, or among the recipients of another system.
var namedElsewhere = map[string]string{"V1.6": `"Kundregistret" is named in a secrecy clause`, "H6": "Ohjaamo Stage Hämeenlinna"}

// tableLevels says which level of the table is written otherwise in an entry.
var tableLevels = map[string]catalogue.Level{"derived": catalogue.LevelStatistics}

// Every row of the table of systems has its entry, of the same kind, with its
// search keys, and the outcome that the row tells.
func TestEveryRowOfTheTableHasItsEntry(t *testing.T) {
	table, err := fixtures.SystemKeys()
	if err != nil {
		t.Fatal(err)
	}
	catalogues := map[string]*catalogue.Catalogue{}
	for letter, folder := range organisations {
		c, err := catalogue.Load("../../fixtures/" + folder)
		if err != nil {
			t.Fatal(err)
		}
		catalogues[letter] = c
	}
	rows := map[string][]fixtures.SystemKey{}
	var ids []string
	for _, k := range table {
		if len(rows[k.ID]) == 0 {
			ids = append(ids, k.ID)
		}
		rows[k.ID] = append(rows[k.ID], k)
	}
	if len(ids) != 81 {
		t.Fatalf("the table has %d rows, want 81", len(ids))
	}
	var printed strings.Builder
	w := tabwriter.NewWriter(&printed, 0, 0, 2, ' ', 0)
	for _, id := range ids {
		c := catalogues[id[:1]]
		if c == nil {
			t.Fatalf("%s is of no organisation that the test knows", id)
		}
		for _, fault := range rowFaults(c, rows[id]) {
			t.Errorf("%s: %s", id, fault)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", id, rows[id][0].Kind, rows[id][0].Expected, strings.Join(identifiers(rows[id]), " "))
	}
	_ = w.Flush() // into memory
	t.Log("row, kind, expected outcome, keys\n" + printed.String())
	for _, c := range catalogues {
		for _, s := range slices.Concat(c.Stores, c.Systems) {
			if len(rows[s.ID]) == 0 && s.Origin != catalogue.OriginAssumed && s.Origin != catalogue.OriginDerived {
				t.Errorf("%s of %s is %s, and no row of the table is it", s.ID, c.Organisation.ID, s.Origin)
			}
		}
	}
}

// identifiers gives the kinds of identifier that the keys of a row are.
func identifiers(row []fixtures.SystemKey) []string {
	var out []string
	for _, k := range row {
		if k.Identifier != fixtures.NotAPersonKey && !slices.Contains(out, k.Identifier) {
			out = append(out, k.Identifier)
		}
	}
	return out
}

// rowFaults holds the entry of a row against the row, which stands in the
// table once for each of its keys.
func rowFaults(c *catalogue.Catalogue, row []fixtures.SystemKey) []string {
	first := row[0]
	var out []string
	for _, k := range row {
		if k.Expected != first.Expected {
			out = append(out, fmt.Sprintf("is expected to be %s and %s", first.Expected, k.Expected))
		}
	}
	entry, found := c.Entry(first.ID)
	switch first.Expected {
	case fixtures.LintFinding, fixtures.RecipientOnly:
		return append(out, noSystemFaults(c, first, found)...)
	case fixtures.Container:
		return append(out, faultUnless(found && entry.Level == catalogue.LevelStore, "is no store of the catalogue")...)
	}
	if !found {
		return append(out, "has no entry")
	}
	holder := entry // whose search and whose keys they are
	if len(entry.Types) > 0 {
		holder, _ = c.System(entry.Parent)
	}
	want := core.Outcome(first.Expected)
	if first.Expected == fixtures.Searched {
		want = ""
	} else if !slices.Contains(core.Outcomes(), want) {
		out = append(out, fmt.Sprintf("is expected to be %q, which is no outcome", want))
	}
	out = append(out, faultUnless(holder.Outcome == want, fmt.Sprintf("has the outcome %q, want %q", holder.Outcome, want))...)
	out = append(out, faultUnless(entry.Kind == first.Kind, fmt.Sprintf("is of the kind %s, want %s", entry.Kind, first.Kind))...)
	out = append(out, faultUnless(sameLevel(entry.Level, first.Level), fmt.Sprintf("is a %s, want %s", entry.Level, first.Level))...)
	for _, kind := range identifiers(row) {
		has := slices.ContainsFunc(slices.Concat(entry.SearchKeys, holder.SearchKeys), func(k catalogue.SearchKey) bool { return string(k.Kind) == kind })
		out = append(out, faultUnless(has, "has no search key "+kind)...)
	}
	return out
}

// sameLevel compares the level of an entry with that of a row. What is
// searched as a system by itself may be called a system.
func sameLevel(level catalogue.Level, row string) bool {
	if other, ok := tableLevels[row]; ok {
		return level == other
	}
	if row == string(catalogue.LevelSystem) {
		return level != catalogue.LevelStore && level != catalogue.LevelTransient && level != catalogue.LevelStatistics
	}
	return string(level) == row
}

// noSystemFaults looks at a row that is no system: it stands in no coverage,
// and is named where it belongs.
func noSystemFaults(c *catalogue.Catalogue, row fixtures.SystemKey, found bool) []string {
	out := faultUnless(!found, "is no system and has an entry, so that it would stand in the coverage")
	name := namedElsewhere[row.ID]
	if name == "" {
		return append(out, "is no system, and the test does not know where it is named")
	}
	named := false
	if row.Expected == fixtures.LintFinding {
		for _, f := range catalogue.LintAt(c, lintDay) {
			named = named || strings.Contains(f.Message, name)
		}
	}
	for _, s := range c.Systems {
		for _, r := range s.Recipients {
			named = named || row.Expected == fixtures.RecipientOnly && strings.Contains(r.FI, name)
		}
	}
	return append(out, faultUnless(named, fmt.Sprintf("%q is named nowhere", name))...)
}

func faultUnless(ok bool, fault string) []string {
	if ok {
		return nil
	}
	return []string{fault}
}
