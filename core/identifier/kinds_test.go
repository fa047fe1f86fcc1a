package identifier

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
)

func TestParseKinds(t *testing.T) {
	tomorrow := time.Now().AddDate(0, 0, 2).Format(time.DateOnly)
	for _, c := range []struct {
		kind   core.Kind
		raw    string
		value  string
		status core.Status // empty for a value that is refused with code
		code   Code
	}{
		{core.BusinessID, "737546-2", "0737546-2", core.Valid, ""},
		{core.BusinessID, "2617416\u20114", "2617416-4", core.Valid, ""},
		{core.BusinessID, "26174164", "2617416-4", core.Valid, ""},
		{core.BusinessID, "2617416-5", "", "", CodeCheck},
		{core.BusinessID, "2617416-44", "", "", CodeLength},
		{core.BusinessID, "FI26174164", "", "", CodeForm},

		{core.Email, "Maija.Makinen@Example.FI", "maija.makinen@example.fi", core.Valid, ""},
		{core.Email, "Maija Mäkinen <maija@example.fi>", "maija@example.fi", core.Valid, ""},
		{core.Email, "maija+x.y@example.fi.", "", "", CodeForm},
		{core.Email, "maija+x.y@example.fi", "maija+x.y@example.fi", core.Valid, ""},
		{core.Email, "maija@Mäkinen.example", "maija@xn--mkinen-bua.example", core.Valid, ""},
		{core.Email, "kirjaamo@example.fi", "kirjaamo@example.fi", core.Generic, ""},
		{core.Email, "Kirjaamo.Uusimaa@example.fi", "kirjaamo.uusimaa@example.fi", core.Generic, ""},
		{core.Email, "hr@example.fi", "hr@example.fi", core.Generic, ""},
		{core.Email, "hr.virtanen@example.fi", "hr.virtanen@example.fi", core.Valid, ""},
		{core.Email, "maija@example.fi, matti@example.fi", "", "", CodeForm},
		{core.Email, "maija", "", "", CodeForm},
		{core.Email, "maija@exa_mple.fi", "", "", CodeDomain},

		{core.Phone, "040 1234567", "+358401234567", core.Valid, ""},
		{core.Phone, "puh. 040-123 4567", "+358401234567", core.Valid, ""},
		{core.Phone, "+358 (0)40 1234567", "+358401234567", core.Valid, ""},
		{core.Phone, "00358 40 1234567", "+358401234567", core.Valid, ""},
		{core.Phone, "358401234567", "+358401234567", core.Valid, ""},
		{core.Phone, "401234567", "+358401234567", core.Valid, ""},
		{core.Phone, "(09) 123 4567", "+35891234567", core.Valid, ""},
		{core.Phone, "0457 123 4567", "+3584571234567", core.Valid, ""},
		{core.Phone, "+46 (0)70 123 45 67", "+46701234567", core.Valid, ""},
		{core.Phone, "0046701234567", "+46701234567", core.Valid, ""},
		{core.Phone, "46701234567", "+46701234567", core.Valid, ""},
		{core.Phone, "+39 06 1234 5678", "+390612345678", core.Valid, ""},
		{core.Phone, "0295 123456", "+358295123456", core.Generic, ""},
		{core.Phone, "020 123 456", "+35820123456", core.Generic, ""},
		{core.Phone, "0800 12345", "+35880012345", core.Generic, ""},
		{core.Phone, "112", "112", core.Generic, ""},
		{core.Phone, "116117", "116117", core.Generic, ""},
		{core.Phone, "12345", "", "", CodeLength},
		{core.Phone, "040 1234567 ext 2", "", "", CodeForm},
		{core.Phone, "040 1234567, 050 1234567", "", "", CodeForm},
		{core.Phone, "04012", "", "", CodeLength},
		{core.Phone, "040 123", "", "", CodeLength},
		{core.Phone, "+0401234567", "", "", CodeForm},
		{core.Phone, "maija", "", "", CodeForm},

		{core.DateOfBirth, "1990-01-31", "1990-01-31", core.Valid, ""},
		{core.DateOfBirth, "31.1.1990", "1990-01-31", core.Valid, ""},
		{core.DateOfBirth, "01. 02. 1990", "1990-02-01", core.Valid, ""},
		{core.DateOfBirth, "31011990", "1990-01-31", core.Valid, ""},
		{core.DateOfBirth, "19900131", "1990-01-31", core.Valid, ""},
		{core.DateOfBirth, "20121912", "1912-12-20", core.Valid, ""},
		{core.DateOfBirth, "20131812", "", "", CodeDate}, // no month 13, no month 18
		{core.DateOfBirth, "1990-01-31T00:00:00Z", "1990-01-31", core.Valid, ""},
		{core.DateOfBirth, "1990-01-31 00:00:00", "1990-01-31", core.Valid, ""},
		{core.DateOfBirth, "1990-01-30T22:00:00Z", "", "", CodeForm},
		{core.DateOfBirth, "31.1.90", "", "", CodeYear},
		{core.DateOfBirth, "310190", "", "", CodeYear},
		{core.DateOfBirth, "29.2.1900", "", "", CodeDate},
		{core.DateOfBirth, "29.2.2000", "2000-02-29", core.Valid, ""},
		{core.DateOfBirth, "1.1.1849", "", "", CodeYear},
		{core.DateOfBirth, "1/2/1990", "", "", CodeForm},
		{core.DateOfBirth, tomorrow, "", "", CodeFuture},

		{core.Name, " Maija  Mäkinen", "Mäkinen, Maija", core.Valid, ""},
		{core.Name, "12", "", "", CodeForm},

		{core.DiaryNumber, "VN/5161/2018", "VN/5161/2018", core.Valid, ""},
		{core.DiaryNumber, "Dnro vn / 05161 / 2018", "VN/5161/2018", core.Valid, ""},
		{core.DiaryNumber, "VM/1959/03.01.01/2017", "VM/1959/03.01.01/2017", core.Valid, ""},
		{core.DiaryNumber, "VM/2022/124", "VM/2022/124", core.Valid, ""},
		{core.DiaryNumber, "VN/2015/2018", "VN/2015/2018", core.Valid, ""},
		{core.DiaryNumber, "VM132:00/2017", "VM132:00/2017", core.Valid, ""},
		{core.DiaryNumber, "OM042:00/2018", "OM042:00/2018", core.Valid, ""},
		{core.DiaryNumber, "3221/523/13", "3221/523/2013", core.Valid, ""},
		{core.DiaryNumber, "5146/01.04.00/2023", "5146/01.04.00/2023", core.Valid, ""},
		{core.DiaryNumber, "44/24/99", "44/24/1999", core.Valid, ""},
		{core.DiaryNumber, "123/2024", "123/2024", core.Valid, ""},
		{core.DiaryNumber, "VN/5161/18", "", "", CodeForm},
		{core.DiaryNumber, "VN/12345678/2018", "", "", CodeForm},
		{core.DiaryNumber, "VALTORIN/PITKÄ/2018", "", "", CodeForm},
		{core.DiaryNumber, "2024", "", "", CodeForm},
		{core.DiaryNumber, "Dnro", "", "", CodeForm},

		{core.EmployeeNumber, " 00 12  34 ", "00 12 34", core.Valid, ""},
		{core.TicketNumber, "inc0012345", "INC0012345", core.Valid, ""},
		{core.ContractNumber, "sop-2024-1", "SOP-2024-1", core.Valid, ""},
		{core.UserID, "MäkinMA", "mäkinma", core.Valid, ""},
		{core.UserID, "a\x00b", "", "", CodeForm},
		{core.UserID, "\ufeff", "", "", CodeEmpty},
		{core.UserID, strings.Repeat("x", 101), "", "", CodeLength},

		{"no-such-kind", "x", "", "", CodeKind},
		{core.Phone, "  ", "", "", CodeEmpty},
		{core.Name, strings.Repeat("x", 500), "", "", CodeLength},
	} {
		id, err := Parse(c.kind, c.raw)
		if c.status == "" {
			var pe *ParseError
			if !errors.As(err, &pe) || pe.Code != c.code || id.Status != core.Malformed || id.Value != "" {
				t.Errorf("%s %q: %q, %s, %v, want code %s", c.kind, c.raw, id.Value, id.Status, err, c.code)
			}
			continue
		}
		if err != nil || id.Value != c.value || id.Status != c.status || id.Raw != c.raw || id.Kind != c.kind {
			t.Errorf("%s %q: %q, %s, %v, want %q, %s", c.kind, c.raw, id.Value, id.Status, err, c.value, c.status)
		}
	}
}

