package csvsource

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// Bad input of exports:
//
//	files of 2 GB                            TestAFileOfTwoGigabytes, TestMemoryIsBounded
//	files that change while they are read    TestChangesWhileReadAreTold
//	loops of links                           TestLinksStayInside
//	odd path names                           TestOddNamesOfExports
//	macros and formulas, HTML with scripts   TestTextIsText, TestMarkUpIsText
//	broken quotes                            TestBrokenRowsAreTold
//
// An export is never unpacked: zip bombs, archives in archives and XML bombs
// are rows that cannot be read (TestAnArchiveIsNoExport).

// A file of 2 GB that is one row is told, and read in little memory.
func TestAFileOfTwoGigabytes(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 2 GB")
	}
	dir := folder(t, map[string]string{"matkat-20240305.csv": tripHeader + maijaTrip})
	if err := os.Truncate(filepath.Join(dir, "matkat-20240305.csv"), 2<<30); err != nil {
		t.Fatal(err)
	}
	i := opened(t, "travel", trips, dir)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	h := asked(t, i, by(t, maijasMail))
	runtime.ReadMemStats(&after)
	if h.refs() != "trip/7" || !h.told(core.ClassPartial, "limits.row") {
		t.Errorf("refs %q, problems %v", h.refs(), h.problems)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 256<<20 {
		t.Errorf("%d bytes were taken to read it", grown)
	}
}

// Whatever letters the names of folders and files have, the exports are read,
// and no name is told.
func TestOddNamesOfExports(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such names")
	}
	for _, name := range []string{"rivi\nvaihto.csv", "-rf $(x) `x`.csv", "M\xe4kel\xe4.csv", "\u202evsc.csv", "a b/.kätketty/%2e%2e.csv"} {
		h := asked(t, opened(t, "travel", "ignore_files: {nothing.csv: is not there}\n"+trips, folder(t, map[string]string{
			"matkat-20240305.csv": tripHeader + maijaTrip, name: tripHeader + maijaTrip})), by(t, maijasMail))
		if h.refs() != "trip/7" || !h.told(core.ClassUnmapped, "no declared export") {
			t.Errorf("%q: refs %q, problems %v", name, h.refs(), h.problems)
		}
	}
}

// Mark-up in a value is text: nothing is parsed, and the report escapes it.
func TestMarkUpIsText(t *testing.T) {
	const script = `<script src=//x.example></script><img onerror=x>`
	h := asked(t, opened(t, "travel", trips, folder(t, map[string]string{"matkat-20240305.csv": tripHeader +
		"7;Esimerkki Maija;maija.esimerkki@example.fi;;;" + script + ";;M\n"})), by(t, maijasMail))
	if len(h.records) != 1 {
		t.Fatalf("refs %q, problems %v", h.refs(), h.problems)
	}
	if v, _ := core.First(h.records[0].Fields, "purpose"); v.Type != core.TypeText || v.Text != script {
		t.Errorf("it came as %v %q", v.Type, v.Text)
	}
}

// A zip, or any other file, under the name of an export is told and never
// unpacked.
func TestAnArchiveIsNoExport(t *testing.T) {
	for name, text := range map[string]string{"a zip": "PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00\n\x00\x00", "an XML bomb": "<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY a \"ha\">]>\n<d>&a;</d>\n"} {
		h := asked(t, opened(t, "travel", trips, folder(t, map[string]string{"matkat-20240305.csv": text})), by(t, maijasMail))
		if h.refs() != "" || !h.told(core.ClassPartial) {
			t.Errorf("%s: refs %q, problems %v", name, h.refs(), h.problems)
		}
	}
}
