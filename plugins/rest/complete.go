package restsource

import (
	"context"
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// verify looks, for each record type in scope, whether the catalogue keeps its
// promise of keys in every record (sdk.Env.Complete).
func (r *run) verify(ctx context.Context) error {
	for _, t := range r.plans {
		if len(r.query.Types) > 0 && !slices.Contains(r.query.Types, t.profile.Name) {
			continue
		}
		for _, kind := range r.complete {
			problems, err := r.incomplete(ctx, t, kind, r.tell)
			if err != nil {
				return err
			}
			for _, p := range problems {
				if err := r.tell(p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// incomplete gives the places of a type's records where the subject may stand
// without an identifier of the kind. All records are listed for that; a type
// that cannot be listed is not verified.
func (a *asker) incomplete(ctx context.Context, t *typePlan, kind core.Kind, tell func(core.Problem) error) ([]core.Problem, error) {
	name := t.profile.Name
	if !slices.ContainsFunc(t.profile.Slots, func(s catalogue.Slot) bool { return s.Subject }) {
		return nil, nil
	}
	var problems []core.Problem
	var looked []*partyPlan
	for _, p := range t.parties {
		switch {
		case !p.subject():
		case p.holds(kind):
			looked = append(looked, p)
		case p.holds(core.Name): // found by name alone
			problems = append(problems, sdk.Incomplete(name, p.path+".fields", kind))
		}
	}
	for _, part := range t.parts {
		if slices.ContainsFunc(part.parties, (*partyPlan).subject) {
			problems = append(problems, sdk.Unverified(name, part.path, kind))
		}
	}
	switch {
	case len(looked) == 0:
		return []core.Problem{sdk.Incomplete(name, t.path, kind)}, nil
	case t.list == nil:
		return append(problems, sdk.Unverified(name, t.path+".list", kind)), nil
	}
	b := &builder{base: a.endpoint.base, plan: t.list, most: 1}
	lacking := map[*partyPlan]bool{}
	for _, c := range b.calls() {
		err := a.each(ctx, t, &c, tell, func(_ *answer, node any) error {
			if t.record != nil {
				if keys, ok := keysOfNode(t.key, node); ok {
					var err error
					if node, err = a.one(ctx, t.record, keys); err != nil {
						return err
					}
				}
			}
			for _, p := range looked {
				lacking[p] = lacking[p] || p.lacks(node, kind)
			}
			return nil
		})
		if err != nil {
			return problems, err
		}
	}
	for _, p := range looked {
		if lacking[p] {
			problems = append(problems, sdk.Incomplete(name, p.path+".fields", kind))
		}
	}
	return problems, nil
}

// lacks tells whether some person of the party may be the subject and has no
// identifier of the kind.
func (p *partyPlan) lacks(node any, kind core.Kind) bool {
	people, found := p.base.at(node)
	if !found {
		return true
	}
	for _, one := range people {
		if slot, known := p.slotOf(one); known && !slot.Subject {
			continue
		}
		holds := false
		for _, f := range p.fields {
			if places.Identifies(f.profile) != kind {
				continue
			}
			for _, m := range f.members {
				values, _ := m.route.at(one)
				for _, v := range values {
					text, has := plain(v)
					holds = holds || has && sdk.HoldsKey(kind, text)
				}
			}
		}
		if !holds {
			return true
		}
	}
	return false
}
