package strictyaml_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

type person struct {
	Name  string            `yaml:"name"`
	Age   int               `yaml:"age"`
	Here  bool              `yaml:"here"`
	Tags  []string          `yaml:"tags"`
	Words map[string]string `yaml:"words"`
	Child inner             `yaml:"child"`
	List  []inner           `yaml:"list"`
	Skip  string            `yaml:"-"`
}

type inner struct {
	Code string `yaml:"code"`
	No   string `yaml:"no"`
}

func TestDecodesWhatIsMeant(t *testing.T) {
	src := `
# a comment
name: "Ä: ö"
age: -12
here: true
tags: [a, "1", no]
words: {x: y, "1": z}
child:
  code: |
    two
    lines
  no: no          # a word, not false
list:
  - {code: 2024-01-01}
  - code: 1/01.02/2024
`
	var got person
	d := strictyaml.Decode("p.yaml", []byte(src), &got)
	if err := d.Err(); err != nil {
		t.Fatal(err)
	}
	want := person{Name: "Ä: ö", Age: -12, Here: true, Tags: []string{"a", "1", "no"},
		Words: map[string]string{"x": "y", "1": "z"}, Child: inner{Code: "two\nlines\n", No: "no"},
		List: []inner{{Code: "2024-01-01"}, {Code: "1/01.02/2024"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for path, at := range map[string]strictyaml.Position{
		"name": {3, 7}, "list[1].code": {15, 11}, "list[1].no": {15, 5}, "child.code": {9, 9}, "nothing": {3, 1}, "tags[2]": {6, 16},
	} {
		if got := d.At(path); got != at {
			t.Errorf("At(%q) = %v, want %v", path, got, at)
		}
	}
}

func TestNamesThePlaceOfEachFault(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"unknown key", "name: a\nchild:\n  cod: b\n", `p.yaml:3:3: unknown key "cod"; known keys here: code, no`},
		{"unknown key after wide letters", "child: {no: äö😀, cod: b}\n", `p.yaml:1:18: unknown key "cod"; known keys here: code, no`},
		{"doubled key", "name: a\nage: 1\nname: b\n", `p.yaml:3:1: the key "name" stands twice; the first is on line 1`},
		{"doubled unknown key", "child:\n  x: 1\n  x: 2\n", "p.yaml:2:3: unknown key \"x\"; known keys here: code, no\np.yaml:3:3: the key \"x\" stands twice; the first is on line 2"},
		{"number for text", "child:\n  code: 1.10\n", `p.yaml:2:9: child.code must be text, and this is a number; put it in quotes: "1.10"`},
		{"leading zeros for text", "child: {code: 007}\n", `p.yaml:1:15: child.code must be text, and this is a number; put it in quotes: "007"`},
		{"flag for text", "name: true\n", `p.yaml:1:7: name must be text, and this is true or false; put it in quotes: "true"`},
		{"number in a list of text", "tags:\n  - a\n  - 12\n", `p.yaml:3:5: tags[1] must be text, and this is a number; put it in quotes: "12"`},
		{"text for flag", "here: no\n", `p.yaml:1:7: here must be true or false, and this is text`},
		{"text for number", "age: \"3\"\n", `p.yaml:1:6: age must be a whole number, and this is text`},
		{"fraction for number", "age: 3.5\n", `p.yaml:1:6: age must be a whole number, and this is a number`},
		{"octal number", "age: 010\n", `p.yaml:1:6: age must be a whole number in decimal digits`},
		{"too large a number", "age: 99999999999999999999\n", `p.yaml:1:6: age must be a whole number, and this is text`},
		{"text for list", "tags: a\n", `p.yaml:1:7: tags must be a list (lines that begin with -), and this is text`},
		{"list for text", "name: [a]\n", `p.yaml:1:7: name must be text, and this is a list`},
		{"list for keys", "child:\n  - code: a\n", `p.yaml:2:3: child must be keys with values (key: value), and this is a list`},
		{"text for keys", "child: a\n", `p.yaml:1:8: child must be keys with values (key: value), and this is text`},
		{"nothing for text", "name:\nage: 1\n", `p.yaml:1:6: name has no value; write one, or leave the key out`},
		{"null for text", "name: ~\n", `p.yaml:1:7: name has no value; write one, or leave the key out`},
		{"number as key", "words:\n  1: a\n", `p.yaml:2:3: a key must be plain text; put it in quotes if it is a number or a word like true`},
		{"alias", "name: &x a\n", `p.yaml:1:7: anchors (&), aliases (*) and tags (!) are not used here; write the value itself`},
		{"tag", "name: !!str 1\n", `p.yaml:1:7: anchors (&), aliases (*) and tags (!) are not used here; write the value itself`},
		{"merge key", "child:\n  <<: {code: a}\n", `p.yaml:2:3: a key must be plain text; put it in quotes if it is a number or a word like true`},
		{"field that is no key", "Skip: a\n", `p.yaml:1:1: unknown key "Skip"; known keys here: name, age, here, tags, words, child, list`},
		{"empty file", "", `p.yaml:1:1: the file is empty`},
		{"only comments", "# nothing\n", `p.yaml:1:1: the file is empty`},
		{"two documents", "name: a\n---\nname: b\n", `p.yaml:3:1: a second document begins here; write one document in a file`},
		{"text alone", "hello\n", `p.yaml:1:1: the file must be keys with values (key: value), and this is text`},
		{"not UTF-8", "name: a\nage: \xe4\n", `p.yaml:2:6: the file is not UTF-8 text; save it as UTF-8`},
		{"several", "nam: a\nage: x\ntags:\n  - [b]\n", "p.yaml:1:1: unknown key \"nam\"; known keys here: name, age, here, tags, words, child, list\n" +
			"p.yaml:2:6: age must be a whole number, and this is text\np.yaml:4:5: tags[0] must be text, and this is a list"},
		{"Windows line ends", "name: a\r\nchild:\r\n  cod: b\r\n", `p.yaml:3:3: unknown key "cod"; known keys here: code, no`},
		{"byte order mark", "\uFEFFnam: a\n", `p.yaml:1:1: unknown key "nam"; known keys here: name, age, here, tags, words, child, list`},
		{"after a block of text", "name: |\n  a\n  b\n\nchild:\n  cod: b\n", `p.yaml:6:3: unknown key "cod"; known keys here: code, no`},
		{"after a folded block with wide letters", "name: >-\n  ää\n  öö\nchild: {cod: b}\n", `p.yaml:4:9: unknown key "cod"; known keys here: code, no`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got person
			err := strictyaml.Decode("p.yaml", []byte(tt.src), &got).Err()
			if err == nil {
				t.Fatalf("no error; decoded %+v", got)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNamesThePlaceOfBrokenSyntax(t *testing.T) {
	for src, place := range map[string]string{
		"name: a\nchild: {code: b\n": "p.yaml:2:",
		"name: \"a\nage: 1\n":        "p.yaml:1:7: ",
		"name: a\n\tage: 1\n":        "p.yaml:2:",
		"name: a\n  age: 1\n":        "p.yaml:",
	} {
		var got person
		err := strictyaml.Decode("p.yaml", []byte(src), &got).Err()
		if err == nil || !strings.HasPrefix(err.Error(), place) || !strings.Contains(err.Error(), "no valid YAML") {
			t.Errorf("%q: error %v, want one at %s", src, err, place)
		}
	}
}

func TestRefusesHugeFiles(t *testing.T) {
	var got person
	err := strictyaml.Decode("p.yaml", []byte("name: "+strings.Repeat("a", strictyaml.MaxSize)), &got).Err()
	if err == nil || err.Error() != "p.yaml: the file is larger than 1048576 bytes" {
		t.Error(err)
	}
}

func TestCollectKeepsEveryFault(t *testing.T) {
	var got person
	a := strictyaml.Decode("a.yaml", []byte("x: 1\ny: 2\n"), &got).Err()
	err := strictyaml.Collect("home", a, nil, errors.New("no such folder"))
	var list strictyaml.Errors
	if !errors.As(err, &list) || len(list) != 3 || list[2].Error() != "home: no such folder" {
		t.Errorf("got %v", err)
	}
	var one *strictyaml.Error
	if !errors.As(err, &one) || one.Line != 1 {
		t.Errorf("no first fault in %v", err)
	}
	if strictyaml.Collect("home", nil, nil) != nil {
		t.Error("an error of nothing")
	}
}

// Whatever a file holds, reading it ends without a panic, and every fault
// names the file.
func TestSurvivesAnything(t *testing.T) {
	piece := rapid.SampledFrom([]string{"name", "child", ":", " ", "\n", "- ", "  ", "{", "}", "[", "]", "\"", "'", "|", ">", "&a", "*a",
		"!!str", "#", "---", "...", "ä", "\t", "?", ",", "1", "true", "~", "<<", "\r\n", "%", "@", "`"})
	rapid.Check(t, func(t *rapid.T) {
		src := strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(t, "pieces"), "")
		var got person
		for _, e := range strictyaml.Decode("p.yaml", []byte(src), &got).Errors() {
			if e.File != "p.yaml" || e.Message == "" {
				t.Fatalf("%q: fault %+v", src, e)
			}
		}
	})
}
