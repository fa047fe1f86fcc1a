package reports

import (
	"bytes"
	"encoding/json"
	"html"
	"strings"
	"testing"
)

// The signed text stands in every form of the report as it was signed.
func TestCheckpointStandsInEveryForm(t *testing.T) {
	in := sample()
	for _, lang := range Languages() {
		r := build(t, in)
		doc, page := parsed(t, r, lang)
		pre := elements(doc, "pre")
		if len(pre) != 1 || textOf(pre[0]) != strings.Join(strings.Fields(in.Checkpoint.Note), " ") {
			t.Fatalf("%s: %d signed texts on the page", lang, len(pre))
		}
		if !strings.Contains(html.UnescapeString(page), in.Checkpoint.Note) {
			t.Errorf("%s: the lines of the signed text are not kept", lang)
		}
		for _, said := range []string{in.Checkpoint.KeyName, in.Checkpoint.Root, "audit verify"} {
			if !strings.Contains(html.UnescapeString(page), said) {
				t.Errorf("%s: the page does not tell %s", lang, said)
			}
		}
	}
	for name, write := range map[string]func(*bytes.Buffer, *Report) error{
		"report":   func(b *bytes.Buffer, r *Report) error { return JSON(b, r, "sv") },
		"coverage": func(b *bytes.Buffer, r *Report) error { return CoverageJSON(b, r) },
	} {
		for _, with := range []bool{true, false} {
			in := sample()
			if !with {
				in.Checkpoint = nil
			}
			var out bytes.Buffer
			if err := write(&out, build(t, in)); err != nil {
				t.Fatal(err)
			}
			var doc struct {
				Checkpoint *struct {
					Size int64
					Note string
					Time string
				} `json:"audit_checkpoint"`
			}
			if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
				t.Fatal(err)
			}
			c := doc.Checkpoint
			if c == nil == with || with && (c.Note != in.Checkpoint.Note || c.Size != in.Checkpoint.Size || c.Time != "2026-11-21T12:05:00Z") {
				t.Errorf("%s: %+v", name, c)
			}
			if !strings.Contains(out.String(), `"audit_checkpoint":`) {
				t.Errorf("%s: the name is missing", name)
			}
		}
	}
}
