package sqlsource

import (
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// wantStrays holds that a search tells of strays or does not.
func wantStrays(t *testing.T, h *heard, want bool) {
	t.Helper()
	got := len(h.notices) == 1 && h.notices[0].Class == core.ClassPartial && strings.Contains(h.notices[0].Message, "rows of table")
	if got != want || len(h.notices) > 1 {
		t.Errorf("notices = %+v, want strays told: %v", h.notices, want)
	}
}

func TestWhoStandsOnlyWhereNobodyIsLookedUpIsNoStray(t *testing.T) {
	const m = `
types:
  employee:
    table: emp
    key: [id]
    parties:
      - {slot: employee, table: person, join: {id: person}, fields: {name: n, email: mail}}
      - {slot: supervisor, table: person, join: {id: boss}, fields: {name: n, email: mail}}
      - {slot: emergency_contact, table: person, join: {id: ice}, fields: {name: n, email: mail}}
`
	onEveryDatabase(t, func(t *testing.T, d database) {
		i := mustOpen(t, mapping(t, d.make(t, "CREATE TABLE emp (id INTEGER PRIMARY KEY, person INTEGER, boss INTEGER, ice INTEGER)", "CREATE TABLE person (id INTEGER PRIMARY KEY, n TEXT, mail TEXT)",
			"INSERT INTO person VALUES (1, 'Eino Aho', 'eino@example.fi'), (2, 'Veera Virta', 'veera@example.fi'), (3, 'Maija Mäkinen', 'maija@example.fi'), (4, 'Yrjö Yksin', 'yrjo@example.fi')",
			"INSERT INTO emp VALUES (1, 1, 2, 3)"), m), "hr")
		for _, test := range []struct {
			asked core.Identifier
			told  bool
			refs  []string
		}{
			{id(t, core.Email, "eino@example.fi"), false, []string{"employee/1"}},
			{id(t, core.Email, "veera@example.fi"), false, []string{"employee/1"}},
			{id(t, core.Name, "Virta, Veera"), false, nil}, // officials are not looked up by name
			{id(t, core.Email, "maija@example.fi"), false, nil},
			{id(t, core.Name, "Mäkinen, Maija"), false, nil},
			{id(t, core.Email, "yrjo@example.fi"), true, nil},
		} {
			h := ask(t, i, one(test.asked))
			wantRefs(t, h, test.refs...)
			wantStrays(t, h, test.told)
		}
	})
}

func TestWhoStandsWhereTheMappingCannotFindThemIsTold(t *testing.T) {
	const m = `
types:
  ticket:
    table: task
    key: [id]
    parties:
      - {slot: requester, table: u, join: {id: caller}, fields: {name: n, email: mail}}
      - {slot: affected, table: u, join: {id: concerned}, fields: {name: n}}
      - {slot: approver, table: u, join: {id: approver}, fields: {name: n}}
    parts:
      - {type: comment, table: task, join: {id: id}, key: [id], fields: {text: body}}
`
	onEveryDatabase(t, func(t *testing.T, d database) {
		i := mustOpen(t, mapping(t, d.make(t, "CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT, mail TEXT)", "CREATE TABLE task (id INTEGER PRIMARY KEY, caller INTEGER, concerned INTEGER, approver INTEGER, body TEXT)",
			"INSERT INTO u VALUES (1, 'Maija Mäkinen', 'caller@example.fi'), (2, 'Eino Aho', 'affected@example.fi'), (3, 'Veera Virta', 'both@example.fi'), (4, 'Aku Apu', 'approver@example.fi')",
			"INSERT INTO task VALUES (1, 1, 2, NULL, 'x'), (2, 3, NULL, 4, 'x'), (3, 1, 3, NULL, 'x')"), m), "ticketing")
		for _, test := range []struct {
			asked core.Identifier
			told  bool
			refs  []string
		}{
			{id(t, core.Email, "caller@example.fi"), false, []string{"ticket/1", "ticket/3"}},
			{id(t, core.Email, "affected@example.fi"), true, nil},              // in no record that an e-mail address finds
			{id(t, core.Email, "both@example.fi"), true, []string{"ticket/2"}}, // and in ticket/3
			{id(t, core.Email, "approver@example.fi"), true, nil},
			{id(t, core.Name, "Aho, Eino"), false, []string{"ticket/1"}},
			{id(t, core.Name, "Virta, Veera"), false, []string{"ticket/2", "ticket/3"}},
			{id(t, core.Name, "Apu, Aku"), false, nil},
		} {
			h := ask(t, i, one(test.asked))
			wantRefs(t, h, test.refs...)
			wantStrays(t, h, test.told)
		}
	})
}

func TestWhoStandsInATypeThatLacksTheirIdentifierIsTold(t *testing.T) {
	const m = `
types:
  contact: {table: p, key: [id], parties: [{slot: contact, fields: {name: n}}]}
  invoice: {table: bill, key: [id], parties: [{slot: payee, table: p, join: {id: payee}, fields: {name: n, email: mail}}]}
`
	onEveryDatabase(t, func(t *testing.T, d database) {
		i := mustOpen(t, mapping(t, d.make(t, "CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT, mail TEXT)", "CREATE TABLE bill (id INTEGER PRIMARY KEY, payee INTEGER)",
			"INSERT INTO p VALUES (1, 'Maija Mäkinen', 'maija@example.fi'), (2, 'Eino Aho', 'eino@example.fi')", "INSERT INTO bill VALUES (1, 1)"), m), "crm")
		h := ask(t, i, one(id(t, core.Email, "eino@example.fi")))
		wantRefs(t, h)
		wantStrays(t, h, true)
		h = ask(t, i, one(id(t, core.Email, "maija@example.fi")))
		wantRefs(t, h, "invoice/1")
		wantStrays(t, h, true)
		h = ask(t, i, one(id(t, core.Email, "eino@example.fi")), one(id(t, core.Name, "Aho, Eino")))
		wantRefs(t, h, "contact/2")
		wantStrays(t, h, false)
		q := query(one(id(t, core.Email, "maija@example.fi")))
		q.Types = []string{"invoice"} // the contact was not asked for
		h = &heard{}
		if err := i.search(t.Context(), q, h); err != nil {
			t.Fatal(err)
		}
		wantRefs(t, h, "invoice/1")
		wantStrays(t, h, false)
	})
}
