package sqlsource

import (
	"testing"

	"github.com/sinusta/sinusta/core"
)

// A contact is found when it overlaps the asked span, in columns of times, of
// times with a zone and of text.
func TestTimeOfContactOverlaps(t *testing.T) {
	for _, column := range []string{"TIMESTAMP", "TIMESTAMPTZ", "TEXT"} {
		t.Run(column, func(t *testing.T) {
			onEveryDatabase(t, func(t *testing.T, d database) {
				if column == "TIMESTAMPTZ" && d.driver != "postgres" {
					return // the others have no such type
				}
				zone := ""
				if column == "TIMESTAMPTZ" {
					zone = "+02"
				}
				row := func(no, begin, end, length, number string) string {
					ended := "NULL"
					if end != "" {
						ended = "'2026-03-02 " + end + zone + "'"
					}
					return "INSERT INTO puhelu VALUES ('" + no + "', '2026-03-02 " + begin + zone + "', " + ended + ", '" + length + "', '" + number + "')"
				}
				c := d.make(t, "CREATE TABLE puhelu (no TEXT PRIMARY KEY, alku "+column+", loppu "+column+", kesto TEXT, numero TEXT)",
					row("1", "09:50:00", "10:05:00", "", "040 1234567"),
					row("2", "09:50:00", "09:59:59", "", "040 1234567"),
					row("3", "10:29:00", "", "300", "040 1234567"),
					row("4", "10:30:00", "", "300", "040 1234567"),
					row("5", "08:10:00", "", "", "040 1234567"), // may have lasted: nobody knows
					row("6", "10:10:00", "", "1:30", "040 7654321"))
				i := mustOpen(t, mapping(t, c, `
types:
  call:
    table: puhelu
    key: [no]
    fields: {call_id: no, time_of_contact: alku, ended: loppu, duration: kesto}
    parties: [{slot: caller, fields: {phone: numero}}]
`), "call-recording")
				when, number := id(t, core.TimeOfContact, "2.3.2026 klo 10.00-10.30, neuvonta"), id(t, core.Phone, "0401234567")
				wantRefs(t, ask(t, i, one(when)), "call/1", "call/3", "call/5", "call/6")
				wantRefs(t, ask(t, i, one(when, number)), "call/1", "call/3", "call/5")
				wantRefs(t, ask(t, i, one(id(t, core.TimeOfContact, "3.3.2026 klo 10.00-10.30, neuvonta"))))
			})
		})
	}
}

// A time that nobody can read is told: such a row may be the one.
func TestUnreadableTimeOfContactIsTold(t *testing.T) {
	c := makeSQLite(t, "CREATE TABLE puhelu (no TEXT PRIMARY KEY, alku TEXT)", "INSERT INTO puhelu VALUES ('1', 'eilen')")
	i := mustOpen(t, mapping(t, c, `
types:
  call: {table: puhelu, key: [no], fields: {call_id: no, time_of_contact: alku}}
`), "call-recording")
	h := ask(t, i, one(id(t, core.TimeOfContact, "2.3.2026 klo 10.00-10.30, neuvonta")))
	if len(h.records) > 0 || len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial {
		t.Errorf("%d records, %+v", len(h.records), h.notices)
	}
}

// A column of days tells that the contact may have been at any time of the day.
func TestDayOfContact(t *testing.T) {
	for _, column := range []string{"DATE", "TEXT"} {
		t.Run(column, func(t *testing.T) {
			onEveryDatabase(t, func(t *testing.T, d database) {
				c := d.make(t, "CREATE TABLE vierailu (no TEXT PRIMARY KEY, paiva "+column+", loppu "+column+")",
					"INSERT INTO vierailu VALUES ('1', '2026-03-02', NULL)",
					"INSERT INTO vierailu VALUES ('2', '2026-03-01', NULL)",
					"INSERT INTO vierailu VALUES ('3', '2026-03-03', NULL)",
					"INSERT INTO vierailu VALUES ('4', '2026-03-01', '2026-03-02')")
				for _, fields := range []string{"{time_of_contact: paiva, ended: loppu}", "{time_of_contact: paiva}"} {
					source := "types: {visit: {table: vierailu, key: [no], fields: " + fields
					want := []string{"visit/1", "visit/4"}
					if fields == "{time_of_contact: paiva}" {
						source, want = source+", ignore: {loppu: not told here}", want[:1]
					}
					i := mustOpen(t, mapping(t, c, source+"}}\n"), "visitors")
					for _, when := range []string{"2.3.2026 klo 10.00-10.30, aula", "2.3.2026 klo 00.00-00.10, aula", "2.3.2026 klo 23.40-23.59, aula"} {
						wantRefs(t, ask(t, i, one(id(t, core.TimeOfContact, when))), want...)
					}
				}
			})
		})
	}
}
