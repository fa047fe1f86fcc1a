package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// searched runs `sinusta search` on a request of a demo.
func searched(t *testing.T, demo *demoRun, words string, args ...string) string {
	t.Helper()
	cmd := sinusta(t, append([]string{"--home", filepath.Join(demo.dir, "home"), "search", demo.Request}, args...)...)
	cmd.Stdin = strings.NewReader(words + "\n")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("search %v: %v\n%s", args, err, errs.String())
	}
	return out.String()
}

func TestSearchTellsWhy(t *testing.T) {
	demo := runSmallDemo(t, "--people", "40", "--seed", "12")
	given, family := nameOf(t, demo.persons[demo.Subject])
	var result struct {
		Total int
		Hits  []struct {
			Fragments [][]struct {
				Text   string
				Marked bool
			}
			Why []struct{ Field, Word, Query, How, Form string }
		}
	}
	raw := searched(t, demo, given+" "+family, "--name", "--json", "--size", "50")
	if err := json.Unmarshal([]byte(raw), &result); err != nil {
		t.Fatal(err)
	}
	if result.Total == 0 || len(result.Hits) == 0 {
		t.Fatal("the subject's own name is not found")
	}
	for _, h := range result.Hits {
		if len(h.Why) == 0 {
			t.Fatal("a hit without a reason")
		}
		for _, w := range h.Why {
			if w.Field == "" || w.Word == "" || w.How == "" {
				t.Errorf("a reason says too little: field %q, how %q", w.Field, w.How)
			}
		}
	}
	for lang, want := range map[string]string{"fi": "osumaa", "sv": "träffar", "en": "hits"} {
		out := searched(t, demo, given+" "+family, "--name", "--lang", lang)
		if !strings.Contains(out, want) || !strings.Contains(out, "    - ") || strings.Contains(out, "%!") {
			t.Errorf("%s:\n%s", lang, out)
		}
	}
	if out := searched(t, demo, given+" "+family, "--name", "--size", "1"); !strings.Contains(out, "here are the first 1, more with --size") {
		t.Errorf("one of several hits:\n%s", out)
	}
	if out := searched(t, demo, given+" "+family, "--name", "--size", "1000"); strings.Contains(out, "--size") {
		t.Errorf("all hits:\n%s", out)
	}
	for _, args := range [][]string{{"--lang", "de"}, {"--name"}} {
		cmd := sinusta(t, append([]string{"--home", filepath.Join(demo.dir, "home"), "search", demo.Request}, args...)...)
		cmd.Stdin = strings.NewReader("yksi\n")
		if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.ExitCode() != exitUsage {
			t.Errorf("%v: exit %d\n%s", args, cmd.ProcessState.ExitCode(), out)
		}
	}
}

// Every reason can be said in every language.
func TestSearchTextsAreComplete(t *testing.T) {
	en := searchTexts["en"]
	if len(searchTexts) != 3 || len(en.how) == 0 {
		t.Fatal("languages are missing")
	}
	for lang, texts := range searchTexts {
		for how := range en.how {
			if texts.how[how] == "" {
				t.Errorf("%s: nothing for %s", lang, how)
			}
		}
		for form := range en.forms {
			if texts.forms[form] == "" {
				t.Errorf("%s: nothing for %s", lang, form)
			}
		}
	}
}

// nameOf gives the first given name and the present family name of a person
// of the demo.
func nameOf(t *testing.T, person map[string]any) (given, family string) {
	t.Helper()
	raw, err := json.Marshal(person)
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Given  []string                 `json:"given_names"`
		Family []struct{ Value string } `json:"family_names"`
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Given) == 0 || len(p.Family) == 0 {
		t.Fatal("the subject of the demo has no name")
	}
	return p.Given[0], p.Family[len(p.Family)-1].Value
}
