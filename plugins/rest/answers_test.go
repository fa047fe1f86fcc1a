package restsource

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func found(records ...map[string]any) map[string]any {
	return map[string]any{"tickets": append([]map[string]any{}, records...)}
}

func TestARecordIsFoundAndRead(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("requester") == maija {
			write(w, found(ticket("1", "Maija.Esimerkki@Example.fi")))
			return
		}
		write(w, found())
	})
	h, err := ask(t, opened(t, config(t, s, tickets)), by(key(t, core.Email, maija)))
	if err != nil || !slices.Equal(h.refs(), []string{"ticket/1"}) || len(h.problems) > 0 {
		t.Fatalf("refs %v, problems %v, error %v", h.refs(), h.problems, err)
	}
	r := h.records[0]
	if number, _ := core.First(r.Fields, "ticket_number"); number.Text != "T-1" || len(r.Parties) != 1 || r.Parties[0].Slot != "requester" ||
		!r.Time.Equal(time.Date(2024, 3, 1, 6, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", r)
	}
	if m := r.MatchedBy; len(m) != 1 || m[0].Kind != core.Email || m[0].Slot != "requester" || m[0].Field != "email" {
		t.Errorf("matched by %+v", m)
	}
}

// The classic trap: a service that does not know a parameter gives everything.
func TestAServiceThatIgnoresTheFilterGivesNobodyAway(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		write(w, found(ticket("1", maija), ticket("2", "pekka.esimerkki@example.fi"), ticket("3", "liisa@example.fi")))
	})
	i := opened(t, config(t, s, tickets))
	h, err := ask(t, i, by(key(t, core.Email, maija)))
	if err != nil || !slices.Equal(h.refs(), []string{"ticket/1"}) {
		t.Fatalf("refs %v, error %v", h.refs(), err)
	}
	if !slices.Equal(h.classes(), []core.Class{core.ClassPartial}) || !strings.Contains(h.problems[0].Message, "2 records") || !strings.Contains(h.problems[0].Message, "does not honour the filter") {
		t.Errorf("problems %v", h.problems)
	}
	if n, err := i.probe(context.Background(), i.plans[0].searches[0]); err != nil || n != 3 {
		t.Errorf("a check sees %d records of nobody, %v", n, err)
	}
}

func TestMembersThatNobodyMappedAreToldAndWithheld(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		r := ticket("1", maija)
		r["watchers"] = []any{map[string]any{"mail": "joku@example.fi"}}
		r["big"] = 1
		write(w, found(r))
	})
	h, err := ask(t, opened(t, config(t, s, tickets)), by(key(t, core.Email, maija)))
	if err != nil || len(h.problems) != 2 || h.problems[0].Class != core.ClassUnmapped || !strings.Contains(h.problems[1].Message, "watchers.mail") {
		t.Fatalf("%v %v", h.problems, err)
	}
	if v, ok := core.First(h.records[0].Fields, "watchers.mail"); !ok || v.Text != "joku@example.fi" {
		t.Error("an unmapped member does not travel under its own name")
	}
}

// Each answer that is no answer ends in the right class, and never as nothing
// found.
func TestAnswersThatAreNoAnswers(t *testing.T) {
	page := "<!DOCTYPE html><html><form action=/login></form></html>"
	raw := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, body)
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, `{"error":"no"}`)
		}
	}
	hijack := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	}
	type c struct {
		h    http.HandlerFunc
		want core.Class
	}
	cases := map[string]c{
		"login page":         {raw("text/html; charset=utf-8", page), core.ClassAuth},
		"login page as JSON": {raw("application/json", page), core.ClassAuth},
		"error object":       {raw("application/json", `{"error":{"code":"500"}}`), core.ClassData},
		"GraphQL errors":     {raw("application/json", `{"errors":[{"message":"x"}],"data":null}`), core.ClassData},
		"null":               {raw("application/json", `null`), core.ClassData},
		"a text":             {raw("application/json", `"ok"`), core.ClassData},
		"records are null":   {raw("application/json", `{"tickets":null}`), core.ClassData},
		"records are texts":  {raw("application/json", `{"tickets":["1"]}`), core.ClassData},
		"empty body":         {raw("application/json", ""), core.ClassData},
		"204":                {status(204), core.ClassData},
		"cut off":            {raw("application/json", `{"tickets":[{"id":"1"`), core.ClassData},
		"two values":         {raw("application/json", `{"tickets":[]}{"tickets":[]}`), core.ClassData},
		"members twice":      {raw("application/json", `{"tickets":[],"tickets":[{"id":"1"}]}`), core.ClassData},
		"too deep":           {raw("application/json", strings.Repeat("[", 100_000)), core.ClassData},
		"unknown charset":    {raw("application/json; charset=klingon", `{"tickets":[]}`), core.ClassData},
		"cut off in a chunk": {hijack("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"tickets\":"), core.ClassTransient},
		"cut off by length":  {hijack("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"tickets\":[]}"), core.ClassTransient},
		"reset":              {hijack(""), core.ClassTransient},
		"no HTTP":            {hijack("SSH-2.0-OpenSSH\r\n"), core.ClassTransient},
		"packed unasked": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, "x")
		}, core.ClassData},
		"redirect elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example.invalid/", http.StatusFound)
		}, core.ClassAuth},
		"redirects in a ring": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) }, core.ClassAuth},
	}
	for code, want := range map[int]core.Class{400: core.ClassConfig, 401: core.ClassAuth, 403: core.ClassAuth, 404: core.ClassConfig, 405: core.ClassConfig, 408: core.ClassTransient,
		409: core.ClassTransient, 410: core.ClassConfig, 429: core.ClassRateLimited, 500: core.ClassTransient, 502: core.ClassTransient, 503: core.ClassTransient, 504: core.ClassTransient} {
		cases[fmt.Sprint(code)] = c{status(code), want}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.h)
			conf := config(t, s, tickets+"limits: {wait: 1}\n")
			h, err := ask(t, opened(t, conf), by(key(t, core.Email, maija)))
			if classOf(err) != c.want || len(h.records) > 0 {
				t.Errorf("class %q, want %q: %v", classOf(err), c.want, err)
			}
			if err != nil && strings.Contains(err.Error(), "maija") {
				t.Errorf("the error holds a value: %v", err)
			}
		})
	}
}

