package filessource

import (
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// promises gives the problems of identifiers that every record is said to hold
// (sdk.Env.Complete): no file holds any in a slot.
func (i *instance) promises() []core.Problem {
	if !slices.ContainsFunc(i.profile.Slots, func(s catalogue.Slot) bool { return s.Subject }) {
		return nil
	}
	var out []core.Problem
	for _, kind := range i.complete {
		out = append(out, sdk.Incomplete(i.profile.Name, "roots", kind))
	}
	return out
}
