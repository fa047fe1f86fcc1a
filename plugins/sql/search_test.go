package sqlsource

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

const people = `
types:
  ticket:
    table: ticket
    key: [ticket_no]
    time: opened_at
    fields: {ticket_number: ticket_no, title: subject, opened: opened_at}
    parties:
      - {slot: requester, fields: {name: req_name, personal_identity_code: req_code, email: req_email, phone: req_phone, employee_number: req_kieku, date_of_birth: req_born}}
      - {slot: assignee, fields: {name: agent_name, email: agent_email}}
`

const peopleTable = `CREATE TABLE ticket (ticket_no TEXT PRIMARY KEY, subject TEXT, opened_at TIMESTAMP, req_name TEXT, req_code TEXT,
	req_email TEXT, req_phone TEXT, req_kieku TEXT, req_born TEXT, agent_name TEXT, agent_email TEXT)`

// ticketWith gives the statement that adds a ticket with one column set.
func ticketWith(number, column, value string) string {
	return fmt.Sprintf("INSERT INTO ticket (ticket_no, opened_at, %s) VALUES ('%s', '2024-03-01 10:00:00', '%s')", column, number, strings.ReplaceAll(value, "'", "''"))
}

func TestIdentifiersAreFoundHoweverTheyAreWritten(t *testing.T) {
	tests := []struct {
		column, asked string
		kind          core.Kind
		found, other  []string
	}{
		{"req_code", "131052-308T", core.PersonalIdentityCode,
			[]string{"131052-308T", "131052-308t", " 131052-308T ", "131052 - 308T", "131052\u2013308T", "131052\u2212308t", "131052-308T\u00a0"},
			[]string{"131052Y308T", "131052A308T", "131052308T", "131052-309U", "131052+308T"}},
		{"req_email", "maija.makinen@example.fi", core.Email,
			[]string{"maija.makinen@example.fi", "Maija.Makinen@EXAMPLE.FI", "other@example.fi; maija.makinen@example.fi", "a@example.fi,maija.makinen@example.fi",
				"Maija Mäkinen <maija.makinen@example.fi>", "  maija.makinen@example.fi\n", "mailto:maija.makinen@example.fi"},
			[]string{"maija.makinen@example.fi.org", "xmaija.makinen@example.fi", "maijamakinen@example.fi", "maija.makinen+x@example.fi"}},
		{"req_phone", "040 123 4567", core.Phone,
			[]string{"0401234567", "+358401234567", "+358 40 123 4567", "040-1234567", "(040) 123 45 67", "00358401234567", "+358 (0)40 1234567", "puh. 040 1234567",
				"09 1234567; 040 1234567", "050 7654321 040 1234567", "0507654321 / 0401234567", "040\u20131234567", "401234567", "0401234567 (työ)",
				"040 1234567 ext 12", "040 1234567 ext. 12", "0401234567x12", "040 1234567 alanro 12", "tel:+358401234567;ext=12", "0401234567#12", "040 1234567, 12"},
			[]string{"0401234568", "+46401234567", "040 123 4567 8", "1234567"}},
		{"req_kieku", "00104233", core.EmployeeNumber, []string{"00104233", "104233", " 104233 ", "0000104233"}, []string{"104234", "1042330", "204233", "A104233"}},
	}
	onEveryDatabase(t, func(t *testing.T, d database) {
		for _, test := range tests {
			statements, want := []string{peopleTable}, []string{}
			for i, v := range test.found {
				want = append(want, fmt.Sprintf("ticket/A%02d", i))
				statements = append(statements, ticketWith(fmt.Sprintf("A%02d", i), test.column, v))
			}
			for i, v := range test.other {
				statements = append(statements, ticketWith(fmt.Sprintf("B%02d", i), test.column, v))
			}
			t.Run(string(test.kind), func(t *testing.T) {
				i := mustOpen(t, mapping(t, d.make(t, statements...), people), "ticketing")
				h := ask(t, i, one(id(t, test.kind, test.asked)))
				wantRefs(t, h, want...)
				if c := h.counts["ticket"]; !c.Examined || c.Matched != uint64(len(want)) {
					t.Errorf("count = %+v, want examined and %d matched", c, len(want))
				}
			})
		}
	})
}

