package name

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseReadsNamesAsSystemsHoldThem(t *testing.T) {
	for _, c := range []struct {
		in        string
		given     []string
		family    string
		canonical string
	}{
		{"Mäkinen, Maija Helena", []string{"Maija", "Helena"}, "Mäkinen", "Mäkinen, Maija Helena"},
		{"  Mäkinen ,  Maija   Helena ", []string{"Maija", "Helena"}, "Mäkinen", "Mäkinen, Maija Helena"},
		{"Ma\u0308kinen, Maija", []string{"Maija"}, "Mäkinen", "Mäkinen, Maija"},
		{"Mäkinen; Maija", []string{"Maija"}, "Mäkinen", "Mäkinen, Maija"},
		{"Maija Helena Mäkinen", []string{"Maija", "Helena"}, "Mäkinen", "Mäkinen, Maija Helena"},
		{"MÄKINEN MAIJA", []string{"MAIJA"}, "MÄKINEN", "MÄKINEN, MAIJA"},
		{"Mäkinen Maija Helena", []string{"Maija", "Helena"}, "Mäkinen", "Mäkinen, Maija Helena"},
		{"Mäkinen M.", []string{"M."}, "Mäkinen", "Mäkinen, M."},
		{"M. Mäkinen", []string{"M."}, "Mäkinen", "Mäkinen, M."},
		{"M.H. Mäkinen", []string{"M.", "H."}, "Mäkinen", "Mäkinen, M. H."},
		{"Mäkinen, Maija (Valtori)", []string{"Maija"}, "Mäkinen", "Mäkinen, Maija"},
		{"Maija Mäkinen 2", []string{"Maija"}, "Mäkinen", "Mäkinen, Maija"},
		{"rva Maija Mäkinen", []string{"Maija"}, "Mäkinen", "Mäkinen, Maija"},
		{"Mäkinen, Dr Maija", []string{"Maija"}, "Mäkinen", "Mäkinen, Maija"},
		{"Rahman, Md", []string{"Md"}, "Rahman", "Rahman, Md"},
		{"Maija Mäkinen, FT", []string{"Maija"}, "Mäkinen", "Mäkinen, Maija"},
		{"Anna-Liisa Mäkinen\u2010Virtanen", []string{"Anna-Liisa"}, "Mäkinen-Virtanen", "Mäkinen-Virtanen, Anna-Liisa"},
		{"Anna von Essen", []string{"Anna"}, "von Essen", "von Essen, Anna"},
		{"von Essen Anna", []string{"Anna"}, "von Essen", "von Essen, Anna"},
		{"von Essen", nil, "von Essen", "von Essen,"},
		{"Maria de la Cruz", []string{"Maria"}, "de la Cruz", "de la Cruz, Maria"},
		{"Carl Boije af Gennäs", []string{"Carl"}, "Boije af Gennäs", "Boije af Gennäs, Carl"},
		{"Maija Mäkinen Virtanen", []string{"Maija"}, "Mäkinen Virtanen", "Mäkinen Virtanen, Maija"},
		{"Qwertyil Zxcvbia", []string{"Qwertyil"}, "Zxcvbia", "Zxcvbia, Qwertyil"},
		{"Mäkinen", nil, "Mäkinen", "Mäkinen"},
		{"Mäkinen,", nil, "Mäkinen", "Mäkinen"},
		{", Maija", []string{"Maija"}, "", ", Maija"},
		{"O’Brien, Sean", []string{"Sean"}, "O'Brien", "O'Brien, Sean"},
	} {
		n, err := Parse(c.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.in, err)
			continue
		}
		if diff := cmp.Diff(Name{Given: c.given, Family: c.family}, n, equateEmpty); diff != "" {
			t.Errorf("Parse(%q):\n%s", c.in, diff)
		}
		if got := n.Canonical(); got != c.canonical {
			t.Errorf("Parse(%q).Canonical() = %q, want %q", c.in, got, c.canonical)
		}
		again, err := Parse(n.Canonical())
		if err != nil || cmp.Diff(n, again, equateEmpty) != "" {
			t.Errorf("%q does not come back from its canonical form: %v, %v", c.in, again.Canonical(), err)
		}
	}
}

var equateEmpty = cmp.Transformer("empty", func(n Name) string {
	return strings.Join(n.Given, "|") + "||" + n.Family
})

func TestParseRefusesWhatIsNoName(t *testing.T) {
	for _, c := range []struct {
		in   string
		want error
	}{
		{"", ErrEmpty}, {" \t", ErrEmpty}, {"(x)", ErrEmpty},
		{"12345", ErrNoName}, {",", ErrNoName}, {"maija@example.fi", ErrNoName},
		{strings.Repeat("Maija ", 100), ErrTooLong},
	} {
		if _, err := Parse(c.in); !errors.Is(err, c.want) {
			t.Errorf("Parse(%.20q): %v, want %v", c.in, err, c.want)
		}
	}
}

func TestFromParts(t *testing.T) {
	n := FromParts("  Anna-Liisa  M.", "von  Essen ")
	if got, want := n.Canonical(), "von Essen, Anna-Liisa M."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !FromParts("", " ").IsZero() {
		t.Error("a name of nothing is not zero")
	}
}

func TestNameRedactsItself(t *testing.T) {
	n := FromParts("Maija", "Mäkinen")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "name", n)
	for _, s := range []string{fmt.Sprint(n), fmt.Sprintf("%v %s", n, n), log.String()} {
		if strings.Contains(s, "Maija") || strings.Contains(s, "Mäkinen") {
			t.Error("the name shows when it is formatted or logged")
		}
	}
}
