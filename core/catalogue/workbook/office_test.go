package workbook

import (
	"bytes"
	"context"
	flags "flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var resave = flags.Bool("resave", false, "save the workbook of the tests by LibreOffice anew, after the layout of the sheets has changed")

// savedByLibreOffice is the workbook of smallHome as LibreOffice saves it,
// which writes dates, texts and sheets in its own way.
const savedByLibreOffice = "testdata/libreoffice.xlsx"

// Nothing is another fact after a real spreadsheet program has opened and
// saved the workbook.
func TestASpreadsheetProgramSavesItUnchanged(t *testing.T) {
	if *resave {
		saveByLibreOffice(t)
	}
	saved, err := os.ReadFile(savedByLibreOffice)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := Import(bytes.NewReader(saved), int64(len(saved)), smallHome())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		t.Errorf("%s would change", c.File)
	}
}

func saveByLibreOffice(t *testing.T) {
	t.Helper()
	var b bytes.Buffer
	if err := Export(smallHome(), nil, &b); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	book := filepath.Join(dir, filepath.Base(savedByLibreOffice))
	if err := os.WriteFile(book, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "soffice", "--headless", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
		"--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", filepath.Dir(savedByLibreOffice), book)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