// What would fill the memory, or never end, is bounded.
func TestEndlessAnswersAreBounded(t *testing.T) {
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, `{"tickets":["`)
		zeros := bytes.Repeat([]byte("0"), 1<<20)
		for range 1 << 10 {
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"tickets":["`)
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
				return
			}
		}
	}
	trickle := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"tickets":[`)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}
	for name, c := range map[string]struct {
		h       http.HandlerFunc
		timeout time.Duration
		want    core.Class
	}{"gzip bomb": {bomb, time.Minute, core.ClassPartial}, "5 GB of one string": {endless, time.Minute, core.ClassPartial},
		"trickle": {trickle, time.Second, core.ClassDeadline}} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.h)
			i, err := configure(config(t, s, tickets+"limits: {answer: 4194304}\n"), sdk.Env{Kind: "ticketing", Timeout: c.timeout})
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			h, err := ask(t, i, by(key(t, core.Email, maija)))
			runtime.ReadMemStats(&after)
			if classOf(err) != c.want || len(h.records) > 0 {
				t.Errorf("%q, want %q: %v", classOf(err), c.want, err)
			}
			if grown := after.Sys - min(before.Sys, after.Sys); grown > 128<<20 {
				t.Errorf("the memory grew by %d MiB", grown>>20)
			}
			_ = i.Close()
			s.CloseClientConnections()
		})
	}
}

func TestDigitsAndCharactersAreKept(t *testing.T) {
	var body []byte
	contentType := "application/json"
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body)
	})
	find := func(text, mapping string) core.Record {
		t.Helper()
		body = []byte(text)
		h, err := ask(t, opened(t, config(t, s, mapping)), by(key(t, core.Email, maija)))
		if err != nil || len(h.records) != 1 {
			t.Fatalf("%d records, %v, %v", len(h.records), h.problems, err)
		}
		return h.records[0]
	}
	one := func(number, title string) string {
		return `{"tickets":[{"id":9007199254740993,"number":` + number + `,"title":"` + title + `","requester":{"mail":"` + maija + `"}}]}`
	}
	r := find(one("123456789012345678901234567890", "x"), tickets)
	if v, _ := core.First(r.Fields, "ticket_number"); v.Text != "123456789012345678901234567890" || r.Ref != "ticket/9007199254740993" {
		t.Errorf("%+v %s", v.Text, r.Ref)
	}
	r = find(one("1.10", "\xc4kki"), tickets)
	title, _ := core.First(r.Fields, "title")
	if number, _ := core.First(r.Fields, "ticket_number"); number.Text != "1.10" || title.Withheld == nil || title.Withheld.Reason != core.WithheldUnreadable {
		t.Errorf("%+v, %+v", number, title)
	}
	r = find(one("1", "\xc4kki"), tickets+"charset: windows-1252\n")
	if title, _ = core.First(r.Fields, "title"); title.Text != "Äkki" {
		t.Errorf("%q", title.Text)
	}
	contentType = "application/json; charset=ISO-8859-1"
	if title, _ = core.First(find(one("1", "\xc4kki"), tickets).Fields, "title"); title.Text != "Äkki" {
		t.Errorf("%q", title.Text)
	}
}

// A tree that is well formed and too deep is not read, whatever it is written
// in.
func TestDepthIsBounded(t *testing.T) {
	const deep = 100_000
	if _, err := parseJSON([]byte(strings.Repeat("[", deep) + strings.Repeat("]", deep))); !errors.Is(err, errDeep) {
		t.Errorf("JSON: %v", err)
	}
	if _, err := parseXML([]byte(strings.Repeat("<a>", deep) + strings.Repeat("</a>", deep))); !errors.Is(err, errDeep) {
		t.Errorf("XML: %v", err)
	}
}

// A part in the record itself that has no key is told, not passed over.
func TestAPartWithoutAKeyIsTold(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		r := ticket("1", maija)
		r["comments"] = []any{map[string]any{"id": "c1", "text": "Hei"}, map[string]any{"id": nil, "text": "Ilman numeroa"}}
		write(w, found(r))
	})
	mapping := strings.Replace(tickets, "    ignore:", "    parts: [{type: comment, path: comments, key: [id], fields: {text: text}}]\n    ignore:", 1)
	h, err := ask(t, opened(t, config(t, s, mapping)), by(key(t, core.Email, maija)))
	if err != nil || len(h.records) != 1 || len(h.records[0].Parts) != 1 || len(h.problems) != 1 || h.problems[0].Class != core.ClassPartial || !strings.HasSuffix(h.problems[0].ConfigPath, "parts[0].key") {
		t.Errorf("%v, %v", h.problems, err)
	}
}
