package filessource

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
)

const person = "personal-identity-code"

// aged makes every file of the share old enough for its times to prove that it
// did not change.
func (s *share) aged() {
	s.t.Helper()
	_, _, _, proves := identityOf(s.stat("."))
	if !proves {
		s.t.Skip("this system does not tell when a file changed")
	}
	time.Sleep(settled + 200*time.Millisecond)
}

func (s *share) stat(name string) fs.FileInfo {
	s.t.Helper()
	info, err := os.Stat(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return info
}

// A file that came, changed, moved or went since the last search is answered
// as it is now, also when somebody set its times back.
func TestChangesAreSeenAtOnce(t *testing.T) {
	s := newShare(t)
	q := by(t, person, "010190-900P")
	s.write("pysyy.txt", "tunnus 010190-900P")
	kept := s.write("muuttuu.txt", "tunnus 010190-901R")
	s.write("poistuu.txt", "tunnus 010190-900P")
	s.write("siirtyy.txt", "tunnus 010190-900P")
	s.finds(q, "poistuu.txt", "pysyy.txt", "siirtyy.txt")
	s.aged()
	s.finds(q, "poistuu.txt", "pysyy.txt", "siirtyy.txt") // now its times count
	before := s.stat("muuttuu.txt")
	s.write("muuttuu.txt", "tunnus 010190-900P") // as long as it was
	if err := os.Chtimes(kept, before.ModTime(), before.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(s.dir, "poistuu.txt")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(s.dir, "siirtyy.txt"), filepath.Join(s.dir, "siirtyi.txt")); err != nil {
		t.Fatal(err)
	}
	s.write("uusi.txt", "tunnus 010190-900P")
	s.finds(q, "muuttuu.txt", "pysyy.txt", "siirtyi.txt", "uusi.txt")
	s.open()
	s.finds(q, "muuttuu.txt", "pysyy.txt", "siirtyi.txt", "uusi.txt")
	s.write("uusi.txt", "ei mitään")
	s.finds(q, "muuttuu.txt", "pysyy.txt", "siirtyi.txt")
	// What is gone is in no file of the index.
	if left := len(s.standing.current.entries); left != 4 {
		t.Errorf("the index knows %d files, want 4", left)
	}
	list, err := os.ReadDir(s.index)
	if err != nil || len(list) != 3 {
		t.Errorf("the folder of the index holds %v, want one generation, its name and the lock", list)
	}
}

// Files that did not change are not read again: what the index rules out is
// not opened.
func TestWhatDidNotChangeIsNotRead(t *testing.T) {
	s := newShare(t)
	for n := range 20 {
		s.write(fmt.Sprintf("t%02d.txt", n), fmt.Sprintf("tunnus %d", n))
	}
	s.write("osuma.txt", "tunnus 010190-900P")
	s.aged()
	q := by(t, person, "010190-900P")
	s.finds(q, "osuma.txt")
	g, err := s.standing.use(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.standing.release(g)
	list, err := s.list(t.Context(), func(uint64) {})
	if err != nil {
		t.Fatal(err)
	}
	a := &searching{instance: s.instance, told: newTally(), learned: &changes{}, question: question(t, q)}
	tasks, err := a.tasks(t.Context(), list, g)
	if err != nil || len(tasks) != 1 || tasks[0].rel != "osuma.txt" {
		t.Errorf("%d files would be read: %v", len(tasks), err)
	}
}

// Whatever becomes of the files of the index, the answer is the same, and the
// index is sound again afterwards.
func TestADamagedIndexLosesNothing(t *testing.T) {
	s := newShare(t)
	q := by(t, person, "010190-900P")
	s.write("osuma.txt", "tunnus 010190-900P")
	for n := range 50 {
		s.write(fmt.Sprintf("muu%d.txt", n), strings.Repeat(fmt.Sprintf("sana%d ", n), 50))
	}
	s.finds(q, "osuma.txt")
	files := func() []string {
		var out []string
		err := filepath.WalkDir(s.index, func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				out = append(out, path)
			}
			return err
		})
		if err != nil || len(out) < 4 {
			t.Fatalf("the index has %d files: %v", len(out), err)
		}
		return out
	}
	for n := range files() {
		for name, damage := range map[string]func([]byte) []byte{
			"flipped": func(b []byte) []byte { b[len(b)/2] ^= 0x40; return b },
			"cut":     func(b []byte) []byte { return b[:len(b)/2] },
			"emptied": func([]byte) []byte { return nil },
		} {
			all := files()
			path := all[min(n, len(all)-1)] // an index that was rebuilt need not have as many
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(data) == 0 {
				continue // such as a lock
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			s.open()
			t.Log(name, filepath.Base(path))
			s.finds(q, "osuma.txt")
			if generations, err := os.ReadDir(s.index); err != nil || len(generations) != 3 {
				t.Errorf("%s %s: what was damaged is left: %v", name, filepath.Base(path), generations)
			}
			if g, err := s.standing.use(t.Context()); err != nil {
				t.Errorf("%s %s: the index is not sound again: %v", name, filepath.Base(path), err)
			} else {
				s.standing.release(g)
			}
		}
	}
	s.open(func(c *Config) { c.Key = "another key of the same length, or about that" })
	s.finds(q, "osuma.txt")
	if err := os.RemoveAll(s.index); err != nil {
		t.Fatal(err)
	}
	s.open()
	s.finds(q, "osuma.txt")
}

// Nothing of the files can be read on the disk: no text, no name of a file.
func TestTheIndexHoldsNothingInClear(t *testing.T) {
	s := newShare(t)
	s.write("Salainenpolku/Kuusikkoniemi_Reijo.txt", "Potilaan tunnus 010190-900P, hapsiainen saarrostaja, reijo.kuusikkoniemi@example.fi")
	s.write("muu.txt", "lisää hapsiainenkin")
	s.finds(by(t, person, "010190-900P"), "Salainenpolku%2FKuusikkoniemi_Reijo.txt")
	s.write("kolmas.txt", "vielä tyynenmeren saarrostaja")
	s.finds(by(t, person, "010190-900P"), "Salainenpolku%2FKuusikkoniemi_Reijo.txt")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	looked := 0
	err := filepath.WalkDir(s.index, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		for _, word := range []string{"Kuusikko", "kuusikko", "Salainen", "salainen"} {
			if strings.Contains(path, word) {
				t.Errorf("the name %s holds %s", path, word)
			}
		}
		if e.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		looked++
		for _, word := range []string{"kuusikkoniemi", "Kuusikkoniemi", "Salainenpolku", "hapsiainen", "saarrosta", "010190", "example.fi", "tyynenmeren", s.dir, ".txt"} {
			if bytes.Contains(data, []byte(word)) {
				t.Errorf("%s holds %q", filepath.Base(path), word)
			}
		}
		return err
	})
	if err != nil || looked < 4 {
		t.Fatalf("looked at %d files: %v", looked, err)
	}
}

