package access_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/store"
)

func paper(key, email string) core.Record {
	r := contact(1, email)
	r.Ref = "contact/" + key
	r.MatchedBy = []core.Match{{Kind: core.Name, Slot: "contact"}}
	return r
}

// What people found is judged like any answer, kept by later runs, replaced by
// the next answer, and in the log before it is stored; the files of another
// person's record go with it.
func TestAnswerByHand(t *testing.T) {
	archive := system("P", "crm")
	archive.Outcome = core.ManualPending
	archive.Manual = catalogue.Manual{Owner: catalogue.Text{EN: "Registry"}, DueDays: 14}
	c := organisation(archive, system("A", "crm", by(core.Email, "")))
	log := newLog(t)
	s := &access.Service{Catalogue: c, Wiring: access.Wiring{}, Sources: sources{}, Log: log}
	file := openRequest(t, openStore(t), request(id(t, core.Email, "maija@example.fi", ""), id(t, core.PersonalIdentityCode, "010190-900P", "")))
	scan := bytes.Repeat([]byte("skannattu "), 300_000)

	if _, err := s.Answer(t.Context(), file, access.ManualAnswer{System: "P"}); !errors.Is(err, access.ErrNotManual) {
		t.Fatalf("before any run: %v", err)
	}
	a, err := s.Execute(t.Context(), file, false, func(access.Update) {})
	if err != nil {
		t.Fatal(err)
	}
	if got := coverageOf(a, "P"); got.Manual != nil || got.Due.IsZero() || got.Overdue(got.Due) || !got.Overdue(got.Due.AddDate(0, 0, 2)) || outcomes(a)["P"] != core.ManualPending {
		t.Fatalf("the task: %+v", coverageOf(a, "P"))
	}
	if _, err := s.Answer(t.Context(), file, access.ManualAnswer{System: "A"}); !errors.Is(err, access.ErrNotManual) {
		t.Fatalf("a system that a machine searches: %v", err)
	}
	other := paper("2", "pekka@example.fi")
	other.Parties[0].Fields = append(other.Parties[0].Fields, core.Field{Name: "personal_identity_code", Value: core.TextValue("131052-9085")})
	found := access.ManualAnswer{System: "P", By: "registry clerk", Looked: now,
		Records: []core.Record{paper("1", "maija@example.fi"), other, paper("3", "")},
		Scans: []access.Scan{{Record: "contact/1", Field: "attachment", Name: "a.pdf", Data: scan},
			{Record: "contact/2", Field: "attachment", Name: "b.pdf", Data: scan}}}
	if a, err = s.Answer(t.Context(), file, found); err != nil {
		t.Fatal(err)
	}
	check := func(when string, a *access.Answer, want core.Outcome, items, files int) {
		t.Helper()
		got := coverageOf(a, "P")
		n, _, err := access.CountItems(t.Context(), file)
		if err != nil || got.Outcome != want || n != items || got.Manual.Files != files {
			t.Errorf("%s: %+v with %d items, %v", when, got, n, err)
		}
		if _, err := access.Intact(t.Context(), file, log); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	check("answered", a, core.ManualFound, 2, 1)
	if asides, err := access.Asides(t.Context(), file); err != nil || asides.Others["P"] != 1 {
		t.Errorf("put aside: %v, %v", asides, err)
	}
	var ref string
	err = access.Items(t.Context(), file, func(_ access.Item, records []core.Record) error {
		for _, r := range records {
			if v, ok := core.First(r.Fields, "attachment"); ok && r.Ref == "contact/1" {
				ref = v.Withheld.Ref
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := access.ReadScan(t.Context(), file, ref); err != nil || !bytes.Equal(got.Data, scan) || got.Name != "a.pdf" {
		t.Errorf("the file comes with %d bytes, %v", len(got.Data), err)
	}
	if _, err := access.ReadScan(t.Context(), file, "manual:P/9"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a file that there is not: %v", err)
	}
	if a, err = s.Execute(t.Context(), file, true, func(access.Update) {}); err != nil {
		t.Fatal(err)
	}
	check("run again", a, core.ManualFound, 2, 1)
	if a, err = s.Answer(t.Context(), file, access.ManualAnswer{System: "P", By: "registry clerk", Looked: now}); err != nil {
		t.Fatal(err)
	}
	check("replaced", a, core.ManualNone, 0, 0)
	if _, err := access.ReadScan(t.Context(), file, ref); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the replaced file is still there: %v", err)
	}
	e, ok, err := log.Last(t.Context(), audit.Filter{Request: file.ID(), Verb: audit.AnswerRecorded})
	if err != nil || !ok || e.Object != "P" || strings.Contains(e.Outcome, "failed") {
		t.Errorf("the log: %+v, %v", e, err)
	}
}

func coverageOf(a *access.Answer, system string) core.Coverage {
	for _, c := range a.Coverage {
		if c.System == system {
			return c
		}
	}
	return core.Coverage{}
}