func TestBusinessIDVectors(t *testing.T) {
	v := readVectors(t)
	for _, s := range v.Ytunnus.Valid {
		if id := must(t, core.BusinessID, s); id.Value != s {
			t.Errorf("%q: %q", s, id.Value)
		}
	}
	for _, s := range v.Ytunnus.Invalid {
		if id, err := Parse(core.BusinessID, s); err == nil {
			t.Errorf("%q passes as %q", s, id.Value)
		}
	}
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		kind             core.Kind
		a, issuerA       string
		b, issuerB       string
		want             bool
		whatItIsAnExampe string
	}{
		{core.Email, "Maija@example.fi", "", "maija@EXAMPLE.fi", "", true, "case"},
		{core.Email, "maija@example.fi", "crm", "maija@example.fi", "hr", true, "a global kind has no issuer"},
		{core.Phone, "040 1234567", "", "+358 40 123 4567", "", true, "spelling"},
		{core.Name, "MÄKINEN MAIJA", "", "Maija Mäkinen", "", true, "order"},
		{core.Name, "Mäkinen M", "", "Maija Mäkinen", "", false, "a variant is not equal"},
		{core.PersonalIdentityCode, "100190-999P", "", "100190Y999P", "", false, "two people"},
		{core.PersonalIdentityCode, "010190-900P", "a", "010190-900P", "b", false, "artificial codes are their maker's"},
		{core.PersonalIdentityCode, "010190-900P", "a", "010190-900P", "", true, "maker unknown"},
		{core.PersonalIdentityCode, "131052-308T", "a", "131052-308T", "b", true, "a valid code is the nation's"},
		{core.EmployeeNumber, "00123", "kieku", "123", "kieku", true, "leading zeros of one issuer"},
		{core.EmployeeNumber, "00123", "kieku", "123", "", false, "leading zeros of an unknown issuer"},
		{core.EmployeeNumber, "00123", "", "123", "", false, "leading zeros, nothing known"},
		{core.EmployeeNumber, "123", "kieku", "123", "", true, "one issuer unknown"},
		{core.EmployeeNumber, "123", "kieku", "123", "other", false, "two issuers"},
		{core.EmployeeNumber, "a12", "kieku", "A12", "kieku", false, "case is significant"},
		{core.UserID, "MAKINMA", "ad", "makinma", "ad", true, "case is not"},
		{core.TicketNumber, "inc001", "V6.1", "INC001", "V6.1", true, "case is not"},
		{core.TicketNumber, "INC001", "V6.1", "INC001", "V7.1", false, "two series"},
		{core.DiaryNumber, "VN/1/2024", "a", "VN/01/2024", "b", true, "a prefix is unique everywhere"},
		{core.DiaryNumber, "1/2024", "valtori", "VALTORI/1/2024", "", true, "the issuer is the prefix"},
		{core.DiaryNumber, "1/2024", "keha", "VALTORI/1/2024", "", false, "another issuer"},
		{core.DiaryNumber, "1/2024", "keha", "1/2024", "valtori", false, "two series"},
		{core.DiaryNumber, "1/24", "keha", "1/2024", "keha", true, "short year"},
		{core.DiaryNumber, "VN/1/2024", "", "VN/1/01.02/2024", "", false, "the class is a part of the key"},
		{core.DiaryNumber, "VM/2022/124", "", "VM/124/2022", "", false, "two series of one authority"},
	} {
		a, b := must(t, c.kind, c.a), must(t, c.kind, c.b)
		a.Issuer, b.Issuer = c.issuerA, c.issuerB
		if got := Equal(a, b); got != c.want || Equal(b, a) != got {
			t.Errorf("%s: %s %q/%q and %q/%q: %v", c.whatItIsAnExampe, c.kind, c.a, c.issuerA, c.b, c.issuerB, got)
		}
	}
	if Equal(must(t, core.UserID, "1"), must(t, core.TicketNumber, "1")) {
		t.Error("two kinds are equal")
	}
	if Equal(core.Identifier{Kind: core.UserID}, core.Identifier{Kind: core.UserID}) {
		t.Error("two empty values are equal")
	}
}

