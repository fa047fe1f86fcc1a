package match

import (
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
)

// inOrganisation looks at a hit in which only the name agrees: where the record
// is of an organisation in which the subject was a partner, a contact person or
// a representative at the time, that stands beside the name. It stays a review,
// for an organisation has namesakes too; and without the name its records are
// nobody's.
func (m *Matcher) inOrganisation(sys System, spec catalogue.RecordType, rec core.Record, a Assessment) Assessment {
	if len(m.organisations) == 0 {
		return a
	}
	var found Evidence
	ok := false
	look := func(slot string, fields []core.Field, spec func(string) (catalogue.FieldProfile, bool)) {
		for _, f := range fields {
			fp, known := spec(f.Name)
			if ok || !known || !m.organisations[fp.Identifier] {
				continue
			}
			if masked, agrees := m.organisationIs(sys, fp.Identifier, f.Value.Plain(), rec.Time); agrees {
				found, ok = Evidence{Kind: fp.Identifier, Class: ClassD, Slot: slot, Field: f.Name, Masked: masked}, true
			}
		}
	}
	look("", rec.Fields, spec.Field)
	each(spec, rec, func(_ PartyRef, slot catalogue.Slot, _ bool, p core.Party) { look(p.Slot, p.Fields, slot.Field) })
	if !ok {
		return a
	}
	a.Reason, a.Evidence = ReasonOrganisation, append(a.Evidence[:len(a.Evidence):len(a.Evidence)], found)
	return a
}

// organisationIs tells whether the text holds the identifier of an organisation
// in which the subject had a capacity at the time; at any time, where the
// record tells none.
func (m *Matcher) organisationIs(sys System, kind core.Kind, text string, at time.Time) (masked string, ok bool) {
	for _, i := range identifier.ParseAll(kind, text) {
		i.Issuer = sys.Issuer(kind)
		for _, own := range m.subject.Of(kind) {
			if own.Capacity != "" && !own.Personal() && identifier.Equal(own, i) && (at.IsZero() || own.Valid.Contains(at)) {
				return identifier.Mask(i), true
			}
		}
	}
	return "", false
}
