package sqlsource

import (
	"maps"
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// deriveKeys gives the type the keys that follow from its mapped fields. A
// date of birth finds only beside a name.
func (k *compiler) deriveKeys(p *typePlan) {
	kinds := map[core.Kind]bool{}
	named := false
	for _, set := range p.sets {
		for _, f := range set.fields {
			if kind := identifies(f.profile); kind != "" {
				p.recordKinds[kind], kinds[kind] = true, true
			}
		}
		for _, party := range set.parties {
			of := party.held
			named = named || of[core.Name] && of[core.DateOfBirth]
			maps.Copy(kinds, of)
		}
	}
	delete(kinds, core.DateOfBirth)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		match := sdk.MatchExact
		if kind == core.Name {
			match = sdk.MatchTerms
		}
		p.keys = append(p.keys, sdk.Key{Kinds: []core.Kind{kind}, Match: match})
	}
	if named {
		p.keys = append(p.keys, sdk.Key{Kinds: []core.Kind{core.Name, core.DateOfBirth}, Match: sdk.MatchTerms})
	}
}

// prepare notes which columns decide whether a row is a hit, and what they
// hold.
func (r *rowset) prepare() {
	decides := map[int]bool{}
	r.held = map[core.Kind]bool{}
	r.ended, r.duration = -1, -1
	for _, f := range r.fields {
		switch f.profile.Name {
		case places.EndedField:
			r.ended = f.at[0]
		case places.DurationField:
			r.duration = f.at[0]
		}
	}
	for _, f := range r.fields {
		if k := identifies(f.profile); k != "" {
			r.held[k] = true
			mark(decides, f.at)
			if k == core.TimeOfContact {
				mark(decides, slices.DeleteFunc([]int{r.ended, r.duration}, func(at int) bool { return at < 0 }))
			}
		}
	}
	for _, p := range r.parties {
		p.held = p.kinds()
		if p.slotAt >= 0 {
			decides[p.slotAt] = true
		}
		for _, f := range p.fields {
			if identifies(f.profile) != "" {
				mark(decides, f.at)
			}
			if f.profile.Identifier == core.DateOfBirth {
				r.births = append(r.births, f.at...)
			}
		}
	}
	for at, c := range r.columns {
		if decides[at] && c.path != nil {
			decides[c.within] = true // which stands before its members or behind
		}
	}
	for _, at := range r.read() {
		if decides[at] {
			r.searched = append(r.searched, at)
		}
	}
}

// read gives the positions of the columns that statements read: a member is
// taken out of its document.
func (r *rowset) read() []int {
	var out []int
	for at, c := range r.columns {
		if c.path == nil {
			out = append(out, at)
		}
	}
	return out
}

func mark(set map[int]bool, positions []int) {
	for _, at := range positions {
		set[at] = true
	}
}
