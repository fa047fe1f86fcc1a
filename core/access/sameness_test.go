package access

import (
	"testing"

	"github.com/sinusta/sinusta/core"
)

// Records that say different things are two, wherever a name ends and its value
// begins: a source may name a field as it likes.
func TestNoNameRunsIntoItsValue(t *testing.T) {
	saying := func(name, value string) core.Record {
		return core.Record{Type: "case", Fields: []core.Field{{Name: name, Value: core.TextValue(value)}}}
	}
	var things things
	one, _ := things.content("A", saying("extra.a|b", "c"))
	two, _ := things.content("A", saying("extra.a", "b|c"))
	again, ok := things.content("B", saying("extra.a|b", " c "))
	if !ok || one == two || one != again {
		t.Errorf("equal: %v, and for the same content: %v", one == two, one == again)
	}
}
