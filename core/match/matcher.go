package match

import (
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/name"
)

// Options are the organisation's rules.
type Options struct {
	// ArtificialCodes tells whether personal codes 900-999 identify a person
	// here.
	ArtificialCodes catalogue.ArtificialCodes
	// Generic are addresses and numbers that many people share here.
	Generic []string
	// House is what the organisation says of spellings.
	House identifier.House
}

// System is what a matcher must know of the system that a record came from.
type System struct {
	ID      string
	Profile *catalogue.Profile
	// Issuers give the issuer of each local kind of identifier in the system.
	// A local identifier without an entry is the system's own.
	Issuers map[core.Kind]string
	// Owners reads whose a record is, nil where the system is not mixed.
	Owners *Owners
}

// Issuer gives who issued the identifiers of kind k in the system: "" for
// kinds that need no issuer.
func (s System) Issuer(k core.Kind) string {
	if rule, ok := identifier.Rule(k); !ok || !rule.Local {
		return ""
	}
	if issuer := s.Issuers[k]; issuer != "" {
		return issuer
	}
	return s.ID
}

// Matcher judges hits for one subject. It is safe for concurrent use.
type Matcher struct {
	subject core.Subject
	// byKind are the subject's identifiers, as core.Subject.Of gives them.
	byKind map[core.Kind][]core.Identifier
	names  *name.Matcher
	own    []name.Name
	// births tells for each date of birth of the subject whether it was
	// verified.
	births  map[string]bool
	options Options
	read    identifier.Reader
	// organisations are the kinds by which the subject is known as somebody in
	// an organisation.
	organisations map[core.Kind]bool
	// textKinds are the kinds of the subject's own that identify a person in
	// running text.
	textKinds []core.Kind
}

// New makes a matcher for the subject.
func New(subject core.Subject, o Options) *Matcher {
	subject.Identifiers = o.House.Know(subject.Identifiers)
	m := &Matcher{subject: subject, births: map[string]bool{}, options: o, organisations: map[core.Kind]bool{}}
	var names []string
	m.byKind = map[core.Kind][]core.Identifier{}
	for _, i := range subject.Identifiers {
		if m.byKind[i.Kind] == nil {
			m.byKind[i.Kind] = subject.Of(i.Kind)
		}
		if !i.Personal() {
			m.organisations[i.Kind] = true
		}
		if c := m.baseClass(i); (c == ClassA || c == ClassB) && !slices.Contains(m.textKinds, i.Kind) {
			m.textKinds = append(m.textKinds, i.Kind)
		}
		switch i.Kind {
		case core.Name:
			names = append(names, i.Value)
			if n, err := name.Parse(i.Value); err == nil {
				m.own = append(m.own, n)
			}
		case core.DateOfBirth:
			m.births[i.Value] = m.births[i.Value] || i.Assurance == core.Verified
		case core.PersonalIdentityCode:
			if birth, ok := identifier.BirthDate(i.Value); ok {
				day := birth.Format(time.DateOnly)
				m.births[day] = m.births[day] || i.Assurance == core.Verified
			}
		}
	}
	m.names = name.NewMatcher(names...)
	return m
}

// class gives the class of the subject's identifier known for a record of
// time at (zero when the record has none).
func (m *Matcher) class(known core.Identifier, at time.Time) Class {
	class := m.baseClass(known)
	if known.Assurance != core.Verified && class == ClassA {
		return ClassB
	}
	if dated(known.Kind) && class != ClassD && !inValidity(known, at) {
		return weaker(class)
	}
	return class
}

