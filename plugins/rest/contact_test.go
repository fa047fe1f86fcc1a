package restsource

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/fixtures/services"
	"github.com/sinusta/sinusta/plugins/sdk"
)

type sdkKey = sdk.Key

func contactsOf(t *testing.T, srv *services.ContactRequests, change ...string) *instance {
	t.Helper()
	s := serve(t, srv.ServeHTTP)
	conf := config(t, s, strings.NewReplacer(change...).Replace(requests))
	conf.Password = "s3cret"
	return openedAs(t, conf, "guidance")
}

// A contact is found by when it was: those whose span meets the one that was
// asked about, and no others, though the service is asked coarsely.
func TestAContactIsFoundByItsTime(t *testing.T) {
	i := contactsOf(t, contactService())
	// 10.00-10.30 in Helsinki is 08.00-08.30 in UTC; requests come every ten
	// minutes from 06.00, and nobody tells how long they lasted: two hours.
	h := finds(t, i, "half an hour", by(key(t, core.TimeOfContact, "2.3.2026 klo 10.00-10.30, Neuvonta")), func() (out []string) {
		for n := 1; n < 15; n++ { // 06.10 to 08.20
			out = append(out, fmt.Sprintf("contact_request/Y%03d", n))
		}
		return out
	}()...)
	if m := h.records[0].MatchedBy; len(m) != 1 || m[0].Kind != core.TimeOfContact || m[0].Field != "time_of_contact" || m[0].Slot != "" {
		t.Errorf("matched by %v", m)
	}
	h = finds(t, i, "a whole day", by(key(t, core.TimeOfContact, "2.3.2026, Neuvonta")), h.allOf(60)...)
	if len(h.records) != 60 {
		t.Errorf("%d", len(h.records))
	}
	finds(t, i, "another day", by(key(t, core.TimeOfContact, "4.3.2026 klo 10.00-10.30, Neuvonta")))
	// Beside an address the time narrows the hits.
	narrow := contactsOf(t, contactService(), "- {by: [email], query: {email: {identifier: email, as: normal}}}",
		"- {by: [email, time-of-contact], query: {email: {identifier: email, as: normal}, from: {identifier: time-of-contact, as: from}, to: {identifier: time-of-contact, as: to}}}")
	finds(t, narrow, "with an address", by(key(t, core.Email, "m2@example.fi"), key(t, core.TimeOfContact, "2.3.2026 klo 10.00-10.30, Neuvonta")),
		"contact_request/Y002", "contact_request/Y005", "contact_request/Y008", "contact_request/Y011", "contact_request/Y014")
}

func (h *heard) allOf(n int) (out []string) {
	for k := range n {
		out = append(out, fmt.Sprintf("contact_request/Y%03d", k))
	}
	return out
}

// A service that does not honour the bounds gives nobody away, and the outcome
// is partial; so it is where times cannot be read.
func TestBoundsThatAreNotHonoured(t *testing.T) {
	srv := contactService()
	i := contactsOf(t, srv, "query: {from: {identifier: time-of-contact, as: from}, to: {identifier: time-of-contact, as: to}}", "query: {from: {identifier: time-of-contact, as: from, earlier: 24}}")
	q := by(key(t, core.TimeOfContact, "2.3.2026 klo 10.00-10.30, Neuvonta"))
	h, err := ask(t, i, q)
	if err != nil || len(h.records) != 14 || !slices.Equal(h.classes(), []core.Class{core.ClassPartial}) || !strings.Contains(h.problems[0].Message, "does not honour the filter") {
		t.Errorf("%d records, %v, %v", len(h.records), h.problems, err)
	}
	unread := contactsOf(t, contactService(), "time_of_contact: sent", "time_of_contact: topic")
	h, err = ask(t, unread, q)
	if err != nil || len(h.records) > 0 || !slices.ContainsFunc(h.problems, func(p core.Problem) bool { return strings.HasSuffix(p.ConfigPath, ".time_of_contact") }) {
		t.Errorf("%d records, %v, %v", len(h.records), h.problems, err)
	}
}

