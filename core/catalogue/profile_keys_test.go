package catalogue_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/fixtures"
)

// Every search key of every system that the seed documents name is either an
// identifier that the profile of its kind has a place for, or no key to a
// person, with a reason.
func TestEverySearchKeyOfTheSeedsHasAField(t *testing.T) {
	keys, err := fixtures.SystemKeys()
	if err != nil {
		t.Fatal(err)
	}
	// What a store says of all its systems is looked for in each of them.
	kinds := map[string][]string{}
	for _, k := range keys {
		kinds[k.ID] = append(kinds[k.ID], k.Kind)
		if store, _, inStore := strings.Cut(k.ID, "."); inStore {
			kinds[store] = append(kinds[store], k.Kind)
		}
	}
	proved, others := 0, 0
	for _, k := range keys {
		of := []string{k.Kind}
		if k.Level == "store" {
			of = kinds[k.ID]
		}
		if k.Identifier == fixtures.NotAPersonKey {
			others++
			if k.Reason == "" {
				t.Errorf("%s: the key %q is none to a person, and nothing says why", k.ID, k.Key)
			}
			continue
		}
		proved++
		held := func(kind string) bool {
			p, err := catalogue.ProfileFor(kind)
			return err == nil && findable(p, core.Kind(k.Identifier))
		}
		if !slices.ContainsFunc(of, held) {
			t.Errorf("%s: the key %q is a %s, and no field of the profile %s holds one where it would be found", k.ID, k.Key, k.Identifier, k.Kind)
		}
	}
	if proved < 100 || others < 20 {
		t.Fatalf("%d keys looked for and %d that are none: the table is not whole", proved, others)
	}
	t.Logf("%d search keys have a field, %d are no key to a person", proved, others)
}

// findable tells whether a record can be found by an identifier of the kind:
// a number of the record and a time of contact stand in a field of the
// record, everything else beside somebody who may be the subject.
func findable(p *catalogue.Profile, kind core.Kind) bool {
	rule, known := identifier.Rule(kind)
	if !known {
		return false
	}
	holds := func(f catalogue.FieldProfile) bool { return f.Identifier == kind && f.Role != core.RoleThirdParty }
	var in func(t catalogue.RecordType) bool
	in = func(t catalogue.RecordType) bool {
		if rule.RecordKey || kind == core.TimeOfContact {
			return slices.ContainsFunc(t.Fields, holds)
		}
		return slices.ContainsFunc(t.Slots, func(s catalogue.Slot) bool { return s.Subject && slices.ContainsFunc(s.Fields, holds) }) ||
			slices.ContainsFunc(t.Parts, in)
	}
	return slices.ContainsFunc(p.Types, in)
}

// testdata/system-keys.tsv is a copy of three columns of the table of systems
// that was made from the seed documents.
func TestTheTableOfSearchKeysIsWhole(t *testing.T) {
	raw, err := os.ReadFile("testdata/system-keys.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(raw)), "\n")[1:]
	if len(rows) != 81 {
		t.Fatalf("the table of systems has %d rows, want 81", len(rows))
	}
	keys, err := fixtures.SystemKeys()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, row := range rows {
		c := strings.Split(row, "\t")
		id, kind := c[0], c[1]
		var want, got []string
		for key := range strings.SplitSeq(c[2], ";") {
			want = append(want, strings.TrimSpace(key))
			known[id] = true
		}
		for _, k := range keys {
			if k.ID == id && !slices.Contains(got, k.Key) {
				got = append(got, k.Key)
			}
			if k.ID == id && k.Kind != kind {
				t.Errorf("%s is of the kind %s, want %s", id, k.Kind, kind)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has the keys %q, want %q", id, got, want)
		}
	}
	for _, k := range keys {
		if !known[k.ID] {
			t.Errorf("%s is no row of the table of systems", k.ID)
		}
	}
}
