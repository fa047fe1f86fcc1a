package match

import (
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/name"
)

// Judge gives the verdict on one hit by itself. Settle then weighs the hits
// of one source against each other.
func (m *Matcher) Judge(sys System, rec core.Record) Assessment {
	spec, _ := sys.Profile.Type(rec.Type)
	best := Assessment{Verdict: core.AnotherPerson, Reason: ReasonNoAgreement}
	eligible, struck := 0, 0
	var official []Evidence
	var possible []PartyRef
	each(spec, rec, func(ref PartyRef, slot catalogue.Slot, known bool, p core.Party) {
		read := m.partyOf(sys, p.Slot, p.Fields, slot.Field, timeOf(rec, ref))
		switch {
		case !known || !slot.Subject && !slot.Official:
			// Somebody else by definition, or a slot that nobody described.
		case slot.Official:
			official = append(official, acting(&read)...)
		default:
			eligible++
			v := m.judge(&read)
			if v.verdict == core.AnotherPerson && !v.silent {
				struck++
			}
			if v.verdict != core.AnotherPerson {
				possible = append(possible, ref)
			}
			best = better(best, v, sys, ref, &read)
		}
	})
	best.Possible = slices.DeleteFunc(possible, func(r PartyRef) bool { return slices.Contains(best.Subject, r) })
	others := eligible > 0 && struck == eligible
	if best.Reason == ReasonNameOnly || best.Reason == ReasonNameBirth {
		best = m.inOrganisation(sys, spec, rec, best)
	}
	number, numbered := m.number(sys, spec, rec)
	switch {
	case best.Verdict != core.AnotherPerson:
		return best
	case numbered && !others:
		return Assessment{Verdict: core.Review, Reason: ReasonRecordNumber, Evidence: []Evidence{number}}
	case len(official) > 0:
		return Assessment{Verdict: core.AnotherPerson, Reason: ReasonOfficial, Official: true, Evidence: official[:1]}
	case others:
		return best
	}
	if e, ok := m.mentioned(spec, rec); ok {
		return Assessment{Verdict: core.Review, Reason: ReasonRoleUnknown, Evidence: []Evidence{e}}
	}
	return m.claimed(spec, rec, best)
}

// timeOf gives the time by which a party's identifiers count: that of its
// part, else of the record. A part that tells no time may be of any, and
// identifiers that pass from one person to another must not borrow the
// record's.
func timeOf(rec core.Record, ref PartyRef) time.Time {
	if ref.Part < 0 {
		return rec.Time
	}
	for _, f := range rec.Parts[ref.Part].Fields {
		switch f.Value.Type {
		case core.TypeTime:
			return f.Value.Time
		case core.TypeDate:
			if day, err := time.Parse(time.DateOnly, f.Value.Text); err == nil {
				return day
			}
		}
	}
	return time.Time{}
}

// claimed judges a hit in which only its source sees an agreement: a person
// looks at it, so that a value that the source reads better than we do is not
// lost.
func (m *Matcher) claimed(spec catalogue.RecordType, rec core.Record, otherwise Assessment) Assessment {
	for _, by := range rec.MatchedBy {
		if m.organisations[by.Kind] && !slices.ContainsFunc(m.byKind[by.Kind], core.Identifier.Personal) {
			continue // the organisation's: it does not name the person
		}
		e := Evidence{Kind: by.Kind, Issuer: by.Issuer, Class: ClassD, Slot: by.Slot, Field: by.Field}
		if slotIn(spec, by.Slot).Official {
			otherwise = Assessment{Verdict: core.AnotherPerson, Reason: ReasonOfficial, Official: true, Evidence: []Evidence{e}}
			continue
		}
		return Assessment{Verdict: core.Review, Reason: ReasonRoleUnknown, Evidence: []Evidence{e}}
	}
	return otherwise
}

// slotIn gives the named slot of a record type or of one of its parts.
func slotIn(spec catalogue.RecordType, name string) catalogue.Slot {
	if slot, ok := spec.Slot(name); ok {
		return slot
	}
	for _, part := range spec.Parts {
		if slot, ok := part.Slot(name); ok {
			return slot
		}
	}
	return catalogue.Slot{}
}

// better keeps the surer of what is known so far and the verdict on one more
// party; parties of equal verdict stand side by side.
func better(so Assessment, v judged, sys System, ref PartyRef, p *party) Assessment {
	person := Person{Party: ref, Source: sys.ID, Evidence: v.evidence, National: p.national, Named: p.named,
		FullName: p.named && p.level >= name.Variant, Exclusive: p.exclusive}
	person.Inexact = len(v.evidence) > 0 && v.evidence[0].Inexact
	next := Assessment{Verdict: v.verdict, Reason: v.reason, Restricted: v.restricted, Evidence: v.evidence,
		Subject: []PartyRef{ref}, Persons: []Person{person}}
	switch {
	case v.verdict == core.AnotherPerson:
		if so.Verdict == core.AnotherPerson && !v.silent {
			so.Reason, so.Evidence = v.reason, v.evidence
		}
		return so
	case v.verdict.Strictness() < so.Verdict.Strictness():
		return next
	case v.verdict == so.Verdict:
		so.Subject = append(so.Subject, ref)
		so.Persons = append(so.Persons, person)
		so.Restricted = so.Restricted && v.restricted
		return so
	default:
		return so
	}
}

