package reports

import (
	"regexp"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

// ownCodes are the person's own personal identity codes.
type ownCodes []string

// has tells whether what identifier.FindCodes found may be one of them.
func (own ownCodes) has(found string) bool {
	return slices.ContainsFunc(own, func(code string) bool { return identifier.SameCode(found, code) })
}

// mask gives text with the person's own personal identity codes masked, and
// whether it may be shown: not when it holds a code that is not the person's.
// The kind is that of the field: a personal identity code must be readable as
// one of theirs, and a telephone number may look like a code without its
// century sign.
func (own ownCodes) mask(text string, kind core.Kind) (string, bool) {
	found := identifier.FindCodes(text)
	if kind == core.PersonalIdentityCode {
		masks := make([]string, len(found))
		for i, code := range found {
			if !own.has(code) {
				return "", false
			}
			masks[i] = maskCode(code)
		}
		return strings.Join(masks, ", "), len(found) > 0 || strings.TrimSpace(text) == ""
	}
	if kind == core.Phone && isPhone(text) {
		return text, true
	}
	for _, code := range found {
		if !own.has(code) {
			return "", false
		}
	}
	return hideCodes(text, found)
}

// isPhone tells whether the text is a telephone number and nothing else.
func isPhone(text string) bool {
	if strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("+0123456789 ()-", r) }) {
		return false
	}
	_, err := identifier.Parse(core.Phone, text)
	return err == nil
}

// hideCodes masks the codes in text, and tells whether none is left: one that
// stands in another spelling than it was found in is not masked.
func hideCodes(text string, found []string) (string, bool) {
	for _, code := range found {
		same := regexp.MustCompile("(?i)" + regexp.QuoteMeta(code))
		text = same.ReplaceAllLiteralString(text, maskCode(code))
	}
	return text, len(found) == 0 || len(identifier.FindCodes(text)) == 0
}

// maskCode masks a personal identity code down to its date of birth.
func maskCode(code string) string {
	if id, err := identifier.Parse(core.PersonalIdentityCode, code); err == nil {
		if m := identifier.Mask(id); m != id.Value && m != code {
			return m
		}
	}
	return code[:6] + "-****"
}

// safeText gives a text of the request itself with every personal identity
// code masked, the person's own or not; nothing when that cannot be done.
func safeText(text string) string {
	text, ok := hideCodes(text, identifier.FindCodes(text))
	if !ok {
		return ""
	}
	return text
}
