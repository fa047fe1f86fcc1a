package scrub

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
)

func TestPatternsOfPersonalDataAreBlanked(t *testing.T) {
	for in, want := range map[string]string{
		"no row for 010190-900X in t":        "no row for <personal-identity-code> in t",
		"010190+900X, 010101A901J":           "<personal-identity-code>, <personal-identity-code>",
		"Key (mail)=(maija@example.fi)":      "Key (mail)=(<email>)",
		"dialled +358 40 123 4567 twice":     "dialled <phone> twice",
		"dialled 040-1234567":                "dialled <phone>",
		"paid to FI21 1234 5600 0007 85":     "paid to <account>",
		"table ticket has no column summary": "table ticket has no column summary",
		"port 5432 answered in 12 ms":        "port 5432 answered in 12 ms",
		"broken \xff text":                   "broken \uFFFD text",
	} {
		if got := (&Scrubber{}).Text(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestKnownValuesNeverPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[A-Za-zäöå0-9]{3,12}`).Draw(t, "value")
		around := rapid.StringMatching(`[ .,:!]{0,5}`).Draw(t, "around")
		b := New(value, "ab")
		for _, form := range []string{value, strings.ToUpper(value), strings.ToLower(value)} {
			if got := b.Text(around + form + around); strings.Contains(got, form) {
				t.Fatalf("%q passes in %q", form, got)
			}
		}
	})
}

func TestASearchIsBlankedWhileItRuns(t *testing.T) {
	var l Live
	l.Secrets("hunter2")
	done := l.Search(core.Query{AnyOf: []core.KeySet{{AllOf: []core.Identifier{
		{Kind: core.Name, Value: "Mäkinen, Maija", Forms: []core.Form{{Text: "Makinen Maija"}}}}}}})
	const line = "hunter2: Makinen Maija or MÄKINEN"
	if got := l.Text(line); got != "***: *** or ***" {
		t.Errorf("while it runs: %q", got)
	}
	done()
	if got := l.Text(line); got != "***: Makinen Maija or MÄKINEN" {
		t.Errorf("after it: %q", got)
	}
}

// The forms of a search may be many; a scrubber of them is made for each.
func BenchmarkNew(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			values := make([]string, n)
			for i := range values {
				values[i] = fmt.Sprintf("value %d", i)
			}
			for b.Loop() {
				New(values...)
			}
		})
	}
}
