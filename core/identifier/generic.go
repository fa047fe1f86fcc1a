package identifier

import (
	"strings"

	"github.com/sinusta/sinusta/core"
)

// IsGeneric tells whether many people share the identifier, so that it speaks
// for none of them: its status is Generic, or extra lists it. An entry of
// extra is an e-mail address, a telephone number, or a local part with its @
// ("palaute@"), which stands for that mailbox of every domain.
func IsGeneric(i core.Identifier, extra []string) bool {
	if i.Status == core.Generic {
		return true
	}
	if !usable(i) || i.Kind != core.Email && i.Kind != core.Phone {
		return false
	}
	for _, e := range extra {
		e = strings.TrimSpace(e)
		if i.Kind == core.Email && strings.HasSuffix(e, "@") {
			if len(e) > 1 && strings.HasPrefix(i.Value, lowerASCII(e)) {
				return true
			}
			continue
		}
		if other, err := Parse(i.Kind, e); err == nil && other.Value == i.Value {
			return true
		}
	}
	return false
}
