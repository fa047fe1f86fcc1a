package restsource

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// resumable is a service of pages by all ways, whose records are ordered by a
// number that only grows.
func resumable(all, size int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from := number(r, "from")
		if page := number(r, "page"); page > 0 {
			from = (page - 1) * size
		}
		out := map[string]any{"count": all, "tickets": some(from, all, size)}
		if from+size < all {
			next := strconv.Itoa(from + size)
			out["cursor"] = next
			out["next"] = "/tickets?requester=maija.esimerkki%40example.fi&from=" + next
			w.Header().Set("Link", "<"+out["next"].(string)+`>; rel="next"`)
		}
		write(w, out)
	}
}

// A search goes on from any of its checkpoints, by every way of paging, and
// gives what comes after it: nothing is lost and nothing of before is asked for.
func TestASearchGoesOnFromAnyCheckpoint(t *testing.T) {
	const all, size = 23, 5
	for _, pages := range []string{
		"{by: page, parameter: page, size: 5, ordered: id, stays: numbers only grow}",
		"{by: offset, parameter: from, size: 5, total: count, ordered: id, stays: numbers only grow}",
		"{by: cursor, parameter: from, next: cursor, stays: the cursor is the last number}",
		"{by: next, next: next, total: count, stays: the address holds the last number}",
		"{by: link, stays: the address holds the last number}",
	} {
		t.Run(pages, func(t *testing.T) {
			s := serve(t, resumable(all, size))
			i := opened(t, config(t, s, paged(pages)))
			q := by(key(t, core.Email, maija))
			whole, err := ask(t, i, q)
			if err != nil || len(whole.records) != all || len(whole.points) < 5 || len(whole.problems) > 0 {
				t.Fatalf("%d records, %d checkpoints, %v, %v", len(whole.records), len(whole.points), whole.problems, err)
			}
			requests := len(s.asked())
			for n, point := range whole.points {
				q.Resume = point
				before := len(s.asked())
				h, err := ask(t, i, q)
				if err != nil || len(h.problems) > 0 || !slices.Equal(h.refs(), whole.refs()[whole.before[n]:]) {
					t.Errorf("from checkpoint %d: %v, %v, %v", n, h.refs(), h.problems, err)
				}
				if asked := len(s.asked()) - before; asked >= requests {
					t.Errorf("from checkpoint %d: %d requests of %d", n, asked, requests)
				}
			}
		})
	}
}

// Without a word on what keeps places right there is no checkpoint within a
// list; lists that were read to their end are not asked for again.
func TestWithoutAWordAListBeginsAnew(t *testing.T) {
	s := serve(t, resumable(23, 5))
	two := strings.Replace(paged("{by: offset, parameter: from, size: 5, ordered: id}"), "    key: [id]\n",
		"      - {by: [phone], path: /tickets, query: {phone: {identifier: phone, as: normal}}, records: tickets, pages: {by: offset, parameter: from, size: 5, ordered: id}}\n    key: [id]\n", 1)
	i := opened(t, config(t, s, two))
	q := core.Query{AnyOf: []core.KeySet{{AllOf: []core.Identifier{key(t, core.Email, maija)}}, {AllOf: []core.Identifier{key(t, core.Phone, "040 765 4321")}}}}
	h, err := ask(t, i, q)
	if err != nil || len(h.points) != 2 || h.before[0] != 23 {
		t.Fatalf("%d checkpoints after %v, %v", len(h.points), h.before, err)
	}
	q.Resume = h.points[0]
	before := len(s.asked())
	if again, err := ask(t, i, q); err != nil || slices.ContainsFunc(s.asked()[before:], func(r seen) bool { return r.URL.Query().Has("requester") }) {
		t.Errorf("%v, %v", again.refs(), err)
	}
	// The checkpoint of another question, or of another mapping, says nothing.
	q.AnyOf = q.AnyOf[:1]
	if again, err := ask(t, i, q); err != nil || len(again.records) != 23 {
		t.Errorf("another question: %v, %v", again.refs(), err)
	}
	other := opened(t, config(t, s, paged("{by: offset, parameter: from, size: 6, ordered: id}")))
	if again, err := ask(t, other, q); err != nil || len(again.records) != 23 {
		t.Errorf("another mapping: %v, %v", again.refs(), err)
	}
}

// A cursor that was tampered with leads to no other host, and loses nothing.
func TestACursorThatWasTamperedWith(t *testing.T) {
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, found()) })
	s := serve(t, resumable(23, 5))
	i := opened(t, config(t, s, paged("{by: next, next: next, stays: the address holds the last number}")))
	q := by(key(t, core.Email, maija))
	whole, err := ask(t, i, q)
	if err != nil || len(whole.points) == 0 {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{"/tickets?", "\x00"}, {s.URL, other.URL}, {`"pages":1`, `"pages":-1`}, {`"done":0`, `"done":-1`}, {"rest", "x"}} {
		q.Resume = whole.points[0]
		q.Resume.Cursor = []byte(strings.ReplaceAll(string(q.Resume.Cursor), change[0], change[1]))
		if change[0] == "rest" {
			q.Resume.Format = "rest-0"
		}
		if h, err := ask(t, i, q); err != nil || len(h.records) != 23 {
			t.Errorf("%q: %d records, %v", change, len(h.records), err)
		}
	}
	if n := len(other.asked()); n > 0 {
		t.Errorf("the other host was asked %d times", n)
	}
}

// What makes an outcome partial is told before the checkpoint behind which it
// would not come again.
func TestStraysAreToldBeforeTheirCheckpoint(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		page := number(r, "page")
		rows := []map[string]any{}
		if page <= 3 {
			rows = append(rows, ticket(fmt.Sprint(page), maija), ticket(fmt.Sprint(page, "x"), "pekka@example.fi"))
		}
		write(w, map[string]any{"tickets": rows})
	})
	i := opened(t, config(t, s, paged("{by: page, parameter: page, size: 2, ordered: id, stays: numbers only grow}")))
	h, err := ask(t, i, by(key(t, core.Email, maija)))
	if err != nil || len(h.problems) != 1 || len(h.points) != 1 || h.before[0] != 3 {
		t.Errorf("%v, checkpoints after %v, %v", h.problems, h.before, err)
	}
}
