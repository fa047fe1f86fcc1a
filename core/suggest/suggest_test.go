package suggest

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	names := []string{"email", "phone", "employee_number", "name"}
	for word, want := range map[string]string{
		"emial":  `; did you mean "email"?`,
		"phon":   `; did you mean "phone"?`,
		"number": `; did you mean "name" or "employee_number"?`,
		"xyzzy":  "; there are: email, employee_number, name, phone",
	} {
		if got := Names(word, names); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
	if got := Nearest("nam", names); !slices.Equal(got, []string{"name"}) {
		t.Errorf("%q", got)
	}
	if got := Names("x", nil); got != "" {
		t.Errorf("%q", got)
	}
}
