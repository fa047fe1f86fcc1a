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

// firm gives a business ID with the person's capacity in it.
func firm(t *testing.T, capacity core.Capacity) core.Identifier {
	i := id(t, core.BusinessID, "2617416-4", "")
	i.Capacity = capacity
	return i
}

func TestAnOrganisationsNumberIsAKeyBesideTheNameOnly(t *testing.T) {
	code := id(t, core.PersonalIdentityCode, "010190-900P", "")
	maija := id(t, core.Name, "Mäkinen, Maija", "")
	former := id(t, core.Name, "Virtanen, Maija", "")
	both := system("B", "contract-register", by(core.BusinessID, ""), by(core.Name, ""))
	number := system("N", "debt-collection", by(core.BusinessID, ""))
	names := system("M", "case-management", by(core.Name, ""))
	every := system("E", "crm", catalogue.SearchKey{Kind: core.PersonalIdentityCode, EveryRecord: true}, by(core.Name, ""), by(core.BusinessID, ""))
	type set = []core.Kind
	for _, c := range []struct {
		what    string
		system  catalogue.System
		with    []core.Identifier
		sets    []set
		outcome core.Outcome
		reason  core.ReasonCode
	}{
		{"by name inside the organisation", both, []core.Identifier{maija, firm(t, core.ContactPerson)}, []set{{core.Name, core.BusinessID}}, "", ""},
		{"by each name", both, []core.Identifier{maija, former, firm(t, core.Partner)}, []set{{core.Name, core.BusinessID}, {core.Name, core.BusinessID}}, "", ""},
		{"never by the number alone", number, []core.Identifier{maija, code, firm(t, core.Representative)}, nil, core.NeedsMoreIdentifiers, core.ReasonNoUsableKey},
		{"nor the name alone", names, []core.Identifier{maija, firm(t, core.ContactPerson)}, nil, core.NeedsMoreIdentifiers, core.ReasonNameAlone},
		{"a number without a capacity is no key", both, []core.Identifier{maija, firm(t, "")}, nil, core.NeedsMoreIdentifiers, core.ReasonNameAlone},
		{"the name finds what both would", both, []core.Identifier{maija, code, firm(t, core.ContactPerson)}, []set{{core.Name}}, "", ""},
		{"beside a key that every record holds", every, []core.Identifier{maija, code, firm(t, core.ContactPerson)}, []set{{core.PersonalIdentityCode}, {core.Name, core.BusinessID}}, "", ""},
		{"a sole trader's is the person's own", number, []core.Identifier{firm(t, core.SoleTrader)}, []set{{core.BusinessID}}, "", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			cat := organisation(c.system)
			plan, err := access.MakePlan(request(c.with...), cat, connected(cat), now)
			if err != nil {
				t.Fatal(err)
			}
			task := plan.Tasks[0]
			var got []set
			for _, s := range task.AnyOf {
				var kinds set
				for _, i := range s.AllOf {
					kinds = append(kinds, i.Kind)
				}
				got = append(got, kinds)
			}
			if d := cmp.Diff(c.sets, got); d != "" || task.Outcome != c.outcome || task.Reason.Code != c.reason {
				t.Errorf("outcome %q (%s), keys %s", task.Outcome, task.Reason.Code, d)
			}
			if slices.Contains(task.Reason.Kinds, core.BusinessID) && c.reason != "" && len(c.with) > 1 && c.with[len(c.with)-1].Capacity != core.SoleTrader {
				t.Error("the number that was given is asked for again")
			}
		})
	}
}

func TestTimeOfContact(t *testing.T) {
	code := id(t, core.PersonalIdentityCode, "010190-900P", "")
	phone := id(t, core.Phone, "040 7654321", "")
	when := id(t, core.TimeOfContact, "2.3.2026 10.00-10.30, Neuvonta", "")
	from := id(t, core.TimeOfContact, "2.3.2026 10.00-10.30, Neuvonta, 040 1234567", "")
	days := id(t, core.TimeOfContact, "1.3.2026-7.3.2026, Neuvonta", "")
	calls := system("P", "call-recording", catalogue.SearchKey{Kind: core.TimeOfContact, LongestHours: 24}, by(core.Phone, ""), by(core.PersonalIdentityCode, ""))
	calls.Procedure.TimeOfContact = true
	cameras := system("K", "cctv", by(core.TimeOfContact, ""))
	for _, c := range []struct {
		what   string
		system catalogue.System
		with   []core.Identifier
		sets   int
		phone  string
		needs  []core.Kind
	}{
		{"no time", calls, []core.Identifier{code, phone}, 0, "", []core.Kind{core.TimeOfContact}},
		{"a time longer than the system takes", calls, []core.Identifier{code, days}, 0, "", []core.Kind{core.TimeOfContact}},
		{"the number that was used", calls, []core.Identifier{phone, from}, 2, "+358401234567", nil},
		{"the person's own numbers", calls, []core.Identifier{phone, when}, 2, "+358407654321", nil},
		{"a camera knows no numbers", cameras, []core.Identifier{phone, days}, 1, "", nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			cat := organisation(c.system)
			plan, err := access.MakePlan(request(c.with...), cat, connected(cat), now)
			if err != nil {
				t.Fatal(err)
			}
			task := plan.Tasks[0]
			if len(task.AnyOf) != c.sets || !slices.Equal(task.Reason.Kinds, c.needs) {
				t.Fatalf("%d sets and %v missing, want %d and %v", len(task.AnyOf), task.Reason.Kinds, c.sets, c.needs)
			}
			for _, s := range task.AnyOf {
				if n := len(s.AllOf); n > 1 && (s.AllOf[0].Kind != core.TimeOfContact || s.AllOf[1].Value != c.phone) {
					t.Errorf("a time of contact goes beside %v", s.AllOf[1].Kind)
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
