package restsource

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/internal/configschema"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// heard is what a search told.
type heard struct {
	records  []core.Record
	problems []core.Problem
	counts   []core.TypeCount
	waits    []time.Time
	// points are the checkpoints, and before how many records came before each.
	points []core.Checkpoint
	before []int
}

func (h *heard) Checkpoint(c core.Checkpoint) error {
	h.points, h.before = append(h.points, c), append(h.before, len(h.records))
	return nil
}
func (h *heard) Emit(r core.Record) error      { h.records = append(h.records, r); return nil }
func (h *heard) Notice(p core.Problem) error   { h.problems = append(h.problems, p); return nil }
func (h *heard) Examined(c core.TypeCount)     { h.counts = append(h.counts, c) }
func (h *heard) LeftOut([]core.LeftOut)        {}
func (h *heard) Progress(uint64)               {}
func (h *heard) Waiting(until time.Time) error { h.waits = append(h.waits, until); return nil }

func (h *heard) refs() []string {
	out := []string{}
	for _, r := range h.records {
		out = append(out, r.Ref)
	}
	slices.Sort(out)
	return out
}

func (h *heard) classes() []core.Class {
	out := []core.Class{}
	for _, p := range h.problems {
		if !slices.Contains(out, p.Class) {
			out = append(out, p.Class)
		}
	}
	slices.Sort(out)
	return out
}

// seen is a request as the service saw it.
type seen struct {
	*http.Request
	body string
}

// service is a server with what it was asked.
type service struct {
	*httptest.Server
	ca string
	mu sync.Mutex
	// requests in order.
	requests []seen
}

func (s *service) asked() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// serve starts a server with TLS.
func serve(t *testing.T, h http.HandlerFunc) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		buf := make([]byte, 4096)
		for {
			n, err := r.Body.Read(buf)
			b.Write(buf[:n])
			if err != nil {
				break
			}
		}
		s.mu.Lock()
		s.requests = append(s.requests, seen{r.Clone(context.WithoutCancel(r.Context())), b.String()})
		s.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(b.String()))
		h(w, r)
	}))
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	s.ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(s.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// tickets is a mapping of a plain service of tickets.
const tickets = `
types:
  ticket:
    search:
      - {by: [email], path: /tickets, query: {requester: {identifier: email, as: normal}}, records: tickets}
    key: [id]
    time: created
    fields: {ticket_number: number, title: title, description: text}
    parties:
      - {slot: requester, path: requester, fields: {name: name, email: mail, phone: phone}}
    ignore: {version: "technical: locking"}
`

// decoded gives a configuration, right or wrong.
func decoded(t *testing.T, text string) Config {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var c Config
	if err := strict(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// config gives a configuration that editors take too.
func config(t *testing.T, s *service, text string) Config {
	t.Helper()
	c := decoded(t, text)
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := configschema.Validate(configSchema, data); err != nil {
		t.Errorf("the schema for editors refuses it: %s", err)
	}
	if s != nil {
		c.URL, c.CAFile = s.URL, s.ca
	}
	return c
}

func opened(t *testing.T, c Config) *instance {
	t.Helper()
	i, err := configure(c, sdk.Env{Kind: "ticketing", Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	return i
}

// openedAs opens a configuration for a system of another kind.
func openedAs(t *testing.T, c Config, kind string) *instance {
	t.Helper()
	i, err := configure(c, sdk.Env{Kind: kind, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	i.endpoint.limiter = nil // the rate is for a real product
	t.Cleanup(func() { _ = i.Close() })
	return i
}

func key(t *testing.T, kind core.Kind, raw string) core.Identifier {
	t.Helper()
	id, err := identifier.Parse(kind, raw)
	if err != nil {
		t.Fatal(err)
	}
	id.Forms = identifier.Forms(id)
	return id
}

func by(ids ...core.Identifier) core.Query {
	return core.Query{Request: "test", AnyOf: []core.KeySet{{AllOf: ids}}}
}

func ask(t *testing.T, i *instance, q core.Query) (*heard, error) {
	t.Helper()
	h := &heard{}
	return h, i.search(context.Background(), q, h)
}

func classOf(err error) core.Class {
	var p *core.Problem
	if errors.As(err, &p) {
		return p.Class
	}
	if err != nil {
		return "no class: " + core.Class(err.Error())
	}
	return ""
}

const maija = "maija.esimerkki@example.fi"

// ticket gives one ticket of the plain service.
func ticket(id, mail string) map[string]any {
	return map[string]any{"id": id, "number": "T-" + id, "title": "Tulostin", "text": "Ei toimi", "created": "2024-03-01T08:00:00+02:00", "version": 3,
		"requester": map[string]any{"name": "Esimerkki Maija", "mail": mail, "phone": nil}}
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
