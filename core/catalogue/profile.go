package catalogue

import "github.com/sinusta/sinusta/core"

// Profile says what the systems of one kind hold: record types with canonical
// fields and slots. A source's mapping points its columns at them, which makes
// five ticketing systems read alike, and tells whose data a field is.
type Profile struct {
	Kind  string       `yaml:"kind"`
	Title Text         `yaml:"title"`
	Types []RecordType `yaml:"types"`
}

// Type gives the named record type, and whether there is one.
func (p *Profile) Type(name string) (RecordType, bool) {
	for _, t := range p.Types {
		if t.Name == name {
			return t, true
		}
	}
	return RecordType{}, false
}

// TypeNames gives the names of the record types, in order.
func (p *Profile) TypeNames() []string {
	var out []string
	for _, t := range p.Types {
		out = append(out, t.Name)
	}
	return out
}

// PartNames gives the names of the parts of all record types, in order.
func (p *Profile) PartNames() []string {
	var out []string
	for _, t := range p.Types {
		for _, part := range t.Parts {
			out = append(out, part.Name)
		}
	}
	return out
}

// RecordType is one kind of record, or of part.
type RecordType struct {
	Name   string         `yaml:"name"`
	Title  Text           `yaml:"title"`
	Fields []FieldProfile `yaml:"fields"`
	Slots  []Slot         `yaml:"slots"`
	Parts  []RecordType   `yaml:"parts"`
	// Nobody says to the person why no record of the type can be tied to
	// anybody (Article 11 of the GDPR). A type without it is either about the
	// people in its slots, or found by a time of contact.
	Nobody Text `yaml:"nobody"`
	// Access says to the person how to get what the field `media` points at
	// and no page can show: where a recording is listened to or viewed, and
	// that a copy or a transcript is given. The place is for the catalogue's
	// procedure.
	Access Text `yaml:"access"`
}

// Field gives the named field outside parties, and whether there is one.
func (t *RecordType) Field(name string) (FieldProfile, bool) { return fieldNamed(t.Fields, name) }

// Slot gives the named slot, and whether there is one.
func (t *RecordType) Slot(name string) (Slot, bool) {
	for _, s := range t.Slots {
		if s.Name == name {
			return s, true
		}
	}
	return Slot{}, false
}

// Part gives the named type of part, and whether there is one.
func (t *RecordType) Part(name string) (RecordType, bool) {
	for _, p := range t.Parts {
		if p.Name == name {
			return p, true
		}
	}
	return RecordType{}, false
}

// Slot is a place for a person in a record: initiator, requester, assignee.
type Slot struct {
	Name  string `yaml:"name"`
	Title Text   `yaml:"title"`
	// Subject is true when the person in the slot may be the data subject
	// whom the record is about. Official is true when the slot is for those
	// who act for the organisation (handler, approver). A slot is one or the
	// other, or neither: then it only names somebody else (an emergency
	// contact).
	Subject  bool `yaml:"subject"`
	Official bool `yaml:"official"`
	// Group names fields that many slots share: with `group: person` the slot
	// has those of profiles/common/person.yaml before its own. Fields holds
	// both once the profile is read.
	Group  string         `yaml:"group"`
	Fields []FieldProfile `yaml:"fields"`
}

// Field gives the named field of the slot, and whether there is one.
func (s *Slot) Field(name string) (FieldProfile, bool) { return fieldNamed(s.Fields, name) }

// FieldProfile is one canonical field.
type FieldProfile struct {
	Name  string `yaml:"name"`
	Label Text   `yaml:"label"`
	// Category of personal data, one of profiles/common/categories.yaml;
	// CategoryTitle gives its name.
	Category string `yaml:"category"`
	// Role of a field outside parties: organisation or content. What is the
	// organisation's is told to everybody who may stand in the record, so what
	// is one person's among several belongs into that person's slot, into
	// content, or into a record type of its own. A field in a
	// party has the role of its party, unless Role is third-party: then it
	// speaks of somebody else than the party (a requester's manager).
	Role core.Role `yaml:"role"`
	// Identifier is the kind of identifier that the field holds, empty for
	// none. A field of the kind time-of-contact holds the moment at which the
	// contact began; `ended` or `duration` beside it tells how long it was.
	Identifier core.Kind `yaml:"identifier"`
	// NamePart is "given" or "family" where a name stands in two fields, and
	// "former" for a former family name.
	NamePart string `yaml:"name_part"`
	// Own is true for the record's own number (a ticket's ticket number, a
	// contract's contract number): two records of one number are the same
	// thing.
	Own bool `yaml:"own"`
	// Special is true for data of Article 9 or 10, and of secrecy: it always
	// needs an official's decision.
	Special bool `yaml:"special"`
	// Codes explain the values of a code field.
	Codes map[string]Text `yaml:"codes"`
}

func fieldNamed(fields []FieldProfile, name string) (FieldProfile, bool) {
	for _, f := range fields {
		if f.Name == name {
			return f, true
		}
	}
	return FieldProfile{}, false
}
