package access_test

import (
	"slices"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
)

func TestGrade(t *testing.T) {
	task := access.Task{System: "A", AnyOf: []core.KeySet{{AllOf: []core.Identifier{{Kind: core.Email, Value: "x"}}}}}
	whole := &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "contact", Examined: true}}}
	with := func(c core.Completion, edit func(*core.Completion)) *core.Completion { edit(&c); return &c }
	problem := func(class core.Class) *core.Problem { return &core.Problem{Class: class, Message: "x"} }
	cases := []struct {
		what    string
		ask     access.Ask
		items   int
		outcome core.Outcome
		reason  core.ReasonCode
	}{
		{"found", access.Ask{Done: true, Records: 3, Completion: whole}, 2, core.Found, ""},
		{"records that were all somebody else's", access.Ask{Done: true, Records: 3, Completion: whole}, 0, core.NoneFound, ""},
		{"nothing", access.Ask{Done: true, Completion: whole}, 0, core.NoneFound, ""},
		{"no closing message, no record", access.Ask{Done: true}, 0, core.SearchFailed, core.ReasonNoCompletion},
		{"no closing message beside records", access.Ask{Done: true, Records: 3}, 3, core.Partial, core.ReasonNoCompletion},
		{"stopped midway", access.Ask{}, 0, core.SearchFailed, core.ReasonCancelled},
		{"deadline", access.Ask{Done: true, Problem: problem(core.ClassDeadline)}, 0, core.TimedOut, core.ReasonTimeout},
		{"deadline beside records", access.Ask{Done: true, Records: 1, Problem: problem(core.ClassDeadline)}, 1, core.Partial, core.ReasonTimeout},
		{"wrong password", access.Ask{Done: true, Problem: problem(core.ClassAuth)}, 0, core.SearchFailed, core.ReasonAuth},
		{"server down", access.Ask{Done: true, Problem: problem(core.ClassTransient)}, 0, core.SearchFailed, core.ReasonUnavailable},
		{"a failure that calls itself an answer", access.Ask{Done: true, Completion: &core.Completion{Result: core.Failed}}, 0, core.SearchFailed, core.ReasonSource},
		{"one type without a key", access.Ask{Done: true, Records: 1, Completion: with(*whole, func(c *core.Completion) {
			c.Searched = append(slices.Clone(c.Searched), core.TypeCount{Type: "invoice", Needs: []core.Kind{core.BusinessID}})
		})}, 1, core.Partial, core.ReasonTypesUnexamined},
		{"no type with a key", access.Ask{Done: true, Completion: &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "contact", Needs: []core.Kind{core.Phone}}}}},
			0, core.NeedsMoreIdentifiers, core.ReasonNoUsableKey},
		{"nothing examined at all", access.Ask{Done: true, Completion: &core.Completion{Result: core.Complete}}, 0, core.NeedsMoreIdentifiers, core.ReasonNoUsableKey},
		{"a column that nobody mapped", access.Ask{Done: true, Completion: whole, Notices: []core.Problem{*problem(core.ClassUnmapped)}}, 0, core.Partial, core.ReasonUnmapped},
		{"an unreadable row", access.Ask{Done: true, Records: 1, Completion: with(*whole, func(c *core.Completion) {
			c.Result, c.Problems = core.Partly, []core.Problem{*problem(core.ClassPartial)}
		})}, 1, core.Partial, core.ReasonIncomplete},
		{"a partial answer without a reason", access.Ask{Done: true, Completion: with(*whole, func(c *core.Completion) { c.Result = core.Partly })}, 0, core.Partial, core.ReasonSource},
		{"a key that the source cannot use", access.Ask{Done: true, Completion: with(*whole, func(c *core.Completion) {
			c.Problems = []core.Problem{*problem(core.ClassUnsupportedKey)}
		})}, 0, core.Partial, core.ReasonKeysNotCovered},
		{"somebody has to look", access.Ask{Done: true, Completion: &core.Completion{Result: core.Deferred}}, 0, core.ManualPending, ""},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			got := access.Grade(task, c.ask, c.items)
			if got.Outcome != c.outcome || got.Reason.Code != c.reason {
				t.Errorf("%s (%s), want %s (%s)", got.Outcome, got.Reason.Code, c.outcome, c.reason)
			}
		})
	}
}
