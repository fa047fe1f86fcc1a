package plugins

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

// csvTypes maps the files of csvFolder whole.
const csvTypes = `
files:
  tickets: {pattern: tiketit.csv}
  notes: {pattern: merkinnat.csv}
types:
  ticket:
    file: tickets
    key: [nro]
    time: avattu
    fields: {ticket_number: nro, title: otsikko, description: kuvaus, opened: {column: avattu, as: time}}
    texts: [title, description]
    parties:
      - {slot: requester, fields: {name: nimi, email: sahkoposti, phone: puhelin}}
    parts:
      - type: comment
        file: notes
        join: {nro: nro}
        key: [id]
        fields: {time: {column: aika, as: time}, text: teksti}
        texts: [text]
        parties: [{slot: commenter, fields: {name: tekija}}]
`

const (
	csvTickets = "nro;otsikko;kuvaus;avattu;nimi;sahkoposti;puhelin\n"
	csvNotes   = "id;nro;aika;teksti;tekija\n"
)

// csvFolder makes a folder of the two exports.
func csvFolder(t *testing.T, tickets, notes string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"tiketit.csv": csvTickets + tickets, "merkinnat.csv": csvNotes + notes} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func csvSuite(t *testing.T) sdktest.Suite {
	row := func(no, title, text, opened, name, email string) string {
		return fmt.Sprintf("%s;%s;%s;%s;%s;%s;+358 40 765 4321\n", no, title, text, opened, name, email)
	}
	day, told := "1.3.2024 8:00", "Kuvaus: ei toimi"
	works := row("T1", "Tulostin ei toimi", told, day, "Esimerkki Maija", maija) +
		row("T2", "Salasana unohtui taas", told, day, "Esimerkki Maija", maija) +
		row("N1", "Composed letters", "x", day, composed, "aly1@example.fi") +
		row("N2", "Decomposed letters", "x", day, decomposed, "aly2@example.fi") +
		row("S1", "Sisko Esimerkin pyyntö", "Syntynyt 4.3.1985.", day, "Esimerkki Eeva", "eeva@example.fi") +
		row("F1", "Opened tomorrow", "x", "31.12.2099 23:59:59", "Esimerkki Tuleva", "tuleva@example.fi")
	large := works + row("L1", "Large", strings.Repeat("0123456789abcdef", 5<<16), day, "Esimerkki Iso", "iso@example.fi")
	var b strings.Builder
	for n := range manyPekka {
		b.WriteString(row(fmt.Sprintf("P%05d", n), "Toistuva vika", told, day, "Esimerkki Pekka", pekka))
	}
	works += b.String()
	crowd := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(row(fmt.Sprintf("M%06d", i), "Joukko", "x", day, "Esimerkki Kaikki", everybody))
		}
		return b.String()
	}
	config := func(tickets, notes string) *sdktest.Setup {
		return setup(t, "folder: "+csvFolder(t, tickets, notes)+csvTypes, nil)
	}
	// The parts of 100,000 records are 200 readings of the files.
	plain := func(tickets string) *sdktest.Setup {
		mapping, _, _ := strings.Cut(csvTypes, "    parts:")
		mapping = strings.Replace(mapping, "  notes: {pattern: merkinnat.csv}\n", "", 1)
		return setup(t, "folder: "+csvFolder(t, tickets, "")+"\nignore_files: {merkinnat.csv: no part of this test}"+mapping, nil)
	}
	s := suiteOf(t, "ticketing")
	s.Works = config(works, "1;T1;1.3.2024 9:00;Kokeiltu uudestaan;Esimerkki Maija\n")
	s.Fields = ticketFields
	s.Values = []string{told, "+358 40 765 4321"}
	s.Finds = []sdktest.Case{
		{Query: by(t, core.Email, maija), Refs: []string{"ticket/T1", "ticket/T2"}},
		{Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{"ticket/F1"}},
		{Query: core.Query{Request: "test", AnyOf: []core.KeySet{{AllOf: []core.Identifier{key(t, core.Name, "Esimerkki, Sisko"), key(t, core.DateOfBirth, "1985-03-04")}}}},
			Refs: []string{"ticket/S1"}},
		{Query: by(t, core.Email, pekka), Count: manyPekka},
	}
	s.Absent = setup(t, "folder: "+filepath.Join(t.TempDir(), "no-such")+csvTypes, nil)
	s.Empty = &sdktest.Case{Setup: config("", ""), Query: by(t, core.Email, maija)}
	s.One = &sdktest.Case{Query: by(t, core.Email, "tuleva@example.fi"), Count: 1}
	s.Many = &sdktest.Case{Setup: plain(crowd(manyRecords)), Query: by(t, core.Email, everybody), Count: manyRecords}
	s.Stream = &sdktest.Case{Setup: plain(crowd(streamRecords)), Query: by(t, core.Email, everybody), Count: streamRecords}
	s.LargeValue = &sdktest.ValueCase{Case: sdktest.Case{Setup: config(large, ""), Query: by(t, core.Email, "iso@example.fi")}, Ref: "ticket/L1", Field: "description", Size: 5 << 20}
	s.Encoded = &sdktest.ValueCase{Case: sdktest.Case{Setup: config(row("X1", "Other encoding", "x", day, latin("Mäkelä Latina"), "latin@example.fi"), ""),
		Query: by(t, core.Email, "latin@example.fi")}, Ref: "ticket/X1", Field: "requester.name", Text: "Mäkelä Latina"}
	both := []string{"ticket/N1", "ticket/N2"}
	s.Composed = &sdktest.Case{Query: by(t, core.Name, composed), Refs: both}
	s.Decomposed = &sdktest.Case{Query: by(t, core.Name, decomposed), Refs: both}
	s.Clock = &sdktest.Case{Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{"ticket/F1"}}
	for id, why := range map[string]string{
		"bad-secret-auth":         "files have no account",
		"secrets-hidden":          "files have no secret",
		"rate-limit-waits":        "files make nobody wait",
		"resume-every-checkpoint": "a file is read from its beginning to its end, so no place in it is a checkpoint: a search that was killed begins anew, as kill-resume shows",
	} {
		s.Exempt[id] = why
	}
	return s
}
