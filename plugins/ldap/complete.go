package ldapsource

import (
	"context"
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// verify looks, for each record type in scope, whether the catalogue keeps its
// promise of keys in every record (sdk.Env.Complete).
func (s *searching) verify(ctx context.Context) error {
	for n := range s.types {
		m := &s.types[n]
		if len(s.query.Types) > 0 && !slices.Contains(s.query.Types, m.name) {
			continue
		}
		for _, kind := range s.complete {
			problems, err := m.incomplete(ctx, s.dir, kind)
			for _, p := range problems {
				s.notices.add(p)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// checkComplete is verify for a check.
func (i *instance) checkComplete(ctx context.Context, steps stepper, dir directory) {
	for _, kind := range i.complete {
		told := false
		fail := func(err error) {
			told = true
			steps.Run(sdk.CompleteStep(kind), func() error { return err })
		}
		for n := range i.types {
			problems, err := i.types[n].incomplete(ctx, dir, kind)
			for _, p := range problems {
				fail(&p)
			}
			if err != nil {
				fail(err)
			}
		}
		if !told {
			steps.Run(sdk.CompleteStep(kind), func() error { return nil })
		}
	}
}

// incomplete gives the places of a type's entries where the subject may stand
// without an identifier of the kind.
func (m *mappedType) incomplete(ctx context.Context, dir directory, kind core.Kind) ([]core.Problem, error) {
	var problems []core.Problem
	mapped := false
	for _, p := range m.parties {
		if !p.subject {
			continue
		}
		attributes := p.holding(kind)
		if len(attributes) == 0 {
			if p.named() { // found by name alone
				problems = append(problems, sdk.Incomplete(m.name, p.path+".fields", kind))
			}
			continue
		}
		mapped = true
		lacks, limit, err := dir.lacks(ctx, m, attributes, kind)
		switch {
		case err != nil:
			return problems, err
		case lacks:
			problems = append(problems, sdk.Incomplete(m.name, attributes[0].path, kind))
		case limit != "":
			problems = append(problems, sdk.Unverified(m.name, attributes[0].path, kind))
		}
	}
	if !mapped && m.hasSubject {
		return []core.Problem{sdk.Incomplete(m.name, "types."+m.name, kind)}, nil
	}
	return problems, nil
}

// holding gives the attributes that hold the party's identifiers of a kind.
func (p mappedParty) holding(kind core.Kind) []mappedAttribute {
	var out []mappedAttribute
	for _, f := range p.fields {
		if f.kind == kind {
			out = append(out, f.attributes...)
		}
	}
	return out
}

// lacks asks first for an entry without an identifier. If there is none, one
// with an identifier must be there beside the entries of the type: a server
// gives nothing at all for an attribute that the account may not search.
func (d *server) lacks(ctx context.Context, m *mappedType, attributes []mappedAttribute, kind core.Kind) (bool, string, error) {
	without, present := []string{m.filter}, []string(nil)
	for _, a := range attributes {
		without = append(without, withoutKey(a.written, d.rule(a), kind))
		present = append(present, "("+a.written+"=*)")
	}
	found, limit, err := d.any(ctx, allOf(without))
	if found || limit != "" || err != nil {
		return found, limit, err
	}
	if found, limit, err = d.any(ctx, allOf([]string{m.filter, anyOf(present)})); found || limit != "" || err != nil {
		return false, limit, err
	}
	return d.any(ctx, m.filter)
}

// withoutKey gives the filter for entries that hold nothing in an attribute,
// or nothing but blanks and signs (sdk.HoldsKey). Where the server cannot look
// for parts of a value it is of a type that has no blank ones.
func withoutKey(attribute string, r rule, kind core.Kind) string {
	none := "(!(" + attribute + "=*))"
	if !r.substring {
		return none
	}
	var characters []string
	alphabet := "0123456789abcdefghijklmnopqrstuvwxyz"
	if kind != core.UserID {
		alphabet = "123456789" // a filter knows no shapes; "n/a" and zeros at least are no number
	}
	for _, c := range alphabet {
		characters = append(characters, "("+attribute+"=*"+string(c)+"*)")
		if r.exact && c >= 'a' {
			characters = append(characters, "("+attribute+"=*"+string(c-'a'+'A')+"*)")
		}
	}
	return anyOf([]string{none, "(!" + anyOf(characters) + ")"})
}

// any tells whether some entry meets the filter. limit is the server's bound
// that kept it from telling.
func (d *server) any(ctx context.Context, filter string) (found bool, limit string, err error) {
	limit, err = d.paged(ctx, asking{filter: filter, attributes: []string{"1.1"}, typesOnly: true, size: 1}, func(entry) error {
		found = true
		return nil
	})
	if found {
		limit = ""
	}
	return found, limit, err
}

func (d *files) lacks(ctx context.Context, m *mappedType, attributes []mappedAttribute, kind core.Kind) (bool, string, error) {
	lacks := false
	err := d.each(ctx, func(e entry) error {
		lacks = lacks || m.takes(e) && !slices.ContainsFunc(attributes, func(a mappedAttribute) bool {
			return slices.ContainsFunc(e.values(a.description), func(v value) bool { return sdk.HoldsKey(kind, string(v.raw)) })
		})
		return nil
	})
	return lacks, "", err
}