// With the index and without, the same people are found in the same files.
func TestTheIndexFindsWhatReadingFinds(t *testing.T) {
	s := newShare(t)
	r := rand.New(rand.NewPCG(5, 7))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	names := [][2]string{{"Maija", "Mäkinen"}, {"Anna-Liisa", "von Essen"}, {"Åke", "Söderström-Niemi"}, {"Pekka", "Ranta"}, {"Reijo", "Lahti"}}
	for n := range 150 {
		var b strings.Builder
		for range 1 + r.IntN(4) {
			p := names[r.IntN(len(names))]
			given, family := p[0], p[1]
			switch r.IntN(6) {
			case 0:
				family = strings.ToUpper(family)
			case 1:
				family += pick("n", "lle", "s", "in", "kin")
			case 2:
				given = given[:1] + "."
			case 3:
				family = strings.NewReplacer("ä", "a", "ö", "o", "Å", "A").Replace(family)
			case 4:
				family = strings.NewReplacer("ä", "a\u0308", "ö", "o\u0308").Replace(family)
			}
			if r.IntN(2) == 0 {
				given, family = family+pick(",", "", ";"), given
			}
			b.WriteString(pick("Asia: ", "soitti ", "- ") + given + pick(" ", "\t", " \u00ad", "\n") + family + pick(". ", "\n", " ja "))
			b.WriteString(pick("010190-900P ", "010190 900P ", "01019090 0P ", "+358 40 7654321 ", "(040) 765 43 21\n", "maija@example.fi, ", "<MAIJA@EXAMPLE.FI>", "VALTORI/12/2024 ", "INC0012345 ", "FI21 1234 5600 0007 85 ", "1234567-1 "))
		}
		s.write(fmt.Sprintf("k%d/%03d.%s", n%7, n, pick("txt", "csv", "html")), b.String())
	}
	plain := &share{t: t, dir: s.dir, index: s.index}
	plain.open(plainScan)
	var queries []core.Query
	for _, p := range names {
		queries = append(queries, by(t, "name", p[1]+", "+p[0]))
	}
	for _, p := range [][2]string{{person, "010190-900P"}, {"phone", "040 7654321"}, {"email", "maija@example.fi"}, {"diary-number", "VALTORI/12/2024"},
		{"ticket-number", "INC0012345"}, {"iban", "FI21 1234 5600 0007 85"}} {
		queries = append(queries, by(t, p[0], p[1]))
	}
	queries = append(queries, by(t, "name", "Mäkinen, Maija", "date-of-birth", "1990-01-01"))
	s.ask(queries[0])
	found := 0
	for _, q := range queries {
		want, got := plain.ask(q), s.ask(q)
		if !slices.Equal(got.refs(), want.refs()) {
			t.Errorf("%v: the index finds %d, reading %d", q.Kinds(), len(got.refs()), len(want.refs()))
		}
		found += len(want.refs())
	}
	if found < 100 {
		t.Errorf("only %d hits were compared", found)
	}
}

