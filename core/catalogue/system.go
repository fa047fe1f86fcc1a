package catalogue

import "github.com/sinusta/sinusta/core"

// Catalogue is what one organisation's information expert states about its
// systems: law and meaning, no wiring.
type Catalogue struct {
	Organisation Organisation
	// Systems are sorted by id, numbers by value (V2.1 before V10.1). Each is
	// answered for by itself in every request.
	Systems []System
	// Stores are the entries of the level store, sorted likewise. They hold
	// what their systems share, and are no systems.
	Stores []System
}

// Entry gives what the catalogue says about an id: a system, a store, or a
// sub-register inside a system.
func (c *Catalogue) Entry(id string) (System, bool) {
	for _, list := range [][]System{c.Systems, c.Stores} {
		for _, s := range list {
			if s.ID == id {
				return s, true
			}
			for _, sub := range s.SubRegisters {
				if sub.ID == id {
					return sub, true
				}
			}
		}
	}
	return System{}, false
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

// System is one entry of the catalogue: a system, a sub-register, a paper
// archive. Its schema covers sections 5 and 28 of act 906/2019 and Article 30
// of the GDPR. What an entry leaves out, and Common can hold, it takes from its
// parent, then from its store, then from the organisation.
type System struct {
	ID string `yaml:"id"`
	// Level is what sort of thing the entry is; empty is LevelSystem.
	Level Level `yaml:"level"`
	// Kind picks the profile (design: case-management, hr, crm ...). A
	// sub-register inside its parent is of the parent's kind; a store has none.
	Kind string `yaml:"kind"`
	Name Fact   `yaml:"name"`
	// Store is the information store (act 906/2019 s.2) that the system
	// belongs to. A store with an entry of its own is named by id alone.
	Store Store `yaml:"store"`
	// Parent is the system that the sub-register belongs to, by id.
	Parent string `yaml:"parent"`
	// Types are the record types of the parent that hold the sub-register.
	// Such a sub-register is searched with its parent and has no outcome of
	// its own; one without types is a system by itself.
	Types []string `yaml:"types"`
	// Feeds are the systems that get their data from this one, by id.
	Feeds []string `yaml:"feeds"`
	// Origin tells how far the entry is known: stated in a published
	// document, derived from one, or assumed.
	Origin Origin `yaml:"origin"`
	// Published are the sentences that the facts of the entry rest on.
	Published []Statement `yaml:"published"`
	// Listed are the registers that the published list of a store names.
	Listed []Mention `yaml:"listed"`
	// Controllers, joint controllers and processors with their dates.
	Controllers []Controller `yaml:"controllers"`
	Description Fact         `yaml:"description"`
	Purposes    []Fact       `yaml:"purposes"`
	LegalBasis  []LegalBasis `yaml:"legal_basis"`
	DataGroups  []DataGroup  `yaml:"data_groups"`
	// DataSubjects are the groups of people in the system (Art. 30(1)(c)).
	DataSubjects []SubjectGroup `yaml:"data_subjects"`
	DataSources  []Fact         `yaml:"data_sources"`
	Recipients   []Fact         `yaml:"recipients"`
	Retention    []Retention    `yaml:"retention"`
	Transfers    []Fact         `yaml:"transfers"`
	Secrecy      []Secrecy      `yaml:"secrecy"`
	SearchKeys   []SearchKey    `yaml:"search_keys"`
	// DisclosureAuthority decides on giving data out (906/2019 s.28(1)(2)).
	DisclosureAuthority Fact      `yaml:"disclosure_authority"`
	Procedure           Procedure `yaml:"procedure"`
	TechnicalInterface  Interface `yaml:"technical_interface"`
	Paper               Paper     `yaml:"paper"`
	// Automated describes automated decisions and profiling (Art. 15(1)(h)).
	Automated Fact `yaml:"automated_decisions"`
	// Ownership tells whose the records are, in a system that holds those of
	// several controllers.
	Ownership Ownership `yaml:"ownership"`
	// Outcome is set for an entry that is not searched: not_stored,
	// not_identifiable, other_controller, described_only, excluded_by_policy,
	// manual_pending. OutcomeReason then says why, to the person.
	Outcome       core.Outcome `yaml:"outcome"`
	OutcomeReason Fact         `yaml:"outcome_reason"`
	// Referral is where the person turns to (outcome other_controller).
	Referral Referral `yaml:"referral"`
	// LaterReferrals take the place of Referral, each for requests received on
	// its first day or later: the controller has changed.
	LaterReferrals []LaterReferral `yaml:"later_referrals" json:",omitempty"`
	// Manual is the search that people make (outcome manual_pending).
	Manual Manual `yaml:"manual"`
	// Policy names the switch of the organisation (Policies) that the outcome
	// excluded_by_policy hangs on. When the switch is on, the system is
	// searched like any other.
	Policy string `yaml:"policy"`
	// Notes are for the information expert, never for the report.
	Notes []string `yaml:"notes"`

	// File is where the entry was read from.
	File string `yaml:"-"`
	// Inherited gives for each key that the entry takes from elsewhere the
	// file that states it.
	Inherited map[string]string `yaml:"-" json:"-"`
	// SubRegisters are those inside the system.
	SubRegisters []System `yaml:"-"`
}

// Level is what sort of thing an entry is.
type Level string

// The levels.
const (
	// LevelSystem is a system, or anything else that is answered for by itself.
	LevelSystem Level = "system"
	// LevelStore is an information store: what its systems share.
	LevelStore Level = "store"
	// LevelSubRegister is a register within a system.
	LevelSubRegister Level = "subregister"
	// LevelSource is a system that others take their data from.
	LevelSource Level = "source"
	// LevelExternal is held by another controller.
	LevelExternal Level = "external"
	// LevelTransient is data that nobody keeps (outcome not_stored).
	LevelTransient Level = "transient"
	// LevelDescribedOnly is described and no system is named (outcome
	// described_only).
	LevelDescribedOnly Level = "described-only"
	// LevelStatistics is derived from others and about nobody (outcome
	// not_identifiable).
	LevelStatistics Level = "statistics"
)

// Store is an information store (tietovaranto, informationslager).
type Store struct {
	ID   string `yaml:"id"`
	Name Text   `yaml:"name"`
}

// Statement is one sentence of a published document.
type Statement struct {
	// Key is what sources call the sentence by: a-z, 0-9, . and -.
	Key string `yaml:"key"`
	// Document is the id of the document; it may be left out where the
	// organisation has one only.
	Document string `yaml:"document" json:"document,omitempty"`
	Sentence string `yaml:"sentence"`
}

// Mention is a register as a document names it.
type Mention struct {
	// Name is the name that the document uses, in its own language.
	Name string `yaml:"name"`
	// Entry is the id of the entry that is meant, empty when there is none.
	Entry  string `yaml:"entry" json:"entry,omitempty"`
	Source Source `yaml:"source" json:"source,omitempty"`
}

// Controller is who answers for the system, and when.
type Controller struct {
	Name Text           `yaml:"name"`
	Role ControllerRole `yaml:"role"`
	// Scope says for which data, if not all.
	Scope Text `yaml:"scope"`
	// From is the first day and To the last, as ISO dates; empty is open.
	From   string `yaml:"from"`
	To     string `yaml:"to"`
	Source Source `yaml:"source" json:"source,omitempty"`
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
	Source   Source   `yaml:"source" json:"source,omitempty"`
}

// DataGroup is a group of personal data (tietoryhmä).
type DataGroup struct {
	Name Text `yaml:"name"`
	// Special is true for Article 9 data, and for Article 10 data.
	Special bool `yaml:"special"`
	// Types are the record types and parts of the profile that hold the
	// group.
	Types  []string `yaml:"types"`
	Source Source   `yaml:"source" json:"source,omitempty"`
}

// SubjectGroup is a group of people whose data are in a system.
type SubjectGroup struct {
	// Group is the sort of people, one of SubjectGroups.
	Group  string `yaml:"group"`
	Text   `yaml:",inline"`
	Source Source `yaml:"source" json:"source,omitempty"`
}

// Retention is how long data are kept.
type Retention struct {
	// Types are the record types and parts concerned; empty means all.
	Types []string `yaml:"types"`
	// Part says for which of these records, where periods differ within a
	// type: an active and an archived space, say.
	Part Text `yaml:"part"`
	// Days is the period in days, 0 if only the criteria are known.
	Days int `yaml:"days"`
	// LongestDays is the longest period that a single record may be kept for
	// in exceptional cases; 0 if Days is the longest.
	LongestDays int  `yaml:"longest_days"`
	Text        Text `yaml:"text"`
	// From is the first day on which the period applies and To the last;
	// empty is open.
	From   string `yaml:"from"`
	To     string `yaml:"to"`
	Source Source `yaml:"source" json:"source,omitempty"`
}

// Secrecy is a ground of secrecy.
type Secrecy struct {
	Statute string `yaml:"statute"`
	Section string `yaml:"section"`
	Text    Text   `yaml:"text"`
	// Registers are those that the clause names, if it names any.
	Registers []Mention `yaml:"registers"`
	Source    Source    `yaml:"source" json:"source,omitempty"`
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
	Source       Source `yaml:"source" json:"source,omitempty"`
}

// Procedure is how data of the system are given out.
type Procedure struct {
	Text Text `yaml:"text"`
	// OnSite is true for data that are listened to or viewed on site.
	OnSite bool `yaml:"on_site"`
	// TimeOfContact is true when the person must tell when the contact was.
	TimeOfContact bool `yaml:"time_of_contact"`
	// Signed is true when the document demands a written and signed request.
	// It is the organisation's stated procedure, never a condition for an answer.
	Signed bool `yaml:"signed"`
	// Media tells how a recording is listened to or viewed, and how to get a
	// copy or a transcript.
	Media Fact `yaml:"media"`
	// SelfService tells where the person can see the data without asking.
	SelfService Fact   `yaml:"self_service"`
	Source      Source `yaml:"source" json:"source,omitempty"`
}

// Interface tells whether the material is openly available through a
// technical interface (906/2019 s.28(1)(5)).
type Interface struct {
	Open   bool   `yaml:"open"`
	Text   Text   `yaml:"text"`
	Source Source `yaml:"source" json:"source,omitempty"`
}

// Paper tells whether a part of the material is on paper.
type Paper struct {
	// Held is yes, no or unknown.
	Held string `yaml:"held"`
	Text Text   `yaml:"text"`
	// CoveredBy is the entry whose manual search covers the paper part, by id.
	CoveredBy string `yaml:"covered_by" json:"covered_by,omitempty"`
	Source    Source `yaml:"source" json:"source,omitempty"`
}

// The values of Paper.Held.
const (
	PaperYes     = "yes"
	PaperNo      = "no"
	PaperUnknown = "unknown"
)
