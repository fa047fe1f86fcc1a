package sqlsource

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const promisedTables = `CREATE TABLE emp (id INTEGER PRIMARY KEY, name TEXT, code TEXT, kieku TEXT, old_kieku TEXT, boss TEXT, boss_code TEXT);
CREATE TABLE person (emp INTEGER, n INTEGER, role TEXT, name TEXT, code TEXT, raw BYTEA, PRIMARY KEY (emp, n))`

// promised are rows that keep every promise: bosses, next of kin and those who
// belong to no record hold no key.
var promised = []string{
	"INSERT INTO emp VALUES (1, 'Maija Mäkinen', '131052-308T', '00104233', NULL, 'Matti Pomo', NULL)",
	"INSERT INTO emp VALUES (2, 'Matti Meikäläinen', '010190-900X', ' ', '104234', NULL, NULL)",
	"INSERT INTO person VALUES (1, 1, 'self', 'Maija', '131052-308T', '131052-308T'), (1, 2, ' kin ', 'Kalle', NULL, '010190-900X'), (9, 1, 'self', 'Nobody', NULL, '')",
}

const (
	ownParty = `      - {slot: employee, fields: {name: name, personal_identity_code: code, employee_number: [kieku, old_kieku]}}
      - {slot: supervisor, fields: {name: boss, personal_identity_code: boss_code}}
`
	coded = `      - {slot_column: role, slots: {self: employee, kin: emergency_contact}, table: person, join: {emp: id}, fields: {name: name, personal_identity_code: code}}
`
	bytesParty = `      - {slot: employee, table: person, join: {emp: id}, fields: {name: name, personal_identity_code: raw}}
`
	noCode = `      - {slot: employee, fields: {name: name, employee_number: kieku}}
`
	nameOnly = `      - {slot: employee, table: person, join: {emp: id}, fields: {name: name}}
`
	officialOnly = `      - {slot: supervisor, fields: {personal_identity_code: boss_code}}
`
)

// promiseBroken gives where a search and a check say that records lack a
// kind, and fails the test if they do not agree.
func promiseBroken(t *testing.T, c Config, parties string, complete ...core.Kind) []string {
	t.Helper()
	c = mapping(t, c, "types:\n  employee:\n    table: emp\n    key: [id]\n    parties:\n"+parties)
	e := env("hr")
	e.Complete = complete
	i, err := open(t.Context(), c, e)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	wanted := func(p core.Problem) bool { return strings.Contains(p.Message, "every_record") }
	places := []string{}
	for _, p := range ask(t, i, one(id(t, core.PersonalIdentityCode, "131052-308T")), one(id(t, core.EmployeeNumber, "104233"))).notices {
		if wanted(p) {
			places = append(places, string(p.Kinds[0])+" "+p.ConfigPath)
			if p.Class != core.ClassPartial || p.RecordType != "employee" {
				t.Errorf("notice %+v", p)
			}
		}
	}
	var check checked
	i.check(t.Context(), &check)
	failed := []string{}
	for _, p := range check.problems {
		if wanted(p) {
			failed = append(failed, string(p.Kinds[0])+" "+p.ConfigPath)
		}
	}
	if !slices.Equal(places, failed) {
		t.Errorf("a search tells %q, a check %q", places, failed)
	}
	for _, k := range complete {
		want := "ok"
		if slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(p, string(k)+" ") }) {
			want = "fail"
		}
		if got := check.status[sdk.CompleteStep(k)]; got != want {
			t.Errorf("step %q: %s, want %s", sdk.CompleteStep(k), got, want)
		}
	}
	return places
}

