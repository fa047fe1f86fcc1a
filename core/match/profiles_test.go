package match_test

import (
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/match"
)

// place is a slot of a record type or of one of its parts.
type place struct {
	part string // empty for the record itself
	slot catalogue.Slot
}

// places gives every slot of a type and of its parts.
func places(t catalogue.RecordType) []place {
	var out []place
	for _, s := range t.Slots {
		out = append(out, place{slot: s})
	}
	for _, p := range t.Parts {
		for _, s := range p.Slots {
			out = append(out, place{p.Name, s})
		}
	}
	return out
}

// full gives a record of the type with every field and one party in every
// slot, of the subject in one place and of strangers in all others.
func full(t catalogue.RecordType, subject place) core.Record {
	parties := func(part string, slots []catalogue.Slot) []core.Party {
		var out []core.Party
		for _, s := range slots {
			code, name := otherCode, "name=Kalle Korhonen"
			if part == subject.part && s.Name == subject.slot.Name {
				code, name = ownCode, "name=Maija Mäkinen"
			}
			out = append(out, core.Party{Slot: s.Name, Fields: fields("personal_identity_code="+code, name, "title=x", "manager=Esa Esihenkilö")})
		}
		return out
	}
	values := func(list []catalogue.FieldProfile) []core.Field {
		var out []core.Field
		for _, f := range list {
			out = append(out, core.Field{Name: f.Name, Value: core.TextValue("x")})
		}
		return out
	}
	rec := core.Record{Type: t.Name, Ref: t.Name + "/1", Time: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		Fields: values(t.Fields), Parties: parties("", t.Slots)}
	for _, p := range t.Parts {
		rec.Parts = append(rec.Parts, core.Part{Type: p.Name, Ref: p.Name + "/1", Fields: values(p.Fields), Parties: parties(p.Name, p.Slots)})
	}
	return rec
}

// Wherever the profile of any kind has a slot for the subject, the subject is
// found in it and nowhere else, and nobody else's fields become the subject's.
func TestEveryProfileFindsTheSubjectWhereItMayStand(t *testing.T) {
	m, tried := matcher(t), 0
	for _, kind := range catalogue.Kinds() {
		p, err := catalogue.ProfileFor(kind)
		if err != nil {
			t.Fatal(err)
		}
		sys := match.System{ID: "S", Profile: p}
		for _, spec := range p.Types {
			for _, at := range places(spec) {
				tried++
				where := kind + "/" + spec.Name + "/" + at.part + "." + at.slot.Name
				rec := full(spec, at)
				a := m.Judge(sys, rec)
				switch {
				case at.slot.Subject && (a.Verdict != core.Confirmed || a.Official || len(a.Subject) != 1 || slotOf(rec, a.Subject[0]) != at.slot.Name):
					t.Errorf("%s: %s (%s), want confirmed", where, a.Verdict, a.Reason)
				case at.slot.Official && (!a.Official || a.Item()):
					t.Errorf("%s: %s (%s), want an official's hit", where, a.Verdict, a.Reason)
				case !at.slot.Subject && !at.slot.Official && (a.Verdict == core.Confirmed || a.Verdict == core.Probable):
					t.Errorf("%s: %s (%s) in a slot that only names somebody", where, a.Verdict, a.Reason)
				}
				checkRoles(t, where, spec, rec, a, at)
			}
		}
	}
	if tried < 150 {
		t.Fatalf("only %d slots", tried)
	}
}

func slotOf(rec core.Record, ref match.PartyRef) string {
	if ref.Part < 0 {
		return rec.Parties[ref.Party].Slot
	}
	return rec.Parts[ref.Part].Parties[ref.Party].Slot
}

// checkRoles demands that no field is unknown and that the subject's are those
// of the party at the place alone, without the manager.
func checkRoles(t *testing.T, where string, spec catalogue.RecordType, rec core.Record, a match.Assessment, at place) {
	t.Helper()
	check := func(part string, parties []core.Party, own []core.Role, roles [][]core.Role) {
		for _, r := range own {
			if r != core.RoleOrganisation && r != core.RoleContent {
				t.Errorf("%s: a field outside parties is %q", where, r)
			}
		}
		for i, p := range parties {
			mine := at.slot.Subject && part == at.part && p.Slot == at.slot.Name
			for j, f := range p.Fields {
				r := roles[i][j]
				if r == core.RoleUnknown || (r == core.RoleSubject) != (mine && f.Name != "manager") || f.Name == "manager" && r != core.RoleThirdParty {
					t.Errorf("%s: %s of the %s is %q", where, f.Name, p.Slot, r)
				}
			}
		}
	}
	roles := match.RolesOf(spec, rec, a)
	check("", rec.Parties, roles.Fields, roles.Parties)
	for i, p := range rec.Parts {
		check(p.Type, p.Parties, roles.Parts[i].Fields, roles.Parts[i].Parties)
	}
}

// What is found by when and where it was, and holds nobody, waits for a person
// to judge it.
func TestWhatIsFoundByTimeAloneIsReviewed(t *testing.T) {
	m, tried := matcher(t), 0
	for _, kind := range catalogue.Kinds() {
		p, err := catalogue.ProfileFor(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range p.Types {
			field := ""
			for _, f := range spec.Fields {
				if f.Identifier == core.TimeOfContact {
					field = f.Name
				}
			}
			if field == "" {
				continue
			}
			tried++
			rec := full(spec, place{})
			for i := range rec.Parties {
				rec.Parties[i].Fields = fields("title=x") // of nobody in particular
			}
			rec.MatchedBy = []core.Match{{Kind: core.TimeOfContact, Field: field, Tier: core.TierExact}}
			a := match.New(core.Subject{Identifiers: []core.Identifier{id(t, core.TimeOfContact, "6.5.2024 klo 10.00-10.30, Palvelupiste", "")}}, match.Options{}).
				Judge(match.System{ID: "S", Profile: p}, rec)
			if a.Verdict != core.Review || len(a.Subject) > 0 {
				t.Errorf("%s/%s: %s (%s), want review", kind, spec.Name, a.Verdict, a.Reason)
			}
			rec.MatchedBy = nil
			if a := m.Judge(match.System{ID: "S", Profile: p}, rec); a.Item() {
				t.Errorf("%s/%s: %s (%s) though nothing agrees", kind, spec.Name, a.Verdict, a.Reason)
			}
		}
	}
	if tried < 10 {
		t.Fatalf("only %d types are found by time", tried)
	}
}
