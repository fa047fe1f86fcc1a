package sqlsource

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// bytesOf gives a text as a literal of bytes.
func bytesOf(d database, s string) string {
	if d.driver == "postgres" {
		return fmt.Sprintf(`'\x%x'::bytea`, s)
	}
	return fmt.Sprintf("x'%x'", s)
}

// bytesType is a type of column that holds bytes; of SQLite any does.
func bytesType(d database) string {
	switch d.driver {
	case "postgres":
		return "bytea"
	case "mariadb":
		return "LONGBLOB"
	default:
		return "TEXT"
	}
}

const blobMapping = `
types:
  employee:
    table: emp
    key: [id]
    parties: [{slot: employee, fields: {given_name: given, family_name: family, personal_identity_code: code, email: mail, phone: tel, employee_number: {column: num, exact: true}, date_of_birth: born}}]
`

func TestIdentifiersKeptAsBytesAreFound(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		typ := bytesType(d)
		row := []string{"Maija", "Mäkinen", "131052-308T", " Maija@example.fi\n", "040 123 4567", "10423", "5.1.1990"}
		values := make([]string, len(row))
		for i, v := range row {
			values[i] = bytesOf(d, v)
		}
		i := mustOpen(t, mapping(t, d.make(t,
			strings.ReplaceAll("CREATE TABLE emp (id INTEGER PRIMARY KEY, given BYTES, family BYTES, code BYTES, mail BYTES, tel BYTES, num BYTES, born BYTES)", "BYTES", typ),
			"CREATE INDEX by_num ON emp (num)",
			"INSERT INTO emp VALUES (1, "+strings.Join(values, ", ")+")",
			"INSERT INTO emp (id, mail, num) VALUES (2, "+bytesOf(d, "eino@example.fi")+", "+bytesOf(d, "10424")+")"), blobMapping), "hr")
		for _, set := range [][]core.Identifier{
			one(id(t, core.PersonalIdentityCode, "131052-308T")), one(id(t, core.Email, "maija@example.fi")), one(id(t, core.Phone, "+358401234567")),
			one(id(t, core.EmployeeNumber, "10423")), one(id(t, core.Name, "Mäkinen, Maija")),
			one(id(t, core.Name, "Mäkinen, Maija"), id(t, core.DateOfBirth, "1990-01-05")),
		} {
			h := ask(t, i, set)
			wantRefs(t, h, "employee/1")
			if len(h.notices) != 0 {
				t.Errorf("%s: notices = %+v", set[0].Kind, h.notices)
			}
			for _, r := range h.records {
				if v, _ := core.First(r.Parties[0].Fields, "family_name"); v != core.TextValue("Mäkinen") {
					t.Errorf("family name = %+v", v)
				}
			}
		}
	})
}

func TestBytesThatCannotBeComparedAreTold(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		i := mustOpen(t, mapping(t, d.make(t,
			strings.ReplaceAll("CREATE TABLE emp (id INTEGER PRIMARY KEY, given BYTES, family BYTES, code BYTES, mail BYTES, tel BYTES, num BYTES, born BYTES)", "BYTES", bytesType(d)),
			"INSERT INTO emp (id, code) VALUES (1, "+bytesOf(d, "\x8f\x01secret\x00\xff")+")",
			"INSERT INTO emp (id, num) VALUES (2, "+bytesOf(d, strings.Repeat("1", maxBlob+1))+")",
			"INSERT INTO emp (id, family) VALUES (3, "+bytesOf(d, "M\xe4kinen")+")",
			"INSERT INTO emp (id, mail) VALUES (4, "+bytesOf(d, "maija@example.fi\x00\x00")+")"), blobMapping), "hr")
		for _, test := range []struct {
			asked        core.Identifier
			path, column string
			refs         []string
		}{
			{id(t, core.PersonalIdentityCode, "131052-308T"), "personal_identity_code", "emp.code", nil},
			{id(t, core.EmployeeNumber, "10423"), "employee_number", "emp.num", nil},
			{id(t, core.Name, "Mäkinen, Maija"), "family_name", "emp.family", nil},
			{id(t, core.Email, "maija@example.fi"), "email", "emp.mail", []string{"employee/4"}}, // compared as it may be meant, and told
			{id(t, core.Phone, "0401234567"), "", "", nil},
		} {
			h := ask(t, i, one(test.asked))
			wantRefs(t, h, test.refs...)
			if test.path == "" {
				if len(h.notices) != 0 {
					t.Errorf("notices = %+v", h.notices)
				}
				continue
			}
			if len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || h.notices[0].ConfigPath != "types.employee.parties[0].fields."+test.path ||
				!strings.Contains(h.notices[0].Message, test.column) || strings.Contains(h.notices[0].Message, "secret") {
				t.Errorf("%s: notices = %+v", test.asked.Kind, h.notices)
			}
		}
	})
}

func TestBytesInASlotThatIsNotSearchedAreNotTold(t *testing.T) {
	c := makeSQLite(t, "CREATE TABLE emp (id INTEGER PRIMARY KEY, mail TEXT, contact TEXT)", "INSERT INTO emp VALUES (1, 'm@example.fi', x'00ff')")
	i := mustOpen(t, mapping(t, c, `
types: {employee: {table: emp, key: [id], parties: [{slot: employee, fields: {email: mail}}, {slot: emergency_contact, fields: {email: contact}}]}}`), "hr")
	h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
	wantRefs(t, h, "employee/1")
	if len(h.notices) != 0 {
		t.Errorf("notices = %+v", h.notices)
	}
}

func TestBytesInADatabaseOfUTF16(t *testing.T) {
	c := makeSQLite(t, "PRAGMA encoding = 'UTF-16'", "CREATE TABLE v (k INTEGER PRIMARY KEY, val BLOB, mail TEXT)",
		"INSERT INTO v VALUES (1, x'c3a4', x'6d406578616d706c652e6669'), (2, zeroblob(3000000), 'm@example.fi')")
	got := valuesOf(t, c)
	if got["1"] != core.TextValue("ä") || got["2"].Withheld == nil || got["2"].Withheld.Size != 3000000 {
		t.Errorf("values = %+v", got)
	}
}

func TestWholeNumbersInAnExactColumnWithoutAType(t *testing.T) {
	c := makeSQLite(t, "CREATE TABLE emp (id INTEGER PRIMARY KEY, num)", "INSERT INTO emp VALUES (1, 10423), (2, '10423'), (3, x'3130343233'), (4, 10423.0), (5, 10424)")
	i := mustOpen(t, mapping(t, c, "types: {employee: {table: emp, key: [id], parties: [{slot: employee, fields: {employee_number: {column: num, exact: true}}}]}}"), "hr")
	wantRefs(t, ask(t, i, one(id(t, core.EmployeeNumber, "10423"))), "employee/1", "employee/2", "employee/3", "employee/4")
}
