package restsource

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/services"
)

const guidance = "neuvonta@example.fi"

func graphMail(id, sender, mail string, to ...string) map[string]any {
	address := func(name, mail string) map[string]any {
		return map[string]any{"emailAddress": map[string]any{"name": name, "address": mail}}
	}
	recipients := []any{address("Neuvonta", guidance)}
	for _, t := range to {
		recipients = append(recipients, address("", t))
	}
	return map[string]any{"id": id, "internetMessageId": "<" + id + "@example.fi>", "conversationId": "c1", "subject": "Kysymys", "body": map[string]any{"contentType": "text", "content": "Hei"},
		"sentDateTime": "2024-03-01T08:00:00Z", "receivedDateTime": "2024-03-01T08:00:05Z", "from": address(sender, mail), "toRecipients": recipients, "ccRecipients": []any{}, "bccRecipients": []any{}}
}

// graphMailbox holds 45 messages of Maija, and some of others.
func graphMailbox() *services.Graph {
	s := &services.Graph{Token: "t0k3n", PageSize: 20, Messages: map[string][]map[string]any{"muu@example.fi": {graphMail("x1", "Esimerkki Maija", maija)}},
		Attachments: map[string][]map[string]any{"m00": {{"@odata.type": "#microsoft.graph.fileAttachment", "id": "f1", "name": "liite.txt", "contentType": "text/plain", "size": 6}}},
		Files:       map[string][]byte{"f1": []byte("liite!")}}
	var all []map[string]any
	for n := range 45 {
		all = append(all, graphMail(fmt.Sprintf("m%02d", n), "Maija Esimerkki", maija))
	}
	all = append(all, graphMail("k1", "Sean O'Brien", "sean.o'brien@example.fi"), graphMail("k2", "Toinen Taneli", "toinen@example.fi", maija),
		graphMail("k3", "Maija Esimerkkinen", "maija.esimerkkinen@example.fi"), graphMail("k4", "", "xmaija.esimerkki@example.fi"))
	s.Messages[guidance] = all
	return s
}

func TestMicrosoftGraphMail(t *testing.T) {
	t.Parallel() // it waits
	s := graphMailbox()
	i := oauth(t, "graph-mail", "mail", "/v1.0/users/"+guidance, s)
	var all []string
	for n := range 45 {
		all = append(all, fmt.Sprintf("message/m%02d", n))
	}
	h := finds(t, i, "an address, as sender and as recipient", by(key(t, core.Email, maija)), append(slices.Clone(all), "message/k2")...)
	first := h.records[slices.IndexFunc(h.records, func(r core.Record) bool { return r.Ref == "message/m00" })]
	if len(first.Parts) != 1 || len(first.Parties) != 2 || first.Time.IsZero() {
		t.Fatalf("%d parts, %d parties", len(first.Parts), len(first.Parties))
	}
	media, _ := core.First(first.Parts[0].Fields, "media")
	if got := fetched(t, i, media.Withheld.Ref); string(got) != "liite!" || media.Withheld.Size != 6 {
		t.Errorf("%q", got)
	}
	finds(t, i, "a name", by(key(t, core.Name, "Esimerkki, Maija")), all...)
	finds(t, i, "an apostrophe", by(key(t, core.Email, "sean.o'brien@example.fi")), "message/k1")
	finds(t, i, "a name with an apostrophe", by(key(t, core.Name, "O'Brien, Sean")), "message/k1")
	finds(t, i, "nobody", by(key(t, core.Email, "ei.kukaan@example.fi")))
	if list := checked(i); len(list) > 0 {
		t.Errorf("a check complains: %q", list)
	}
	s.Throttled.Store(1)
	if h := finds(t, i, "throttled", by(key(t, core.Email, "sean.o'brien@example.fi")), "message/k1"); len(h.waits) != 1 {
		t.Errorf("%d waits", len(h.waits))
	}
	// A list as long as the product gives at most may be longer.
	s.MostFound = 40
	i.plans[0].searches[0].config.Pages.Most = 40
	h, err := ask(t, i, by(key(t, core.Email, maija)))
	if err != nil || len(h.records) != 40 || !slices.Equal(h.classes(), []core.Class{core.ClassTruncated}) {
		t.Errorf("%d records, %v, %v", len(h.records), h.problems, err)
	}
	if i.plans[0].searches[1].config.Pages.Most != 40 && !strings.Contains(i.plans[0].searches[1].path, "search[1]") {
		t.Error("the bound is not that of the list")
	}
	nobodys := oauth(t, "graph-mail", "mail", "/v1.0/users/olematon@example.fi", graphMailbox())
	if _, err := ask(t, nobodys, by(key(t, core.Email, maija))); classOf(err) != core.ClassConfig {
		t.Errorf("a mailbox that is not there: %v", err)
	}
}

// Values that attack the search are refused, or stay in their phrase; the
// mailbox of another is never asked.
func TestHostileValuesStayInTheSearchOfGraph(t *testing.T) {
	i := oauth(t, "graph-mail", "mail", "/v1.0/users/"+guidance, graphMailbox())
	for _, v := range append(hostile(), `x" OR participants:"example.fi`, `x" OR from:maija OR subject:"`) {
		for _, kind := range []core.Kind{core.Email, core.Name} {
			id := core.Identifier{Kind: kind, Value: v, Status: core.Valid}
			if kind == core.Name {
				id.Value += ", Matti"
			}
			h, err := ask(t, i, by(id))
			if err != nil || len(h.records) > 0 {
				t.Errorf("%s %q: %v, %v", kind, v, h.refs(), err)
			}
			if unsafe := strings.ContainsAny(v, `"\*`) || controls(v); kind == core.Email && unsafe != slices.Contains(h.classes(), core.ClassPartial) {
				t.Errorf("%q: %v", v, h.problems)
			}
		}
	}
}
