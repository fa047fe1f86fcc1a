package reports

import (
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// Texts that may speak of somebody else, and those beside them that do not.
func TestTextsThatMayConcernOthers(t *testing.T) {
	tests := []struct {
		kind       core.Kind
		mixed, own []string
	}{
		{core.Email,
			[]string{"maija@x.example; pekka@x.example", "maija@x.example,pekka@x.example", "maija@x.example pekka@x.example",
				"maija@x.example/pekka@x.example", "maija@x.example\npekka@x.example", "Pekka <maija@x.example>", "Maija ja Pekka perhe@x.example",
				"maija@x.example (Pekka)", "maija@x.example 0401234567", "maija＠x.example\u00a0pekka＠x.example", "ask Pekka", "maija@pekka@x.example"},
			[]string{"maija@x.example", " maija@x.example ", "<maija@x.example>", "mailto:maija@x.example", "maija.makinen+a@x.example;",
				"M.Mäkinen@X.example", "", "-", "maija", "maija@localhost"}},
		{core.Phone,
			[]string{"040 1234567; 050 7654321", "0401234567, 0507654321", "040 1234567 / 09 7654321", "040 1234567 050 7654321",
				"040 1234567 / 7654321", "0401234567/0507654321", "+358401234567+358507654321", "012345 012346", "012345-012346", "04012345670507654321",
				"040 1234567 tai 050 7654321", "040 1234567\n050 7654321", "(09) 12345/67890", "040 1234567 (Pekka)", "Pekka 040 1234567", "työ 040 1234567 koti 09 7654321",
				"040 1234567 pekka@x.example", "ask Pekka", "0912345-0912346", "０４０ １２３４５６７ ja ０５０ ７６５４３２１"},
			[]string{"0401234567", "040 1234567", "040-123 4567", "+358 40 123 4567", "+358 (0)40 123 4567", "+358(0)401234567", "00358401234567",
				"(09) 123 4567", "040/1234567", "puh. 040 1234567", "GSM 040 1234567", "040 1234567 (työ)", "työpuhelin: 040 123 4567", "+46 70 123 45 67", "0295 50 2000",
				"040 012 3045", "0400 012345", "040-0123456", "12345", "", "-", "112", "+358 9 123 0567"}},
		{core.Name,
			[]string{"Maija ja Pekka Korhonen", "KORHONEN MAIJA JA PEKKA", "Maija och Pekka Korhonen", "Maija and Pekka Korhonen", "Maija sekä Pekka Korhonen",
				"Maija samt Pekka Korhonen", "Maija & Pekka", "Maija + Pekka", "Maija/Pekka Korhonen", "Maija Korhonen; Pekka Korhonen", "Maija Korhonen | Pekka Korhonen",
				"Maija Korhonen\nPekka Korhonen", "Maija Korhonen – Pekka Korhonen", "Maija Korhonen, Pekka Korhonen", "korhonen maija, korhonen pekka",
				"Korhonen, Maija, Korhonen, Pekka", "Maija Korhonen (huoltaja Pekka Korhonen)", "Maija Korhonen c/o Pekka", "Maija Korhonen ℅ Pekka",
				"Maija pekka@x.example", "Maija 0401234567", "cn=Maija Korhonen"},
			[]string{"Maija Korhonen", "Korhonen, Maija", "Korhonen, Maija Helena", "KORHONEN MAIJA", "von Essen, Carl Gustaf", "Korhonen Virtanen, Maija",
				"Anna-Liisa Mäkelä-Niemi", "Korhonen Maija (VM)", "Maija Korhonen, FT", "J. A. Korhonen", "Jaana Jansson", "Sekander Samtaoui", "Anders Andersson",
				"Jaakko Och-Ojala", "Korhonen Maija 2", "Tmi Maija Korhonen", "O'Brien, Sean", ""}},
		{core.UserID,
			[]string{"t123456; t654321", "t123456,t654321", "t123456|t654321", "t123456 / t654321", "t123456 (Pekka)", "t123456@a.example@b.example"},
			[]string{"t123456", "t123456@office.example", "OFFICE\\t123456", "maija.makinen", "öhman1", ""}},
		{core.EmployeeNumber,
			[]string{"10023; 10024"},
			[]string{"10023", "0010023", "10023.0", "10 023"}},
		{"",
			[]string{"ask pekka@x.example", "pekka(at)x.example", "pekka [at] x.example", "cn=Pekka Korhonen,ou=people", "CN = Korhonen", "uid=pekka", "x,uid=pekka",
				"+358401234567", "+358 (0)40 123 4567", "+358-40-1234567", "00358 40 1234567", "+46 70 123 45 67", "Pekka 0401234567", "0401234567 Pekka", "Pekka, 040 123 4567, huone 3",
				"Pekka (040 1234567)", "Pekka:040-1234567", "Pekka (09) 1234567", "Pekka 09 123 4567", "huone AB12 0401234567", "Katu 12 0401234567", "puh 12345 67", "tel. 1234567",
				"Pekka 050.123.4567", "Pekka 0401234567/0507654321", "Pekka 0295 502 000", "Pekka 070-123 45 67", "c/o Virtanen, Katu 1", "C / O Virtanen", "℅ Virtanen",
				"FI21 1234 5600 0007 85 0401234567", "Pekka\u00a0040\u00a01234567", "Pekka 0\u200b401234567"},
			[]string{"", "-", "Helsinki", "closed", "Katu 1 A 12, 00100 Helsinki", "Katu 4, 04130 Sipoo", "PL 257, 00531 HELSINKI", "Luonnospolku 40 C 40", "96999 Rovaniemi",
				"2024-01-02", "02.01.2024", "2.1.2024 klo 08.00-16.00", "alkaen 02-01-2024", "kausi 02-03 2024", "kausi 03/2024-12/2025", "2026-10", "197540.00", "1 234 567,00 €", "0,50",
				"INC0401234567", "SOP-2025-00032", "SOP-040-1234567", "VALTORI/500002/02.08.00/2025", "dnro 0401234567/2024", "A-95605", "2018000106", "0401234567",
				"FI10 9996 7417 2755 00", "FI10 9996 0401 2755 00", "003795877525", "OVT 003702454428", "Valtori 0245442-8", "Y-tunnus 0401234-5", "WS-504303", "4221", "image/png",
				"36.25", "projektipäällikkö", "työ @ toimisto", "C/Oracle", "Inc/Office", "GMT+02:00", "C++ 2011", "macuid", "luokka 02.04.00.01", "10.1.2.3"}},
		{core.ContractNumber, []string{"SOP-1 pekka@x.example"}, []string{"SOP-2025-00010", "A-95605", "0401234567"}},
		{core.PersonalIdentityCode, nil, []string{"010190-****", "x@y"}},
	}
	for _, tt := range tests {
		if len(tt.own) == 0 {
			t.Fatalf("kind %q: no texts", tt.kind)
		}
		for _, s := range tt.mixed {
			if !mayConcernOthers(tt.kind, s) {
				t.Errorf("kind %q: %q is told", tt.kind, s)
			}
		}
		for _, s := range tt.own {
			if mayConcernOthers(tt.kind, s) {
				t.Errorf("kind %q: %q is withheld", tt.kind, s)
			}
		}
	}
}

func TestAVirtuCodeIsReadAsAUserID(t *testing.T) {
	for _, tt := range []struct {
		field, text string
		want        bool
	}{
		{"virtu_code", "t123456@office.example", false},
		{"virtu_code", "t123456@office.example pekka@office.example", true},
		{"workstation", "t123456@office.example", true},
	} {
		if got := mayConcernOthers(kindOf(catalogue.FieldProfile{Name: tt.field}), tt.text); got != tt.want {
			t.Errorf("%s %q: %t, want %t", tt.field, tt.text, got, tt.want)
		}
	}
}

func TestLongTextsInCodeFieldsAreContent(t *testing.T) {
	long := strings.Repeat("ö", 41)
	codes := map[string]catalogue.Text{"open": text("Open"), long + "x": text("Long")}
	tests := []struct {
		name  string
		role  core.Role
		codes map[string]catalogue.Text
		value string
		want  Withholding
	}{
		{"a code", core.RoleOrganisation, codes, "open", Shown},
		{"an unknown short code", core.RoleOrganisation, codes, "P3", Shown},
		{"forty characters", core.RoleOrganisation, codes, long[2:], Shown},
		{"more characters", core.RoleOrganisation, codes, long, WithheldContent},
		{"a long code", core.RoleOrganisation, codes, long + "x", Shown},
		{"a long code in capitals", core.RoleOrganisation, codes, strings.ToUpper(long) + "X", Shown},
		{"a field without codes", core.RoleOrganisation, nil, long, Shown},
		{"the person's own field", core.RoleSubject, codes, long, Shown},
	}
	for _, tt := range tests {
		got, why := disclose(circumstances{decided: true, role: tt.role, codes: tt.codes}, core.TextValue(tt.value), ownCodes(nil))
		if why != tt.want || (why == Shown) != (got.Text == tt.value) {
			t.Errorf("%s: %q, want %q", tt.name, why, tt.want)
		}
	}
}

// What is looked for before a pattern must be in every match of it.
func FuzzPatternsAreOnlySkippedInVain(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	for _, s := range []string{"Puh. 0295 000 000", "soita GSM: 12345", "tel +1 234", "mobiili 55555 a", "(040) 555 1234 x", "a 1.1.2020 040 5551234",
		"FI21 1234 5600 0007 85 0405551234", "1234567-8 09 1234567 b", "00 358 40 555 1234", "x:040 5551234", "pho\u212aone 12345", "g\u017fm 12345"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if foreignNumber.MatchString(s) && !mayBeForeign(s) {
			t.Errorf("mayBeForeign misses %q", s)
		}
		if labelledNumber.MatchString(s) && !mayBeLabelled(s) {
			t.Errorf("mayBeLabelled misses %q", s)
		}
		if finnishNumber.MatchString(otherNumbers.ReplaceAllString(s, " # ")) && !mayBeFinnish(s) {
			t.Errorf("mayBeFinnish misses %q", s)
		}
		if randomName.MatchString(s) && len(s) < shortestRandom {
			t.Errorf("isRandom misses %q", s)
		}
	})
}