func TestMask(t *testing.T) {
	for _, c := range []struct {
		kind      core.Kind
		raw, want string
	}{
		{core.PersonalIdentityCode, "010190-900P", "010190-****"},
		{core.Email, "maija@example.fi", "m•••@example.fi"},
		{core.EmployeeNumber, "104233", "10•••3"},
		{core.EmployeeNumber, "123", "1•••"},
		{core.EmployeeNumber, "12", "•••"},
		{core.Phone, "040 1234567", "+35840•••67"},
		{core.Phone, "112", "•••"},
		{core.BusinessID, "2617416-4", "26•••-4"},
		{core.DateOfBirth, "31.1.1990", "1990-••-••"},
		{core.DiaryNumber, "VM/1959/03.01.01/2017", "VM/•••/03.01.01/2017"},
		{core.Name, "Maija Helena Mäkinen", "M••• M••• H•••"},
	} {
		if got := Mask(must(t, c.kind, c.raw)); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.kind, c.raw, got, c.want)
		}
	}
}

func formTexts(i core.Identifier) []string {
	var out []string
	for _, f := range Forms(i) {
		out = append(out, f.Text)
	}
	return out
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		kind        core.Kind
		raw, issuer string
		want        []string // among others
		not         []string
	}{
		{core.PersonalIdentityCode, "131052-308t", "", []string{"131052-308T", "131052-308t"}, []string{"131052308T"}},
		{core.BusinessID, "737546-2", "", []string{"0737546-2", "07375462", "737546-2", "FI07375462"}, nil},
		{core.Email, "Maija@example.fi", "", []string{"maija@example.fi", "Maija@example.fi"}, nil},
		{core.Email, "maija@mäkinen.example", "", []string{"maija@xn--mkinen-bua.example", "maija@mäkinen.example"}, nil},
		{core.Phone, "0401234567", "", []string{"+358401234567", "00358401234567", "0401234567", "040 1234567", "040-1234567", "040 123 4567",
			"+358 40 1234567", "+358 40 123 4567", "+358 (0)40 1234567", "401234567"}, nil},
		{core.Phone, "013 123 456", "", []string{"013 123456", "013 123 456", "+358 13 123456"}, nil},
		{core.Phone, "+46701234567", "", []string{"+46701234567", "0046701234567"}, nil},
		{core.DateOfBirth, "1.2.1990", "", []string{"1990-02-01", "1.2.1990", "01.02.1990", "01021990"}, nil},
		{core.EmployeeNumber, "00123", "kieku", []string{"00123", "123", "0000000123"}, nil},
		{core.EmployeeNumber, "00123", "", []string{"00123"}, []string{"123"}},
		{core.TicketNumber, "INC0012", "V6.1", []string{"INC0012", "inc0012"}, nil},
		{core.UserID, "makinma", "", []string{"makinma", "MAKINMA"}, nil},
		{core.DiaryNumber, "123/2024", "valtori", []string{"123/2024", "123/24", "VALTORI/123/2024"}, nil},
		{core.DiaryNumber, "VALTORI/123/2024", "valtori", []string{"VALTORI/123/2024", "123/2024"}, nil},
		{core.DiaryNumber, "VN/123/2024", "valtori", []string{"VN/123/2024"}, []string{"123/2024"}},
		{core.Name, "Maija Mäkinen", "", []string{"Mäkinen, Maija", "Mäkinen Maija", "Maija Makinen"}, nil},
	} {
		id := must(t, c.kind, c.raw)
		id.Issuer = c.issuer
		got := formTexts(id)
		for _, w := range c.want {
			if !slices.Contains(got, w) {
				t.Errorf("%s %q: no form %q in %q", c.kind, c.raw, w, got)
			}
		}
		for _, w := range c.not {
			if slices.Contains(got, w) {
				t.Errorf("%s %q: a form %q", c.kind, c.raw, w)
			}
		}
		// What a source finds by a form must be recognised as the same.
		for _, f := range Forms(id) {
			other, err := Parse(c.kind, f.Text)
			if err != nil {
				if c.kind == core.BusinessID && strings.HasPrefix(f.Text, "FI") {
					continue // the VAT number, another kind
				}
				t.Errorf("%s: form %q: %v", c.kind, f.Text, err)
				continue
			}
			other.Issuer = c.issuer
			if c.kind != core.Name && !Equal(id, other) {
				t.Errorf("%s %q: form %q is another identifier", c.kind, c.raw, f.Text)
			}
		}
	}
}

