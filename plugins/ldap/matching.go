package ldapsource

import (
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/name"
)

// question is what entries of one type are compared with: the usable key sets
// of a query, ready to compare.
type question struct {
	sets    [][]wanted
	issuers map[core.Kind]string
}

// wanted is one identifier that is looked for.
type wanted struct {
	core.Identifier
	spellings map[string]core.Tier // by the folded form
	names     *name.Matcher        // of a name
	family    string               // of a name without given names
}

func newQuestion(sets []core.KeySet, issuers map[core.Kind]string) question {
	q := question{issuers: issuers}
	for _, set := range sets {
		var all []wanted
		for _, i := range set.AllOf {
			all = append(all, newWanted(i))
		}
		q.sets = append(q.sets, all)
	}
	return q
}

func newWanted(i core.Identifier) wanted {
	w := wanted{Identifier: i, spellings: map[string]core.Tier{}}
	if i.Kind == core.Name {
		w.names = name.NewMatcher(i.Value)
		if n, err := name.Parse(i.Value); err == nil && len(n.Given) == 0 {
			w.family = n.Family
		}
		return w
	}
	for _, f := range w.forms() {
		if _, seen := w.spellings[folded(f.Text)]; !seen {
			w.spellings[folded(f.Text)] = f.Tier
		}
	}
	return w
}

// forms gives the spellings to look for: those that came with the query, else
// those of the kind, and always the value itself.
func (w wanted) forms() []core.Form {
	forms := w.Forms
	if len(forms) == 0 {
		forms = identifier.Forms(w.Identifier)
	}
	return append(slices.Clone(forms), core.Form{Text: w.Value, Tier: core.TierExact})
}

// matches gives the keys by which an entry of the type is a hit, none if it is
// no hit. The identifiers of one set must all agree in one party, or in the
// record's own fields: a name of one person and a date of birth of another
// are nobody's. An organisation's number may stand in any party.
func (q question) matches(m *mappedType, e entry) []core.Match {
	var out []core.Match
	for _, set := range q.sets {
		for _, g := range m.groups() {
			var found []core.Match
			for _, w := range set {
				one := q.inGroup(m, g, e, w)
				if len(one) == 0 && g.slot != "" {
					one = q.inGroup(m, m.own, e, w)
				}
				for _, other := range m.groups() {
					if len(one) == 0 && len(set) > 1 && w.Kind.OfOrganisation() {
						one = q.inGroup(m, other, e, w)
					}
				}
				if len(one) == 0 {
					found = nil
					break
				}
				found = append(found, one...)
			}
			for _, f := range found {
				if !slices.Contains(out, f) {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// inGroup gives the fields of one party that hold the identifier.
func (q question) inGroup(m *mappedType, g mappedParty, e entry, w wanted) []core.Match {
	if w.Kind == core.Name {
		return namesIn(m, g, e, w)
	}
	issuer := q.issuers[w.Kind]
	if w.Issuer != "" && issuer != "" && w.Issuer != issuer {
		return nil
	}
	var out []core.Match
	for _, f := range g.fields {
		if f.kind != w.Kind {
			continue
		}
		if tier, ok := w.agrees(m.texts(e, f), issuer); ok {
			out = append(out, core.Match{Kind: w.Kind, Issuer: w.Issuer, Slot: g.slot, Field: f.name, Tier: tier})
		}
	}
	return out
}

// agrees tells whether one of the texts is the identifier, by the rules of its
// kind or by one of its spellings, and how near it is.
func (w wanted) agrees(texts []string, issuer string) (core.Tier, bool) {
	tier, ok := core.Tier(""), false
	if w.Kind == core.Phone {
		texts = numbersIn(texts)
	}
	for _, s := range texts {
		parsed, err := identifier.Parse(w.Kind, s)
		if err == nil {
			parsed.Issuer = issuer
			if identifier.Equal(parsed, w.Identifier) {
				return core.TierExact, true
			}
		}
		if t, spelled := w.spellings[folded(s)]; spelled && (!ok || t == core.TierExact) {
			tier, ok = t, true
		}
	}
	return tier, ok
}

// numbersIn gives the texts, and the telephone numbers of those that hold
// several.
func numbersIn(texts []string) []string {
	out := slices.Clone(texts)
	for _, s := range texts {
		if strings.ContainsAny(s, ",;") {
			out = append(out, strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' })...)
		}
	}
	return out
}

// namesIn compares the names of one party: whole names, and given and family
// names that stand in two fields. A former name stands alone or beside the
// given names.
func namesIn(m *mappedType, g mappedParty, e entry, w wanted) []core.Match {
	var given []string
	for _, f := range g.fields {
		if f.kind == core.Name && f.part == "given" {
			given = append(given, m.texts(e, f)...)
		}
	}
	var out []core.Match
	for _, f := range g.fields {
		if f.kind != core.Name || f.part == "given" {
			continue
		}
		best := name.None
		for _, text := range m.texts(e, f) {
			if f.part != "family" {
				best = max(best, w.level(text))
			}
			if f.part == "" {
				continue
			}
			for _, first := range given {
				best = max(best, w.level(name.FromParts(first, text).Canonical()))
			}
			if w.family != "" {
				best = max(best, w.level(name.FromParts("", text).Canonical()))
			}
		}
		if best >= name.Variant {
			tier := core.TierVariant
			if best == name.Equal {
				tier = core.TierExact
			}
			out = append(out, core.Match{Kind: core.Name, Slot: g.slot, Field: f.name, Tier: tier})
		}
	}
	return out
}

// level gives how far the text agrees with the name. A name that was given
// without given names, as it stands in a key beside a date of birth, agrees by
// its family name.
func (w wanted) level(text string) name.Level {
	if w.family == "" {
		return w.names.Level(text)
	}
	n, err := name.Parse(text)
	if err != nil {
		return name.None
	}
	const same = "Aino" // so that the family names decide
	return min(name.Variant, name.Compare(name.FromParts(same, w.family), name.FromParts(same, n.Family)))
}