func TestNamesAreFoundHoweverTheyAreWritten(t *testing.T) {
	tests := []struct {
		asked        string
		found, other []string
	}{
		{"Mäkinen, Maija Helena",
			[]string{"Maija Mäkinen", "MÄKINEN MAIJA", "Makinen, Maija", "Maekinen Maija", "Ma\u0308kinen Maija Helena", "M. Mäkinen", "maija helena mäkinen",
				"  Mäkinen   Maija ", "M\u00c4KINEN, MAIJA H."},
			[]string{"Matti Mäkinen", "Maija Mäkelä", "Maija Virtanen", "Mäkinen", "Maija"}},
		{"Aho, Eino", []string{"Eino Aho", "AHO EINO", "Åho Eino"}, []string{"Eino Ahola", "Eero Aho"}},
		{"Ö, Åke", []string{"Åke Ö", "Ö, Åke"}, []string{"Åke Öst"}},
		{"Sjöström, Åsa", []string{"SJOSTROM ASA", "Sjoestroem, Aasa", "Åsa Sjöström"}, []string{"Åsa Sjögren"}},
		{"Mäki-Virtanen, Liisa", []string{"Liisa Mäki-Virtanen", "Liisa Virtanen", "Liisa Mäki", "LIISA MAKI VIRTANEN"}, []string{"Liisa Virta"}},
		{"Saric, Ana", []string{"Ana Šarić", "ANA SARIC", "Ana S\u030caric\u0301"}, nil},
		{"Ivanov, Ivan", []string{"Иванов Иван", "Ivan Ivanov"}, nil},
		{"Müller, Eva", []string{"Eva Mueller", "Eva Müller", "Eva Muller"}, nil},
	}
	onEveryDatabase(t, func(t *testing.T, d database) {
		for _, test := range tests {
			statements, want := []string{peopleTable}, []string{}
			for i, v := range test.found {
				want = append(want, fmt.Sprintf("ticket/A%02d", i))
				statements = append(statements, ticketWith(fmt.Sprintf("A%02d", i), "req_name", v), ticketWith(fmt.Sprintf("C%02d", i), "agent_name", v))
			}
			for i, v := range test.other {
				statements = append(statements, ticketWith(fmt.Sprintf("B%02d", i), "req_name", v))
			}
			t.Run(test.asked, func(t *testing.T) {
				i := mustOpen(t, mapping(t, d.make(t, statements...), people), "ticketing")
				h := ask(t, i, one(id(t, core.Name, test.asked)))
				wantRefs(t, h, want...)
				for _, r := range h.records {
					if len(r.MatchedBy) != 1 || r.MatchedBy[0].Slot != "requester" || r.MatchedBy[0].Field != "name" {
						t.Errorf("%s: matched by %+v", r.Ref, r.MatchedBy)
					}
				}
			})
		}
	})
}

func TestNameInTwoColumnsAndFormerName(t *testing.T) {
	const m = `
types:
  employee:
    table: emp
    key: [id]
    parties: [{slot: employee, fields: {given_name: given, family_name: family, former_name: former, date_of_birth: born}}]
`
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := d.make(t, "CREATE TABLE emp (id INTEGER PRIMARY KEY, given TEXT, family TEXT, former TEXT, born DATE)",
			"INSERT INTO emp VALUES (2, 'Maija Helena', 'Mäkinen', 'Virtanen', '1990-01-05'), (10, 'MAIJA', 'VIRTANEN', NULL, '1970-02-03'), (3, 'Maija', NULL, NULL, NULL), (4, NULL, 'Virtanen', NULL, NULL)")
		i := mustOpen(t, mapping(t, c, m), "hr")
		wantRefs(t, ask(t, i, one(id(t, core.Name, "Virtanen, Maija"))), "employee/2", "employee/10")
		wantRefs(t, ask(t, i, one(id(t, core.Name, "Mäkinen, Maija"))), "employee/2")
		born := id(t, core.DateOfBirth, "5.1.1990")
		h := ask(t, i, one(id(t, core.Name, "Virtanen, Maija"), born))
		wantRefs(t, h, "employee/2")
		if len(h.records[0].MatchedBy) != 2 {
			t.Errorf("matched by %+v", h.records[0].MatchedBy)
		}
		h = ask(t, i, one(born))
		wantRefs(t, h)
		if h.counts["employee"].Examined {
			t.Error("a date of birth alone must be no key")
		}
	})
}

