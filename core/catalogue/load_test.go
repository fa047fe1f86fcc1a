package catalogue_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

const goodOrganisation = "id: org\nlanguages: [en]\n"

// goodEntry loads without a fault; a test replaces parts of it.
const goodEntry = `id: T1
kind: ticketing
name: {en: Tickets}
controllers:
  - name: {en: Org}
    role: controller
    from: 2020-01-01
    to: 2030-12-31
legal_basis:
  - article: 6(1)(c)
data_groups:
  - name: {en: All}
    types: [ticket, comment]
retention:
  - days: 30
search_keys:
  - kind: email
    source: page
published:
  - document: "1.10"
    key: page
paper: {held: no}
`

func home(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{"organisation.yaml": {Data: []byte(goodOrganisation)}, "catalogue/T1.yaml": {Data: []byte(goodEntry)}}
	for name, src := range files {
		if src == "-" {
			delete(out, name)
			continue
		}
		out[name] = &fstest.MapFile{Data: []byte(src)}
	}
	return out
}

func TestLoadsWhatIsRight(t *testing.T) {
	c, err := catalogue.LoadFS(home(map[string]string{
		"catalogue/T10.yaml": strings.Replace(goodEntry, "T1", "T10", 1), "catalogue/T2.yaml": strings.Replace(goodEntry, "T1", "T2", 1),
		"catalogue/README.md": "not an entry", "catalogue/x.yaml.sample": "nor this", "catalogue/.T1.yaml.swp": "nor this", "catalogue/T1.yaml~": "nor this"}))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range c.Systems {
		ids = append(ids, s.ID+" "+s.File)
	}
	if diff := cmp.Diff([]string{"T1 catalogue/T1.yaml", "T2 catalogue/T2.yaml", "T10 catalogue/T10.yaml"}, ids); diff != "" {
		t.Error(diff)
	}
	s, ok := c.System("T1")
	if !ok || s.Published[0].Document != "1.10" || s.Controllers[0].From != "2020-01-01" || s.Paper.Held != "no" || s.Retention[0].Days != 30 {
		t.Errorf("read %+v", s)
	}
	if c.Organisation.ArtificialCodes != catalogue.IgnoreArtificial {
		t.Errorf("artificial codes are %q when nothing is said", c.Organisation.ArtificialCodes)
	}
}

