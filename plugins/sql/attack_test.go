package sqlsource

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/name"
)

// raw gives an identifier that no rule has looked at.
func raw(k core.Kind, v string) core.Identifier {
	return core.Identifier{Kind: k, Value: v, Raw: v, Issuer: env("").Issuers[k], Status: core.Valid, Forms: []core.Form{{Text: v, Tier: core.TierExact}, {Text: strings.ToUpper(v), Tier: core.TierExact}}}
}

const attackMapping = `
types:
  ticket:
    table: ticket
    key: [ticket_no]
    fields: {ticket_number: {column: ticket_no, exact: true}}
    parties: [{slot: requester, fields: {name: n, email: {column: e, exact: true}, user_id: u, employee_number: {column: num, exact: true}, phone: p}}]
`

func TestHostileIdentifiersFindOnlyThemselves(t *testing.T) {
	values := []string{`'`, `"`, `%`, `_`, `\`, `\'; DROP TABLE ticket; --`, `'; DROP TABLE ticket`, `' OR '1'='1`, "a\x00b", "%%%%", "____", `\%`, `a%b`, `a_b`, "[a-z]*", "$1", "?1", ":x",
		"\xff\xfe", "\u202e", strings.Repeat("x", 10_000), strings.Repeat("%_'\\", 2_500), strings.Repeat("ä", 5_000), " ", "\n", "null", "99999999999999999999", "1e400"}
	onEveryDatabase(t, func(t *testing.T, d database) {
		statements := []string{"CREATE TABLE ticket (ticket_no TEXT PRIMARY KEY, n TEXT, e TEXT, u TEXT, p TEXT, num INTEGER)",
			"INSERT INTO ticket VALUES ('plain', 'Maija Mäkinen', 'maija@example.fi', 'makima', '0401234567', 17)"}
		store := []string{`a%b`, `a_b`, `a\b`, `axb`, `a'b`, `a"b`}
		for n, v := range store {
			statements = append(statements, fmt.Sprintf("INSERT INTO ticket VALUES ('%d', '', '', '%s', '', 1)", n, strings.ReplaceAll(v, "'", "''")))
		}
		i := mustOpen(t, mapping(t, d.make(t, statements...), attackMapping), "ticketing")
		for _, v := range values {
			for _, k := range []core.Kind{core.Name, core.Email, core.UserID, core.Phone, core.TicketNumber, core.EmployeeNumber} {
				h := ask(t, i, one(raw(k, v)))
				for _, r := range h.records {
					if k != core.UserID || v != `a%b` && v != `a_b` {
						t.Errorf("%s of %d bytes found %s", k, len(v), r.Ref)
					}
				}
			}
		}
		for n, v := range store {
			wantRefs(t, ask(t, i, one(id(t, core.UserID, v))), fmt.Sprintf("ticket/%d", n))
		}
		wantRefs(t, ask(t, i, one(id(t, core.Name, "Mäkinen, Maija"))), "ticket/plain")
	})
}

func TestAnyIdentifierIsHarmless(t *testing.T) {
	i := mustOpen(t, mapping(t, makeSQLite(t, "CREATE TABLE ticket (ticket_no TEXT PRIMARY KEY, n TEXT, e TEXT, u TEXT, p TEXT, num INTEGER)",
		"INSERT INTO ticket VALUES ('plain', 'Maija Mäkinen', 'maija@example.fi', 'makima', '0401234567', 17)"), attackMapping), "ticketing")
	rapid.Check(t, func(r *rapid.T) {
		v := rapid.String().Draw(r, "value")
		k := rapid.SampledFrom([]core.Kind{core.Name, core.Email, core.UserID, core.Phone, core.TicketNumber, core.EmployeeNumber}).Draw(r, "kind")
		if err := i.search(t.Context(), query(one(raw(k, v))), &heard{}); err != nil {
			r.Fatalf("%s: %v", k, err)
		}
	})
}

func TestMalformedIdentifiersAreNotAsked(t *testing.T) {
	i := mustOpen(t, mapping(t, makeSQLite(t, peopleTable, ticketWith("1", "req_code", "131052308T")), people), "ticketing")
	for _, s := range []core.Status{core.Malformed, core.Incomplete} {
		bad := raw(core.PersonalIdentityCode, "131052308T")
		bad.Status = s
		h := ask(t, i, one(bad))
		wantRefs(t, h)
		if h.counts["ticket"].Examined {
			t.Errorf("%s: examined", s)
		}
	}
}

func TestAnotherIssuersNumberIsNobodys(t *testing.T) {
	i := mustOpen(t, mapping(t, makeSQLite(t, peopleTable, ticketWith("1", "req_kieku", "104233")), people), "ticketing")
	other := id(t, core.EmployeeNumber, "104233")
	wantRefs(t, ask(t, i, one(other)), "ticket/1")
	other.Issuer = "another-house"
	wantRefs(t, ask(t, i, one(other)))
}

