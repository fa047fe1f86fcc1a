package audit

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Last gives what a reading of the whole log would give last.
func TestLastIsTheLastOfAll(t *testing.T) {
	l := open(t, newHome(t))
	fillLog(t, l, 3000) // many chunks
	var all []Entry
	for e, err := range l.Entries(t.Context(), Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	if info, err := os.Stat(entriesPath(l.home)); err != nil || info.Size() < 2*backwardChunk {
		t.Fatalf("the log is too small for the test: %v, %v", info.Size(), err)
	}
	rapid.Check(t, func(r *rapid.T) {
		filter := Filter{
			Request: rapid.SampledFrom([]string{"", "r0", "r1", "r2", "r9"}).Draw(r, "request"),
			Object:  rapid.SampledFrom([]string{"", "V0", "V6", "V9"}).Draw(r, "object"),
			To:      rapid.Int64Range(0, 3001).Draw(r, "to"),
		}
		var want *Entry
		for i := range all {
			if filter.passes(&all[i]) && (filter.To == 0 || all[i].Index < filter.To) {
				want = &all[i]
			}
		}
		got, ok, err := l.Last(t.Context(), filter)
		if err != nil || ok != (want != nil) || ok && got.Index != want.Index {
			r.Fatalf("%+v: entry %d, %t, %v; want %+v", filter, got.Index, ok, err, want)
		}
	})
}

func TestLastOfAChangedLog(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	if _, ok, err := l.Last(t.Context(), Filter{}); ok || err != nil {
		t.Errorf("an empty log: %t, %v", ok, err)
	}
	fillLog(t, l, 10)
	good := read(t, entriesPath(home))
	torn := append(bytes.Clone(good), `{"n":10,"key":"`...)
	write(t, entriesPath(home), torn)
	if e, ok, err := l.Last(t.Context(), Filter{}); !ok || err != nil || e.Index != 9 {
		t.Errorf("with a line that a crash left: %d, %t, %v", e.Index, ok, err)
	}
	write(t, entriesPath(home), bytes.Replace(good, []byte(`"keys":9`), []byte(`"keys":8`), 1))
	if _, _, err := l.Last(t.Context(), Filter{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("a changed entry: %v", err)
	}
	if e, ok, err := l.Last(t.Context(), Filter{Object: "V1"}); !ok || err != nil || e.Index != 8 {
		t.Errorf("an entry beside it: %d, %t, %v", e.Index, ok, err)
	}
}

// Before a request was opened nothing is looked for, unless that entry is not
// the one that was written.
func TestLastReadsBackToTheOpeningOfARequest(t *testing.T) {
	home := newHome(t)
	l := open(t, home)
	early, opening := entry(2), entry(5)
	early.Verb, opening.Verb, opening.Counts = CoverageWritten, RequestOpened, nil
	_, err := l.Append(t.Context(), early)
	must(t, err)
	_, err = l.Begin(t.Context(), opening)
	must(t, err)
	fillLog(t, l, 3)
	filter := Filter{Request: opening.Request, Verb: CoverageWritten}
	if _, ok, err := l.Last(t.Context(), filter); ok || err != nil {
		t.Errorf("found one before the opening: %v", err)
	}
	raw, err := os.ReadFile(entriesPath(home))
	must(t, err)
	changed := bytes.Replace(raw, []byte(`"object":"V5"`), []byte(`"object":"V7"`), 1)
	must(t, os.WriteFile(entriesPath(home), changed, 0o600))
	if _, ok, err := l.Last(t.Context(), filter); !ok || err != nil || bytes.Equal(raw, changed) {
		t.Errorf("an opening that somebody changed ended the search: %t, %v", ok, err)
	}
}

func TestEntriesThatBelongTogether(t *testing.T) {
	l := open(t, newHome(t))
	if err := l.AppendAll(t.Context(), entry(1), entry(2), Entry{Verb: "no such"}); !errors.Is(err, ErrInvalid) {
		t.Errorf("%v, want ErrInvalid", err)
	}
	if err := l.AppendAll(t.Context(), manyEntries(batchSize-maxLater+1)...); !errors.Is(err, ErrInvalid) {
		t.Errorf("%v, want ErrInvalid", err)
	}
	if n, err := l.Len(); n != 0 || err != nil {
		t.Fatalf("%d entries, %v: all or none", n, err)
	}
	many := manyEntries(batchSize - maxLater)
	if err := errors.Join(l.AppendAll(t.Context()), l.AppendAll(t.Context(), many...), l.AppendAll(t.Context(), entry(1), entry(2))); err != nil {
		t.Fatal(err)
	}
	if res := verified(t, l.home, nil); res.Entries != int64(len(many))+2 {
		t.Errorf("%+v", res)
	}
}

func manyEntries(n int) []Entry {
	many := make([]Entry, n)
	for i := range many {
		many[i] = entry(i)
	}
	return many
}

func TestActorIsTheOfficialBehindTheAccount(t *testing.T) {
	l := open(t, newHome(t))
	last := func(e Entry) Entry {
		t.Helper()
		if _, err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		got, _, err := l.Last(t.Context(), Filter{})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if e := last(Entry{Verb: SearchMade, Account: "forged"}); e.Actor != l.Account() || e.Account != l.Account() || e.Role != "" || l.Account() == "" {
		t.Errorf("%+v", e)
	}
	if err := l.ActAs("Registry clerk", "handler"); err != nil {
		t.Fatal(err)
	}
	if e := last(Entry{Verb: SearchMade}); e.Actor != "Registry clerk" || e.Account != l.Account() || e.Role != "handler" {
		t.Errorf("%+v", e)
	}
	if e := last(Entry{Verb: SearchMade, Actor: "Somebody of the web"}); e.Actor != "Somebody of the web" || e.Account != l.Account() {
		t.Errorf("%+v", e)
	}
	for _, wrong := range [][2]string{{"", ""}, {"a\nb", ""}, {"010190-999C", ""}, {"Clerk", "a b"}, {"Clerk", RoleSystem}, {strings.Repeat("x", maxActor+1), ""}} {
		if err := l.ActAs(wrong[0], wrong[1]); !errors.Is(err, ErrInvalid) || wrong[0] == "010190-999C" && strings.Contains(err.Error(), wrong[0]) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	n := 0
	for _, err := range l.Entries(t.Context(), Filter{Actor: l.Account()}) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 3 {
		t.Errorf("%d entries of the account, want 3", n)
	}
}
