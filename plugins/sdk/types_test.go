package sdk

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

func TestUsableKeySets(t *testing.T) {
	set := func(kinds ...core.Kind) core.KeySet {
		var s core.KeySet
		for _, k := range kinds {
			s.AllOf = append(s.AllOf, core.Identifier{Kind: k, Value: "x", Status: core.Valid})
		}
		return s
	}
	broken := set(core.Email)
	broken.AllOf[0].Status = core.Malformed
	typ := RecordType{Name: "t", Keys: []Key{{Kinds: []core.Kind{core.Email}},
		{Kinds: []core.Kind{core.Name, core.DateOfBirth}}}}
	for name, c := range map[string]struct {
		given []core.KeySet
		sets  []core.KeySet
		needs []core.Kind
	}{
		"one of two":           {[]core.KeySet{set(core.Email), set(core.Phone)}, []core.KeySet{set(core.Email)}, nil},
		"an AND":               {[]core.KeySet{set(core.Name, core.DateOfBirth)}, []core.KeySet{set(core.Name, core.DateOfBirth)}, nil},
		"half of an AND":       {[]core.KeySet{set(core.Name)}, nil, []core.Kind{core.Email, core.DateOfBirth}},
		"halves apart":         {[]core.KeySet{set(core.Name), set(core.DateOfBirth)}, nil, []core.Kind{core.Email}},
		"more than the key":    {[]core.KeySet{set(core.Email, core.Name)}, []core.KeySet{set(core.Email, core.Name)}, nil},
		"a kind it cannot see": {[]core.KeySet{set(core.Email, core.Phone)}, nil, []core.Kind{core.Name, core.DateOfBirth}},
		"malformed":            {[]core.KeySet{broken}, nil, []core.Kind{core.Name, core.DateOfBirth}},
		"nothing":              {nil, nil, []core.Kind{core.Email, core.Name, core.DateOfBirth}},
	} {
		sets, needs := typ.Usable(core.Query{AnyOf: c.given})
		if diff := cmp.Diff(c.sets, sets); diff != "" {
			t.Errorf("%s: sets (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(c.needs, needs); diff != "" {
			t.Errorf("%s: needs (-want +got):\n%s", name, diff)
		}
	}
}
