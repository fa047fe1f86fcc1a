package catalogue

import (
	"fmt"
	"slices"

	"github.com/sinusta/sinusta/core"
)

func keyRules() []Rule {
	each := func(name, why string, breach func(lintee, *System, SearchKey) string) Rule {
		return Rule{Name: name, Severity: SeverityError, Why: why, system: func(l lintee, s *System) []string {
			var out []string
			for i, k := range s.SearchKeys {
				if m := breach(l, s, k); m != "" {
					out = append(out, fmt.Sprintf("search_keys[%d] (%s) %s", i, k.Kind, m))
				}
			}
			return out
		}}
	}
	return []Rule{
		{Name: "no-search-key", Severity: SeverityError, Why: "906/2019 s.28(1)(4): a system that is searched has search terms",
			system: func(_ lintee, s *System) []string {
				return unless(len(s.SearchKeys) > 0 || s.Outcome != "", "search_keys are missing; name them, or set the outcome of a system that is not searched")
			}},
		{Name: "no-person-key", Severity: SeverityWarning, Why: "a name is no key by itself, and a record number finds one record", system: noPersonKey},
		each("issuer-missing", "a local identifier is (issuer, value)", issuerMissing),
		each("issuer-undeclared", "an issuer is named in organisation.yaml, so that two systems mean the same one", issuerUndeclared),
		each("issuer-needless", "a national or global identifier has no issuer of ours", issuerNeedless),
		each("every-record-kind", "every_record ends the search for other keys, and people have several identifiers of this kind", everyRecordKind),
		each("every-record-types", "every_record speaks of all record types", everyRecordTypes),
		each("key-not-in-profile", "a key that no field of the profile holds finds nothing", keyNotInProfile),
		each("longest-hours", "only a time of contact has a length", func(_ lintee, _ *System, k SearchKey) string {
			if k.LongestHours < 0 || k.LongestHours > 0 && k.Kind != core.TimeOfContact {
				return "has longest_hours, which a time-of-contact alone may have, as a positive number"
			}
			return ""
		}),
		{Name: "key-twice", Severity: SeverityError, Why: "one key is described once", system: keyTwice},
	}
}

func noPersonKey(_ lintee, s *System) []string {
	weak := !slices.ContainsFunc(s.SearchKeys, func(k SearchKey) bool {
		return k.Kind != core.Name && k.Kind != core.DateOfBirth && k.Kind != core.Address && !isRecordNumber(k.Kind)
	})
	return unless(!weak || len(s.SearchKeys) == 0 || s.Outcome != "",
		"the system is searched by names, dates of birth and record numbers only; somebody who knows no record number cannot be told that nothing is there")
}

func issuerMissing(_ lintee, _ *System, k SearchKey) string {
	if isLocal(k.Kind) && k.Issuer == "" {
		return "has no issuer; name who gives it"
	}
	return ""
}

func issuerUndeclared(l lintee, _ *System, k SearchKey) string {
	if !issuerKnown(&l.catalogue.Organisation, k) {
		return fmt.Sprintf("has the issuer %q, which %s does not declare under issuers", k.Issuer, OrganisationFile)
	}
	return ""
}

func issuerNeedless(_ lintee, _ *System, k SearchKey) string {
	if !isLocal(k.Kind) && k.Issuer != "" {
		return "needs no issuer; leave it out"
	}
	return ""
}

func everyRecordKind(_ lintee, _ *System, k SearchKey) string {
	if k.EveryRecord && !isOnePerPerson(k.Kind) {
		return "cannot be every_record"
	}
	return ""
}

func everyRecordTypes(_ lintee, _ *System, k SearchKey) string {
	if k.EveryRecord && len(k.Types) > 0 {
		return "is every_record, and types limits it; leave one of the two out"
	}
	return ""
}

func keyNotInProfile(_ lintee, s *System, k SearchKey) string {
	p, err := ProfileFor(s.Kind)
	if err != nil {
		return "" // Load has refused it
	}
	for _, t := range p.Types {
		if len(k.Types) > 0 && !slices.Contains(k.Types, t.Name) {
			continue
		}
		if t.holds(k.Kind) {
			return ""
		}
	}
	return fmt.Sprintf("is held by no field of the profile %s", s.Kind)
}

// holds tells whether a field of the type, its slots or its parts can hold an
// identifier of the kind.
func (t *RecordType) holds(kind core.Kind) bool {
	has := func(f FieldProfile) bool { return f.Identifier == kind }
	return slices.ContainsFunc(t.Fields, has) ||
		slices.ContainsFunc(t.Slots, func(s Slot) bool { return slices.ContainsFunc(s.Fields, has) }) ||
		slices.ContainsFunc(t.Parts, func(p RecordType) bool { return p.holds(kind) })
}

func keyTwice(_ lintee, s *System) []string {
	var out []string
	for i, k := range s.SearchKeys {
		if slices.ContainsFunc(s.SearchKeys[:i], func(o SearchKey) bool { return o.Kind == k.Kind && o.Issuer == k.Issuer }) {
			out = append(out, fmt.Sprintf("search_keys[%d] (%s) stands twice; write one with all its types", i, k.Kind))
		}
	}
	return out
}
