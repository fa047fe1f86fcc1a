package document

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const sample = "Päätös: Åke Söderström ja Östen Öhman, tunnus 010190-900A.\n"

func TestTextInEveryEncoding(t *testing.T) {
	encode := func(name string) []byte {
		var out []byte
		var err error
		switch name {
		case "utf-8":
			out = []byte(sample)
		case "utf-8 bom":
			out = []byte("\uFEFF" + sample)
		case "utf-16le bom":
			out, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(sample))
		case "utf-16be bom":
			out, err = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(sample))
		case "utf-16le":
			out, err = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(sample))
		case "utf-16be":
			out, err = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(sample))
		case "windows-1252":
			out, err = charmap.Windows1252.NewEncoder().Bytes([]byte(sample))
		case "cp850":
			out, err = charmap.CodePage850.NewEncoder().Bytes([]byte(sample))
		case "mixed":
			out, err = charmap.Windows1252.NewEncoder().Bytes([]byte(sample))
			out = append(out, sample...)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, name := range []string{"utf-8", "utf-8 bom", "utf-16le bom", "utf-16be bom", "utf-16le", "utf-16be", "windows-1252", "cp850", "mixed"} {
		want := strings.TrimSpace(sample)
		if name == "mixed" {
			want += "\n" + want
		}
		pieces, r := read(t, "a.txt", encode(name))
		if len(pieces) != 1 || pieces[0].Text != want || r.State() != Readable || r.Files[0].Format != FormatText {
			t.Errorf("%s: %s %+v", name, r.State(), pieces)
		}
	}
}

func TestCSV(t *testing.T) {
	pieces, r := read(t, "a.csv", []byte("Nimi;Tunnus;Huomio\n\"Mäkinen; Maija\";010190-900A;\"kaksi\nriviä\"\nÖhman;020291-901B;\"sanoi \"\"ei\"\"\"\n"))
	want := []string{"Nimi\tTunnus\tHuomio", "Mäkinen; Maija\t010190-900A\tkaksi\nriviä", "Öhman\t020291-901B\tsanoi \"ei\""}
	for i, w := range want {
		if i >= len(pieces) || pieces[i].Text != w || pieces[i].Location() != fmt.Sprintf("row %d", i+1) {
			t.Errorf("row %d of %+v, want %q", i+1, pieces, w)
		}
	}
	if r.State() != Readable {
		t.Errorf("%+v", r)
	}
}

func TestBrokenQuotesOfACSVLoseNothing(t *testing.T) {
	var b strings.Builder
	b.WriteString("nimi;tunnus\n\"avoin;010190-900A\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "rivi %d;tunnus %d\n", i, i)
	}
	pieces, r := read(t, "a.csv", []byte(b.String()))
	if len(pieces) != 1002 || !r.Files[0].Has(ReasonDamaged) || r.State() != Partial {
		t.Errorf("%d rows, %s %v", len(pieces), r.State(), r.Files[0].Troubles)
	}
	if last := pieces[len(pieces)-1].Text; last != "rivi 999\ttunnus 999" {
		t.Errorf("the last row is %q", last)
	}
}

// message is a mail as a program writes it, with charsets, nested parts and
// attachments.
func message(t *testing.T) []byte {
	latin, err := charmap.ISO8859_15.NewEncoder().String("Hei, Åke Söderström pyytää 5 €. Tunnus 010190-900A.")
	if err != nil {
		t.Fatal(err)
	}
	doc := base64.StdEncoding.EncodeToString([]byte("Liitteessä Pekka Virtanen 030392-902C"))
	return []byte(strings.ReplaceAll(`Received: from [192.0.2.1] by mail.example.fi
From: =?iso-8859-1?Q?=C5ke_S=F6derstr=F6m?= <ake@example.fi>
To: Maija =?utf-8?B?TcOka2luZW4=?=
 <maija.makinen@example.fi>
Subject: =?utf-8?Q?P=C3=A4=C3=A4t=C3=B6s?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=ulko

saate
--ulko
Content-Type: multipart/alternative; boundary="sisä"

--sisä
Content-Type: text/plain; charset=iso-8859-15
Content-Transfer-Encoding: 8bit

`+latin+`
--sisä
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>Hei, =C3=85ke</p><script>x()</script>
--sisä--
--ulko
Content-Type: application/octet-stream; name*=utf-8''liite%20%C3%B6.txt
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename*=utf-8''liite%20%C3%B6.txt

`+doc+`
--ulko
Content-Type: message/rfc822

From: Ritva Aaltonen <ritva@example.fi>
Subject: sisempi
Content-Type: text/plain; charset=utf-8

Sisempi viesti: 020291-901B
--ulko--
jälkikirjoitus Lehto
`, "\n", "\r\n"))
}

