package restsource

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/name"
)

// textsOf gives the texts by which an identifier is asked for.
func textsOf(id core.Identifier, u use, zone *time.Location) []string {
	if u.bound() {
		return boundOf(id, u, zone)
	}
	as := u.as
	if as == "" && id.Kind == core.Name {
		as = "family"
	}
	all := []string{id.Value}
	for _, f := range id.Forms {
		all = append(all, f.Text)
	}
	var out []string
	switch as {
	case "normal":
		out = all[:1]
	case "family":
		for _, s := range all {
			out = append(out, familyWords(s)...)
		}
	case "digits":
		for _, s := range all {
			d := strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, s)
			out = append(out, d[max(0, len(d)-7):])
		}
	default:
		out = all
	}
	var once []string
	for _, s := range out {
		if strings.TrimSpace(s) != "" && !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}

// familyWords gives the words of the family name: a system may hold one word
// of a double name alone. A text without a comma tells no family name, so that
// the forms that have one decide.
func familyWords(s string) []string {
	n, err := name.Parse(s)
	if err != nil || n.Family == "" || !strings.Contains(s, ",") {
		return nil
	}
	words := strings.FieldsFunc(norm.NFC.String(n.Family), func(r rune) bool { return r == ' ' || r == '-' || r >= 0x2010 && r <= 0x2015 })
	long := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return len([]rune(w)) < 3 || particle(w) })
	if len(long) > 0 {
		return long
	}
	return words
}

func particle(w string) bool {
	return oneOf(strings.ToLower(w), "von", "van", "der", "den", "del")
}

// folded gives a text as it is looked for in an answer: letters and digits
// alone, without case and accents.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '@' {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}
