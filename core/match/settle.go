package match

import "github.com/sinusta/sinusta/core"

// Settle weighs the hits of one source against each other, in place: where
// several people stand at the same strength, none of them is above review
// (the rule that entity resolution engines call ambiguity). A nation-wide
// identifier that agrees is one person's by definition and is not weighed.
//
// The result does not depend on the order of the hits.
func Settle(hits []Assessment) {
	for _, verdict := range []core.Verdict{core.Confirmed, core.Probable} {
		values := map[string]string{}
		ambiguous := false
		for _, h := range hits {
			if h.Verdict != verdict || h.National {
				continue
			}
			for kind, value := range h.Exclusive {
				if other, seen := values[kind]; seen && other != value {
					ambiguous = true
				}
				values[kind] = value
			}
		}
		if !ambiguous {
			continue
		}
		for i := range hits {
			if hits[i].Verdict == verdict && !hits[i].National {
				hits[i].Verdict, hits[i].Reason = core.Review, ReasonAmbiguous
			}
		}
	}
}
