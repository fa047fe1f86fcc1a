package sqlsource

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
)

// titles gives the title of each record by its ref.
func titles(h *heard) map[string]string {
	out := map[string]string{}
	for _, r := range h.records {
		v, _ := core.First(r.Fields, "title")
		out[r.Ref] = v.Text
	}
	return out
}

func wantShared(t *testing.T, h *heard) {
	t.Helper()
	if len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || h.notices[0].ConfigPath != "types.ticket.key" {
		t.Errorf("notices = %+v", h.notices)
	}
}

func TestKeysOfTwoTypesAreTwoRecords(t *testing.T) {
	c := makeSQLite(t, "CREATE TABLE v (k PRIMARY KEY, val TEXT, mail TEXT)",
		"INSERT INTO v VALUES (1, 'number', 'm@example.fi'), ('1', 'text', 'm@example.fi'), (x'31', 'bytes', 'm@example.fi'), ('01', 'other', 'm@example.fi'), (1.5, 'real', 'm@example.fi'), ('1.5', 'text of real', 'x@example.fi')")
	i := mustOpen(t, mapping(t, c, oneField), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h, "ticket/1", "ticket/1.5", "ticket/01", "ticket/1;text", "ticket/1;bytes")
	wantShared(t, h)
	got := titles(h)
	for ref, title := range map[string]string{"ticket/1": "number", "ticket/1;text": "text", "ticket/1;bytes": "bytes", "ticket/1.5": "real"} {
		if got[ref] != title {
			t.Errorf("%s is %q", ref, got[ref])
		}
	}
	// The ref is the same whichever of the rows are hits.
	h = ask(t, i, one(id(t, core.Email, "x@example.fi")))
	wantRefs(t, h, "ticket/1.5;text")
	wantShared(t, h)
}

func TestKeysOfTwoTypesInSeveralColumns(t *testing.T) {
	c := makeSQLite(t, "CREATE TABLE v (a, b, val TEXT, mail TEXT, PRIMARY KEY (a, b))",
		"INSERT INTO v VALUES (1, '1', 'a', 'm@example.fi'), ('1', 1, 'b', 'm@example.fi'), (2, 1, 'c', 'm@example.fi'), ('1;text', 2, 'd', 'm@example.fi')")
	i := mustOpen(t, mapping(t, c, strings.Replace(oneField, "[k]", "[a, b]", 1)), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h, "ticket/1/1;text", "ticket/2/1", "ticket/1;text/1", "ticket/1%3Btext/2")
}

func TestMoreKeysOfTwoTypesThanAChunk(t *testing.T) {
	var rows []string
	for n := range chunk + 10 {
		rows = append(rows, fmt.Sprintf("(%d, 'number', 'm@example.fi'), ('%d', 'text', 'm@example.fi')", n, n))
	}
	i := mustOpen(t, mapping(t, makeSQLite(t, "CREATE TABLE v (k PRIMARY KEY, val TEXT, mail TEXT)", "INSERT INTO v VALUES "+strings.Join(rows, ", ")), oneField), "ticketing")
	key := one(id(t, core.Email, "m@example.fi"))
	h := ask(t, i, key)
	got := titles(h)
	if len(h.records) != len(got) || len(got) != 2*len(rows) || len(rows) == 0 {
		t.Fatalf("%d records with %d refs", len(h.records), len(got))
	}
	for ref, title := range got {
		if strings.HasSuffix(ref, ";text") != (title == "text") {
			t.Errorf("%s is a %s", ref, title)
		}
	}
	for x, c := range h.checkpoints {
		q := query(key)
		q.Resume = c
		rest := &heard{}
		if err := i.search(t.Context(), q, rest); err != nil {
			t.Fatal(err)
		}
		if want := h.refs()[h.after[x]:]; !slices.Equal(rest.refs(), want) {
			t.Errorf("after checkpoint %d: %d records, want %d", x, len(rest.records), len(want))
		}
	}
}

const sharedKeysWithComments = `
types:
  ticket:
    table: v
    key: [k]
    fields: {title: val}
    parties:
      - {slot: requester, fields: {email: mail}}
      - {slot: affected, table: person, join: {k: k}, fields: {email: mail}}
    parts:
      - {type: comment, table: c, join: {k: k}, key: [id], fields: {text: body}, parties: [{slot: commenter, table: author, join: {id: id}, fields: {email: mail}}]}
`

func TestRowsThatShareAKeyAreTold(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := d.make(t, "CREATE TABLE v (k TEXT, val TEXT, mail TEXT)",
			"INSERT INTO v VALUES ('1', 'a', 'm@example.fi'), ('1', 'b', 'other@example.fi'), ('1', 'c', 'm@example.fi'), ('2', 'd', 'm@example.fi'), ('3', 'e', 'm@example.fi'), ('3', 'e', 'm@example.fi')")
		i := mustOpen(t, mapping(t, c, oneField), "ticketing")
		h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
		wantRefs(t, h, "ticket/1", "ticket/1;3", "ticket/2", "ticket/3")
		wantShared(t, h)
		if got := titles(h); got["ticket/1"] != "a" || got["ticket/1;3"] != "c" || got["ticket/2"] != "d" {
			t.Errorf("titles = %v", got)
		}
		h = ask(t, i, one(id(t, core.Email, "none@example.fi")))
		if wantRefs(t, h); len(h.notices) != 0 {
			t.Errorf("notices = %+v", h.notices)
		}
	})
}

