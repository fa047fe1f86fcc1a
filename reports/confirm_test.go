package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core/catalogue"
)

func TestWhoAnswersForASystem(t *testing.T) {
	org := catalogue.Organisation{Name: catalogue.Text{FI: "Virasto"}}
	other := catalogue.Text{FI: "Toinen virasto"}
	by := func(name catalogue.Text, role catalogue.ControllerRole, from, to string) catalogue.Controller {
		return catalogue.Controller{Name: name, Role: role, From: from, To: to}
	}
	cases := []struct {
		what        string
		controllers []catalogue.Controller
		want        []catalogue.Text
	}{
		{"nobody is named", nil, []catalogue.Text{org.Name}},
		{"each for a part", []catalogue.Controller{by(org.Name, catalogue.RoleController, "", ""), by(other, catalogue.RoleController, "", "")}, []catalogue.Text{org.Name}},
		{"joint controllers", []catalogue.Controller{by(org.Name, catalogue.RoleJointController, "", ""), by(other, catalogue.RoleJointController, "", "")}, []catalogue.Text{org.Name, other}},
		{"another alone", []catalogue.Controller{by(other, catalogue.RoleController, "", ""), by(org.Name, catalogue.RoleProcessor, "", "")}, []catalogue.Text{other}},
		{"a predecessor", []catalogue.Controller{by(other, catalogue.RoleController, "", "2024-12-31"), by(org.Name, catalogue.RoleController, "2025-01-01", "")}, []catalogue.Text{org.Name}},
	}
	for _, c := range cases {
		got := controllersAt(catalogue.System{Controllers: c.controllers}, org, "2026-11-20")
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.what, d)
		}
	}
}