func TestDayOfBirthInEveryForm(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		statements, want := []string{peopleTable}, []string{}
		add := func(prefix string, values ...string) {
			for i, v := range values {
				n := fmt.Sprintf("%s%02d", prefix, i)
				if prefix == "A" {
					want = append(want, "ticket/"+n)
				}
				statements = append(statements, fmt.Sprintf("INSERT INTO ticket (ticket_no, req_name, req_born) VALUES ('%s', 'Maija Mäkinen', '%s')", n, v))
			}
		}
		add("A", "1990-01-05", "5.1.1990", "05.01.1990", "050190", "05011990", "19900105", "5.1.90", "1990-01-05 00:00:00", "05/01/1990", "1990-01-05T00:00:00+02:00")
		add("B", "1990-05-01", "1.5.1990", "060190", "1991-01-05", "", "x")
		i := mustOpen(t, mapping(t, d.make(t, statements...), people), "ticketing")
		wantRefs(t, ask(t, i, one(id(t, core.Name, "Mäkinen, Maija"), id(t, core.DateOfBirth, "1990-01-05"))), want...)
	})
}

func TestDayOfBirthColumnsWithTypes(t *testing.T) {
	server := sharedPostgres(t)
	for _, typ := range []string{"date", "timestamp", "timestamptz", "text"} {
		value := "1990-01-05"
		if typ == "timestamptz" {
			value = "1990-01-05 00:00:00+02"
		}
		c := makePostgres(t, server, "CREATE TABLE p (id int PRIMARY KEY, n text, b "+typ+", org text)",
			"INSERT INTO p VALUES (1, 'Maija Mäkinen', '"+value+"', '0000001-9'), (2, 'Maija Mäkinen', '1990-01-04', '0000001-9')")
		i := mustOpen(t, mapping(t, c, `
types: {contact: {table: p, key: [id], parties: [{slot: contact, fields: {name: n, date_of_birth: b, business_id: org}}]}}`), "crm")
		h := ask(t, i, one(id(t, core.Name, "Mäkinen, Maija"), id(t, core.DateOfBirth, "1990-01-05")))
		wantRefs(t, h, "contact/1")
		if v, _ := core.First(h.records[0].Parties[0].Fields, "date_of_birth"); v.Plain() != "1990-01-05" {
			t.Errorf("%s: value %+v", typ, v)
		}
	}
}

func TestAllOfASetAgreesInOneParty(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := d.make(t, peopleTable,
			"INSERT INTO ticket (ticket_no, req_name, req_email, agent_name, agent_email) VALUES "+
				"('1', 'Maija Mäkinen', 'x@example.fi', 'Maija Mäkinen', 'maija@example.fi'), ('2', 'Maija Mäkinen', 'maija@example.fi', NULL, NULL)")
		i := mustOpen(t, mapping(t, c, people), "ticketing")
		set := one(id(t, core.Name, "Mäkinen, Maija"), id(t, core.Email, "maija@example.fi"))
		wantRefs(t, ask(t, i, set), "ticket/2")
		h := ask(t, i, one(id(t, core.Email, "maija@example.fi")))
		wantRefs(t, h, "ticket/1", "ticket/2")
		if got := h.records[0].MatchedBy; len(got) != 1 || got[0].Slot != "assignee" || got[0].Kind != core.Email {
			t.Errorf("matched by %+v", got)
		}
		// The record's own number counts beside a party.
		set = one(id(t, core.Name, "Mäkinen, Maija"), id(t, core.TicketNumber, "2"))
		wantRefs(t, ask(t, i, set), "ticket/2")
	})
}

const graph = `
types:
  case:
    table: case
    key: [org, no]
    time: registered
    fields: {diary_number: no, name: title, received: registered}
    parties:
      - {slot: initiator, table: "Henkilö", through: {table: case party, join: {c_org: org, c_no: no}, to: {pid: "Tunniste nro"}},
         fields: {family_name: Sukunimi, given_name: etu nimi, personal_identity_code: "select", role: through.Rooli}, ignore: {through.pid: x}}
      - {slot: handler, table: handlers, join: {org: org, no: no}, fields: {name: who, user_id: uid}}
    parts:
      - {type: document, table: doc, join: {org: org, case_no: no}, key: [org, id], fields: {name: title, date: dated},
         parties: [{slot_column: kind, slots: {in: sender, out: author}, fields: {name: person, email: mail}},
                   {slot: sender, table: cosender, join: {org: org, doc: id}, fields: {name: name}}]}
`

