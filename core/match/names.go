package match

import (
	"regexp"
	"strings"

	"github.com/sinusta/sinusta/core/name"
)

// nameFields are the names in a party's fields.
type nameFields struct {
	given, family, former string
	whole                 []string
}

func (n *nameFields) add(part, value string) {
	switch part {
	case "given":
		n.given = value
	case "family":
		n.family = value
	case "former":
		n.former = value
	default:
		n.whole = append(n.whole, value)
	}
}

// tradeWord is what a sole trader's register name adds to the person's.
var tradeWord = regexp.MustCompile(`(?i)(^|\s)(t:mi|tmi|toiminimi|fma|firma|enskild firma)(\s|$)`)

// nameLevel gives how near the nearest of the subject's names is to the
// party's, and whether the party has one. A given name alone is compared with
// the subject's given names: it can speak against the subject, and says
// little for.
func (m *Matcher) nameLevel(n nameFields) (level name.Level, named bool) {
	texts := n.whole
	for _, t := range n.whole {
		if plain := strings.TrimSpace(tradeWord.ReplaceAllString(t, " ")); plain != t && plain != "" {
			texts = append(texts[:len(texts):len(texts)], plain)
		}
	}
	if n.family != "" {
		texts = append(texts[:len(texts):len(texts)], name.FromParts(n.given, n.family).Canonical())
	}
	if n.former != "" && n.given != "" {
		texts = append(texts[:len(texts):len(texts)], name.FromParts(n.given, n.former).Canonical())
	}
	for _, t := range texts {
		level = max(level, m.names.Level(t))
	}
	if len(texts) == 0 && n.given != "" {
		for _, own := range m.own {
			if name.Compare(name.FromParts(n.given, own.Family), own) >= name.Typo {
				level = name.SharesPart
			}
		}
		return level, true
	}
	return level, len(texts) > 0
}
