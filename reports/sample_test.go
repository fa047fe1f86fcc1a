package reports

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// text gives a text in three languages for tests.
func text(s string) catalogue.Text {
	return catalogue.Text{FI: s + " fi", SV: s + " sv", EN: s + " en"}
}

// code gives an artificial personal identity code that nobody has: 1 January
// 1990 and an individual number of 900 to 999.
func code(number int) string {
	const table = "0123456789ABCDEFHJKLMNPRSTUVWXY"
	n := 10190000 + number // 010190 and the individual number
	return fmt.Sprintf("010190-%03d%c", number, table[n%len(table)])
}

// personFields are the fields of a person in any slot of the test profile.
func personFields() []catalogue.FieldProfile {
	return []catalogue.FieldProfile{
		{Name: "name", Label: text("Name"), Identifier: core.Name},
		{Name: "personal_identity_code", Label: text("Code"), Identifier: core.PersonalIdentityCode},
		{Name: "email", Label: text("E-mail"), Identifier: core.Email},
		{Name: "phone", Label: text("Phone"), Identifier: core.Phone},
		{Name: "user_id", Label: text("User"), Identifier: core.UserID},
		{Name: "manager", Label: text("Manager"), Role: core.RoleThirdParty},
		{Name: "diet", Label: text("Diet"), Special: true},
	}
}

// testProfile is a profile with every sort of field and slot.
func testProfile(kind string) (*catalogue.Profile, error) {
	slots := []catalogue.Slot{
		{Name: "requester", Title: text("Requester"), Subject: true, Fields: personFields()},
		{Name: "affected", Title: text("Affected"), Subject: true, Fields: personFields()},
		{Name: "assignee", Title: text("Assignee"), Official: true, Fields: personFields()},
		{Name: "next_of_kin", Title: text("Kin"), Fields: personFields()},
	}
	return &catalogue.Profile{Kind: kind, Title: text("Profile"), Types: []catalogue.RecordType{{
		Name: "ticket", Title: text("Ticket"), Slots: slots,
		Fields: []catalogue.FieldProfile{
			{Name: "number", Label: text("Number"), Role: core.RoleOrganisation, Own: true, Identifier: core.TicketNumber},
			{Name: "status", Label: text("Status"), Role: core.RoleOrganisation, Codes: map[string]catalogue.Text{"open": text("Is open")}},
			{Name: "opened", Label: text("Opened"), Role: core.RoleOrganisation},
			{Name: "urgent", Label: text("Urgent"), Role: core.RoleOrganisation},
			{Name: "priority", Label: text("Priority"), Role: core.RoleOrganisation},
			{Name: "cost", Label: text("Cost"), Role: core.RoleOrganisation},
			{Name: "due", Label: text("Due"), Role: core.RoleOrganisation},
			{Name: "closed", Label: text("Closed"), Role: core.RoleOrganisation},
			{Name: "health", Label: text("Health"), Role: core.RoleOrganisation, Special: true},
			{Name: "note", Label: text("Note"), Role: core.RoleContent},
		},
		Parts: []catalogue.RecordType{{
			Name: "comment", Title: text("Comment"), Slots: slots,
			Fields: []catalogue.FieldProfile{
				{Name: "time", Label: text("Time"), Role: core.RoleOrganisation},
				{Name: "text", Label: text("Text"), Role: core.RoleContent},
			},
		}},
	}}}, nil
}

func field(name, value string) core.Field {
	return core.Field{Name: name, Value: core.TextValue(value)}
}

// same gives n times the role.
func same(role core.Role, n int) []core.Role {
	out := make([]core.Role, n)
	for i := range out {
		out[i] = role
	}
	return out
}

// profileRoles gives the roles of fields outside parties.
func profileRoles(fields []core.Field, part bool) []core.Role {
	p, _ := testProfile("ticketing")
	spec := p.Types[0]
	if part {
		spec = spec.Parts[0]
	}
	var out []core.Role
	for _, f := range fields {
		role := core.RoleUnknown
		if fp, ok := spec.Field(f.Name); ok {
			role = fp.Role
		}
		out = append(out, role)
	}
	return out
}

// ticket gives a member of system with a party of each sort and one comment.
func ticket(system, number, tag string) Member {
	m := Member{System: system, Record: core.Record{
		Type: "ticket", Ref: "ticket/" + number, Time: time.Date(2026, 5, 3, 9, 5, 0, 0, time.UTC),
		Fields: []core.Field{
			field("number", number), field("status", "open"), field("note", "note-"+tag), field("row_version", "unmapped-"+tag),
			field("health", "health-"+tag),
		},
		Parties: []core.Party{
			{Slot: "requester", Fields: []core.Field{field("name", "subject-"+tag), field("personal_identity_code", code(901)), field("diet", "diet-"+tag), field("manager", "boss-"+tag)}},
			{Slot: "assignee", Fields: []core.Field{field("name", "official-"+tag)}},
			{Slot: "next_of_kin", Fields: []core.Field{field("name", "kin-"+tag)}},
		},
		Parts: []core.Part{{Type: "comment", Ref: "1", Fields: []core.Field{
			{Name: "time", Value: core.TimeValue(time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC))}, field("text", "words-"+tag)},
			Parties: []core.Party{{Slot: "requester", Fields: []core.Field{field("name", "commenter-"+tag)}}},
		}},
	}}
	m.Roles = Roles{
		Fields: profileRoles(m.Record.Fields, false),
		Parties: [][]core.Role{
			{core.RoleSubject, core.RoleSubject, core.RoleSubject, core.RoleThirdParty},
			same(core.RoleOfficial, 1), same(core.RoleThirdParty, 1),
		},
		Parts: []Roles{{Fields: profileRoles(m.Record.Parts[0].Fields, true), Parties: [][]core.Role{same(core.RoleThirdParty, 1)}}},
	}
	return m
}

