package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
)

var today = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func valtoris(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load("../../../../fixtures/valtori")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// intakeWith gives the text of an intake with these names and identifiers.
func intakeWith(t testing.TB, names []IntakeName, ids ...IntakeIdentifier) []byte {
	t.Helper()
	raw, err := yaml.Marshal(Intake{CaseNumber: "VALTORI/1/2026", Received: "2026-11-01", Language: "fi", Subject: IntakeSubject{Names: names, Identifiers: ids}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

var maija = []IntakeName{{Given: "Maija", Family: "Mäkinen"}}

func TestACompanyByItselfGetsItsAnswer(t *testing.T) {
	number := IntakeIdentifier{Kind: core.BusinessID, Value: "2617416-4"}
	contact, trader := number, number
	contact.Capacity, trader.Capacity = core.ContactPerson, core.SoleTrader
	id := func(kind core.Kind, value string) IntakeIdentifier { return IntakeIdentifier{Kind: kind, Value: value} }
	for _, c := range []struct {
		what    string
		names   []IntakeName
		ids     []IntakeIdentifier
		refused bool
	}{
		{"its number", nil, []IntakeIdentifier{number}, true},
		{"its VAT number", nil, []IntakeIdentifier{id(core.VATNumber, "FI26174164")}, true},
		{"its number, and a capacity of nobody", nil, []IntakeIdentifier{contact}, true},
		{"its name", []IntakeName{{Given: "Esimerkki", Family: "Oy"}}, []IntakeIdentifier{number}, true},
		{"its name in one field", []IntakeName{{Family: "Esimerkki Oyj"}}, nil, true},
		{"its number and its mailbox", nil, []IntakeIdentifier{number, id(core.Email, "info@esimerkki.example"), id(core.Phone, "029 1234567")}, true},
		{"its number, a contract and an address", nil, []IntakeIdentifier{number, id(core.ContractNumber, "SOP-1"), id(core.Address, "Esimerkkikatu 1, Espoo")}, true},
		{"a sole trader's number", nil, []IntakeIdentifier{trader}, false},
		{"a contact person by name", maija, []IntakeIdentifier{contact}, false},
		{"a contact person by her own address", nil, []IntakeIdentifier{contact, id(core.Email, "maija@esimerkki.example")}, false},
		{"a person whose name is also a legal form", []IntakeName{{Given: "Thi", Family: "Ky"}}, []IntakeIdentifier{id(core.PersonalIdentityCode, "010190-900P")}, false},
	} {
		r, err := ReadIntake("intake.yaml", intakeWith(t, c.names, c.ids...), valtoris(t), today)
		if errors.Is(err, ErrCompany) != c.refused || !c.refused && err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if c.refused && len(r.Subject.Identifiers) > 0 {
			t.Errorf("%s: a request was made", c.what)
		}
	}
	text := ErrCompany.Error()
	for _, want := range []string{"\nfi: ", "\nsv: ", "\nen: ", "621/1999", "15 artikla", "artikel 15", "Article 15"} {
		if !strings.Contains(text, want) {
			t.Errorf("the answer lacks %q", want)
		}
	}
}

func TestCapacityComesWithItsDays(t *testing.T) {
	c := valtoris(t)
	r, err := ReadIntake("intake.yaml", intakeWith(t, maija,
		IntakeIdentifier{Kind: core.VATNumber, Value: "FI26174164", Capacity: core.Partner, From: "2020-01-01", To: "2024-12-31"}), c, today)
	if err != nil {
		t.Fatal(err)
	}
	business := r.Subject.Of(core.BusinessID)
	if len(business) != 1 || business[0].Value != "2617416-4" || business[0].Capacity != core.Partner || business[0].Personal() ||
		business[0].Valid.From.IsZero() || !business[0].Former(today) || business[0].Assurance != core.Verified {
		t.Errorf("the business ID of the VAT number: %+v", business)
	}
	for what, wrong := range map[string]IntakeIdentifier{
		"no capacity":        {Kind: core.BusinessID, Value: "2617416-4"},
		"an unknown one":     {Kind: core.BusinessID, Value: "2617416-4", Capacity: "owner"},
		"one of an address":  {Kind: core.Email, Value: "maija@esimerkki.example", Capacity: core.Partner},
		"days turned around": {Kind: core.BusinessID, Value: "2617416-4", Capacity: core.Partner, From: "2024-01-01", To: "2020-01-01"},
	} {
		_, err := ReadIntake("intake.yaml", intakeWith(t, maija, wrong), c, today)
		if err == nil || errors.Is(err, ErrCompany) || strings.Contains(err.Error(), wrong.Value) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAFormerNameMayHaveNoDays(t *testing.T) {
	names := []IntakeName{maija[0], {Given: "Maija", Family: "Virtanen", Former: true}, {Given: "Maija", Family: "Niemi", To: "2015-06-20"}}
	r, err := ReadIntake("intake.yaml", intakeWith(t, names, IntakeIdentifier{Kind: core.Email, Value: "maija@posti.example"}), valtoris(t), today)
	if err != nil {
		t.Fatal(err)
	}
	for i, former := range []bool{false, true, true} {
		if got := r.Subject.Of(core.Name)[i].Former(today); got != former {
			t.Errorf("name %d is former: %t", i, got)
		}
	}
}

// Every kind enters by its example; every bad example is refused with its
// sentence, and the answer never holds the value.
func TestEveryKindEnters(t *testing.T) {
	c := valtoris(t)
	for _, kind := range identifier.Known() {
		rule, _ := identifier.Rule(kind)
		if kind == core.Name {
			continue
		}
		capacity := core.Capacity("")
		if kind.OfOrganisation() {
			capacity = core.ContactPerson
		}
		r, err := ReadIntake("intake.yaml", intakeWith(t, maija, IntakeIdentifier{Kind: kind, Value: rule.Example, Capacity: capacity}), c, today)
		if err != nil || len(r.Subject.Of(kind)) != 1 || r.Subject.Of(kind)[0].Value != rule.Example {
			t.Errorf("%s: %v", kind, err)
		}
		for _, bad := range rule.Bad {
			for _, lang := range []string{"fi", "sv", "en"} {
				_, err := ReadIntake("intake.yaml", intakeIn(t, lang, IntakeIdentifier{Kind: kind, Value: bad.Value, Capacity: capacity}), c, today)
				want := (&identifier.ParseError{Kind: kind, Code: bad.Code}).Explain(lang)
				if err == nil || len(bad.Value) > 3 && strings.Contains(err.Error(), bad.Value) || !strings.Contains(err.Error(), want) && !strings.ContainsRune(bad.Value, '\x00') {
					t.Errorf("%s, %s: %v, want %q", kind, bad.Code, err, want)
				}
			}
		}
	}
}

// intakeIn is an intake with the report in lang.
func intakeIn(t *testing.T, lang string, id IntakeIdentifier) []byte {
	t.Helper()
	return []byte(strings.Replace(string(intakeWith(t, maija, id)), "language: fi", "language: "+lang, 1))
}

// A kind with a slip in it, or called as people call it, is answered with what
// was probably meant, in the language of the report.
func TestAWrongKindIsAnsweredWithTheRightOne(t *testing.T) {
	c := valtoris(t)
	for word, want := range map[string]core.Kind{
		"emial": core.Email, "sähköposti": core.Email, "hetu": core.PersonalIdentityCode, "personal_identity_code": core.PersonalIdentityCode,
		"persnal-identity-code": core.PersonalIdentityCode, "personbeteckning": core.PersonalIdentityCode, "y-tunnus": core.BusinessID,
		"puhelin": core.Phone, "telefonnummer": core.Phone, "dnro": core.DiaryNumber, "satu": core.ElectronicID, "personnummer": core.SwedishNumber,
	} {
		for lang, says := range map[string]string{"fi": "tarkoititko", "sv": "menade du", "en": "did you mean"} {
			_, err := ReadIntake("intake.yaml", intakeIn(t, lang, IntakeIdentifier{Kind: core.Kind(word), Value: "x"}), c, today)
			if err == nil || !strings.Contains(err.Error(), says+": "+string(want)) {
				t.Errorf("%s, %s: %v, want %s", word, lang, err, want)
			}
		}
	}
	_, err := ReadIntake("intake.yaml", intakeIn(t, "sv", IntakeIdentifier{Kind: "010190-900P", Value: "x"}), c, today)
	if err == nil || strings.Contains(err.Error(), "010190") || !strings.Contains(err.Error(), "typerna är: ") {
		t.Errorf("a value in the place of a kind: %v", err)
	}
}

// An EUID and an OVT are a business ID where the organisation says that it
// uses them, and nowhere else.
func TestABusinessIDEntersInTheSpellingsOfTheHouse(t *testing.T) {
	c := valtoris(t)
	for _, raw := range []string{"FIFPRO.2617416-4", "fifpro.26174164", "003726174164", "0037 2617 4164 ABC12"} {
		for _, forms := range [][]string{nil, identifier.BusinessForms()} {
			c.Organisation.BusinessIDForms = forms
			r, err := ReadIntake("intake.yaml", intakeWith(t, maija, IntakeIdentifier{Kind: core.BusinessID, Value: raw, Capacity: core.SoleTrader}), c, today)
			switch got := r.Subject.Of(core.BusinessID); {
			case forms == nil && err == nil:
				t.Errorf("%s is taken though nobody said so", raw)
			case forms != nil && (err != nil || len(got) != 1 || got[0].Value != "2617416-4"):
				t.Errorf("%s: %v", raw, err)
			}
		}
	}
}

// asked answers the questions of the dialogue by what they end in.
func asked(t *testing.T, answers func(question string) string) (string, access.Request, error) {
	t.Helper()
	d := &terminal{answer: answers}
	r, err := AskIntake(context.Background(), d, d, valtoris(t), today)
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.shown, r, err
}

// terminal answers each question when it has been written.
type terminal struct {
	mu     sync.Mutex
	shown  string
	read   int
	answer func(string) string
}

func (d *terminal) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shown += string(p)
	return len(p), nil
}

func (d *terminal) Read(p []byte) (int, error) {
	for {
		d.mu.Lock()
		question := d.shown[d.read:]
		whole := strings.HasSuffix(question, ": ")
		if whole {
			d.read = len(d.shown)
		}
		d.mu.Unlock()
		if whole {
			return copy(p, d.answer(question)+"\n"), nil
		}
		time.Sleep(time.Millisecond)
	}
}

func TestTheDialogueAsksForEveryKind(t *testing.T) {
	given := map[core.Kind]bool{}
	ask := func(question string) string {
		for _, k := range identifier.Known() {
			rule, _ := identifier.Rule(k)
			if strings.Contains(question, fmt.Sprintf("(%s, such as", k)) {
				if given[k] {
					return ""
				}
				given[k] = true
				if k == core.DateOfBirth {
					return "1990-01-01"
				}
				return rule.Example
			}
		}
		switch {
		case strings.Contains(question, "Diary number of"):
			return "VALTORI/1/2026"
		case strings.Contains(question, "Date of receipt"):
			return "2026-11-01"
		case strings.Contains(question, "Given names"):
			return "Maija"
		case strings.Contains(question, "Family name"):
			return "Mäkinen"
		case strings.Contains(question, "Language"):
			return "sv"
		case strings.Contains(question, "verified or stated"):
			return "s"
		case strings.Contains(question, "capacity"):
			return "representative"
		case strings.Contains(question, "issuer ("):
			return ""
		case strings.Contains(question, "from ("):
			return "2020-01-01"
		}
		return ""
	}
	out, r, err := asked(t, ask)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, k := range identifier.Known() {
		if len(r.Subject.Of(k)) == 0 {
			t.Errorf("the dialogue did not ask for %s", k)
			continue
		}
		if got := r.Subject.Of(k)[0].Assurance; k != core.Name && got != core.Stated {
			t.Errorf("the %s that was only stated is %q", k, got)
		}
	}
	if r.Language != "sv" {
		t.Errorf("the language is %q", r.Language)
	}
	if b := r.Subject.Of(core.BusinessID)[0]; b.Capacity != core.Representative || b.Valid.From.IsZero() {
		t.Errorf("the business ID has the capacity %q and begins at %v", b.Capacity, b.Valid.From)
	}
}

func TestTheDialogueRefusesACompany(t *testing.T) {
	once := false
	_, _, err := asked(t, func(question string) string {
		switch {
		case strings.Contains(question, "Diary number of"):
			return "VALTORI/1/2026"
		case strings.Contains(question, "Date of receipt"):
			return "2026-11-01"
		case strings.Contains(question, "Given names"):
			return "Esimerkki"
		case strings.Contains(question, "Family name"):
			return "Oy"
		case strings.Contains(question, "(business-id, such as") && !once:
			once = true
			return "2617416-4"
		case strings.Contains(question, "verified or stated"):
			return "verified"
		}
		return ""
	})
	if !errors.Is(err, ErrCompany) {
		t.Errorf("%v, want the answer to a company", err)
	}
}
