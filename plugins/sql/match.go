package sqlsource

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/name"
	"github.com/sinusta/sinusta/core/recent"
)

// matcher compares rows with the key sets of a query that one record type can
// use.
type matcher struct {
	sets        [][]*wanted
	wanted      []*wanted
	recordKinds map[core.Kind]bool
	// organisations are the kinds of organisations' numbers that some place of
	// the record type holds.
	organisations map[core.Kind]bool
	issuers       map[core.Kind]string
	zone          *time.Location
	read          identifier.Reader
}

// wanted is one identifier of the query, ready to compare.
type wanted struct {
	id       core.Identifier
	patterns []string
	names    []namePattern
	matcher  *name.Matcher
	family   familyFilter
	// forms are those of a name, tidy.
	forms []core.Form
	// span is that of a time of contact.
	span core.Interval
	seen recent.Answers[core.Kind, judgement]
}

func newMatcher(t *typePlan, sets []core.KeySet, issuers map[core.Kind]string, zone *time.Location) *matcher {
	m := &matcher{recordKinds: t.recordKinds, organisations: heldApart(t), issuers: issuers, zone: zone}
	for _, set := range sets {
		var all []*wanted
		for _, id := range set.AllOf {
			all = append(all, m.want(id))
		}
		if len(all) > 0 && m.placed(t, all) {
			m.sets = append(m.sets, all)
		}
	}
	return m
}

// placed tells whether some place of the record type can hold the whole set.
func (m *matcher) placed(t *typePlan, set []*wanted) bool {
	for _, r := range t.sets {
		if _, ok := m.split(set, r.held); ok {
			return true
		}
		for _, p := range r.parties {
			if _, ok := m.split(set, p.held); ok {
				return true
			}
		}
	}
	return false
}

// want prepares an identifier, once however many sets hold it.
func (m *matcher) want(id core.Identifier) *wanted {
	for _, w := range m.wanted {
		if w.id.Kind == id.Kind && w.id.Value == id.Value && w.id.Issuer == id.Issuer {
			return w
		}
	}
	w := &wanted{id: id}
	switch id.Kind {
	case core.Name:
		w.names, w.matcher = namePatterns(id), name.NewMatcher(spellings(id)[:min(1, len(spellings(id)))]...)
		w.family = newFamilyFilter(id.Value)
		for _, f := range id.Forms {
			w.forms = append(w.forms, core.Form{Text: tidy(f.Text), Tier: f.Tier})
		}
	case core.DateOfBirth:
	case core.TimeOfContact:
		if c, ok := identifier.ContactOf(id); ok {
			w.span = c.Span
		}
	default:
		w.patterns = patternsOf(id)
	}
	m.wanted = append(m.wanted, w)
	return w
}

