package reports

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

func TestBuildRefusesWhatIsNotWhole(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*Input)
		want  string
	}{
		{"a system without outcome", func(in *Input) { in.Coverage = in.Coverage[1:] }, "has no outcome"},
		{"a system with two outcomes", func(in *Input) { in.Coverage = append(in.Coverage, in.Coverage[0]) }, "twice in the coverage"},
		{"coverage of no system", func(in *Input) {
			in.Coverage = append(in.Coverage, core.Coverage{System: "X", Outcome: core.NoneFound})
		}, "does not have"},
		{"an unknown outcome", func(in *Input) { in.Coverage[0].Outcome = "fine" }, "not known"},
		{"an empty outcome", func(in *Input) { in.Coverage[0].Outcome = "" }, "not known"},
		{"a negative count", func(in *Input) { in.Coverage[0].Records = -1 }, "below zero"},
		{"a system twice in the catalogue", func(in *Input) { in.Systems = append(in.Systems, in.Systems[0]) }, "twice in the catalogue"},
		{"an item of no system", func(in *Input) { in.Items[1].Members[0].System = "X" }, "does not have"},
		{"an item without a record", func(in *Input) { in.Items[1].Members = nil }, "no record"},
		{"a record without a ref", func(in *Input) { in.Items[1].Members[0].Record.Ref = "" }, "without a ref"},
		{"a record twice", func(in *Input) { in.Items = append(in.Items, in.Items[1]) }, "twice in the report"},
		{"another person's record", func(in *Input) { in.Items[1].Verdict = core.AnotherPerson }, "verdict"},
		{"an invented verdict", func(in *Input) { in.Items[1].Verdict = "sure" }, "verdict"},
		{"found without an item", func(in *Input) { in.Items = in.Items[1:] }, "no item"},
		{"none with an item", func(in *Input) { in.Items[1].Members[0].System = string(core.NoneFound) }, "items"},
		{"officials of no system", func(in *Input) { in.Officials["X"] = 1 }, "does not have"},
		{"no profiles", func(in *Input) { in.Profile = nil }, "no profiles"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := sample()
			tt.spoil(&in)
			_, err := Build(in)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestBuildCounts(t *testing.T) {
	r := build(t, sample())
	want := Summary{Systems: 17, Searched: 4, Open: 7, Items: 1, Undecided: 1, Official: 2, Others: 4}
	if d := cmp.Diff(want, r.Summary); d != "" {
		t.Errorf("summary (-want +got):\n%s", d)
	}
	by := map[string]*System{}
	for i := range r.Systems {
		by[r.Systems[i].Entry.ID] = &r.Systems[i]
	}
	partial := by[string(core.Partial)]
	if partial.Undecided != 1 || partial.Shown() != 0 || len(partial.AlsoHere) != 1 {
		t.Errorf("partial: undecided %d, shown %d, also here %d; want 1, 0, 1", partial.Undecided, partial.Shown(), len(partial.AlsoHere))
	}
}

func TestConfirmation(t *testing.T) {
	one := func(o core.Outcome, more ...func(*Input)) Input {
		in := sample()
		in.Systems = []catalogue.System{system("A")}
		in.Coverage = []core.Coverage{{System: "A", Outcome: o}}
		in.Items, in.Officials, in.Others = nil, nil, nil
		for _, f := range more {
			f(&in)
		}
		return in
	}
	item := func(v core.Verdict) func(*Input) {
		return func(in *Input) { in.Items = []Item{{Members: []Member{ticket("A", "1", "x")}, Verdict: v}} }
	}
	second := func(o core.Outcome) func(*Input) {
		return func(in *Input) {
			in.Systems = append(in.Systems, system("B"))
			in.Coverage = append(in.Coverage, core.Coverage{System: "B", Outcome: o})
		}
	}
	tests := []struct {
		name     string
		in       Input
		answer   Answer
		complete bool
	}{
		{"found and confirmed", one(core.Found, item(core.Confirmed)), AnswerYes, true},
		{"found, undecided", one(core.Found, item(core.Review)), AnswerUnknown, false},
		{"nothing", one(core.NoneFound), AnswerNo, true},
		{"nothing by hand", one(core.ManualNone), AnswerNo, true},
		{"found by hand", one(core.ManualFound), AnswerYes, true},
		{"only as an official", one(core.NoneFound, func(in *Input) { in.Officials = map[string]int{"A": 1} }), AnswerYes, true},
		{"only others", one(core.NoneFound, func(in *Input) { in.Others = map[string]int{"A": 1} }), AnswerNo, true},
		{"nothing, and one failed", one(core.NoneFound, second(core.SearchFailed)), AnswerUnknown, false},
		{"nothing, and one not stored", one(core.NoneFound, second(core.NotStored)), AnswerNo, true},
		{"confirmed, and one disabled", one(core.Found, item(core.Confirmed), second(core.Disabled)), AnswerYes, false},
		{"nothing was searched", one(core.OtherController), AnswerUnknown, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := build(t, tt.in)
			if len(r.Confirmations) != 1 {
				t.Fatalf("%d confirmations, want 1", len(r.Confirmations))
			}
			c := r.Confirmations[0]
			if c.Answer != tt.answer || c.Complete != tt.complete {
				t.Errorf("%s, complete %t; want %s, %t", c.Answer, c.Complete, tt.answer, tt.complete)
			}
		})
	}
	for _, o := range core.Outcomes() {
		if o.Final() {
			continue
		}
		c := build(t, one(o)).Confirmations[0]
		if c.Answer != AnswerUnknown || c.Complete || len(c.Open) != 1 {
			t.Errorf("outcome %s: %s, complete %t, open %v; want unknown and open", o, c.Answer, c.Complete, c.Open)
		}
	}
}

func TestEachControllerIsAnsweredFor(t *testing.T) {
	in := sample()
	in.Systems[0].Controllers = []catalogue.Controller{
		{Name: text("First"), Role: catalogue.RoleController, To: "2025-12-31"},
		{Name: text("Second"), Role: catalogue.RoleController, From: "2026-01-01"},
		{Name: text("Helper"), Role: catalogue.RoleProcessor},
	}
	var names []string
	for _, c := range build(t, in).Confirmations {
		names = append(names, c.Controller.EN)
	}
	if d := cmp.Diff([]string{"Second en", "Office en"}, names); d != "" {
		t.Errorf("controllers (-want +got):\n%s", d)
	}
}

func TestRightsFollowTheLegalBasis(t *testing.T) {
	basis := func(articles ...string) []catalogue.LegalBasis {
		var out []catalogue.LegalBasis
		for _, a := range articles {
			out = append(out, catalogue.LegalBasis{Article: a})
		}
		return out
	}
	tests := []struct {
		bases []catalogue.LegalBasis
		want  []RightCode
	}{
		{nil, nil},
		{basis("6(1)(c)"), []RightCode{RightErasure, RightObjection, RightPortability, RightConsent}},
		{basis("6(1)(e)"), []RightCode{RightErasure, RightPortability, RightConsent}},
		{basis("6(1)(f)"), []RightCode{RightPortability, RightConsent}},
		{basis("6(1)(b)"), []RightCode{RightObjection, RightConsent}},
		{basis("6(1)(d)"), []RightCode{RightObjection, RightPortability, RightConsent}},
		{basis("6(1)(a)"), []RightCode{RightObjection}},
		{basis("6(1)(a)", "6(1)(c)"), []RightCode{RightErasure, RightObjection}},
		{basis("6(1)(c)", "6 (1) (e)"), []RightCode{RightErasure, RightPortability, RightConsent}},
		{basis("6(1)(b)", "6(1)(f)"), []RightCode{RightConsent}},
		{basis("6(1)(e)", "9(2)(a)"), []RightCode{RightErasure, RightPortability}},
		// What is not stated may be the ground that the right needs.
		{basis("6(1)(c)", ""), []RightCode{RightErasure}},
		{basis("9(2)(b)"), nil},
	}
	for _, tt := range tests {
		var got []RightCode
		for _, r := range RightCodes() {
			if mayNotApply(r, tt.bases) {
				got = append(got, r)
			}
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%v (-want +got):\n%s", tt.bases, d)
		}
	}
}

// What cannot be read, or is not what was counted, ends the writing with an
// error: no document stands that leaves it out.
func TestWhatCannotBeToldStopsTheWriting(t *testing.T) {
	lost := errors.New("the record is gone")
	for _, tt := range []struct {
		name   string
		change func(in *Input)
		want   string
	}{
		{"roles that are too few", func(in *Input) { in.Items[0].Members[0].Roles.Fields = nil }, "do not fit"},
		{"roles of a part missing", func(in *Input) { in.Items[0].Members[0].Roles.Parts[0].Parties = nil }, "do not fit"},
		{"an item that cannot be read", func(in *Input) {
			in.Read = func(int) (Item, error) { return Item{}, lost }
		}, "is gone"},
		{"another item than was counted", func(in *Input) {
			items := in.Items
			in.Read = func(n int) (Item, error) { return items[len(items)-1-n], nil }
		}, "not the one"},
		{"an item that was decided meanwhile", func(in *Input) {
			items := slices.Clone(in.Items)
			in.Read = func(n int) (Item, error) {
				it := items[n]
				it.Undecided, it.Verdict = false, core.Confirmed
				return it, nil
			}
		}, "not the one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := sample()
			tt.change(&in)
			r := build(t, in)
			for form, err := range map[string]error{"HTML": HTML(io.Discard, r, "en"), "JSON": JSON(io.Discard, r, "en")} {
				if form == "HTML" && tt.name == "an item that was decided meanwhile" {
					continue // undecided items are not on the page
				}
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: error %v, want one with %q", form, err, tt.want)
				}
			}
		})
	}
}

// Items that are read one by one give the same documents as items in memory.
func TestItemsThatAreReadGiveTheSameReport(t *testing.T) {
	whole := sample()
	whole.RefKey = []byte("the same key for both")
	heads := whole
	heads.Items = slices.Clone(whole.Items)
	for i, it := range heads.Items {
		heads.Items[i] = Item{Verdict: it.Verdict, Undecided: it.Undecided}
		for _, m := range it.Members {
			heads.Items[i].Members = append(heads.Items[i].Members, Member{System: m.System, Record: core.Record{Ref: m.Record.Ref}})
		}
	}
	heads.Read = func(n int) (Item, error) { return whole.Items[n], nil }
	want := rendered(t, build(t, whole))
	for name, text := range rendered(t, build(t, heads)) {
		if text != want[name] {
			t.Errorf("%s differs", name)
		}
	}
}
