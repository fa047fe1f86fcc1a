package identifier

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
)

// show gives findings as "kind certainty text=value", for tests.
func show(src string, all []Found) []string {
	var out []string
	for _, f := range all {
		s := fmt.Sprintf("%s %d %s", f.Kind, f.Certainty, src[f.Start:f.End])
		if f.Value != src[f.Start:f.End] {
			s += "=" + f.Value
		}
		out = append(out, s)
	}
	return out
}

func TestFindInText(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // in the mode Wide
	}{
		{"Asiakas (131052-308T) soitti.", []string{"personal-identity-code 3 131052-308T"}},
		{"asiakas131052-308tmaija", []string{"personal-identity-code 2 131052-308t=131052-308T"}},
		{"koodi 131052\u2013\n   308T jatkuu", []string{"personal-identity-code 2 131052\u2013\n   308T=131052-308T"}},
		{"koodi 1310-\n52-308T jatkuu", []string{"personal-identity-code 2 1310-\n52-308T=131052-308T"}},
		{"koodi 131052A-\r\n308T, 010101A-\r\n0101", []string{"personal-identity-code 2 131052A-\r\n308T=131052A308T", "personal-identity-code 2 010101A-\r\n0101=010101A0101"}},
		{"131052\u00a0308T", []string{"personal-identity-code 1 131052\u00a0308T=131052308T"}},
		{"hetu: 131052-308U", []string{"personal-identity-code 1 131052-308U"}},
		{"HENKILÖTUNNUS 131052-308U", []string{"personal-identity-code 1 131052-308U"}},
		{"131052-308U on henkilo\u0308tunnus", []string{"personal-identity-code 1 131052-308U"}},
		{"artikkeli 131052-308U", nil},
		{"010594Y9032 ja 020516C903K", []string{"personal-identity-code 3 010594Y9032", "personal-identity-code 3 020516C903K"}},
		{"\xff131052-308T\xfe", []string{"personal-identity-code 3 131052-308T"}},
		{"äö131052-308T ä", []string{"personal-identity-code 2 131052-308T"}},
		{"１３１０５２－３０８Ｔ.", []string{"personal-identity-code 3 １３１０５２－３０８Ｔ=131052-308T"}},
		{"١٣١٠٥٢-٣٠٨T", []string{"personal-identity-code 3 ١٣١٠٥٢-٣٠٨T=131052-308T"}},
		{"1\u0332310\u00ad52-308T\u0332!", []string{"personal-identity-code 3 1\u0332310\u00ad52-308T\u0332=131052-308T"}},

		{"Y-tunnus 2617416-4.", []string{"business-id 3 2617416-4"}},
		{"yritys 2617416-4, 2617416-5", []string{"business-id 2 2617416-4"}},
		{"Y-tunnus 737546-2", []string{"business-id 3 737546-2=0737546-2"}},
		{"ALV 26174164 ja 26174164", []string{"business-id 3 26174164=2617416-4", "business-id 3 26174164=2617416-4"}},
		{"tilaus 26174164, 12-2617416-4-1", nil},
		{"FI26174164 ja fi 2617416-4", []string{"vat-number 3 FI26174164", "vat-number 3 fi 2617416-4=FI26174164"}},
		{"VAT ATU13585627", []string{"vat-number 3 ATU13585627"}},

		{"Tili FI21 1234 5600 0007 85, viite 123", []string{"iban 3 FI21 1234 5600 0007 85=FI2112345600000785"}},
		{"tili FI21 1234 5600\n0007 85.", []string{"iban 3 FI21 1234 5600\n0007 85=FI2112345600000785"}},
		{"fi2112345600000786", nil},

		{"sähköinen asiointitunnus 10000001N", []string{"electronic-id 3 10000001N"}},
		{"avain 10000001N", []string{"electronic-id 2 10000001N"}},
		{"personnummer 19880320-0016, 880320-0016", []string{"swedish-number 3 19880320-0016", "swedish-number 3 880320-0016"}},
		{"nr 198803200016 och 8803200016", []string{"swedish-number 2 198803200016=19880320-0016", "swedish-number 1 8803200016=880320-0016"}},
		{"IDCBE-590082394654 ja ES/FI/02635542Y", []string{"eu-person-id 2 IDCBE-590082394654", "eu-person-id 1 ES/FI/02635542Y"}},
		{"kielet FI/SE/EN, polku fi/se/index", nil},
		{"veronumero: 100001234567, 100001234567x", []string{"tax-number 2 100001234567"}},

		{"Puh. 040 123 4567", []string{"phone 3 040 123 4567=+358401234567"}},
		{"soita 0401234567 tai +358 (0)40 1234567", []string{"phone 3 0401234567=+358401234567", "phone 3 +358 (0)40 1234567=+358401234567"}},
		{"040-1234567/050-7654321", []string{"phone 2 040-1234567=+358401234567", "phone 2 050-7654321=+358507654321"}},
		{"040 1234567 050 7654321", []string{"phone 2 040 1234567=+358401234567", "phone 2 050 7654321=+358507654321"}},
		{"(09) 123 4567", []string{"phone 2 (09) 123 4567=+35891234567"}},
		{"tel +46 70 123 45 67, 00358 40 1234567", []string{"phone 3 +46 70 123 45 67=+46701234567", "phone 2 00358 40 1234567=+358401234567"}},
		{"vaihde 029 123 4567", []string{"phone 2 029 123 4567=+358291234567"}},
		{"12.03.2024 klo 09.30, 01.02.2024, 09-12-2024, 00100 Helsinki, 0,5 l", []string{"phone 1 09-12-2024=+3589122024"}},

		{"maija.makinen@posti.example, <Matti@Posti.Example>.", []string{"email 3 maija.makinen@posti.example", "email 3 Matti@Posti.Example=matti@posti.example"}},
		{"mailto:maija@xn--mkinen-bua.example; mäki@mäkinen.example", []string{"email 3 maija@xn--mkinen-bua.example", "email 3 mäki@mäkinen.example=mäki@xn--mkinen-bua.example"}},
		{norm.NFD.String("mäki@mäkinen.example"), []string{"email 3 " + norm.NFD.String("mäki@mäkinen.example") + "=mäki@xn--mkinen-bua.example"}},
		{"virtu: makinma1@virasto, toinen@sana", []string{"virtu-key 3 makinma1@virasto", "virtu-key 3 toinen@sana"}},
		{"a@@b, @, x@", nil},

		{"asia VALTORI/123/2024 ja dnro 12/24", []string{"diary-number 3 VALTORI/123/2024", "diary-number 3 12/24=12/2024"}},
		{"tiketti INC0012345, ABC-123, CVE-2024, UTF-8", []string{"ticket-number 2 INC0012345", "ticket-number 1 ABC-123"}},
		{"synt. 31.1.1990, päätös 31.1.1991", []string{"date-of-birth 2 31.1.1990=1990-01-31"}},
		{"asuu Esimerkkikatu 12 A 5, 00100 Helsinki", []string{"address 2 Esimerkkikatu 12 A 5, 00100 Helsinki"}},
		{"Exempelvägen 3 och Mäkikuja 7", []string{"address 1 Exempelvägen 3", "address 1 Mäkikuja 7"}},
		{"", nil}, {"\xff\xfe\x00", nil},
	} {
		if got := show(c.text, Find(c.text, Wide)); !slices.Equal(got, c.want) {
			t.Errorf("%q:\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

func TestStrictFindsNothingThatIsMerelyPossible(t *testing.T) {
	src := "131052308T, 8803200016, ABC-123, 131052-308T, hetu 131052-308U, puh. 040 1234567"
	var kinds []core.Kind
	for _, f := range Find(src, Strict) {
		kinds = append(kinds, f.Kind)
		if f.Certainty == Possible || f.String() != "<"+string(f.Kind)+">" || fmt.Sprint(f) != f.String() {
			t.Errorf("%v is only possible, or shows its value", f)
		}
	}
	if want := []core.Kind{core.PersonalIdentityCode, core.Phone}; !slices.Equal(kinds, want) {
		t.Errorf("found %v, want %v", kinds, want)
	}
}

// A code that reads in two ways is given in both.
func TestBothReadingsAreKept(t *testing.T) {
	for day := 1; day <= 12; day++ {
		for n := range 1000 {
			for check := range 10 {
				s := fmt.Sprintf("%02d%02d%02d-%03d%d", day, 5, 10, n, check)
				_, finnish := Parse(core.PersonalIdentityCode, s)
				_, swedish := Parse(core.SwedishNumber, s)
				if finnish != nil || swedish != nil || n < 2 {
					continue
				}
				if got := Find("nr "+s+".", Strict, core.PersonalIdentityCode, core.SwedishNumber); len(got) != 2 {
					t.Errorf("%q is found %d times", s, len(got))
				}
				return
			}
		}
	}
	t.Fatal("no number reads in both ways")
}

// What the detector finds, Parse reads from its span, and gives the same.
func TestFindAgreesWithParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := hostileText().Draw(t, "text")
		checkFound(t, src)
	})
}

