package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// Of records whose names a source makes up, however many and long, nothing is
// kept from one to the next.
func TestRecordsWithLongNamesLeaveNothingBehind(t *testing.T) {
	in := sample()
	report, err := Build(in)
	if err != nil {
		t.Fatal(err)
	}
	words, err := textsFor("en", true)
	if err != nil {
		t.Fatal(err)
	}
	b := &builder{in: in, texts: &rememberingReader{reader: ownCodes(in.SubjectCodes)}, digest: newDigester(in.RefKey)}
	b.systems()
	list := articles{p: newPage(report, words, "en")}
	data := newJSONForm(&bytes.Buffer{}, report, words, "en")
	for n := range 5 {
		m := sample().Items[0].Members[0]
		m.Record.Fields, m.Roles.Fields = nil, nil
		for i := range maxShapeKey / 64 {
			m.Record.Fields = append(m.Record.Fields, core.Field{Name: fmt.Sprint("x", n, "_", i, strings.Repeat("y", 60)), Value: core.TextValue("v")})
			m.Roles.Fields = append(m.Roles.Fields, core.RoleUnknown)
		}
		it := sample().Items[0]
		it.Members = []Member{m}
		d := b.disclosed(it)
		d.System, d.Number = string(core.Found), n+1
		if got := string(data.appendItem(list.append(nil, d), d)); !strings.Contains(got, `"unknown"`) {
			t.Fatal("the record is not written")
		}
	}
	if len(b.shapes.have)+len(list.labels)+len(list.asides)+len(data.heads) > 0 {
		t.Errorf("%d shapes, %d labels, %d asides and %d heads are kept", len(b.shapes.have), len(list.labels), len(list.asides), len(data.heads))
	}
}
