package document

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// read extracts a file in memory and gives its pieces.
func read(t testing.TB, name string, data []byte) ([]Piece, Result) {
	t.Helper()
	var pieces []Piece
	r, err := Extract(context.Background(), bytes.NewReader(data), int64(len(data)), name, Limits{}, func(p Piece) error {
		if p.Text == "" || len(p.Text) > PieceBytes || !utf8.ValidString(p.Text) {
			t.Errorf("a piece at %s has %d bytes of text, valid UTF-8: %v", p.Location(), len(p.Text), utf8.ValidString(p.Text))
		}
		pieces = append(pieces, p)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, f := range r.Files {
		if f.State == "" || f.State != Readable && len(f.Troubles) == 0 {
			t.Errorf("%s: state %q without a reason", name, f.State)
		}
	}
	return pieces, r
}

func readFile(t testing.TB, name string) ([]Piece, Result) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return read(t, name, data)
}

// want is a text that a file must give, and where.
type want struct {
	text   string
	role   Role
	at     string // of Location; empty: anywhere
	hidden bool
	author string
}

func (w want) in(pieces []Piece) bool {
	for _, p := range pieces {
		if !strings.Contains(p.Text, w.text) || p.Role != w.role || p.Hidden != w.hidden {
			continue
		}
		if w.at != "" && p.Location() != w.at {
			continue
		}
		if w.author != "" && (len(p.Authors) != 1 || p.Authors[0] != w.author) {
			continue
		}
		return true
	}
	return false
}

// realFiles were made by the programs that people write with: python-docx,
// openpyxl, python-pptx, LibreOffice, Chromium, WeasyPrint, ReportLab, qpdf,
// and the oxmsg library. The people in them are made up.
var realFiles = map[string]struct {
	format Format
	state  State
	wants  []want
}{
	"word.docx": {FormatDOCX, Readable, []want{
		{text: "Hakija: Maija Mäkinen, 010190-900Atunnus, finanssi lopuksi", role: RoleBody}, // a code in three runs, soft hyphens
		{text: "020291-901B", role: RoleBody, at: "paragraph 6"},                             // in a cell, in three runs
		{text: "030392-902C", role: RoleHeader},
		{text: "Käsittelijä Pekka Virtanen", role: RoleFooter},
		{text: "Katso 040493-903D", role: RoleComment, author: "Ritva Aaltonen"},
		{text: "Puhelin 040 0000002", role: RoleBody, author: "Tarja Lehto"},
		{text: "Puhelin 040 0000001", role: RoleDeleted, hidden: true, author: "Tarja Lehto"},
		{text: "piilossa 050594-904E", role: RoleBody, hidden: true},
		{text: "liisa.lähde@example.fi", role: RoleLink},
		{text: "Aino Ylä-Mäkelä", role: RoleMetadata, at: `property "creator"`},
	}},
	"libreoffice.docx": {FormatDOCX, Readable, []want{
		{text: "Hakija: Maija Mäkinen, 010190-900Atunnus, finanssi lopuksi", role: RoleBody},
		{text: "030392-902C", role: RoleHeader},
		{text: "Katso 040493-903D", role: RoleComment, author: "Ritva Aaltonen"},
		{text: "piilossa 050594-904E", role: RoleBody, hidden: true},
	}},
	"word.odt": {FormatODT, Readable, []want{
		{text: "Hakija: Maija Mäkinen, 010190-900Atunnus, finanssi lopuksi", role: RoleBody},
		{text: "020291-901B", role: RoleBody},
		{text: "030392-902C", role: RoleHeader},
		{text: "Käsittelijä Pekka Virtanen", role: RoleFooter},
		{text: "Katso 040493-903D", role: RoleComment, author: "Ritva Aaltonen"},
		{text: "040 0000001", role: RoleDeleted, author: "Tarja Lehto"},
		{text: "piilossa 050594-904E", role: RoleBody, hidden: true},
		{text: "Åke Söderström", role: RoleMetadata},
	}},
	"word.rtf": {FormatRTF, Readable, []want{
		{text: "Hakija: Maija Mäkinen, 010190-900Atunnus, finanssi lopuksi", role: RoleBody},
		{text: "Östen Öhman\t020291-901B", role: RoleBody},
		{text: "030392-902C", role: RoleHeader},
		{text: "Käsittelijä Pekka Virtanen", role: RoleFooter},
		{text: "Katso 040493-903D", role: RoleComment, author: "Ritva Aaltonen"},
		{text: "Puhelin 040 0000001", role: RoleDeleted, hidden: true, author: "Tarja Lehto"},
		{text: "piilossa 050594-904E", role: RoleBody, hidden: true},
	}},
	"excel.xlsx": {FormatXLSX, Readable, []want{
		{text: "Maija Mäkinen\t010190-900A\t1990-01-01\t3210.5\t00100", role: RoleBody, at: `sheet "Palkat" row 2`},
		{text: "piilosarake 040493-903D", role: RoleBody, at: `sheet "Palkat" row 2`, hidden: true},
		{text: "Piilo Rivi\t030392-902C", role: RoleBody, at: `sheet "Palkat" row 4`, hidden: true},
		{text: "salainen Östman", role: RoleBody, at: `sheet "Piilotettu" row 1`, hidden: true},
		{text: "D2*2", role: RoleFormula, at: `sheet "Palkat" cell D3`, hidden: true},
		{text: "Soita 050 0000003", role: RoleComment, at: `sheet "Palkat" cell A2`},
		{text: "Ritva Aaltonen", role: RoleMetadata},
		{text: "Luottamuksellinen Söderström", role: RoleHeader},
		{text: "ake@example.fi", role: RoleLink},
	}},
	"libreoffice.xlsx": {FormatXLSX, Readable, []want{
		{text: "Maija Mäkinen\t010190-900A\t1990-01-01\t3210.5\t00100", role: RoleBody, at: `sheet "Palkat" row 2`},
		{text: "Piilo Rivi\t030392-902C", role: RoleBody, at: `sheet "Palkat" row 4`, hidden: true},
		{text: "salainen Östman", role: RoleBody, hidden: true},
	}},
	"excel.ods": {FormatODS, Readable, []want{
		{text: "Maija Mäkinen\t010190-900A\t1990-01-01\t3210.5\t00100", role: RoleBody, at: `sheet "Palkat" row 2`},
		{text: "piilosarake 040493-903D", role: RoleBody, at: `sheet "Palkat" row 2`, hidden: true},
		{text: "Piilo Rivi\t030392-902C", role: RoleBody, at: `sheet "Palkat" row 4`, hidden: true},
		{text: "salainen Östman", role: RoleBody, at: `sheet "Piilotettu" row 1`, hidden: true},
		{text: "Soita 050 0000003", role: RoleComment, at: `sheet "Palkat" row 2`},
		{text: "Luottamuksellinen Söderström", role: RoleHeader},
	}},
	"slides.pptx": {FormatPPTX, Readable, []want{
		{text: "Henkilö 010190-900A", role: RoleBody, at: "slide 1"},
		{text: "Piilodia Öhman", role: RoleBody, at: "slide 2", hidden: true},
		{text: "Muistiinpano: soita Virtaselle", role: RoleNotes, at: "slide 1"},
	}},
	"slides.odp": {FormatODP, Readable, []want{
		{text: "Henkilö 010190-900A", role: RoleBody, at: "slide 1"},
		{text: "Piilodia Öhman", role: RoleBody, at: "slide 2", hidden: true},
		{text: "Muistiinpano: soita Virtaselle", role: RoleNotes, at: "slide 1"},
	}},
	"chromium.pdf": {FormatPDF, Readable, []want{
		{text: "Hakija Maija Mäkinen, 010190-900A, maija.makinen@example.fi, finanssi affiliate\nofficiell.", role: RoleBody, at: "page 1"},
		{text: "puhelin\n040 0000001", role: RoleBody, at: "page 1"}, // the second column after the first
		{text: "Toinen sivu: Pekka Virtanen", role: RoleBody, at: "page 2"},
	}},
	"weasyprint.pdf": {FormatPDF, Readable, []want{
		{text: "Hakija Maija Mäkinen, 010190-900A, maija.makinen@example.fi, finanssi\naffiliate officiell.", role: RoleBody, at: "page 1"},
		{text: "Östen Öhman asuu Åbossa", role: RoleBody, at: "page 1"},
	}},
	"libreoffice.pdf": {FormatPDF, Readable, []want{
		{text: "Hakija: Maija Mäkinen, 010190-900A", role: RoleBody, at: "page 1"},
		{text: "Östen Öhman\t020291-901B", role: RoleBody, at: "page 1"},
		{text: "Aino Ylä-Mäkelä", role: RoleMetadata},
	}},
	"annotated.pdf": {FormatPDF, Partial, []want{ // page 2 is a picture
		{text: "Hakija Östen Öhman, 010190-900A", role: RoleBody, at: "page 1"},
		{text: "Muistio: 030392-902C puuttuu", role: RoleAnnotation, at: "page 1", author: "Ritva Aaltonen"},
		{text: "020291-901B", role: RoleField, at: "page 1"},
		{text: "liisa.lahde@example.fi", role: RoleLink, at: "page 1"},
		{text: "Åke Söderström", role: RoleBody, at: "page 3"},
		{text: "Pekka Virtanen 040493-903D", role: RoleBody, at: `attachment "liite.txt" line 1`},
	}},
	"objstm.pdf":   {FormatPDF, Partial, []want{{text: "030392-902C", role: RoleAnnotation}, {text: "040493-903D", role: RoleBody}}},
	"owner256.pdf": {FormatPDF, Partial, []want{{text: "Östen Öhman, 010190-900A", role: RoleBody}}},
	"owner128.pdf": {FormatPDF, Partial, []want{{text: "Östen Öhman, 010190-900A", role: RoleBody}}},
	"owner40.pdf":  {FormatPDF, Partial, []want{{text: "Östen Öhman, 010190-900A", role: RoleBody}}},
	"locked.pdf":   {FormatPDF, Unreadable, nil},
	"scan.pdf":     {FormatPDF, Unreadable, nil},
	"locked.docx":  {FormatProtected, Unreadable, nil},
	"word.doc":     {FormatDOC, Unreadable, nil},
	"mail.msg": {FormatMSG, Readable, []want{
		{text: "Hei, tunnus 010190-900A ja puhelin 040 0000001", role: RoleBody},
		{text: "Åke Söderström", role: RoleHeader, at: `header "From"`},
		{text: "ritva.aaltonen@example.fi", role: RoleHeader},
		{text: "liite 020291-901B.txt", role: RoleName},
		{text: "Pekka Virtanen 040493-903D", role: RoleBody, at: `attachment "liite 020291-901B.txt" line 1`},
	}},
	"page.html": {FormatHTML, Readable, []want{
		{text: "Hakija Maija Mäkinen, 010190-900A", role: RoleBody},
		{text: "piilossa Lehto", role: RoleBody, hidden: true},
		{text: "kommentti Korhonen", role: RoleComment, hidden: true},
		{text: "Ritva Aaltonen\t020291-901B", role: RoleBody},
	}},
}

func TestRealFiles(t *testing.T) {
	if len(realFiles) == 0 {
		t.Fatal("no files")
	}
	for name, want := range realFiles {
		t.Run(name, func(t *testing.T) {
			pieces, r := readFile(t, name)
			if f := r.Files[0]; f.Format != want.format || f.State != want.state {
				t.Errorf("format %s, state %s with %v; want %s, %s", f.Format, f.State, f.Troubles, want.format, want.state)
			}
			for _, w := range want.wants {
				if !w.in(pieces) {
					t.Errorf("not found: %+v", w)
				}
			}
			if t.Failed() {
				for _, p := range pieces {
					t.Logf("%s | %s hidden=%v %v | %.200q", p.Location(), p.Role, p.Hidden, p.Authors, p.Text)
				}
			}
		})
	}
}

// Every file of testdata is proved by the table above, and each unreadable one
// has the right reason.
func TestEachUnreadableFileHasItsReason(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := realFiles[e.Name()]; !ok && !e.IsDir() {
			t.Errorf("testdata/%s is not tested", e.Name())
		}
	}
	for name, reason := range map[string]Reason{
		"locked.pdf": ReasonEncrypted, "locked.docx": ReasonEncrypted, "scan.pdf": ReasonNoText, "word.doc": ReasonUnsupported, "annotated.pdf": ReasonNoText,
	} {
		if _, r := readFile(t, name); !r.Files[0].Has(reason) {
			t.Errorf("%s: %v, want %s", name, r.Files[0].Troubles, reason)
		}
	}
}

