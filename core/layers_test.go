package core_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/sinusta/sinusta"

// allowed are the arrows of the design: what the packages of a layer may
// import besides their own layer. Tests may also import fixtures.
var allowed = map[string][]string{
	"cmd":      {"core", "plugins", "index", "reports", "fixtures"},
	"plugins":  {"core"},
	"index":    {"core"},
	"reports":  {"core"},
	"core":     {},
	"fixtures": {},
}

// mayUseIndex are the plugins that keep a standing index of their own, or read
// running text, for which it knows the forms of words.
var mayUseIndex = []string{"plugins/csv", "plugins/files", "plugins/mail"}

type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestArrowsPointDown(t *testing.T) {
	packages := list(t)
	layers := map[string]bool{}
	for _, p := range packages {
		path := strings.TrimPrefix(p.ImportPath, module+"/")
		from, _, _ := strings.Cut(path, "/")
		if _, known := allowed[from]; !known {
			t.Errorf("%s stands in no layer: the top folders are fixed", p.ImportPath)
			continue
		}
		layers[from] = true
		for _, imported := range p.Imports {
			if !arrow(path, from, imported, false) {
				t.Errorf("%s imports %s: that arrow points up", path, imported)
			}
		}
		for _, imported := range append(p.TestImports, p.XTestImports...) {
			if !arrow(path, from, imported, true) {
				t.Errorf("the tests of %s import %s: that arrow points up", path, imported)
			}
		}
		if path == "core" {
			for _, imported := range p.Imports {
				if strings.Contains(imported, ".") {
					t.Errorf("core imports %s: it uses the standard library only", imported)
				}
			}
		}
	}
	if len(layers) != len(allowed) || len(packages) < len(allowed) {
		t.Fatalf("found the layers %v in %d packages, want all of the %d layers", layers, len(packages), len(allowed))
	}
}

// arrow tells whether a package at path in the layer from may import the
// package imported.
func arrow(path, from, imported string, test bool) bool {
	rest, ours := strings.CutPrefix(imported, module+"/")
	if !ours {
		return true
	}
	to, _, _ := strings.Cut(rest, "/")
	if to == from || test && to == "fixtures" {
		return true
	}
	for _, ok := range allowed[from] {
		if to == ok {
			return true
		}
	}
	for _, p := range mayUseIndex {
		if to == "index" && strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

func list(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var packages []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
