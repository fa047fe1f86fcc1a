package restsource

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/name"
)

// place is where identifiers stand together: the record's own fields, or one
// party.
type place struct {
	slot  string
	holds []held
}

// held is a field of a place with its texts.
type held struct {
	kind  core.Kind
	part  string // of a name: given, family or former
	field string
	texts []string
}

// matcher compares records with the key sets of a query that one record type
// can use.
type matcher struct {
	sets    [][]*wanted
	issuers map[core.Kind]string
	read    *identifier.Reader
}

// wanted is one identifier that is looked for.
type wanted struct {
	core.Identifier
	names  *name.Matcher
	family string // of a name without given names
}

func newMatcher(sets []core.KeySet, issuers map[core.Kind]string) *matcher {
	m := &matcher{issuers: issuers, read: &identifier.Reader{}}
	for _, set := range sets {
		var all []*wanted
		for _, id := range set.AllOf {
			w := &wanted{Identifier: id}
			if id.Kind == core.Name {
				w.names = name.NewMatcher(id.Value)
				if n, err := name.Parse(id.Value); err == nil && len(n.Given) == 0 {
					w.family = n.Family
				}
			}
			all = append(all, w)
		}
		m.sets = append(m.sets, all)
	}
	return m
}

// matches gives the keys by which a record is a hit, none if it is no hit. All
// of a set must agree in one party; what numbers the record may stand in its
// own fields, what numbers an organisation in any party (core.KeySet).
func (m *matcher) matches(places []place) []core.Match {
	var out []core.Match
	for _, set := range m.sets {
		for _, p := range places {
			var found []core.Match
			for _, w := range set {
				match, ok := m.agrees(w, p)
				if !ok && len(places) > 0 {
					match, ok = m.agrees(w, places[0])
				}
				for i := 0; !ok && i < len(places) && len(set) > 1 && w.Kind.OfOrganisation(); i++ {
					match, ok = m.agrees(w, places[i])
				}
				if !ok {
					break
				}
				found = append(found, match)
			}
			if len(found) < len(set) {
				continue
			}
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

// agrees tells whether the place holds the identifier.
func (m *matcher) agrees(w *wanted, p place) (core.Match, bool) {
	if w.Kind == core.Name {
		return w.named(p)
	}
	for _, h := range p.holds {
		if h.kind != w.Kind {
			continue
		}
		if slices.ContainsFunc(h.texts, func(text string) bool { return m.equal(w.Identifier, text) }) {
			return core.Match{Kind: w.Kind, Issuer: w.Issuer, Slot: p.slot, Field: h.field, Tier: core.TierExact}, true
		}
	}
	return core.Match{}, false
}

// equal tells whether any reading of the text is the identifier.
func (m *matcher) equal(id core.Identifier, text string) bool {
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
func (w *wanted) named(p place) (core.Match, bool) {
	type whole struct{ field, text string }
	var given []string
	var all []whole
	for _, h := range p.holds {
		if h.kind == core.Name && h.part == "given" {
			given = append(given, h.texts...)
		}
	}
	for _, h := range p.holds {
		if h.kind != core.Name || h.part == "given" {
			continue
		}
		for _, text := range h.texts {
			if h.part == "" || h.part == "former" {
				all = append(all, whole{h.field, text})
			}
			if h.part == "" {
				continue
			}
			for _, g := range given {
				all = append(all, whole{h.field, name.FromParts(g, text).Canonical()})
			}
			if w.family != "" {
				all = append(all, whole{h.field, name.FromParts("", text).Canonical()})
			}
		}
	}
	best, out := name.None, core.Match{Kind: core.Name, Slot: p.slot}
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