type fataler interface{ Fatalf(string, ...any) }

func checkFound(t fataler, src string) {
	wide := Find(src, Wide)
	last := 0
	for _, f := range wide {
		if f.Start < last || f.End <= f.Start || f.End > len(src) || f.Value == "" || f.Certainty < Possible || f.Certainty > Certain {
			t.Fatalf("%q: %s at %d-%d is out of order, empty or outside", src, f.Kind, f.Start, f.End)
		}
		last = f.Start
		if utf8.ValidString(src) && !utf8.ValidString(src[f.Start:f.End]) {
			t.Fatalf("%q: %s at %d-%d cuts a character", src, f.Kind, f.Start, f.End)
		}
		if f.Status != core.Valid && f.Status != core.Artificial && f.Status != core.Generic {
			continue
		}
		again, err := Parse(f.Kind, f.Value)
		if err != nil || again.Value != f.Value || again.Status != f.Status {
			t.Fatalf("%q: %s %q parses as %q, %s, %v", src, f.Kind, f.Value, again.Value, again.Status, err)
		}
	}
	for _, f := range Find(src, Strict) {
		if f.Certainty == Possible {
			t.Fatalf("%q: %s is only possible", src, f.Kind)
		}
	}
}

// pieces are what hostile texts are made of.
func pieces() []string {
	out := []string{" ", "\n", "-", "-\n", ".", ",", ":", "/", "+", "@", "(", ")", "0", "1", "2", "9", "01", "0000", "a", "Z", "ä", "a\u0308", "\u00ad", "\u200b", "\u00a0",
		"\u2028", "\xff", "\xc3", "１", "٣", "𝟗", "\u0332", "hetu", "puh", "Y-tunnus", "dnro ", "FI", "katu ", "synt. ", "virtu", "IDC"}
	for _, k := range Known() {
		r, _ := Rule(k)
		out = append(out, r.Example)
	}
	return append(out, "131052-308T", "040 1234567")
}

