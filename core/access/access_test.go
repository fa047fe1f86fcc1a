package access_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/store"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func id(t testing.TB, kind core.Kind, value, issuer string) core.Identifier {
	t.Helper()
	i, err := identifier.Parse(kind, value)
	if err != nil {
		t.Fatalf("parse a %s: %v", kind, err)
	}
	i.Issuer, i.Assurance = issuer, core.Verified
	return i
}

func request(ids ...core.Identifier) access.Request {
	return access.Request{CaseNumber: "VALTORI/1/2026", Received: now, Language: "en", Subject: core.Subject{Identifiers: ids}}
}

func stated(i core.Identifier) core.Identifier {
	i.Assurance = core.Stated
	return i
}

func former(i core.Identifier) core.Identifier {
	i.Valid.To = now.AddDate(-1, 0, 0)
	return i
}

func organisation(systems ...catalogue.System) *catalogue.Catalogue {
	return &catalogue.Catalogue{Organisation: catalogue.Organisation{ID: "valtori", ArtificialCodes: catalogue.AnchorArtificial}, Systems: systems}
}

func system(id, kind string, keys ...catalogue.SearchKey) catalogue.System {
	return catalogue.System{ID: id, Kind: kind, SearchKeys: keys}
}

func by(kind core.Kind, issuer string) catalogue.SearchKey {
	return catalogue.SearchKey{Kind: kind, Issuer: issuer}
}

func connected(c *catalogue.Catalogue) access.Wiring {
	w := access.Wiring{}
	for _, s := range c.Systems {
		w[s.ID] = access.Source{Connection: access.Connected}
	}
	return w
}

// scripted is a source whose faults no real system can be made to have on

// demand.

type scripted struct {
	search func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error)
}

func (s scripted) Search(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error) {
	return s.search(ctx, q, emit)
}

type sources map[string]func(ctx context.Context, q core.Query, emit func(core.Event) error) (*core.Completion, error)

func (s sources) Open(_ context.Context, system string, _ core.Query) (*access.Opened, error) {
	search, ok := s[system]
	if !ok {
		return nil, &core.Problem{Class: core.ClassConfig, Message: "no such source"}
	}
	return &access.Opened{Source: scripted{search}, Close: func(context.Context) error { return nil }}, nil
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	home := t.TempDir()
	if err := store.InitKeys(home); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// newLog gives a log of its own.
func newLog(t *testing.T) *audit.Log {
	t.Helper()
	home := t.TempDir()
	if err := audit.InitKeys(home); err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return log
}

func openRequest(t *testing.T, s *store.Store, r access.Request) *store.File {
	t.Helper()
	file, err := access.Open(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func contact(n int, email string) core.Record {
	return core.Record{Type: "contact", Ref: fmt.Sprintf("contact/%d", n),
		Fields:  []core.Field{{Name: "created", Value: core.DateValue(now.AddDate(0, 0, -n))}},
		Parties: []core.Party{{Slot: "contact", Fields: []core.Field{{Name: "email", Value: core.TextValue(email)}}}}}
}

func complete(n uint64) *core.Completion {
	return &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "contact", Examined: true, Matched: n, Sent: n}}}
}

// A source that fails, hangs, lies or dies changes its own outcome and

// nothing else; a second run asks again only what is not final.

func outcomes(a *access.Answer) map[string]core.Outcome {
	got := map[string]core.Outcome{}
	for _, c := range a.Coverage {
		got[c.System] = c.Outcome
	}
	return got
}

// What the part before the checkpoint missed stays missed when the search goes

// on after it.

// A retry that fails takes nothing away; one that is answered replaces what

// the system no longer holds.

// A final outcome stands only for the question that was asked, through the

// source that was asked.

// While a request is run, and after a run that was killed, nobody reads

// verdicts of the run before beside records of this one.

// The same thing is one item whatever the order in which its records came.

// dayOf gives midnight of an ISO day in Finland, as an intake has it.
func dayOf(t *testing.T, day string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC() // the store keeps the moment, not the zone
}
