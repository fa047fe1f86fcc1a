package mailsource

import (
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

// beside adds an identifier to the key set of a question.
func beside(t *testing.T, q core.Query, kind core.Kind, raw string) core.Query {
	t.Helper()
	q.AnyOf[0].AllOf = append(q.AnyOf[0].AllOf, by(t, kind, raw).AnyOf[0].AllOf...)
	return q
}

// Messages are found by when they were sent or received, alone for somebody to
// look at or beside an address, and in the mailbox that the place names.
func TestMessagesAreFoundByTheTimeOfContact(t *testing.T) {
	dated := func(id, from string, fields ...string) string {
		return lines(append([]string{"From: " + from, "To: kirjaamo@example.fi", "Message-ID: <" + id + ">"}, append(fields, "", "Asia")...)...)
	}
	one := boxOf(t, map[string]string{
		"cur/1": dated("aamu@x", maija, "Date: Mon, 4 Mar 2024 10:05:00 +0200"),
		"cur/2": dated("alku@x", "aku@example.fi", "Date: Mon, 4 Mar 2024 08:00:00 +0000"),
		"cur/3": dated("loppu@x", "aku@example.fi", "Date: Mon, 4 Mar 2024 10:30:00 +0200"),
		"cur/4": dated("ennen@x", maija, "Date: Mon, 4 Mar 2024 09:59:59 +0200"),
		"cur/5": dated("vaara-kello@x", "iines@example.fi", "Received: from a by b; Mon, 4 Mar 2024 10:10:00 +0200", "Date: Mon, 4 Mar 2019 10:10:00 +0200"),
		"cur/6": dated("ilman@x", "aku@example.fi"),
	})
	two := boxOf(t, map[string]string{"cur/1": dated("muu@x", maija, "Date: Mon, 4 Mar 2024 10:15:00 +0200")})
	i := opened(t, Config{Mailboxes: map[string]Mailbox{"kirjaamo": {Maildir: one, Owner: &Owner{Name: "Viraston kirjaamo"}}, "palaute": {Maildir: two}}})
	span := "4.3.2024 klo 10.00-10.30, "
	for name, test := range map[string]struct {
		q    core.Query
		want string
	}{
		"time, anywhere":       {by(t, core.TimeOfContact, span+"sähköposti"), "aamu@x alku@x vaara-kello@x message/palaute/muu@x"},
		"time and mailbox":     {by(t, core.TimeOfContact, span+"Kirjaamo"), "aamu@x alku@x vaara-kello@x"},
		"time and owner":       {by(t, core.TimeOfContact, span+"viraston kirjaamo"), "aamu@x alku@x vaara-kello@x"},
		"time and address":     {beside(t, by(t, core.TimeOfContact, span+"sähköposti"), core.Email, maija), "aamu@x message/palaute/muu@x"},
		"another's address":    {beside(t, by(t, core.TimeOfContact, span+"sähköposti"), core.Email, "olematon@example.fi"), ""},
		"another day":          {by(t, core.TimeOfContact, "5.3.2024 klo 10.00-10.30, sähköposti"), ""},
		"an address, any time": {by(t, core.Email, maija), "aamu@x ennen@x message/palaute/muu@x"},
	} {
		a := ask(t, i, test.q)
		if got := strings.Join(a.refs(), " "); got != test.want {
			t.Errorf("%s: found %q, want %q", name, got, test.want)
		}
		_, timed := identifier.ContactOf(test.q.AnyOf[0].AllOf[0])
		if told := a.tells(core.ClassPartial, "1 messages have no date"); told != timed || len(a.notices) > 1 {
			t.Errorf("%s: told %+v", name, a.notices)
		}
		for _, r := range a.records {
			field := ""
			for _, m := range r.MatchedBy {
				if m.Kind == core.TimeOfContact {
					field = m.Field
					if m.Slot != "" {
						t.Errorf("%s: the time says who it was: %+v", name, m)
					}
				}
			}
			late := strings.HasSuffix(r.Ref, "kello@x")
			if timed && (field != "received" && late || field != "time_of_contact" && !late) || !timed && field != "" {
				t.Errorf("%s: %s was found by %+v", name, r.Ref, r.MatchedBy)
			}
		}
	}
}

// A key set by time and one by address are two ways to a message.
func TestTimesDoNotHideOtherKeys(t *testing.T) {
	i := opened(t, Config{Mailboxes: map[string]Mailbox{"kirjaamo": {Maildir: boxOf(t, map[string]string{"cur/1": letter("a@x", maija, "x"), "cur/2": letter("b@x", "aku@example.fi", "x")})}}})
	q := by(t, core.TimeOfContact, "4.3.2021 klo 10.00-10.30, sähköposti")
	q.AnyOf = append(q.AnyOf, by(t, core.Email, maija).AnyOf...)
	a := ask(t, i, q)
	if got := strings.Join(a.refs(), " "); got != "a@x" || len(a.records[0].MatchedBy) != 1 || a.records[0].MatchedBy[0].Kind != core.Email {
		t.Errorf("found %q", got)
	}
}