func graphTables() []string {
	return []string{
		`CREATE TABLE "case" (org TEXT, no TEXT, title TEXT, registered TIMESTAMP, PRIMARY KEY (org, no))`,
		`CREATE TABLE "Henkilö" ("Tunniste nro" INTEGER PRIMARY KEY, "Sukunimi" TEXT, "etu nimi" TEXT, "select" TEXT)`,
		`CREATE TABLE "case party" (c_org TEXT, c_no TEXT, pid INTEGER, "Rooli" TEXT)`,
		`CREATE TABLE handlers (org TEXT, no TEXT, who TEXT, uid TEXT)`,
		`CREATE TABLE doc (org TEXT, id INTEGER, case_no TEXT, title TEXT, dated DATE, kind TEXT, person TEXT, mail TEXT, PRIMARY KEY (org, id))`,
		`CREATE TABLE cosender (org TEXT, doc INTEGER, name TEXT)`,
		`INSERT INTO "case" VALUES ('K', '1/2024', 'Oma asia', '2024-02-01 09:30:00'), ('K', '2/2024', 'Toinen', '2024-02-02 09:30:00'), ('H ä/%', '1/2024', 'Muu', NULL)`,
		`INSERT INTO "Henkilö" VALUES (1, 'Mäkinen', 'Maija', '131052-308T'), (2, 'Korhonen', 'Eino', '010101-0101'), (3, 'Yksin', 'Yrjö', '111111-111C')`,
		`INSERT INTO "case party" VALUES ('K', '1/2024', 1, 'hakija'), ('K', '1/2024', 2, 'puoliso'), ('H ä/%', '1/2024', 2, 'hakija')`,
		`INSERT INTO handlers VALUES ('K', '1/2024', 'Virkkunen Veera', 'virkve'), ('K', '2/2024', 'Virkkunen Veera', 'virkve'), ('K', '2/2024', 'Apulainen Aino', 'apulai')`,
		`INSERT INTO doc VALUES ('K', 10, '2/2024', 'Liite', '2024-02-03', 'out', 'Virkkunen Veera', NULL), ('K', 9, '2/2024', 'Kirje', '2024-02-02', 'in', 'Mäkinen Maija', 'maija@example.fi'), ('K', 11, '1/2024', 'Outo', NULL, 'weird', 'Outonen Onni', 'onni@example.fi')`,
		`INSERT INTO cosender VALUES ('K', 9, 'Salonen Saara'), ('K', 9, 'Aaltonen Aki')`,
	}
}

