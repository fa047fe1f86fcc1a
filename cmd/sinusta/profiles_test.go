package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core/catalogue"
)

// Whoever maps a system reads its profile with this command.
func TestEveryProfileIsShown(t *testing.T) {
	if len(catalogue.Kinds()) == 0 {
		t.Fatal("no profiles")
	}
	bin := program(t)
	for _, kind := range catalogue.Kinds() {
		p, err := catalogue.ProfileFor(kind)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), bin, "catalogue", "show", "--kind", kind, "--lang", "sv").CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", kind, err, out)
		}
		shown := string(out)
		for _, r := range p.Types {
			for _, want := range append([]string{"type " + r.Name + ": " + r.Title.SV, r.Nobody.SV, r.Access.SV}, slotLines(r)...) {
				if !strings.Contains(shown, want) {
					t.Errorf("%s does not say: %s", kind, want)
				}
			}
			for _, f := range r.Fields {
				if !strings.Contains(shown, f.Label.SV) {
					t.Errorf("%s does not show %s", kind, f.Name)
				}
			}
		}
		if n := strings.Count(shown, "personal-identity-code"); n != 1 {
			t.Errorf("%s shows the fields of a person %d times", kind, n)
		}
	}
}

func slotLines(r catalogue.RecordType) []string {
	var out []string
	for _, s := range r.Slots {
		out = append(out, "slot "+s.Name+": "+s.Title.SV)
	}
	return out
}
