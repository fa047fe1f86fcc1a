package catalogue

import (
	"slices"
	"testing"

	"github.com/sinusta/sinusta/core/identifier"
)

// This package keeps its own short lists, so that a plugin process need not
// load every rule on identifiers to read a profile. They say the same.
func TestKindsAreThoseOfIdentifier(t *testing.T) {
	known := identifier.Known()
	if len(known) == 0 {
		t.Fatal("no kinds")
	}
	for _, k := range known {
		rule, ok := identifier.Rule(k)
		if !ok {
			t.Fatalf("no rule for %s", k)
		}
		if !slices.Contains(kinds, k) || isLocal(k) != rule.Local || isRecordNumber(k) != rule.RecordKey {
			t.Errorf("%s: known %v, local %v, record number %v; core/identifier says local %v, record number %v",
				k, slices.Contains(kinds, k), isLocal(k), isRecordNumber(k), rule.Local, rule.RecordKey)
		}
	}
	if len(known) != len(kinds) {
		t.Errorf("%d kinds, and core/identifier has %d", len(kinds), len(known))
	}
}
