package core

// Verdict says whose record a hit is. It never says that the record may be
// released.
type Verdict string

// The verdicts, from the surest. The rules are in core/match.
const (
	// Confirmed: an identifier of one person only agrees, and nothing speaks
	// against it.
	Confirmed Verdict = "confirmed"
	// Probable: two independent things agree; a person confirms the group.
	Probable Verdict = "probable"
	// Review: something agrees; a person looks at each record.
	Review Verdict = "review"
	// AnotherPerson: the record is about somebody else.
	AnotherPerson Verdict = "another_person"
)

// Strictness orders verdicts: the higher, the less may be shown.
func (v Verdict) Strictness() int {
	switch v {
	case Confirmed:
		return 0
	case Probable:
		return 1
	case Review:
		return 2
	default:
		return 3
	}
}

// Role says whose data a field is, for one subject.
type Role string

// The roles of a field.
const (
	RoleSubject      Role = "subject"
	RoleThirdParty   Role = "third-party"
	RoleOfficial     Role = "official"
	RoleOrganisation Role = "organisation"
	RoleContent      Role = "content"
	RoleUnknown      Role = "unknown"
)
