package sdk

import "testing"

func TestSignsAndBlanksAreNoKey(t *testing.T) {
	for value, want := range map[string]bool{"": false, " ": false, "-": false, "\u00a0\u200b\t": false, "å": false, "?!.": false,
		"0": true, "9": true, "a": true, "Z": true, " x ": true, "131052-308T": true, "@[`{/:": false} {
		if got := HoldsKey(value); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}
