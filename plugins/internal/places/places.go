// Package places compares what a system gave with what was asked for, for the
// plugins that read whole records and compare them themselves: identifiers
// stand together in a place, which is the record's own fields or one party.
package places

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/name"
)

// Place is where identifiers stand together: the record's own fields, or one
// party in its slot.
type Place struct {
	Slot  string
	Holds []Held
	// Told are the identifiers that stand in running text of the place.
	Told []Told
}

// Told is an identifier in running text, and how it was found there. It is not
// said whose it is, so it may stand beside any party.
type Told struct {
	Identifier core.Identifier
	Match      core.Match
}

// Held is a field of a place with its texts.
type Held struct {
	Kind  core.Kind
	Part  string // of a name: given, family or former
	Field string
	Texts []string
	// Spans are when the contact was, for a time of contact; an end that
	// nobody knows is zero.
	Spans []core.Interval
}

// Identifies gives the kind of identifier by which a field tells a person or
// the record, "" for none.
func Identifies(f catalogue.FieldProfile) core.Kind {
	if f.Role == core.RoleThirdParty {
		return ""
	}
	return f.Identifier
}

// Searchable tells whether people are looked for in the slot by a kind: names
// of officials are no key. A slot that is not known may be any.
func Searchable(s catalogue.Slot, known bool, k core.Kind) bool {
	return !known || s.Subject || s.Official && k != core.Name
}

// Matcher compares records with the key sets of a query that one record type
// can use.
type Matcher struct {
	sets    [][]*wanted
	kinds   []core.Kind
	issuers map[core.Kind]string
	read    *identifier.Reader
}

// wanted is one identifier that is looked for.
type wanted struct {
	core.Identifier
	names  *name.Matcher
	family string        // of a name without given names
	span   core.Interval // of a time of contact
}

// New gives a matcher of the sets. issuers gives the issuer of the local kinds
// of identifier in the system.
func New(sets []core.KeySet, issuers map[core.Kind]string) *Matcher {
	m := &Matcher{issuers: issuers, read: &identifier.Reader{}, kinds: core.Query{AnyOf: sets}.Kinds()}
	for _, set := range sets {
		var all []*wanted
		for _, id := range set.AllOf {
			all = append(all, want(id))
		}
		m.sets = append(m.sets, all)
	}
	return m
}

func want(id core.Identifier) *wanted {
	w := &wanted{Identifier: id}
	switch id.Kind {
	case core.Name:
		w.names = name.NewMatcher(id.Value)
		if n, err := name.Parse(id.Value); err == nil && len(n.Given) == 0 {
			w.family = n.Family
		}
	case core.TimeOfContact:
		if c, ok := identifier.ContactOf(id); ok {
			w.span = c.Span
		}
	}
	return w
}

// Kinds gives the kinds that are looked for.
func (m *Matcher) Kinds() []core.Kind { return m.kinds }

// Matches gives the keys by which a record is a hit, none if it is no hit. The
// first place holds the record's own fields. All of a set must agree in one
// party; what numbers the record, and when the contact was, may stand in its
// own fields, what numbers an organisation in any party (core.KeySet), and what
// running text tells in any place.
func (m *Matcher) Matches(places []Place) []core.Match {
	var out []core.Match
	for _, set := range m.sets {
		for _, p := range places {
			found := m.together(set, p, places)
			for _, match := range found {
				if !slices.Contains(out, match) {
					out = append(out, match)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b core.Match) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Issuer, b.Issuer), cmp.Compare(a.Slot, b.Slot),
			cmp.Compare(a.Field, b.Field), cmp.Compare(a.Tier, b.Tier))
	})
	return out
}

// together gives where all of a set agree, in a place and in those that serve
// the whole record; nil unless all do.
func (m *Matcher) together(set []*wanted, p Place, places []Place) []core.Match {
	var found []core.Match
	for _, w := range set {
		match, ok := m.agrees(w, p)
		if !ok && len(places) > 0 {
			match, ok = m.agrees(w, places[0])
		}
		for i := 0; !ok && i < len(places) && len(set) > 1; i++ {
			if match, ok = places[i].tells(w.Identifier); !ok && w.Kind.OfOrganisation() {
				match, ok = m.agrees(w, places[i])
			}
		}
		if !ok {
			return nil
		}
		found = append(found, match)
	}
	return found
}