func TestWhatHangsOnASharedKeyIsMixedIntoNoRecord(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := d.make(t, "CREATE TABLE v (k TEXT, val TEXT, mail TEXT)", "CREATE TABLE person (k TEXT, mail TEXT)", "CREATE TABLE c (id INTEGER, k TEXT, body TEXT)", "CREATE TABLE author (id INTEGER, mail TEXT)",
			"INSERT INTO v VALUES ('1', 'a', 'm@example.fi'), ('1', 'b', 'other@example.fi'), ('2', 'd', 'm@example.fi')",
			"INSERT INTO person VALUES ('1', 'third@example.fi'), ('2', 'fourth@example.fi')",
			"INSERT INTO c VALUES (1, '1', 'of one'), (2, '2', 'of two'), (3, '2', 'one'), (3, '2', 'another')",
			"INSERT INTO author VALUES (2, 'second@example.fi'), (3, 'author@example.fi')")
		i := mustOpen(t, mapping(t, c, sharedKeysWithComments), "ticketing")
		h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
		wantRefs(t, h, "ticket/1", "ticket/2")
		if len(h.notices) != 2 || h.notices[0].ConfigPath != "types.ticket.key" || h.notices[1].ConfigPath != "types.ticket.parts[0].key" {
			t.Errorf("notices = %+v", h.notices)
		}
		first, second := h.records[0], h.records[1]
		if len(first.Parties) != 1 || len(first.Parts) != 0 {
			t.Errorf("mixed: %d parties, %d parts", len(first.Parties), len(first.Parts))
		}
		var got []string
		for _, p := range second.Parts {
			v, _ := core.First(p.Fields, "text")
			got = append(got, fmt.Sprintf("%s %s %d", p.Ref, v.Text, len(p.Parties)))
		}
		if want := []string{"comment/2 of two 1", "comment/3 another 0", "comment/3;2 one 0"}; !slices.Equal(got, want) || len(second.Parties) != 2 {
			t.Errorf("parts = %q, want %q", got, want)
		}
		// A person who stands only in what was left out is told, not missed.
		h = ask(t, i, one(id(t, core.Email, "third@example.fi")))
		if wantRefs(t, h); len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial {
			t.Errorf("notices = %+v", h.notices)
		}
	})
}

func TestWhatHangsOnANumberAndATextIsMixedIntoNoRecord(t *testing.T) {
	c := makeSQLite(t, "CREATE TABLE v (k PRIMARY KEY, val TEXT, mail TEXT)", "CREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT, body TEXT)", "CREATE TABLE person (k, mail TEXT)", "CREATE TABLE author (id INTEGER, mail TEXT)",
		"INSERT INTO v VALUES (1, 'mine', 'm@example.fi'), ('1', 'yours', 'other@example.fi')", "INSERT INTO c VALUES (1, '1', 'whose?')")
	i := mustOpen(t, mapping(t, c, sharedKeysWithComments), "ticketing")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h, "ticket/1")
	wantShared(t, h)
	if len(h.records[0].Parts) != 0 {
		t.Error("a comment of two records stands in one")
	}
}

// TestRefsOfDifferentKeysDiffer draws keys that read alike and holds that
// refs, ids and order tell them apart.
func TestRefsOfDifferentKeysDiffer(t *testing.T) {
	texts := []string{"1", "31", "1.5", "a", "61", "", ";text", "1;2", "\x00", "é", "\xff"}
	part := rapid.Custom(func(r *rapid.T) keyPart {
		switch typ := rapid.SampledFrom([]keyType{keyInteger, keyReal, keyText, keyBytes}).Draw(r, "type"); typ {
		case keyInteger:
			return keyPart{Type: typ, Number: rapid.SampledFrom([]int64{1, 31, 61}).Draw(r, "number")}
		case keyReal:
			return keyPart{Type: typ, Text: []byte(realText(rapid.SampledFrom([]float64{1, 1.5}).Draw(r, "real")))}
		default:
			return keyPart{Type: typ, Text: []byte(rapid.SampledFrom(texts).Draw(r, "text"))}
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		width := rapid.IntRange(1, 2).Draw(r, "width")
		groups, drawn := map[string][]key{}, map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(r, "keys") {
			k := key(rapid.SliceOfN(part, width, width).Draw(r, "key"))
			if !drawn[k.id()] {
				drawn[k.id()] = true
				groups[k.ref("t")] = append(groups[k.ref("t")], k)
			}
		}
		seen := map[string]bool{}
		for _, keys := range groups {
			slices.SortFunc(keys, key.compare)
			for i, ref := range refsOf("t", keys) {
				if seen[ref] {
					r.Fatalf("two keys have the ref %s", ref)
				}
				seen[ref] = true
				if i > 0 && keys[i-1].compare(keys[i]) >= 0 {
					r.Fatalf("keys have no order: %q %q", keys[i-1].id(), keys[i].id())
				}
			}
		}
	})
}
