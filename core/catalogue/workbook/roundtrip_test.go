package workbook

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core/catalogue"
)

const valtori = "../../../fixtures/valtori"

// exported gives the workbook of the demonstration's catalogue.
func exported(t *testing.T) []byte {
	t.Helper()
	c, err := catalogue.Load(valtori)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Export(os.DirFS(valtori), catalogue.LintAt(c, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bare is an installation without entries.
func bare(t *testing.T) fstest.MapFS {
	t.Helper()
	organisation, err := os.ReadFile(valtori + "/organisation.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"organisation.yaml": {Data: organisation}, "catalogue/README.md": {}}
}

func TestNothingChangesWhereNothingWasChanged(t *testing.T) {
	book := exported(t)
	changes, err := Import(bytes.NewReader(book), int64(len(book)), os.DirFS(valtori))
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 0 {
		t.Errorf("%d files would change, the first is\n%s", len(changes), changes[0].Text)
	}
}

// Every fact of every entry is in the workbook: the catalogue can be made
// from it alone.
func TestNoFactIsLost(t *testing.T) {
	book := exported(t)
	changes, err := Import(bytes.NewReader(book), int64(len(book)), bare(t))
	if err != nil {
		t.Fatal(err)
	}
	want, err := rawEntries(os.DirFS(valtori))
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != len(want) || len(want) < 40 {
		t.Fatalf("%d entries of %d", len(changes), len(want))
	}
	for i, c := range changes {
		got, err := catalogue.DecodeEntry(c.File, c.Text)
		if err != nil || !c.New {
			t.Fatalf("%s: new %v: %v", c.File, c.New, err)
		}
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Error(diff)
		}
	}
}

// Whatever an entry says, it is the same when it comes back.
func TestAnyEntryComesBack(t *testing.T) {
	words := rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("aäÅ=+-@'\"\\:#{}[],|>&*!%? \n\t€😀\u00a0\u200b")), rapid.Rune()), 1, 30, -1).
		Filter(func(s string) bool { return storable(s) && strings.TrimSpace(s) != "" })
	line := words.Filter(func(s string) bool { return !strings.ContainsAny(s, "\n\r") })
	rapid.Check(t, func(t *rapid.T) {
		var entries []catalogue.System
		for i := range rapid.IntRange(1, 3).Draw(t, "entries") {
			s := catalogue.System{ID: string(rune('a' + i))}
			fillAny(t, reflect.ValueOf(&s).Elem(), "", words, line)
			s.ID = string(rune('a' + i))
			entries = append(entries, s)
		}
		r := throughWorkbook(t, entries)
		for _, want := range entries {
			got := r.entries[want.ID]
			if got == nil {
				t.Fatalf("no entry %s", want.ID)
			}
			if a, b := canonical(want), canonical(*got); a != b {
				t.Fatalf("came back as another: %s", cmp.Diff(a, b))
			}
			back, err := catalogue.DecodeEntry("catalogue/"+want.ID+".yaml", []byte(canonical(*got)))
			if a := canonical(back); a != canonical(want) {
				t.Fatalf("YAML reads it as another (%v): %s", err, cmp.Diff(canonical(want), a))
			}
		}
	})
}

// storable leaves out what a workbook cannot hold and Export refuses.
func storable(s string) bool {
	return !escaped.MatchString(s) && strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || r >= 0xFFFE && r <= 0xFFFF || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == unicode.ReplacementChar
	}) < 0
}

// fillAny gives every value below v something, or nothing.
func fillAny(t *rapid.T, v reflect.Value, path string, words, line *rapid.Generator[string]) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Tag.Get("yaml") != "-" {
				fillAny(t, v.Field(i), path+"."+f.Name, words, line)
			}
		}
	case reflect.Slice:
		for range rapid.IntRange(0, 2).Draw(t, path) {
			item := reflect.New(v.Type().Elem()).Elem()
			if item.Kind() == reflect.String {
				item.SetString(line.Draw(t, path))
				if strings.HasSuffix(path, ".Notes") {
					item.SetString(words.Draw(t, path))
				}
			} else {
				fillAny(t, item, path, words, line)
			}
			v.Set(reflect.Append(v, item))
		}
	case reflect.String:
		if !rapid.Bool().Draw(t, path) {
			return
		}
		if strings.HasSuffix(path, ".From") || strings.HasSuffix(path, ".To") {
			v.SetString(time.Date(1901, 1, 1+rapid.IntRange(0, 73000).Draw(t, path), 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
			return
		}
		v.SetString(words.Draw(t, path))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, path))
	case reflect.Int:
		v.SetInt(rapid.Int64Range(0, 100_000).Draw(t, path))
	}
}

// throughWorkbook writes entries and reads them.
func throughWorkbook(t interface{ Fatal(...any) }, entries []catalogue.System) *reader {
	var b bytes.Buffer
	if err := write(entries, nil, &b); err != nil {
		t.Fatal(err)
	}
	r, err := read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
