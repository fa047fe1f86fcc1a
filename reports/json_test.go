package reports

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sinusta/sinusta/core"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:sinusta:report:1", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:sinusta:report:1")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestJSONFollowsItsSchema(t *testing.T) {
	schema := compiledSchema(t)
	for _, lang := range Languages() {
		var out bytes.Buffer
		if err := JSON(&out, build(t, everyValue()), lang); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Fatalf("%s: %v", lang, err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", lang, err)
		}
	}
}

func TestSchemaRefusesOtherShapes(t *testing.T) {
	schema := compiledSchema(t)
	var out bytes.Buffer
	if err := JSON(&out, build(t, sample()), "en"); err != nil {
		t.Fatal(err)
	}
	spoil := []struct{ from, to string }{
		{`"format":"sinusta-report/1"`, `"format":"sinusta-report/2"`},
		{`"undecided":0,`, ``},
		{`"withheld":"third-party"`, `"value":"x","withheld":"third-party"`},
		{`"outcome":"found"`, `"outcome":"good"`},
		{`"version":"1.0"`, `"version":"1.0","more":1`},
		{`"size":4711`, `"size":0`},
		{`"key_name":"sinusta-audit-00"`, `"key":"sinusta-audit-00"`},
	}
	for _, s := range spoil {
		text := strings.Replace(out.String(), s.from, s.to, 1)
		if text == out.String() {
			t.Fatalf("%s does not stand in the report", s.from)
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", s.to, err)
		}
		if schema.Validate(doc) == nil {
			t.Errorf("the schema accepts %s", s.to)
		}
	}
}

// everyValue is the sample with a value of every type.
func everyValue() Input {
	in := sample()
	in.Coverage[0].Asked = in.Search.From
	m := &in.Items[0].Members[0]
	add := func(name string, v core.Value) {
		m.Record.Fields = append(m.Record.Fields, core.Field{Name: name, Value: v})
		m.Roles.Fields = append(m.Roles.Fields, core.RoleOrganisation)
	}
	add("urgent", core.FlagValue(true))
	add("priority", core.IntegerValue(-3))
	add("cost", core.DecimalValue("1234567890.10"))
	add("due", core.DateValue(time.Date(2026, 12, 6, 0, 0, 0, 0, time.UTC)))
	add("opened", core.TimeValue(time.Date(2026, 6, 1, 22, 30, 0, 0, time.UTC)))
	add("closed", core.NullValue())
	add("closed", core.WithheldValue(core.Withheld{Reason: core.WithheldSecret, LegalBasis: "621/1999 24 § 1 mom. 7 k."}))
	add("closed", core.WithheldValue(core.Withheld{Reason: core.WithheldSecret, LegalBasis: "because of Maija"}))
	return in
}