func hostileText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces()), 0, 30).Draw(t, "pieces"), "")
	})
}

// Every kind that has a shape is found by its example among other words, with
// the right bytes, however the text is encoded.
func TestExamplesAreFoundWhereTheyStand(t *testing.T) {
	labels := map[core.Kind]string{core.DateOfBirth: "syntynyt ", core.TaxNumber: "veronumero ", core.VirtuKey: "virtu ", core.BusinessID: "Y-tunnus "}
	shapeless := []core.Kind{core.Name, core.EmployeeNumber, core.UserID, core.CustomerNumber, core.ContractNumber, core.InvoiceNumber, core.TimeOfContact}
	for _, k := range Known() {
		r, _ := Rule(k)
		if (r.find == nil) != slices.Contains(shapeless, k) {
			t.Errorf("%s: a finder is missing, or a new one is not tested", k)
		}
		if r.find == nil {
			continue
		}
		for _, before := range []string{"", "Päätös: ", norm.NFD.String("Pää\n"), "\xff ", "\u200b(", "𝟙 x "} {
			src := before + labels[k] + r.Example + " ja muuta."
			want := len(before) + len(labels[k])
			ok := slices.ContainsFunc(Find(src, Strict, k), func(f Found) bool {
				return f.Kind == k && f.Start == want && f.End == want+len(r.Example) && f.Value == r.Example && f.Identifier(src).Raw == r.Example
			})
			if !ok {
				t.Errorf("%s is not found in %q: %q", k, src, show(src, Find(src, Wide, k)))
			}
		}
	}
}

// Finnish telephone numbers in every spelling that Forms gives are found
// whole.
func TestPhonesAreFoundInEverySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"040", "044", "045", "0457", "046", "050", "09", "02", "03", "013", "019"}).Draw(t, "prefix")
		n := prefix + rapid.StringMatching(`[1-9][0-9]{6}`).Draw(t, "number")
		id, err := Parse(core.Phone, n)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range Forms(id) {
			if c := form.Text[0]; c != '+' && c != '0' && c != '(' {
				continue // 401234567 may be anything
			}
			src := "puh. " + form.Text + ", Maija"
			found := Find(src, Wide, core.Phone)
			if len(found) != 1 || found[0].Value != id.Value || found[0].End != len("puh. ")+len(form.Text) {
				t.Fatalf("%q: %q", src, show(src, found))
			}
		}
	})
}

func FuzzFind(f *testing.F) {
	for _, p := range pieces() {
		f.Add(p)
	}
	f.Add("hetu 131052-\n308T, FI21 1234 5600\n0007 85 puh. (09) 123 4567")
	f.Add(strings.Repeat("0 ", 60) + strings.Repeat("a@", 40))
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 4096 {
			return
		}
		checkFound(t, src)
		FindCodes(src)
		FindDiaryNumbers(src)
		for _, k := range Known() {
			ParseAll(k, src)
		}
	})
}

// hostile are texts that make a careless detector look at the same characters
// again and again.
func hostile() map[string]string {
	return map[string]string{
		"prose": "Asia VALTORI/123/2024, soita 040 1234567 ennen 12.3.2024, Mäkinen. ", "digits": "1", "dates": "010101", "zeros and spaces": "0 ", "pluses": "+", "ats": "a@", "dots": ". ", "slashes": "A/",
		"hyphens and lines": "0-\n", "half codes": "010101-000", "wrong codes": "010101-0000 ", "letters": "a", "dotted words": "a.", "FI": "FI21 ", "street words": "katu 1 ", "soft hyphens": "\u00ad",
		"marks": "a\u0308", "marks on digits": "1\u0332", "brackets": "(0", "labels": "hetu 010101-0000 ", "broken": "\xff", "white space": " ",
	}
}
