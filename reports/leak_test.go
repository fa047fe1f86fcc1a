package reports

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// canaries puts a value of its own into every field of a member and gives the
// values by the role of their field.
func canaries(m *Member, tag string) map[core.Role][]string {
	out := map[core.Role][]string{}
	n := 0
	plant := func(fields []core.Field, roles []core.Role) {
		for i := range fields {
			n++
			v := fmt.Sprintf("Canary%s%03d", tag, n)
			fields[i].Value = core.TextValue(v)
			out[roles[i]] = append(out[roles[i]], v)
		}
	}
	plant(m.Record.Fields, m.Roles.Fields)
	for i := range m.Record.Parties {
		plant(m.Record.Parties[i].Fields, m.Roles.Parties[i])
	}
	for i := range m.Record.Parts {
		plant(m.Record.Parts[i].Fields, m.Roles.Parts[i].Fields)
		for j := range m.Record.Parts[i].Parties {
			plant(m.Record.Parts[i].Parties[j].Fields, m.Roles.Parts[i].Parties[j])
		}
	}
	return out
}

func TestNoWithheldValueIsWritten(t *testing.T) {
	in := sample()
	first := canaries(&in.Items[0].Members[0], "A")
	second := canaries(&in.Items[0].Members[1], "B")
	undecided := canaries(&in.Items[1].Members[0], "C")
	var secret, open []string
	for _, found := range []map[core.Role][]string{first, second} {
		for role, values := range found {
			if role != core.RoleSubject && role != core.RoleOrganisation {
				secret = append(secret, values...)
			}
		}
	}
	open = append(open, first[core.RoleSubject][0], first[core.RoleOrganisation][0], second[core.RoleSubject][0])
	for _, values := range undecided {
		secret = append(secret, values...)
	}
	if len(secret) < 20 {
		t.Fatalf("only %d canaries", len(secret))
	}
	// An explanation that says too much, and problems with messages.
	in.Items[1].Explanation = catalogue.Text{FI: "Koska " + undecided[core.RoleSubject][0], EN: "Because " + undecided[core.RoleContent][0]}
	in.Items[0].Explanation = catalogue.Text{FI: "Koska " + first[core.RoleThirdParty][0]}
	for name, out := range rendered(t, build(t, in)) {
		for _, v := range secret {
			if strings.Contains(strings.ToLower(out), strings.ToLower(v)) {
				t.Errorf("%s shows the withheld value %s", name, v)
			}
		}
		if strings.Contains(out, "operator's message") || strings.Contains(out, "operator&#39;s message") {
			t.Errorf("%s shows a problem's message", name)
		}
		for _, v := range open {
			if name != "coverage" && !strings.Contains(out, v) {
				t.Errorf("%s does not show %s", name, v)
			}
		}
	}
}

func TestUndecidedItemsAreCountedAndNotListed(t *testing.T) {
	in := sample()
	in.Items[1].Verdict, in.Items[1].Undecided = core.Confirmed, true
	r := build(t, in)
	out := rendered(t, r)
	for _, lang := range Languages() {
		if strings.Contains(out["html "+lang], "T2") {
			t.Errorf("html %s lists an undecided item", lang)
		}
	}
	var doc struct {
		Systems []struct {
			ID        string
			Undecided int
			Items     []struct {
				Undecided bool
				Time      string
				Fields    []map[string]any
			}
		}
	}
	if err := json.Unmarshal([]byte(out["json en"]), &doc); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, s := range doc.Systems {
		for _, it := range s.Items {
			if !it.Undecided {
				continue
			}
			seen++
			if s.Undecided != 1 || it.Time != "" {
				t.Errorf("system %s: %d undecided, time %q", s.ID, s.Undecided, it.Time)
			}
			for _, f := range it.Fields {
				if f["withheld"] != "undecided" || f["value"] != nil {
					t.Errorf("field %v of an undecided item is not withheld", f["name"])
				}
			}
		}
	}
	if seen != 1 {
		t.Errorf("%d undecided items in JSON, want 1", seen)
	}
}