func TestIsGeneric(t *testing.T) {
	extra := []string{"palaute@", "Yhteinen@Example.fi", "040 7654321", "", "@", "nonsense"}
	for _, c := range []struct {
		kind core.Kind
		raw  string
		want bool
	}{
		{core.Email, "kirjaamo@example.fi", true},
		{core.Email, "palaute@other.example", true},
		{core.Email, "yhteinen@example.fi", true},
		{core.Email, "palautettu@other.example", false},
		{core.Email, "maija@example.fi", false},
		{core.Phone, "+358407654321", true},
		{core.Phone, "029 1234567", true},
		{core.Phone, "0401234567", false},
		{core.UserID, "nonsense", false},
	} {
		if got := IsGeneric(must(t, c.kind, c.raw), extra); got != c.want {
			t.Errorf("%s %q: %v", c.kind, c.raw, got)
		}
	}
}

func TestFindDiaryNumbers(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"Asiat VN/5161/2018 ja VM/1959/03.01.01/2017.", []string{"VN/5161/2018", "VM/1959/03.01.01/2017"}},
		{"(LSSAVI/1598/2018), TSV/121/2021; hanke OM042:00/2018", []string{"LSSAVI/1598/2018", "TSV/121/2021", "OM042:00/2018"}},
		{"asiassa VN/5161/2018:ssa", []string{"VN/5161/2018"}},
		{"5146/01.04.00/2023", []string{"5146/01.04.00/2023"}},
		{"Dno 35/040/10, dnro: 44/24/99, Diarienummer 12/2024", []string{"35/040/2010", "44/24/1999", "12/2024"}},
		{"Dnro:12/24", []string{"12/2024"}},
		{"VM/2022/124 ja VM/2022/124", []string{"VM/2022/124"}},
		{"12/03/2023, laki 661/2009, HE 132/2022 vp, PeVL 8/2014, 12/24", nil},
		{"xVN/5161/2018x /VN/5161/2018 VN/5161/2018/1 VN/5161/20189", nil},
		{"https://example.fi/VN/5161/2018", nil},
		{"kissadno 12/2024", nil},
		{"vn/5161/2018", nil},
		{"/", nil}, {"", nil}, {"\xff/\xff", nil},
	} {
		if diff := cmp.Diff(c.want, FindDiaryNumbers(c.text)); diff != "" {
			t.Errorf("%q:\n%s", c.text, diff)
		}
	}
}

