package restsource

import (
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

// An OData service whose next links lead round over two pages, or to another
// host, ends in a bounded outcome with what came until then; the other host gets
// neither the question nor the credentials.
func TestAnODataServiceThatLoopsOrLeadsAway(t *testing.T) {
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, map[string]any{"value": []any{}}) })
	row := func(n int) map[string]any {
		return map[string]any{"contactid": guid(n), "fullname": "Maija Esimerkki", "firstname": "Maija", "lastname": "Esimerkki", "emailaddress1": maija, "emailaddress2": nil, "telephone1": nil,
			"mobilephone": nil, "birthdate": nil, "jobtitle": nil, "createdon": "2024-03-01T08:00:00Z", "statecode": 0}
	}
	for name, c := range map[string]struct {
		next  func(page int) string
		words string
		pages int
	}{
		"two pages in a ring":            {func(page int) string { return fmt.Sprintf("/api/data/v9.2/contacts?page=%d", page%2+1) }, "circle", 3},
		"another host":                   {func(int) string { return other.URL + "/api/data/v9.2/contacts?page=2" }, "another server", 1},
		"another host by its own scheme": {func(int) string { return "//" + strings.TrimPrefix(other.URL, "https://") + "/x" }, "another server", 1},
		"no address":                     {func(int) string { return "https://%zz" }, "is none", 1},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			i := oauth(t, "dataverse", "crm", "", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "activitypointers") {
					write(w, map[string]any{"value": []any{}})
					return
				}
				n++ // each page holds another record, so that nothing repeats but the address
				write(w, map[string]any{"value": []any{row(n)}, "@odata.nextLink": c.next(n)})
			}))
			h, err := ask(t, i, by(key(t, core.Email, maija)))
			if err != nil || len(h.records) != c.pages || !slices.ContainsFunc(h.problems, func(p core.Problem) bool { return p.Class == core.ClassPartial && strings.Contains(p.Message, c.words) }) {
				t.Errorf("%d records, %v, %v", len(h.records), h.problems, err)
			}
			if n > c.pages {
				t.Errorf("%d pages were asked for", n)
			}
		})
	}
	if n := len(other.asked()); n > 0 {
		t.Errorf("the other host was asked %d times", n)
	}
}

// A redirect is followed within the service alone: not to another host, not to
// http, not to another port, whatever is asked for.
func TestRedirectsThatLeadAway(t *testing.T) {
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, found(ticket("1", maija))) })
	attached := strings.Replace(tickets, `    ignore:`, `    parts: [{type: attachment, path: files, key: [id], content: {path: [tickets, {key: 0}, files, {part_key: 0}]}}]
    ignore:`, 1)
	for name, to := range map[string]func(s *service) string{
		"another host": func(*service) string { return other.URL + "/tickets" },
		"http":         func(s *service) string { return strings.Replace(s.URL, "https://", "http://", 1) + "/tickets" },
		"an account":   func(s *service) string { return strings.Replace(s.URL, "https://", "https://x:y@", 1) + "/tickets" },
		"a script":     func(*service) string { return "javascript:alert(1)" },
	} {
		t.Run(name, func(t *testing.T) {
			var s *service
			s = serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", to(s))
				w.WriteHeader(http.StatusTemporaryRedirect)
			})
			conf := config(t, s, attached+"auth: {type: api_key, parameter: key}")
			conf.APIKey = "k3y"
			i := opened(t, conf)
			if _, err := ask(t, i, by(key(t, core.Email, maija))); classOf(err) != core.ClassAuth {
				t.Errorf("a search: %v", err)
			}
			if _, err := i.Fetch(t.Context(), "ticket/1#attachment/2"); classOf(err) != core.ClassAuth {
				t.Errorf("a file: %v", err)
			}
			if n := len(s.asked()); n != 2 {
				t.Errorf("the service was asked %d times", n)
			}
		})
	}
	if n := len(other.asked()); n > 0 {
		t.Errorf("the other host was asked %d times", n)
	}
}

// A session that ends in the middle of a list ends the search with what it is,
// and what came stays.
func TestALoginPageInTheMiddleOfAList(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if number(r, "page") > 2 {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><title>Kirjaudu</title></html>")
			return
		}
		write(w, map[string]any{"tickets": some(number(r, "page")*3, 99, 3)})
	})
	h, err := ask(t, opened(t, config(t, s, paged("{by: page, parameter: page, ordered: id}"))), by(key(t, core.Email, maija)))
	if classOf(err) != core.ClassAuth || len(h.records) != 6 {
		t.Errorf("%d records, %v", len(h.records), err)
	}
}

