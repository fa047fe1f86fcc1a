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

// paged is the plain service with pages.
func paged(pages string) string {
	return strings.Replace(tickets, "records: tickets}", "records: tickets, pages: "+pages+"}", 1)
}

// many gives the nth to the mth ticket, at most size of them.
func some(from, to, size int) []map[string]any {
	out := []map[string]any{}
	for n := from; n < to && len(out) < size; n++ {
		out = append(out, ticket(fmt.Sprintf("%04d", n), maija))
	}
	return out
}

func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.URL.Query().Get(name))
	return n
}

// Every way of paging gives every record once; a server that caps the size of
// its pages loses none.
func TestEveryWayOfPagingGivesEveryRecord(t *testing.T) {
	const all, cap = 23, 5
	for name, c := range map[string]struct {
		pages string
		h     func(s func() *service) http.HandlerFunc
	}{
		"page": {"{by: page, parameter: page, size_parameter: per_page, size: 10, ordered: id}", func(func() *service) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				write(w, map[string]any{"tickets": some((number(r, "page")-1)*cap, all, cap)})
			}
		}},
		"offset": {"{by: offset, parameter: from, size_parameter: size, size: 10, ordered: id, total: count}", func(func() *service) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				write(w, map[string]any{"count": all, "tickets": some(number(r, "from"), all, cap)})
			}
		}},
		"cursor": {"{by: cursor, parameter: after, next: meta.next}", func(func() *service) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				from := number(r, "after")
				next := any(strconv.Itoa(from + cap))
				if from+cap >= all {
					next = nil
				}
				write(w, map[string]any{"meta": map[string]any{"next": next}, "tickets": some(from, all, cap)})
			}
		}},
		"next": {`{by: next, next: '"@odata.nextLink"'}`, func(s func() *service) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				from := number(r, "$skiptoken")
				out := map[string]any{"tickets": some(from, all, cap)}
				if from+cap < all {
					out["@odata.nextLink"] = s().URL + "/tickets?$skiptoken=" + strconv.Itoa(from+cap)
				}
				write(w, out)
			}
		}},
		"link": {"{by: link}", func(func() *service) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				from := number(r, "from")
				w.Header().Add("Link", `</tickets?from=0>; rel="first"`)
				if from+cap < all {
					w.Header().Add("Link", fmt.Sprintf(`</tickets?from=%d>; title="a, b"; rel="next last"`, from+cap))
				}
				write(w, map[string]any{"tickets": some(from, all, cap)})
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var s *service
			s = serve(t, c.h(func() *service { return s }))
			h, err := ask(t, opened(t, config(t, s, paged(c.pages))), by(key(t, core.Email, maija)))
			if err != nil || len(h.records) != all || len(h.problems) > 0 {
				t.Errorf("%d records, %v, %v", len(h.records), h.problems, err)
			}
		})
	}
}

// What loops, leads away or does not add up ends, and makes the answer partial.
func TestPagesThatDoNotAddUpAreTold(t *testing.T) {
	same := func(next string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			write(w, map[string]any{"next": next, "tickets": some(0, 3, 3)})
		}
	}
	turn, ring := 0, 0
	for name, c := range map[string]struct {
		pages string
		h     http.HandlerFunc
		want  core.Class
		words string
	}{
		"next link to itself":   {"{by: next, next: next}", same("/tickets?requester=maija.esimerkki%40example.fi"), core.ClassPartial, "circle"},
		"next link elsewhere":   {"{by: next, next: next}", same("https://evil.example.invalid/tickets"), core.ClassPartial, "another server"},
		"next link with a user": {"{by: next, next: next}", same("//x:y@127.0.0.1/"), core.ClassPartial, "another server"},
		"next link in clear":    {"{by: next, next: next}", same("http://127.0.0.1/"), core.ClassPartial, "another server"},
		"next link to a file":   {"{by: next, next: next}", same("file:///etc/passwd"), core.ClassPartial, "another server"},
		"cursor again":          {"{by: cursor, parameter: after, next: next}", same("x"), core.ClassPartial, "circle"},
		"parameter unknown":     {"{by: page, parameter: page, ordered: id}", same(""), core.ClassPartial, "circle"},
		"new records in a ring of links": {"{by: next, next: next}", func(w http.ResponseWriter, _ *http.Request) {
			ring++
			write(w, map[string]any{"next": "/tickets?n=1", "tickets": some(ring*3, ring*3+3, 3)})
		}, core.ClassPartial, "visited before"},
		"endless new links": {"{by: next, next: next}", func(w http.ResponseWriter, _ *http.Request) {
			turn++
			write(w, map[string]any{"next": fmt.Sprint("/tickets?n=", turn), "tickets": some(turn*3, turn*3+3, 3)})
		}, core.ClassTruncated, "bound of 7 pages"},
		"total too high": {"{by: offset, parameter: from, ordered: id, total: count}", func(w http.ResponseWriter, r *http.Request) {
			write(w, map[string]any{"count": 9, "tickets": some(number(r, "from"), 5, 3)})
		}, core.ClassPartial, "tells of 9 records and gave 5"},
		"total that stops counting": {"{by: offset, parameter: from, ordered: id, total: count}", func(w http.ResponseWriter, r *http.Request) {
			write(w, map[string]any{"count": 6, "tickets": some(number(r, "from"), 8, 3)})
		}, core.ClassPartial, "tells of 6 records and gave 8"},
		"order changes": {"{by: offset, parameter: from, ordered: id}", func(w http.ResponseWriter, r *http.Request) {
			write(w, map[string]any{"tickets": some(max(0, number(r, "from")-1), 8, 3)})
		}, core.ClassPartial, "two pages"},
		"undeclared pages": {"", func(w http.ResponseWriter, _ *http.Request) {
			write(w, map[string]any{"@odata.nextLink": "/tickets?n=2", "tickets": some(0, 3, 3)})
		}, core.ClassPartial, "further pages"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.h)
			mapping := tickets
			if c.pages != "" {
				mapping = paged(c.pages)
			}
			h, err := ask(t, opened(t, config(t, s, mapping+"limits: {pages: 7}\n")), by(key(t, core.Email, maija)))
			if err != nil || len(h.records) == 0 {
				t.Fatalf("%d records, %v", len(h.records), err)
			}
			if !slices.ContainsFunc(h.problems, func(p core.Problem) bool { return p.Class == c.want && strings.Contains(p.Message, c.words) }) {
				t.Errorf("problems %v", h.problems)
			}
			if n := len(s.asked()); n > 8 {
				t.Errorf("%d requests", n)
			}
		})
	}
}
