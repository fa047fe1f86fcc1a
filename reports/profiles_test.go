package reports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/match"
)

// planted fills records of one profile with values that occur nowhere else,
// and remembers which of them the subject may be told.
type planted struct {
	n               int
	allowed, secret []string
}

func (p *planted) value(mayShow bool) core.Value {
	p.n++
	v := fmt.Sprintf("Canary%05d", p.n)
	if mayShow {
		p.allowed = append(p.allowed, v)
	} else {
		p.secret = append(p.secret, v)
	}
	return core.TextValue(v)
}

func (p *planted) fields(list []catalogue.FieldProfile, mayShow bool) []core.Field {
	var out []core.Field
	for _, f := range list {
		// What holds an identifier is read by its own rules, which a word like
		// this breaks: it is not looked for, either way.
		if f.Identifier != "" && mayShow {
			continue
		}
		show := mayShow && !f.Special && (f.Role == core.RoleOrganisation || f.Role == "") && f.Name != "manager"
		out = append(out, core.Field{Name: f.Name, Value: p.value(show)})
	}
	return out
}

// parties puts somebody into every slot: the subject into one of them.
func (p *planted) parties(slots []catalogue.Slot, subject string) []core.Party {
	var out []core.Party
	for _, s := range slots {
		party := core.Party{Slot: s.Name, Fields: p.fields(s.Fields, s.Name == subject)}
		if s.Name == subject {
			party.Fields = append(party.Fields, field("name", "Maija Mäkinen"), field("personal_identity_code", code(901)))
		}
		out = append(out, party)
	}
	return out
}

// record gives a record of the type with every field and slot filled, the
// subject in the slot of the part; an empty slot is nobody.
func (p *planted) record(t catalogue.RecordType, part, slot string) core.Record {
	of := func(in string) string {
		if in == part {
			return slot
		}
		return ""
	}
	p.n++
	rec := core.Record{Type: t.Name, Ref: fmt.Sprintf("%s/%d", t.Name, p.n), Time: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		Fields: p.fields(t.Fields, true), Parties: p.parties(t.Slots, of(""))}
	for _, sub := range t.Parts {
		rec.Parts = append(rec.Parts, core.Part{Type: sub.Name, Ref: sub.Name + "/1",
			Fields: p.fields(sub.Fields, true), Parties: p.parties(sub.Slots, of(sub.Name))})
	}
	return rec
}

// With the profile of any kind and the subject in any slot that may be theirs,
// the report tells their own fields and the organisation's, and none of
// anybody else: no other party's, no content, nothing special.
func TestNoProfileShowsAnybodyElse(t *testing.T) {
	m := match.New(core.Subject{Identifiers: []core.Identifier{{Kind: core.Name, Value: "Mäkinen, Maija", Status: core.Valid, Assurance: core.Verified},
		{Kind: core.PersonalIdentityCode, Value: code(901), Status: core.Artificial,
			Assurance: core.Verified}}}, match.Options{ArtificialCodes: catalogue.AnchorArtificial})
	in, p := sample(), &planted{}
	in.Profile, in.Systems, in.Coverage, in.Items, in.Officials, in.Others = catalogue.ProfileFor, nil, nil, nil, nil, nil
	for _, kind := range catalogue.Kinds() {
		profile, err := catalogue.ProfileFor(kind)
		if err != nil {
			t.Fatal(err)
		}
		entry := system("S-" + kind)
		entry.Kind = kind
		in.Systems = append(in.Systems, entry)
		in.Coverage = append(in.Coverage, core.Coverage{System: entry.ID, Outcome: core.Found, Records: 1, AskedWith: []core.Kind{core.PersonalIdentityCode}})
		add := func(spec catalogue.RecordType, part, slot string) {
			rec := p.record(spec, part, slot)
			a := m.Judge(match.System{ID: entry.ID, Profile: profile}, rec)
			if slot != "" && a.Verdict != core.Confirmed {
				t.Fatalf("%s/%s: the subject as %s is %s (%s)", kind, spec.Name, slot, a.Verdict, a.Reason)
			}
			// An official may have decided that a record without names is theirs.
			in.Items = append(in.Items, Item{Verdict: core.Confirmed, Explanation: text("Because"), MatchedBy: []core.Match{{Kind: core.PersonalIdentityCode}},
				Members: []Member{{System: entry.ID, Record: rec, Roles: match.RolesOf(spec, rec, a)}}})
		}
		for _, spec := range profile.Types {
			add(spec, "", "")
			for _, s := range spec.Slots {
				if s.Subject {
					add(spec, "", s.Name)
				}
			}
			for _, sub := range spec.Parts {
				for _, s := range sub.Slots {
					if s.Subject {
						add(spec, sub.Name, s.Name)
					}
				}
			}
		}
	}
	if len(p.secret) < 5000 || len(p.allowed) < 1000 {
		t.Fatalf("%d values of others and %d of the subject were planted", len(p.secret), len(p.allowed))
	}
	for form, out := range rendered(t, build(t, in)) {
		told := canariesIn(out)
		for _, v := range p.secret {
			if told[v] {
				t.Errorf("%s shows %s, which is another's, or for an official to decide", form, v)
			}
		}
		for _, v := range p.allowed {
			if !told[v] && form != "coverage" {
				t.Errorf("%s does not show %s", form, v)
			}
		}
	}
}

// canariesIn gives the planted values that stand in a text.
func canariesIn(s string) map[string]bool {
	out := map[string]bool{}
	for _, piece := range strings.Split(s, "Canary")[1:] {
		out["Canary"+piece[:min(5, len(piece))]] = true
	}
	return out
}
