package restsource

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/services"
)

func TestRequestTracker(t *testing.T) {
	ref := func(id string) map[string]any {
		return map[string]any{"type": "user", "id": id, "_url": "https://rt/REST/2.0/user/1"}
	}
	s := &services.RT{Token: "t0k3n", Attachments: map[int][]map[string]any{}}
	add := func(id int, mail string) {
		requestor := ref(mail)
		requestor["EmailAddress"] = mail
		s.Tickets = append(s.Tickets, map[string]any{"id": id, "Type": "ticket", "Subject": "Tulostin", "Status": "open", "Priority": "3", "Created": "2024-03-01T08:00:00Z", "Resolved": nil,
			"Queue": map[string]any{"id": "1", "type": "queue", "_url": "x", "Name": "Tuki"}, "Owner": ref("tuki"), "Requestor": []any{requestor}, "Cc": []any{}, "_hyperlinks": []any{map[string]any{"ref": "self"}}})
		s.Attachments[id] = []map[string]any{{"type": "attachment", "id": fmt.Sprint(id, "1"), "_url": "x", "Subject": "Tulostin", "Filename": "", "ContentType": "text/plain", "Created": "2024-03-01T08:00:00Z",
			"Creator": ref(mail), "Content": base64.StdEncoding.EncodeToString([]byte("Ei toimi, äh"))},
			{"type": "attachment", "id": fmt.Sprint(id, "2"), "_url": "x", "Subject": "", "Filename": "kuva.png", "ContentType": "image/png", "Created": "2024-03-01T08:00:00Z", "Creator": ref(mail), "Content": "iVBORw0KGgo="}}
	}
	for n := range 130 {
		add(n+1, maija)
	}
	add(900, "sean.o'brien@example.fi")
	i, _ := recipe(t, "rt", s, func(c *Config) { c.Token = "t0k3n" })
	var all []string
	for n := range 130 {
		all = append(all, fmt.Sprint("ticket/", n+1))
	}
	h := finds(t, i, "e-mail over two pages", by(key(t, core.Email, maija)), all...)
	at := slices.IndexFunc(h.records, func(r core.Record) bool { return r.Ref == "ticket/7" })
	r := h.records[at]
	var texts []string
	for _, p := range r.Parts {
		for _, f := range p.Fields {
			if f.Name == "text" {
				texts = append(texts, f.Value.Plain()+string(f.Value.Type))
			}
		}
	}
	if want := "Tulostintext Ei toimi, ähtext kuva.pngtext withheld"; strings.Join(texts, " ") != want {
		t.Errorf("%q, want %q", texts, want)
	}
	finds(t, i, "an apostrophe", by(key(t, core.Email, "sean.o'brien@example.fi")), "ticket/900")
	finds(t, i, "number", by(core.Identifier{Kind: core.TicketNumber, Value: "900", Status: core.Valid}), "ticket/900")
}