func TestAKeyThatIsPromisedInEveryRecordIsLookedFor(t *testing.T) {
	const code, number = core.PersonalIdentityCode, core.EmployeeNumber
	both := []core.Kind{code, number}
	ownCode, ownNumber := "personal-identity-code types.employee.parties[0].fields.personal_identity_code", "employee-number types.employee.parties[0].fields.employee_number"
	tests := []struct {
		name, parties, more string
		complete            []core.Kind
		want                []string
	}{
		{"kept", ownParty, "", both, nil},
		{"null", ownParty, "INSERT INTO emp VALUES (3, 'Liisa Lahti', NULL, '104235', '104236', NULL, NULL)", both, []string{ownCode}},
		{"empty", ownParty, "INSERT INTO emp VALUES (3, 'Liisa Lahti', '', '104235', NULL, NULL, NULL)", both, []string{ownCode}},
		{"blank", ownParty, "INSERT INTO emp VALUES (3, 'Liisa Lahti', ' \u00a0\t', '104235', NULL, NULL, NULL)", both, []string{ownCode}},
		{"a sign", ownParty, "INSERT INTO emp VALUES (3, 'Liisa Lahti', '-', '', NULL, NULL, NULL)", both, []string{ownCode, ownNumber}},
		{"words and zeros for none", ownParty, "INSERT INTO emp VALUES (3, 'Liisa Lahti', 'ei ole', '000', NULL, NULL, NULL)", both, []string{ownCode, ownNumber}},
		{"half a code", ownParty, "INSERT INTO emp VALUES (3, 'Liisa Lahti', '010190-XXXX', '104235', NULL, NULL, NULL)", both, []string{ownCode}},
		{"a code with blanks", ownParty, "INSERT INTO emp VALUES (3, 'Liisa Lahti', '010190 - 900x', '104235', NULL, NULL, NULL)", both, nil},
		{"not promised", ownParty, "INSERT INTO emp VALUES (3, 'Liisa Lahti', NULL, '104235', NULL, NULL, NULL)", []core.Kind{number}, nil},
		{"nothing promised", ownParty, "INSERT INTO emp VALUES (3, 'Liisa Lahti', NULL, NULL, NULL, NULL, NULL)", nil, nil},
		{"kept in a table", coded, "", []core.Kind{code}, nil},
		{"null in a table", coded, "INSERT INTO person VALUES (2, 1, 'self ', 'Matti', NULL, NULL)", []core.Kind{code}, []string{ownCode}},
		{"a slot that nobody mapped", coded, "INSERT INTO person VALUES (2, 1, 'other', 'Matti', NULL, NULL)", []core.Kind{code}, []string{ownCode}},
		{"bytes", bytesParty, "", []core.Kind{code}, nil},
		{"no bytes", bytesParty, "INSERT INTO person VALUES (2, 1, 'self', 'Matti', '1', '')", []core.Kind{code}, []string{ownCode}},
		{"not mapped", noCode, "", []core.Kind{code}, []string{"personal-identity-code types.employee"}},
		{"mapped of an official alone", noCode + officialOnly, "", []core.Kind{code}, []string{"personal-identity-code types.employee"}},
		{"not mapped of one party", ownParty + nameOnly, "", []core.Kind{code}, []string{"personal-identity-code types.employee.parties[2].fields"}},
	}
	onEveryDatabase(t, func(t *testing.T, d database) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				statements := append(strings.Split(promisedTables, ";"), promised...)
				if test.more != "" {
					statements = append(statements, test.more)
				}
				got := promiseBroken(t, d.make(t, statements...), test.parties, test.complete...)
				if !slices.Equal(got, append([]string{}, test.want...)) {
					t.Errorf("told %q, want %q", got, test.want)
				}
			})
		}
	})
}

func TestAPromiseThatCannotBeVerifiedInTimeIsTold(t *testing.T) {
	c := mapping(t, makePostgres(t, sharedPostgres(t), "CREATE TABLE emp (id INTEGER PRIMARY KEY, name TEXT, code TEXT)",
		"INSERT INTO emp VALUES (1, 'Maija Mäkinen', '131052-308T')",
		// A view that is slow only where a row lacks nothing that is looked for.
		"CREATE VIEW slow AS SELECT id, name, CASE WHEN pg_sleep(CASE WHEN current_query() LIKE '%ELSE 0 END = 0%' THEN 5 ELSE 0 END) IS NULL THEN NULL ELSE code END AS code FROM emp"),
		"types:\n  employee:\n    table: slow\n    key: [id]\n    parties: [{slot: employee, fields: {name: name, personal_identity_code: code}}]\nignore_tables: {emp: the view has it}\n")
	e := env("hr")
	e.Complete, e.Timeout = []core.Kind{core.PersonalIdentityCode}, 300*time.Millisecond
	i, err := open(t.Context(), c, e)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	h := ask(t, i, one(id(t, core.PersonalIdentityCode, "131052-308T")))
	wantRefs(t, h, "employee/1")
	if len(h.notices) != 1 || h.notices[0].Class != core.ClassPartial || !strings.Contains(h.notices[0].Message, "in time") {
		t.Errorf("notices %+v", h.notices)
	}
}
