package csvsource

import (
	"testing"

	"github.com/sinusta/sinusta/core"
)

const calls = `
files:
  calls: {pattern: puhelut.csv}
types:
  call:
    file: calls
    key: [id]
    fields: {call_id: id, time_of_contact: alku, ended: loppu, duration: kesto}
    parties:
      - {slot: caller, fields: {phone: numero}}
`

// A contact is found when it overlaps the asked span, with the number beside
// it where one was given.
func TestTimeOfContact(t *testing.T) {
	rows := "id;alku;loppu;kesto;numero\n" +
		"1;2.3.2024 9:50:00;2.3.2024 10:05:00;;040 1234567\n" + // reaches into the span
		"2;2.3.2024 9:50:00;2.3.2024 9:59:59;;040 1234567\n" + // ended before
		"3;2.3.2024 10:29:00;;300;040 1234567\n" + // begins within
		"4;2.3.2024 10:30:00;;300;040 1234567\n" + // begins when the span is over
		"5;2.3.2024 8:10:00;;;040 1234567\n" + // may have lasted: nobody knows
		"6;2.3.2024 10:10:00;;1:30;040 7654321\n" + // another number
		"7;2.3.2024 9:00:00;;1:30:00;0401234567\n" // h:mm:ss reaches into it
	i := opened(t, "call-recording", calls, folder(t, map[string]string{"puhelut.csv": rows}))
	both := core.Query{AnyOf: []core.KeySet{{AllOf: []core.Identifier{
		by(t, "time-of-contact=2.3.2024 10.00-10.30, Neuvonta").AnyOf[0].AllOf[0], by(t, "phone=040 1234567").AnyOf[0].AllOf[0]}}}}
	for name, c := range map[string]struct {
		query core.Query
		refs  string
	}{
		"alone":             {by(t, "time-of-contact=2.3.2024 10.00-10.30, Neuvonta"), "call/1 call/3 call/5 call/6 call/7"},
		"beside the number": {both, "call/1 call/3 call/5 call/7"},
		"another day":       {by(t, "time-of-contact=3.3.2024 10.00-10.30, Neuvonta"), ""},
	} {
		h := asked(t, i, c.query)
		if h.refs() != c.refs || len(h.problems) > 0 {
			t.Errorf("%s: refs %q, want %q; problems %v", name, h.refs(), c.refs, h.problems)
		}
	}
	i = opened(t, "call-recording", calls, folder(t, map[string]string{"puhelut.csv": rows + "8;eilen;;;0401234567\n"}))
	if h := asked(t, i, both); !h.told(core.ClassPartial, "times", "1 rows") {
		t.Errorf("a time that cannot be read is not told: %v", h.problems)
	}
}

const visits = `
files:
  visits: {pattern: vierailut.csv}
types:
  visit:
    file: visits
    key: [id]
    fields: {time_of_contact: saapui, ended: poistui}
    parties:
      - {slot: visitor, fields: {name: nimi}}
`

// Where an export keeps no hours a contact may have been at any time of its
// day, also beside a kept hour of leaving.
func TestDayOfContact(t *testing.T) {
	rows := "id;saapui;poistui;nimi\n" +
		"1;2.3.2024;;Esimerkki Maija\n" +
		"2;1.3.2024;;Esimerkki Maija\n" + // over at midnight
		"3;3.3.2024;;Esimerkki Maija\n" + // not begun
		"4;1.3.2024;2.3.2024;Esimerkki Maija\n" + // stayed overnight
		"5;2.3.2024;2.3.2024 9:59:00;Esimerkki Maija\n" + // left before
		"6;2.3.2024 11:00:00;2.3.2024;Esimerkki Maija\n" + // came later that day
		"7;2.3.2024 9:00:00;2.3.2024;Esimerkki Maija\n"
	i := opened(t, "visitors", visits, folder(t, map[string]string{"vierailut.csv": rows}))
	for when, refs := range map[string]string{
		"2.3.2024 10.00-10.30, aula": "visit/1 visit/4 visit/7",
		"2.3.2024 23.30-23.59, aula": "visit/1 visit/4 visit/6 visit/7",
		"2.3.2024, aula":             "visit/1 visit/4 visit/5 visit/6 visit/7",
		"4.3.2024 00.00-01.00, aula": "",
	} {
		h := asked(t, i, by(t, "time-of-contact="+when))
		if h.refs() != refs || len(h.problems) > 0 {
			t.Errorf("%s: refs %q, want %q; problems %v", when, h.refs(), refs, h.problems)
		}
	}
	day, _ := core.First(asked(t, i, by(t, "time-of-contact=2.3.2024 10.00-10.30, aula")).records[0].Fields, "time_of_contact")
	if day.Type != core.TypeDate || day.Text != "2024-03-02" {
		t.Errorf("the day comes as %s %q", day.Type, day.Plain())
	}
}
