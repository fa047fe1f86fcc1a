package reports

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// An organisation that is no authority does not speak as one.
func TestOnlyAnAuthoritySpeaksOfAuthorities(t *testing.T) {
	official := map[string]*regexp.Regexp{
		"fi": regexp.MustCompile(`(?i)viranoma|virkateht|virkam|valitus|valittaa|hallinto-oikeu|kirjallisen päätö`),
		"sv": regexp.MustCompile(`(?i)myndighet|tjänsteuppdrag|tjänsteman|tjänsteplikt|besvär|överklag|förvaltningsdom|skriftligt beslut`),
		"en": regexp.MustCompile(`(?i)authorit|official|appeal|administrative court|written decision`),
	}
	in := everyValue()
	in.Systems[0].DisclosureAuthority = fact("Head")
	for lang, words := range official {
		for _, authority := range []bool{false, true} {
			in.Organisation.Authority = authority
			r := build(t, in)
			doc, _ := parsed(t, r, lang)
			body := textOf(elements(doc, "body")[0])
			body = strings.ReplaceAll(body, "System excluded_by_policy", "")
			found := words.FindAllString(body, -1)
			if !authority && len(found) > 0 {
				t.Errorf("%s: an organisation that is no authority speaks of %q", lang, found)
			}
			if authority && len(found) < 4 {
				t.Errorf("%s: an authority does not tell of its decisions and of appeal: %q", lang, found)
			}
		}
		private, err := textsFor(lang, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range []string{private.Outcomes[core.ExcludedByPolicy].Text, private.Withheld[WithheldSourceSecret].Text, private.Remedies.AskText} {
			if said == "" || words.MatchString(said) {
				t.Errorf("%s: %q", lang, said)
			}
		}
	}
}

func TestRightsDoNotContradictThemselves(t *testing.T) {
	in := sample()
	in.Systems[0].LegalBasis = []catalogue.LegalBasis{{Article: "6(1)(e)"}}
	in.Systems[1].LegalBasis = []catalogue.LegalBasis{{Article: "6(1)(c)"}}
	r := build(t, in)
	limits := map[RightCode][]string{}
	for _, right := range r.Rights {
		limits[right.Code] = right.MayNotApply
	}
	has := func(code RightCode, id core.Outcome) bool {
		return strings.Contains(" "+strings.Join(limits[code], " ")+" ", " "+string(id)+" ")
	}
	if has(RightObjection, core.Found) || !has(RightObjection, core.NoneFound) {
		t.Errorf("objection may not apply in %v", limits[RightObjection])
	}
	if len(limits[RightRestriction]) > 0 || len(limits[RightRectification]) > 0 {
		t.Errorf("restriction in %v, rectification in %v", limits[RightRestriction], limits[RightRectification])
	}
	if !has(RightErasure, core.Found) || !has(RightErasure, core.NoneFound) {
		t.Errorf("erasure may not apply in %v", limits[RightErasure])
	}
	for lang, want := range map[string]string{"fi": "ei perustu niissä yleistä etua", "sv": "grundar sig varken på en uppgift av allmänt intresse", "en": "rests there neither on a task in the public interest"} {
		doc, _ := parsed(t, r, lang)
		if got := sectionOf(t, doc, "rights"); !strings.Contains(got, want) {
			t.Errorf("%s: the rights do not say %q: %s", lang, want, got)
		}
	}
}

// Words that were found wrong do not come back.
func TestFalseFriends(t *testing.T) {
	for lang, wrong := range map[string]string{
		"fi": `(?i)^vastaaja$|hakuaika|haettu kokonaan|hetkeen saatu|luettelon tila|meni rikki`,
		"sv": `(?i)registratorskontor|lämnats bort|ticketing|gick sönder`,
		"en": `(?i)state of the system catalogue|have of you|known of you|does not tell`,
	} {
		re := regexp.MustCompile(wrong)
		for path, text := range messages(t, lang) {
			if re.MatchString(text) {
				t.Errorf("%s %s: %q", lang, path, text)
			}
		}
	}
}

func TestAContactIsNamedOnce(t *testing.T) {
	in := sample()
	in.Organisation.Registry.Title = catalogue.Text{FI: "Viraston kirjaamo", SV: "Ämbetsverkets registratur", EN: "Registry"}
	in.Organisation.DPO.Title = catalogue.Text{FI: "Neuvonta", SV: "Rådgivning", EN: "Advice"}
	for lang, want := range map[string][3]string{
		"fi": {"Viraston kirjaamo", "Tietosuojavastaava", "Neuvonta"},
		"sv": {"Ämbetsverkets registratur", "Dataskyddsombud", "Rådgivning"},
		"en": {"Registry", "Data protection officer", "Advice"},
	} {
		doc, _ := parsed(t, build(t, in), lang)
		var cards []string
		for _, n := range elements(doc, "div") {
			if c, _ := attr(n, "class"); c == "card" {
				cards = append(cards, textOf(n))
			}
		}
		if len(cards) != 2 {
			t.Fatalf("%s: %d contacts", lang, len(cards))
		}
		if strings.Count(strings.ToLower(cards[0]), strings.ToLower(want[0])) != 1 && lang != "en" || !strings.HasPrefix(cards[0], want[0]+" ") || strings.HasPrefix(cards[0], want[0]+" "+want[0]) {
			t.Errorf("%s: the registry is %q", lang, cards[0])
		}
		if !strings.HasPrefix(cards[1], want[1]+" "+want[2]) {
			t.Errorf("%s: the data protection officer is %q", lang, cards[1])
		}
	}
}

func TestNoTimeOfSearchWhenNobodyWasAsked(t *testing.T) {
	for _, asked := range []bool{false, true} {
		in := sample()
		in.Request.Answered, in.Checkpoint = time.Time{}, nil // both have times of their own
		in.Items, in.Officials, in.Others = nil, nil, nil
		in.Systems = []catalogue.System{system("A"), system("B")}
		in.Coverage = []core.Coverage{{System: "A", Outcome: core.NotStored}, {System: "B", Outcome: core.NotSearchable}}
		if asked {
			in.Coverage[1] = core.Coverage{System: "B", Outcome: core.NoneFound, AskedWith: []core.Kind{core.Email}}
		}
		r := build(t, in)
		if got := !r.Search.IsZero(); got != asked {
			t.Errorf("asked %t: the time of search is %v", asked, r.Search)
		}
		for name, out := range rendered(t, r) {
			if told := strings.Contains(out, "2026-11-21") || strings.Contains(out, "21.11.2026"); told != asked {
				t.Errorf("%s, asked %t: tells a time of search: %t", name, asked, told)
			}
		}
		for _, lang := range Languages() {
			words, err := textsIn(lang)
			if err != nil {
				t.Fatal(err)
			}
			doc, _ := parsed(t, r, lang)
			if said := strings.Contains(sectionOf(t, doc, "search"), words.Search.Nobody); said == asked {
				t.Errorf("%s, asked %t: says that nobody was asked: %t", lang, asked, said)
			}
		}
	}
}

func TestLongWordsOfTheContentsBreak(t *testing.T) {
	css, err := templateFiles.ReadFile("templates/style.css")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`\.contents \{[^}]*overflow-wrap: anywhere;[^}]*hyphens: auto`).Match(css) {
		t.Error("long words of the contents do not break")
	}
}
