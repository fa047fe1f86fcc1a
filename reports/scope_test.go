package reports

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/net/html"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// helsinkiDay is the beginning of a day in Finland.
func helsinkiDay(y int, m time.Month, d int) time.Time {
	return time.Date(y, m, d, 0, 0, 0, 0, helsinki())
}

// sectionOf gives the text of one section of the page.
func sectionOf(t *testing.T, doc *html.Node, id string) string {
	t.Helper()
	for _, s := range elements(doc, "section") {
		if got, _ := attr(s, "id"); got == id {
			return textOf(s)
		}
	}
	t.Fatalf("the page has no section %s", id)
	return ""
}

func TestPeriodsAreShownWithTheirLastDay(t *testing.T) {
	from, to := helsinkiDay(2024, 1, 1), helsinkiDay(2024, 7, 1) // winter and summer time
	tests := []struct {
		v          core.Interval
		fi, sv, en string
	}{
		{core.Interval{From: from, To: to}, "1.1.2024 – 30.6.2024", "1.1.2024 – 30.6.2024", "1 January 2024 – 30 June 2024"},
		{core.Interval{From: from.UTC(), To: to.UTC()}, "1.1.2024 – 30.6.2024", "1.1.2024 – 30.6.2024", "1 January 2024 – 30 June 2024"},
		{core.Interval{From: from}, "alkaen 1.1.2024", "från och med 1.1.2024", "from 1 January 2024"},
		{core.Interval{To: to}, "30.6.2024 asti", "till och med 30.6.2024", "until 30 June 2024"},
		{core.Interval{From: from, To: helsinkiDay(2024, 1, 2)}, "1.1.2024", "1.1.2024", "1 January 2024"},
		{core.Interval{From: from, To: to.Add(12 * time.Hour)}, "1.1.2024 – 1.7.2024", "1.1.2024 – 1.7.2024", "1 January 2024 – 1 July 2024"},
	}
	for _, tt := range tests {
		in := sample()
		in.Request.Period = tt.v
		r := build(t, in)
		for lang, want := range map[string]string{"fi": tt.fi, "sv": tt.sv, "en": tt.en} {
			doc, _ := parsed(t, r, lang)
			for _, id := range []string{"document", "confirmation"} {
				if got := sectionOf(t, doc, id); !strings.Contains(got+" ", " "+want+" ") {
					t.Errorf("%s: section %s does not say %q: %s", lang, id, want, got)
				}
			}
		}
	}
}

func TestTheScopeIsShownAndLimitsTheAnswer(t *testing.T) {
	none := string(core.NoneFound)
	limits := map[string]func(*Request){
		"everything": func(*Request) {},
		"words":      func(q *Request) { q.Scope = "vain tukipyynnöt" },
		"a system":   func(q *Request) { q.Systems = []string{none} },
		"a period":   func(q *Request) { q.Period.From = helsinkiDay(2024, 1, 1) },
		"all three": func(q *Request) {
			q.Scope, q.Systems, q.Period.To = "vain tukipyynnöt", []string{none, "other"}, helsinkiDay(2024, 1, 1)
		},
	}
	for name, limit := range limits {
		in := sample()
		in.Items, in.Officials, in.Others = nil, nil, nil
		in.Systems = []catalogue.System{system(none), system("other")}
		in.Coverage = []core.Coverage{{System: none, Outcome: core.NoneFound}, {System: "other", Outcome: core.OutsideRequest}}
		limit(&in.Request)
		limited := name != "everything"
		r := build(t, in)
		for _, lang := range Languages() {
			words, err := textsIn(lang)
			if err != nil {
				t.Fatal(err)
			}
			doc, _ := parsed(t, r, lang)
			document, confirmation := sectionOf(t, doc, "document"), sectionOf(t, doc, "confirmation")
			if all := strings.Contains(document, words.Document.ScopeAll); all == limited {
				t.Errorf("%s %s: says everything: %t", name, lang, all)
			}
			if strings.Contains(confirmation, words.Confirmation.Limited) != limited || strings.Contains(confirmation, words.Confirmation.NoLimited) != limited {
				t.Errorf("%s %s: limited %t, and the answer is: %s", name, lang, limited, confirmation)
			}
			if strings.Contains(sectionOf(t, doc, "none"), words.None.Limited) != limited {
				t.Errorf("%s %s: the systems without data do not say that the search was limited", name, lang)
			}
			for _, section := range []string{document, confirmation} {
				if in.Request.Scope != "" && !strings.Contains(section, words.Document.Scope) || !strings.Contains(section, in.Request.Scope) {
					t.Errorf("%s %s: the words of the person are missing: %s", name, lang, section)
				}
				if len(in.Request.Systems) > 0 && !strings.Contains(section, "System "+none+" "+lang) {
					t.Errorf("%s %s: the name of the system is missing: %s", name, lang, section)
				}
			}
			checkScopeJSON(t, r, lang, limited)
		}
	}
}

