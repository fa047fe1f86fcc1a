package workbook

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A real spreadsheet program opens the workbook and saves it in its own way;
// nothing is another fact after that.
func TestASpreadsheetProgramSavesItUnchanged(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("SINUSTA_REQUIRE_SERVERS") == "1" {
			t.Fatal("LibreOffice is not installed")
		}
		t.Skip("LibreOffice is not installed")
	}
	dir := t.TempDir()
	book := filepath.Join(dir, "catalogue.xlsx")
	if err := os.WriteFile(book, exported(t), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, office, "--headless", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
		"--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", filepath.Join(dir, "saved"), book)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	saved, err := os.ReadFile(filepath.Join(dir, "saved", "catalogue.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := Import(bytes.NewReader(saved), int64(len(saved)), os.DirFS(valtori))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		t.Errorf("%s would change", c.File)
	}
}
