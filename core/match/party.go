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
	slot     string
	agree    []Evidence // identifiers that agree, in the order of the fields
	conflict []Evidence // exclusive identifiers of somebody else
	doubt    []Evidence // exclusive identifiers other than those that were only stated
	shared   []Evidence // what agrees and counts beside a name only: an address
	named    bool       // the party carries a name
	level    name.Level // how near the name is
	field    string     // the field that holds the name
	birth    birth
	birthAt  string // the field that tells the date of birth
	// exclusive are identifiers of one person only that the subject is not
	// known by; they tell people apart.
	exclusive map[string]string
	national  bool // a nation-wide identifier of one person agrees
	// otherGiven is true when the party's given names are somebody else's.
	otherGiven bool
}

// birth is what a party's date of birth says. A personal identity code tells
// one too; the date in a field of its own goes before it.
type birth int

const (
	birthUnknown birth = iota
	birthAgrees
	birthDoubted // differs from a date that was only stated
	birthDiffers
)

// partyOf collects what a party's fields say. specs gives the profile of a
// field, and false for a field that nobody mapped.
func (m *Matcher) partyOf(sys System, slot string, fields []core.Field, specs func(string) (catalogue.FieldProfile, bool), at time.Time) party {
	p := party{slot: slot, exclusive: map[string]string{}}
	var names nameFields
	for _, f := range fields {
		spec, ok := specs(f.Name)
		plain := f.Value.Plain()
		if !ok || spec.Identifier == "" || spec.Role == core.RoleThirdParty || plain == "" {
			continue
		}
		if spec.Identifier == core.Name {
			p.field = f.Name
			names.add(spec.NamePart, plain)
			continue
		}
		for _, i := range m.read.ParseAll(spec.Identifier, plain) {
			i.Issuer = sys.Issuer(i.Kind)
			m.weigh(&p, i, f.Name, at)
		}
	}
	p.level, p.named = m.nameLevel(names)
	p.otherGiven = p.level == name.SharesPart && m.otherGiven(names)
	return p
}

// weigh adds one identifier of a party to what the party says.
func (m *Matcher) weigh(p *party, i core.Identifier, field string, at time.Time) {
	switch {
	case i.Kind == core.DateOfBirth:
		p.birth, p.birthAt = m.birthOf(i.Value), field
		return
	case m.exclusive(i) && i.Kind == core.PersonalIdentityCode && p.birthAt == "":
		if day, ok := identifier.BirthDate(i.Value); ok {
			p.birth, p.birthAt = m.birthOf(day.Format(time.DateOnly)), field
		}
	}
	e := Evidence{Kind: i.Kind, Issuer: i.Issuer, Slot: p.slot, Field: field, Masked: identifier.Mask(i)}
	if known, ok := m.known(i); ok {
		e.Class, e.Inexact = m.class(known, at), known.Value != i.Value
		if e.Class == ClassA && m.baseClass(i) == ClassB && i.Kind == core.SwedishNumber {
			e.Class = ClassB // the record does not tell the century
		}
		switch {
		case !known.Personal(): // the organisation's: see inOrganisation
		case i.Kind == core.Address:
			p.shared = append(p.shared, e)
		default:
			p.agree = append(p.agree, e)
		}
		p.national = p.national || e.Class == ClassA && nationwide(i.Kind)
		return
	}
	if !m.exclusive(i) {
		return
	}
	e.Class, e.Conflict = ClassA, true
	switch verified, stated := m.others(i); {
	case verified:
		p.conflict = append(p.conflict, e)
	case stated:
		p.doubt = append(p.doubt, e)
	default:
		p.exclusive[string(i.Kind)+"|"+i.Issuer] = i.Value
	}
}

// nationwide tells whether identifiers of the kind are one person's for life,
// whoever holds them: what stays when a name changes.
func nationwide(k core.Kind) bool {
	rule, _ := identifier.Rule(k)
	return rule.Sharing == identifier.OnePerson && !rule.Recycled
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
	return Evidence{Kind: core.DateOfBirth, Class: ClassC, Slot: p.slot, Field: p.birthAt, Conflict: conflict}
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
	against := p.against()
	switch {
	case p.named && p.level < name.Typo && len(p.agree) > 0:
		return judged{verdict: core.Review, reason: ReasonNameDiffers, evidence: append(p.agree[:1:1], p.nameEvidence(true))}
	case len(against) > 0 && len(p.agree) > 0:
		return judged{verdict: core.Review, reason: ReasonContradiction, evidence: append(p.agree[:1:1], against[0])}
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
	case len(p.shared) > 0 && !p.named:
		return judged{verdict: core.Review, reason: ReasonWeak, evidence: p.shared[:1]}
	default:
		return judged{verdict: core.AnotherPerson, reason: ReasonNoAgreement, silent: true}
	}
}

// against gives what speaks against the party being the subject: another
// exclusive identifier, another date of birth.
func (p *party) against() []Evidence {
	out := append(append([]Evidence{}, p.conflict...), p.doubt...)
	if p.birth == birthDiffers || p.birth == birthDoubted {
		out = append(out, p.birthEvidence(true))
	}
	return out
}

// judgeIdentified judges a party in which an identifier of one person agrees.
func (m *Matcher) judgeIdentified(p *party) judged {
	key := p.agrees(ClassA)[0]
	for _, e := range p.agrees(ClassA) {
		if e.Issuer == "" {
			key = e
		}
	}
	against := p.against()
	switch {
	case len(against) > 0:
		return judged{verdict: core.Review, reason: ReasonContradiction, evidence: []Evidence{key, against[0]}}
	case p.named && !compatible(p):
		return judged{verdict: core.Review, reason: ReasonNameDiffers, evidence: []Evidence{key, p.nameEvidence(true)}}
	default:
		return judged{verdict: core.Confirmed, reason: ReasonIdentifier, evidence: []Evidence{key}}
	}
}

// compatible tells whether a party's name allows what its identifier says. A
// nation-wide one stays when the surname changes; beside the surname and other
// given names it was written on a relative's record. A local identifier may be recycled among people of like names, and a sole
// trader's Business ID stands beside family and staff: both need more than a
// shared surname.
func compatible(p *party) bool {
	if p.national {
		return p.level >= name.SharesPart && !p.otherGiven
	}
	return p.level >= name.Typo
}

// judgeConflict judges a party that carries another person's identifier or
// date of birth. Beside what agrees otherwise it may be a changed code or a
// slip of the pen, which a person looks at before anything else.
func (m *Matcher) judgeConflict(p *party, fullName bool, contacts []Evidence) judged {
	other, reason := p.birthEvidence(true), ReasonOtherBirth
	beside := fullName && len(contacts) > 0
	if len(p.conflict) > 0 {
		other, reason = p.conflict[0], ReasonOtherIdentifier
		beside = fullName && p.birth == birthAgrees
	}
	switch {
	case len(contacts) >= 2:
		return judged{verdict: core.Review, reason: ReasonChangedCode, restricted: true, evidence: []Evidence{other, contacts[0], contacts[1]}}
	case beside && len(p.conflict) > 0:
		return judged{verdict: core.Review, reason: ReasonChangedCode, restricted: true,
			evidence: []Evidence{other, p.nameEvidence(false), p.birthEvidence(false)}}
	case beside:
		return judged{verdict: core.Review, reason: ReasonChangedCode, restricted: true, evidence: []Evidence{other, p.nameEvidence(false), contacts[0]}}
	default:
		return judged{verdict: core.AnotherPerson, reason: reason, evidence: []Evidence{other}}
	}
}