// checkScopeJSON sees that the JSON says the same and follows its schema.
func checkScopeJSON(t *testing.T, r *Report, lang string, limited bool) {
	t.Helper()
	var out bytes.Buffer
	if err := JSON(&out, r, lang); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiledSchema(t).Validate(doc); err != nil {
		t.Error(err)
	}
	var got struct {
		Document struct {
			Scope   string
			Systems []string    `json:"scope_systems"`
			Period  *periodJSON `json:"scope_period"`
		}
		Confirmations []struct{ Limited bool }
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	d := got.Document
	if d.Scope != r.Request.Scope || !cmp.Equal(d.Systems, r.Request.Systems) || (d.Period == nil) != r.Request.Period.IsZero() {
		t.Errorf("the JSON says %+v of %+v", d, r.Request)
	}
	if len(got.Confirmations) != 1 || got.Confirmations[0].Limited != limited {
		t.Errorf("limited %t: %+v", limited, got.Confirmations)
	}
}

func TestJSONPeriodHasItsLastDay(t *testing.T) {
	tests := []struct {
		v    core.Interval
		want *periodJSON
	}{
		{core.Interval{}, nil},
		{core.Interval{From: helsinkiDay(2024, 1, 1), To: helsinkiDay(2025, 1, 1)}, &periodJSON{"2024-01-01", "2024-12-31"}},
		{core.Interval{From: helsinkiDay(2024, 1, 1)}, &periodJSON{FirstDay: "2024-01-01"}},
		{core.Interval{To: helsinkiDay(2025, 1, 1)}, &periodJSON{LastDay: "2024-12-31"}},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, period(tt.v)); d != "" {
			t.Errorf("%v: %s", tt.v, d)
		}
	}
}

func TestScopeHoldsNoCodeAndIsNeverLost(t *testing.T) {
	in := sample()
	in.Request.Scope, in.Request.Systems = "about "+code(901), []string{"case " + code(902)}
	for name, out := range rendered(t, build(t, in)) {
		if strings.Contains(out, code(901)) || strings.Contains(out, code(902)) {
			t.Errorf("%s: a personal identity code is shown", name)
		}
	}
	in = sample()
	in.Request.Period = core.Interval{From: helsinkiDay(2024, 1, 2), To: helsinkiDay(2024, 1, 2)}
	if _, err := Build(in); err == nil || !strings.Contains(err.Error(), "period") {
		t.Errorf("an empty period: %v", err)
	}
}

func TestTheDateOfReceiptIsADateInJSON(t *testing.T) {
	tests := []struct {
		at   time.Time
		want any
	}{
		{time.Date(2026, 11, 19, 22, 0, 0, 0, time.UTC), "2026-11-20"},
		{time.Date(2026, 6, 30, 21, 0, 0, 0, time.UTC), "2026-07-01"},
		{time.Date(2026, 11, 19, 22, 0, 1, 0, time.UTC), "2026-11-19T22:00:01Z"},
		{time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "2026-11-20T00:00:00Z"},
		{time.Time{}, nil},
	}
	schema := compiledSchema(t)
	for _, tt := range tests {
		in := sample()
		in.Request.Received = tt.at
		r := build(t, in)
		var whole, coverage bytes.Buffer
		if err := JSON(&whole, r, "fi"); err != nil {
			t.Fatal(err)
		}
		if err := CoverageJSON(&coverage, r); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(whole.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%v: %v", tt.at, err)
		}
		got := doc.(map[string]any)["document"].(map[string]any)["received"]
		var row map[string]any
		if err := json.Unmarshal(coverage.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		if got != tt.want || row["received"] != tt.want {
			t.Errorf("%v is %v and %v, want %v", tt.at, got, row["received"], tt.want)
		}
	}
	var out bytes.Buffer
	if err := JSON(&out, build(t, sample()), "fi"); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(out.String(), "2026-11-02T07:00:00Z", "2.11.2026", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if schema.Validate(doc) == nil {
		t.Error("the schema accepts 2.11.2026")
	}
}
