package core_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
)

// Whatever goes wrong wherever, everybody is told what happened and who does
// what about it.
func TestEveryProblemIsExplained(t *testing.T) {
	classes := append(core.Classes(), "of-a-later-version", "")
	origins := append(core.Origins(), "of-a-later-version", "")
	phases := append(core.Phases(), "of-a-later-version", "")
	seen := map[string]map[string]bool{}
	walked := 0
	for _, class := range classes {
		for _, origin := range origins {
			for _, phase := range phases {
				p := core.Problem{Class: class, Origin: origin, Phase: phase, Message: "SECRET"}
				for _, lang := range []string{"fi", "sv", "en"} {
					walked++
					e := p.Explain(lang)
					at := string(class) + "/" + string(origin) + "/" + string(phase) + "/" + lang
					first, _ := utf8.DecodeRuneInString(e.What)
					if len(e.What) < 10 || !unicode.IsLower(first) || strings.HasSuffix(e.What, ".") {
						t.Errorf("%s: what happened is %q", at, e.What)
					}
					if len(e.Remedy) < 20 || !strings.HasSuffix(e.Remedy, ".") {
						t.Errorf("%s: the remedy is %q", at, e.Remedy)
					}
					if strings.Contains(strings.ToLower(e.String()), "registratorskontor") {
						t.Errorf("%s: the report calls it registraturen: %q", at, e)
					}
					if strings.Contains(e.String(), "SECRET") || strings.Contains(e.String(), "%!") {
						t.Errorf("%s: %q", at, e)
					}
					if seen[lang] == nil {
						seen[lang] = map[string]bool{}
					}
					seen[lang][e.String()] = true
				}
			}
		}
	}
	if walked != len(classes)*len(origins)*len(phases)*3 || len(core.Classes()) != 13 {
		t.Fatalf("%d combinations of %d classes", walked, len(core.Classes()))
	}
	// As many different texts in each language: none was copied from another.
	if n := len(seen["en"]); n < 5*len(core.Classes()) || len(seen["fi"]) != n || len(seen["sv"]) != n {
		t.Errorf("%d texts in en, %d in fi, %d in sv", n, len(seen["fi"]), len(seen["sv"]))
	}
	for text := range seen["en"] {
		if seen["fi"][text] || seen["sv"][text] {
			t.Errorf("%q is not translated", text)
		}
	}
	later := core.Problem{Class: "of-a-later-version", Origin: core.OriginPlugin}
	bug := core.Problem{Class: core.ClassBug, Origin: core.OriginPlugin}
	if later.Explain("en") != bug.Explain("en") {
		t.Error("a class of a later version is not told as a bug")
	}
}
