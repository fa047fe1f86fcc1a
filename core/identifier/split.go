package identifier

import (
	"strings"
	"unicode"

	"github.com/sinusta/sinusta/core"
)

// Split gives the values that stand in one text: e-mail addresses and
// telephone numbers are often written several to a field, separated by
// semicolons, commas, slashes or line breaks (addresses also by blanks). Any
// other kind has one value. Empty pieces are left out.
func Split(kind core.Kind, text string) []string {
	var separator func(rune) bool
	switch kind {
	case core.Email:
		separator = func(r rune) bool {
			return strings.ContainsRune(";,|<>()\"", r) || unicode.IsSpace(r)
		}
	case core.Phone:
		separator = func(r rune) bool { return strings.ContainsRune(";,|/\n\r\t", r) }
	default:
		if strings.TrimSpace(text) == "" {
			return nil
		}
		return []string{text}
	}
	var out []string
	for _, piece := range strings.FieldsFunc(text, separator) {
		if piece = strings.TrimSpace(piece); piece != "" {
			out = append(out, piece)
		}
	}
	return out
}