// kinds gives the kinds that the sets hold, sorted.
func (m *matcher) kinds() []core.Kind {
	seen := map[core.Kind]bool{}
	for _, set := range m.sets {
		for _, w := range set {
			seen[w.id.Kind] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// agreed are the identifiers that one place holds, each once, with the match
// that says where. Most places hold none, and no place many.
type agreed []agreement

type agreement struct {
	wanted *wanted
	match  core.Match
}

// of gives where w stands.
func (a agreed) of(w *wanted) (core.Match, bool) {
	for i := range a {
		if a[i].wanted == w {
			return a[i].match, true
		}
	}
	return core.Match{}, false
}

// note says where w stands, and forgets what was said before.
func (a *agreed) note(w *wanted, match core.Match) {
	for i := range *a {
		if (*a)[i].wanted == w {
			(*a)[i].match = match
			return
		}
	}
	*a = append(*a, agreement{w, match})
}

// fieldsAgree compares the fields of a row that stand outside parties.
func (m *matcher) fieldsAgree(r *rowset, values row) agreed {
	var out agreed
	for _, w := range m.wanted {
		for i := range r.fields {
			f := &r.fields[i]
			switch {
			case f.kind != w.id.Kind:
			case f.kind == core.TimeOfContact:
				m.contactAgrees(&out, w, f, r, values)
			default:
				m.plainAgrees(&out, w, f, values, core.Match{Field: f.profile.Name})
			}
		}
	}
	return out
}

// partyAgrees compares one party of a row.
func (m *matcher) partyAgrees(p *boundParty, r *rowset, values row) agreed {
	slot, known := p.slot(values)
	var out agreed
	for _, w := range m.wanted {
		if !searchable(slot, known, w.id.Kind) {
			continue
		}
		if w.id.Kind == core.Name {
			m.nameAgrees(&out, w, p, values, slot.Name)
			continue
		}
		for i := range p.fields {
			if f := &p.fields[i]; f.kind == w.id.Kind {
				m.plainAgrees(&out, w, f, values, core.Match{Slot: slot.Name, Field: f.profile.Name})
			}
		}
	}
	if !known {
		for i := range out {
			out[i].match.Field = p.unmappedName(r, out[i].match.Field)
		}
	}
	return out
}

// plainAgrees notes where w agrees with a field that is no name.
func (m *matcher) plainAgrees(out *agreed, w *wanted, f *boundField, values row, where core.Match) {
	if _, already := out.of(w); already {
		return
	}
	for _, at := range f.at {
		if m.columnAgrees(w, at, values) {
			where.Kind, where.Issuer, where.Tier = w.id.Kind, w.id.Issuer, core.TierExact
			out.note(w, where)
			return
		}
	}
}

// columnAgrees tells whether a value of the column is the identifier.
func (m *matcher) columnAgrees(w *wanted, at int, values row) bool {
	if w.id.Kind == core.DateOfBirth {
		return slices.ContainsFunc(values.all(at), func(v core.Value) bool { return bornOn(v, w.id.Value, m.zone) })
	}
	for text := range values.texts(at) {
		if w.id.Kind == core.Name && w.judge(tidy(text)).level >= name.Variant || w.id.Kind != core.Name && m.equal(w.id, text) {
			return true
		}
	}
	return false
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

// nameAgrees notes where a party's names agree with w: a whole name, or the
// given names with the family name or a former one.
func (m *matcher) nameAgrees(out *agreed, w *wanted, p *boundParty, values row, slot string) {
	best := name.None
	compare := func(field, text string) {
		if n := w.judge(text); n.level >= name.Variant && n.level > best {
			best = n.level
			out.note(w, core.Match{Kind: core.Name, Slot: slot, Field: field, Tier: n.tier})
		}
	}
	for i := range p.fields {
		f := &p.fields[i]
		for text := range f.names(values, "") {
			compare(f.profile.Name, text)
		}
	}
	for _, part := range []string{"family", "former"} {
		for i := range p.fields {
			f := &p.fields[i]
			for family := range f.names(values, part) {
				compare(f.profile.Name, family)
				for j := range p.fields {
					for given := range p.fields[j].names(values, "given") {
						compare(f.profile.Name, family+", "+given)
					}
				}
			}
		}
	}
}

// names gives the texts of a field that holds this part of a name.
func (f *boundField) names(values row, part string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if f.kind != core.Name || f.profile.NamePart != part {
			return
		}
		for _, at := range f.at {
			for text := range values.texts(at) {
				if s := tidy(text); s != "" && !yield(s) {
					return
				}
			}
		}
	}
}

// judgement is how a text agrees with a name.
type judgement struct {
	level name.Level
	tier  core.Tier
}

// judge compares a tidy text with the name, and with its forms letter by
// letter.
func (w *wanted) judge(text string) judgement {
	return w.seen.Of(core.Name, text, func() judgement {
		level := w.nameLevel(text)
		return judgement{level, w.tier(text, level)}
	})
}

func (w *wanted) nameLevel(text string) name.Level {
	if text == "" {
		return name.None
	}
	level := name.None
	if w.family.admits(text) {
		level = w.matcher.Level(text)
	}
	if level >= name.Variant || !strings.ContainsAny(text, " ,") {
		return level
	}
	for _, f := range w.forms {
		if strings.EqualFold(f.Text, text) {
			return name.Variant
		}
	}
	return level
}

func (w *wanted) tier(text string, level name.Level) core.Tier {
	for _, f := range w.forms {
		if strings.EqualFold(f.Text, text) {
			return f.Tier
		}
	}
	if level == name.Equal {
		return core.TierExact
	}
	return core.TierVariant
}

// candidate tells whether a row may belong to a hit: some place in it holds
// all of a set that such a place can hold.
func (m *matcher) candidate(r *rowset, values row) bool {
	if m.satisfies(r.held, m.fieldsAgree(r, values)) {
		return true
	}
	for _, p := range r.parties {
		if m.satisfies(p.held, m.partyAgrees(p, r, values)) {
			return true
		}
	}
	return false
}

// agreeing gives the kinds by which some place of a row agrees.
func (m *matcher) agreeing(r *rowset, values row) map[core.Kind]bool {
	out := map[core.Kind]bool{}
	places := []agreed{m.fieldsAgree(r, values)}
	for _, p := range r.parties {
		places = append(places, m.partyAgrees(p, r, values))
	}
	for _, found := range places {
		for _, a := range found {
			out[a.match.Kind] = true
		}
	}
	return out
}

func (m *matcher) satisfies(kinds map[core.Kind]bool, found agreed) bool {
	if len(found) == 0 {
		return false
	}
	for _, set := range m.sets {
		here, ok := m.split(set, kinds)
		if ok && !slices.ContainsFunc(here, func(w *wanted) bool { _, has := found.of(w); return !has }) {
			return true
		}
	}
	return false
}

// matches gives what found a record, from what agrees in its fields and in
// each of its parties; none means that the record is no hit. All of a set must
// agree in one party, the record's own numbers and those of organisations
// apart.
func (m *matcher) matches(fields agreed, parties []agreed) []core.Match {
	var out []core.Match
	note := func(match core.Match) {
		if !slices.Contains(out, match) {
			out = append(out, match)
		}
	}
	var found []core.Match
	for _, set := range m.sets {
		for at := -1; at < len(parties); at++ {
			var party agreed // none at first: the fields alone
			if at >= 0 {
				party = parties[at]
			}
			found = found[:0]
			for _, w := range set {
				match, ok := party.of(w)
				if !ok {
					match, ok = fields.of(w)
				}
				if !ok {
					match, ok = m.inAnyParty(w, set, parties)
				}
				if ok {
					found = append(found, match)
				}
			}
			if len(found) == len(set) {
				for _, match := range found {
					note(match)
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
