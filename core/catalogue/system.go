package catalogue

import "github.com/sinusta/sinusta/core"

// Text is a text in the three languages of the product. Sentences of a
// published document stand in its own language as they were published; the
// other two are translations.
type Text struct {
	FI string `yaml:"fi" json:"fi,omitempty"`
	SV string `yaml:"sv" json:"sv,omitempty"`
	EN string `yaml:"en" json:"en,omitempty"`
}

// In gives the text in lang (fi, sv or en), else in the first language that
// has it, in the order fi, sv, en.
func (t Text) In(lang string) string {
	switch {
	case lang == "fi" && t.FI != "":
		return t.FI
	case lang == "sv" && t.SV != "":
		return t.SV
	case lang == "en" && t.EN != "":
		return t.EN
	}
	for _, s := range []string{t.FI, t.SV, t.EN} {
		if s != "" {
			return s
		}
	}
	return ""
}

// IsZero tells whether the text is empty in every language.
func (t Text) IsZero() bool { return t == Text{} }

// Catalogue is what one organisation's information expert states about its
// systems: law and meaning, no wiring.
type Catalogue struct {
	Organisation Organisation
	// Systems are sorted by id, numbers by value (V2.1 before V10.1).
	Systems []System
}

// System gives the system with the id, and whether there is one.
func (c *Catalogue) System(id string) (System, bool) {
	for _, s := range c.Systems {
		if s.ID == id {
			return s, true
		}
	}
	return System{}, false
}

// Organisation is the controller that keeps the installation
// (organisation.yaml).
type Organisation struct {
	ID   string `yaml:"id"`
	Name Text   `yaml:"name"`
	// BusinessID is the controller's own Y-tunnus.
	BusinessID string `yaml:"business_id"`
	// Authority is true for an authority, whose refusals are appealed to the
	// administrative court and whose documents act 621/1999 governs.
	Authority bool `yaml:"authority"`
	// Languages in which reports are offered, the default first.
	Languages []string `yaml:"languages"`
	Registry  Contact  `yaml:"registry"`
	DPO       Contact  `yaml:"data_protection_officer"`
	// SupervisoryAuthority is where the person may complain (Art. 15(1)(f)):
	// the Data Protection Ombudsman, on Åland Datainspektionen.
	SupervisoryAuthority Contact `yaml:"supervisory_authority"`
	// ArtificialCodes is "ignore" (the default) or "anchor": whether personal
	// identity codes 900-999 identify a person here. Only test installations
	// say anchor, and their reports are marked as test data.
	ArtificialCodes ArtificialCodes `yaml:"artificial_codes"`
	// GenericValues are e-mail addresses and telephone numbers that many
	// people share here, beside those that core/identifier knows.
	GenericValues []string `yaml:"generic_values"`
	// BusinessIDForms are further spellings of a Y-tunnus that the systems
	// here use: euid, ovt.
	BusinessIDForms []string `yaml:"business_id_forms"`
	// PlaceNames are the names of one street or one town in several
	// languages.
	PlaceNames [][]string `yaml:"place_names"`
	// Issuers name who gives local identifiers here, by issuer id.
	Issuers map[string]Text `yaml:"issuers"`
	// Officials name who acts in the audit log, by account of the operating
	// system. No answer rests on them, so they are no part of the catalogue's digest.
	Officials map[string]Official `yaml:"officials" json:"-"`
}

// Official is who an account of the operating system acts for in the audit
// log.
type Official struct {
	// Function is the official's function, such as "data protection officer",
	// or the name under which the organisation wants to find the entries.
	Function string `yaml:"function"`
	// Role is a code for what the official does here, such as handler.
	Role string `yaml:"role"`
}

// ArtificialCodes is the organisation's rule on artificial personal codes.
type ArtificialCodes string

// The rules on artificial personal codes.
const (
	IgnoreArtificial ArtificialCodes = "ignore"
	AnchorArtificial ArtificialCodes = "anchor"
)

// Contact is how to reach a function of the organisation, never a person by
// name.
type Contact struct {
	Title   Text   `yaml:"title"`
	Email   string `yaml:"email"`
	Phone   string `yaml:"phone"`
	Address Text   `yaml:"address"`
}

// System is one entry of the catalogue: a system, a sub-register, a paper
// archive. Its schema covers sections 5 and 28 of act 906/2019 and Article 30
// of the GDPR.
type System struct {
	ID string `yaml:"id"`
	// Kind picks the profile (design: case-management, hr, crm ...).
	Kind string `yaml:"kind"`
	Name Text   `yaml:"name"`
	// Store is the information store (act 906/2019 s.2) that the system
	// belongs to.
	Store Store `yaml:"store"`
	// Origin tells how far the entry is known: stated in a published
	// document, derived from one, or assumed.
	Origin Origin `yaml:"origin"`
	// Published are the documents and sentences that the entry rests on.
	Published []Statement `yaml:"published"`
	// Controllers, joint controllers and processors with their dates.
	Controllers []Controller `yaml:"controllers"`
	Description Text         `yaml:"description"`
	Purposes    []Text       `yaml:"purposes"`
	LegalBasis  []LegalBasis `yaml:"legal_basis"`
	DataGroups  []DataGroup  `yaml:"data_groups"`
	// DataSubjects are the groups of people in the system (Art. 30(1)(c)).
	DataSubjects []Text      `yaml:"data_subjects"`
	DataSources  []Text      `yaml:"data_sources"`
	Recipients   []Text      `yaml:"recipients"`
	Retention    []Retention `yaml:"retention"`
	Transfers    []Text      `yaml:"transfers"`
	Secrecy      []Secrecy   `yaml:"secrecy"`
	SearchKeys   []SearchKey `yaml:"search_keys"`
	// DisclosureAuthority decides on giving data out (906/2019 s.28(1)(2)).
	DisclosureAuthority Text      `yaml:"disclosure_authority"`
	Procedure           Procedure `yaml:"procedure"`
	TechnicalInterface  Interface `yaml:"technical_interface"`
	Paper               Paper     `yaml:"paper"`
	// Automated describes automated decisions and profiling (Art. 15(1)(h)).
	Automated Text `yaml:"automated_decisions"`
	// Outcome is set for an entry that is not searched: not_stored,
	// not_identifiable, other_controller, described_only,
	// excluded_by_policy. OutcomeReason then says why, to the person.
	Outcome       core.Outcome `yaml:"outcome"`
	OutcomeReason Text         `yaml:"outcome_reason"`
	// Notes are for the information expert, never for the report.
	Notes []string `yaml:"notes"`
	// File is where the entry was read from.
	File string `yaml:"-"`
}

