package sdk

import (
	"testing"

	"github.com/sinusta/sinusta/core"
)

func TestWhatStandsForNoneIsNoKey(t *testing.T) {
	none := map[core.Kind][]string{
		core.PersonalIdentityCode: {"", " ", "-", "N/A", "ei ole", "tuntematon", "0", "000000-0000", "010190-", "010190-XXXX", "Ålö"},
		core.EmployeeNumber:       {"", "0", "000", "n/a", "-", "?!."},
		core.UserID:               {"", "\u00a0\u200b\t", "å", "@[`{/:"},
	}
	held := map[core.Kind][]string{
		core.PersonalIdentityCode: {"131052-308T", " 131052 - 308t ", "hetu 131052\u2013308T"},
		core.EmployeeNumber:       {"10423", "0010423", "A-7"},
		core.UserID:               {"makinma", "0", "Z"},
	}
	for kind, values := range none {
		for _, v := range values {
			if HoldsKey(kind, v) {
				t.Errorf("%s: %q counts as a key", kind, v)
			}
		}
	}
	for kind, values := range held {
		for _, v := range values {
			if !HoldsKey(kind, v) {
				t.Errorf("%s: %q counts as none", kind, v)
			}
		}
	}
}
