package name

import (
	"log/slog"
	"strings"
)

// Name is a person's name. Its parts are spelled as they were given, up to
// Unicode form (NFC), white space, hyphens and apostrophes.
type Name struct {
	// Given are the given names in order. A name with a hyphen (Anna-Liisa)
	// is one, an initial is its letter with or without a full stop.
	Given []string
	// Family is the family name with its particles (von Essen) and all parts
	// of a double name.
	Family string
	// Former is true for a name that the person no longer bears. Comparing
	// does not look at it.
	Former bool
}

// FromParts makes a name of the two fields in which many systems hold it. The
// given names are separated by white space.
func FromParts(given, family string) Name {
	return Name{Given: fields(tidy(given)), Family: strings.Join(fields(tidy(family)), " ")}
}

// Canonical gives the normal form "Family, Given names" ("Mäkinen, Maija
// Helena"), or the one part that there is: "Mäkinen", "von Essen,", ", Maija".
// Parse of it gives the name back.
func (n Name) Canonical() string {
	given := strings.Join(n.Given, " ")
	switch {
	case n.IsZero():
		return ""
	case given == "" && !strings.Contains(n.Family, " "):
		return n.Family
	}
	return strings.TrimSpace(n.Family + ", " + given)
}

// IsZero tells whether the name has no part.
func (n Name) IsZero() bool { return n.Family == "" && len(n.Given) == 0 }

// String redacts the name, so that formatting one by accident leaks nothing.
// Canonical gives the text.
func (n Name) String() string { return "<name>" }

// LogValue redacts the name in logs.
func (n Name) LogValue() slog.Value { return slog.StringValue(n.String()) }
