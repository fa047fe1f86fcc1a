package catalogue_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core/catalogue"
)

func TestIDsAreOrderedByValue(t *testing.T) {
	want := []string{"2", "10", "V1", "V1.1", "V1.2", "V1.10", "V02", "V2", "V2.1", "V10.1", "V99999999999999999999", "V100000000000000000000", "a", "a-1", "staff-directory"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, catalogue.CompareIDs)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestIDsHaveOneOrder(t *testing.T) {
	id := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := id.Draw(t, "a"), id.Draw(t, "b"), id.Draw(t, "c")
		ab, ba, bc, ac := catalogue.CompareIDs(a, b), catalogue.CompareIDs(b, a), catalogue.CompareIDs(b, c), catalogue.CompareIDs(a, c)
		if ab != -ba || (ab == 0) != (a == b) || ab < 0 && bc < 0 && ac >= 0 {
			t.Fatalf("%q %q %q: %d %d %d %d", a, b, c, ab, ba, bc, ac)
		}
	})
}
