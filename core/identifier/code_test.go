package identifier

import (
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
)

type vectors struct {
	Hetu struct {
		Valid      []string          `json:"valid_official_range"`
		Artificial []string          `json:"valid_form_artificial_900_999"`
		Invalid    map[string]string `json:"invalid"`
		Pairs      [][2]string       `json:"pairs_same_check_char_different_person"`
	} `json:"hetu"`
	Ytunnus struct {
		Valid   []string `json:"valid"`
		Invalid []string `json:"invalid"`
	} `json:"ytunnus"`
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Hetu.Valid) < 18 || len(v.Hetu.Artificial) < 32 || len(v.Hetu.Invalid) < 41 || len(v.Ytunnus.Valid) < 14 || len(v.Ytunnus.Invalid) < 8 {
		t.Fatal("test vectors are missing")
	}
	return v
}

func TestPersonalIdentityCodeVectors(t *testing.T) {
	v := readVectors(t)
	for status, codes := range map[core.Status][]string{core.Valid: v.Hetu.Valid, core.Artificial: v.Hetu.Artificial} {
		for _, c := range codes {
			for _, raw := range []string{c, " " + strings.ToLower(c) + "\n", strings.ReplaceAll(c, "-", "\u2013")} {
				id, err := Parse(core.PersonalIdentityCode, raw)
				if err != nil || id.Status != status || id.Value != c || id.Raw != raw {
					t.Errorf("%q: %q, %s, %v", raw, id.Value, id.Status, err)
				}
			}
			if got := FindCodes("x" + c); len(got) == 0 || got[0] != c {
				t.Errorf("FindCodes does not find %q: %q", c, got)
			}
		}
	}
	codes := map[string]Code{"form": CodeForm, "len": CodeLength, "date": CodeDate, "check": CodeCheck, "ind": CodeIndividual}
	for c, why := range v.Hetu.Invalid {
		id, err := Parse(core.PersonalIdentityCode, c)
		var pe *ParseError
		if !errors.As(err, &pe) || id.Status != core.Malformed || pe.Code != codes[why] || id.Value != "" {
			t.Errorf("%q: %q, %s, %v, want %s", c, id.Value, id.Status, err, why)
		}
	}
	if len(v.Hetu.Pairs) == 0 {
		t.Fatal("no pairs")
	}
	for _, p := range v.Hetu.Pairs {
		if Equal(must(t, core.PersonalIdentityCode, p[0]), must(t, core.PersonalIdentityCode, p[1])) {
			t.Errorf("%q and %q are two people", p[0], p[1])
		}
	}
}

func TestIncompleteCodeIsNoSearchKey(t *testing.T) {
	for raw, want := range map[string]core.Status{
		"131052308T": core.Incomplete, "131052308t": core.Incomplete, "131052": core.Incomplete, "131052-": core.Incomplete, "131052A": core.Incomplete,
		"131052308U": core.Malformed, "321052": core.Malformed, "131052-30": core.Malformed, "131052000N": core.Malformed, "131052 308T": core.Malformed,
	} {
		id, err := Parse(core.PersonalIdentityCode, raw)
		if err == nil || id.Status != want {
			t.Errorf("%q: %s, %v, want %s and an error", raw, id.Status, err, want)
		}
		if Forms(id) != nil || Equal(id, id) || Mask(id) != hidden {
			t.Errorf("%q is searched, compared or shown", raw)
		}
	}
}

func must(t testing.TB, kind core.Kind, raw string) core.Identifier {
	t.Helper()
	id, err := Parse(kind, raw)
	if err != nil {
		t.Fatalf("%s %q: %v", kind, raw, err)
	}
	return id
}

func anyCode(t *rapid.T) string {
	day := time.Date(1850, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 200*365).Draw(t, "day"))
	signs := map[int]string{18: "+", 19: "-YXWVU", 20: "ABCDEF"}[day.Year()/100]
	sign := rapid.SampledFrom([]byte(signs)).Draw(t, "sign")
	number := rapid.IntRange(2, 999).Draw(t, "number")
	code := []byte(day.Format("020106") + "-" + threeDigits(number))
	code[6] = sign
	remainder := 0
	for _, c := range day.Format("020106") + threeDigits(number) {
		remainder = (remainder*10 + int(c-'0')) % 31
	}
	return string(code) + checkCharacters[remainder:remainder+1]
}