func TestRecordsOverSeveralTables(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		m := strings.ReplaceAll(graph, ", ignore: {through.pid: x}", "")
		i := mustOpen(t, mapping(t, d.make(t, graphTables()...), m), "case-management")

		h := ask(t, i, one(id(t, core.PersonalIdentityCode, "131052-308T")))
		wantRefs(t, h, "case/K/1%2F2024")
		text := func(name, v string) core.Field { return core.Field{Name: name, Value: core.TextValue(v)} }
		wantParties := []core.Party{
			{Slot: "initiator", Fields: []core.Field{text("given_name", "Eino"), text("family_name", "Korhonen"), text("personal_identity_code", "010101-0101"), text("role", "puoliso")}},
			{Slot: "initiator", Fields: []core.Field{text("given_name", "Maija"), text("family_name", "Mäkinen"), text("personal_identity_code", "131052-308T"), text("role", "hakija")}},
			{Slot: "handler", Fields: []core.Field{text("name", "Virkkunen Veera"), text("user_id", "virkve")}},
		}
		if diff := cmp.Diff(wantParties, h.records[0].Parties); diff != "" {
			t.Errorf("parties (-want +got):\n%s", diff)
		}
		if got := h.records[0].Time.Format("2006-01-02T15:04:05Z07:00"); got != "2024-02-01T07:30:00Z" {
			t.Errorf("time = %s", got)
		}
		// The code of a document's slot is one that nobody mapped.
		part := h.records[0].Parts[0]
		if _, there := core.First(part.Fields, "doc.person"); part.Ref != "document/K/11" || len(part.Parties) != 0 || !there {
			t.Errorf("part = %+v", part)
		}
		if len(h.notices) != 1 || h.notices[0].Class != core.ClassUnmapped || !strings.Contains(h.notices[0].Message, "doc.kind") || strings.Contains(h.notices[0].Message, "weird") {
			t.Errorf("notices = %+v", h.notices)
		}

		// A code in a composite key, found through a part's own party table.
		h = ask(t, i, one(id(t, core.Name, "Salonen, Saara")))
		wantRefs(t, h, "case/K/2%2F2024")
		parts := h.records[0].Parts
		if len(parts) != 2 || parts[0].Ref != "document/K/9" || parts[1].Ref != "document/K/10" {
			t.Fatalf("parts = %+v", parts)
		}
		var got []string
		for _, p := range parts[0].Parties {
			v, _ := core.First(p.Fields, "name")
			got = append(got, p.Slot+" "+v.Text)
		}
		if diff := cmp.Diff([]string{"sender Mäkinen Maija", "sender Aaltonen Aki", "sender Salonen Saara"}, got); diff != "" {
			t.Error(diff)
		}
		wantRefs(t, ask(t, i, one(id(t, core.UserID, "VIRKVE"))), "case/K/1%2F2024", "case/K/2%2F2024")
		wantRefs(t, ask(t, i, one(id(t, core.PersonalIdentityCode, "010101-0101"))), "case/H%20%C3%A4%2F%25/1%2F2024", "case/K/1%2F2024")
		// Somebody in the slot of nobody knows which role is found, not lost.
		h = ask(t, i, one(id(t, core.Email, "onni@example.fi")))
		wantRefs(t, h, "case/K/1%2F2024")
		if m := h.records[0].MatchedBy; len(m) != 1 || m[0].Slot != "" || m[0].Field != "doc.mail" {
			t.Errorf("matched by %+v", m)
		}
		// An official's name is no key, a row without a record is told.
		wantRefs(t, ask(t, i, one(id(t, core.Name, "Apulainen, Aino"))))
		h = ask(t, i, one(id(t, core.PersonalIdentityCode, "111111-111C")))
		wantRefs(t, h)
		if len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || !strings.Contains(h.notices[0].Message, "Henkilö") {
			t.Errorf("notices = %+v", h.notices)
		}
	})
}

func TestWhoStandsInOneSlotIsNoStrayInAnother(t *testing.T) {
	const m = `
types:
  ticket:
    table: task
    key: [id]
    parties:
      - {slot: requester, table: u, join: {id: caller}, fields: {name: n, email: mail}}
      - {slot: approver, table: u, join: {id: approver}, fields: {name: n, email: mail}}
    parts:
      - {type: comment, table: note, join: {task: id}, key: [id], parties: [{slot: agent, table: u, join: {id: author}, fields: {name: n, email: mail}}]}
`
	for _, primary := range []string{" PRIMARY KEY", ""} {
		onEveryDatabase(t, func(t *testing.T, d database) {
			c := d.make(t, "CREATE TABLE u (id INTEGER"+primary+", n TEXT, mail TEXT)", "CREATE TABLE task (id INTEGER PRIMARY KEY, caller INTEGER, approver INTEGER)",
				"CREATE TABLE note (id INTEGER PRIMARY KEY, task INTEGER, author INTEGER)",
				"INSERT INTO u VALUES (1, 'Maija Mäkinen', 'caller@example.fi'), (2, 'Eino Aho', 'author@example.fi'), (3, 'Yrjö Yksin', 'stray@example.fi'), (4, 'Olli Orpo', 'orphan@example.fi')",
				"INSERT INTO task VALUES (1, 1, NULL)", "INSERT INTO note VALUES (1, 1, 2), (2, 99, 4), (3, 99, 2)")
			i := mustOpen(t, mapping(t, c, m), "ticketing")
			for mail, strays := range map[string]int{"caller@example.fi": 0, "author@example.fi": 0, "stray@example.fi": 1, "orphan@example.fi": 1} {
				h := ask(t, i, one(id(t, core.Email, mail)))
				if len(h.notices) != strays || len(h.records) != 1-strays {
					t.Errorf("%s: %d records, notices %+v", mail, len(h.records), h.notices)
				}
			}
		})
	}
}
