package freetext

import (
	"fmt"
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// Chosen gives the kinds that a configuration lists under keys, each once, or
// all kinds that text can be searched by when it lists none. A name that is
// none of them is a configuration error with its place.
func Chosen(names []string) ([]core.Kind, error) {
	if len(names) == 0 {
		return Kinds(), nil
	}
	var known []string
	for _, k := range Kinds() {
		known = append(known, string(k))
	}
	var out []core.Kind
	for n, name := range names {
		if !slices.Contains(known, name) {
			return nil, sdk.ConfigError(fmt.Sprintf("keys[%d]", n), "text cannot be searched by %q%s", name, suggest.Names(name, known))
		}
		if !slices.Contains(out, core.Kind(name)) {
			out = append(out, core.Kind(name))
		}
	}
	return out, nil
}

// Keys gives the keys of a record type whose text is searched by the kinds:
// each alone, and a name beside a date of birth.
func Keys(kinds []core.Kind) []sdk.Key {
	var out []sdk.Key
	for _, k := range kinds {
		out = append(out, sdk.Key{Kinds: []core.Kind{k}, Match: sdk.MatchTerms})
	}
	if slices.Contains(kinds, core.Name) {
		out = append(out, sdk.Key{Kinds: []core.Kind{core.Name, core.DateOfBirth}, Match: sdk.MatchTerms})
	}
	return out
}