func (m *Matcher) baseClass(i core.Identifier) Class {
	rule, ok := identifier.Rule(i.Kind)
	switch {
	case !ok || identifier.IsGeneric(i, m.options.Generic):
		return ClassD
	case i.Kind.OfOrganisation() && i.Personal():
		return ClassA
	case i.Kind == core.PersonalIdentityCode && i.Status == core.Artificial && m.options.ArtificialCodes != catalogue.AnchorArtificial:
		return ClassD
	case i.Kind == core.SwedishNumber && !identifier.SwedishCentury(i.Value):
		return ClassB // it may be read as of either century
	case i.Kind == core.DateOfBirth: // weighed beside the name
		return ClassD
	}
	switch rule.Sharing {
	case identifier.OnePerson:
		return ClassA
	case identifier.OneByIssuer:
		if i.Issuer == "" {
			return ClassB
		}
		return ClassA
	case identifier.FewPeople:
		return ClassB
	case identifier.ManyPeople:
		return ClassC
	default:
		return ClassD
	}
}

// dated tells whether the time of validity of an identifier of the kind
// matters: it passes from one person to another, or it is a person's in a
// capacity that ends.
func dated(k core.Kind) bool {
	rule, _ := identifier.Rule(k)
	return rule.Recycled || k.OfOrganisation()
}

// inValidity tells whether known was the subject's at the time of the record.
// User ids are recycled as a rule, so an unknown validity does not count as
// one; for the others it does.
func inValidity(known core.Identifier, at time.Time) bool {
	recycledAsARule := known.Kind == core.UserID || known.Kind == core.VirtuKey
	if known.Valid.IsZero() {
		return !recycledAsARule
	}
	if at.IsZero() {
		return !recycledAsARule && known.Valid.To.IsZero()
	}
	return known.Valid.Contains(at)
}

func weaker(c Class) Class {
	switch c {
	case ClassA:
		return ClassB
	case ClassB:
		return ClassC
	default:
		return ClassD
	}
}

// exclusive tells whether a person has one identifier of the kind at a time,
// so that a different one is another person's.
func (m *Matcher) exclusive(i core.Identifier) bool {
	switch i.Kind {
	case core.PersonalIdentityCode:
		return i.Status == core.Valid ||
			i.Status == core.Artificial && m.options.ArtificialCodes == catalogue.AnchorArtificial
	case core.EmployeeNumber:
		return i.Issuer != "" && i.Status != core.Malformed
	case core.ElectronicID:
		return i.Status == core.Valid
	case core.SwedishNumber:
		return identifier.SwedishCentury(i.Value)
	default:
		return false
	}
}

// sameSeries tells whether two identifiers of an exclusive kind are of one
// series, so that a person has one of them: a Swedish coordination number gives
// way to a personal number.
func sameSeries(a, b core.Identifier) bool {
	return a.Issuer == b.Issuer &&
		(a.Kind != core.SwedishNumber || identifier.SwedishCoordination(a.Value) == identifier.SwedishCoordination(b.Value))
}

// known gives the subject's identifier that equals i, and whether there is
// one. A verified one is preferred.
func (m *Matcher) known(i core.Identifier) (core.Identifier, bool) {
	var best core.Identifier
	found := false
	for _, own := range m.byKind[i.Kind] {
		if identifier.Equal(own, i) && (!found || own.Assurance == core.Verified && best.Assurance != core.Verified) {
			best, found = own, true
		}
	}
	return best, found
}

// others tells whether the subject is known by other identifiers of the kind
// and issuer of i: by a verified one, by a stated one.
func (m *Matcher) others(i core.Identifier) (verified, stated bool) {
	for _, own := range m.byKind[i.Kind] {
		if sameSeries(own, i) && m.exclusive(own) {
			verified = verified || own.Assurance == core.Verified
			stated = stated || own.Assurance != core.Verified
		}
	}
	return verified, stated
}

// birthOf tells what a date of birth (YYYY-MM-DD) says.
func (m *Matcher) birthOf(day string) birth {
	if _, ok := m.births[day]; ok {
		return birthAgrees
	}
	says := birthUnknown
	for _, verified := range m.births {
		if verified {
			return birthDiffers
		}
		says = birthDoubted
	}
	return says
}
