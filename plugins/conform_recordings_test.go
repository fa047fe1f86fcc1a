package plugins

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

// callTypes maps the calls of recordingsSuite whole.
const callTypes = `
  files:
    calls: {pattern: puhelut.csv}
  types:
    call:
      file: calls
      key: [id]
      time: alku
      fields: {call_id: id, time_of_contact: alku, note: kuvaus, media: tiedosto}
      texts: [note]
      parties:
        - {slot: caller, fields: {name: nimi, email: sahkoposti, phone: puhelin}}
`

func recordingsSuite(t *testing.T) sdktest.Suite {
	media := t.TempDir()
	if err := os.WriteFile(filepath.Join(media, "yksi.wav"), attachmentBytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	row := func(no, text, begin, name, email string) string {
		return fmt.Sprintf("%s;%s;%s;%s;%s;+358 40 765 4321;yksi.wav\n", no, begin, text, name, email)
	}
	config := func(rows string) *sdktest.Setup {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "puhelut.csv"), []byte("id;alku;kuvaus;nimi;sahkoposti;puhelin;tiedosto\n"+rows), 0o600); err != nil {
			t.Fatal(err)
		}
		return setup(t, "csv:\n  folder: "+dir+callTypes+"media: {folder: "+media+"}\n", nil)
	}
	day, told := "1.3.2024 8:00", "Kuvaus: ei toimi"
	works := row("T1", told, day, "Esimerkki Maija", maija) + row("T2", told, day, "Esimerkki Maija", maija) +
		row("N1", "x", day, composed, "aly1@example.fi") + row("N2", "x", day, decomposed, "aly2@example.fi") +
		row("S1", "Sisko Esimerkin puolesta, syntynyt 4.3.1985", day, "Esimerkki Eeva", "eeva@example.fi") +
		row("F1", "x", "31.12.2099 23:59:59", "Esimerkki Tuleva", "tuleva@example.fi")
	large := works + row("L1", strings.Repeat("0123456789abcdef", 5<<16), day, "Esimerkki Iso", "iso@example.fi")
	crowd := func(n int, email string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(row(fmt.Sprintf("M%06d", i), "x", day, "Esimerkki Kaikki", email))
		}
		return b.String()
	}
	s := suiteOf(t, "call-recording")
	s.Works = config(works + crowd(manyPekka, pekka))
	s.Fields = []string{"call:call_id", "call:time_of_contact", "call:note", "call:media", "call:caller.name", "call:caller.email", "call:caller.phone"}
	s.Values = []string{told, "+358 40 765 4321"}
	s.Finds = []sdktest.Case{
		{Query: by(t, core.Email, maija), Refs: []string{"call/T1", "call/T2"}},
		{Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{"call/F1"}},
		{Query: core.Query{Request: "test", AnyOf: []core.KeySet{{AllOf: []core.Identifier{key(t, core.Name, "Esimerkki, Sisko"), key(t, core.DateOfBirth, "1985-03-04")}}}},
			Refs: []string{"call/S1"}},
		{Query: by(t, core.Email, pekka), Count: manyPekka},
	}
	s.Absent = setup(t, "csv:\n  folder: "+filepath.Join(t.TempDir(), "no-such")+callTypes, nil)
	s.Empty = &sdktest.Case{Setup: setup(t, configWithoutMedia(t), nil), Query: by(t, core.Email, maija)}
	s.One = &sdktest.Case{Query: by(t, core.Email, "tuleva@example.fi"), Count: 1}
	s.Many = &sdktest.Case{Setup: config(crowd(manyRecords, everybody)), Query: by(t, core.Email, everybody), Count: manyRecords}
	s.Stream = &sdktest.Case{Setup: config(crowd(streamRecords, everybody)), Query: by(t, core.Email, everybody), Count: streamRecords}
	s.LargeValue = &sdktest.ValueCase{Case: sdktest.Case{Setup: config(large), Query: by(t, core.Email, "iso@example.fi")}, Ref: "call/L1", Field: "note", Size: 5 << 20}
	s.Encoded = &sdktest.ValueCase{Case: sdktest.Case{Setup: config(row("X1", "x", day, latin("Mäkelä Latina"), "latin@example.fi")),
		Query: by(t, core.Email, "latin@example.fi")}, Ref: "call/X1", Field: "caller.name", Text: "Mäkelä Latina"}
	both := []string{"call/N1", "call/N2"}
	s.Composed = &sdktest.Case{Query: by(t, core.Name, composed), Refs: both}
	s.Decomposed = &sdktest.Case{Query: by(t, core.Name, decomposed), Refs: both}
	s.Clock = &sdktest.Case{Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{"call/F1"}}
	sum := sha256.Sum256(attachmentBytes())
	s.Attachment = &sdktest.Attachment{Ref: "call/T1#yksi.wav", Size: uint64(len(attachmentBytes())), SHA256: sum[:]}
	for id, why := range map[string]string{
		"bad-secret-auth":         "files have no account; sql shows it",
		"secrets-hidden":          "files have no secret; sql shows it",
		"rate-limit-waits":        "files make nobody wait",
		"resume-every-checkpoint": "a table file is read from its beginning to its end, so no place in it is a checkpoint: a search that was killed begins anew, as kill-resume shows",
	} {
		s.Exempt[id] = why
	}
	return s
}

// configWithoutMedia is a system that holds no call and no recording.
func configWithoutMedia(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "puhelut.csv"), []byte("id;alku;kuvaus;nimi;sahkoposti;puhelin;tiedosto\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return "csv:\n  folder: " + dir + callTypes
}