// TestPatternsMissNoSpelling holds the coarse patterns against the exact
// comparison: what a spelling agrees with, its pattern must let through.
func TestPatternsMissNoSpelling(t *testing.T) {
	checked := 0
	for k, raws := range map[core.Kind][]string{
		core.DiaryNumber:          {"VALTORI/123/2024", "VM/1959/03.01.01/2017", "VM/2022/124", "VM132:00/2017", "5146/01.04.00/2023", "44/24/1999", "7/2024"},
		core.ContractNumber:       {"SOP-2024-0042", "0012"},
		core.BusinessID:           {"0000001-9", "2077474-0"},
		core.Phone:                {"0401234567", "+46 70 123 45 67", "09 123 4567", "112"},
		core.Email:                {"Maija@example.fi", "matti@ääkkönen.fi", "pelle.öhman@example.se"},
		core.UserID:               {"äö", "MAKI_01", "0007"},
		core.PersonalIdentityCode: {"131052-308T", "010114A173M"},
	} {
		for _, r := range raws {
			i := id(t, k, r)
			patterns := patternsOf(i)
			for _, f := range append([]string{i.Value, i.Raw, "  " + i.Value + " "}, formTexts(i)...) {
				checked++
				if !likeAny(f, patterns) {
					t.Errorf("%s: no pattern of %q fits %q", k, patterns, f)
				}
			}
		}
	}
	if checked == 0 {
		t.Fatal("nothing was checked")
	}
}

// TestPatternsLetExtensionsThrough holds that the database never hides a
// number with an extension from the exact comparison.
func TestPatternsLetExtensionsThrough(t *testing.T) {
	for asked, texts := range map[string][]string{
		"040 1234567":      {"040 1234567 ext 12", "0401234567x12", "+358 (0)40-1234567 / 12", "040 1234567 (12)", "tel:+358-40-1234567;ext=12", "12 / 040 1234567"},
		"09 123456":        {"09 123 456 / 1234", "(09) 123456 alanro 1234", "09-123456-1234"},
		"+46 8 123 456 78": {"+46 8 123 456 78 ankn. 12", "0046-8-12345678/12"},
	} {
		patterns := patternsOf(id(t, core.Phone, asked))
		for _, s := range texts {
			if !likeAny(s, patterns) {
				t.Errorf("no pattern of %q fits %q", patterns, s)
			}
		}
	}
}

func formTexts(i core.Identifier) []string {
	var out []string
	for _, f := range i.Forms {
		out = append(out, f.Text)
	}
	return out
}

func likeAny(s string, patterns []string) bool {
	for _, p := range patterns {
		if subsequence(strings.ToLower(strings.ReplaceAll(p, "%", "")), strings.ToLower(s)) {
			return true
		}
	}
	return false
}

// TestFamilyFilterAndPatternsMissNoName holds the quick tests of names against
// the comparison of core/name: what agrees must pass both.
func TestFamilyFilterAndPatternsMissNoName(t *testing.T) {
	syllables := []string{"mä", "ki", "nen", "aho", "o", "ö", "å", "ae", "oe", "aa", "virta", "-", " ", "von ", "tš", "š", "sh", "ch", "z", "ž", "é", "e", "ü", "ue", "y", "'", "Mac", "ł", "l", "и", "ван", "ov", "h", "s", "å\u0308"}
	agreed := 0
	rapid.Check(t, func(r *rapid.T) {
		family := strings.TrimSpace(strings.Join(rapid.SliceOfN(rapid.SampledFrom(syllables), 1, 5).Draw(r, "family"), ""))
		other := family
		for range rapid.IntRange(0, 3).Draw(r, "changes") {
			from, to := rapid.SampledFrom(syllables).Draw(r, "from"), rapid.SampledFrom(syllables).Draw(r, "to")
			other = strings.Replace(other, from, to, 1)
		}
		asked, err := identifier.Parse(core.Name, family+", Maija Helena")
		if err != nil {
			return
		}
		asked.Forms = identifier.Forms(asked)
		w := (&matcher{}).want(asked)
		for _, text := range []string{other + ", Maija", "Maija " + other, strings.ToUpper(other) + " MAIJA HELENA", norm.NFD.String("Maija Helena " + other), "M. " + other} {
			if name.CompareText(asked.Value, tidy(text)) < name.Variant {
				continue
			}
			agreed++
			if !w.family.admits(tidy(text)) {
				r.Fatalf("filter of %q drops %q", asked.Value, text)
			}
			if !fits(w, text) {
				r.Fatalf("no pattern %+v of %q fits %q", w.names, asked.Value, text)
			}
		}
	})
	if agreed == 0 {
		t.Fatal("nothing agreed")
	}
}

// fits is what the condition of nameTerms says in SQL.
func fits(w *wanted, text string) bool {
	run, longest := 0, 0
	for _, r := range text {
		run++
		if r < 0x80 {
			run = 0
		}
		longest = max(longest, run)
	}
	if longest >= 2 {
		return true
	}
	for _, p := range w.names {
		if likeAny(text, []string{p.ascii}) || longest == 1 && likeAny(text, []string{p.foreign}) {
			return true
		}
	}
	return false
}