// A library that knows every country's numbering plan agrees on the normal
// form of its own example numbers, however they are written.
func TestPhonesAgreeWithANumberingPlanLibrary(t *testing.T) {
	regions := phonenumbers.GetSupportedRegions()
	checked := 0
	for region := range regions {
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE} {
			n := phonenumbers.GetExampleNumberForType(region, kind)
			if n == nil {
				continue
			}
			want := phonenumbers.Format(n, phonenumbers.E164)
			spellings := []string{want, phonenumbers.Format(n, phonenumbers.INTERNATIONAL), "00" + want[1:], strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.RFC3966), "tel:")}
			if region == "FI" {
				spellings = append(spellings, phonenumbers.Format(n, phonenumbers.NATIONAL))
			}
			for _, s := range spellings {
				id, err := Parse(core.Phone, s)
				if err != nil || id.Value != want {
					t.Errorf("%s %q: %q, %v, want %q", region, s, id.Value, err, want)
				}
				checked++
			}
		}
	}
	if checked < 1000 {
		t.Fatalf("only %d numbers were compared", checked)
	}
}

func TestFinnishPhonesAgreeWithANumberingPlanLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"040", "041", "044", "045", "046", "0457", "050", "09", "02", "03", "05", "06", "08", "013", "014", "017", "019"}).Draw(t, "prefix")
		n := prefix + rapid.StringMatching(`[1-9][0-9]{5,6}`).Draw(t, "number")
		parsed, err := phonenumbers.Parse(n, "FI")
		if err != nil {
			t.Fatal(err)
		}
		want := phonenumbers.Format(parsed, phonenumbers.E164)
		id, err := Parse(core.Phone, n)
		if err != nil || id.Value != want {
			t.Fatalf("%q: %q, %v, want %q", n, id.Value, err, want)
		}
	})
}

func TestParseOfANormalFormIsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(Known()).Draw(t, "kind")
		raw := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9A-Za-zäö./ :@+-]{1,20}`), rapid.StringMatching(`0[45]0 [0-9]{7}|[A-Z]{2,5}/[0-9]{1,4}/20[0-9]{2}|[a-z.]{1,8}@[a-zä]{1,8}\.fi`)).Draw(t, "raw")
		id, err := Parse(kind, raw)
		if err != nil {
			return
		}
		again, err := Parse(kind, id.Value)
		if err != nil || again.Value != id.Value || again.Status != id.Status {
			t.Fatalf("%s %q: %q, then %q, %v", kind, raw, id.Value, again.Value, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for n, k := range Known() {
		r, _ := Rule(k)
		f.Add(n, r.Example, "x")
	}
	f.Add(4, "+358 (0)40 123", "")
	f.Add(8, "VM132:00/2017", "vm")
	f.Fuzz(func(t *testing.T, n int, raw, issuer string) {
		kinds := Known()
		kind := kinds[(n%len(kinds)+len(kinds))%len(kinds)]
		id, err := Parse(kind, raw)
		id.Issuer = issuer
		Mask(id)
		IsGeneric(id, []string{raw})
		if err != nil {
			if id.Status == core.Valid || Forms(id) != nil {
				t.Fatalf("%s %q: %v, and yet a value", kind, raw, err)
			}
			return
		}
		again, err := Parse(kind, id.Value)
		if err != nil || again.Value != id.Value {
			t.Fatalf("%s %q: %q, then %q, %v", kind, raw, id.Value, again.Value, err)
		}
		for _, form := range Forms(id) {
			if form.Text == "" {
				t.Fatalf("%s %q: an empty form", kind, raw)
			}
		}
		FindDiaryNumbers(raw)
	})
}
