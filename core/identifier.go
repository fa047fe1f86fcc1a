package core

import (
	"log/slog"
	"strings"
	"time"
)

// Kind names a kind of identifier. The rules of each kind (syntax, check
// characters, normal form, mask) are in core/identifier.
type Kind string

// The kinds of identifier that this version knows.
const (
	PersonalIdentityCode Kind = "personal-identity-code" // henkilötunnus, personbeteckning
	BusinessID           Kind = "business-id"            // Y-tunnus, FO-nummer
	Email                Kind = "email"
	Phone                Kind = "phone"
	Name                 Kind = "name"
	DateOfBirth          Kind = "date-of-birth"
	DiaryNumber          Kind = "diary-number"
	ContractNumber       Kind = "contract-number"
	TicketNumber         Kind = "ticket-number"
	EmployeeNumber       Kind = "employee-number"
	UserID               Kind = "user-id"
	ElectronicID         Kind = "electronic-id"   // sähköinen asiointitunnus (SATU), FINUID
	SwedishNumber        Kind = "swedish-number"  // personnummer, samordningsnummer
	EUPersonID           Kind = "eu-person-id"    // ETSI EN 319 412-1 semantics ids, eIDAS PersonIdentifier
	TaxNumber            Kind = "tax-number"      // veronumero
	VATNumber            Kind = "vat-number"      // arvonlisäverotunniste, momsnummer
	IBAN                 Kind = "iban"            // bank account
	VirtuKey             Kind = "virtu-key"       // virtuLocalID@virtuHomeOrganization
	CustomerNumber       Kind = "customer-number" // of one customer register
	InvoiceNumber        Kind = "invoice-number"  // of one invoicing system
	Address              Kind = "address"         // postal address
	TimeOfContact        Kind = "time-of-contact" // when and where the person was in touch
)

// OfOrganisation tells whether identifiers of the kind number an organisation.
// One is a person's own only in the capacity of SoleTrader.
func (k Kind) OfOrganisation() bool { return k == BusinessID || k == VATNumber }

// Capacity is what a person is to the organisation that an identifier numbers.
type Capacity string

// The capacities. In all but the first the identifier is the organisation's,
// and the person is looked for by name inside that organisation's records.
const (
	SoleTrader     Capacity = "sole-trader"    // toiminimi: the identifier is the person's own
	Partner        Capacity = "partner"        // yhtiömies of a partnership
	ContactPerson  Capacity = "contact-person" // yhteyshenkilö
	Representative Capacity = "representative" // edustaja, such as a managing director or a board member
)

// Capacities gives every capacity.
func Capacities() []Capacity { return []Capacity{SoleTrader, Partner, ContactPerson, Representative} }

// Assurance tells how far the controller relies on an identifier being this
// person's.
type Assurance string

const (
	// Stated means that somebody said so. A stated identifier finds records, and never
	// confirms that they are this person's.
	Stated Assurance = "stated"
	// Verified means that an official has checked that it is this person's, as DPA
	// 1050/2018 s.29 demands apart from the personal identity code itself.
	Verified Assurance = "verified"
)

// Status is what the rules of its kind say of an identifier's value.
type Status string

const (
	// Valid means that the value follows every rule of its kind.
	Valid Status = "valid"
	// Artificial is a personal identity code with an individual number of
	// 900-999. It identifies nobody outside the system that made it.
	Artificial Status = "artificial"
	// Generic means that the value follows the rules, and many people share it
	// (a registry's mailbox, a service number).
	Generic Status = "generic"
	// Incomplete means that only a part of the value is there (a code without its
	// century sign). It is weak evidence and no search key.
	Incomplete Status = "incomplete"
	// Malformed means that the value breaks a rule. It is kept as it was given, and
	// never compared.
	Malformed Status = "malformed"
)

// Identifier is one identifier of a person, a case or an organisation.
type Identifier struct {
	Kind Kind `json:"kind"`
	// Value is the normal form, which alone is compared. A name's is
	// "Family, Given names".
	Value string `json:"value"`
	// Raw is the value as somebody wrote it.
	Raw string `json:"raw,omitempty"`
	// Issuer is who gave the identifier: a system, a register, an authority.
	// Empty for kinds that are unique nation-wide or world-wide, and for a
	// local identifier whose issuer nobody knows.
	Issuer string `json:"issuer,omitempty"`
	// Valid is when it was this person's; the zero interval is unknown.
	Valid     Interval  `json:"valid,omitzero"`
	Assurance Assurance `json:"assurance,omitempty"`
	Status    Status    `json:"status,omitempty"`
	// Capacity is what the person is to the organisation, for a kind of
	// organisations; Valid then tells from when to when. Without one the
	// identifier says nothing of a person.
	Capacity Capacity `json:"capacity,omitempty"`
	// Forms are the spellings that a source should look for, computed once
	// by the coordinator; empty means Value alone.
	Forms []Form `json:"forms,omitempty"`
}

// Personal tells whether the identifier is the person's own rather than an
// organisation's.
func (i Identifier) Personal() bool { return !i.Kind.OfOrganisation() || i.Capacity == SoleTrader }

// Former tells whether the identifier ceased to be this person's before at.
func (i Identifier) Former(at time.Time) bool {
	return !i.Valid.To.IsZero() && !at.Before(i.Valid.To)
}

// LogValue redacts the identifier: logs get its kind and nothing else.
func (i Identifier) LogValue() slog.Value { return slog.StringValue(string(i.Kind)) }

// String redacts the identifier, so that formatting one by accident leaks
// nothing.
func (i Identifier) String() string { return "<" + string(i.Kind) + ">" }

// Tier says how a form relates to what was given.
type Tier string

// The tiers of forms, from the strictest.
const (
	TierExact   Tier = "exact"   // as given, up to case and white space
	TierVariant Tier = "variant" // another order, an initial, a middle name left out
	TierFolded  Tier = "folded"  // å ä ö written as a o, aa ae oe
)

// Form is one spelling of an identifier.
type Form struct {
	Text string `json:"text"`
	Tier Tier   `json:"tier"`
}

// Interval is a half-open span of time [From, To); a zero end is open.
type Interval struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// IsZero tells whether nothing is known of the interval.
func (v Interval) IsZero() bool { return v.From.IsZero() && v.To.IsZero() }

// Contains tells whether t lies in the interval.
func (v Interval) Contains(t time.Time) bool {
	return (v.From.IsZero() || !t.Before(v.From)) && (v.To.IsZero() || t.Before(v.To))
}

// Subject is the data subject of a request: everything by which the
// controller may know the person.
type Subject struct {
	Identifiers []Identifier `json:"identifiers"`
}

// Of gives the subject's identifiers of one kind, in the order given.
func (s Subject) Of(k Kind) []Identifier {
	var out []Identifier
	for _, i := range s.Identifiers {
		if i.Kind == k {
			out = append(out, i)
		}
	}
	return out
}

// Kinds gives the kinds that the subject has, each once, in the order given.
func (s Subject) Kinds() []Kind {
	var out []Kind
	seen := map[Kind]bool{}
	for _, i := range s.Identifiers {
		if !seen[i.Kind] {
			seen[i.Kind] = true
			out = append(out, i.Kind)
		}
	}
	return out
}

// LogValue redacts the subject: logs get the kinds of identifier.
func (s Subject) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String redacts the subject to the kinds of its identifiers.
func (s Subject) String() string {
	kinds := s.Kinds()
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return "<subject: " + strings.Join(words, " ") + ">"
}
