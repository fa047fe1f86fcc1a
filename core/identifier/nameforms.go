package identifier

import (
	"errors"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/name"
)

// nameRule is a person's name, in the normal form "Family, Given names". The
// rules are in core/name, whose Compare says more than Equal does.
var nameRule = KindRule{
	Kind:    core.Name,
	Title:   Text{"Nimi", "Namn", "Name"},
	Example: "Mäkinen, Maija Helena",
	Yours:   Text{"nimesi", "ditt namn", "your name"},
	Sharing: ManyPeople,
	Bad:     []Bad{{CodeForm, "12", Text{}}, {CodeLength, strings.Repeat("mäki ", 50), Text{}}},
	form:    Text{"Kirjoita yhden ihmisen nimi muodossa Sukunimi, Etunimet.", "Skriv en persons namn i formen Efternamn, Förnamn.", "Write one person's name as Family name, Given names."},
	parse:   parseName,
	equal:   func(a, b core.Identifier) bool { return name.CompareText(a.Value, b.Value) == name.Equal },
	mask:    maskName,
	forms: func(i core.Identifier) []core.Form {
		n, err := name.Parse(i.Value)
		if err != nil {
			return nil
		}
		return name.Forms(n)
	},
}

func parseName(s string) (string, core.Status, Code) {
	n, err := name.Parse(s)
	switch {
	case errors.Is(err, name.ErrTooLong):
		return "", core.Malformed, CodeLength
	case err != nil:
		return "", core.Malformed, CodeForm
	}
	return n.Canonical(), core.Valid, ""
}

// maskName keeps the first letter of each word.
func maskName(v string) string {
	words := strings.Fields(strings.ReplaceAll(v, ",", ""))
	for i, w := range words {
		words[i] = string([]rune(w)[:1]) + hidden
	}
	return strings.Join(words, " ")
}