// Every form of a bound lets nothing of the span out, in summer, in winter, and
// when clocks are turned.
func TestBoundsInEveryForm(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"2.3.2026 klo 10.00-10.30", "29.3.2026 klo 2.30-4.30", "25.10.2026 klo 3.10-3.20", "1.7.2025, ", "31.12.2025 23.00 - 1.1.2026 1.30"} {
		id, err := identifier.Parse(core.TimeOfContact, when+", Neuvonta")
		if err != nil {
			t.Fatal(err)
		}
		exact, _ := bounds(id, 0)
		for form, read := range map[string]func(string) (time.Time, error){
			"":        func(s string) (time.Time, error) { return time.Parse(time.RFC3339, s) },
			"utc":     func(s string) (time.Time, error) { return time.Parse(time.DateTime, s) },
			"local":   func(s string) (time.Time, error) { return time.ParseInLocation(time.DateTime, s, zone) },
			"minutes": func(s string) (time.Time, error) { return time.ParseInLocation("2006-01-02 15:04", s, zone) },
			"date":    func(s string) (time.Time, error) { return time.ParseInLocation(time.DateOnly, s, zone) },
			"unix": func(s string) (time.Time, error) {
				t, ok := readTime(s, "unix", zone)
				return t, map[bool]error{false: errForm}[ok]
			},
			"unix_ms": func(s string) (time.Time, error) {
				t, ok := readTime(s, "unix_ms", zone)
				return t, map[bool]error{false: errForm}[ok]
			},
		} {
			from, bad := read(boundOf(id, use{as: "from", form: form}, zone)[0])
			to, worse := read(boundOf(id, use{as: "to", form: form}, zone)[0])
			if form == "date" {
				to = to.AddDate(0, 0, 1)
			}
			// What a clock shows twice may be read an hour off: that is what the
			// hour beside is for.
			span, _ := bounds(id, 0)
			if bad != nil || worse != nil || from.After(span.From.Add(besideContact)) || to.Before(span.To.Add(-besideContact)) || !from.Before(to) {
				t.Errorf("%s as %q: %s to %s, want %s to %s", when, form, from, to, exact.From, exact.To)
			}
		}
	}
	if got := boundOf(core.Identifier{Kind: core.TimeOfContact, Value: "eilen"}, use{as: "from"}, zone); got != nil {
		t.Errorf("no time of contact gives %q", got)
	}
}

// The bounds stand in filters too, as moments of the language.
func TestBoundsInFilters(t *testing.T) {
	from, to := &Value{Identifier: "time-of-contact", As: "from"}, &Value{Identifier: "time-of-contact", As: "to"}
	for language, want := range map[string]string{
		"odata":      "(sent ge 2026-03-02T05:00:00Z and sent le 2026-03-02T09:30:00Z)",
		"cmis-sql":   "SELECT * FROM cmis:document WHERE (sent >= TIMESTAMP '2026-03-02T05:00:00.000Z' AND sent <= TIMESTAMP '2026-03-02T09:30:00.000Z')",
		"servicenow": "sent>=2026-03-02 05:00:00^sent<=2026-03-02 09:30:00",
		"jql":        `(sent >= "2026-03-02 07:00" AND sent <= "2026-03-02 11:30")`,
		"rt":         "(sent >= '2026-03-02 05:00:00' AND sent <= '2026-03-02 09:30:00')",
	} {
		f := &Filter{Language: language, Condition: Condition{All: []Condition{{Field: "sent", Since: from}, {Field: "sent", Until: to}}}}
		form := map[string]string{"servicenow": "utc", "rt": "utc", "jql": "minutes"}[language]
		if oneOf(language, "odata", "cmis-sql") {
			for n := range f.All {
				f.All[n].Type = "time"
			}
		}
		if language == "cmis-sql" {
			f.From = "cmis:document"
		}
		if err := checkFilter("f", f, uses{kinds: []core.Kind{core.TimeOfContact}}); err != nil {
			t.Errorf("%s: %v", language, err)
		}
		id, err := identifier.Parse(core.TimeOfContact, "2.3.2026 klo 10.00-10.30, Neuvonta")
		if err != nil {
			t.Fatal(err)
		}
		zone, err := time.LoadLocation("Europe/Helsinki")
		if err != nil {
			t.Fatal(err)
		}
		got, ok := f.write(func(v Value) []string { return boundOf(id, use{as: v.As, form: form}, zone) })
		if !ok || got != want {
			t.Errorf("%s:\n%s\n%s", language, got, want)
		}
	}
}

func TestMistakesWithBoundsAreNamed(t *testing.T) {
	for change, path := range map[[2]string]string{
		{"as: from}", "as: normal}"}:             "types.contact_request.search[2].query.from.as",
		{"as: from}", "as: from, form: klo}"}:    "types.contact_request.search[2].query.from.form",
		{"as: to}", "as: to, earlier: 3}"}:       "types.contact_request.search[2].query.to.earlier",
		{"email, as: normal", "email, as: from"}: "types.contact_request.search[1].query.email.as",
		{"time_of_contact: sent, ", ""}:          "types.contact_request.search[2].by[0]",
	} {
		conf := decoded(t, strings.Replace(requests, change[0], change[1], 1))
		conf.URL, conf.Password = "https://x.example.fi", "s3cret"
		_, err := configure(conf, sdk.Env{Kind: "guidance"})
		if p := core.Problems(err); len(p) != 1 || p[0].ConfigPath != path {
			t.Errorf("%v: %v", change, err)
		}
	}
}
