package sdk

import (
	"slices"

	"github.com/sinusta/sinusta/core"
)

// RecordType is a record type of the system's profile that the plugin can
// search.
type RecordType struct {
	Name string `json:"name"`
	// Keys are alternatives: any of them finds records of the type.
	Keys []Key `json:"keys"`
	// Fields are what the mapping fills: "title" of the record,
	// "requester.email" of a party, "comment/text" and "comment/agent.name" of
	// a part. Empty when the plugin does not tell.
	Fields []string `json:"fields,omitempty"`
}

// Key is what a record type can be searched by.
type Key struct {
	// Kinds is an AND: all of them are needed together.
	Kinds []core.Kind `json:"kinds"`
	Match Match       `json:"match"`
}

// Match says how precisely a system can compare a key. A plugin asks as
// precisely as the system can, then filters by the forms of the identifier.
type Match string

// The ways in which a system compares a key.
const (
	MatchExact  Match = "exact"
	MatchPrefix Match = "prefix"
	MatchTerms  Match = "terms"
)

// Usable gives the key sets of q that t can be searched by, and, when there
// are none, the kinds that would help. A set is usable when it holds every
// kind of one of t's keys, and t has a key for every kind of the set, so that
// the whole AND can be looked at. An incomplete or malformed identifier is no
// key.
func (t RecordType) Usable(q core.Query) (sets []core.KeySet, needs []core.Kind) {
	for _, set := range q.AnyOf {
		if t.usableSet(set) {
			sets = append(sets, set)
		}
	}
	if len(sets) > 0 {
		return sets, nil
	}
	given := q.Kinds()
	for _, lacking := range []bool{true, false} {
		for _, k := range t.Keys {
			for _, kind := range k.Kinds {
				if lacking && slices.Contains(given, kind) || slices.Contains(needs, kind) {
					continue
				}
				needs = append(needs, kind)
			}
		}
		if len(needs) > 0 {
			break
		}
	}
	return nil, needs
}

func (t RecordType) usableSet(set core.KeySet) bool {
	var kinds []core.Kind
	for _, i := range set.AllOf {
		if i.Status == core.Malformed || i.Status == core.Incomplete || !t.hasKind(i.Kind) {
			return false
		}
		kinds = append(kinds, i.Kind)
	}
	return slices.ContainsFunc(t.Keys, func(k Key) bool {
		return len(k.Kinds) > 0 && !slices.ContainsFunc(k.Kinds, func(kind core.Kind) bool {
			return !slices.Contains(kinds, kind)
		})
	})
}

func (t RecordType) hasKind(kind core.Kind) bool {
	return slices.ContainsFunc(t.Keys, func(k Key) bool { return slices.Contains(k.Kinds, kind) })
}
