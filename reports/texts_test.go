package reports

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
)

// leaves gives every message by its path.
func leaves(v reflect.Value, path string, give func(path, text string)) {
	switch v.Kind() {
	case reflect.String:
		give(path, v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), path+"."+v.Type().Field(i).Name, give)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			leaves(v.MapIndex(k), path+"["+k.String()+"]", give)
		}
	}
}

func messages(t *testing.T, lang string) map[string]string {
	t.Helper()
	texts, err := textsIn(lang)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	leaves(reflect.ValueOf(*texts), "", func(path, text string) { out[path] = text })
	if len(out) < 200 {
		t.Fatalf("%s: only %d messages", lang, len(out))
	}
	return out
}

var placeholder = regexp.MustCompile(`\{[a-z_]*\}`)

// optional messages may be empty, in every language alike.
var optional = regexp.MustCompile(`^\.Reasons\[.*\]\.(Kinds|Types)$`)

func TestEveryMessageStandsInEveryLanguage(t *testing.T) {
	fi := messages(t, "fi")
	for _, lang := range Languages() {
		got := messages(t, lang)
		if len(got) != len(fi) {
			t.Errorf("%s has %d messages, fi %d", lang, len(got), len(fi))
		}
		for path, text := range fi {
			other, ok := got[path]
			mayBeEmpty := text == "" && optional.MatchString(path)
			if !ok || other == "" && !mayBeEmpty {
				t.Errorf("%s lacks %s", lang, path)
			}
			if d := cmp.Diff(fills(text), fills(other)); d != "" {
				t.Errorf("%s %s is filled otherwise (-fi +%s):\n%s", lang, path, lang, d)
			}
			if other != strings.TrimSpace(other) {
				t.Errorf("%s %s begins or ends with white space", lang, path)
			}
		}
	}
}

func fills(s string) []string {
	out := placeholder.FindAllString(s, -1)
	slices.Sort(out)
	return slices.Compact(out)
}

// Each message that is no member of a map is named in a template or in Go.
func TestNoMessageIsUnused(t *testing.T) {
	var src strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.gohtml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") || f == "texts.go" {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			src.Write(b)
		}
	}
	used := src.String()
	// Short names for a group of messages: t.Systems as $t in "system".
	short := map[string][]string{"Systems": {"$t"}, "Items": {"$t"}, "Confirmation": {"t"}, "Rights": {"t"}}
	for path := range messages(t, "fi") {
		path, _, _ = strings.Cut(path, "[")
		words := strings.Split(strings.TrimPrefix(path, "."), ".")
		if last := words[len(words)-1]; last == "One" || last == "Other" && len(words) == 3 {
			words = words[:len(words)-1]
		}
		forms := []string{strings.Join(words, ".")}
		if len(words) == 2 {
			for _, s := range append(short[words[0]], "t") {
				forms = append(forms, s+"."+words[1])
			}
		}
		if !slices.ContainsFunc(forms, func(f string) bool {
			return regexp.MustCompile(regexp.QuoteMeta(f) + `\b`).MatchString(used)
		}) {
			t.Errorf("nobody uses the message %s", path)
		}
	}
}

// constants gives the values of the constants of a type in package core.
func constants(t *testing.T, typ string) []string {
	t.Helper()
	files, err := filepath.Glob("../core/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of package core: %v", err)
	}
	var out []string
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for n := range ast.Preorder(f) {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				continue
			}
			id, ok := spec.Type.(*ast.Ident)
			if !ok || id.Name != typ {
				continue
			}
			for _, v := range spec.Values {
				s, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, s)
			}
		}
	}
	slices.Sort(out)
	if len(out) == 0 {
		t.Fatalf("no constants of type %s", typ)
	}
	return out
}

func keys[K ~string, V any](m map[K]V) []string {
	var out []string
	for k := range m {
		out = append(out, string(k))
	}
	slices.Sort(out)
	return out
}

func stringsOf[S ~string](list []S) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	slices.Sort(out)
	return out
}