func fact(s string) catalogue.Fact { return catalogue.Fact{Text: text(s)} }

func system(id string) catalogue.System {
	return catalogue.System{
		ID: id, Kind: "ticketing", Name: fact("System " + id), Store: catalogue.Store{ID: "S", Name: text("Store")},
		LegalBasis: []catalogue.LegalBasis{{Article: "6(1)(c)", Statutes: []string{"906/2019 s.25"}, Text: text("Duty")}},
		Purposes:   []catalogue.Fact{fact("Purpose")}, Recipients: []catalogue.Fact{fact("Recipient")},
	}
}

// sample is a whole input: a system for each outcome, confirmed and undecided
// items, one of them in two systems.
func sample() Input {
	in := Input{
		Organisation: catalogue.Organisation{ID: "org", Name: text("Office"), Authority: true, Languages: []string{"sv", "fi", "en"},
			Registry: catalogue.Contact{Email: "registry@office.example", Phone: "0295 000 000", Address: text("Street 1")}},
		Profile: testProfile,
		Request: Request{CaseNumber: "VTR/1/2026", Requester: "Requesting Person",
			Received:  time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC),
			Reference: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
			Answered:  time.Date(2026, 11, 21, 12, 5, 0, 0, time.UTC)},
		Search:          core.Interval{From: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 21, 12, 4, 0, 0, time.UTC)},
		Keys:            []UsedKey{{Kind: core.PersonalIdentityCode, Masked: "010190-****"}, {Kind: core.Name, Masked: "M•••", Former: true}},
		SubjectCodes:    []string{code(901)},
		CatalogueDigest: "sha256:0123", Version: "1.0",
		Checkpoint: &Checkpoint{Size: 4711, Root: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", KeyName: "sinusta-audit-00", PublicKey: "sinusta-audit-00+0+x",
			Time: time.Date(2026, 11, 21, 12, 5, 0, 0, time.UTC), Note: "sinusta-audit-00\n4711\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— sinusta-audit-00 x\n"},
		RefKey: []byte("test key"),
	}
	for _, o := range core.Outcomes() {
		in.Systems = append(in.Systems, system(string(o)))
		in.Coverage = append(in.Coverage, core.Coverage{System: string(o), Outcome: o, Records: 3, Took: 1500 * time.Millisecond,
			AskedWith: []core.Kind{core.PersonalIdentityCode}, Reason: core.Reason{Code: core.ReasonTypesUnexamined, Types: []string{"ticket"}, Kinds: []core.Kind{core.Email}},
			Types:    []core.TypeCount{{Type: "ticket", Needs: []core.Kind{core.Phone}}},
			Problems: []core.Problem{{Class: core.ClassPartial, Message: "operator's message", RecordType: "ticket"}}})
	}
	found, partial := string(core.Found), string(core.Partial)
	in.Items = []Item{
		{Members: []Member{ticket(found, "T1", "one"), ticket(partial, "T1", "two")}, Verdict: core.Confirmed,
			Explanation: text("Because"), MatchedBy: []core.Match{{Kind: core.PersonalIdentityCode}}},
		{Members: []Member{ticket(partial, "T2", "three")}, Verdict: core.Review, Undecided: true,
			Explanation: text("An official looks"), MatchedBy: []core.Match{{Kind: core.Name}}},
	}
	in.Officials = map[string]int{string(core.NoneFound): 2}
	in.Others = map[string]int{found: 4}
	return in
}

func build(t *testing.T, in Input) *Report {
	t.Helper()
	r, err := Build(in)
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	return r
}

// thing gives the first item of a system as it may be told.
func thing(t *testing.T, r *Report, system int) *Disclosed {
	t.Helper()
	d, err := r.Disclose(r.Systems[system].Items[0])
	if err != nil {
		t.Fatalf("Disclose: %v", err)
	}
	return d
}

// rendered gives the report in every form and language, by name.
func rendered(t *testing.T, r *Report) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, lang := range Languages() {
		var page, data bytes.Buffer
		if err := HTML(&page, r, lang); err != nil {
			t.Fatalf("HTML %s: %v", lang, err)
		}
		if err := JSON(&data, r, lang); err != nil {
			t.Fatalf("JSON %s: %v", lang, err)
		}
		out["html "+lang], out["json "+lang] = page.String(), data.String()
	}
	var cov bytes.Buffer
	if err := CoverageJSON(&cov, r); err != nil {
		t.Fatalf("CoverageJSON: %v", err)
	}
	out["coverage"] = cov.String()
	return out
}
