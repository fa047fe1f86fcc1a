package match

import (
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/name"
)

// party is what one party of a record says of the subject.
type party struct {
	slot      string
	agree     []Evidence // identifiers that agree, strongest class first is not assumed
	conflict  []Evidence // exclusive identifiers of somebody else
	named     bool       // the party carries a name
	level     name.Level // how near the name is
	field     string     // the field that holds the name
	birth     birth
	exclusive map[string]string
	national  bool
	local     bool // a local identifier of class A agrees
}

// birth is what a party's date of birth says.
type birth int

const (
	birthUnknown birth = iota
	birthAgrees
	birthDiffers
)

// read collects what a party's fields say. specs gives the profile of a
// field, and false for a field that nobody mapped.
func (m *Matcher) read(sys System, slot string, fields []core.Field, specs func(string) (catalogue.FieldProfile, bool), at time.Time) party {
	p := party{slot: slot, exclusive: map[string]string{}}
	var given, family, former string
	var whole []string
	for _, f := range fields {
		spec, ok := specs(f.Name)
		plain := f.Value.Plain()
		if !ok || spec.Identifier == "" || spec.Role == core.RoleThirdParty || plain == "" {
			continue
		}
		if spec.Identifier == core.Name {
			p.field = f.Name
			switch spec.NamePart {
			case "given":
				given = plain
			case "family":
				family = plain
			case "former":
				former = plain
			default:
				whole = append(whole, plain)
			}
			continue
		}
		for _, i := range identifier.ParseAll(spec.Identifier, plain) {
			i.Issuer = sys.Issuer(i.Kind)
			m.weigh(&p, i, f.Name, at)
		}
	}
	if family != "" {
		whole = append(whole, name.FromParts(given, family).Canonical())
	}
	if former != "" && given != "" {
		whole = append(whole, name.FromParts(given, former).Canonical())
	}
	if len(whole) > 0 {
		p.named = true
		p.level = m.nameLevel(whole)
	}
	return p
}

// weigh adds one identifier of a party to what the party says.
func (m *Matcher) weigh(p *party, i core.Identifier, field string, at time.Time) {
	if i.Kind == core.DateOfBirth {
		switch {
		case len(m.births) == 0:
		case m.births[i.Value]:
			p.birth = birthAgrees
		case p.birth == birthUnknown:
			p.birth = birthDiffers
		}
		return
	}
	e := Evidence{Kind: i.Kind, Issuer: i.Issuer, Slot: p.slot, Field: field, Masked: identifier.Mask(i)}
	if known, ok := m.known(i); ok {
		e.Class = m.class(known, at)
		p.agree = append(p.agree, e)
		if e.Class == ClassA {
			if i.Issuer == "" {
				p.national = true
			} else {
				p.local = true
			}
		}
		return
	}
	if m.conflicts(i) {
		e.Class, e.Conflict = ClassA, true
		p.conflict = append(p.conflict, e)
		if i.Kind == core.PersonalIdentityCode && p.birth == birthUnknown {
			// A changed code keeps the date of birth; a stranger's rarely has it.
			if day, ok := identifier.BirthDate(i.Value); ok && m.births[day.Format(time.DateOnly)] {
				p.birth = birthAgrees
			}
		}
		return
	}
	if m.exclusive(i) {
		p.exclusive[string(i.Kind)+"|"+i.Issuer] = i.Value
	}
}

// agrees gives the evidence of the class.
func (p *party) agrees(c Class) []Evidence {
	var out []Evidence
	for _, e := range p.agree {
		if e.Class == c {
			out = append(out, e)
		}
	}
	return out
}

// contacts gives the evidence of class B, one of each kind.
func (p *party) contacts() []Evidence {
	var out []Evidence
	seen := map[core.Kind]bool{}
	for _, e := range p.agrees(ClassB) {
		if !seen[e.Kind] {
			seen[e.Kind] = true
			out = append(out, e)
		}
	}
	return out
}

// nameEvidence gives the name as evidence.
func (p *party) nameEvidence(conflict bool) Evidence {
	return Evidence{Kind: core.Name, Class: ClassC, Slot: p.slot, Field: p.field, Conflict: conflict, NameLevel: p.level}
}

func (p *party) birthEvidence(conflict bool) Evidence {
	return Evidence{Kind: core.DateOfBirth, Class: ClassC, Slot: p.slot, Field: "date_of_birth", Conflict: conflict}
}

