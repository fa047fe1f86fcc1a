package ldapsource

import (
	"context"
	"maps"
	"slices"
)

// narrow puts a question that reached a bound of the server once more, in
// narrower ones which together ask for the same. It gives the bound that one
// of these reached too; for that one the very spellings are asked for, so that
// at least these are found.
func (q question) narrow(m *mappedType, rules func(mappedAttribute) rule, limit string, asked func(filter string) (string, error)) (string, error) {
	broad := q.filter(m, rules)
	reached := ""
	for _, set := range q.sets {
		for _, clause := range m.clauses(set[0], rules) {
			filters := []string{m.filter, clause}
			for _, w := range set[1:] {
				filters = append(filters, anyOf(m.clauses(w, rules)))
			}
			narrower, bound := allOf(filters), limit
			if narrower != broad {
				var err error
				if bound, err = asked(narrower); err != nil {
					return limit, err
				}
			}
			if bound != "" {
				reached = bound
			}
		}
		if reached == "" {
			continue
		}
		for _, clause := range m.spellings(set[0], rules) {
			if _, err := asked(allOf([]string{m.filter, clause})); err != nil {
				return limit, err
			}
		}
	}
	return reached, nil
}

// spellings gives the filters for the very spellings of an identifier, where
// the server can compare them.
func (m *mappedType) spellings(w wanted, rules func(mappedAttribute) rule) []string {
	var out []string
	for _, g := range m.groups() {
		for _, f := range g.fields {
			for _, a := range f.attributes {
				if f.kind == w.Kind && f.part != "given" && rules(a).equality {
					out = append(out, equalities(w, a.description)...)
				}
			}
		}
	}
	return unique(out)
}

// present looks for attributes that are neither mapped nor ignored without
// reading every entry: it asks for one entry that has any of them, until none
// does. An entry with nothing but an attribute from which others are derived
// (name) is not seen.
func (d *server) present(ctx context.Context, m *mappedType, each func(entry)) (string, error) {
	if d.rules == nil {
		return "missing schema", nil
	}
	names := d.rules.leaves()
	names = slices.DeleteFunc(names, func(n string) bool {
		a := describe(n)
		return m.maps(a) || m.leavesOut(a) || bookkeeping(a.key)
	})
	const atOnce = 40
	for chunk := range slices.Chunk(names, atOnce) {
		left := map[string]string{} // name by key
		for _, n := range chunk {
			left[describe(n).key] = n
		}
		for len(left) > 0 {
			asked := slices.Sorted(maps.Values(left))
			var filters []string
			for _, n := range asked {
				filters = append(filters, "("+n+"=*)")
			}
			before, found := len(left), false
			limit, err := d.paged(ctx, asking{filter: allOf([]string{m.filter, anyOf(filters)}), attributes: asked, typesOnly: true, size: 1}, func(e entry) error {
				found = true
				for _, a := range e.attributes {
					delete(left, a.key)
				}
				each(e)
				return nil
			})
			switch {
			case err != nil:
				return "", err
			case found && len(left) == before:
				return "answer", nil // it has one and does not say which
			case found:
			case limit != "":
				return limit, nil
			default:
				clear(left)
			}
		}
	}
	return "", nil
}

func (d *files) present(context.Context, *mappedType, func(entry)) (string, error) { return "", nil }