func TestRefusesWrongEntriesWithTheirPlace(t *testing.T) {
	kinds := strings.Join(catalogue.Kinds(), ", ")
	tests := []struct{ name, old, new, want string }{
		{"misspelt key", "retention:", "retantion:", `catalogue/T1.yaml:14:1: unknown key "retantion"; known keys here: id, level, kind, name, store, `},
		{"misspelt key inside", "    role: controller", "    rolle: controller", "catalogue/T1.yaml:5:5: controllers[0].role is missing; write one of: controller, joint_controller, processor\n" +
			`catalogue/T1.yaml:6:5: unknown key "rolle"; known keys here: name, role, scope, from, to, source`},
		{"doubled key", "kind: ticketing", "kind: ticketing\nid: T1", `catalogue/T1.yaml:3:1: the key "id" stands twice; the first is on line 1`},
		{"number for text", `"1.10"`, `1.10`, `catalogue/T1.yaml:20:15: published[0].document must be text, and this is a number; put it in quotes: "1.10"`},
		{"flag for text", "{en: Tickets}", "{en: true}", `catalogue/T1.yaml:3:12: name.en must be text, and this is true or false; put it in quotes: "true"`},
		{"text for list", "[ticket, comment]", "ticket", `catalogue/T1.yaml:13:12: data_groups[0].types must be a list (lines that begin with -), and this is text`},
		{"text for number", "days: 30", "days: 30 d", `catalogue/T1.yaml:15:11: retention[0].days must be a whole number, and this is text`},
		{"negative period", "days: 30", "days: -1", `catalogue/T1.yaml:15:11: days must not be negative`},
		{"other id than the file", "id: T1", "id: T2", `catalogue/T1.yaml:1:5: the id "T2" must be the name of its file, "T1"`},
		{"no id", "id: T1\n", "", `catalogue/T1.yaml:1:1: id is missing`},
		{"an id that is a path", "id: T1", "id: a/b", `catalogue/T1.yaml:1:5: the id "a/b" may hold letters a-z, digits, and . _ - inside`},
		{"kind without profile", "kind: ticketing", "kind: tickets", `catalogue/T1.yaml:2:7: kind "tickets" has no profile; known kinds: ` + kinds},
		{"no kind", "kind: ticketing\n", "", `catalogue/T1.yaml:1:1: kind is missing; known kinds: ` + kinds},
		{"unknown record type", "[ticket, comment]", "[ticket, coment]", `catalogue/T1.yaml:13:21: data_groups[0].types[1] cannot be "coment"; write one of: ticket, comment, attachment`},
		{"part as a key's record type", "source: page", "types: [comment]", `catalogue/T1.yaml:18:13: search_keys[0].types[0] cannot be "comment"; write one of: ticket`},
		{"unknown role", "role: controller", "role: owner", `catalogue/T1.yaml:6:11: controllers[0].role cannot be "owner"; write one of: controller, joint_controller, processor`},
		{"no role", "    role: controller\n", "", `catalogue/T1.yaml:5:5: controllers[0].role is missing; write one of: controller, joint_controller, processor`},
		{"no date", "from: 2020-01-01", "from: 1.1.2020", `catalogue/T1.yaml:7:11: "1.1.2020" is no date; write it as 2026-01-31`},
		{"day that does not exist", "to: 2030-12-31", "to: 2030-02-30", `catalogue/T1.yaml:8:9: "2030-02-30" is no date; write it as 2026-01-31`},
		{"end before beginning", "to: 2030-12-31", "to: 2019-12-31", `catalogue/T1.yaml:8:9: the last day 2019-12-31 is before the first, 2020-01-01`},
		{"sentence without key", "    key: page\n", "", `catalogue/T1.yaml:20:5: the key "" of a sentence may hold a-z, 0-9, and . - inside`},
		{"key with blanks", "key: page", "key: the page", `catalogue/T1.yaml:21:10: the key "the page" of a sentence may hold a-z, 0-9, and . - inside`},
		{"key that means something else", "key: page", "key: derived", `catalogue/T1.yaml:21:10: "derived" has a meaning of its own in source; call the sentence otherwise`},
		{"key twice", "    key: page\n", "    key: page\n  - key: page\n", `catalogue/T1.yaml:22:10: the key "page" stands twice`},
		{"unknown level", "kind: ticketing", "level: part\nkind: ticketing", `catalogue/T1.yaml:2:8: level cannot be "part"; write one of: system, store, subregister, source, external, transient, described-only, statistics`},
		{"record types of no parent", "kind: ticketing", "types: [ticket]\nkind: ticketing", `catalogue/T1.yaml:2:8: types are the record types of the parent that hold a sub-register`},
		{"parent that is not there", "kind: ticketing", "level: subregister\nparent: T7\nkind: ticketing", `catalogue/T1.yaml:3:9: there is no entry "T7"`},
		{"its own parent", "kind: ticketing", "level: subregister\nparent: T1\nkind: ticketing", `catalogue/T1.yaml:3:9: T1 cannot hold a sub-register; name the system itself`},
		{"longest period shorter than the usual", "days: 30", "days: 30\n    longest_days: 20", `catalogue/T1.yaml:16:19: longest_days 20 is less than days 30`},
		{"period of a retention", "days: 30", "days: 30\n    from: 2025-01-01\n    to: 2024-12-31", `catalogue/T1.yaml:17:9: the last day 2024-12-31 is before the first, 2025-01-01`},
		{"unknown group of people", "retention:", "data_subjects:\n  - group: aliens\nretention:", `catalogue/T1.yaml:15:12: data_subjects[0].group cannot be "aliens"; write one of: employees, `},
		{"unknown policy", "paper:", "policy: cctv\npaper:", `catalogue/T1.yaml:22:9: policy cannot be "cctv"; write one of: log_data`},
		{"owner of what has none", "paper:", "ownership: {missing: guess}\npaper:", `catalogue/T1.yaml:22:22: ownership.missing cannot be "guess"; write one of: own, other, review`},
		{"days of a manual search", "paper:", "manual: {due_days: -3}\npaper:", `catalogue/T1.yaml:22:20: due_days must not be negative`},
		{"article", "6(1)(c)", "6.1 c", `catalogue/T1.yaml:10:14: article "6.1 c" is no ground of the GDPR; write it like 6(1)(c), 9(2)(h) or 10`},
		{"unknown key kind", "kind: email", "kind: e-mail", `catalogue/T1.yaml:17:11: search_keys[0].kind cannot be "e-mail"; write one of: personal-identity-code, business-id, email, phone, name, date-of-birth, diary-number, contract-number, ticket-number, employee-number, user-id`},
		{"unknown origin", "kind: ticketing", "kind: ticketing\norigin: known", `catalogue/T1.yaml:3:9: origin cannot be "known"; write one of: stated, derived, assumed`},
		{"paper", "{held: no}", "{held: maybe}", `catalogue/T1.yaml:22:15: paper.held cannot be "maybe"; write one of: yes, no, unknown`},
		{"unknown outcome", "paper:", "outcome: skipped\npaper:", `catalogue/T1.yaml:22:10: outcome cannot be "skipped"; write one of: not_stored, not_identifiable, other_controller, described_only, excluded_by_policy, manual_pending`},
		{"outcome that only a run finds", "paper:", "outcome: none\npaper:", `catalogue/T1.yaml:22:10: outcome cannot be "none"; write one of: not_stored, not_identifiable, other_controller, described_only, excluded_by_policy, manual_pending`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Count(goodEntry, tt.old) == 0 {
				t.Fatalf("the good entry has no %q", tt.old)
			}
			_, err := catalogue.LoadFS(home(map[string]string{"catalogue/T1.yaml": strings.Replace(goodEntry, tt.old, tt.new, 1)}))
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.HasPrefix(err.Error(), tt.want) || strings.Count(err.Error(), "\n") != strings.Count(tt.want, "\n") {
				t.Errorf("error\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}

func TestRefusesWrongInstallationsWithTheirPlace(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no organisation", map[string]string{"organisation.yaml": "-"}, "organisation.yaml: there is no such file; sinusta init makes one to fill in"},
		{"no catalogue", map[string]string{"catalogue/T1.yaml": "-"}, "catalogue: there is no such folder; make it, with one file <id>.yaml for each system (sinusta init makes one)"},
		{"no language", map[string]string{"organisation.yaml": "id: org\n"}, "organisation.yaml:1:1: languages is missing; name at least one of fi, sv, en, the default first"},
		{"unknown language", map[string]string{"organisation.yaml": "id: org\nlanguages: [fi, se]\n"}, `organisation.yaml:2:17: languages[1] cannot be "se"; write one of: fi, sv, en`},
		{"language twice", map[string]string{"organisation.yaml": "id: org\nlanguages: [fi, fi]\n"}, `organisation.yaml:2:17: language "fi" stands twice`},
		{"artificial codes", map[string]string{"organisation.yaml": goodOrganisation + "artificial_codes: yes\n"}, `organisation.yaml:3:19: artificial_codes cannot be "yes"; write one of: ignore, anchor`},
		{"telephone number without quotes", map[string]string{"organisation.yaml": goodOrganisation + "registry:\n  phone: +358401234567\n"}, `organisation.yaml:4:10: registry.phone must be text, and this is a number; put it in quotes: "+358401234567"`},
		{"issuer without text", map[string]string{"organisation.yaml": goodOrganisation + "issuers: {hr: {se: x}}\n"}, `organisation.yaml:3:16: unknown key "se"; known keys here: fi, sv, en`},
		{"unknown switch", map[string]string{"organisation.yaml": goodOrganisation + "policies: {log_data: {disclose: all}}\n"}, `organisation.yaml:3:33: policies.log_data.disclose cannot be "all"; write one of: withheld, when-and-why`},
		{"document without kind", map[string]string{"organisation.yaml": goodOrganisation + "documents: [{id: d, language: fi}]\n"}, `organisation.yaml:3:13: documents[0].kind is missing; write one of: publicity-description, privacy-notice, other`},
		{"document twice", map[string]string{"organisation.yaml": goodOrganisation + "documents: [{id: d, kind: other, language: fi}, {id: d, kind: other, language: fi}]\n"}, `organisation.yaml:3:54: the document "d" stands twice`},
		{"unknown right", map[string]string{"organisation.yaml": goodOrganisation + "documents: [{id: d, kind: other, language: fi, rights: [{right: all}]}]\n"}, `organisation.yaml:3:65: documents[0].rights[0].right cannot be "all"; write one of: access, `},
		{"record types for all systems", map[string]string{"organisation.yaml": goodOrganisation + "common: {retention: [{types: [ticket]}]}\n"}, `organisation.yaml:3:30: record types are those of one kind of system; leave types out here`},
		{"sub-register of a store", map[string]string{"catalogue/T2.yaml": "id: T2\nlevel: store\n", "catalogue/T3.yaml": "id: T3\nlevel: subregister\nparent: T2\nkind: crm\n"}, "catalogue/T3.yaml:3:9: T2 cannot hold a sub-register; name the system itself"},
		{"record types that the parent does not have", map[string]string{"catalogue/T3.yaml": "id: T3\nlevel: subregister\nparent: T1\ntypes: [case]\n"}, `catalogue/T3.yaml:4:9: types[0] cannot be "case"; write one of: ticket, `},
		{"two entries with one id", map[string]string{"catalogue/t1.yaml": strings.Replace(goodEntry, "T1", "t1", 1)}, `catalogue/t1.yaml:1:5: catalogue/T1.yaml has the same id; capital letters make no difference`},
		{"copy with the old id", map[string]string{"catalogue/T2.yaml": goodEntry}, "catalogue/T2.yaml:1:5: the id \"T1\" must be the name of its file, \"T2\"\ncatalogue/T2.yaml:1:5: catalogue/T1.yaml has the same id; capital letters make no difference"},
		{"other ending", map[string]string{"catalogue/T2.yml": goodEntry}, "catalogue/T2.yml: the file would not be read; its name must end in .yaml"},
		{"ending in capitals", map[string]string{"catalogue/T2.YAML": goodEntry}, "catalogue/T2.YAML: the file would not be read; its name must end in .yaml"},
		{"folder of entries", map[string]string{"catalogue/old/T2.yaml": goodEntry}, "catalogue/old: folders in the catalogue are not read; move the entries to catalogue/"},
		{"empty entry", map[string]string{"catalogue/T2.yaml": ""}, "catalogue/T2.yaml:1:1: the file is empty"},
		{"every fault of every file", map[string]string{"organisation.yaml": "id: org\nlanguage: fi\nlanguages: [fi]\n", "catalogue/T1.yaml": "id: T1\nkind: ticketing\nx: 1\ny: 2\n",
			"catalogue/T2.yaml": "id: T2\nkind: nothing\norigin: guess\n"},
			"organisation.yaml:2:1: unknown key\ncatalogue/T1.yaml:3:1: unknown key \"x\"\ncatalogue/T1.yaml:4:1: unknown key \"y\"\ncatalogue/T2.yaml:2:7: kind \"nothing\"\ncatalogue/T2.yaml:3:9: origin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := catalogue.LoadFS(home(tt.files))
			if err == nil || c != nil {
				t.Fatalf("error %v, catalogue %v", err, c)
			}
			want, got := strings.Split(tt.want, "\n"), strings.Split(err.Error(), "\n")
			if len(got) != len(want) {
				t.Fatalf("%d faults, want %d:\n%v", len(got), len(want), err)
			}
			for i := range want {
				if !strings.HasPrefix(got[i], want[i]) {
					t.Errorf("fault\n%s\nwant\n%s", got[i], want[i])
				}
			}
			var list strictyaml.Errors
			if !errors.As(err, &list) {
				t.Errorf("the error is %T", err)
			}
		})
	}
}

func TestLoadNamesAMissingInstallation(t *testing.T) {
	if _, err := catalogue.Load(t.TempDir() + "/none"); err == nil || !strings.HasPrefix(err.Error(), "open the installation: ") {
		t.Error(err)
	}
	if _, err := catalogue.Load(t.TempDir()); err == nil || !strings.HasPrefix(err.Error(), "organisation.yaml: there is no such file") {
		t.Error(err)
	}
}
