package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xuri/excelize/v2"
)

const small = `# What people wrote to remember.
id: "T1"
kind: ticketing   # a word beside a value
origin: assumed

# The name.
name: {en: Tickets, source: assumed}
controllers:
  - name: {en: Org}
    role: controller
    from: "2020-01-01"
    source: assumed
# Two purposes.
purposes:
  - {en: first, source: assumed}
  - {en: second, source: assumed}
notes:
  - "1.10"
# The end.
`

func smallHome() fstest.MapFS {
	return fstest.MapFS{"organisation.yaml": {Data: []byte("id: org\nlanguages: [en]\n")}, "catalogue/T1.yaml": {Data: []byte(small)},
		"catalogue/T2.yaml": {Data: []byte("id: T2\nkind: crm\nname: {en: Customers, source: assumed}\n")}}
}

// edited gives the workbook of smallHome after a change by a spreadsheet.
func edited(t *testing.T, change func(*excelize.File) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Export(smallHome(), nil, &b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := change(f); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// set writes a value at the column of a sheet's header.
func set(f *excelize.File, sheetName, header string, row int, value any) error {
	rows, err := f.GetRows(sheetName)
	if err != nil {
		return err
	}
	for i, h := range rows[0] {
		if h == header {
			return f.SetCellValue(sheetName, cellName(i+1, row), value)
		}
	}
	return errors.New("no column " + header)
}

func imported(book []byte) ([]Change, error) {
	return Import(bytes.NewReader(book), int64(len(book)), smallHome())
}

func TestOnlyWhatChangedIsWritten(t *testing.T) {
	book := edited(t, func(f *excelize.File) error {
		return errors.Join(set(f, "purposes", "en", 3, "another: second"), set(f, "controllers", "to", 2, 46387), // 2026-12-31
			set(f, "entries", "description.en", 2, "All tickets."), set(f, "entries", "description.source", 2, "assumed"),
			set(f, "recipients", "id", 2, "T1"), set(f, "recipients", "en", 2, "nobody"), set(f, "recipients", "source", 2, "assumed"))
	})
	changes, err := imported(book)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 1 || changes[0].File != "catalogue/T1.yaml" || changes[0].New {
		t.Fatalf("changes %+v", changes)
	}
	want := `# What people wrote to remember.
id: "T1"
kind: ticketing   # a word beside a value
origin: assumed

# The name.
name: {en: Tickets, source: assumed}
controllers:
  - name:
      en: "Org"
    role: controller
    from: "2020-01-01"
    to: "2026-12-31"
    source: assumed
description:
  en: "All tickets."
  source: assumed
# Two purposes.
purposes:
  - en: first
    source: assumed
  - en: "another: second"
    source: assumed
recipients:
  - en: nobody
    source: assumed
notes:
  - "1.10"
# The end.
`
	if got := string(changes[0].Text); got != want {
		t.Errorf("the file became\n%s", got)
	}
}

func TestAnEntryCanBeNewAndAListEmpty(t *testing.T) {
	book := edited(t, func(f *excelize.File) error {
		return errors.Join(set(f, "entries", "id", 4, "T10"), set(f, "entries", "kind", 4, "hr"), set(f, "entries", "name.en", 4, "Staff"),
			f.RemoveRow("purposes", 3), f.RemoveRow("purposes", 2))
	})
	changes, err := imported(book)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 2 || changes[1].File != "catalogue/T10.yaml" || !changes[1].New || string(changes[1].Text) != "id: \"T10\"\nkind: hr\nname:\n  en: \"Staff\"\n" {
		t.Fatalf("changes %+v", changes)
	}
	if strings.Contains(string(changes[0].Text), "purposes:") || !strings.Contains(string(changes[0].Text), "# Two purposes.") {
		t.Errorf("the file became\n%s", changes[0].Text)
	}
}

func TestRefusesWhatIsNoFact(t *testing.T) {
	tests := []struct {
		name   string
		change func(*excelize.File) error
		want   []string
	}{
		{"formula", func(f *excelize.File) error { return f.SetCellFormula("entries", "C2", "=1+1") }, []string{"entries!C2: holds a formula"}},
		{"formula far to the right", func(f *excelize.File) error { return f.SetCellFormula("purposes", "C3", `HYPERLINK("http://x")`) }, []string{"purposes!C3: holds a formula"}},
		{"formula without a result", func(f *excelize.File) error { return f.SetCellFormula("purposes", "D7", "=NOW()") }, []string{"purposes!D7: holds a formula"}},
		{"unknown word", func(f *excelize.File) error { return set(f, "controllers", "role", 2, "owner") },
			[]string{`controllers!E2: controllers[0].role cannot be "owner"; write one of: controller, joint_controller, processor`}},
		{"unknown kind", func(f *excelize.File) error { return set(f, "entries", "kind", 3, "crn") }, []string{`entries!C3: kind "crn" has no profile`}},
		{"number for a text", func(f *excelize.File) error { return set(f, "purposes", "en", 2, 12) }, []string{"purposes!D2: en must be text, and is a number"}},
		{"text for a date", func(f *excelize.File) error { return set(f, "controllers", "from", 2, "31.12.2026") }, []string{`must be a date, such as 2026-01-31, and is "31.12.2026"`}},
		{"half a day", func(f *excelize.File) error { return set(f, "controllers", "from", 2, 46387.5) }, []string{"must be a date"}},
		{"a day that ends before it begins", func(f *excelize.File) error { return set(f, "controllers", "to", 2, "2019-01-01") }, []string{"controllers!", "the last day 2019-01-01 is before the first"}},
		{"text for a number", func(f *excelize.File) error {
			return errors.Join(set(f, "retention", "id", 2, "T1"), set(f, "retention", "days", 2, "ten"))
		}, []string{"retention!", `days must be a whole number, and is "ten"`}},
		{"a flag", func(f *excelize.File) error { return set(f, "entries", "procedure.on_site", 2, "si") }, []string{`procedure.on_site is yes or empty, and is "si"`}},
		{"row of nothing", func(f *excelize.File) error { return set(f, "purposes", "en", 9, "lost") }, []string{"purposes!A9: the row has no entry"}},
		{"row of no entry", func(f *excelize.File) error { return set(f, "purposes", "id", 9, "T9") }, []string{`purposes!A9: there is no entry "T9"`}},
		{"entry twice", func(f *excelize.File) error { return set(f, "entries", "id", 3, "T1") }, []string{`entries!A3: the entry "T1" stands twice`}},
		{"entry gone", func(f *excelize.File) error { return f.RemoveRow("entries", 3) }, []string{"entries: there is no row for T2; an import deletes nothing"}},
		{"sheet gone", func(f *excelize.File) error { return f.DeleteSheet("recipients") }, []string{"recipients: the sheet is missing"}},
		{"sheet too many", func(f *excelize.File) error { _, err := f.NewSheet("ideas"); return err }, []string{"ideas: there is no such kind of thing"}},
		{"column gone", func(f *excelize.File) error { return f.RemoveCol("purposes", "B") }, []string{`purposes: the column "fi" is missing`}},
		{"column misspelt", func(f *excelize.File) error { return f.SetCellStr("purposes", "B1", "finnish") }, []string{`purposes!B1: there is no column "finnish"`}},
		{"value beside the columns", func(f *excelize.File) error { return f.SetCellStr("purposes", "J2", "aside") }, []string{"purposes!J2: stands in a column without a name"}},
		{"register of no ground", func(f *excelize.File) error {
			return errors.Join(set(f, registersSheet, "id", 2, "T1"), set(f, registersSheet, "secrecy", 2, 1))
		}, []string{`secrecy_registers!B2: the entry T1 has no ground of secrecy number "1"`}},
		{"an id that is a path", func(f *excelize.File) error { return set(f, "entries", "id", 4, "../T9") }, []string{`entries!A4: the id "../T9" cannot name a file`}},
		{"every fault", func(f *excelize.File) error {
			return errors.Join(set(f, "purposes", "en", 2, 12), set(f, "controllers", "from", 2, "x"))
		}, []string{"purposes!D2: ", "controllers!I2: "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			changes, err := imported(edited(t, tt.change))
			if err == nil || changes != nil {
				t.Fatalf("error %v, changes %v", err, changes)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error\n%v\nwant\n%s", err, want)
				}
			}
		})
	}
}

// with adds a part to a workbook.
func with(t *testing.T, book []byte, name, content string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range z.File {
		if err := w.Copy(part); err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(p, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRefusesProgramsAndBombs(t *testing.T) {
	book := edited(t, func(*excelize.File) error { return nil })
	for _, name := range []string{"xl/vbaProject.bin", "xl/macrosheets/sheet1.xml", "xl/embeddings/oleObject1.bin", "xl/externalLinks/externalLink1.xml", "xl/activeX/activeX1.bin"} {
		if _, err := imported(with(t, book, name, "x")); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := imported(with(t, book, "xl/media/bomb.bin", strings.Repeat("0", maxUnpacked+1))); err == nil {
		t.Error("a bomb is unpacked")
	}
	if _, err := imported(nil); err == nil || !strings.Contains(err.Error(), "no XLSX workbook") {
		t.Errorf("nothing: %v", err)
	}
	if _, err := imported([]byte("PK\x03\x04 but no more")); err == nil {
		t.Error("half a workbook is read")
	}
	if _, err := Import(bytes.NewReader(book), MaxSize+1, smallHome()); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("huge: %v", err)
	}
}

// A finding stands at the cell that it is about.
func TestFindingsStandAtTheirCells(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(exported(t)))
	if err != nil {
		t.Fatal(err)
	}
	at := func(sheetName, id, message string) string {
		comments, err := f.GetComments(sheetName)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range comments {
			said := c.Text
			for _, p := range c.Paragraph {
				said += p.Text
			}
			col, row, err := excelize.CellNameToCoordinates(c.Cell)
			if err != nil {
				t.Fatal(err)
			}
			owner, _ := f.GetCellValue(sheetName, cellName(1, row))
			if header, _ := f.GetCellValue(sheetName, cellName(col, 1)); owner == id && strings.Contains(said, message) {
				return header
			}
		}
		return "nowhere"
	}
	for _, tt := range []struct{ sheet, id, message, want string }{
		{"legal_basis", "V6.2", "published: legitimate interest", "id"},
		{"legal_basis", "V1", "621/1999 s.18 was repealed", "statutes"},
		{registersSheet, "V1", `"Kundregistret" is named`, "id"},
		{"published", "V3", "11.12.1992/243", "id"},
		{"entries", "V3.4", "neither what it is for", "description.fi"},
		{"entries", "V1.3", "paper", "id"},
	} {
		if got := at(tt.sheet, tt.id, tt.message); got != tt.want {
			t.Errorf("%s of %s stands at %s, want %s", tt.message, tt.id, got, tt.want)
		}
	}
}

func TestExportRefusesWhatAWorkbookCannotHold(t *testing.T) {
	for name, value := range map[string]string{"a control character": `"a\u0007"`, "too long a text": `"` + strings.Repeat("ä", 32768) + `"`, "an escape": "a_x0041_b"} {
		home := smallHome()
		home["catalogue/T2.yaml"].Data = []byte("id: T2\nkind: crm\nname: {en: " + value + ", source: assumed}\n")
		if err := Export(home, nil, io.Discard); err == nil || !strings.Contains(err.Error(), "catalogue/T2.yaml: name.en: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// BenchmarkWorkbook tells what a round trip of the demonstration's catalogue
// costs.
func BenchmarkWorkbook(b *testing.B) {
	var book bytes.Buffer
	if err := Export(os.DirFS(valtori), nil, &book); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(book.Len()), "bytes")
	for b.Loop() {
		if _, err := Import(bytes.NewReader(book.Bytes()), int64(book.Len()), os.DirFS(valtori)); err != nil {
			b.Fatal(err)
		}
	}
}