func TestEveryCodeHasItsWords(t *testing.T) {
	for _, lang := range Languages() {
		texts, err := textsIn(lang)
		if err != nil {
			t.Fatal(err)
		}
		roles := []string{string(catalogue.RoleController), string(catalogue.RoleJointController), string(catalogue.RoleProcessor)}
		slices.Sort(roles)
		for name, pair := range map[string][2][]string{
			"outcomes":         {constants(t, "Outcome"), keys(texts.Outcomes)},
			"reasons":          {constants(t, "ReasonCode"), keys(texts.Reasons)},
			"kinds":            {stringsOf(identifier.Known()), keys(texts.Kinds)},
			"withheld":         {stringsOf(Withholdings()), keys(texts.Withheld)},
			"controller roles": {roles, keys(texts.ControllerRoles)},
			"rights":           {stringsOf(RightCodes()), keys(texts.Rights.Text)},
			"right titles":     {stringsOf(RightCodes()), keys(texts.Rights.Title)},
			"limitations":      {limitedRights(), keys(texts.Rights.Limitation)},
		} {
			if d := cmp.Diff(pair[0], pair[1]); d != "" {
				t.Errorf("%s: %s (-codes +words):\n%s", lang, name, d)
			}
		}
	}
}

// limitedRights gives the rights that depend on the legal basis.
func limitedRights() []string {
	var out []RightCode
	for _, code := range RightCodes() {
		for _, point := range "abcdef" {
			if mayNotApply(code, []catalogue.LegalBasis{{Article: "6(1)(" + string(point) + ")"}}) {
				out = append(out, code)
				break
			}
		}
	}
	return stringsOf(out)
}

func TestEveryWithholdingIsListed(t *testing.T) {
	seen := map[int]Withholding{}
	for _, w := range Withholdings() {
		if w.rank() == 0 {
			t.Errorf("%s ranks as shown", w)
		}
		seen[w.rank()] = w
	}
	if Shown.rank() != 0 || len(seen) < 9 {
		t.Errorf("%d ranks", len(seen))
	}
}

func TestPlurals(t *testing.T) {
	p := plural{One: "{n} day of {total}", Other: "{n} days of {total}"}
	for n, want := range map[int]string{0: "0 days of 9", 1: "1 day of 9", 2: "2 days of 9", 21: "21 days of 9", 12345: "12,345 days of 9"} {
		if got := p.of(n, "en", "total", "9"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := number(1234567, "fi"); got != "1\u00a0234\u00a0567" {
		t.Errorf("fi: %q", got)
	}
}

func TestLabels(t *testing.T) {
	for in, want := range map[string]string{
		"Nimi": "nimi", "Y-tunnus": "Y-tunnus", "FO-nummer": "FO-nummer", "E-mail": "e-mail", "E-postadress": "e-postadress",
		"IBAN": "IBAN", "Ärende": "ärende", "": "", "EDI-koodi": "EDI-koodi",
	} {
		if got := lowerFirst(in); got != want {
			t.Errorf("lowerFirst(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestReasonsNameKindsAndTypes(t *testing.T) {
	profile, _ := testProfile("ticketing")
	s := &System{Profile: profile, Coverage: core.Coverage{Reason: core.Reason{Code: core.ReasonTypesUnexamined,
		Kinds: []core.Kind{core.Email, core.Phone}, Types: []string{"ticket"}}}}
	texts, err := textsIn("en")
	if err != nil {
		t.Fatal(err)
	}
	got := texts.reason("en", "2026-03-02", s).Text
	if !strings.Contains(got, "e-mail address, telephone number") || !strings.Contains(got, "ticket en") {
		t.Errorf("reason is %q", got)
	}
	s.Coverage.Reason = core.Reason{Code: core.ReasonCatalogue}
	s.Entry.OutcomeReason = fact("Never stored")
	if got := texts.reason("en", "2026-03-02", s).Text; got != "Never stored en" {
		t.Errorf("reason of the catalogue is %q", got)
	}
}
