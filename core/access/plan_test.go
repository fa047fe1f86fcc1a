package access_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
)

func TestPlan(t *testing.T) {
	code := id(t, core.PersonalIdentityCode, "010190-900P", "")
	born := id(t, core.DateOfBirth, "1990-01-01", "")
	maija := id(t, core.Name, "Mäkinen, Maija", "")
	number := id(t, core.EmployeeNumber, "10423", "kieku")
	shared := id(t, core.Email, "kirjaamo@virasto.example", "")
	broken := core.Identifier{Kind: core.PersonalIdentityCode, Value: "010190900P", Status: core.Incomplete}
	hr := system("H", "hr", catalogue.SearchKey{Kind: core.PersonalIdentityCode, EveryRecord: true}, by(core.Name, ""), by(core.DateOfBirth, ""), by(core.EmployeeNumber, "kieku"))
	diary := system("D", "case-management", by(core.DiaryNumber, "valtori"), by(core.Name, ""))
	other := system("O", "ticketing", by(core.EmployeeNumber, "palkat"))
	closed := catalogue.System{ID: "C", Kind: "crm", Outcome: core.NotStored}
	cases := []struct {
		what    string
		system  catalogue.System
		with    []core.Identifier
		kinds   []core.Kind
		sets    int
		outcome core.Outcome
		reason  core.ReasonCode
	}{
		{"a better key that every record holds takes the name's place", hr, []core.Identifier{maija, code}, []core.Kind{core.PersonalIdentityCode}, 1, "", ""},
		{"name and birth find a record whose code was changed", hr, []core.Identifier{maija, code, born}, []core.Kind{core.PersonalIdentityCode, core.Name, core.DateOfBirth}, 2, "", ""},
		{"a stated key may miss what the name finds", hr, []core.Identifier{maija, stated(code)}, []core.Kind{core.PersonalIdentityCode, core.Name}, 2, "", ""},
		{"so may one that is no longer hers", hr, []core.Identifier{maija, former(code)}, []core.Kind{core.PersonalIdentityCode, core.Name}, 2, "", ""},
		{"the name where nothing better is held", diary, []core.Identifier{maija, code}, []core.Kind{core.Name}, 1, "", ""},
		{"a name alone is no key", diary, []core.Identifier{maija}, nil, 0, core.NeedsMoreIdentifiers, core.ReasonNameAlone},
		{"an incomplete code is no key", diary, []core.Identifier{maija, broken}, nil, 0, core.NeedsMoreIdentifiers, core.ReasonNameAlone},
		{"a shared mailbox is no key", diary, []core.Identifier{maija, shared}, nil, 0, core.NeedsMoreIdentifiers, core.ReasonNameAlone},
		{"another issuer's number is no key", other, []core.Identifier{maija, number}, nil, 0, core.NeedsMoreIdentifiers, core.ReasonNoUsableKey},
		{"a code goes to no system that holds none", diary, []core.Identifier{code}, nil, 0, core.NeedsMoreIdentifiers, core.ReasonNoUsableKey},
		{"the catalogue's own outcome", closed, []core.Identifier{code}, nil, 0, core.NotStored, core.ReasonCatalogue},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			cat := organisation(c.system)
			plan, err := access.MakePlan(request(c.with...), cat, connected(cat), now)
			if err != nil {
				t.Fatal(err)
			}
			task := plan.Tasks[0]
			if task.Outcome != c.outcome || task.Reason.Code != c.reason {
				t.Errorf("outcome %q (%s), want %q (%s)", task.Outcome, task.Reason.Code, c.outcome, c.reason)
			}
			if got := task.Kinds(); !slices.Equal(got, c.kinds) || len(task.AnyOf) != c.sets {
				t.Errorf("asked with %v in %d sets, want %v in %d", got, len(task.AnyOf), c.kinds, c.sets)
			}
			for _, set := range task.AnyOf {
				for _, i := range set.AllOf {
					if len(i.Forms) == 0 || i.Raw != "" {
						t.Errorf("a %s leaves with %d forms and raw text %t", i.Kind, len(i.Forms), i.Raw != "")
					}
				}
			}
		})
	}
}

func TestPlanNamesEverySystemOnce(t *testing.T) {
	cat := organisation(system("A", "crm", by(core.Email, "")), system("B", "crm", by(core.Email, "")), system("C", "crm", by(core.Email, "")), system("D", "crm", by(core.Email, "")))
	cat.Systems[2].Retention = []catalogue.Retention{{Days: 14}}
	r := request(id(t, core.Email, "maija@posti.example", ""))
	r.Scope.Systems = []string{"A", "B", "C"}
	plan, err := access.MakePlan(r, cat, access.Wiring{"A": {Connection: access.Connected}, "B": {Connection: access.SwitchedOff}, "C": {Connection: access.Connected}}, now)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]core.Outcome{}
	for _, task := range plan.Tasks {
		got[task.System] = task.Outcome
	}
	want := map[string]core.Outcome{"A": "", "B": core.Disabled, "C": "", "D": core.OutsideRequest}
	if d := cmp.Diff(want, got); d != "" || len(plan.Tasks) != 4 {
		t.Error(d)
	}
	if plan.Tasks[0].System != "C" {
		t.Errorf("%s is asked first, want C: its data are gone in 14 days", plan.Tasks[0].System)
	}
	r.Scope.Systems = []string{"nowhere"}
	if _, err := access.MakePlan(r, cat, nil, now); err == nil {
		t.Error("a request limited to an unknown system was planned")
	}
}
