package restsource

import (
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// typePlan is a record type with its mapping, held against the profile.
type typePlan struct {
	path     string
	profile  catalogue.RecordType
	key      []route
	time     *member
	fields   []field
	parties  []*partyPlan
	parts    []*partPlan
	searches []*searchPlan
	list     *requestPlan
	record   *requestPlan
	content  *contentPlan
	coverage
	keys []sdk.Key
}

// coverage is what of a tree the mapping speaks of.
type coverage struct {
	mapped, ignored []route
	leftOut         []core.LeftOut
}

// speaksOf tells whether the member is mapped or ignored.
func (c *coverage) speaksOf(r route) bool {
	covers := func(of route) bool { return of.covers(r) }
	return slices.ContainsFunc(c.mapped, covers) || slices.ContainsFunc(c.ignored, covers)
}

// empties tells whether a member that holds nothing may be passed over: one
// above a mapped member, such as a person who is null.
func (c *coverage) empties(r route) bool {
	above := func(of route) bool { return r.covers(of) }
	return slices.ContainsFunc(c.mapped, above) || slices.ContainsFunc(c.ignored, above)
}

// member is a place of a value, ready to be read.
type member struct {
	Member
	path  string
	route route
	codes map[string]*core.Meaning
}

// field is a field of the profile with the members that hold it.
type field struct {
	profile catalogue.FieldProfile
	members []*member
}

// partyPlan maps people.
type partyPlan struct {
	path   string
	base   route
	slotAt route // nil when slot is the one
	slot   catalogue.Slot
	slots  map[string]catalogue.Slot
	fields []field
}

// partPlan maps parts of one type.
type partPlan struct {
	path    string
	profile catalogue.RecordType
	at      route
	request *requestPlan
	key     []route
	fields  []field
	parties []*partyPlan
	content *contentPlan
	coverage
}

// contentPlan is how the bytes of a part are read.
type contentPlan struct {
	*Content
	path        string
	size, there route
	field       string
}

// searchPlan is a search with the kinds that it is for.
type searchPlan struct {
	*Search
	*requestPlan
	path  string
	kinds []core.Kind
}

// requestPlan is a request with the paths of its answer.
type requestPlan struct {
	path                     string
	config                   *Request
	records                  route
	next, total, last, count route
	more                     route
}

// possible gives every slot that the party may be.
func (p *partyPlan) possible() []catalogue.Slot {
	if p.slotAt == nil {
		return []catalogue.Slot{p.slot}
	}
	var out []catalogue.Slot
	for _, code := range sortedKeys(p.slots) {
		out = append(out, p.slots[code])
	}
	return out
}

func (p *partyPlan) subject() bool {
	return slices.ContainsFunc(p.possible(), func(s catalogue.Slot) bool { return s.Subject })
}

// holds tells whether the party can be looked up by the kind.
func (p *partyPlan) holds(k core.Kind) bool {
	return slices.ContainsFunc(p.fields, func(f field) bool { return places.Identifies(f.profile) == k }) &&
		slices.ContainsFunc(p.possible(), func(s catalogue.Slot) bool { return places.Searchable(s, true, k) })
}

// holds tells whether some place of the record holds identifiers of the kind.
func (t *typePlan) holds(k core.Kind) bool {
	in := func(fields []field) bool {
		return slices.ContainsFunc(fields, func(f field) bool { return places.Identifies(f.profile) == k })
	}
	party := func(p *partyPlan) bool { return p.holds(k) }
	return in(t.fields) || slices.ContainsFunc(t.parties, party) || slices.ContainsFunc(t.parts, func(p *partPlan) bool {
		return in(p.fields) || slices.ContainsFunc(p.parties, party)
	})
}

func (t *typePlan) recordType() sdk.RecordType {
	out := sdk.RecordType{Name: t.profile.Name, Keys: t.keys}
	add := func(before string, fields []field, parties []*partyPlan) {
		for _, f := range fields {
			out.Fields = append(out.Fields, before+f.profile.Name)
		}
		for _, p := range parties {
			for _, s := range p.possible() {
				for _, f := range p.fields {
					if name := before + s.Name + "." + f.profile.Name; !slices.Contains(out.Fields, name) {
						out.Fields = append(out.Fields, name)
					}
				}
			}
		}
	}
	add("", t.fields, t.parties)
	for _, p := range t.parts {
		add(p.profile.Name+"/", p.fields, p.parties)
	}
	return out
}

// deriveKeys gives the type one key for each set of kinds that a request is
// for.
func (t *typePlan) deriveKeys() {
	for _, s := range t.searches {
		match := sdk.MatchExact
		if slices.Contains(s.kinds, core.Name) || s.loose() {
			match = sdk.MatchTerms
		}
		if !slices.ContainsFunc(t.keys, func(k sdk.Key) bool { return slices.Equal(k.Kinds, s.kinds) }) {
			t.keys = append(t.keys, sdk.Key{Kinds: s.kinds, Match: match})
		}
	}
}
