package reports

import (
	"maps"

	"github.com/sinusta/sinusta/core"
)

// textsFor gives the messages of one language for an authority, or for an
// organisation that is none: such a one makes no decisions that can be
// appealed to an administrative court.
func textsFor(lang string, authority bool) (*texts, error) {
	t, err := textsIn(lang)
	if err != nil || authority {
		return t, err
	}
	own := *t
	own.Remedies.AskText = t.Private.AskText
	own.Outcomes = maps.Clone(t.Outcomes)
	own.Outcomes[core.ExcludedByPolicy] = words{t.Outcomes[core.ExcludedByPolicy].Short, t.Private.ExcludedByPolicy}
	own.Withheld = maps.Clone(t.Withheld)
	own.Withheld[WithheldSourceSecret] = words{t.Withheld[WithheldSourceSecret].Short, t.Private.SourceSecret}
	return &own, nil
}