// Some tells whether any single identifier agrees with any of the places: what
// else of its set is asked for may stand in places that are not read yet.
func (m *Matcher) Some(places []Place) bool {
	for _, set := range m.sets {
		for _, w := range set {
			for _, p := range places {
				if _, ok := m.agrees(w, p); ok {
					return true
				}
			}
		}
	}
	return false
}

// tells tells whether running text of the place holds the identifier.
func (p Place) tells(id core.Identifier) (core.Match, bool) {
	for _, t := range p.Told {
		if t.Identifier.Kind == id.Kind && t.Identifier.Value == id.Value && t.Identifier.Issuer == id.Issuer {
			return t.Match, true
		}
	}
	return core.Match{}, false
}

// agrees tells whether the place holds the identifier.
func (m *Matcher) agrees(w *wanted, p Place) (core.Match, bool) {
	if match, ok := p.tells(w.Identifier); ok {
		return match, true
	}
	if w.Kind == core.Name {
		return w.named(p)
	}
	for _, h := range p.Holds {
		if h.Kind != w.Kind {
			continue
		}
		agrees := slices.ContainsFunc(h.Texts, func(text string) bool { return m.equal(w.Identifier, text) })
		if w.Kind == core.TimeOfContact {
			agrees = slices.ContainsFunc(h.Spans, func(contact core.Interval) bool { return Overlaps(w.span, contact) })
		}
		if agrees {
			return core.Match{Kind: w.Kind, Issuer: w.Issuer, Slot: p.Slot, Field: h.Field, Tier: core.TierExact}, true
		}
	}
	return core.Match{}, false
}

// equal tells whether any reading of the text is the identifier.
func (m *Matcher) equal(id core.Identifier, text string) bool {
	for _, found := range m.read.ParseAll(id.Kind, text) {
		if found.Issuer == "" {
			found.Issuer = m.issuers[id.Kind]
		}
		if identifier.Equal(id, found) {
			return true
		}
	}
	return false
}

// named compares the names of one place: whole names, and given names with the
// family name or a former one.
func (w *wanted) named(p Place) (core.Match, bool) {
	type whole struct{ field, text string }
	var given []string
	var all []whole
	for _, h := range p.Holds {
		if h.Kind == core.Name && h.Part == "given" {
			given = append(given, h.Texts...)
		}
	}
	for _, h := range p.Holds {
		if h.Kind != core.Name || h.Part == "given" {
			continue
		}
		for _, text := range h.Texts {
			if h.Part == "" || h.Part == "former" {
				all = append(all, whole{h.Field, text})
			}
			if h.Part == "" {
				continue
			}
			for _, g := range given {
				all = append(all, whole{h.Field, name.FromParts(g, text).Canonical()})
			}
			if w.family != "" {
				all = append(all, whole{h.Field, name.FromParts("", text).Canonical()})
			}
		}
	}
	best, out := name.None, core.Match{Kind: core.Name, Slot: p.Slot}
	for _, n := range all {
		if level := w.level(n.text); level > best {
			best, out.Field, out.Tier = level, n.field, w.tier(n.text, level)
		}
	}
	return out, best >= name.Variant
}

// level gives how far a text agrees with the name. A name that was given
// without given names, as it stands beside a date of birth, agrees by its
// family name.
func (w *wanted) level(text string) name.Level {
	text = strings.TrimSpace(norm.NFC.String(text))
	if w.family != "" {
		n, err := name.Parse(text)
		if err != nil {
			return name.None
		}
		const same = "Aino" // so that the family names decide
		return min(name.Variant, name.Compare(name.FromParts(same, w.family), name.FromParts(same, n.Family)))
	}
	level := w.names.Level(text)
	if level < name.Variant && strings.ContainsAny(text, " ,") && slices.ContainsFunc(w.Forms, func(f core.Form) bool { return strings.EqualFold(norm.NFC.String(f.Text), text) }) {
		return name.Variant
	}
	return level
}

func (w *wanted) tier(text string, level name.Level) core.Tier {
	for _, f := range w.Forms {
		if strings.EqualFold(norm.NFC.String(f.Text), norm.NFC.String(strings.TrimSpace(text))) {
			return f.Tier
		}
	}
	if level == name.Equal {
		return core.TierExact
	}
	return core.TierVariant
}
