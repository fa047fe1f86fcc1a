package identifier

import (
	"testing"

	"github.com/sinusta/sinusta/core"
)

// A text is only left unread for its few digits when there is no code in it.
func FuzzFewDigits(f *testing.F) {
	for _, s := range []string{"010190-901X", "hetu: 010190-9", "INC0012345", "0101\n90-90\n1X", "０１０１９０-901X", "HETU 010190A12"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if found := newText(s).find(finders([]core.Kind{core.PersonalIdentityCode})); len(found) > 0 && fewDigits(s) {
			t.Errorf("%q has %d codes", s, len(found))
		}
	})
}
