package match

import (
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/name"
)

// Class is how much an identifier says about who a person is.
type Class string

// The classes of evidence, from the strongest.
const (
	ClassA Class = "A" // one person only
	ClassB Class = "B" // few people: a contact
	ClassC Class = "C" // many people: a name
	ClassD Class = "D" // says nothing by itself: a shared mailbox, a company's Business ID
)

// Evidence is one thing in a record that agrees or conflicts with what is
// known of the subject. It holds no value, only a mask.
type Evidence struct {
	Kind   core.Kind `json:"kind"`
	Issuer string    `json:"issuer,omitempty"`
	Class  Class     `json:"class"`
	// Slot of the party, empty for a field of the record itself.
	Slot  string `json:"slot,omitempty"`
	Field string `json:"field,omitempty"`
	// Masked is the value, masked.
	Masked   string `json:"masked,omitempty"`
	Conflict bool   `json:"conflict,omitempty"`
	// Inexact is true when the values differ in leading zeros.
	Inexact bool `json:"inexact,omitempty"`
	// NameLevel tells how near two names are, for the kind name.
	NameLevel name.Level `json:"name_level,omitempty"`
}

// Reason names the rule that made the verdict.
type Reason string

// The reasons of verdicts.
const (
	ReasonIdentifier      Reason = "identifier"       // rule 2
	ReasonTwoContacts     Reason = "two_contacts"     // rule 3
	ReasonContactAndBirth Reason = "contact_birth"    // rule 3
	ReasonNameDiffers     Reason = "name_differs"     // an identifier agrees and the name does not
	ReasonContradiction   Reason = "contradiction"    // an identifier agrees and another one conflicts
	ReasonChangedCode     Reason = "changed_code"     // rule 1, restricted review
	ReasonOneContact      Reason = "one_contact"      // one contact agrees
	ReasonNameBirth       Reason = "name_birth"       // full name and date of birth agree
	ReasonNameOnly        Reason = "name_only"        // only the name agrees
	ReasonOrganisation    Reason = "organisation"     // only the name agrees, in a record of the subject's organisation
	ReasonWeak            Reason = "weak"             // something agrees that many people share
	ReasonRecordNumber    Reason = "record_number"    // the number of the case was given, no person in it agrees
	ReasonRoleUnknown     Reason = "role_unknown"     // an identifier stands outside every known slot
	ReasonAmbiguous       Reason = "ambiguous"        // rule 6
	ReasonOtherIdentifier Reason = "other_identifier" // rule 5: another person's identifier
	ReasonOtherBirth      Reason = "other_birth"      // rule 5: another date of birth
	ReasonNoAgreement     Reason = "no_agreement"     // rule 5: nothing agrees
	ReasonOfficial        Reason = "official"         // the person acts in the record for the organisation
	ReasonOwnerUnknown    Reason = "owner_unknown"    // it is not known which controller the record belongs to
)

// PartyRef points at a party of a record. Part is -1 for the record's own
// parties.
type PartyRef struct {
	Part  int `json:"part"`
	Party int `json:"party"`
}

// Assessment is the judgement on one hit.
type Assessment struct {
	Verdict core.Verdict `json:"verdict"`
	Reason  Reason       `json:"reason"`
	// Official is true when the person stands in official slots only: such a
	// hit is counted and is never an item.
	Official bool `json:"official,omitempty"`
	// Owner is the controller that the record belongs to, in a mixed system.
	Owner Owner `json:"owner,omitempty"`
	// Restricted is true when a reviewer must see the conflict before
	// anything else.
	Restricted bool `json:"restricted,omitempty"`
	// Evidence is what made the verdict: removing it changes the verdict.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Subject are the parties that are the subject's at this verdict.
	Subject []PartyRef `json:"subject,omitempty"`
	// Possible are parties in which something agrees, and not enough: it is
	// for a person to say whose data they are.
	Possible []PartyRef `json:"possible,omitempty"`
	// Persons tell of each party in Subject what Settle weighs.
	Persons []Person `json:"persons,omitempty"`
}

// Person is what tells the subject's party of a hit from other people.
type Person struct {
	Party PartyRef `json:"party"`
	// Evidence is what made the verdict on the party.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Source is the system that the hit is from.
	Source string `json:"source"`
	// Inexact is true when the identifier agrees only without its leading
	// zeros.
	Inexact bool `json:"inexact,omitempty"`
	// National is true when a nation-wide identifier of one person agrees.
	National bool `json:"national,omitempty"`
	// Named is true when the party carries a name, FullName when it is the
	// subject's.
	Named    bool `json:"named,omitempty"`
	FullName bool `json:"full_name,omitempty"`
	// Exclusive are identifiers of one person only that the party carries and
	// the subject is not known by.
	Exclusive map[string]string `json:"exclusive,omitempty"`
}

// Item tells whether the hit is an item of the answer.
func (a Assessment) Item() bool {
	return !a.Official && a.Verdict != core.AnotherPerson && a.Owner != OwnerOther
}
