package sqlsource

import "github.com/sinusta/sinusta/core"

// apart tells whether an identifier of a set may stand in another party than
// the rest of it (core.KeySet): an organisation's number beside a name, where
// some place of the record type holds such numbers.
func (m *matcher) apart(w *wanted, set []*wanted) bool {
	return len(set) > 1 && w.id.Kind.OfOrganisation() && m.organisations[w.id.Kind]
}

// heldApart gives the kinds of organisations' numbers that any place of the
// record type holds.
func heldApart(t *typePlan) map[core.Kind]bool {
	out := map[core.Kind]bool{}
	note := func(held map[core.Kind]bool) {
		for kind := range held {
			if kind.OfOrganisation() {
				out[kind] = true
			}
		}
	}
	for _, r := range t.sets {
		note(r.held)
		for _, p := range r.parties {
			note(p.held)
		}
	}
	return out
}

// inAnyParty gives the match of an identifier that may stand apart.
func (m *matcher) inAnyParty(w *wanted, set []*wanted, parties []agreed) (core.Match, bool) {
	if !m.apart(w, set) {
		return core.Match{}, false
	}
	for _, party := range parties {
		if match, ok := party.of(w); ok {
			return match, true
		}
	}
	return core.Match{}, false
}