// Searches go on while another one writes the index anew.
func TestSearchesGoOnWhileTheIndexChanges(t *testing.T) {
	s := newShare(t)
	q := by(t, person, "010190-900P")
	for n := range 30 {
		s.write(fmt.Sprintf("a%02d.txt", n), "tunnus 010190-900P")
	}
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for round := range 5 {
				if worker == 0 {
					s.write(fmt.Sprintf("z%d.txt", round), "muuta")
				}
				a := &given{}
				if err := s.search(t.Context(), q, a); err != nil || len(a.records) != 30 {
					t.Errorf("%d records: %v", len(a.records), err)
				}
			}
		})
	}
	group.Wait()
}

// A search that is broken off leaves an index that can be used.
func TestABrokenOffSearchLeavesASoundIndex(t *testing.T) {
	s := newShare(t)
	q := by(t, person, "010190-900P")
	for n := range 60 {
		s.write(fmt.Sprintf("a%02d.txt", n), strings.Repeat("tunnus 010190-900P ", 300))
	}
	for n := range 6 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+n*15)*time.Millisecond)
		_ = s.search(ctx, q, &given{})
		cancel()
	}
	if a := s.ask(q); len(a.records) != 60 {
		t.Errorf("found %d of 60", len(a.records))
	}
}

// sharers are how many processes share an index in the test below, and rounds
// how often each of them changes the share and searches.
const (
	sharers = 3
	rounds  = 8
)

// TestShareAnIndex is what each of those processes does.
func TestShareAnIndex(t *testing.T) {
	me := os.Getenv("SINUSTA_TEST_SHARER")
	if me == "" {
		t.Skip("a part of TestProcessesShareAnIndex")
	}
	s := &share{t: t, dir: os.Getenv("SINUSTA_TEST_SHARE"), index: os.Getenv("SINUSTA_TEST_INDEX")}
	s.open()
	for round := range rounds {
		s.write(fmt.Sprintf("%s-%d.txt", me, round), "tunnus 010190-900P")
		if a := s.ask(by(t, person, "010190-900P")); len(a.records) <= round || len(a.notices) > 0 {
			t.Errorf("%d records in round %d, told %v", len(a.records), round, a.notices)
		}
	}
}

// Processes that search and write one index at the same time find everything,
// and none damages or loses what another has written.
func TestProcessesShareAnIndex(t *testing.T) {
	s := newShare(t)
	s.write("alku.txt", "tunnus 010190-900P")
	var group sync.WaitGroup
	for n := range sharers {
		group.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestShareAnIndex$", "-test.count=1")
			cmd.Env = append(os.Environ(), fmt.Sprintf("SINUSTA_TEST_SHARER=p%d", n), "SINUSTA_TEST_SHARE="+s.dir, "SINUSTA_TEST_INDEX="+s.index)
			if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("PASS")) {
				t.Errorf("process %d: %v\n%s", n, err, out)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	g, err := s.standing.use(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(g.entries), 1+sharers*rounds; got != want {
		t.Errorf("the index knows %d files, want %d", got, want)
	}
	s.standing.release(g)
	if a := s.ask(by(t, person, "010190-900P")); len(a.records) != 1+sharers*rounds {
		t.Errorf("%d records", len(a.records))
	}
}
