package catalogue_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// shared is an installation in which each level states something.
func shared() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"organisation.yaml": file(goodOrganisation + `documents:
  - {id: d, title: D, kind: other, language: en, sentences: [{key: all, sentence: For all.}]}
common:
  recipients: [{source: all, en: nobody}]
  transfers: [{source: all, en: none}]
  procedure: {text: {en: write to us}, signed: true, source: all}
  paper: {held: unknown, source: all}
`),
		"catalogue/S.yaml": file(`id: S
level: store
name: {en: Store, source: store}
published: [{key: store, sentence: The store.}]
recipients: [{source: store, en: the archive}]
paper: {held: yes, text: {en: in the cellar}, source: store}
`),
		"catalogue/S.1.yaml": file(`id: S.1
kind: ticketing
name: {en: Tickets, source: tickets}
store: {id: S}
published: [{key: tickets, sentence: The tickets.}]
transfers: [{source: tickets, en: to the moon}]
procedure: {time_of_contact: true, self_service: {source: tickets, en: see the portal}}
retention: [{days: 30, types: [ticket], source: tickets}, {days: 5, source: tickets}]
`),
		"catalogue/S.2.yaml": file(`id: S.2
level: subregister
parent: S.1
types: [comment]
name: {en: Comments, source: tickets}
`),
		"catalogue/S.3.yaml": file(`id: S.3
level: subregister
parent: S.1
kind: logs
name: {en: Log, source: tickets}
outcome: excluded_by_policy
outcome_reason: {en: by policy, source: tickets}
policy: log_data
paper: {held: no, source: derived}
`),
	}
}

func TestEntriesTakeWhatTheyDoNotSay(t *testing.T) {
	c, err := catalogue.LoadFS(shared())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Systems) != 2 || len(c.Stores) != 1 || len(c.Systems[0].SubRegisters) != 1 {
		t.Fatalf("%d systems, %d stores, sub-registers %v", len(c.Systems), len(c.Stores), c.Systems[0].SubRegisters)
	}
	got := map[string]string{}
	for _, id := range []string{"S.1", "S.2", "S.3"} {
		s, ok := c.Entry(id)
		if !ok {
			t.Fatalf("no entry %s", id)
		}
		got[id] = strings.Join([]string{s.Kind, s.Store.Name.EN, s.Recipients[0].EN, s.Transfers[0].EN, s.Paper.Held, s.Procedure.Text.EN}, ", ")
		if !s.Procedure.Signed {
			t.Errorf("%s does not take what the organisation demands", id)
		}
	}
	want := map[string]string{
		"S.1": "ticketing, Store, the archive, to the moon, yes, write to us",
		"S.2": "ticketing, Store, the archive, to the moon, yes, write to us",
		"S.3": "logs, Store, the archive, to the moon, no, write to us",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s, _ := c.System("S.1")
	if diff := cmp.Diff(map[string]string{"recipients": "catalogue/S.yaml", "paper": "catalogue/S.yaml"}, s.Inherited); diff != "" {
		t.Error(diff)
	}
	if !s.Procedure.TimeOfContact || s.Procedure.Source != "all" {
		t.Errorf("procedure %+v", s.Procedure)
	}
	comments, _ := c.Entry("S.2")
	log, _ := c.System("S.3")
	if comments.Procedure.SelfService.EN == "" || log.Procedure.SelfService.EN != "" {
		t.Errorf("the portal of tickets shows %q of comments, %q of the log", comments.Procedure.SelfService.EN, log.Procedure.SelfService.EN)
	}
	if len(log.Retention) != 1 || log.Retention[0].Days != 5 {
		t.Errorf("a log has the retention of tickets: %+v", log.Retention)
	}
	if log.Outcome != core.ExcludedByPolicy {
		t.Errorf("outcome %s", log.Outcome)
	}
	for _, f := range catalogue.LintAt(c, lintDay) {
		if f.Rule == "source-unknown" || f.Rule == "no-source" {
			t.Errorf("%+v", f)
		}
	}
}

// The organisation's switch decides whether log data are searched.
func TestThePolicyOnLogDataDecides(t *testing.T) {
	files := shared()
	files["organisation.yaml"].Data = append(files["organisation.yaml"].Data, "policies: {log_data: {disclose: when-and-why}}\n"...)
	c, err := catalogue.LoadFS(files)
	if err != nil {
		t.Fatal(err)
	}
	if log, ok := c.System("S.3"); !ok || log.Outcome != "" || !log.OutcomeReason.IsZero() {
		t.Errorf("outcome %q: %v", log.Outcome, log.OutcomeReason)
	}
}

func TestSourcesTellHowAFactIsKnown(t *testing.T) {
	for source, want := range map[catalogue.Source]string{
		"":                    " keys= statutes=",
		"page":                "stated keys=page statutes=",
		"page, other":         "stated keys=page,other statutes=",
		"derived":             "derived keys= statutes=",
		"derived, page":       "derived keys=page statutes=",
		"assumed":             "assumed keys= statutes=",
		"unstated, page":      "unstated keys=page statutes=",
		"380/2023 s.122":      "law keys= statutes=380/2023 s.122",
		"page, 531/2025":      "stated keys=page statutes=531/2025",
		"(EU) 2016/679, page": "stated keys=page statutes=(EU) 2016/679",
	} {
		got := string(source.Origin()) + " keys=" + strings.Join(source.Keys(), ",") + " statutes=" + strings.Join(source.Statutes(), ",")
		if got != want {
			t.Errorf("%q: %s, want %s", source, got, want)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		c, err := catalogue.Load("../../fixtures/valtori")
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(c.Systems)+len(c.Stores)), "entries")
	}
}