func TestMail(t *testing.T) {
	pieces, r := read(t, "viesti.eml", message(t))
	for _, w := range []want{
		{text: "Åke Söderström <ake@example.fi>", role: RoleHeader, at: `header "From"`},
		{text: "Maija Mäkinen <maija.makinen@example.fi>", role: RoleHeader, at: `header "To"`},
		{text: "Päätös", role: RoleHeader, at: `header "Subject"`},
		{text: "192.0.2.1", role: RoleHeader, hidden: true},
		{text: "Hei, Åke Söderström pyytää 5 €. Tunnus 010190-900A.", role: RoleBody},
		{text: "Hei, Åke", role: RoleBody},
		{text: "liite ö.txt", role: RoleName},
		{text: "Liitteessä Pekka Virtanen 030392-902C", role: RoleBody, at: `attachment "liite ö.txt" line 1`},
		{text: "Ritva Aaltonen", role: RoleHeader, at: `header "From"`},
		{text: "Sisempi viesti: 020291-901B", role: RoleBody},
		{text: "saate", role: RoleOther, hidden: true},
		{text: "jälkikirjoitus Lehto", role: RoleOther, hidden: true},
	} {
		if !w.in(pieces) {
			t.Errorf("not found: %+v", w)
		}
	}
	if r.State() != Readable || r.Files[0].Format != FormatEML || r.Files[0].Meta.Title != "Päätös" || len(r.Files[0].Active) != 1 {
		t.Errorf("%+v", r)
	}
	if t.Failed() {
		for _, p := range pieces {
			t.Logf("%s | %s hidden=%v | %.200q", p.Location(), p.Role, p.Hidden, p.Text)
		}
	}
}

func TestFilesInAZip(t *testing.T) {
	inner := zipped(t, map[string][]byte{"sisempi/kirje.txt": []byte("Sisempi 020291-901B")})
	data := zipped(t, map[string][]byte{
		"kirje.txt":    []byte("Kirje 010190-900A"),
		"sisään.zip":   inner,
		"viesti.eml":   message(t),
		"tuntematon":   {0, 1, 2, 3, 4, 5, 6, 7},
		"tyhjä.txt":    {},
		"kansio/":      {},
		"vanha.doc":    []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 ei oikea"),
		"valokuva.png": []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"),
	})
	pieces, r := read(t, "a.zip", data)
	for _, w := range []want{
		{text: "Kirje 010190-900A", role: RoleBody, at: `attachment "kirje.txt" line 1`},
		{text: "Sisempi 020291-901B", role: RoleBody, at: `attachment "sisään.zip" attachment "sisempi/kirje.txt" line 1`},
		{text: "Pekka Virtanen 030392-902C", role: RoleBody, at: `attachment "viesti.eml" attachment "liite ö.txt" line 1`},
		{text: "valokuva.png", role: RoleName, at: `attachment "valokuva.png"`},
	} {
		if !w.in(pieces) {
			t.Errorf("not found: %+v", w)
		}
	}
	states := map[string]File{}
	for _, f := range r.Files[1:] {
		states[strings.Join(f.Member, "|")] = f
	}
	for name, reason := range map[string]Reason{"tuntematon": ReasonUnknown, "vanha.doc": ReasonDamaged, "valokuva.png": ReasonNoText} {
		if f := states[name]; f.State != Unreadable || !f.Has(reason) {
			t.Errorf("%s: %s %v", name, f.State, f.Troubles)
		}
	}
	if f := states["tyhjä.txt"]; f.State != Readable || f.Format != FormatEmpty {
		t.Errorf("the empty file: %+v", f)
	}
	if r.State() != Partial {
		t.Errorf("state %s", r.State())
	}
}