// judged is the verdict on one party that may be the subject; silent is true
// when nothing in it agrees or conflicts.
type judged struct {
	verdict    core.Verdict
	reason     Reason
	evidence   []Evidence
	restricted bool
	silent     bool
}

// judge gives the verdict on one party. The order of the cases is the order
// of the rules.
func (m *Matcher) judge(p *party) judged {
	fullName := p.named && p.level >= name.Variant
	contacts := p.contacts()
	if len(p.agrees(ClassA)) > 0 {
		return m.judgeIdentified(p)
	}
	if len(p.conflict) > 0 || p.birth == birthDiffers {
		return m.judgeConflict(p, fullName, contacts)
	}
	switch {
	case p.named && p.level < name.Typo && len(p.agree) > 0:
		return judged{verdict: core.Review, reason: ReasonNameDiffers, evidence: append(p.agree[:1:1], p.nameEvidence(true))}
	case len(contacts) >= 2:
		return judged{verdict: core.Probable, reason: ReasonTwoContacts, evidence: contacts[:2]}
	case len(contacts) == 1 && fullName && p.birth == birthAgrees:
		return judged{verdict: core.Probable, reason: ReasonContactAndBirth,
			evidence: []Evidence{contacts[0], p.nameEvidence(false), p.birthEvidence(false)}}
	case len(contacts) == 1:
		return judged{verdict: core.Review, reason: ReasonOneContact, evidence: contacts}
	case fullName && p.birth == birthAgrees:
		return judged{verdict: core.Review, reason: ReasonNameBirth, evidence: []Evidence{p.nameEvidence(false), p.birthEvidence(false)}}
	case p.named && p.level >= name.Typo:
		return judged{verdict: core.Review, reason: ReasonNameOnly, evidence: []Evidence{p.nameEvidence(false)}}
	case len(p.agree) > 0:
		return judged{verdict: core.Review, reason: ReasonWeak, evidence: p.agree[:1]}
	default:
		return judged{verdict: core.AnotherPerson, reason: ReasonNoAgreement, silent: true}
	}
}

// judgeIdentified judges a party in which an identifier of one person agrees.
func (m *Matcher) judgeIdentified(p *party) judged {
	key := p.agrees(ClassA)[0]
	for _, e := range p.agrees(ClassA) {
		if e.Issuer == "" {
			key = e
		}
	}
	switch {
	case len(p.conflict) > 0:
		return judged{verdict: core.Review, reason: ReasonContradiction, evidence: []Evidence{key, p.conflict[0]}}
	case p.birth == birthDiffers:
		return judged{verdict: core.Review, reason: ReasonContradiction, evidence: []Evidence{key, p.birthEvidence(true)}}
	case p.named && key.Kind != core.BusinessID && !m.compatible(p):
		// A sole trader's register name is often a trade name, so it is not compared.
		return judged{verdict: core.Review, reason: ReasonNameDiffers, evidence: []Evidence{key, p.nameEvidence(true)}}
	default:
		return judged{verdict: core.Confirmed, reason: ReasonIdentifier, evidence: []Evidence{key}}
	}
}

// compatible tells whether a party's name allows what its identifier says. A
// local identifier may be recycled among people of like names, and so needs
// more than a shared surname.
func (m *Matcher) compatible(p *party) bool {
	if p.national {
		return p.level >= name.SharesPart
	}
	return p.level >= name.Typo
}

// judgeConflict judges a party that carries another person's identifier or
// date of birth.
func (m *Matcher) judgeConflict(p *party, fullName bool, contacts []Evidence) judged {
	if len(p.conflict) == 0 {
		return judged{verdict: core.AnotherPerson, reason: ReasonOtherBirth, evidence: []Evidence{p.birthEvidence(true)}}
	}
	switch {
	case fullName && p.birth == birthAgrees:
		return judged{verdict: core.Review, reason: ReasonChangedCode, restricted: true,
			evidence: []Evidence{p.conflict[0], p.nameEvidence(false), p.birthEvidence(false)}}
	case len(contacts) >= 2:
		return judged{verdict: core.Review, reason: ReasonChangedCode, restricted: true,
			evidence: []Evidence{p.conflict[0], contacts[0], contacts[1]}}
	default:
		return judged{verdict: core.AnotherPerson, reason: ReasonOtherIdentifier, evidence: p.conflict[:1]}
	}
}
