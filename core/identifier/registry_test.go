package identifier

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
)

// allCodes are the codes of every ParseError.
func allCodes() []Code {
	return []Code{CodeEmpty, CodeKind, CodeForm, CodeLength, CodeDate, CodeCheck, CodeIndividual, CodeIncomplete, CodeYear, CodeFuture, CodeDomain,
		CodeCountry, CodeOrder, CodeSpan, CodePlace}
}

// everyKind is the kinds of the vocabulary in core, which the registry must
// cover.
func everyKind() []core.Kind {
	return []core.Kind{core.PersonalIdentityCode, core.BusinessID, core.Email, core.Phone, core.Name, core.DateOfBirth, core.DiaryNumber, core.ContractNumber,
		core.TicketNumber, core.EmployeeNumber, core.UserID, core.ElectronicID, core.SwedishNumber, core.EUPersonID, core.TaxNumber, core.VATNumber,
		core.IBAN, core.VirtuKey, core.CustomerNumber, core.InvoiceNumber, core.Address, core.TimeOfContact}
}

func TestTheRegistryHasEveryKindOnce(t *testing.T) {
	known := Known()
	if len(known) != len(everyKind()) {
		t.Errorf("%d kinds, want %d", len(known), len(everyKind()))
	}
	for _, k := range everyKind() {
		if n := len(slices.DeleteFunc(slices.Clone(known), func(o core.Kind) bool { return o != k })); n != 1 {
			t.Errorf("%s stands %d times in the registry", k, n)
		}
	}
	if _, ok := Rule("no-such-kind"); ok {
		t.Error("a rule for no kind")
	}
}

func whole(t Text) bool {
	return t.FI != "" && t.SV != "" && t.EN != "" && t.FI != t.SV && t.SV != t.EN && t.FI != t.EN
}

func TestEveryRuleIsComplete(t *testing.T) {
	for _, k := range Known() {
		t.Run(string(k), func(t *testing.T) {
			r, _ := Rule(k)
			if r.Title.FI == "" || r.Title.SV == "" || r.Title.EN == "" || !whole(r.Yours) || !whole(r.form) {
				t.Error("title, own name or right form lacks a language")
			}
			id := must(t, k, r.Example)
			if id.Value != r.Example || !Equal(id, id) {
				t.Errorf("the example's normal form is %q, equal to itself %t", id.Value, Equal(id, id))
			}
			forms := Forms(id)
			if len(forms) == 0 || forms[0].Text != id.Value || forms[0].Tier != core.TierExact {
				t.Error("the first form is not the normal form")
			}
			checkMask(t, Mask(id), id.Value)
			bare := core.Identifier{Kind: k, Value: "1", Status: core.Valid}
			if Mask(bare) == "" || Forms(bare) == nil {
				t.Error("a value made by hand breaks the rule")
			}
			checkBad(t, r)
		})
	}
}

// checkMask demands that a mask tells little: at most seven of the value's
// letters and digits in a row, and never its end.
func checkMask(t *testing.T, masked, value string) {
	t.Helper()
	if masked == "" || masked == value || !strings.ContainsAny(masked, "•*") {
		t.Errorf("masked as %q", masked)
	}
	shown := 0
	for _, r := range masked {
		if r != '•' && r != '*' {
			shown++
		}
	}
	if hiddenOf := len([]rune(value)) - shown; hiddenOf < 2 && len([]rune(value)) > 2 {
		t.Errorf("the mask %q hides %d characters", masked, hiddenOf)
	}
}

// checkBad demands that each bad example breaks its rule, that the sentence
// says so in three languages, and that it never holds the value.
func checkBad(t *testing.T, r KindRule) {
	t.Helper()
	if len(r.Bad) == 0 {
		t.Error("no value is bad")
	}
	seen := map[Code]bool{}
	for _, b := range r.Bad {
		id, err := Parse(r.Kind, b.Value)
		var pe *ParseError
		if !errors.As(err, &pe) || pe.Code != b.Code || id.Status == core.Valid {
			t.Errorf("the bad example of %s is read as %s, %v", b.Code, id.Status, err)
			continue
		}
		if seen[b.Code] {
			t.Errorf("%s has two bad examples", b.Code)
		}
		seen[b.Code] = true
		if !slices.Contains(allCodes(), b.Code) {
			t.Errorf("%s is no code", b.Code)
		}
		if Mask(id) != hidden || Forms(id) != nil || Equal(id, id) {
			t.Errorf("a value with a bad %s is shown, searched or compared", b.Code)
		}
		for _, lang := range []string{"fi", "sv", "en"} {
			if len(b.Value) > 3 && strings.Contains(pe.Explain(lang), b.Value) || strings.Contains(fmt.Sprintf("%+v %v", err, err), b.Value) && len(b.Value) > 3 {
				t.Errorf("the sentence on %s in %s holds the value", b.Code, lang)
			}
		}
	}
}

func TestEveryCodeOfEveryKindHasItsSentence(t *testing.T) {
	for _, kind := range append(Known(), "no-such-kind") {
		for _, code := range allCodes() {
			e := &ParseError{Kind: kind, Code: code}
			if !whole(e.Text()) {
				t.Errorf("%s, %s: one language is missing, or stands twice", kind, code)
			}
			for _, s := range []string{e.Explain("fi"), e.Explain("sv"), e.Explain("en")} {
				if strings.Count(s, ". ") > 0 || !strings.HasSuffix(s, ".") {
					t.Errorf("%s, %s: not one sentence: %q", kind, code, s)
				}
			}
		}
	}
}

// A kind breaks no rule that it has no bad example for, whatever it is given.
func TestKindsGiveOnlyTheirOwnCodes(t *testing.T) {
	own := map[core.Kind]map[Code]bool{}
	var seeds []string
	for _, k := range Known() {
		r, _ := Rule(k)
		own[k] = map[Code]bool{CodeEmpty: true, CodeLength: true}
		seeds = append(seeds, r.Example)
		for _, b := range r.Bad {
			own[k][b.Code] = true
			if len(b.Value) < 60 {
				seeds = append(seeds, b.Value)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(Known()).Draw(t, "kind")
		raw := rapid.SampledFrom(seeds).Draw(t, "seed")
		for range rapid.IntRange(0, 3).Draw(t, "edits") { // some characters of it changed
			rs := []rune(raw)
			at := rapid.IntRange(0, len(rs)).Draw(t, "at")
			with := rapid.SampledFrom([]rune("0123456789AZaä-+./:, @\u00ad")).Draw(t, "with")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				rs = slices.Insert(rs, at, with)
			case 1:
				if at < len(rs) {
					rs[at] = with
				}
			case 2:
				if at < len(rs) {
					rs = slices.Delete(rs, at, at+1)
				}
			}
			raw = string(rs)
		}
		_, err := Parse(kind, raw)
		var pe *ParseError
		if errors.As(err, &pe) && !own[kind][pe.Code] {
			t.Fatalf("%s %q: the code %s has no bad example", kind, raw, pe.Code)
		}
	})
}
