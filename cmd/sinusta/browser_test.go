package main

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The report opens in a real browser in every language: the whole document is
// there, it paints, and nothing is loaded from elsewhere.
func TestReportOpensInABrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		lacks(t, requireServers, "chromium is missing: apt-get install chromium")
	}
	for _, lang := range []string{"fi", "sv", "en"} {
		t.Run(lang, func(t *testing.T) {
			r := runDemo(t, "--people", "30", "--seed", "10", "--lang", lang)
			open := func(args ...string) string {
				t.Helper()
				profile := filepath.Join(t.TempDir(), "profile")
				args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
					"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + profile}, args...)
				var errs bytes.Buffer
				cmd := exec.CommandContext(t.Context(), browser, append(args, "file://"+r.ReportHTML)...)
				cmd.Stderr = &errs
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v\n%s", err, errs.String())
				}
				return string(out)
			}
			dom := open("--dump-dom")
			if !strings.Contains(dom, `<html lang="`+lang+`"`) || strings.Count(dom, "<h1") != 1 || !strings.Contains(dom, "</html>") {
				t.Error("the browser does not show the whole document")
			}
			if strings.Contains(dom, "<script") || strings.Contains(dom, "src=\"http") {
				t.Error("the document runs or loads something")
			}
			for _, width := range []int{360, 1200} {
				picture := filepath.Join(t.TempDir(), "report.png")
				open("--screenshot="+picture, fmt.Sprintf("--window-size=%d,1600", width))
				if n := colours(t, picture); n < 3 {
					t.Errorf("%d pixels wide, the page shows %d colours", width, n)
				}
			}
		})
	}
}

// colours counts the colours of a picture, on every seventh pixel.
func colours(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[3]uint32]bool{}
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 7 {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	return len(seen)
}