func TestPersonalIdentityCodesNeverStandInFull(t *testing.T) {
	in := sample()
	mine, other := code(901), code(902)
	in.Request.Scope, in.Request.CaseNumber = "only "+mine, "case of "+other
	in.Keys[0].Masked = mine
	in.Items[0].Explanation = text("code " + mine)
	m := &in.Items[0].Members[0]
	m.Record.Fields[0].Value = core.TextValue("number of " + other)
	m.Record.Fields[1].Value = core.TextValue("status of " + mine)
	m.Record.Ref = "ticket/" + mine
	for name, out := range rendered(t, build(t, in)) {
		for _, c := range []string{mine, other} {
			if strings.Contains(strings.ToUpper(out), c) {
				t.Errorf("%s shows a personal identity code in full", name)
			}
		}
	}
}

func TestNamesFromSourcesThatMayHoldValuesAreNotWritten(t *testing.T) {
	in := sample()
	m := &in.Items[0].Members[0]
	m.Record.Fields[3].Name = "someone@office.example"
	m.Record.Parties[1].Slot = "Mäkinen, Maija"
	for name, out := range rendered(t, build(t, in)) {
		if strings.Contains(out, "someone@office") || strings.Contains(out, "Maija") {
			t.Errorf("%s shows a name that holds a value", name)
		}
	}
}

// Whatever the roles, verdicts and marks: a value is in the report only when
// it is the person's or the organisation's, in a decided record, not special.
func TestReportHoldsOnlyWhatMayBeShown(t *testing.T) {
	roles := []core.Role{core.RoleSubject, core.RoleThirdParty, core.RoleOfficial, core.RoleOrganisation, core.RoleContent, core.RoleUnknown, ""}
	rapid.Check(t, func(rt *rapid.T) {
		verdict := rapid.SampledFrom([]core.Verdict{core.Confirmed, core.Probable, core.Review}).Draw(rt, "verdict")
		undecided := rapid.Bool().Draw(rt, "undecided")
		role := rapid.SampledFrom(roles)
		allowed := map[string]bool{}
		n := 0
		fields := func(names ...string) ([]core.Field, []core.Role) {
			var list []core.Field
			var whose []core.Role
			for range rapid.IntRange(0, 6).Draw(rt, "fields") {
				n++
				name, value, r := rapid.SampledFrom(names).Draw(rt, "name"), fmt.Sprintf("Secret%04d", n), role.Draw(rt, "role")
				list, whose = append(list, field(name, value)), append(whose, r)
				known := name != "invented"
				special := name == "health" || name == "diet"
				allowed[value] = verdict == core.Confirmed && !undecided && known && !special &&
					(r == core.RoleSubject || r == core.RoleOrganisation)
			}
			return list, whose
		}
		m := Member{System: string(core.Partial), Record: core.Record{Type: "ticket", Ref: "ticket/1"}}
		m.Record.Fields, m.Roles.Fields = fields("number", "status", "note", "health", "invented")
		for range rapid.IntRange(0, 3).Draw(rt, "parties") {
			f, r := fields("name", "email", "user_id", "manager", "diet", "invented")
			slot := rapid.SampledFrom([]string{"requester", "assignee", "next_of_kin"}).Draw(rt, "slot")
			m.Record.Parties, m.Roles.Parties = append(m.Record.Parties, core.Party{Slot: slot, Fields: f}), append(m.Roles.Parties, r)
		}
		in := sample()
		in.Items[1] = Item{Members: []Member{m}, Verdict: verdict, Undecided: undecided}
		r, err := Build(in)
		if err != nil {
			rt.Fatal(err)
		}
		var out strings.Builder
		if err := JSON(&out, r, "en"); err != nil {
			rt.Fatal(err)
		}
		for value, ok := range allowed {
			if in := strings.Contains(out.String(), value); in != ok {
				rt.Errorf("%s is in the report: %t, want %t", value, in, ok)
			}
		}
	})
}
