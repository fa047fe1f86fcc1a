package name

import (
	"cmp"
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The tables of data/ are made from the agency's files: go test ./core/name
// -run TestTables -update <folder of the CSV files>.
var update = flag.String("update", "", "folder of the source files to make data/surnames.txt and data/given.txt from")

// leastGiven is the least number of bearers of a given name in the table, as
// it is of surnames in the source.
const leastGiven = 20

func TestTables(t *testing.T) {
	if *update != "" {
		family := readCounts(t, filepath.Join(*update, "dvv-sukunimet.csv"))
		given := readCounts(t, filepath.Join(*update, "dvv-miehet-kaikki.csv"))
		for name, n := range readCounts(t, filepath.Join(*update, "dvv-naiset-kaikki.csv")) {
			given[name] += n
		}
		writeTable(t, "data/surnames.txt", family, 1)
		writeTable(t, "data/given.txt", given, leastGiven)
		t.Log("wrote data/surnames.txt and data/given.txt; run the test again")
		return
	}
	for _, c := range []struct {
		file, table string
		least       int
	}{{"surnames", surnames, 20000}, {"given", givenNames, 5000}} {
		lines := strings.Split(strings.TrimSuffix(c.table, "\n"), "\n")
		if len(lines) < c.least {
			t.Fatalf("%s: %d lines, want at least %d", c.file, len(lines), c.least)
		}
		last := ""
		for i, line := range lines {
			k := plain(key(nameOf(line)))
			if k < last {
				t.Fatalf("%s:%d: not sorted by plain key", c.file, i+1)
			}
			last = k
			if n := bearers(c.table, k); n < leastGiven {
				t.Fatalf("%s:%d: not found, or %d bearers", c.file, i+1, n)
			}
		}
	}
}

func TestLookupMisses(t *testing.T) {
	for _, k := range []string{"", "a", "zzzz", "makinenx", "makine", "\xff", "aaaaaa"} {
		if n := familyBearers(k); k != "a" && n != 0 {
			t.Errorf("%q: %d bearers", k, n)
		}
	}
	if n := bearers("", "makinen"); n != 0 {
		t.Errorf("empty table: %d", n)
	}
}

func TestFrequency(t *testing.T) {
	for _, c := range []struct {
		family string
		least  int
		ok     bool
	}{
		{"Korhonen", 20000, true},
		{"KORHONEN", 20000, true},
		{"Ma\u0308kinen", 15000, true},
		{"von Essen", 20, true},
		{"Makinen", 0, false}, // another spelling is another name
		{"Xqzwyinen", 0, false},
		{"", 0, false},
	} {
		n, ok := Frequency(c.family)
		if ok != c.ok || n < c.least {
			t.Errorf("Frequency(%q) = %d, %v", c.family, n, ok)
		}
	}
}

func readCounts(t *testing.T, file string) map[string]int {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(strings.ReplaceAll(row[1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		out[tidy(strings.TrimSpace(row[0]))] += n
	}
	return out
}

func writeTable(t *testing.T, file string, counts map[string]int, least int) {
	t.Helper()
	var names []string
	for name, n := range counts {
		if n >= least && len(key(name)) > 1 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(plain(key(a)), plain(key(b))), cmp.Compare(a, b))
	})
	var out strings.Builder
	for _, name := range names {
		out.WriteString(name + "\t" + strconv.Itoa(counts[name]) + "\n")
	}
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