func zipped(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Names of members are labels: nothing is written, and what cannot be shown is
// replaced.
func TestOddNamesOfMembers(t *testing.T) {
	long := strings.Repeat("ä", 5000)
	names := map[string]string{
		"../../etc/passwd":  "../../etc/passwd",
		"/absolute.txt":     "/absolute.txt",
		"nul\x00.txt":       "nul\uFFFD.txt",
		"rivi\nvaihto.txt":  "rivi\uFFFDvaihto.txt",
		"kään\u202Etxt.exe": "kään\uFFFDtxt.exe",
		long:                strings.Repeat("ä", 254) + "…",
		"C:\\aux":           "C:\\aux",
		"":                  "(no name)",
	}
	for name, label := range names {
		_, r := read(t, "a.zip", zipped(t, map[string][]byte{name: []byte("teksti")}))
		if len(r.Files) != 2 || r.Files[1].Member[0] != label || r.Files[1].State != Readable {
			t.Errorf("%.40q: %+v", name, r.Files)
		}
	}
}

func TestNamesInTheCodePageOfTheConsole(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "M\x84kinen \x99hman.txt", NonUTF8: true})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write([]byte("x"))
	_ = w.Close()
	if _, r := read(t, "a.zip", b.Bytes()); len(r.Files) != 2 || r.Files[1].Member[0] != "Mäkinen Öhman.txt" {
		t.Errorf("%+v", r.Files)
	}
}

func TestHTMLInALegacyCharset(t *testing.T) {
	body, err := charmap.Windows1252.NewEncoder().String("<html><head><title>Päätös</title></head><body><p>Åke S&ouml;derstr&#246;m <img alt='Kuvassa Öhman'><input value='010190-900A'></p><p hidden>salaa<b>nen</b></p>jälkeen</body></html>")
	if err != nil {
		t.Fatal(err)
	}
	pieces, r := read(t, "a.htm", []byte(body))
	for _, w := range []want{
		{text: "Åke Söderström", role: RoleBody}, {text: "Kuvassa Öhman", role: RoleAlt}, {text: "010190-900A", role: RoleField},
		{text: "salaanen", role: RoleBody, hidden: true}, {text: "jälkeen", role: RoleBody},
	} {
		if !w.in(pieces) {
			t.Errorf("not found: %+v in %+v", w, pieces)
		}
	}
	if r.Files[0].Meta.Title != "Päätös" {
		t.Errorf("%+v", r.Files[0].Meta)
	}
}

func TestRTFCodePagesAndUnicode(t *testing.T) {
	rtf := `{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset238 B;}}\uc1\f0 M\'e4kinen, \u197?ke, 010190\_900A\par {\f1 \'8aimon}\par\uc0\u55357\u56832 ok{\*\tuntematon piilo}{\pict 0102}\bin3 {{{x}`
	pieces, r := read(t, "a.rtf", []byte(rtf))
	for _, w := range []want{{text: "Mäkinen, Åke, 010190-900A", role: RoleBody}, {text: "Šimon", role: RoleBody}, {text: "😀okx", role: RoleBody}} {
		if !w.in(pieces) {
			t.Errorf("not found: %+v in %+v", w, pieces)
		}
	}
	if r.State() != Readable || r.Files[0].Images != 1 {
		t.Errorf("%+v", r)
	}
}

// A quotation mark that is closed far below would make one record of all lines
// between.
func TestAQuoteClosedFarBelowIsTold(t *testing.T) {
	pieces, r := read(t, "a.csv", []byte("a;\"b\n"+strings.Repeat("rivi;x\n", 500)+"c\";d\n"))
	if len(pieces) != 502 || !r.Files[0].Has(ReasonDamaged) {
		t.Errorf("%d rows, %v", len(pieces), r.Files[0].Troubles)
	}
}