func TestJSONValuesAndNames(t *testing.T) {
	var out bytes.Buffer
	if err := JSON(&out, build(t, everyValue()), "en"); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Systems []struct {
			Items []struct {
				Fields []map[string]any
				AlsoIn []struct {
					System string
					Ref    string
				} `json:"also_in"`
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	it := doc.Systems[0].Items[0]
	if len(it.AlsoIn) != 1 || it.AlsoIn[0].System != "partial" || it.AlsoIn[0].Ref != "ticket/T1" {
		t.Errorf("also_in is %+v", it.AlsoIn)
	}
	org, sub := "organisation", "subject"
	want := []map[string]any{
		{"name": "number", "label": "Number en", "role": org, "value": "T1"},
		{"name": "status", "label": "Status en", "role": org, "value": "open", "meaning": "Is open en"},
		{"name": "opened", "label": "Opened en", "role": org, "value": "2026-06-01T22:30:00Z"},
		{"name": "urgent", "label": "Urgent en", "role": org, "value": true},
		{"name": "priority", "label": "Priority en", "role": org, "value": -3.0},
		{"name": "cost", "label": "Cost en", "role": org, "value": "1234567890.10"},
		{"name": "due", "label": "Due en", "role": org, "value": "2026-12-06"},
		{"name": "closed", "label": "Closed en", "role": org, "value": nil},
		{"name": "closed", "label": "Closed en", "role": org, "withheld": "source-secret", "withheld_basis": "621/1999 24 § 1 mom. 7 k."},
		{"name": "closed", "label": "Closed en", "role": org, "withheld": "source-secret"},
		{"name": "health", "label": "Health en", "role": org, "withheld": "special"},
		{"name": "note", "label": "Note en", "role": "content", "withheld": "content"},
		{"name": "row_version", "label": "Unnamed detail", "role": "unknown", "withheld": "unknown"},
		{"name": "requester.name", "label": "Requester en: name en", "role": sub, "value": "subject-one"},
		{"name": "requester.personal_identity_code", "label": "Requester en: code en", "role": sub, "value": "010190-****"},
		{"name": "requester.manager", "label": "Requester en: manager en", "role": "third-party", "withheld": "third-party"},
		{"name": "requester.diet", "label": "Requester en: diet en", "role": sub, "withheld": "special"},
		{"name": "assignee.name", "label": "Assignee en: name en", "role": "official", "withheld": "official"},
		{"name": "next_of_kin.name", "label": "Kin en: name en", "role": "third-party", "withheld": "third-party"},
		{"name": "comment[1].time", "label": "Comment en 1: time en", "role": org, "value": "2026-05-04T10:00:00Z"},
		{"name": "comment[1].text", "label": "Comment en 1: text en", "role": "content", "withheld": "content"},
		{"name": "comment[1].requester.name", "label": "Comment en 1, requester en: name en", "role": "third-party", "withheld": "third-party"},
	}
	if d := cmp.Diff(want, it.Fields); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
}

func TestSeveralPartiesInOneSlotAreNumbered(t *testing.T) {
	in := sample()
	m := &in.Items[0].Members[0]
	m.Record.Parties[2].Slot = "requester"
	var names []string
	for _, f := range thing(t, build(t, in), 0).Copies[0].Fields {
		if strings.HasSuffix(f.Name, ".name") && !f.Label.inPart {
			names = append(names, f.Name)
		}
	}
	if d := cmp.Diff([]string{"requester[1].name", "requester[2].name", "assignee.name"}, names); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
}

func TestCoverageJSONHasEverySystemOnce(t *testing.T) {
	in := sample()
	asked := time.Date(2026, 11, 22, 10, 30, 0, 0, helsinki())
	in.Coverage[0].Asked = asked
	r := build(t, in)
	var out bytes.Buffer
	if err := CoverageJSON(&out, r); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		CatalogueDigest string `json:"catalogue_digest"`
		Language        string
		Answered        time.Time
		Coverage        []struct {
			System    string
			Outcome   core.Outcome
			AskedWith []core.Kind `json:"asked_with"`
			Asked     *time.Time
			Records   int
			TookMS    int `json:"took_ms"`
			Reason    string
			Final     bool
		}
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.CatalogueDigest != "sha256:0123" || doc.Language != "sv" || !doc.Answered.Equal(r.Request.Answered) {
		t.Errorf("head is %q %q %v", doc.CatalogueDigest, doc.Language, doc.Answered)
	}
	if len(doc.Coverage) != len(core.Outcomes()) {
		t.Fatalf("%d rows, want %d", len(doc.Coverage), len(core.Outcomes()))
	}
	for i, c := range doc.Coverage {
		o := core.Outcomes()[i]
		if first := i == 0; first != (c.Asked != nil) || first && !c.Asked.Equal(asked) {
			t.Errorf("row %d was asked at %v", i, c.Asked)
		}
		if c.System != string(o) || c.Outcome != o || c.Final != o.Final() || c.Records != 3 || c.TookMS != 1500 ||
			c.Reason != "types_unexamined" || len(c.AskedWith) != 1 {
			t.Errorf("row %d is %+v", i, c)
		}
	}
}

func TestUnknownLanguageIsAnError(t *testing.T) {
	r := build(t, sample())
	if err := HTML(new(bytes.Buffer), r, "de"); err == nil || !strings.Contains(err.Error(), "fi, sv, en") {
		t.Errorf("HTML: %v", err)
	}
	if err := JSON(new(bytes.Buffer), r, ""); err == nil {
		t.Error("JSON: no error")
	}
}
