package plugins

import (
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

const (
	restAccount  = "lukija"
	restPassword = "lukijan-salasana-84d2"
)

// restTypes maps the tickets of ticketService whole.
const restTypes = `
auth: {type: basic, user: lukija}
types:
  ticket:
    request:
      path: /tickets
      records: tickets
      pages: {by: offset, parameter: from, size_parameter: size, size: 500, total: total, ordered: the service orders by number, stays: numbers only grow}
    search:
      - {by: [email], query: {email: {identifier: email, as: normal}}}
      - {by: [name], query: {name: {identifier: name, as: family}}}
    list: {}
    key: [number]
    time: opened
    fields: {ticket_number: number, title: title, description: text, opened: {path: opened, as: time}}
    parties:
      - {slot: requester, path: requester, fields: {name: name, email: email, phone: phone}}
    parts:
      - type: comment
        path: comments
        key: [id]
        fields: {time: {path: at, as: time}, text: text}
        parties: [{slot: commenter, fields: {name: author}}]
      - type: attachment
        request: {path: [tickets, {key: 0}, files], records: files}
        key: [id]
        fields: {name: name, media_type: type, size: size}
        content: {path: [tickets, {key: 0}, files, {part_key: 0}], size: size}
`

// ticketService is a web service of tickets with one set of people under each
// of several addresses.
type ticketService struct {
	busy atomic.Int64 // how often /limited makes somebody wait yet
}

type serviceTicket struct{ number, title, text, opened, name, email string }

func (x serviceTicket) json(more string) string {
	return fmt.Sprintf(`{"number":%q,"title":%s,"text":%s,"opened":%q,"requester":{"name":%s,"email":%q,"phone":"+358 40 765 4321"}%s}`,
		x.number, quoted(x.title), quoted(x.text), x.opened, quoted(x.name), x.email, more)
}

// quoted writes a text as JSON with its bytes as they are.
func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func (s *ticketService) works() []serviceTicket {
	day := "2024-03-01T08:00:00+02:00"
	out := []serviceTicket{
		{"T1", "Tulostin ei toimi", "Kuvaus: ei toimi", day, "Esimerkki Maija", maija},
		{"T2", "Salasana unohtui taas", "Kuvaus: ei toimi", day, "Esimerkki Maija", maija},
		{"N1", "Composed letters", "x", day, composed, "aly1@example.fi"},
		{"N2", "Decomposed letters", "x", day, decomposed, "aly2@example.fi"},
		{"F1", "Opened tomorrow", "x", "2099-12-31T23:59:59Z", "Esimerkki Tuleva", "tuleva@example.fi"},
		{"L1", "Large", strings.Repeat("0123456789abcdef", 5<<16), day, "Esimerkki Iso", "iso@example.fi"},
		{"X1", "Other encoding", "x", day, latin("Mäkelä Latina"), "latin@example.fi"},
	}
	for n := range manyPekka {
		out = append(out, serviceTicket{fmt.Sprintf("P%05d", n), "Toistuva vika", "x", day, "Esimerkki Pekka", pekka})
	}
	return out
}

// page gives the tickets that a question finds, from one on, and how many there
// are.
func (s *ticketService) page(folder, email, name string, from, size int) (page []serviceTicket, total int) {
	crowd := map[string]int{"many": manyRecords, "stream": streamRecords}[folder]
	if crowd > 0 {
		if email != everybody {
			return nil, 0
		}
		for n := from; n < min(from+size, crowd); n++ {
			page = append(page, serviceTicket{fmt.Sprintf("M%06d", n), "Joukko", "x", "2024-03-01T08:00:00Z", "Esimerkki Kaikki", everybody})
		}
		return page, crowd
	}
	if folder == "empty" {
		return nil, 0
	}
	var all []serviceTicket
	for _, x := range s.works() {
		same := func(text, part string) bool {
			return strings.Contains(strings.ToLower(norm.NFC.String(text)), strings.ToLower(norm.NFC.String(part)))
		}
		if email != "" && x.email != email || name != "" && !same(x.name, name) {
			continue
		}
		all = append(all, x)
	}
	return all[min(from, len(all)):min(from+size, len(all))], len(all)
}

func (s *ticketService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != restAccount || password != restPassword {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	words := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(words) == 5 && (words[2] != "T1" || words[4] != "f1"):
		w.WriteHeader(http.StatusNotFound)
		return
	case len(words) == 5:
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(attachmentBytes())
		return
	case len(words) == 4 && words[2] == "T1":
		fmt.Fprintf(w, `{"files":[{"id":"f1","name":"loki.txt","type":"text/plain","size":%d}]}`, len(attachmentBytes()))
		return
	case len(words) == 4:
		fmt.Fprint(w, `{"files":[]}`)
		return
	}
	if words[0] == "limited" && s.busy.Add(-1) == 0 {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	if words[0] == "clock" {
		w.Header().Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
	}
	q := r.URL.Query()
	from, _ := strconv.Atoi(q.Get("from"))
	size, _ := strconv.Atoi(q.Get("size"))
	page, total := s.page(words[0], q.Get("email"), q.Get("name"), from, size)
	var b strings.Builder
	for n, x := range page {
		more := `,"comments":[]`
		if x.number == "T1" {
			more = `,"comments":[{"id":1,"at":"2024-03-01T09:00:00+02:00","text":"Kokeiltu uudestaan","author":"Esimerkki Maija"}]`
		}
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteString(x.json(more))
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"total":%d,"tickets":[%s]}`, total, b.String())
}

func attachmentBytes() []byte { return []byte(strings.Repeat("rivi lokia\n", 300_000)) }

func restSuite(t *testing.T) sdktest.Suite {
	service := &ticketService{}
	server := httptest.NewTLSServer(service)
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	config := func(folder, password string) *sdktest.Setup {
		return setup(t, "url: "+server.URL+"/"+folder+"\nca_file: "+ca+restTypes, map[string]string{"password": password})
	}
	s := suiteOf(t, "ticketing")
	s.Works = config("works", restPassword)
	s.Fields = append([]string{"ticket:attachment/name", "ticket:attachment/media_type", "ticket:attachment/size"}, ticketFields...)
	s.Values = []string{"Kuvaus: ei toimi", "+358 40 765 4321"}
	s.Finds = []sdktest.Case{
		{Query: by(t, core.Email, maija), Refs: []string{"ticket/T1", "ticket/T2"}},
		{Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{"ticket/F1"}},
		{Query: by(t, core.Email, pekka), Count: manyPekka},
	}
	s.BadSecret, s.Absent = config("works", "kelvoton-salasana-51d9"), setup(t, "url: http://{listener}"+restTypes, map[string]string{"password": restPassword})
	s.Empty = &sdktest.Case{Setup: config("empty", restPassword), Query: by(t, core.Email, maija)}
	s.One = &sdktest.Case{Query: by(t, core.Email, "tuleva@example.fi"), Count: 1}
	// A ticket's attachments are a request of their own: 100,000 are tried
	// without them.
	plain := func(folder string) *sdktest.Setup {
		mapping, _, _ := strings.Cut(restTypes, "      - type: attachment")
		return setup(t, "url: "+server.URL+"/"+folder+"\nca_file: "+ca+mapping, map[string]string{"password": restPassword})
	}
	s.Many = &sdktest.Case{Setup: plain("many"), Query: by(t, core.Email, everybody), Count: manyRecords}
	s.Stream = &sdktest.Case{Setup: plain("stream"), Query: by(t, core.Email, everybody), Count: streamRecords}
	s.LargeValue = &sdktest.ValueCase{Case: sdktest.Case{Query: by(t, core.Email, "iso@example.fi")}, Ref: "ticket/L1", Field: "description", Size: 5 << 20}
	s.Encoded = &sdktest.ValueCase{Case: sdktest.Case{Query: by(t, core.Email, "latin@example.fi")}, Ref: "ticket/X1", Field: "requester.name", Text: "Mäkelä Latina"}
	both := []string{"ticket/N1", "ticket/N2"}
	s.Composed = &sdktest.Case{Query: by(t, core.Name, composed), Refs: both}
	s.Decomposed = &sdktest.Case{Query: by(t, core.Name, decomposed), Refs: both}
	s.Clock = &sdktest.Case{Setup: config("clock", restPassword), Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{"ticket/F1"}}
	service.busy.Store(2) // the first request is that of Configure
	s.Limited = &sdktest.Case{Setup: config("limited", restPassword), Query: by(t, core.Email, maija), Refs: []string{"ticket/T1", "ticket/T2"}}
	sum := sha256.Sum256(attachmentBytes())
	s.Attachment = &sdktest.Attachment{Ref: "ticket/T1#attachment/f1", Size: uint64(len(attachmentBytes())), SHA256: sum[:]}
	return s
}
