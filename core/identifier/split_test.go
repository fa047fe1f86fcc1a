package identifier_test

import (
	"slices"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

func TestSplitFindsEveryValueOfAField(t *testing.T) {
	cases := []struct {
		kind core.Kind
		text string
		want []string
	}{
		{core.Email, "a@x.example; b@x.example,c@x.example", []string{"a@x.example", "b@x.example", "c@x.example"}},
		{core.Email, "Maija <a@x.example>", []string{"Maija", "a@x.example"}},
		{core.Phone, "040 123 4567 / +358 50 765 4321", []string{"040 123 4567", "+358 50 765 4321"}},
		{core.Phone, "040-1234567;\n09 1234", []string{"040-1234567", "09 1234"}},
		{core.EmployeeNumber, "A 1; B 2", []string{"A 1; B 2"}},
		{core.Email, " ; ", nil},
		{core.UserID, "  ", nil},
	}
	for _, c := range cases {
		if got := identifier.Split(c.kind, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q splits into %q, want %q", c.kind, c.text, got, c.want)
		}
	}
}