// Origin tells how an entry or a fact is known.
type Origin string

// The origins.
const (
	OriginStated  Origin = "stated"  // a published document states it
	OriginDerived Origin = "derived" // concluded from what a document states
	OriginAssumed Origin = "assumed" // no document; a real organisation has it
)

// Store is an information store (tietovaranto, informationslager).
type Store struct {
	ID   string `yaml:"id"`
	Name Text   `yaml:"name"`
}

// Statement is one sentence of a published document.
type Statement struct {
	Document string `yaml:"document"`
	// Date is the ISO date of the document or of its last update, empty if it
	// bears none.
	Date     string `yaml:"date"`
	Sentence string `yaml:"sentence"`
}

// Controller is who answers for the system, and when.
type Controller struct {
	Name Text           `yaml:"name"`
	Role ControllerRole `yaml:"role"`
	// Scope says for which data, if not all.
	Scope Text `yaml:"scope"`
	// From is the first day and To the last, as ISO dates; empty is open.
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// ControllerRole is the role of an organisation in the processing.
type ControllerRole string

// The roles of organisations.
const (
	RoleController      ControllerRole = "controller"
	RoleJointController ControllerRole = "joint_controller"
	RoleProcessor       ControllerRole = "processor"
)

// LegalBasis is one ground of Article 6, with the act that lays it down.
type LegalBasis struct {
	// Article of the GDPR, such as 6(1)(c).
	Article string `yaml:"article"`
	// Statute that the ground rests on, such as "906/2019 s.25".
	Statutes []string `yaml:"statutes"`
	Text     Text     `yaml:"text"`
	// Origin of this ground, if it is not that of the entry.
	Origin Origin `yaml:"origin"`
}

// DataGroup is a group of personal data (tietoryhmä).
type DataGroup struct {
	Name Text `yaml:"name"`
	// Special is true for Article 9 data, and for Article 10 data.
	Special bool `yaml:"special"`
	// Types are the record types and parts of the profile that hold the
	// group.
	Types []string `yaml:"types"`
	// Origin of this group, if it is not that of the entry.
	Origin Origin `yaml:"origin"`
}

// Retention is how long data are kept.
type Retention struct {
	// Types are the record types and parts concerned; empty means all.
	Types []string `yaml:"types"`
	// Days is the period in days, 0 if only the criteria are known.
	Days int  `yaml:"days"`
	Text Text `yaml:"text"`
}

// Secrecy is a ground of secrecy.
type Secrecy struct {
	Statute string `yaml:"statute"`
	Section string `yaml:"section"`
	Text    Text   `yaml:"text"`
}

// SearchKey is one kind of identifier that the system can be searched by
// (906/2019 s.28(1)(4)).
type SearchKey struct {
	Kind core.Kind `yaml:"kind"`
	// Issuer of a local identifier, by id; empty for national and global
	// kinds.
	Issuer string `yaml:"issuer"`
	// EveryRecord is true when every record of the system holds the key, so
	// that no weaker key can find more.
	EveryRecord bool `yaml:"every_record"`
	// Types are the record types that hold the key; empty means all.
	Types []string `yaml:"types"`
	// LongestHours is the longest time of contact by which the system can be
	// searched, in hours; 0 for any. Of the kind time-of-contact only.
	LongestHours int    `yaml:"longest_hours"`
	Name         Text   `yaml:"name"`
	Origin       Origin `yaml:"origin"`
}

// Procedure is how data of the system are given out.
type Procedure struct {
	Text Text `yaml:"text"`
	// OnSite is true for data that are listened to or viewed on site.
	OnSite bool `yaml:"on_site"`
	// TimeOfContact is true when the person must tell when the contact was.
	TimeOfContact bool `yaml:"time_of_contact"`
}

// Interface tells whether the material is openly available through a
// technical interface (906/2019 s.28(1)(5)).
type Interface struct {
	Open bool `yaml:"open"`
	Text Text `yaml:"text"`
}

// Paper tells whether a part of the material is on paper.
type Paper struct {
	// Held is yes, no or unknown.
	Held string `yaml:"held"`
	Text Text   `yaml:"text"`
}

// The values of Paper.Held.
const (
	PaperYes     = "yes"
	PaperNo      = "no"
	PaperUnknown = "unknown"
)