// acting gives the evidence that an official slot is the subject's: an
// identifier, never a name.
func acting(p *party) []Evidence {
	if len(p.conflict) > 0 {
		return nil
	}
	return append(p.agrees(ClassA), p.agrees(ClassB)...)
}

// number finds a number of the subject's own cases in the record's fields.
func (m *Matcher) number(sys System, spec catalogue.RecordType, rec core.Record) (Evidence, bool) {
	for _, f := range rec.Fields {
		fp, ok := spec.Field(f.Name)
		if !ok || fp.Identifier == "" || f.Value.Plain() == "" {
			continue
		}
		rule, ok := identifier.Rule(fp.Identifier)
		if !ok || !rule.RecordKey {
			continue
		}
		for _, i := range identifier.ParseAll(fp.Identifier, f.Value.Plain()) {
			i.Issuer = sys.Issuer(i.Kind)
			if known, ok := m.known(i); ok && numberedThen(known, rec.Time) {
				return Evidence{Kind: i.Kind, Issuer: i.Issuer, Class: ClassD, Field: f.Name, Masked: identifier.Mask(i)}, true
			}
		}
	}
	return Evidence{}, false
}

// numberedThen tells whether a number that was given with its time may be that
// of a record: a series that was begun anew gives old numbers to new records.
func numberedThen(known core.Identifier, at time.Time) bool {
	return known.Valid.IsZero() || at.IsZero() || known.Valid.Contains(at)
}

// mentioned looks for what identifies the subject outside the slots: in free
// text, in a field that nobody mapped, in a slot that nobody described.
func (m *Matcher) mentioned(spec catalogue.RecordType, rec core.Record) (Evidence, bool) {
	var found Evidence
	ok := false
	look := func(slot string, fields []core.Field) {
		for _, f := range fields {
			if ok {
				return
			}
			if kind, hit := m.inText(f.Value.Plain()); hit {
				found, ok = Evidence{Kind: kind, Class: ClassD, Slot: slot, Field: f.Name}, true
			}
		}
	}
	look("", rec.Fields)
	for _, part := range rec.Parts {
		look("", part.Fields)
	}
	each(spec, rec, func(_ PartyRef, slot catalogue.Slot, known bool, p core.Party) {
		if !known || !slot.Subject && !slot.Official {
			look(p.Slot, p.Fields)
		}
	})
	return found, ok
}

// inText tells whether running text holds an identifier of the subject, by the
// rules by which such text is hidden.
func (m *Matcher) inText(text string) (core.Kind, bool) {
	if text == "" {
		return "", false
	}
	if kind, ok := m.spelled(text); ok {
		return kind, true
	}
	if len(m.textKinds) == 0 {
		return "", false
	}
	for _, f := range identifier.Find(text, identifier.Wide, m.textKinds...) {
		for _, own := range m.byKind[f.Kind] {
			if identifier.Equal(own, f.Identifier(text)) || f.Kind == core.PersonalIdentityCode && len(own.Value) == 11 && identifier.SameCode(f.Value, own.Value) {
				return f.Kind, true
			}
		}
	}
	return "", false
}

// spelled looks for the spellings that the subject's identifiers were searched
// by, wherever they stand: a telephone number without its zero is none in
// running text, and may be one all the same.
func (m *Matcher) spelled(text string) (core.Kind, bool) {
	folded := strings.ToUpper(text)
	for _, own := range m.subject.Identifiers {
		switch own.Kind {
		case core.PersonalIdentityCode, core.Email:
			if own.Value != "" && strings.Contains(folded, strings.ToUpper(own.Value)) {
				return own.Kind, true
			}
		case core.Phone:
			for _, form := range own.Forms {
				if strings.Contains(text, form.Text) {
					return own.Kind, true
				}
			}
		}
	}
	return "", false
}

// each calls f for every party of a record and of its parts, with its slot's
// profile and whether the profile knows the slot.
func each(spec catalogue.RecordType, rec core.Record, f func(ref PartyRef, slot catalogue.Slot, known bool, p core.Party)) {
	for i, p := range rec.Parties {
		slot, known := spec.Slot(p.Slot)
		f(PartyRef{Part: -1, Party: i}, slot, known, p)
	}
	for n, part := range rec.Parts {
		partSpec, _ := spec.Part(part.Type)
		for i, p := range part.Parties {
			slot, known := partSpec.Slot(p.Slot)
			f(PartyRef{Part: n, Party: i}, slot, known, p)
		}
	}
}