func threeDigits(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

func TestEveryOneDigitSlipIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := anyCode(t)
		if _, err := Parse(core.PersonalIdentityCode, code); err != nil {
			t.Fatalf("%q: %v", code, err)
		}
		at := rapid.SampledFrom([]int{0, 1, 2, 3, 4, 5, 7, 8, 9, 10}).Draw(t, "at")
		slip := []byte(code)
		slip[at] = rapid.SampledFrom([]byte(checkCharacters)).Filter(func(b byte) bool { return b != slip[at] }).Draw(t, "other")
		if _, err := Parse(core.PersonalIdentityCode, string(slip)); err == nil {
			t.Fatalf("%q passes beside %q", slip, code)
		}
		if at != 10 && at < 9 && at != 5 && at != 6 && code[at] != code[at+1] {
			swap := []byte(code)
			swap[at], swap[at+1] = swap[at+1], swap[at]
			if _, err := Parse(core.PersonalIdentityCode, string(swap)); err == nil {
				t.Fatalf("%q passes beside %q", swap, code)
			}
		}
	})
}

// strictCode is the form of decree 128/2010 as the reference writes it. With
// the calendar of the standard library and a division by hand it is the oracle
// that Parse is held against; it shares nothing with it.
var strictCode = regexp.MustCompile(`^(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(\d\d)([-+ABCDEFUVWXY])(\d{3})([0-9A-FHJ-NPR-Y])$`)

func oracle(code string) core.Status {
	m := strictCode.FindStringSubmatch(code)
	if m == nil {
		return core.Malformed
	}
	century := map[string]string{"+": "18", "-": "19", "U": "19", "V": "19", "W": "19", "X": "19", "Y": "19",
		"A": "20", "B": "20", "C": "20", "D": "20", "E": "20", "F": "20"}[m[4]]
	if _, err := time.Parse("02012006", m[1]+m[2]+century+m[3]); err != nil {
		return core.Malformed
	}
	var n, thirtyOne big.Int
	n.SetString(m[1]+m[2]+m[3]+m[5], 10)
	r := n.Mod(&n, thirtyOne.SetInt64(31)).Int64()
	alphabet := "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, left := range "GIOQZ" {
		alphabet = strings.ReplaceAll(alphabet, string(left), "")
	}
	switch {
	case m[5] < "002" || alphabet[r] != m[6][0]:
		return core.Malformed
	case m[5] >= "900":
		return core.Artificial
	}
	return core.Valid
}

func TestCodesAgreeWithAnOracle(t *testing.T) {
	seen := map[core.Status]int{}
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.OneOf(rapid.Custom(anyCode), rapid.StringMatching(`[0-3][0-9][01][0-9][0-9]{2}[-+A-Z0-9][0-9]{3}[0-9A-Z]`),
			rapid.StringMatching(`(29|30|31)0[1-9](00|04|90)[-+AY][0-9]{3}[0-9A-Y]`)).Draw(t, "code")
		if rapid.IntRange(0, 3).Draw(t, "slip") == 0 {
			at := rapid.IntRange(0, len(code)-1).Draw(t, "at")
			code = code[:at] + rapid.StringMatching(`[0-9A-Z+-]`).Draw(t, "other") + code[at+1:]
		}
		want := oracle(code)
		id, err := Parse(core.PersonalIdentityCode, code)
		seen[want]++
		if id.Status != want || (err == nil) != (want != core.Malformed) {
			t.Fatalf("%q: %s, %v, want %s", code, id.Status, err, want)
		}
		found := Find("("+code+")", Strict, core.PersonalIdentityCode)
		certain := len(found) == 1 && found[0].Certainty == Certain && found[0].Value == code && found[0].Status == want
		if certain != (want != core.Malformed) {
			t.Fatalf("%q is %s, and the detector finds %v", code, want, found)
		}
	})
	if seen[core.Valid] == 0 || seen[core.Malformed] == 0 {
		t.Errorf("only %v were tried", seen)
	}
}

func TestBirthDate(t *testing.T) {
	for code, want := range map[string]string{
		"131052-308T": "1952-10-13", "010195+433X": "1895-01-01", "010114A173M": "2014-01-01", "010594Y9032": "1994-05-01", "010516b903x": "2016-05-01",
	} {
		if d, ok := BirthDate(code); !ok || d.Format(time.DateOnly) != want {
			t.Errorf("%q: %v, %v", code, d, ok)
		}
	}
	for _, code := range []string{"", "131052", "131052308T", "131052-308U"} {
		if _, ok := BirthDate(code); ok {
			t.Errorf("%q has a date", code)
		}
	}
}