// A token is judged by the service's clock: one that is not valid yet, or no
// longer, is renewed once for each request, and the problem names the clocks
// where they differ.
func TestTokensBeforeAndAfterTheirTime(t *testing.T) {
	for name, c := range map[string]struct {
		off   time.Duration
		words string
	}{"the service is a day behind": {-24 * time.Hour, "24h0m0s"}, "the service is two hours ahead": {2 * time.Hour, "2h0m0s"}, "clocks agree": {0, "renew it"}} {
		t.Run(name, func(t *testing.T) {
			given := 0
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				its := time.Now().Add(c.off)
				w.Header().Set("Date", its.UTC().Format(http.TimeFormat))
				if r.URL.Path == "/token" {
					given++
					write(w, map[string]any{"access_token": fmt.Sprint("t", given), "token_type": "Bearer", "expires_in": 3600})
					return
				}
				w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="The token is not valid yet"`)
				w.WriteHeader(http.StatusUnauthorized)
			})
			conf := config(t, s, tickets+"auth: {type: oauth2, client_id: sinusta}")
			conf.Auth.TokenURL, conf.ClientSecret = s.URL+"/token", "s3cret"
			_, err := ask(t, opened(t, conf), by(key(t, core.Email, maija)))
			if classOf(err) != core.ClassAuth || !strings.Contains(err.Error(), c.words) || given != 2 {
				t.Errorf("%d tokens, %v", given, err)
			}
		})
	}
}

// A token that expires while a list is read is renewed where the list stands.
func TestATokenThatExpiresInTheMiddleOfAList(t *testing.T) {
	given, used := 0, 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			given++
			used = 0
			write(w, map[string]any{"access_token": fmt.Sprint("t", given), "token_type": "Bearer", "expires_in": 3600})
			return
		}
		if used++; used > 2 || r.Header.Get("Authorization") != fmt.Sprint("Bearer t", given) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		write(w, map[string]any{"tickets": some((number(r, "page")-1)*3, 14, 3)})
	})
	conf := config(t, s, paged("{by: page, parameter: page, size: 3, ordered: id}")+"auth: {type: oauth2, client_id: sinusta}")
	conf.Auth.TokenURL, conf.ClientSecret = s.URL+"/token", "s3cret"
	h, err := ask(t, opened(t, conf), by(key(t, core.Email, maija)))
	if err != nil || len(h.records) != 14 || given != 3 || len(h.problems) > 0 {
		t.Errorf("%d records, %d tokens, %v, %v", len(h.records), given, h.problems, err)
	}
}

// A connection that stalls, or whose headers never end, is given up in time.
func TestConnectionsThatNeverEnd(t *testing.T) {
	t.Parallel() // it waits
	stall := func(head string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, head)
			_, _ = io.Copy(io.Discard, conn) // until the client goes
		}
	}
	const chunked = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want core.Class
	}{
		"nothing":                  {stall(""), core.ClassDeadline},
		"half a header":            {stall("HTTP/1.1 200 OK\r\nContent-Ty"), core.ClassDeadline},
		"a chunk that never ends":  {stall(chunked + "ffffff\r\n{\"tickets\":["), core.ClassDeadline},
		"a last chunk that lacks":  {stall(chunked + "e\r\n{\"tickets\":[]}\r\n"), core.ClassDeadline},
		"a chunk of absurd length": {stall(chunked + "ffffffffffffffffff\r\n"), core.ClassTransient},
		"endless headers": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for n := 0; err == nil; n++ {
				_, err = fmt.Fprintf(conn, "X-%d: %s\r\n", n, strings.Repeat("a", 1000))
			}
		}, core.ClassTransient},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.h)
			i, err := configure(config(t, s, tickets), sdk.Env{Kind: "ticketing", Timeout: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer i.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			h := &heard{}
			if err := i.search(ctx, by(key(t, core.Email, maija)), h); classOf(err) != c.want || ctx.Err() != nil || len(h.records) > 0 {
				t.Errorf("%q, want %q: %v", classOf(err), c.want, err)
			}
			s.CloseClientConnections()
		})
	}
}

// Answers that are small on the wire and large in memory: nested deep, wide, or
// of entities.
func TestAnswersThatGrowInMemory(t *testing.T) {
	const deep = 100_000
	nested := strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep)
	lists := strings.Repeat("[", deep) + strings.Repeat("]", deep)
	laughs := `<!DOCTYPE x [<!ENTITY l0 "lol">`
	for n := range 9 {
		laughs += fmt.Sprintf(`<!ENTITY l%d "%s">`, n+1, strings.Repeat(fmt.Sprintf("&l%d;", n), 10))
	}
	laughs += `]><Envelope><Body>&l9;</Body></Envelope>`
	for name, c := range map[string]struct{ mapping, contentType, body string }{
		"objects":          {tickets, "application/json", `{"tickets":[{"id":"1","title":` + nested + `}]}`},
		"lists":            {tickets, "application/json", `{"tickets":[{"id":"1","title":` + lists + `}]}`},
		"wide":             {tickets, "application/json", `{"tickets":[` + strings.Repeat("{},", 2_500_000) + `{}]}`},
		"a billion laughs": {findCases, "text/xml", laughs},
		"wide XML":         {findCases, "text/xml", soapAnswer(strings.Repeat("<a/>", 2_500_000))},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				w.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(w)
				_, _ = io.WriteString(z, c.body)
				_ = z.Close()
			})
			i := opened(t, config(t, s, c.mapping))
			i.endpoint.timeout = time.Minute
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			h, err := ask(t, i, by(key(t, core.Email, maija)))
			runtime.ReadMemStats(&after)
			if classOf(err) != core.ClassData || len(h.records) > 0 {
				t.Errorf("%v, %d records", err, len(h.records))
			}
			if grown := after.Sys - min(before.Sys, after.Sys); grown > 512<<20 {
				t.Errorf("the memory grew by %d MiB", grown>>20)
			}
		})
	}
}

// An attachment that unpacks without end is reported, never cut.
func TestAnAttachmentThatUnpacksWithoutEnd(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		zeros := make([]byte, 1<<20)
		for r.Context().Err() == nil {
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
	})
	attached := strings.Replace(tickets, `    ignore:`, `    content: {path: [tickets, {key: 0}, file], field: description}
    ignore:`, 1)
	i := opened(t, config(t, s, attached+"limits: {attachment: 10485760}\n"))
	r, err := i.Fetch(t.Context(), "ticket/1#")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n, err := io.Copy(io.Discard, r)
	var p *core.Problem
	if !errors.As(err, &p) || p.Class != core.ClassTruncated || n > 10<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
	_ = r.Close()
	s.CloseClientConnections()
}
