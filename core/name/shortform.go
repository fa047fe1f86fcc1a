package name

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/shortforms.txt
var shortFormTable string

// shortForms gives, for each given name, the short forms and other spellings
// that the table lists for it.
var shortForms = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(shortFormTable) {
		name, forms, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		out[name] = append(out[name], strings.Fields(forms)...)
	}
	return out
})

// shortForm tells whether one key is a listed short form of the other. Two
// short forms of one name (Kati, Kaisa) are not each other's.
func shortForm(a, b string) bool {
	table := shortForms()
	return contains(table[a], b) || contains(table[b], a)
}

func contains(forms []string, k string) bool {
	for _, f := range forms {
		if f == k {
			return true
		}
	}
	return false
}
