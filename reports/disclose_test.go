package reports

import (
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
)

// Every combination of decision, role, speciality and sort of value is held
// against the rule as the law states it: a value is told only in a decided
// record, of the person or the organisation, when it is not special and the
// source gave it.
func TestDiscloseEveryCombination(t *testing.T) {
	roles := []core.Role{core.RoleSubject, core.RoleOrganisation, core.RoleThirdParty, core.RoleOfficial,
		core.RoleContent, core.RoleUnknown, "", "invented"}
	byRole := map[core.Role]Withholding{
		core.RoleThirdParty: WithheldThirdParty, core.RoleOfficial: WithheldOfficial, core.RoleContent: WithheldContent,
		core.RoleUnknown: WithheldUnknown, "": WithheldUnknown, "invented": WithheldUnknown,
	}
	other := code(902)
	values := []struct {
		name  string
		value core.Value
		want  Withholding
	}{
		{"text", core.TextValue("blue"), Shown},
		{"empty text", core.TextValue(""), Shown},
		{"integer", core.IntegerValue(7), Shown},
		{"decimal", core.DecimalValue("1.50"), Shown},
		{"flag", core.FlagValue(true), Shown},
		{"date", core.DateValue(time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)), Shown},
		{"time", core.TimeValue(time.Date(2026, 5, 3, 9, 5, 0, 0, time.UTC)), Shown},
		{"null", core.NullValue(), Shown},
		{"another person's code", core.TextValue("see " + other), WithheldIdentityCode},
		{"both codes", core.TextValue(code(901) + " and " + other), WithheldIdentityCode},
		{"another's address", core.TextValue("ask pekka@office.example"), WithheldContent},
		{"another's number", core.TextValue("Pekka 0401234567"), WithheldContent},
		{"a directory name", core.TextValue("uid=pekka,ou=people"), WithheldContent},
		{"an address in a decimal", core.DecimalValue("1 pekka@office.example"), WithheldContent},
		{"an address in a date", core.Value{Type: core.TypeDate, Text: "pekka@office.example"}, WithheldContent},
		{"another's code and address", core.TextValue(other + " pekka@office.example"), WithheldIdentityCode},
		{"secret", core.WithheldValue(core.Withheld{Reason: core.WithheldSecret}), WithheldSourceSecret},
		{"too large", core.WithheldValue(core.Withheld{Reason: core.WithheldTooLarge}), WithheldSourceLarge},
		{"unreadable", core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable}), WithheldSourceBroken},
		{"binary", core.WithheldValue(core.Withheld{Reason: core.WithheldBinary}), WithheldSourceNotAText},
		{"invented reason", core.WithheldValue(core.Withheld{Reason: "x"}), WithheldSourceBroken},
		{"withheld without reason", core.Value{Type: core.TypeWithheld}, WithheldSourceBroken},
		{"no type", core.Value{Text: "blue"}, WithheldSourceBroken},
		{"invented type", core.Value{Type: "x", Text: "blue"}, WithheldSourceBroken},
	}
	own := ownCodes{code(901)}
	for _, decided := range []bool{true, false} {
		for _, role := range roles {
			for _, special := range []bool{false, true} {
				for _, v := range values {
					want := v.want
					switch {
					case !decided:
						want = WithheldUndecided
					case byRole[role] != "":
						want = byRole[role]
					case special:
						want = WithheldSpecial
					}
					got, reason := disclose(circumstances{decided: decided, role: role, special: special}, v.value, own)
					if reason != want {
						t.Errorf("decided %t, role %q, special %t, %s: %q, want %q", decided, role, special, v.name, reason, want)
					}
					if reason == Shown && got != v.value {
						t.Errorf("decided %t, role %q, %s: the value changed", decided, role, v.name)
					}
					if reason != Shown && got != (core.Value{}) {
						t.Errorf("decided %t, role %q, special %t, %s: withheld with its value", decided, role, special, v.name)
					}
				}
			}
		}
	}
}

func TestPersonalIdentityCodesAreMasked(t *testing.T) {
	mine, other := code(901), code(902)
	bare := mine[:6] + mine[7:]
	tests := []struct {
		name string
		kind core.Kind
		in   string
		want string
		why  Withholding
	}{
		{"own code in its field", core.PersonalIdentityCode, mine, "010190-****", Shown},
		{"own code without its sign", core.PersonalIdentityCode, bare, "010190-****", Shown},
		{"another's code in its field", core.PersonalIdentityCode, other, "", WithheldIdentityCode},
		{"a code that cannot be read", core.PersonalIdentityCode, "010190-9", "", WithheldIdentityCode},
		{"words in the field of a code", core.PersonalIdentityCode, "unknown", "", WithheldIdentityCode},
		{"an empty field of a code", core.PersonalIdentityCode, " ", "", Shown},
		{"own code in running text", "", "code " + mine + ".", "code 010190-****.", Shown},
		{"own code in lower case", "", "code " + lower(mine) + ".", "code 010190-****.", Shown},
		{"another's code in running text", "", "code " + other, "", WithheldIdentityCode},
		{"another's code with a space for its sign", "", "code 010190 " + other[7:], "", WithheldIdentityCode},
		{"a telephone number like a code", core.Phone, "0401015009", "0401015009", Shown},
		{"a code in the field of a telephone number", core.Phone, other, "", WithheldIdentityCode},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, why := disclose(circumstances{decided: true, role: core.RoleSubject, kind: tt.kind}, core.TextValue(tt.in), ownCodes{mine})
			if why != tt.why || got.Text != tt.want {
				t.Errorf("got %q %q, want %q %q", got.Text, why, tt.want, tt.why)
			}
		})
	}
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 32
		}
	}
	return string(b)
}