func TestMetadata(t *testing.T) {
	for _, name := range []string{"word.docx", "word.odt", "word.rtf", "libreoffice.pdf"} {
		_, r := readFile(t, name)
		m := r.Files[0].Meta
		if m.Title != "Päätös etuudesta" || m.Subject != "Hakemus" || len(m.Authors) == 0 || m.Authors[0] != "Aino Ylä-Mäkelä" || !strings.Contains(m.Keywords, "päätös") {
			t.Errorf("%s: %+v", name, m)
		}
		if name != "word.rtf" && m.Created.IsZero() {
			t.Errorf("%s: no time of creation", name)
		}
		if (name == "word.docx" || name == "word.odt") && m.LastModifiedBy != "Åke Söderström" {
			t.Errorf("%s: last modified by %q", name, m.LastModifiedBy)
		}
	}
}

func TestWhatIsActiveIsToldAndNotRun(t *testing.T) {
	_, r := readFile(t, "page.html")
	if f := r.Files[0]; len(f.Active) != 1 || f.Active[0] != ActiveScripts {
		t.Errorf("page.html: %v", f.Active)
	}
	pieces, _ := readFile(t, "page.html")
	for _, p := range pieces {
		if strings.Contains(p.Text, "skripti") {
			t.Errorf("the script is text: %q", p.Text)
		}
	}
	_, r = readFile(t, "excel.xlsx")
	if f := r.Files[0]; len(f.Active) != 1 || f.Active[0] != ActiveFormulas {
		t.Errorf("excel.xlsx: %v", f.Active)
	}
}

func TestANameThatDisagreesIsTold(t *testing.T) {
	data, err := os.ReadFile("testdata/word.docx")
	if err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]Format{"kuva.jpg": FormatImage, "palkat.xlsx": FormatXLSX, "päätös.docx": "", "päätös": "", "a.docm": ""} {
		if _, r := read(t, name, data); r.Files[0].NameSays != says || r.Files[0].Format != FormatDOCX {
			t.Errorf("%s: format %s, name says %q, want %q", name, r.Files[0].Format, r.Files[0].NameSays, says)
		}
	}
}

func TestTextIsNormalised(t *testing.T) {
	pieces, _ := read(t, "a.txt", []byte("o\uFB03ce \u00ADMa\u0308kinen\u00A0010190\u200B-900A \uFEFFx\u202Ey\x0bz"))
	if len(pieces) != 1 || pieces[0].Text != "office Mäkinen 010190-900A xy z" {
		t.Errorf("%+v", pieces)
	}
}
