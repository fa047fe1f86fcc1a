package restsource

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// commented is a mapping in which somebody may stand in a comment alone.
const commented = `
types:
  ticket:
    search:
      - {by: [user-id], in_parts: true, path: /tickets, query: {who: {identifier: user-id, as: normal}}, records: tickets}
    key: [id]
    time: created
    fields: {title: title}
    parties: [{slot: requester, fields: {user_id: owner}}]
    parts:
      - {type: comment, request: {path: [tickets, {key: 0}, comments], records: comments}, key: [id], fields: {text: text}, parties: [{slot: commenter, fields: {user_id: by}}]}
`

func TestSomebodyWhoStandsInAPartAloneIsFound(t *testing.T) {
	refused := false
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/tickets/2/comments" && refused:
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == "/tickets/2/comments":
			write(w, map[string]any{"comments": []any{map[string]any{"id": 1, "text": "Hei", "by": "maija"}}})
		case strings.HasSuffix(r.URL.Path, "/comments"):
			write(w, map[string]any{"comments": []any{map[string]any{"id": 1, "text": "Kysy: maija", "by": "pekka"}}})
		default:
			write(w, map[string]any{"tickets": []any{map[string]any{"id": 1, "title": "x", "created": "2024-03-01T08:00:00Z", "owner": "pekka"},
				map[string]any{"id": 2, "title": "x", "created": "2024-03-01T08:00:00Z", "owner": "pekka"}}})
		}
	})
	i := opened(t, config(t, s, commented))
	q := by(core.Identifier{Kind: core.UserID, Value: "maija", Status: core.Valid})
	h := finds(t, i, "a comment", q, "ticket/2")
	if m := h.records[0].MatchedBy; len(m) != 1 || m[0].Slot != "commenter" {
		t.Errorf("matched by %v", m)
	}
	// Outside of the period that the person asked about.
	q.Period = core.Interval{From: time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)}
	finds(t, i, "another period", q)
	q.Period = core.Interval{}
	refused = true
	if h, err := ask(t, i, q); err != nil || len(h.records) > 0 || !slices.Contains(h.classes(), core.ClassPartial) {
		t.Errorf("parts that cannot be read: %v, %v", h.problems, err)
	}
}

// What the catalogue promises of every record is looked for in all of them.
func TestThePromiseOfTheCatalogueIsKept(t *testing.T) {
	const listed = "    list: {path: /all, records: tickets, pages: {by: page, parameter: page, ordered: id}}\n    key: [id]\n"
	lacking := true
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/all" {
			write(w, found())
			return
		}
		pages := map[string][]map[string]any{"1": {ticket("1", maija)}, "2": {ticket("2", "-")}}
		if !lacking {
			pages["2"] = nil
		}
		write(w, found(pages[r.URL.Query().Get("page")]...))
	})
	look := func(mapping string) []core.Problem {
		t.Helper()
		i, err := configure(config(t, s, mapping), sdk.Env{Kind: "ticketing", Timeout: time.Minute, Complete: []core.Kind{core.Email}})
		if err != nil {
			t.Fatal(err)
		}
		h, err := ask(t, i, by(key(t, core.Email, maija)))
		if err != nil {
			t.Fatal(err)
		}
		return h.problems
	}
	if p := look(tickets); len(p) != 1 || p[0].Class != core.ClassPartial || !strings.Contains(p[0].ConfigPath, "list") {
		t.Errorf("no list: %v", p)
	}
	with := strings.Replace(tickets, "    key: [id]\n", listed, 1)
	if p := look(with); len(p) != 1 || p[0].Class != core.ClassPartial || !strings.Contains(p[0].ConfigPath, "parties[0]") {
		t.Errorf("a record on the second page without: %v", p)
	}
	lacking = false
	if p := look(with); len(p) != 0 {
		t.Errorf("all have one: %v", p)
	}
}
