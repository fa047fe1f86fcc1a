package match

import (
	"slices"

	"github.com/sinusta/sinusta/core"
)

// Settle weighs all hits of a request against each other, in place:
//
//   - Where several people stand at the same strength, none of them is above
//     review (the rule that entity resolution engines call ambiguity). Who
//     carries a nation-wide identifier of the subject is the subject; who
//     carries another's employee number beside a recycled user name is not.
//   - Where one system holds a number with and without its leading zeros, they
//     are two people's numbers, and only the one that was given counts.
//   - An identifier that stands beside a wrong name or a contradiction
//     somewhere, and beside the subject's full name nowhere, may be mistyped
//     in the request itself: records that carry it without a name are
//     reviewed.
//
// The result does not depend on the order of the hits.
func Settle(hits []Assessment) {
	sure := exclusives(hits, core.Confirmed, true)
	for _, verdict := range []core.Verdict{core.Confirmed, core.Probable} {
		local := exclusives(hits, verdict, false)
		several := false
		for kind, values := range local {
			several = several || len(values) > 1 && len(sure[kind]) == 0
		}
		demote(hits, verdict, func(p Person) bool {
			if p.National {
				return false
			}
			for kind, value := range p.Exclusive {
				if len(sure[kind]) > 0 && !sure[kind][value] {
					return true
				}
			}
			return several
		})
	}
	exact := map[string]bool{}
	for _, h := range hits {
		for _, p := range h.Persons {
			if !p.Inexact {
				exact[p.Source+"|"+numberOf(p.Evidence)] = true
			}
		}
	}
	for _, verdict := range []core.Verdict{core.Confirmed, core.Probable} {
		demote(hits, verdict, func(p Person) bool { return p.Inexact && exact[p.Source+"|"+numberOf(p.Evidence)] })
	}
	doubted, borne := map[string]bool{}, map[string]bool{}
	for _, h := range hits {
		if h.Reason == ReasonNameDiffers || h.Reason == ReasonContradiction {
			doubted[keyOf(h.Evidence)] = true
		}
		for _, p := range h.Persons {
			if h.Verdict == core.Confirmed && p.FullName {
				borne[keyOf(p.Evidence)] = true
			}
		}
	}
	demote(hits, core.Confirmed, func(p Person) bool { return !p.Named && doubted[keyOf(p.Evidence)] && !borne[keyOf(p.Evidence)] })
}

// numberOf names the series of numbers that evidence rests on.
func numberOf(evidence []Evidence) string {
	if len(evidence) == 0 {
		return ""
	}
	return string(evidence[0].Kind) + "|" + evidence[0].Issuer
}

// keyOf names the identifier that evidence rests on, without its value.
func keyOf(evidence []Evidence) string {
	if len(evidence) == 0 {
		return ""
	}
	e := evidence[0]
	return string(e.Kind) + "|" + e.Issuer + "|" + e.Masked
}

// exclusives collects, by kind and issuer, the exclusive identifiers of those
// who stand at a verdict by a nation-wide identifier, or of the others.
func exclusives(hits []Assessment, verdict core.Verdict, national bool) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, h := range hits {
		for _, p := range h.Persons {
			if h.Verdict != verdict || p.National != national {
				continue
			}
			for kind, value := range p.Exclusive {
				if out[kind] == nil {
					out[kind] = map[string]bool{}
				}
				out[kind][value] = true
			}
		}
	}
	return out
}

// demote takes the parties that doubtful tells of out of the hits at a
// verdict. A hit without any left goes to review.
func demote(hits []Assessment, verdict core.Verdict, doubtful func(Person) bool) {
	for i := range hits {
		h := &hits[i]
		if h.Verdict != verdict || !slices.ContainsFunc(h.Persons, doubtful) {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(h.Persons), doubtful)
		if len(kept) == 0 {
			h.Verdict, h.Reason = core.Review, ReasonAmbiguous
			continue
		}
		for _, p := range h.Persons {
			if doubtful(p) {
				h.Possible = append(h.Possible, p.Party)
			}
		}
		h.Persons, h.Subject, h.Evidence = kept, nil, kept[0].Evidence
		for _, p := range kept {
			h.Subject = append(h.Subject, p.Party)
		}
	}
}