func TestLongTextComesInPiecesWithoutAGap(t *testing.T) {
	var b strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&b, "sana%d ", i)
	}
	text := strings.TrimSpace(b.String())
	pieces, _ := read(t, "a.docx", office1(t, part{"word/document.xml", `<w:document xmlns:w="w"><w:p><w:t>` + text + `</w:t></w:p></w:document>`}))
	var got strings.Builder
	for i, p := range pieces {
		got.WriteString(p.Text)
		if p.More != (i < len(pieces)-1) || p.Location() != "paragraph 1" {
			t.Errorf("piece %d: more %v at %s", i, p.More, p.Location())
		}
	}
	if got.String() != text || len(pieces) < 20 {
		t.Errorf("%d pieces, %d bytes of %d", len(pieces), got.Len(), len(text))
	}
}

func TestMacrosAreTold(t *testing.T) {
	for name, parts := range map[string][]part{
		"a.docm": {{"word/document.xml", `<w:document xmlns:w="w"><w:p><w:t>teksti</w:t></w:p></w:document>`}, {"word/vbaProject.bin", "Sub x()"}},
		"a.xlsm": append(workbookParts(sheetHead+"</sheetData></worksheet>", "<sst/>"), part{"xl/vbaProject.bin", "Sub x()"}),
	} {
		_, r := read(t, name, office1(t, parts...))
		if f := r.Files[0]; len(f.Active) != 1 || f.Active[0] != ActiveMacros || f.State != Readable || len(r.Files) != 1 {
			t.Errorf("%s: %+v", name, r.Files)
		}
	}
}

func TestLockedMembersAndFiles(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, h := range map[string]zip.FileHeader{"salattu.txt": {Flags: 1}, "outo.txt": {Method: 99}} {
		h.Name, h.UncompressedSize64, h.CompressedSize64 = name, 4, 4
		f, err := w.CreateRaw(&h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write([]byte("abcd"))
	}
	_ = w.Close()
	_, r := read(t, "a.zip", b.Bytes())
	for _, f := range r.Files[1:] {
		want := map[string]Reason{"salattu.txt": ReasonEncrypted, "outo.txt": ReasonUnsupported}[f.Member[0]]
		if !f.Has(want) || f.State != Unreadable {
			t.Errorf("%v: %v", f.Member, f.Troubles)
		}
	}
	if len(r.Files) != 3 {
		t.Errorf("%d files", len(r.Files))
	}
	_, r = read(t, "a.odt", zipped(t, map[string][]byte{"mimetype": []byte("application/vnd.oasis.opendocument.text"), "content.xml": []byte("\x00\x01"),
		"META-INF/manifest.xml": []byte(`<m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>`)}))
	if !r.Files[0].Has(ReasonEncrypted) || r.State() != Unreadable {
		t.Errorf("%+v", r.Files)
	}
}

// A font that does not tell its letters must not look like a page that was
// read.
func TestUnmappedLettersAreTold(t *testing.T) {
	data := simplePDF("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>", pdfStream("", []byte("BT /F 12 Tf <00010002> Tj ET")),
		"<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<< /Type /Font >>] >>")
	_, r := read(t, "a.pdf", data)
	if !r.Files[0].Has(ReasonUnmapped) || r.State() == Readable {
		t.Errorf("%+v", r.Files)
	}
}

func TestWordsDividedOverLines(t *testing.T) {
	body, joined := joinLines("hakija Mäki-\nnen ja tunnus 010190-\n900A soft\u00AD\nhyphen\nYlä-\nMäkelä loppu")
	if body != "hakija Mäki-\nnen ja tunnus 010190-\n900A softhyphen\nYlä-\nMäkelä loppu" {
		t.Errorf("%q", body)
	}
	if joined != "Mäkinen\n010190-900A\nYlä-Mäkelä\n" {
		t.Errorf("%q", joined)
	}
}
