package filessource

import (
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// Each file says whose it is, by the first rule that fits its path, also out
// of the index; one that no rule fits says that nobody told.
func TestFilesTellTheirOwner(t *testing.T) {
	s := newShare(t, func(c *Config) {
		c.Owners = []Owner{{"asiakkaat/kaupunki/**", "Mallikaupunki"}, {"asiakkaat/**", "Mallivirasto"}, {"omat/*", "Valtori"}}
	})
	for _, path := range []string{"asiakkaat/kaupunki/a.txt", "asiakkaat/b.txt", "omat/c.txt", "omat/vanhat/d.txt"} {
		s.write(path, "tunnus 010190-900P")
	}
	want := map[string]string{"asiakkaat/kaupunki/a.txt": "Mallikaupunki", "asiakkaat/b.txt": "Mallivirasto", "omat/c.txt": "Valtori", "omat/vanhat/d.txt": ""}
	for range 2 {
		a := s.ask(by(t, "personal-identity-code", "010190-900P"))
		if len(a.records) != len(want) {
			t.Fatalf("%d records", len(a.records))
		}
		for _, r := range a.records {
			path, _ := core.First(r.Fields, "path")
			owner, told := core.First(r.Fields, "owner_organisation")
			if !told || owner.Plain() != want[path.Plain()] || owner.Plain() == "" && owner.Type != core.TypeNull {
				t.Errorf("%s: owner %q, told %t", path.Plain(), owner.Plain(), told)
			}
		}
	}
	for path, rule := range map[string]Owner{"owners[0].files": {"/a", "X"}, "owners[0].organisation": {"a/**", " "}} {
		_, err := configure(Config{Roots: map[string]Root{"jako": {Path: t.TempDir()}}, Owners: []Owner{rule}}, sdk.Env{Kind: "documents"})
		if p := core.Problems(err); len(p) != 1 || p[0].ConfigPath != path {
			t.Errorf("%s: %v", path, err)
		}
	}
}
