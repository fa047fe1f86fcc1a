package identifier_test

import (
	"slices"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

func TestParseAllReadsWhatSystemsHold(t *testing.T) {
	cases := []struct {
		kind core.Kind
		text string
		want []string
	}{
		{core.Email, "a@x.example; B@x.example,c@x.example", []string{"a@x.example", "b@x.example", "c@x.example"}},
		{core.Email, "Maija Mäkinen <a@x.example>", []string{"a@x.example"}},
		{core.Email, "mailto:a@x.example", []string{"a@x.example"}},
		{core.Phone, "040 123 4567 / +358 50 765 4321", []string{"+358401234567", "+358507654321"}},
		{core.Phone, "puh. 040-1234567 (työ)", []string{"+358401234567"}},
		{core.Phone, "040 1234567 (12)", []string{"+358401234567", "+35840123456712"}},
		{core.Phone, "09 123 456 / 1234", []string{"+3589123456", "+35891234561234"}},
		{core.PersonalIdentityCode, "010190 - 900p", []string{"010190-900P"}},
		{core.PersonalIdentityCode, "010190\u2013900P", []string{"010190-900P"}},
		{core.PersonalIdentityCode, "010190 900P", nil},
		{core.EmployeeNumber, "10423.0", []string{"10423"}},
		{core.TicketNumber, "INC0000001; INC0000002", []string{"INC0000001; INC0000002", "INC0000001", "INC0000002"}},
		{core.Email, " ; ", nil},
		{core.UserID, "  ", nil},
	}
	for _, c := range cases {
		var got []string
		for _, id := range identifier.ParseAll(c.kind, c.text) {
			got = append(got, id.Value)
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s in %q: %q, want %q", c.kind, c.text, got, c.want)
		}
	}
}