func TestFindCodesInText(t *testing.T) {
	for _, c := range []struct {
		text string
		want string
	}{
		{"hetu131052-308T.", "131052-308T"},
		{"asiakas 131052-308tmaija", "131052-308T"},
		{"131052\u2013308T ja 131052-308T", "131052-308T"},
		{"131052 308T", "131052308T"},
		{"131052308T", "131052308T"},
		{"131052/308t", "131052308T"},
		{"131052:308T", "131052308T"},
		{"131052.308T", "131052308T"},
		{"131052 - 308T", "131052-308T"},
		{"131052-\u00ad308T", "131052-308T"},
		{"1\u200b31052-308T", "131052-308T"},
		{"１３１０５２-308T", "131052-308T"},
		{"010101-000P", "010101-000P"}, // never issued, but looks like one
		{"010101-0101, 010101A0101", "010101-0101 010101A0101"},
		{"131052-308U", ""},
		{"131052-3081", ""},
		{"010101-01013", ""}, // a longer number
		{"99131052308T", ""},
		{"12/03/2023 klo 10.30, puh. 0295 123456", ""},
		{"", ""},
		{"131052-308", ""},
	} {
		if got := strings.Join(FindCodes(c.text), " "); got != c.want {
			t.Errorf("FindCodes(%q) = %q, want %q", c.text, got, c.want)
		}
	}
	for _, c := range []struct {
		found string
		same  bool
	}{{"131052-308T", true}, {"131052308T", true}, {"131052Y308T", false}, {"131052308U", false}, {"", false}} {
		if SameCode(c.found, " 131052-308t") != c.same {
			t.Errorf("SameCode(%q) is not %v", c.found, c.same)
		}
	}
}

func TestFindCodesFindsEveryCodeInAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := anyCode(t)
		before := rapid.StringOf(rapid.SampledFrom([]rune("aBÄ .,:-/\n\u2028"))).Draw(t, "before")
		after := rapid.StringOf(rapid.SampledFrom([]rune("aBÄ .,:-/\n\u2028"))).Draw(t, "after")
		for _, f := range FindCodes(before + strings.ToLower(code) + after) {
			if f == code {
				return
			}
		}
		t.Fatal("not found")
	})
}

func FuzzPersonalIdentityCode(f *testing.F) {
	v := readVectors(f)
	for _, c := range append(v.Hetu.Valid, v.Hetu.Artificial...) {
		f.Add(c)
	}
	for c := range v.Hetu.Invalid {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		FindCodes(raw)
		id, err := Parse(core.PersonalIdentityCode, raw)
		if (err == nil) != (id.Status == core.Valid || id.Status == core.Artificial) {
			t.Fatalf("%q: %s, %v", raw, id.Status, err)
		}
		if err != nil {
			return
		}
		again, err := Parse(core.PersonalIdentityCode, id.Value)
		if err != nil || again.Value != id.Value || len(id.Value) != 11 {
			t.Fatalf("%q is not stable", raw)
		}
		if found := FindCodes(raw); len(found) == 0 {
			t.Fatalf("%q is a code and not found", raw)
		}
		if _, ok := BirthDate(raw); !ok {
			t.Fatalf("%q has no date", raw)
		}
	})
}

// codesForBenchmark are a thousand codes of different days, every fourth with a
// slip.
func codesForBenchmark() []string {
	var out []string
	for n := range 1000 {
		day := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n*36)
		number := 2 + n*7%898
		r := 0
		for _, c := range day.Format("020106") + threeDigits(number) {
			r = (r*10 + int(c-'0')) % 31
		}
		if n%4 == 3 {
			r = (r + 1) % 31
		}
		out = append(out, day.Format("020106")+"-"+threeDigits(number)+checkCharacters[r:r+1])
	}
	return out
}

// BenchmarkParseCode prints codes per second and core beside the million that
// the plan calls slow.
func BenchmarkParseCode(b *testing.B) {
	codes := codesForBenchmark()
	for name, f := range map[string]func(string) bool{
		"Parse": func(s string) bool { _, err := Parse(core.PersonalIdentityCode, s); return err == nil },
		"check": func(s string) bool { _, code := checkCode(foldCode(s)); return code == "" },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			right, n := 0, 0
			for b.Loop() {
				if f(codes[n%len(codes)]) {
					right++
				}
				n++
			}
			if n >= len(codes) && (right == 0 || right == n) {
				b.Fatalf("%d of %d are right", right, n)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "million/s(slow:1)")
		})
	}
}

func BenchmarkFindCodes(b *testing.B) {
	text := strings.Repeat("Asia VALTORI/123/2024, soita 040 1234567 ennen 12.3.2024. ", 100) + "131052-308T"
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		FindCodes(text)
	}
}