// A text that may speak of somebody else is content, whosever field it is in.
func TestMixedTextsOfThePersonsOwnPartyAreContent(t *testing.T) {
	in := sample()
	in.Items[0].Members = in.Items[0].Members[:1]
	m := &in.Items[0].Members[0]
	m.Record.Fields[1].Value = core.TextValue(strings.Repeat("Pekka was here. ", 3))
	m.Record.Parties[0].Fields = []core.Field{
		field("name", "Maija ja Pekka Korhonen"), field("email", "maija@x.example; pekka@x.example"), field("phone", "040 1234567, 050 7654321"),
		field("user_id", "maija; pekka"), field("name", "Maija Korhonen"), field("email", "maija@x.example"), field("phone", "040 1234567"), field("user_id", "maija"),
	}
	m.Roles.Parties[0] = same(core.RoleSubject, 8)
	r := build(t, in)
	shown := 0
	for _, f := range thing(t, r, 0).Copies[0].Fields {
		if !strings.HasPrefix(f.Name, "requester.") && f.Name != "status" {
			continue
		}
		if f.Withheld == Shown {
			shown++
		} else if f.Withheld != WithheldContent || f.Value != (core.Value{}) {
			t.Errorf("%s is %q, want content", f.Name, f.Withheld)
		}
	}
	if shown != 4 {
		t.Errorf("%d values are shown, want 4", shown)
	}
	for name, out := range rendered(t, r) {
		if strings.Contains(strings.ToLower(out), "pekka") || strings.Contains(out, "7654321") {
			t.Errorf("%s shows a text that may be somebody else's", name)
		}
	}
}

// What one system withholds, no other system of the same thing shows.
func TestMergedItemsTakeTheStrictestMask(t *testing.T) {
	in := sample()
	// In the second system the same note is the organisation's own field.
	m := &in.Items[0].Members[1]
	m.Roles.Parties[0] = same(core.RoleThirdParty, 4)
	d := thing(t, build(t, in), 0)
	if len(d.Copies) != 2 {
		t.Fatalf("%d copies, want 2", len(d.Copies))
	}
	for _, c := range d.Copies {
		seen := false
		for _, f := range c.Fields {
			if f.Name == "requester.name" {
				seen = true
				if f.Withheld != WithheldThirdParty || f.Value != (core.Value{}) {
					t.Errorf("system %s: %q is %q, want third-party", c.System, f.Name, f.Withheld)
				}
			}
		}
		if !seen {
			t.Errorf("system %s: no requester.name", c.System)
		}
	}
}

func TestWhatASourceCouldNotSendIsShownFromAnother(t *testing.T) {
	in := sample()
	in.Items[0].Members[1].Record.Fields[1].Value = core.WithheldValue(core.Withheld{Reason: core.WithheldTooLarge})
	d := thing(t, build(t, in), 0)
	for _, f := range d.Copies[0].Fields {
		if f.Name == "status" && f.Withheld != Shown {
			t.Errorf("status is %q, want shown", f.Withheld)
		}
	}
}

// What a system says that its code means is shown beside it, unless it says
// more than that: a table of people may be mapped as one of codes.
func TestTheMeaningOfACodeIsShownAndNothingElse(t *testing.T) {
	for said, want := range map[string]bool{
		"Odottaa käsittelyä": true, "Matti Testisen puhelin 040 123 4567": false, code(902): false, code(901): false,
		"matti.testinen@example.fi": false, strings.Repeat("pitkä selitys ", 20): false,
	} {
		for _, m := range []core.Meaning{{FI: said, SV: "Väntar"}, {FI: "Odottaa", EN: said}} {
			v := core.TextValue("P")
			v.Meaning = &m
			got, why := disclose(circumstances{decided: true, role: core.RoleOrganisation}, v, ownCodes{code(901)})
			if why != Shown || got.Text != "P" || (got.Meaning != nil) != want {
				t.Errorf("%.30q is shown as %+v (%s), want the meaning: %v", said, got, why, want)
			}
			if said, ok := meaningOf(&Field{Value: got}); ok != want || ok && said.In("sv") == "" {
				t.Errorf("meaning %v, %v", said, ok)
			}
		}
	}
}
